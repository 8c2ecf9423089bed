//! A failed call to AWS, with what AWS said.
//!
//! One type for all services, so that code acts on an [`ErrorKind`] and never on an SDK type. It knows nothing of
//! diagnostics or attribute paths.

mod kind;

use std::error::Error as StdError;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_kms::operation::RequestId;
use aws_smithy_http::endpoint::ResolveEndpointError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::causes::{causes, first_line, innermost, phrase, unreadable};

use super::call::{Call, Transient};

pub(crate) use kind::ErrorKind;

/// A failed call to AWS. Its text has no full stop at its end, because the reader's sentence has its own.
#[derive(Debug, thiserror::Error)]
#[error("{service} {operation} on {target}: {}{message}", .code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default())]
pub(crate) struct CallError {
    /// What it means.
    pub(crate) kind: ErrorKind,
    /// The service, such as `S3`.
    pub(crate) service: &'static str,
    /// The operation as AWS's API reference names it.
    pub(crate) operation: &'static str,
    /// Name or ARN of the object of the call.
    pub(crate) target: String,
    /// AWS's error code, where AWS responded.
    pub(crate) code: Option<String>,
    /// The first line of AWS's message, or what happened instead of a response; without a full stop at its end.
    pub(crate) message: String,
    /// AWS's request id, where AWS responded.
    pub(crate) request_id: Option<String>,
    /// The region of the bucket according to S3, where the request went to another one.
    pub(crate) bucket_region: Option<String>,
    /// The cause, where AWS did not respond.
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl CallError {
    /// An error that is found here, not by AWS.
    pub(super) fn new(kind: ErrorKind, call: &Call<'_>, message: impl AsRef<str>) -> Self {
        Self {
            kind,
            service: call.service,
            operation: call.operation,
            target: call.target.to_owned(),
            code: None,
            message: phrase(message.as_ref()).to_owned(),
            request_id: None,
            bucket_region: None,
            source: None,
        }
    }

    /// The error of a call that the SDK no longer retries.
    pub(super) fn from_sdk<E>(call: &Call<'_>, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let request_id = error.request_id().map(str::to_owned);
        if let Some(problem) = not_of_aws(call, &error) {
            // A write that was answered was received by something.
            let kind = match error.raw_response().map(HttpResponse::status) {
                Some(status) if call.is_write && status.is_success() => ErrorKind::EffectUnknown,
                Some(status) if status.is_server_error() => ErrorKind::Unreachable,
                _ => ErrorKind::Unreadable,
            };
            return Self { request_id, ..Self::new(kind, call, problem) };
        }
        let SdkError::ServiceError(context) = &error else {
            let (kind, message) = without_response(call, &error);
            return Self { request_id, source: error.into_source().ok(), ..Self::new(kind, call, message) };
        };
        let code = context.err().code().map(str::to_owned);
        let status = context.raw().status().as_u16();
        // After the first line of a refused signature come the signed headers, session token included.
        let message = context.err().message().map(first_line).filter(|message| !message.is_empty());
        let message = message.map_or_else(|| format!("AWS responded with HTTP status {status}"), str::to_owned);
        let message = match reason(context.raw()) {
            Some(reason) if !message.contains(&reason) => format!("{reason}: {message}"),
            _ => message,
        };
        let kind = match code.as_deref().map_or(ErrorKind::Other, ErrorKind::of_code) {
            // An internal error of the service says nothing about the request.
            ErrorKind::Other if status >= 500 => ErrorKind::Unreachable,
            kind => kind,
        };
        // S3 responds from the wrong region with a redirect or with a refused signature.
        let bucket_region = matches!(status, 301 | 307 | 400)
            .then(|| context.raw().headers().get("x-amz-bucket-region"))
            .flatten()
            .map(str::to_owned);
        Self { code, request_id, bucket_region, ..Self::new(kind, call, message) }
    }

    /// Whether AWS responded with this code.
    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether it is this transient error.
    pub(super) fn is(&self, transient: &Transient) -> bool {
        transient.matches(self.code.as_deref(), &self.message)
    }

    /// Whether a create that failed with it may have created the object all the same.
    pub(super) fn may_have_created(&self) -> bool {
        matches!(self.kind, ErrorKind::AlreadyExists | ErrorKind::EffectUnknown)
    }
}

/// Turns not-found into `None`.
pub(super) fn absent_is_none<T>(result: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is said of an answer that is not in the protocol of the service; `None` for one that is, or none at all.
fn not_of_aws<E>(call: &Call<'_>, error: &SdkError<E, HttpResponse>) -> Option<String>
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let response = error.raw_response()?;
    // S3 answers some calls with a status alone.
    let is_empty = response.body().bytes().is_some_and(|body| body.trim_ascii().is_empty());
    if error.code().is_some() || is_empty && !response.status().is_success() {
        return None;
    }
    let expected = if call.service.starts_with("S3") { "XML" } else { "JSON" };
    let content_type = response.headers().get("content-type");
    let said = error.message().map(first_line).filter(|message| !message.is_empty());
    let cause = said.map_or_else(|| innermost(error), str::to_owned);
    Some(unreadable(response.status().as_u16(), content_type, expected, &cause))
}

/// The reason that Organizations gives besides code and message. Its constraints differ in nothing else.
fn reason(response: &HttpResponse) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(response.body().bytes()?).ok()?;
    body.get("Reason")?.as_str().map(str::to_owned)
}

/// What a call without a response means.
fn without_response<E>(call: &Call<'_>, error: &SdkError<E, HttpResponse>) -> (ErrorKind, &'static str)
where
    E: StdError + 'static,
{
    if causes(error).any(<dyn StdError>::is::<CredentialsError>) {
        return (ErrorKind::Credentials, "no credentials could be loaded");
    }
    if matches!(error, SdkError::ConstructionFailure(_)) {
        return (ErrorKind::Invalid, "the request could not be built");
    }
    // The endpoint rules take some values apart, such as the name of a bucket. What they refuse is never sent.
    if causes(error).any(<dyn StdError>::is::<ResolveEndpointError>) {
        return (ErrorKind::Invalid, "the SDK of AWS does not accept a value of the request");
    }
    if causes(error).any(never_connected) {
        return (ErrorKind::Unreachable, "no connection to AWS");
    }
    if call.is_write {
        return (ErrorKind::EffectUnknown, "AWS did not respond; the change may or may not have been made");
    }
    (ErrorKind::Unreachable, "AWS did not respond")
}

/// Whether a cause says that there was no connection, so that nothing was sent.
///
/// The HTTP client says it by text alone: its own error types are not public.
fn never_connected(cause: &(dyn StdError + 'static)) -> bool {
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        return matches!(
            error.kind(),
            io::ErrorKind::ConnectionRefused | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable
        );
    }
    let text = cause.to_string();
    text.contains("client error (Connect)") || text.contains("HTTP connect timeout") || text.contains("dns error")
}
