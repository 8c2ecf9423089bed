//! What AWS holds in the way of a registration, as diagnostics and never as values.

use futures_util::future::join_all;

use crate::reconcile::CallError;
use crate::reconcile::delegation::{DelegationSpec, Refusal};
use crate::setup::delegated::Delegations;
use crate::setup::delegated::access::Access;
use crate::setup::delegated::private::PlannedDelegation;
use crate::setup::ownership::REFRESH_FALSE;
use terraform_plugin::framework::diagnostics::{Diagnostic, Diagnostics, Severity};

/// How many delegated administrators a service takes (Organizations User Guide, the pages of the services); `None`
/// where that is for AWS to say.
fn limit(principal: &str) -> Option<usize> {
    match principal {
        "member.org.stacksets.cloudformation.amazonaws.com" => Some(5),
        "ssm.amazonaws.com" | "resource-explorer-2.amazonaws.com" => Some(1),
        _ => None,
    }
}

/// Looks what the registrations that are still to be made would stumble over. What `leaving` names will be
/// deregistered before. Without the permission to look it warns.
pub(super) async fn judge(
    access: &Access,
    desired: &DelegationSpec,
    prior: &Delegations,
    leaving: Option<&PlannedDelegation>,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let observation = match access.delegations.observe(&desired.account_id, false, &access.run).await {
        Ok(observation) => observation,
        Err(error) => {
            unseen(access, &error, &mut diagnostics).await;
            return diagnostics;
        }
    };
    let is_absent =
        |principal: &&String| !observation.delegated.contains_key(*principal) && !prior.contains_key(*principal);
    let absent: Vec<_> = desired.service_principals.iter().filter(is_absent).collect();
    if !desired.trusted_access && !absent.is_empty() {
        match access.delegations.trusted(&access.run).await {
            Ok(trusted) => {
                let lacking = absent.iter().filter(|principal| !trusted.contains(**principal));
                for mut lacks in lacking.map(|principal| Access::no_trusted_access(principal)) {
                    on_refresh(prior, &mut lacks);
                    diagnostics.push(lacks);
                }
            }
            Err(error) => unseen(access, &error, &mut diagnostics).await,
        }
    }
    let looks = absent
        .into_iter()
        .filter(|principal| limit(principal).is_some())
        .map(|principal| async move { (principal, access.delegations.administrators(principal, &access.run).await) });
    for (principal, accounts) in join_all(looks).await {
        let mut accounts = match accounts {
            Ok(accounts) => accounts,
            Err(error) => {
                unseen(access, &error, &mut diagnostics).await;
                return diagnostics;
            }
        };
        accounts.retain(|account| {
            !leaving.is_some_and(|leaving| leaving.member == *account && leaving.service_principals.contains(principal))
        });
        if limit(principal).is_some_and(|limit| accounts.len() >= limit) {
            let mut held = access.held_by_others(principal, &accounts);
            on_refresh(prior, &mut held);
            diagnostics.push(held);
        }
    }
    diagnostics
}

/// Says how a destroy of what stands goes on all the same.
fn on_refresh(prior: &Delegations, error: &mut Diagnostic) {
    if !prior.is_empty() {
        error.detail = format!("{} {REFRESH_FALSE}", error.detail);
    }
}

/// Says why nothing was seen: an error where that tells what is wrong, else a warning.
async fn unseen(access: &Access, error: &CallError, diagnostics: &mut Diagnostics) {
    let mut why = access.explain("The organization could not be looked at", error).await;
    if why.path.is_none() && Refusal::of(error) == Some(Refusal::Denied) {
        why.severity = Severity::Warning;
        why.detail = format!("{}\nWhat stands in the way of the delegation shows only when it is made.", why.detail);
    }
    diagnostics.push(why);
}
