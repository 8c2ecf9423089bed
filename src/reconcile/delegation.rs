//! The delegation of services to a member account of the organization.
//!
//! Follows the contract of [`super`], except for marks and stamps: a registration has no tags, so that the caller has to
//! remember which registrations it manages. Knows nothing of which services are delegated together. Calls are made
//! with credentials of the management account. See the AWS Organizations API Reference
//! (`RegisterDelegatedAdministrator`, `ListDelegatedServicesForAccount`, `EnableAWSServiceAccess`) and the User Guide,
//! "AWS services that you can use with AWS Organizations".
//!
//! Organizations accepts one change at a time and responds to a second one with `ConcurrentModificationException`. So
//! all writes are made one after the other.

mod diff;
mod observe;
mod refusal;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;

use super::Reached;
use super::call::Call;
use super::error::{CallError, absent_is_none};
use super::retry::Run;

pub(crate) use diff::diff;
pub(crate) use refusal::Refusal;

const SERVICE: &str = "Organizations";

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
}

#[cfg(test)]
mod tests;
