//! Destroys a delegation: deregisters what this resource registered, one after the other, and nothing else.

use std::collections::BTreeSet;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::model::Model;
use tokio_util::sync::CancellationToken;

use crate::account::Operation;
use crate::account::connect::connect_for_apply;
use crate::setup::apply::AppliedChange;
use crate::setup::model::SetupModel;
use crate::setup::plan::private::PlanKind;

use super::access::DelegationAccess;
use super::private::DelegationPrivate;
use super::{Delegated, DelegationsByPrincipal, desired};

impl Delegated<'_> {
    /// Destroys.
    pub(crate) async fn destroy(
        &self,
        prior: &SetupModel,
        private: Vec<u8>,
        cancel: &CancellationToken,
    ) -> AppliedChange {
        let (destination, recorded) = (prior.inputs.destination(), prior.recorded_place());
        let target = match connect_for_apply(&self.context.configured(), &destination, Some(&recorded)).await {
            Ok(target) => target,
            Err(diagnostics) => return AppliedChange::unchanged(Some(prior), private, diagnostics),
        };
        let mut delegations = prior.state.delegations();
        let taken_over = taken_over(prior, &private, &delegations);
        let member = prior.member().unwrap_or_default();
        let run = prior.inputs.timeouts.fields().run(Operation::Delete, cancel);
        let access = DelegationAccess::new(&target, member, run);
        let registered = delegations.iter().filter(|(_, delegation)| delegation.registered.is_true());
        let going: Vec<_> =
            registered.map(|(principal, _)| principal).filter(|one| !taken_over.contains(*one)).cloned().collect();
        let diagnostics = deregister(&access, &going, &mut delegations).await;
        if diagnostics.has_errors() {
            let mut rest = prior.clone();
            rest.state.delegations = delegations.into();
            return AppliedChange { state: rest.write(), private, diagnostics, ..AppliedChange::default() };
        }
        if !taken_over.is_empty() {
            self.handover.leave_delegations(&access.account_id, member, taken_over);
        }
        AppliedChange { private, diagnostics, ..AppliedChange::default() }
    }
}

/// Deregisters in reverse order; each registration leaves the state when it is gone.
pub(super) async fn deregister(
    access: &DelegationAccess,
    going: &[String],
    delegations: &mut DelegationsByPrincipal,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for principal in going.iter().rev() {
        tracing::info!(principal, account = access.member, "deregistering the delegated administrator");
        match access.delegations.remove(&access.member, principal, &access.run).await {
            Ok(()) => {
                delegations.remove(principal);
            }
            Err(error) => {
                diagnostics.push(access.explain("The delegation is not completely ended", &error).await);
                return diagnostics;
            }
        }
    }
    diagnostics
}

/// The registrations that the create which follows takes over. The destroy half of a tainted delegation gets the
/// private data of the plan that creates it again; an unfinished delegation is continued.
fn taken_over(prior: &SetupModel, private: &[u8], delegations: &DelegationsByPrincipal) -> BTreeSet<String> {
    let unfinished = desired(&prior.inputs)
        .known()
        .is_some_and(|desired| desired.service_principals.iter().any(|principal| !delegations.contains_key(principal)));
    DelegationPrivate::read(private)
        .filter(|private| private.kind == PlanKind::Create && unfinished)
        .and_then(|private| private.delegation)
        .filter(|planned| planned.is_at(prior.state.account_id.text(), prior.member()))
        .map(|planned| planned.service_principals)
        .unwrap_or_default()
        .into_iter()
        .filter(|principal| delegations.get(principal).is_some_and(|delegation| delegation.registered.is_true()))
        .collect()
}
