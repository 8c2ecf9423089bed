//! The end of a delegation: what this resource registered is deregistered, one after the other; all else stays.

use std::collections::BTreeSet;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::model::Model;
use tokio_util::sync::CancellationToken;

use crate::account::Operation;
use crate::account::connect::connect_for_apply;
use crate::setup::apply::Reached;
use crate::setup::model::SetupModel;
use crate::setup::plan::private::PlanKind;

use super::access::Access;
use super::private::DelegationPrivate;
use super::{Delegated, Delegations, desired};

impl Delegated<'_> {
    /// Destroys.
    pub(crate) async fn destroy(&self, prior: &SetupModel, private: Vec<u8>, cancel: &CancellationToken) -> Reached {
        let (destination, recorded) = (prior.inputs.destination(), prior.recorded_place());
        let target = match connect_for_apply(&self.context.configured(), &destination, Some(&recorded)).await {
            Ok(target) => target,
            Err(diagnostics) => return Reached::nothing(Some(prior), private, diagnostics),
        };
        let mut delegations = prior.state.delegations();
        let taken_over = taken_over(prior, &private, &delegations);
        let member = prior.member().unwrap_or_default();
        let run = prior.inputs.timeouts.fields().run(Operation::Delete, cancel);
        let access = Access::new(&target, member, run);
        let ours = delegations.iter().filter(|(_, held)| held.registered.is_true());
        let going: Vec<_> =
            ours.map(|(principal, _)| principal).filter(|one| !taken_over.contains(*one)).cloned().collect();
        let diagnostics = deregister(&access, &going, &mut delegations).await;
        if diagnostics.has_errors() {
            let mut left = prior.clone();
            left.state.delegations = delegations.into();
            return Reached { state: left.write(), private, diagnostics, ..Reached::default() };
        }
        if !taken_over.is_empty() {
            self.handover.leave_delegations(&access.account_id, member, taken_over);
        }
        Reached { private, diagnostics, ..Reached::default() }
    }
}

/// Deregisters, the last one first; each leaves the state as it goes.
pub(super) async fn deregister(access: &Access, going: &[String], delegations: &mut Delegations) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for principal in going.iter().rev() {
        tracing::info!(principal, account = access.member, "deregistering the delegated administrator");
        match access.delegations.remove(&access.member, principal, &access.run).await {
            Ok(()) => {
                delegations.remove(principal);
            }
            Err(error) => {
                diagnostics.push(access.explain("The delegation is not wholly ended", &error).await);
                return diagnostics;
            }
        }
    }
    diagnostics
}

/// What the create that follows takes over. The destroy half of a tainted delegation comes with the private data of
/// the plan that creates it anew; one that was never finished goes on.
fn taken_over(prior: &SetupModel, private: &[u8], delegations: &Delegations) -> BTreeSet<String> {
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
        .filter(|principal| delegations.get(principal).is_some_and(|held| held.registered.is_true()))
        .collect()
}
