//! Acting through a role: its credentials, taken on with others.
//!
//! The SDK's own provider would do, but its inner client has neither our limits nor our log.
//! Follows <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as ProviderResult, future};

use super::config::given;
use super::credentials::{Chain, DEFAULT_SESSION_NAME};
use super::error::{ASSUME_ROLE, Error, from_sdk};

/// How long before they expire credentials count as expired. A call that was signed with them may be on its way, or
/// wait for its next attempt; AWS refuses it once they have expired, and nobody would try again.
const EXPIRY_MARGIN: Duration = Duration::from_mins(1);

/// A role to act through.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Role {
    /// ARN of the IAM role.
    pub(crate) role_arn: String,
    /// What the role's trust policy may ask for.
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

/// Credentials of a role, taken on with the credentials of `sts`.
#[derive(Debug)]
pub(super) struct AssumeRole {
    /// A client that signs with the base credentials.
    pub(super) sts: aws_sdk_sts::Client,
    /// Where the base credentials come from.
    pub(super) chain: Arc<Chain>,
    /// The role.
    pub(super) role: Role,
}

impl AssumeRole {
    async fn assume(&self) -> ProviderResult {
        let role_arn = &self.role.role_arn;
        let session_name = given(self.role.session_name.as_deref()).unwrap_or(DEFAULT_SESSION_NAME);
        let answer = self
            .sts
            .assume_role()
            .role_arn(role_arn)
            .role_session_name(session_name)
            .set_external_id(given(self.role.external_id.as_deref()).map(str::to_owned))
            .send()
            .await
            .map_err(|error| {
                CredentialsError::provider_error(from_sdk(ASSUME_ROLE, role_arn, &self.chain.origin(), &error))
            })?;
        let keys = answer.credentials().ok_or_else(|| self.unreadable("the answer holds no credentials"))?;
        let expiry = SystemTime::try_from(*keys.expiration())
            .ok()
            .and_then(|expiry| expiry.checked_sub(EXPIRY_MARGIN))
            .ok_or_else(|| self.unreadable("the time of expiration is out of range"))?;
        Ok(Credentials::new(
            keys.access_key_id(),
            keys.secret_access_key(),
            Some(keys.session_token().to_owned()),
            Some(expiry),
            "AssumeRole",
        ))
    }

    fn unreadable(&self, cause: &str) -> CredentialsError {
        CredentialsError::provider_error(Error::Credentials {
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
    fn debug_output_keeps_the_external_id() {
        let role = Role { role_arn: "arn".to_owned(), external_id: Some("SECRET".to_owned()), session_name: None };
        let text = format!("{role:?}");
        assert!(!text.contains("SECRET") && text.contains("arn"), "{text}");
    }
}
