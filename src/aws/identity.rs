//! Credentials and the caller that AWS identifies by them.
//!
//! Follows <https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use aws_credential_types::provider::SharedCredentialsProvider;
use futures_util::FutureExt;
use futures_util::future::Shared;

use super::caller::Caller;
use super::clients::Clients;
use super::credentials::Chain;
use super::error::ConnectError;
use super::role::{AssumeRole, Role};

type CallerFuture = Shared<Pin<Box<dyn Future<Output = Result<Caller, ConnectError>> + Send>>>;

/// Credentials, and the one call that identifies their caller. Concurrent users wait for the same call, also when it
/// fails.
#[derive(Clone)]
pub(super) struct Identity {
    /// The credentials.
    pub(super) credentials: SharedCredentialsProvider,
    caller: CallerFuture,
}

impl Identity {
    /// The identity of the base credentials or of a role that they assume. The call starts when it is first awaited.
    pub(super) fn new(
        clients: &Clients,
        chain: &Arc<Chain>,
        base: &SharedCredentialsProvider,
        role: Option<&Role>,
        region: &str,
    ) -> Self {
        let base_sts = clients.sts(region, base.clone());
        let (credentials, sts, origin) = match role {
            None => (base.clone(), base_sts, None),
            Some(role) => {
                let credentials = SharedCredentialsProvider::new(AssumeRole {
                    sts: base_sts,
                    chain: Arc::clone(chain),
                    role: role.clone(),
                });
                let sts = clients.sts(region, credentials.clone());
                (credentials, sts, Some(format!("the role {}", role.role_arn)))
            }
        };
        let chain = Arc::clone(chain);
        let caller: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
            let identified = sts.get_caller_identity().send().await;
            let origin = origin.unwrap_or_else(|| chain.origin());
            Caller::of(identified, &origin)
        });
        Self { credentials, caller: caller.shared() }
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
