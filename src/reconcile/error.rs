//! What went wrong in a call to AWS, in the words of AWS.
//!
//! One type for all services, so that callers act on a [`ErrorKind`] and never on an SDK type. It knows
//! nothing of diagnostics or attribute paths. The codes are those of the error sections of the API
//! references of KMS, S3, CloudWatch Logs, Systems Manager and Organizations.

use std::error::Error as StdError;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_kms::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::retry::Call;

/// What an [`CallError`] means to the one who has to act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// AWS said explicitly that the target does not exist.
    NotFound,
    /// What was to be made exists already.
    AlreadyExists,
    /// AWS knows the caller and refuses.
    AccessDenied,
    /// Too many requests, still after all retries.
    Throttled,
    /// A quota of the account is used up.
    LimitExceeded,
    /// Something else stands in the way: a concurrent change, or the state of the target.
    Conflict,
    /// AWS does not accept a value.
    Invalid,
    /// No connection to AWS, or no useful answer from it.
    Unreachable,
    /// AWS does not accept the credentials, or there are none.
    Credentials,
    /// The run was cancelled before the call was made.
    Cancelled,
    /// The time of the run was over before the call was made.
    TimedOut,
    /// A write was sent and never answered: it may or may not have happened.
    EffectUnknown,
    /// The target is in a state that it cannot be used in, such as a document that `Failed`.
    Status,
    /// Anything else.
    Other,
}

/// A failed call to AWS.
#[derive(Debug, thiserror::Error)]
#[error("{service} {operation} on {target}: {}{message}", .code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default())]
pub(crate) struct CallError {
    /// What it means.
    pub(crate) kind: ErrorKind,
    /// The service, such as `S3`.
    pub(crate) service: &'static str,
    /// The operation as AWS's API reference names it.
    pub(crate) operation: &'static str,
    /// Name or ARN of what the operation was for.
    pub(crate) target: String,
    /// AWS's error code, where AWS answered.
    pub(crate) code: Option<String>,
    /// AWS's message, or what happened instead of an answer.
    pub(crate) message: String,
    /// AWS's request id, where AWS answered.
    pub(crate) request_id: Option<String>,
    /// The region that S3 says the bucket is in, where that is not the one that was asked.
    pub(crate) bucket_region: Option<String>,
    /// The cause below the call, where AWS did not answer.
    pub(crate) source: Option<Box<dyn StdError + Send + Sync>>,
}

impl CallError {
    /// An error found here, not by AWS.
    pub(super) fn new(kind: ErrorKind, call: &Call<'_>, message: impl Into<String>) -> Self {
        Self {
            kind,
            service: call.service,
            operation: call.operation,
            target: call.target.to_owned(),
            code: None,
            message: message.into(),
            request_id: None,
            bucket_region: None,
            source: None,
        }
    }

    /// The error of a call that the SDK gave up on.
    pub(super) fn from_sdk<E>(call: &Call<'_>, error: SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        let request_id = error.request_id().map(str::to_owned);
        if let SdkError::ServiceError(context) = &error {
            let code = context.err().code().map(str::to_owned);
            let status = context.raw().status().as_u16();
            // The message of a bad signature goes on with the signed headers, session token included.
            let message = context.err().message().and_then(|message| message.lines().next());
            let message = message.map_or_else(|| format!("AWS answered with HTTP status {status}"), str::to_owned);
            let message = match reason(context.raw()) {
                Some(reason) if !message.contains(&reason) => format!("{reason}: {message}"),
                _ => message,
            };
            let (kind, message) = match code.as_deref().map_or(ErrorKind::Other, kind_of) {
                // An internal error of the service is no answer to what was asked.
                ErrorKind::Other if status >= 500 => (ErrorKind::Unreachable, message),
                // After the first line of a refused signature stands what was signed, session token included.
                ErrorKind::Credentials => {
                    (ErrorKind::Credentials, message.lines().next().unwrap_or_default().to_owned())
                }
                kind => (kind, message),
            };
            // S3 answers from the wrong region with a redirect or with a bad signature.
            let bucket_region = matches!(status, 301 | 307 | 400)
                .then(|| context.raw().headers().get("x-amz-bucket-region"))
                .flatten()
                .map(str::to_owned);
            return Self { code, request_id, bucket_region, ..Self::new(kind, call, message) };
        }
        let (kind, message) = unanswered(call, &error);
        Self { request_id, source: error.into_source().ok(), ..Self::new(kind, call, message) }
    }

    /// Whether AWS answered with this code.
    pub(crate) fn has_code(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }
}

/// Turns "it is not there" into `None`.
pub(super) fn absent_is_none<T>(result: Result<T, CallError>) -> Result<Option<T>, CallError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What Organizations says beside code and message, which alone tells its constraints apart.
fn reason(answer: &HttpResponse) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(answer.body().bytes()?).ok()?;
    body.get("Reason")?.as_str().map(str::to_owned)
}

/// What an exception code of one of the services means.
fn kind_of(code: &str) -> ErrorKind {
    match code {
        "NoSuchBucket"
        | "NotFound"
        | "NotFoundException"
        | "ResourceNotFoundException"
        | "InvalidDocument"
        | "AccountNotFoundException"
        | "AccountNotRegisteredException"
        | "AWSOrganizationsNotInUseException" => ErrorKind::NotFound,
        "AlreadyExistsException"
        | "BucketAlreadyExists"
        | "BucketAlreadyOwnedByYou"
        | "ResourceAlreadyExistsException"
        | "DocumentAlreadyExists"
        | "AccountAlreadyRegisteredException" => ErrorKind::AlreadyExists,
        "AccessDenied" | "AccessDeniedException" | "AllAccessDisabled" | "Forbidden" | "UnauthorizedOperation" => {
            ErrorKind::AccessDenied
        }
        "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "SlowDown" => ErrorKind::Throttled,
        "LimitExceededException"
        | "DocumentLimitExceeded"
        | "DocumentVersionLimitExceeded"
        | "TooManyBuckets"
        | "TooManyTagsException"
        | "TooManyTagsError" => ErrorKind::LimitExceeded,
        "OperationAborted"
        | "OperationAbortedException"
        | "ConcurrentModificationException"
        | "ConflictException"
        | "TooManyUpdates"
        | "BucketNotEmpty"
        | "InvalidBucketState"
        | "InvalidDocumentOperation"
        | "AssociatedInstances"
        | "DisabledException"
        | "KMSInvalidStateException" => ErrorKind::Conflict,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidToken"
        | "InvalidAccessKeyId"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "TokenRefreshRequired"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "AuthFailure" => ErrorKind::Credentials,
        "DependencyTimeoutException"
        | "KMSInternalException"
        | "InternalError"
        | "InternalServerError"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => ErrorKind::Unreachable,
        "ValidationException"
        | "UnsupportedOperationException"
        | "MaxDocumentSizeExceeded"
        | "IllegalLocationConstraintException"
        | "TagException" => ErrorKind::Invalid,
        _ if code.starts_with("Invalid") || code.starts_with("Malformed") => ErrorKind::Invalid,
        _ => ErrorKind::Other,
    }
}

/// What a call without an answer means.
fn unanswered<E>(call: &Call<'_>, error: &SdkError<E, HttpResponse>) -> (ErrorKind, &'static str)
where
    E: StdError + 'static,
{
    let chain = || causes(error);
    if chain().any(<dyn StdError>::is::<CredentialsError>) {
        return (ErrorKind::Credentials, "no credentials could be had");
    }
    if matches!(error, SdkError::ConstructionFailure(_)) {
        return (ErrorKind::Invalid, "the request could not be put together");
    }
    if chain().any(never_connected) {
        return (ErrorKind::Unreachable, "no connection to AWS");
    }
    if call.write {
        return (ErrorKind::EffectUnknown, "AWS never answered; the change may or may not have been made");
    }
    (ErrorKind::Unreachable, "AWS did not answer")
}

/// An error and everything below it.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |cause: &&'a (dyn StdError + 'static)| (*cause).source())
}

/// Whether a cause says that no connection came about, so that nothing was sent.
///
/// The HTTP client tells it by text alone: its own error types are not public.
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
