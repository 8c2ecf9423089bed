//! Applies a delegation: registers the desired services that are missing, then deregisters those that are no longer
//! desired.
//!
//! It returns the delegations that exist, also on failure. A create that fails deregisters what it registered.

use std::collections::BTreeSet;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::value::Value;
use tokio_util::sync::CancellationToken;

use crate::account::Operation;
use crate::account::connect::connect_for_apply;
use crate::reconcile;
use crate::reconcile::delegation::{DelegationSpec, ObservedDelegation};
use crate::setup::apply::{AppliedChange, filled, still_unknown};
use crate::setup::model::SetupModel;
use crate::setup::model::state::Delegation;

use super::access::DelegationAccess;
use super::destroy::deregister;
use super::{ACCOUNT_ID, Delegated, DelegationsByPrincipal, desired};

const NOT_COMPLETE: &str = "Delegation is not complete";

/// The service principal of CloudFormation StackSets, which needs more than trusted access.
const STACKSETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";

impl Delegated<'_> {
    /// Applies a create or an update.
    pub(crate) async fn apply(
        &self,
        planned: &SetupModel,
        prior: Option<&SetupModel>,
        private: Vec<u8>,
        cancel: &CancellationToken,
    ) -> AppliedChange {
        let desired = desired(&planned.inputs);
        let Some(desired) = desired.known() else {
            let mut diagnostics = Diagnostics::new();
            still_unknown(&mut diagnostics);
            return AppliedChange::unchanged(prior, private, diagnostics);
        };
        let current = match prior {
            Some(prior) => prior.state.delegations(),
            None => self.left_by_destroy(planned, desired),
        };
        let (destination, recorded) = (planned.inputs.destination(), prior.map(SetupModel::recorded_place));
        let target = match connect_for_apply(&self.context.configured(), &destination, recorded.as_ref()).await {
            Ok(target) => target,
            Err(diagnostics) => return finish(planned, prior, current, private, diagnostics),
        };
        if let Some(diagnostics) = prior.and_then(|prior| check_member_unchanged(prior, desired)) {
            return AppliedChange::unchanged(prior, private, diagnostics);
        }
        let operation = if prior.is_none() { Operation::Create } else { Operation::Update };
        let run = planned.inputs.timeouts.fields().run(operation, cancel);
        let access = DelegationAccess::new(&target, &desired.account_id, run);
        let (delegations, diagnostics) = ensure(&access, desired, current, prior.is_none()).await;
        finish(planned, prior, delegations, private, diagnostics)
    }

    /// The registrations that the destroy half of a tainted delegation left. They belong to this create.
    fn left_by_destroy(&self, planned: &SetupModel, desired: &DelegationSpec) -> DelegationsByPrincipal {
        let left = match planned.state.account_id.text() {
            Some(account_id) => self.handover.take_delegations(account_id, &desired.account_id),
            None => BTreeSet::new(),
        };
        left.into_iter().map(|principal| (principal, Delegation::of(&desired.account_id, true, None))).collect()
    }
}

/// Ensures the delegation; returns the delegations that exist and concern this resource.
async fn ensure(
    access: &DelegationAccess,
    desired: &DelegationSpec,
    prior: DelegationsByPrincipal,
    creating: bool,
) -> (DelegationsByPrincipal, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let observation = match access.delegations.observe(&desired.account_id, desired.trusted_access, &access.run).await {
        Ok(observation) => observation,
        Err(error) => {
            diagnostics.push(access.explain(NOT_COMPLETE, &error).await);
            return (prior, diagnostics);
        }
    };
    let reconcile::Reached { part, error } = access.delegations.ensure(desired, observation.clone(), &access.run).await;
    let after = part.unwrap_or_default();
    warn_of_stacksets(&observation, &after, &mut diagnostics);
    let mut delegations = existing(desired, &prior, &observation, &after);
    if let Some(error) = error {
        diagnostics.push(access.explain(NOT_COMPLETE, &error).await);
        if creating {
            roll_back(access, &mut delegations, &mut diagnostics).await;
        }
        return (delegations, diagnostics);
    }
    let left_out = |principal: &String| !desired.service_principals.contains(principal);
    delegations.retain(|principal, delegation| delegation.registered.is_true() || !left_out(principal));
    let going: Vec<_> = delegations.keys().filter(|principal| left_out(principal)).cloned().collect();
    diagnostics.extend(deregister(access, &going, &mut delegations).await);
    (delegations, diagnostics)
}

/// The delegations that exist, among those that are or were desired. This resource made a registration if the prior
/// state says so, or if the first observation did not find it.
fn existing(
    desired: &DelegationSpec,
    prior: &DelegationsByPrincipal,
    observation: &ObservedDelegation,
    after: &ObservedDelegation,
) -> DelegationsByPrincipal {
    let concerned = prior.keys().chain(&desired.service_principals);
    let existing = concerned.filter_map(|principal| Some((principal, after.delegated.get(principal)?)));
    let delegations = existing.map(|(principal, date)| {
        let absent = !observation.delegated.contains_key(principal);
        let registered = absent || prior.get(principal).is_some_and(|delegation| delegation.registered.is_true());
        (principal.clone(), Delegation::of(&desired.account_id, registered, date.as_deref()))
    });
    delegations.collect()
}

/// Deregisters what a failed create registered. Registrations that existed before leave the state.
async fn roll_back(access: &DelegationAccess, delegations: &mut DelegationsByPrincipal, diagnostics: &mut Diagnostics) {
    delegations.retain(|_, delegation| delegation.registered.is_true());
    let going: Vec<_> = delegations.keys().cloned().collect();
    diagnostics.extend(deregister(access, &going, delegations).await);
    if !delegations.is_empty() {
        let left: Vec<_> = delegations.keys().map(String::as_str).collect();
        diagnostics.warning(
            "Apply again to continue",
            format!(
                "The create failed, and not everything that it registered could be deregistered: {} is in the state, \
                 marked as tainted. The next apply takes it over and continues. With lifecycle.prevent_destroy, run \
                 `terraform untaint <address>` first.",
                left.join(", ")
            ),
        );
    }
}

/// The result of an apply after which these delegations exist.
fn finish(
    planned: &SetupModel,
    prior: Option<&SetupModel>,
    delegations: DelegationsByPrincipal,
    private: Vec<u8>,
    diagnostics: Diagnostics,
) -> AppliedChange {
    if diagnostics.has_errors() && prior.is_none() && delegations.is_empty() {
        return AppliedChange { private, diagnostics, ..AppliedChange::default() };
    }
    let mut actual = if diagnostics.has_errors() { prior.unwrap_or(planned).clone() } else { planned.clone() };
    actual.state.delegations = delegations.into();
    let identity = actual.identity();
    let state = if diagnostics.has_errors() {
        filled(&actual.write(), &Value::Null)
    } else {
        filled(&planned.write(), &actual.write())
    };
    AppliedChange { state, private, identity, diagnostics }
}

fn check_member_unchanged(prior: &SetupModel, desired: &DelegationSpec) -> Option<Diagnostics> {
    let member = prior.member().filter(|member| **member != desired.account_id)?;
    let mut diagnostics = Diagnostics::new();
    diagnostics.error_at(
        Path::of(ACCOUNT_ID),
        "The account is another one than planned",
        format!(
            "The account was unknown in the plan, and it is {} instead of {member}, which replaces the delegation. \
             Nothing was changed. Apply again.",
            desired.account_id
        ),
    );
    Some(diagnostics)
}

fn warn_of_stacksets(observation: &ObservedDelegation, after: &ObservedDelegation, diagnostics: &mut Diagnostics) {
    let trusted =
        |observed: &ObservedDelegation| observed.trusted.as_ref().is_some_and(|trusted| trusted.contains(STACKSETS));
    if trusted(after) && !trusted(observation) {
        diagnostics.warning_at(
            Path::of("settings.organization.enable_trusted_access"),
            "StackSets need one more step",
            format!(
                "Trusted access of {STACKSETS} was enabled. StackSets with service-managed permissions also need \
                 CloudFormation's own ActivateOrganizationsAccess, once, in the management account: aws cloudformation \
                 activate-organizations-access"
            ),
        );
    }
}

#[cfg(test)]
mod tests;
