//! Reading delegations and trusted access.
//!
//! See the AWS Organizations API Reference, `ListDelegatedServicesForAccount`, `ListDelegatedAdministrators`,
//! `ListAWSServiceAccessForOrganization` and `DescribeOrganization`.

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use crate::reconcile::call::Call;
use crate::reconcile::error::{CallError, ErrorKind};
use crate::reconcile::retry::Run;

use super::{Delegations, ObservedDelegation, SERVICE};

/// The target of a call that is about the caller's organization.
const ORGANIZATION: &str = "the organization";

impl Delegations {
    /// Reads what an account is the delegated administrator of: one call, and one for trusted access where that is
    /// desired.
    ///
    /// # Errors
    /// Any error of `ListDelegatedServicesForAccount` and `ListAWSServiceAccessForOrganization`. An account without any
    /// delegation is not an error. An account outside of the organization is [`ErrorKind::NotFound`], and so is a
    /// caller without an organization.
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

    /// The accounts that are delegated administrators of a service.
    ///
    /// # Errors
    /// Any error of `ListDelegatedAdministrators`.
    pub(crate) async fn administrators(&self, principal: &str, run: &Run) -> Result<Vec<String>, CallError> {
        let call = Call::read(SERVICE, "ListDelegatedAdministrators", principal);
        let request = || self.client.list_delegated_administrators().service_principal(principal);
        let list = |token| request().set_next_token(token).send();
        let pages = run.pages(&call, list, |page| page.next_token.clone()).await?;
        let administrators = pages.into_iter().flat_map(|page| page.delegated_administrators.unwrap_or_default());
        Ok(administrators.filter_map(|administrator| administrator.id).collect())
    }

    /// The management account of the caller's organization.
    ///
    /// # Errors
    /// Any error of `DescribeOrganization`.
    pub(crate) async fn management_account(&self, run: &Run) -> Result<String, CallError> {
        let call = Call::read(SERVICE, "DescribeOrganization", ORGANIZATION);
        let described = run.call(&call, || self.client.describe_organization().send()).await?;
        let account = described.organization.and_then(|organization| organization.master_account_id);
        account.ok_or_else(|| CallError::new(ErrorKind::Other, &call, "the response names no management account"))
    }

    /// The services that have trusted access to the organization.
    ///
    /// # Errors
    /// Any error of `ListAWSServiceAccessForOrganization`.
    pub(crate) async fn trusted(&self, run: &Run) -> Result<BTreeSet<String>, CallError> {
        let call = Call::read(SERVICE, "ListAWSServiceAccessForOrganization", ORGANIZATION);
        let list = |token| self.client.list_aws_service_access_for_organization().set_next_token(token).send();
        let pages = run.pages(&call, list, |page| page.next_token.clone()).await?;
        let services = pages.into_iter().flat_map(|page| page.enabled_service_principals.unwrap_or_default());
        Ok(services.filter_map(|service| service.service_principal).collect())
    }

    /// The services that the account is the delegated administrator of, with their dates.
    pub(super) async fn delegated(
        &self,
        account_id: &str,
        run: &Run,
    ) -> Result<BTreeMap<String, Option<String>>, CallError> {
        let call = Call::read(SERVICE, "ListDelegatedServicesForAccount", account_id);
        let request = || self.client.list_delegated_services_for_account().account_id(account_id);
        let list = |token| request().set_next_token(token).send();
        let pages = match run.pages(&call, list, |page| page.next_token.clone()).await {
            Err(error) if error.has_code("AccountNotRegisteredException") => Vec::new(),
            pages => pages?,
        };
        let services = pages.into_iter().flat_map(|page| page.delegated_services.unwrap_or_default());
        let dated = services.filter_map(|service| {
            Some((service.service_principal?, service.delegation_enabled_date.as_ref().and_then(rfc3339)))
        });
        Ok(dated.collect())
    }
}

/// A date in seconds. AWS does not always report a more precise one, and nothing depends on it.
fn rfc3339(date: &DateTime) -> Option<String> {
    DateTime::from_secs(date.secs()).fmt(Format::DateTime).ok()
}
