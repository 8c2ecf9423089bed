//! Brings the state of a delegation up to date. Inputs never change here, so that a plan shows what the apply will
//! register again.

use terraform_plugin::framework::diagnostics::Diagnostics;
use tokio_util::sync::CancellationToken;

use crate::account::Operation;
use crate::account::connect::connect_for_read;
use crate::reconcile::ErrorKind;
use crate::reconcile::delegation::{DelegationSpec, ObservedDelegation, diff};
use crate::setup::model::SetupModel;
use crate::setup::model::state::Delegation;

use super::access::Access;
use super::{Delegated, Delegations, desired};

impl Delegated<'_> {
    /// Reads: one call, and one for trusted access where the configuration asks for it. `None` when nothing is left.
    pub(crate) async fn read(
        &self,
        current: SetupModel,
        cancel: &CancellationToken,
    ) -> (Option<SetupModel>, Diagnostics) {
        let (destination, recorded) = (current.inputs.destination(), current.recorded_place());
        let configured = self.context.configured();
        let target = match connect_for_read(&configured, &destination, &recorded, "delegation").await {
            Ok(target) => target,
            Err(diagnostics) => return (Some(current), diagnostics),
        };
        let mut diagnostics = Diagnostics::new();
        let desired = desired(&current.inputs);
        let Some(desired) = desired.known() else { return (Some(current), diagnostics) };
        let run = current.inputs.timeouts.fields().run(Operation::Read, cancel);
        let access = Access::new(&target, &desired.account_id, run);
        let observed = match access.delegations.observe(&desired.account_id, desired.trusted_access, &access.run).await
        {
            Ok(observed) => observed,
            // An account that left the organization, and an organization that is no more, have no delegations.
            Err(error) if error.kind == ErrorKind::NotFound => ObservedDelegation::default(),
            Err(error) => {
                diagnostics.push(access.explain("The delegation cannot be read", &error).await);
                return (Some(current), diagnostics);
            }
        };
        (refreshed(current, desired, &observed), diagnostics)
    }
}

/// The state after an observation; `None` when none of its registrations is left.
fn refreshed(mut current: SetupModel, desired: &DelegationSpec, observed: &ObservedDelegation) -> Option<SetupModel> {
    let prior = current.state.delegations();
    let concerned = prior.keys().chain(&desired.service_principals);
    let standing = concerned.filter_map(|principal| Some((principal, observed.delegated.get(principal)?)));
    let standing: Delegations = standing
        .map(|(principal, date)| {
            let held = prior.get(principal);
            let known = held.and_then(|held| held.delegation_enabled_at.known());
            // Of another date it is another registration: this one was ended, and somebody made a new one.
            let same = known.is_none() || known == date.as_ref();
            let registered = held.is_some_and(|held| held.registered.is_true() && same);
            (principal.clone(), Delegation::of(&desired.account_id, registered, date.as_deref()))
        })
        .collect();
    if standing.is_empty() && !prior.is_empty() {
        tracing::info!(id = current.state.id.text(), "every registration of the delegation is gone");
        return None;
    }
    let differences = diff(desired, observed).into_iter();
    let lines = differences.map(|one| format!("delegations.{}: {}, want {}", one.path, one.observed, one.desired));
    let too_many = standing.iter().filter_map(|(principal, held)| {
        let is_left_out = held.registered.is_true() && !desired.service_principals.contains(principal);
        let account_id = held.account_id.text().filter(|_| is_left_out)?;
        Some(format!("delegations.{principal}: {account_id}, want none"))
    });
    current.state.drift = lines.chain(too_many).collect::<Vec<_>>().into();
    current.state.delegations = standing.into();
    Some(current)
}

#[cfg(test)]
mod tests;
