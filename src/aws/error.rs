//! What can go wrong before a service is called: settings, credentials, the way to AWS.
//!
//! Every variant is self-contained text, without a source, so that concurrent callers can share one
//! failure. It must never hold a secret: of AWS's messages only the first line is kept, because the
//! answer to a bad signature goes on with the signed headers, session token included.
//! Follows <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>.

use std::error::Error as StdError;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

/// Why there is no client for AWS, or none that AWS listens to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Error {
    /// Neither the configuration, the environment nor the profile names a region.
    #[error("no AWS region is set")]
    NoRegion,
    /// Every source of credentials was looked at, and none had any.
    #[error("no AWS credentials were found. Tried: {}", tried.join("; "))]
    NoCredentials {
        /// The sources in the order they were tried, each with what was missing.
        tried: Vec<String>,
    },
    /// A source of credentials is there, but it fails, or AWS does not accept what it gives.
    #[error("the AWS credentials from {origin} cannot be used: {cause}")]
    Credentials {
        /// The source, such as `the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`.
        origin: String,
        /// What the source or AWS said.
        cause: String,
    },
    /// Nothing answered: refused, unknown host, no route, no TLS, too slow.
    #[error("{endpoint} cannot be reached: {cause}")]
    Unreachable {
        /// Scheme, host and port that were tried.
        endpoint: String,
        /// The innermost cause, such as `Connection refused`.
        cause: String,
    },
    /// AWS knows the caller and forbids the call.
    #[error("{operation} on {target} was denied ({code}): {message}")]
    AccessDenied {
        /// The action as IAM spells it, such as `sts:AssumeRole`.
        operation: &'static str,
        /// The ARN or thing the call was for.
        target: String,
        /// AWS's error code.
        code: String,
        /// The first line of AWS's message.
        message: String,
    },
    /// Any other error that AWS answered, or an answer that could not be read.
    #[error("{operation} on {target} failed ({code}): {message}")]
    Service {
        /// The action as IAM spells it.
        operation: &'static str,
        /// The ARN or thing the call was for.
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

impl Error {
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
                whether they work), or choose others with profile or AWS_PROFILE. Should they be right, compare \
                the clock of this machine, and see that the region is one of the account's partition."
                .to_owned(),
            Self::Unreachable { .. } => "See that the endpoint is spelled right and answers from this machine: \
                endpoints in the provider block, AWS_ENDPOINT_URL, HTTPS_PROXY, NO_PROXY and AWS_CA_BUNDLE \
                decide what is called and how."
                .to_owned(),
            Self::AccessDenied { operation, target, .. } if *operation == ASSUME_ROLE => format!(
                "Let the trust policy of {target} admit the caller (and its external_id, if it asks for one), and \
                let the caller's own policies allow {ASSUME_ROLE} on it."
            ),
            Self::AccessDenied { operation, .. } => {
                format!("Let the caller's policies, and those of the organization, allow {operation}.")
            }
            Self::Service { operation, .. } => {
                format!("Try again; if it stays, compare the message with the API reference of {operation}.")
            }
            Self::Config { setting, .. } => format!("Correct {setting}, or leave it out."),
        }
    }
}

/// The action of taking on a role, as IAM spells it.
pub(super) const ASSUME_ROLE: &str = "sts:AssumeRole";

/// Codes with which AWS says that it does not know or no longer accepts the credentials.
const REFUSED_CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

const DENIED: &[&str] = &["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];

/// Renders a failed STS call; `origin` names the source of the credentials it was signed with.
pub(super) fn from_sdk<E>(
    operation: &'static str,
    target: &str,
    origin: &str,
    error: &SdkError<E, HttpResponse>,
) -> Error
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    // Our own providers and interceptors fail with an `Error`, which the SDK carries as a source.
    if let Some(own) = causes(error).find_map(|cause| cause.downcast_ref::<Error>()) {
        return own.clone();
    }
    let Some(code) = error.code() else {
        return match error {
            SdkError::ConstructionFailure(_) => {
                Error::Credentials { origin: origin.to_owned(), cause: innermost(error) }
            }
            _ => Error::Service {
                operation,
                target: target.to_owned(),
                code: "no answer".to_owned(),
                message: innermost(error),
            },
        };
    };
    let message = first_line(error.message().unwrap_or("no message"));
    if REFUSED_CREDENTIALS.contains(&code) {
        return Error::Credentials { origin: origin.to_owned(), cause: format!("{message} ({code})") };
    }
    if DENIED.contains(&code) {
        return Error::AccessDenied { operation, target: target.to_owned(), code: code.to_owned(), message };
    }
    let code = match error.request_id() {
        Some(request_id) => format!("{code}, request id {request_id}"),
        None => code.to_owned(),
    };
    Error::Service { operation, target: target.to_owned(), code, message }
}

/// The error and everything that caused it, outermost first.
pub(super) fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| cause.source())
}

/// The text of the first cause of all, which is what a reader can act on.
pub(super) fn innermost(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(|cause| first_line(&cause.to_string())).unwrap_or_default()
}

fn first_line(text: &str) -> String {
    // Whoever shows it ends the sentence.
    text.lines().next().unwrap_or_default().trim().trim_end_matches('.').to_owned()
}
