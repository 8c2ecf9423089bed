//! The delegation of services to a member account of the organization.
//!
//! Follows the contract of [`super`], but for marks and stamps: a registration carries no tags, so that whose it is
//! is the caller's to remember. Knows nothing of which services are delegated together. Calls are made with
//! credentials of the management account. See the AWS Organizations API Reference
//! (`RegisterDelegatedAdministrator`, `ListDelegatedServicesForAccount`, `EnableAWSServiceAccess`) and the User
//! Guide, "AWS services that you can use with AWS Organizations".
//!
//! Organizations takes one change at a time and answers `ConcurrentModificationException` to a second one, so all
//! writes stand one after the other.

mod refusal;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::error::{CallError, ErrorKind};
use super::retry::{Call, Passing, Run};
use super::{Difference, Differences, NONE, Reached};

pub(crate) use refusal::Refusal;

const SERVICE: &str = "Organizations";

/// What passes by itself on a service whose trusted access was only just enabled.
const JUST_TRUSTED: &[Passing] = &[Passing::message("ConstraintViolationException", "SERVICE_ACCESS_NOT_ENABLED")];

/// The delegation as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DelegationSpec {
    /// The member account.
    pub(crate) account_id: String,
    /// The services by their principals.
    pub(crate) service_principals: BTreeSet<String>,
    /// Whether trusted access is enabled first where it lacks.
    pub(crate) trusted_access: bool,
}

/// The delegation as it stands in AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ObservedDelegation {
    /// All services that the account is the delegated administrator of, each with the date in RFC 3339 as far as
    /// it is known.
    pub(crate) delegated: BTreeMap<String, Option<String>>,
    /// The services with trusted access to the organization; `None`: not looked at, as it is not wanted.
    pub(crate) trusted: Option<BTreeSet<String>>,
}

/// What `spec` asks for and `observed` lacks.
pub(crate) fn diff(spec: &DelegationSpec, observed: &ObservedDelegation) -> Vec<Difference> {
    let mut differences = Differences::default();
    for principal in lacking(spec, observed) {
        differences.note(format!("{principal}.trusted_access"), "false", "true");
    }
    for principal in absent(spec, observed) {
        differences.note(principal, NONE, &spec.account_id);
    }
    differences.0
}

/// The wanted services without trusted access.
fn lacking<'a>(spec: &'a DelegationSpec, observed: &ObservedDelegation) -> Vec<&'a String> {
    let trusted = observed.trusted.as_ref();
    spec.service_principals.iter().filter(|one| trusted.is_some_and(|trusted| !trusted.contains(*one))).collect()
}

/// The wanted services that the account is not the delegated administrator of.
fn absent<'a>(spec: &'a DelegationSpec, observed: &ObservedDelegation) -> Vec<&'a String> {
    spec.service_principals.iter().filter(|one| !observed.delegated.contains_key(*one)).collect()
}

/// The delegations of one organization.
#[derive(Debug, Clone)]
pub(crate) struct Delegations {
    client: Client,
}

impl Delegations {
    /// Delegations as this client reaches them.
    pub(crate) fn new(client: &Client) -> Self {
        Self { client: client.clone() }
    }

    /// Reads what an account is the delegated administrator of: one call, and one for trusted access where that is
    /// wanted.
    ///
    /// # Errors
    /// Any error of `ListDelegatedServicesForAccount` and `ListAWSServiceAccessForOrganization`. An account without
    /// any delegation is none; one that is not in the organization is [`ErrorKind::NotFound`], and so is a caller without
    /// an organization.
    pub(crate) async fn observe(
        &self,
        account_id: &str,
        trusted_access: bool,
        run: &Run,
    ) -> Result<ObservedDelegation, CallError> {
        let trusted = async { if trusted_access { self.trusted(run).await.map(Some) } else { Ok(None) } };
        let (delegated, trusted) = tokio::join!(Box::pin(self.delegated(account_id, run)), Box::pin(trusted));
        Ok(ObservedDelegation { delegated: delegated?, trusted: trusted? })
    }

    /// Enables trusted access where that is wanted and lacks, then registers what is absent.
    ///
    /// The dates of new registrations are looked up at the end; without the answer they stay unknown, which is no
    /// error.
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
        let lacking = lacking(spec, part);
        for principal in &lacking {
            self.enable_trusted_access(principal, run).await?;
            part.trusted.get_or_insert_default().insert((*principal).clone());
        }
        let absent = absent(spec, part);
        for principal in &absent {
            let passing = if lacking.contains(principal) { JUST_TRUSTED } else { &[] };
            let registered = self.register(&spec.account_id, principal, passing, run).await;
            if registered.as_ref().err().is_none_or(|error| error.kind == ErrorKind::EffectUnknown) {
                // What may stand is never forgotten; to deregister what does not stand is success.
                part.delegated.insert((*principal).clone(), None);
            }
            registered?;
        }
        if !absent.is_empty()
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
        passing: &[Passing],
        run: &Run,
    ) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "RegisterDelegatedAdministrator", principal).retrying(passing);
        let request = || self.client.register_delegated_administrator();
        let registered = run.call(&call, || request().account_id(account_id).service_principal(principal).send());
        match registered.await {
            Ok(_) => Ok(()),
            // AWS says so of this very account alone; another one's registration is a constraint that is violated.
            Err(error) if error.kind == ErrorKind::AlreadyExists => Ok(()),
            Err(error) if error.kind == ErrorKind::EffectUnknown => {
                let delegated = self.delegated(account_id, run).await;
                if delegated.is_ok_and(|delegated| delegated.contains_key(principal)) { Ok(()) } else { Err(error) }
            }
            Err(error) => Err(error),
        }
    }

    /// Takes a service from the account; trusted access stays.
    ///
    /// # Errors
    /// Any error of `DeregisterDelegatedAdministrator`; not-found is success.
    pub(crate) async fn remove(&self, account_id: &str, principal: &str, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "DeregisterDelegatedAdministrator", principal);
        let request = || self.client.deregister_delegated_administrator();
        let removed = run.call(&call, || request().account_id(account_id).service_principal(principal).send());
        super::error::absent_is_none(removed.await).map(drop)
    }

    /// The accounts that are delegated administrators of a service.
    ///
    /// # Errors
    /// Any error of `ListDelegatedAdministrators`.
    pub(crate) async fn administrators(&self, principal: &str, run: &Run) -> Result<Vec<String>, CallError> {
        let call = Call::read(SERVICE, "ListDelegatedAdministrators", principal);
        let mut accounts = Vec::new();
        let mut next = None;
        loop {
            let request = || self.client.list_delegated_administrators().service_principal(principal);
            let page = run.call(&call, || request().set_next_token(next.clone()).send()).await?;
            let found = page.delegated_administrators.unwrap_or_default();
            accounts.extend(found.into_iter().filter_map(|administrator| administrator.id));
            next = page.next_token;
            if next.is_none() {
                return Ok(accounts);
            }
        }
    }

    /// The management account of the organization that the caller is in.
    ///
    /// # Errors
    /// Any error of `DescribeOrganization`.
    pub(crate) async fn management_account(&self, run: &Run) -> Result<String, CallError> {
        let call = Call::read(SERVICE, "DescribeOrganization", "the organization");
        let described = run.call(&call, || self.client.describe_organization().send()).await?;
        let account = described.organization.and_then(|organization| organization.master_account_id);
        account.ok_or_else(|| CallError::new(ErrorKind::Other, &call, "the answer names no management account"))
    }

    async fn enable_trusted_access(&self, principal: &str, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "EnableAWSServiceAccess", principal);
        let request = || self.client.enable_aws_service_access().service_principal(principal);
        run.call(&call, || request().send()).await.map(drop)
    }

    async fn delegated(&self, account_id: &str, run: &Run) -> Result<BTreeMap<String, Option<String>>, CallError> {
        let call = Call::read(SERVICE, "ListDelegatedServicesForAccount", account_id);
        let mut services = BTreeMap::new();
        let mut next = None;
        loop {
            let request = || self.client.list_delegated_services_for_account().account_id(account_id);
            let page = match run.call(&call, || request().set_next_token(next.clone()).send()).await {
                Ok(page) => page,
                Err(error) if error.has_code("AccountNotRegisteredException") => return Ok(BTreeMap::new()),
                Err(error) => return Err(error),
            };
            for service in page.delegated_services.unwrap_or_default() {
                let date = service.delegation_enabled_date.as_ref().and_then(rfc3339);
                services.extend(service.service_principal.map(|principal| (principal, date)));
            }
            next = page.next_token;
            if next.is_none() {
                return Ok(services);
            }
        }
    }

    /// The services that have trusted access to the organization.
    ///
    /// # Errors
    /// Any error of `ListAWSServiceAccessForOrganization`.
    pub(crate) async fn trusted(&self, run: &Run) -> Result<BTreeSet<String>, CallError> {
        let call = Call::read(SERVICE, "ListAWSServiceAccessForOrganization", "the organization");
        let mut trusted = BTreeSet::new();
        let mut next = None;
        loop {
            let request = || self.client.list_aws_service_access_for_organization();
            let page = run.call(&call, || request().set_next_token(next.clone()).send()).await?;
            let found = page.enabled_service_principals.unwrap_or_default();
            trusted.extend(found.into_iter().filter_map(|service| service.service_principal));
            next = page.next_token;
            if next.is_none() {
                return Ok(trusted);
            }
        }
    }
}

/// A date to the second: nothing is decided by less, and AWS does not always give more.
fn rfc3339(date: &DateTime) -> Option<String> {
    DateTime::from_secs(date.secs()).fmt(Format::DateTime).ok()
}

#[cfg(test)]
mod tests;
