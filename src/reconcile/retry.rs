//! The one way in which this layer calls AWS, and the one policy for what the SDK does not retry.
//!
//! The SDK retries throttling, server errors and broken connections. It does not retry conflicts
//! between concurrent changes (`OperationAborted`, `ConcurrentModificationException`,
//! `TooManyUpdates`), nor what follows from AWS being eventually consistent: something just made
//! that is "not found", a principal just made that makes a policy "malformed". The former are
//! retried in every call, the latter only where the call says so, because only the caller knows
//! that it made the thing just now.
//!
//! # Guarantees
//!
//! * No attempt begins after the run is cancelled or its deadline is over.
//! * Retrying ends after the call's window; the error is then AWS's last answer, not a time-out.
//! * A quota that is used up (`LimitExceededException`) is final.
//! * Callers that are throttled together do not come back together.
//!
//! See the AWS SDK reference, "Retry behavior", for what the SDK does itself.

use std::error::Error as StdError;
use std::future::Future;
use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::{CallError, ErrorKind};

/// How long a write that is in flight is waited for when the run ends.
pub(crate) const IN_FLIGHT_GRACE: Duration = Duration::from_secs(30);

/// How long one call is retried unless it says otherwise.
const WINDOW: Duration = Duration::from_mins(2);

const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(15);

/// Conflicts with concurrent changes, which pass by themselves.
const ALWAYS: &[Passing] = &[
    Passing::code("OperationAborted"),
    Passing::code("OperationAbortedException"),
    Passing::code("ConcurrentModificationException"),
    Passing::code("TooManyUpdates"),
];

/// The bounds of one run of the provider: until when, and unless cancelled.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// No call begins after this.
    pub(crate) deadline: Instant,
    /// No call begins after this is cancelled.
    pub(crate) cancel: CancellationToken,
}

/// An error that passes by itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passing {
    code: &'static str,
    message: &'static str,
}

impl Passing {
    /// Any error with this code.
    pub(super) const fn code(code: &'static str) -> Self {
        Self { code, message: "" }
    }

    /// An error with this code, and this text in its message.
    pub(super) const fn message(code: &'static str, message: &'static str) -> Self {
        Self { code, message }
    }

    /// Whether an error is this one.
    pub(super) fn is(&self, error: &CallError) -> bool {
        error.has_code(self.code) && error.message.contains(self.message)
    }
}

/// One call to AWS: what it is, for error texts, and what to retry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) service: &'static str,
    pub(super) operation: &'static str,
    pub(super) target: &'a str,
    /// Whether it changes something, so that its effect is unknown while it is not answered.
    pub(super) write: bool,
    retried: &'a [Passing],
    window: Duration,
}

impl<'a> Call<'a> {
    /// A call that only looks.
    pub(super) const fn read(service: &'static str, operation: &'static str, target: &'a str) -> Self {
        Self { service, operation, target, write: false, retried: &[], window: WINDOW }
    }

    /// A call that changes something.
    pub(super) const fn write(service: &'static str, operation: &'static str, target: &'a str) -> Self {
        Self { write: true, ..Self::read(service, operation, target) }
    }

    /// Also retries these.
    pub(super) const fn retrying(self, retried: &'a [Passing]) -> Self {
        Self { retried, ..self }
    }

    /// Retries for this long.
    pub(super) const fn within(self, window: Duration) -> Self {
        Self { window, ..self }
    }

    fn passes(&self, error: &CallError) -> bool {
        ALWAYS.iter().chain(self.retried).any(|passing| passing.is(error))
    }
}

/// The pauses between the attempts at one thing.
#[derive(Debug)]
pub(super) struct Pauses {
    delay: Duration,
    until: Instant,
}

impl Pauses {
    /// Pauses within a window that begins now.
    pub(super) fn within(window: Duration) -> Self {
        Self { delay: FIRST_DELAY, until: Instant::now() + window }
    }
}

impl Run {
    /// Calls AWS, and again while the error passes by itself.
    pub(super) async fn call<T, E, F>(&self, call: &Call<'_>, mut send: impl FnMut() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let mut pauses = Pauses::within(call.window);
        loop {
            // An SDK call is a future of many kilobytes, which would add up on the stack.
            match self.attempt(call, Box::pin(send())).await {
                Err(error) if call.passes(&error) => self.pause(call, error, &mut pauses).await?,
                result => return result,
            }
        }
    }

    /// Calls AWS once.
    pub(super) async fn attempt<T, E>(
        &self,
        call: &Call<'_>,
        answer: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, CallError>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        if let Some(over) = self.over(call) {
            return Err(over);
        }
        // The SDK's futures are large; side by side on one stack they overflow it in builds without optimisation.
        let mut answer = Box::pin(answer);
        let answered = tokio::select! {
            biased;
            answered = &mut answer => answered,
            () = self.end() => {
                if !call.write {
                    return Err(self.over(call).unwrap_or_else(|| {
                        CallError::new(ErrorKind::TimedOut, call, "the time for it is over")
                    }));
                }
                tokio::time::timeout(IN_FLIGHT_GRACE, answer).await.map_err(|_| {
                    CallError::new(
                        ErrorKind::EffectUnknown,
                        call,
                        "stopped while waiting for the answer; the change may or may not have been made",
                    )
                })?
            }
        };
        answered.map_err(|error| CallError::from_sdk(call, error))
    }

    /// Pauses before another attempt; the error comes back when there is no time for one.
    pub(super) async fn pause(&self, call: &Call<'_>, error: CallError, pauses: &mut Pauses) -> Result<(), CallError> {
        let delay = match error.kind {
            ErrorKind::Throttled => pauses.delay.mul_f64(fastrand::f64()),
            _ => pauses.delay,
        };
        let next = Instant::now() + delay;
        if next > pauses.until || next > self.deadline {
            return Err(error);
        }
        tracing::info!(
            "{} {} on {} is tried again in {:.1} s: {}",
            call.service,
            call.operation,
            call.target,
            delay.as_secs_f64(),
            error.message,
        );
        pauses.delay = (pauses.delay * 2).min(LONGEST_DELAY);
        tokio::select! {
            () = tokio::time::sleep_until(next) => Ok(()),
            () = self.cancel.cancelled() => Err(CallError::new(
                ErrorKind::Cancelled,
                call,
                format!("cancelled while waiting to try again after: {}", error.message),
            )),
        }
    }

    /// The error of a call that may not begin any more.
    fn over(&self, call: &Call<'_>) -> Option<CallError> {
        if self.cancel.is_cancelled() {
            return Some(CallError::new(ErrorKind::Cancelled, call, "cancelled"));
        }
        (Instant::now() >= self.deadline).then(|| CallError::new(ErrorKind::TimedOut, call, "the time for it is over"))
    }

    /// Until the run is cancelled or over.
    async fn end(&self) {
        tokio::select! {
            () = self.cancel.cancelled() => {}
            () = tokio::time::sleep_until(self.deadline) => {}
        }
    }
}

/// Tells the SDK that a quota which is used up is no throttling: waiting does not help.
#[derive(Debug)]
pub(super) struct QuotaIsFinal;

impl ClassifyRetry for QuotaIsFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let quota = context
            .response()
            .and_then(|response| response.body().bytes())
            .and_then(|body| serde_json::from_slice::<Value>(body).ok())
            .and_then(|body| body.get("__type")?.as_str().map(str::to_owned))
            .is_some_and(|code| code.ends_with("LimitExceededException"));
        if quota { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "quota is final"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

#[cfg(test)]
mod tests;
