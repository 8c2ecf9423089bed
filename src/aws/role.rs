//! The credentials of a role, which other credentials or a web identity assume.
//!
//! The SDK's own providers are not used, because their inner clients have neither the endpoints of the provider block nor
//! the limits and the log of this layer.
//! Follows <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as ProviderResult, future};

use super::config::non_blank;
use super::environment::{Environment, Process};
use super::error::{ASSUME_ROLE, ConnectError, CredentialsFault, from_sdk};
use super::origin::Origin;

/// Name of sessions in CloudTrail where no setting names one.
pub(super) const DEFAULT_SESSION_NAME: &str = "terraform-provider-ssmsession";

const ASSUME_ROLE_WITH_WEB_IDENTITY: &str = "AssumeRoleWithWebIdentity";

/// How long before their expiration credentials are renewed. AWS refuses a request once its credentials have expired,
/// also one that is in flight or waits for its next attempt, and such a refusal is final.
const EXPIRY_MARGIN: Duration = Duration::from_mins(1);

/// A role that is assumed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Role {
    /// ARN of the IAM role.
    pub(crate) role_arn: String,
    /// External id, which the role's trust policy may require.
    pub(crate) external_id: Option<String>,
    /// Name of the session in CloudTrail; `terraform-provider-ssmsession` when `None`.
    pub(crate) session_name: Option<String>,
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Role")
            .field("role_arn", &self.role_arn)
            .field("external_id", &self.external_id.as_ref().map(|_| "[redacted]"))
            .field("session_name", &self.session_name)
            .finish()
    }
}

/// The source of a role's credentials.
#[derive(Debug)]
pub(super) struct AssumeRole {
    /// A client that signs with the base credentials.
    pub(super) sts: aws_sdk_sts::Client,
    /// The source of the base credentials.
    pub(super) origin: Origin,
    /// The role.
    pub(super) role: Role,
}

impl AssumeRole {
    async fn assume(&self) -> ProviderResult {
        let role_arn = &self.role.role_arn;
        let response = self
            .sts
            .assume_role()
            .role_arn(role_arn)
            .role_session_name(self.role.session_name())
            .set_external_id(non_blank(self.role.external_id.as_deref()).map(str::to_owned))
            .send()
            .await
            .map_err(|error| {
                CredentialsError::provider_error(from_sdk(ASSUME_ROLE, role_arn, self.origin.name(), &error))
            })?;
        self.role.credentials(response.credentials())
    }
}

/// The source of the credentials of a role that a web identity assumes.
#[derive(Debug)]
pub(super) struct WebIdentity {
    /// A client that does not sign.
    pub(super) sts: aws_sdk_sts::Client,
    /// The name of this source.
    pub(super) origin: String,
    /// The file with the token. It is read every time, because others renew it.
    pub(super) token_file: String,
    /// The role.
    pub(super) role: Role,
}

impl WebIdentity {
    async fn assume(&self) -> ProviderResult {
        let role_arn = &self.role.role_arn;
        let token = Process.file(&self.token_file).map_err(|error| {
            CredentialsError::provider_error(ConnectError::Credentials {
                origin: self.origin.clone(),
                fault: CredentialsFault::NotLoaded,
                cause: format!("{} cannot be read: {error}", self.token_file),
            })
        })?;
        let response = self
            .sts
            .assume_role_with_web_identity()
            .role_arn(role_arn)
            .role_session_name(self.role.session_name())
            .web_identity_token(String::from_utf8_lossy(&token).trim())
            .send()
            .await
            .map_err(|error| {
                CredentialsError::provider_error(from_sdk(
                    ASSUME_ROLE_WITH_WEB_IDENTITY,
                    role_arn,
                    &self.origin,
                    &error,
                ))
            })?;
        self.role.credentials(response.credentials())
    }
}

impl Role {
    fn session_name(&self) -> &str {
        non_blank(self.session_name.as_deref()).unwrap_or(DEFAULT_SESSION_NAME)
    }

    /// The credentials in a response of STS.
    fn credentials(&self, response: Option<&aws_sdk_sts::types::Credentials>) -> ProviderResult {
        let unreadable = |cause: &str| {
            CredentialsError::provider_error(ConnectError::Credentials {
                origin: format!("the role {}", self.role_arn),
                fault: CredentialsFault::NotLoaded,
                cause: cause.to_owned(),
            })
        };
        let keys = response.ok_or_else(|| unreadable("the response holds no credentials"))?;
        let expiry = SystemTime::try_from(*keys.expiration())
            .ok()
            .and_then(|expiry| expiry.checked_sub(EXPIRY_MARGIN))
            .ok_or_else(|| unreadable("the expiration is out of range"))?;
        Ok(Credentials::new(
            keys.access_key_id(),
            keys.secret_access_key(),
            Some(keys.session_token().to_owned()),
            Some(expiry),
            "AssumeRole",
        ))
    }
}

impl ProvideCredentials for WebIdentity {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

impl ProvideCredentials for AssumeRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.assume())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_keeps_the_external_id_secret() {
        let role = Role { role_arn: "arn".to_owned(), external_id: Some("SECRET".to_owned()), session_name: None };
        let text = format!("{role:?}");
        assert!(!text.contains("SECRET") && text.contains("arn"), "{text}");
    }
}
