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

use crate::causes::{causes, first_line, innermost, is_expired, refuses_credentials, unreadable};

use super::partition::Partition;

/// Why there is no client for AWS, or none that AWS accepts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConnectError {
    /// Neither the configuration, the environment nor the profile names a region.
    #[error("no AWS region is set")]
    NoRegion,
    /// AWS's own endpoint in a region that this release does not know cannot be reached.
    #[error("{endpoint} cannot be reached ({cause}), and {region} is no region that this release knows")]
    NoSuchRegion {
        /// The region.
        region: String,
        /// Scheme, host and port that were tried.
        endpoint: String,
        /// The innermost cause.
        cause: String,
    },
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
        /// What is wrong with them.
        fault: CredentialsFault,
        /// What the source or AWS said.
        cause: String,
    },
    /// A profile needs a login at IAM Identity Center.
    #[error("the profile {profile:?} has no SSO session that is valid: {cause}")]
    NoLogin {
        /// The profile that a login is for.
        profile: String,
        /// What the SDK said.
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
    /// The proxy between here and an endpoint cannot be reached.
    #[error("the proxy {proxy}, through which {endpoint} is called, cannot be reached: {cause}")]
    ProxyUnreachable {
        /// Scheme, host and port of the proxy.
        proxy: String,
        /// Scheme, host and port of the endpoint.
        endpoint: String,
        /// The innermost cause.
        cause: String,
    },
    /// Something answered that does not speak the protocol of STS.
    #[error("STS {operation} on {target}: {problem}")]
    Unreadable {
        /// The operation.
        operation: &'static str,
        /// The ARN or object of the call.
        target: String,
        /// What came instead of an answer.
        problem: String,
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
    /// Any other error that AWS returned, or none at all.
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

/// What is wrong with credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CredentialsFault {
    /// AWS says that their time is over.
    Expired,
    /// AWS does not accept them.
    Refused,
    /// Their source fails.
    NotLoaded,
}

impl CredentialsFault {
    /// The fault that a code of AWS stands for.
    pub(crate) fn of_code(code: &str) -> Self {
        if is_expired(code) { Self::Expired } else { Self::Refused }
    }
}

impl ConnectError {
    /// The one among the causes of an error of the SDK.
    pub(crate) fn in_causes_of<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a Self> {
        causes(error).find_map(|cause| cause.downcast_ref())
    }

    /// The error of an endpoint that cannot be reached; `proxy` is the one that cannot be reached before it.
    pub(super) fn unreachable(endpoint: String, proxy: Option<String>, cause: String) -> Self {
        if let Some(proxy) = proxy {
            return Self::ProxyUnreachable { proxy, endpoint, cause };
        }
        match Partition::unknown_region_of(&endpoint).map(str::to_owned) {
            Some(region) => Self::NoSuchRegion { region, endpoint, cause },
            None => Self::Unreachable { endpoint, cause },
        }
    }

    /// What is wrong, in a few words.
    pub(crate) fn heading(&self) -> String {
        match self {
            Self::NoRegion => "No AWS region is set".to_owned(),
            Self::NoSuchRegion { region, .. } => format!("The region {region} does not exist"),
            Self::NoCredentials { .. } => "AWS credentials are missing".to_owned(),
            Self::Credentials { fault: CredentialsFault::Expired, .. } => "AWS credentials have expired".to_owned(),
            Self::Credentials { fault: CredentialsFault::Refused, .. } => "AWS credentials were refused".to_owned(),
            Self::Credentials { fault: CredentialsFault::NotLoaded, .. } => {
                "AWS credentials cannot be loaded".to_owned()
            }
            Self::NoLogin { .. } => "The SSO session is missing or has expired".to_owned(),
            Self::Unreachable { endpoint, .. } => format!("{endpoint} cannot be reached"),
            Self::ProxyUnreachable { proxy, .. } => format!("The proxy {proxy} cannot be reached"),
            Self::Unreadable { .. } => "The answer of STS cannot be read".to_owned(),
            Self::AccessDenied { operation: ASSUME_ROLE, target, .. } => format!("{target} cannot be used"),
            Self::AccessDenied { operation, .. } => format!("STS {operation} was denied"),
            Self::Service { operation, .. } => format!("STS {operation} failed"),
            Self::Config { setting, .. } => format!("Invalid {setting}"),
        }
    }

    /// What is to blame, beyond the heading. Errors with the same heading and blame have one cause, whatever else AWS
    /// said in each of them.
    pub(crate) fn blamed(&self) -> &str {
        match self {
            Self::NoRegion | Self::NoCredentials { .. } => "",
            Self::NoSuchRegion { region, .. } => region,
            Self::Credentials { origin, .. } => origin,
            Self::NoLogin { profile, .. } => profile,
            Self::Unreachable { endpoint, .. } => endpoint,
            Self::ProxyUnreachable { proxy, .. } => proxy,
            Self::Unreadable { problem, .. } => problem,
            Self::AccessDenied { target, .. } | Self::Service { target, .. } => target,
            Self::Config { problem, .. } => problem,
        }
    }

    /// The role that AWS knows and does not let the caller assume.
    pub(crate) fn refused_role(&self) -> Option<&str> {
        match self {
            Self::AccessDenied { operation: ASSUME_ROLE, target, .. } => Some(target),
            _ => None,
        }
    }

    /// What to do about it, in one or two sentences.
    pub(crate) fn advice(&self) -> String {
        match self {
            Self::NoRegion => "Set region in the provider block or in the resource, or the environment variable \
                AWS_REGION, or region in the profile."
                .to_owned(),
            Self::NoSuchRegion { region, .. } => format!(
                "Correct the region in the resource, the provider block, AWS_REGION or the profile. If {region} is \
                 newer than this release, check the network."
            ),
            Self::NoCredentials { .. } => "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or profile in the \
                provider block (or AWS_PROFILE), or run where a role is attached."
                .to_owned(),
            Self::Credentials { fault: CredentialsFault::Expired, .. } => "Renew these credentials (`aws sts \
                get-caller-identity` shows whether they work), or choose others with profile or AWS_PROFILE. If they \
                are new, check the clock of this machine."
                .to_owned(),
            Self::Credentials { .. } => "Renew or correct these credentials (`aws sts get-caller-identity` shows \
                whether they work), or choose others with profile or AWS_PROFILE. If they are right, check the \
                clock of this machine, and that the region belongs to the account's partition and is enabled for the \
                account."
                .to_owned(),
            Self::NoLogin { profile, .. } => format!(
                "Run `aws sso login --profile {profile}`. If that session is valid, check that the account and the \
                 role of the profile are assigned to you."
            ),
            Self::Unreachable { .. } => "Check that the endpoint is spelled right and can be reached from this \
                machine: endpoints in the provider block, AWS_ENDPOINT_URL, HTTPS_PROXY, NO_PROXY and \
                AWS_CA_BUNDLE decide what is called and how."
                .to_owned(),
            Self::ProxyUnreachable { .. } => "Correct HTTPS_PROXY or HTTP_PROXY, or name in NO_PROXY what is to be \
                called without a proxy."
                .to_owned(),
            Self::Unreadable { .. } => "Check endpoints in the provider block, AWS_ENDPOINT_URL, and the proxy that \
                HTTPS_PROXY or HTTP_PROXY names."
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
    if let Some(connect_error) = ConnectError::in_causes_of(error) {
        return connect_error.clone();
    }
    let Some(code) = error.code() else {
        return match (error, error.raw_response()) {
            (SdkError::ConstructionFailure(_), _) => ConnectError::Credentials {
                origin: origin.to_owned(),
                fault: CredentialsFault::NotLoaded,
                cause: innermost(error),
            },
            (_, Some(response)) => ConnectError::Unreadable {
                operation,
                target: target.to_owned(),
                problem: unreadable(
                    response.status().as_u16(),
                    response.headers().get("content-type"),
                    "XML",
                    &innermost(error),
                ),
            },
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
        return ConnectError::Credentials {
            origin: origin.to_owned(),
            fault: CredentialsFault::of_code(code),
            cause: format!("{message} ({code})"),
        };
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
