//! The delegation of services to a member account of the organization.
//!
//! Follows the contract of [`super`], except for marks and stamps: a registration has no tags, so that the caller has to
//! remember which registrations are its own. Knows nothing of which services are delegated together. Calls are made
//! with credentials of the management account. See the AWS Organizations API Reference
//! (`RegisterDelegatedAdministrator`, `ListDelegatedServicesForAccount`, `EnableAWSServiceAccess`) and the User Guide,
//! "AWS services that you can use with AWS Organizations".
//!
//! Organizations accepts one change at a time and responds to a second one with `ConcurrentModificationException`. So
//! all writes are made one after the other.

mod diff;
mod observe;
mod refusal;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;

use super::Reached;
use super::call::{Call, Transient};
use super::error::{CallError, ErrorKind, absent_is_none};
use super::retry::Run;

use diff::{unregistered, untrusted};

pub(crate) use diff::diff;

pub(crate) use refusal::Refusal;

const SERVICE: &str = "Organizations";

/// What is transient on a service whose trusted access was just enabled.
const JUST_TRUSTED: &[Transient] = &[Transient::message("ConstraintViolationException", "SERVICE_ACCESS_NOT_ENABLED")];

/// The desired delegation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DelegationSpec {
    /// The member account.
    pub(crate) account_id: String,
    /// The services by their principals.
    pub(crate) service_principals: BTreeSet<String>,
    /// Whether trusted access is enabled first where a service has none.
    pub(crate) trusted_access: bool,
}

/// The delegation as it is in AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ObservedDelegation {
    /// All services that the account is the delegated administrator of, each with the date in RFC 3339 where it is
    /// known.
    pub(crate) delegated: BTreeMap<String, Option<String>>,
    /// The services with trusted access to the organization; `None`: not observed, because it is not desired.
    pub(crate) trusted: Option<BTreeSet<String>>,
}

/// The delegations of one organization.
#[derive(Debug, Clone)]
pub(crate) struct Delegations {
    client: Client,
}

impl Delegations {
    /// Delegations that this client reaches.
    pub(crate) fn new(client: &Client) -> Self {
        Self { client: client.clone() }
    }

    /// Enables trusted access where it is desired and missing, then registers the account for the services that it is
    /// not yet the delegated administrator of.
    ///
    /// The dates of new registrations are read at the end. They stay unknown where that fails, which is not an error.
    pub(crate) async fn ensure(
        &self,
        spec: &DelegationSpec,
        observed: ObservedDelegation,
        run: &Run,
    ) -> Reached<ObservedDelegation> {
        let mut part = observed;
        let error = self.write(spec, &mut part, run).await.err();
        Reached { part: Some(part), error }
    }

    async fn write(&self, spec: &DelegationSpec, part: &mut ObservedDelegation, run: &Run) -> Result<(), CallError> {
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

    /// Deregisters the account for a service, but does not disable trusted access.
    ///
    /// # Errors
    /// Any error of `DeregisterDelegatedAdministrator` but not-found.
    pub(crate) async fn remove(&self, account_id: &str, principal: &str, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "DeregisterDelegatedAdministrator", principal);
        let request = || self.client.deregister_delegated_administrator();
        let removed = run.call(&call, || request().account_id(account_id).service_principal(principal).send());
        absent_is_none(removed.await).map(drop)
    }

    async fn enable_trusted_access(&self, principal: &str, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "EnableAWSServiceAccess", principal);
        let request = || self.client.enable_aws_service_access().service_principal(principal);
        run.call(&call, || request().send()).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
