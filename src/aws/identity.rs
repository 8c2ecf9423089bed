//! Credentials and the caller that AWS identifies by them.
//!
//! Follows <https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>.

use std::future::Future;
use std::pin::Pin;

use aws_credential_types::provider::SharedCredentialsProvider;
use futures_util::FutureExt;
use futures_util::future::Shared;

use super::caller::Caller;
use super::clients::Clients;
use super::error::ConnectError;
use super::origin::Origin;
use super::role::{AssumeRole, Role};

type CallerFuture = Shared<Pin<Box<dyn Future<Output = Result<Caller, ConnectError>> + Send>>>;

/// Credentials, and the one call that identifies their caller. Concurrent users wait for the same call, also when it
/// fails.
#[derive(Clone)]
pub(super) struct Identity {
    /// The credentials.
    pub(super) credentials: SharedCredentialsProvider,
    /// Where they come from.
    pub(super) origin: Origin,
    caller: CallerFuture,
}

impl Identity {
    /// The identity of the base credentials or of a role that they assume. The call starts when it is first awaited.
    pub(super) fn new(
        clients: &Clients,
        base: &SharedCredentialsProvider,
        base_origin: &Origin,
        role: Option<&Role>,
        region: &str,
    ) -> Self {
        let (credentials, origin) = match role {
            None => (base.clone(), base_origin.clone()),
            Some(role) => {
                let assume_role = AssumeRole {
                    sts: clients.sts(region, Some(base.clone())),
                    origin: base_origin.clone(),
                    role: role.clone(),
                };
                (SharedCredentialsProvider::new(assume_role), Origin::of(format!("the role {}", role.role_arn)))
            }
        };
        let sts = clients.sts(region, Some(credentials.clone()));
        let signed_by = origin.clone();
        let caller: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
            let identified = sts.get_caller_identity().send().await;
            Caller::of(identified, signed_by.name())
        });
        Self { credentials, origin, caller: caller.shared() }
    }

    /// The caller of the credentials.
    ///
    /// # Errors
    /// What prevents the call, or AWS's refusal.
    pub(super) async fn caller(&self) -> Result<Caller, ConnectError> {
        self.caller.clone().await
    }

    /// Whether both wait for the same call.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.caller.ptr_eq(&other.caller)
    }
}
