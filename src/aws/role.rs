//! The credentials of a role, which other credentials assume.
//!
//! The SDK's own provider is not used, because its inner client has neither the limits nor the log of this layer.
//! Follows <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as ProviderResult, future};

use super::config::non_blank;
use super::credentials::{Chain, DEFAULT_SESSION_NAME};
use super::error::{ASSUME_ROLE, ConnectError, from_sdk};

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
    pub(super) chain: Arc<Chain>,
    /// The role.
    pub(super) role: Role,
}

impl AssumeRole {
    async fn assume(&self) -> ProviderResult {
        let role_arn = &self.role.role_arn;
        let session_name = non_blank(self.role.session_name.as_deref()).unwrap_or(DEFAULT_SESSION_NAME);
        let response = self
            .sts
            .assume_role()
            .role_arn(role_arn)
            .role_session_name(session_name)
            .set_external_id(non_blank(self.role.external_id.as_deref()).map(str::to_owned))
            .send()
            .await
            .map_err(|error| {
                CredentialsError::provider_error(from_sdk(ASSUME_ROLE, role_arn, &self.chain.origin(), &error))
            })?;
        let keys = response.credentials().ok_or_else(|| self.unreadable("the response holds no credentials"))?;
        let expiry = SystemTime::try_from(*keys.expiration())
            .ok()
            .and_then(|expiry| expiry.checked_sub(EXPIRY_MARGIN))
            .ok_or_else(|| self.unreadable("the expiration is out of range"))?;
        Ok(Credentials::new(
            keys.access_key_id(),
            keys.secret_access_key(),
            Some(keys.session_token().to_owned()),
            Some(expiry),
            "AssumeRole",
        ))
    }

    fn unreadable(&self, cause: &str) -> CredentialsError {
        CredentialsError::provider_error(ConnectError::Credentials {
            origin: format!("the role {}", self.role.role_arn),
            cause: cause.to_owned(),
        })
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
