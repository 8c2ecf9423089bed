//! The writes that make a delegation as its spec says, each only where it is needed.
//!
//! See the AWS Organizations API Reference, `EnableAWSServiceAccess` and `RegisterDelegatedAdministrator`.

use crate::reconcile::call::{Call, Transient};
use crate::reconcile::error::{CallError, ErrorKind};
use crate::reconcile::retry::Run;

use super::diff::{unregistered, untrusted};
use super::{DelegationSpec, Delegations, ObservedDelegation, SERVICE};

/// What is transient on a service whose trusted access was just enabled.
const JUST_TRUSTED: &[Transient] = &[Transient::message("ConstraintViolationException", "SERVICE_ACCESS_NOT_ENABLED")];

impl Delegations {
    pub(super) async fn write(
        &self,
        spec: &DelegationSpec,
        part: &mut ObservedDelegation,
        run: &Run,
    ) -> Result<(), CallError> {
        let untrusted = untrusted(spec, part);
        for principal in &untrusted {
            self.enable_trusted_access(principal, run).await?;
            part.trusted.get_or_insert_default().insert((*principal).clone());
        }
        let unregistered = unregistered(spec, part);
        for principal in &unregistered {
            let transient = if untrusted.contains(principal) { JUST_TRUSTED } else { &[] };
            let registered = self.register(&spec.account_id, principal, transient, run).await;
            if registered.as_ref().err().is_none_or(|error| error.kind == ErrorKind::EffectUnknown) {
                // What may exist is never forgotten. To deregister what does not exist is success.
                part.delegated.insert((*principal).clone(), None);
            }
            registered?;
        }
        if !unregistered.is_empty()
            && let Ok(dates) = self.delegated(&spec.account_id, run).await
        {
            for (principal, date) in &mut part.delegated {
                *date = dates.get(principal).cloned().flatten().or_else(|| date.take());
            }
        }
        Ok(())
    }

    async fn register(
        &self,
        account_id: &str,
        principal: &str,
        transient: &[Transient],
        run: &Run,
    ) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "RegisterDelegatedAdministrator", principal).retrying(transient);
        let request = || self.client.register_delegated_administrator();
        let registered = run.call(&call, || request().account_id(account_id).service_principal(principal).send());
        match registered.await {
            Ok(_) => Ok(()),
            // AWS says so of this account alone. The registration of another account violates a constraint.
            Err(error) if error.kind == ErrorKind::AlreadyExists => Ok(()),
            Err(error) if error.kind == ErrorKind::EffectUnknown => {
                let delegated = self.delegated(account_id, run).await;
                if delegated.is_ok_and(|delegated| delegated.contains_key(principal)) { Ok(()) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    }

    async fn enable_trusted_access(&self, principal: &str, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "EnableAWSServiceAccess", principal);
        let request = || self.client.enable_aws_service_access().service_principal(principal);
        run.call(&call, || request().send()).await.map(drop)
    }
}
