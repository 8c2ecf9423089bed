//! Refreshes the state of a delegation. Inputs never change here, so that a plan shows what the apply will register
//! again.

use terraform_plugin::framework::diagnostics::Diagnostics;
use tokio_util::sync::CancellationToken;

use crate::account::Operation;
use crate::account::blindness::blindness;
use crate::account::connect::{Unread, connect_for_read};
use crate::reconcile::ErrorKind;
use crate::reconcile::delegation::{DelegationSpec, ObservedDelegation, diff};
use crate::setup::model::SetupModel;
use crate::setup::model::state::Delegation;
use crate::setup::read;

use super::access::DelegationAccess;
use super::{Delegated, DelegationsByPrincipal, desired};

impl Delegated<'_> {
    /// Reads with one call, and one more for trusted access if the configuration asks for it. `None` if no registration
    /// is left.
    pub(crate) async fn read(
        &self,
        current: SetupModel,
        cancel: &CancellationToken,
    ) -> (Option<SetupModel>, Diagnostics) {
        let (destination, recorded) = (current.inputs.destination(), current.recorded_place());
        let configured = self.context.configured();
        let target = match connect_for_read(&configured, &destination, &recorded, "delegation").await {
            Ok(target) => target,
            Err(unread) => return read::unread(current, unread),
        };
        let mut diagnostics = Diagnostics::new();
        let desired = desired(&current.inputs);
        let Some(desired) = desired.known() else { return (Some(current), diagnostics) };
        let run = current.inputs.timeouts.fields().run(Operation::Read, cancel);
        let access = DelegationAccess::new(&target, &desired.account_id, run);
        let observed = match access.delegations.observe(&desired.account_id, desired.trusted_access, &access.run).await
        {
            Ok(observed) => observed,
            // An account that left the organization, or an organization that no longer exists, has no delegations.
            Err(error) if error.kind == ErrorKind::NotFound => ObservedDelegation::default(),
            Err(error) => {
                if let Some(blind) = blindness(&target, &error) {
                    return read::unread(current, Unread::blind(&configured, "delegation", &blind));
                }
                diagnostics.push(access.explain("The delegation cannot be read", &error).await);
                return (Some(current), diagnostics);
            }
        };
        (refreshed(current, desired, &observed), diagnostics)
    }
}

/// The state after an observation; `None` if no registration is left.
fn refreshed(mut current: SetupModel, desired: &DelegationSpec, observed: &ObservedDelegation) -> Option<SetupModel> {
    let prior = current.state.delegations();
    let concerned = prior.keys().chain(&desired.service_principals);
    let existing = concerned.filter_map(|principal| Some((principal, observed.delegated.get(principal)?)));
    let existing: DelegationsByPrincipal = existing
        .map(|(principal, date)| {
            let prior = prior.get(principal);
            let known_date = prior.and_then(|prior| prior.delegation_enabled_at.known());
            // A registration with another date is a new one that this resource did not make.
            let is_same = known_date.is_none() || known_date == date.as_ref();
            let registered = prior.is_some_and(|prior| prior.registered.is_true() && is_same);
            (principal.clone(), Delegation::of(&desired.account_id, registered, date.as_deref()))
        })
        .collect();
    if existing.is_empty() && !prior.is_empty() {
        tracing::info!(id = current.state.id.text(), "every registration of the delegation is gone");
        return None;
    }
    let differences = diff(desired, observed).into_iter();
    let lines = differences.map(|one| format!("delegations.{}: {}, want {}", one.path, one.observed, one.desired));
    let undesired = existing.iter().filter_map(|(principal, delegation)| {
        let is_undesired = delegation.registered.is_true() && !desired.service_principals.contains(principal);
        let account_id = delegation.account_id.text().filter(|_| is_undesired)?;
        Some(format!("delegations.{principal}: {account_id}, want none"))
    });
    current.state.drift = lines.chain(undesired).collect::<Vec<_>>().into();
    current.state.delegations = existing.into();
    Some(current)
}

#[cfg(test)]
mod tests;
