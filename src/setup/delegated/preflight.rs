//! Preflight of a delegation: what would make a registration fail, as diagnostics and never as values.

use futures_util::future::join_all;
use terraform_plugin::framework::diagnostics::{Diagnostic, Diagnostics, Severity};

use crate::reconcile::CallError;
use crate::reconcile::delegation::{DelegationSpec, Refusal};
use crate::setup::ownership::REFRESH_FALSE;

use super::DelegationsByPrincipal;
use super::access::DelegationAccess;
use super::private::PlannedDelegation;

/// How many delegated administrators a service accepts (Organizations User Guide, the pages of the services); `None` if
/// it is not documented.
fn limit(principal: &str) -> Option<usize> {
    match principal {
        "member.org.stacksets.cloudformation.amazonaws.com" => Some(5),
        "ssm.amazonaws.com" | "resource-explorer-2.amazonaws.com" => Some(1),
        _ => None,
    }
}

/// Checks what would make the missing registrations fail. The registrations in `leaving` are deregistered first. If the
/// caller may not read the organization, that is a warning.
pub(super) async fn check(
    access: &DelegationAccess,
    desired: &DelegationSpec,
    prior: &DelegationsByPrincipal,
    leaving: Option<&PlannedDelegation>,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let observation = match access.delegations.observe(&desired.account_id, false, &access.run).await {
        Ok(observation) => observation,
        Err(error) => {
            unreadable(access, &error, &mut diagnostics).await;
            return diagnostics;
        }
    };
    let is_absent =
        |principal: &&String| !observation.delegated.contains_key(*principal) && !prior.contains_key(*principal);
    let absent: Vec<_> = desired.service_principals.iter().filter(is_absent).collect();
    if !desired.trusted_access && !absent.is_empty() {
        match access.delegations.trusted(&access.run).await {
            Ok(trusted) => {
                let without_access = absent.iter().filter(|principal| !trusted.contains(**principal));
                for mut missing in without_access.map(|principal| DelegationAccess::no_trusted_access(principal)) {
                    add_refresh_hint(prior, &mut missing);
                    diagnostics.push(missing);
                }
            }
            Err(error) => unreadable(access, &error, &mut diagnostics).await,
        }
    }
    let observations = absent
        .into_iter()
        .filter(|principal| limit(principal).is_some())
        .map(|principal| async move { (principal, access.delegations.administrators(principal, &access.run).await) });
    for (principal, accounts) in join_all(observations).await {
        let mut accounts = match accounts {
            Ok(accounts) => accounts,
            Err(error) => {
                unreadable(access, &error, &mut diagnostics).await;
                return diagnostics;
            }
        };
        accounts.retain(|account| {
            !leaving.is_some_and(|leaving| leaving.member == *account && leaving.service_principals.contains(principal))
        });
        if limit(principal).is_some_and(|limit| accounts.len() >= limit) {
            let mut conflict = access.registered_for_others(principal, &accounts);
            add_refresh_hint(prior, &mut conflict);
            diagnostics.push(conflict);
        }
    }
    diagnostics
}

/// Adds the hint how to destroy an existing delegation despite the error.
fn add_refresh_hint(prior: &DelegationsByPrincipal, error: &mut Diagnostic) {
    if !prior.is_empty() {
        error.detail = format!("{} {REFRESH_FALSE}", error.detail);
    }
}

/// Adds why the organization could not be read: an error if the cause is known, else a warning.
async fn unreadable(access: &DelegationAccess, error: &CallError, diagnostics: &mut Diagnostics) {
    let mut diagnostic = access.explain("The organization cannot be read", error).await;
    if diagnostic.path.is_none() && Refusal::of(error) == Some(Refusal::Denied) {
        diagnostic.severity = Severity::Warning;
        diagnostic.detail =
            format!("{}\nWhether the delegation is possible shows only when it is made.", diagnostic.detail);
    }
    diagnostics.push(diagnostic);
}
