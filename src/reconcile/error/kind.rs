//! What an error of AWS means.
//!
//! The codes are those of the error sections of the API references of KMS, S3, CloudWatch Logs, Systems Manager and
//! Organizations. Pure.

use crate::causes::refuses_credentials;

/// What an error means to code that acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// AWS says explicitly that the target does not exist.
    NotFound,
    /// The object that was to be created exists already.
    AlreadyExists,
    /// AWS knows the caller and denies the call.
    AccessDenied,
    /// Too many requests, still after all retries.
    Throttled,
    /// A quota of the account is reached.
    LimitExceeded,
    /// A concurrent change, or the state of the target, does not allow the call.
    Conflict,
    /// AWS does not accept a value.
    Invalid,
    /// No connection to AWS, or no response, or a failure of the service.
    Unreachable,
    /// An answer that is not AWS's.
    Unreadable,
    /// AWS does not accept the credentials, or there are none.
    Credentials,
    /// The run was cancelled before the call.
    Cancelled,
    /// The time of the run ended before the call.
    TimedOut,
    /// A write without a response: it may or may not have taken effect.
    EffectUnknown,
    /// The target is in a state that it cannot be used in, such as a document that is `Failed`.
    Status,
    /// Anything else.
    Other,
}

impl ErrorKind {
    /// What an error code of one of the services means.
    pub(super) fn of_code(code: &str) -> Self {
        match code {
            "NoSuchBucket"
            | "NotFound"
            | "NotFoundException"
            | "ResourceNotFoundException"
            | "InvalidDocument"
            | "AccountNotFoundException"
            | "AccountNotRegisteredException"
            | "AWSOrganizationsNotInUseException" => Self::NotFound,
            "AlreadyExistsException"
            | "BucketAlreadyExists"
            | "BucketAlreadyOwnedByYou"
            | "ResourceAlreadyExistsException"
            | "DocumentAlreadyExists"
            | "AccountAlreadyRegisteredException" => Self::AlreadyExists,
            "AccessDenied" | "AccessDeniedException" | "AllAccessDisabled" | "Forbidden" | "UnauthorizedOperation" => {
                Self::AccessDenied
            }
            "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "SlowDown" => Self::Throttled,
            "LimitExceededException"
            | "DocumentLimitExceeded"
            | "DocumentVersionLimitExceeded"
            | "TooManyBuckets"
            | "TooManyTagsException"
            | "TooManyTagsError" => Self::LimitExceeded,
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
            | "KMSInvalidStateException" => Self::Conflict,
            _ if refuses_credentials(code) => Self::Credentials,
            "DependencyTimeoutException"
            | "KMSInternalException"
            | "InternalError"
            | "InternalServerError"
            | "ServiceUnavailable"
            | "ServiceUnavailableException" => Self::Unreachable,
            "ValidationException"
            | "UnsupportedOperationException"
            | "MaxDocumentSizeExceeded"
            | "IllegalLocationConstraintException"
            | "TagException" => Self::Invalid,
            _ if code.starts_with("Invalid") || code.starts_with("Malformed") => Self::Invalid,
            _ => Self::Other,
        }
    }
}
