//! What can fail before a service is called: settings, credentials, the connection to AWS.
//!
//! Every variant is self-contained text, without a source, so that concurrent callers can share one failure. No text
//! ends with a full stop, because the reader's sentence has its own. No text holds a secret: only the first line of
//! AWS's messages is kept, because the response to a bad signature goes on with the signed headers, session token
//! included. Follows <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use crate::causes::{causes, first_line, innermost, refuses_credentials};

/// Why there is no client for AWS, or none that AWS accepts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConnectError {
    /// Neither the configuration, the environment nor the profile names a region.
    #[error("no AWS region is set")]
    NoRegion,
    /// No source of credentials has any.
    #[error("no AWS credentials were found. Tried: {}", tried.join("; "))]
    NoCredentials {
        /// The sources in the order they were tried, each with what is missing.
        tried: Vec<String>,
    },
    /// A source of credentials exists, but it fails, or AWS does not accept its credentials.
    #[error("the AWS credentials from {origin} cannot be used: {cause}")]
    Credentials {
        /// The source, such as `the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`.
        origin: String,
        /// What the source or AWS said.
        cause: String,
    },
    /// No response: connection refused, unknown host, no route, no TLS, too slow.
    #[error("{endpoint} cannot be reached: {cause}")]
    Unreachable {
        /// Scheme, host and port that were tried.
        endpoint: String,
        /// The innermost cause, such as `Connection refused`.
        cause: String,
    },
    /// AWS knows the caller and denies the call.
    #[error("STS {operation} on {target} was denied ({code}): {message}")]
    AccessDenied {
        /// The operation, such as `AssumeRole`.
        operation: &'static str,
        /// The ARN or object of the call.
        target: String,
        /// AWS's error code.
        code: String,
        /// The first line of AWS's message.
        message: String,
    },
    /// Any other error that AWS returned, or a response that could not be read.
    #[error("STS {operation} on {target} failed ({code}): {message}")]
    Service {
        /// The operation.
        operation: &'static str,
        /// The ARN or object of the call.
        target: String,
        /// AWS's error code and, if there is one, the request id.
        code: String,
        /// The first line of AWS's message.
        message: String,
    },
    /// A setting or environment variable has a value that cannot be used.
    #[error("{setting}: {problem}")]
    Config {
        /// The argument of the provider block, or the environment variable.
        setting: String,
        /// What is wrong with its value.
        problem: String,
    },
}

impl ConnectError {
    /// What to do about it, in one or two sentences.
    pub(crate) fn advice(&self) -> String {
        match self {
            Self::NoRegion => "Set region in the provider block or in the resource, or the environment variable \
                AWS_REGION, or region in the profile."
                .to_owned(),
            Self::NoCredentials { .. } => "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or profile in the \
                provider block (or AWS_PROFILE), or run where a role is attached."
                .to_owned(),
            Self::Credentials { .. } => "Renew or correct these credentials (`aws sts get-caller-identity` shows \
                whether they work), or choose others with profile or AWS_PROFILE. If they are right, check the \
                clock of this machine, and that the region belongs to the account's partition."
                .to_owned(),
            Self::Unreachable { .. } => "Check that the endpoint is spelled right and can be reached from this \
                machine: endpoints in the provider block, AWS_ENDPOINT_URL, HTTPS_PROXY, NO_PROXY and \
                AWS_CA_BUNDLE decide what is called and how."
                .to_owned(),
            Self::AccessDenied { operation: ASSUME_ROLE, target, .. } => format!(
                "Check that the trust policy of {target} allows the caller (with its external_id, if it requires \
                one), and that the caller's own policies allow sts:{ASSUME_ROLE} on it."
            ),
            Self::AccessDenied { operation, .. } => {
                format!("Check that the caller's policies, and those of the organization, allow sts:{operation}.")
            }
            Self::Service { operation, .. } => format!(
                "Try again. If the error persists, compare the message with the API reference of STS {operation}."
            ),
            Self::Config { setting, .. } => format!("Correct {setting}, or leave it out."),
        }
    }
}

/// The operation that assumes a role.
pub(super) const ASSUME_ROLE: &str = "AssumeRole";

const DENIED: &[&str] = &["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];

/// The error of a failed STS call. `origin` names the source of the credentials that signed it.
pub(super) fn from_sdk<E>(
    operation: &'static str,
    target: &str,
    origin: &str,
    error: &SdkError<E, HttpResponse>,
) -> ConnectError
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    // The provider's own sources of credentials and interceptors fail with a `ConnectError`, which the SDK passes on
    // as a source.
    if let Some(connect_error) = causes(error).find_map(|cause| cause.downcast_ref::<ConnectError>()) {
        return connect_error.clone();
    }
    let Some(code) = error.code() else {
        return match error {
            SdkError::ConstructionFailure(_) => {
                ConnectError::Credentials { origin: origin.to_owned(), cause: innermost(error) }
            }
            _ => ConnectError::Service {
                operation,
                target: target.to_owned(),
                code: "no response".to_owned(),
                message: innermost(error),
            },
        };
    };
    let message = first_line(error.message().unwrap_or("no message")).to_owned();
    if refuses_credentials(code) {
        return ConnectError::Credentials { origin: origin.to_owned(), cause: format!("{message} ({code})") };
    }
    if DENIED.contains(&code) {
        return ConnectError::AccessDenied { operation, target: target.to_owned(), code: code.to_owned(), message };
    }
    let code = match error.request_id() {
        Some(request_id) => format!("{code}, request id {request_id}"),
        None => code.to_owned(),
    };
    ConnectError::Service { operation, target: target.to_owned(), code, message }
}
