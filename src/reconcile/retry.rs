//! The one way in which this layer calls AWS, and the one policy for what the SDK does not retry.
//!
//! The SDK retries throttling, server errors and broken connections. It does not retry conflicts between concurrent
//! changes (`OperationAborted`, `ConcurrentModificationException`, `TooManyUpdates`), nor effects of eventual
//! consistency: a new object is "not found", a new principal makes a policy "malformed". Every call retries the former.
//! It retries the latter only where it names them, because only the caller knows that the object is new.
//!
//! # Guarantees
//!
//! * No attempt begins after the run is cancelled or its deadline has passed.
//! * Retries end with the call's window. The error is then AWS's last response, not a time-out.
//! * A quota that is reached (`LimitExceededException`) is final.
//! * Callers that are throttled together do not retry together.
//!
//! See the AWS SDK reference, "Retry behavior", for what the SDK does itself.

use std::error::Error as StdError;
use std::future::Future;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::call::Call;
use super::error::{CallError, ErrorKind};

/// How long the response to a write in flight is awaited when the run ends.
pub(crate) const IN_FLIGHT_GRACE: Duration = Duration::from_secs(30);

const FIRST_DELAY: Duration = Duration::from_secs(1);
const MAX_DELAY: Duration = Duration::from_secs(15);

const TIME_IS_OVER: &str = "the time allowed for the run is over";

/// The bounds of one run of the provider.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    /// No call begins after this.
    pub(crate) deadline: Instant,
    /// No call begins after this is cancelled.
    pub(crate) cancel: CancellationToken,
}

/// The delays between the attempts at one thing.
#[derive(Debug)]
pub(super) struct Backoff {
    delay: Duration,
    limit: Limit,
}

/// What ends the attempts, beside the deadline of the run.
#[derive(Debug)]
enum Limit {
    /// Nothing is tried after this: what passes by itself has had its time.
    Until(Instant),
    /// So many more attempts.
    More(u32),
}

impl Backoff {
    /// Delays within a window that begins now.
    pub(super) fn within(window: Duration) -> Self {
        Self { delay: FIRST_DELAY, limit: Limit::Until(Instant::now() + window) }
    }

    /// Delays between a number of attempts, of which the first needs none.
    pub(super) fn of_attempts(attempts: u32) -> Self {
        Self { delay: FIRST_DELAY, limit: Limit::More(attempts.saturating_sub(1)) }
    }

    /// Whether another attempt may begin then.
    fn allows(&mut self, next: Instant) -> bool {
        match &mut self.limit {
            Limit::Until(end) => next <= *end,
            Limit::More(0) => false,
            Limit::More(more) => {
                *more -= 1;
                true
            }
        }
    }
}

impl Run {
    /// Calls AWS, and retries while the error is transient.
    pub(super) async fn call<T, E, F>(&self, call: &Call<'_>, mut send: impl FnMut() -> F) -> Result<T, CallError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let mut backoff = Backoff::within(call.window);
        loop {
            // An SDK call is a future of many kilobytes, which add up on the stack.
            match self.attempt(call, Box::pin(send())).await {
                Err(error) if call.transient().any(|transient| error.is(transient)) => {
                    self.back_off(call, error, &mut backoff).await?;
                }
                result => return result,
            }
        }
    }

    /// Calls AWS for page after page. `next` is the token of the page that follows.
    pub(super) async fn pages<P, E, F>(
        &self,
        call: &Call<'_>,
        mut send: impl FnMut(Option<String>) -> F,
        next: impl Fn(&P) -> Option<String>,
    ) -> Result<Vec<P>, CallError>
    where
        F: Future<Output = Result<P, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let mut pages = Vec::new();
        let mut token = None;
        loop {
            let page = self.call(call, || send(token.clone())).await?;
            token = next(&page);
            pages.push(page);
            if token.is_none() {
                return Ok(pages);
            }
        }
    }

    /// Calls AWS once.
    pub(super) async fn attempt<T, E>(
        &self,
        call: &Call<'_>,
        response: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, CallError>
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        if let Some(over) = self.over(call) {
            return Err(over);
        }
        // The SDK's futures are large. Side by side on one stack they overflow it in builds without optimisation.
        let mut response = Box::pin(response);
        let received = tokio::select! {
            biased;
            received = &mut response => received,
            () = self.end() => {
                if !call.is_write {
                    return Err(self.over(call).unwrap_or_else(|| {
                        CallError::new(ErrorKind::TimedOut, call, TIME_IS_OVER)
                    }));
                }
                tokio::time::timeout(IN_FLIGHT_GRACE, response).await.map_err(|_| {
                    CallError::new(
                        ErrorKind::EffectUnknown,
                        call,
                        "the run ended before AWS responded; the change may or may not have been made",
                    )
                })?
            }
        };
        received.map_err(|error| CallError::from_sdk(call, error))
    }

    /// Waits before another attempt.
    ///
    /// # Errors
    /// The given error when no time is left for another attempt, and a cancellation.
    pub(super) async fn back_off(
        &self,
        call: &Call<'_>,
        error: CallError,
        backoff: &mut Backoff,
    ) -> Result<(), CallError> {
        let delay = match error.kind {
            ErrorKind::Throttled => backoff.delay.mul_f64(fastrand::f64()),
            _ => backoff.delay,
        };
        let next = Instant::now() + delay;
        if next > self.deadline || !backoff.allows(next) {
            return Err(error);
        }
        tracing::info!(
            "retrying {} {} on {} in {:.1} s: {}",
            call.service,
            call.operation,
            call.target,
            delay.as_secs_f64(),
            error.message,
        );
        backoff.delay = (backoff.delay * 2).min(MAX_DELAY);
        tokio::select! {
            () = tokio::time::sleep_until(next) => Ok(()),
            () = self.cancel.cancelled() => Err(CallError::new(
                ErrorKind::Cancelled,
                call,
                format!("cancelled before a retry after: {}", error.message),
            )),
        }
    }

    /// The error of a call that may no longer begin.
    fn over(&self, call: &Call<'_>) -> Option<CallError> {
        if self.cancel.is_cancelled() {
            return Some(CallError::new(ErrorKind::Cancelled, call, "cancelled"));
        }
        (Instant::now() >= self.deadline).then(|| CallError::new(ErrorKind::TimedOut, call, TIME_IS_OVER))
    }

    /// Waits until the run is cancelled or its deadline passes.
    async fn end(&self) {
        tokio::select! {
            () = self.cancel.cancelled() => {}
            () = tokio::time::sleep_until(self.deadline) => {}
        }
    }
}

#[cfg(test)]
mod tests;
