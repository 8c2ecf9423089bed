//! Brings a delegation to what is desired: registers what is absent, then deregisters what is no longer desired.
//!
//! Returns what was reached, on failure too. A create that fails takes back what it registered.

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
use crate::setup::apply::{Reached, filled, still_unknown};
use crate::setup::model::SetupModel;
use crate::setup::model::state::Delegation;

use super::access::Access;
use super::destroy::deregister;
use super::{ACCOUNT_ID, Delegated, Delegations, desired};

const NOT_COMPLETE: &str = "Delegation is not complete";

/// The service of CloudFormation StackSets, which wants more than trusted access.
const STACKSETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";

impl Delegated<'_> {
    /// Applies a create or an update.
    pub(crate) async fn apply(
        &self,
        planned: &SetupModel,
        prior: Option<&SetupModel>,
        private: Vec<u8>,
        cancel: &CancellationToken,
    ) -> Reached {
        let desired = desired(&planned.inputs);
        let Some(desired) = desired.known() else {
            let mut diagnostics = Diagnostics::new();
            still_unknown(&mut diagnostics);
            return Reached::nothing(prior, private, diagnostics);
        };
        let standing = match prior {
            Some(prior) => prior.state.delegations(),
            None => self.left_by_destroy(planned, desired),
        };
        let (destination, recorded) = (planned.inputs.destination(), prior.map(SetupModel::recorded_place));
        let target = match connect_for_apply(&self.context.configured(), &destination, recorded.as_ref()).await {
            Ok(target) => target,
            Err(diagnostics) => return finish(planned, prior, standing, private, diagnostics),
        };
        if let Some(diagnostics) = prior.and_then(|prior| member_turned_out_different(prior, desired)) {
            return Reached::nothing(prior, private, diagnostics);
        }
        let operation = if prior.is_none() { Operation::Create } else { Operation::Update };
        let run = planned.inputs.timeouts.fields().run(operation, cancel);
        let access = Access::new(&target, &desired.account_id, run);
        let (delegations, diagnostics) = make(&access, desired, standing, prior.is_none()).await;
        finish(planned, prior, delegations, private, diagnostics)
    }

    /// What the destroy half of a tainted delegation left is this create's own, whatever becomes of it.
    fn left_by_destroy(&self, planned: &SetupModel, desired: &DelegationSpec) -> Delegations {
        let left = match planned.state.account_id.text() {
            Some(account_id) => self.handover.take_delegations(account_id, &desired.account_id),
            None => BTreeSet::new(),
        };
        left.into_iter().map(|principal| (principal, Delegation::of(&desired.account_id, true, None))).collect()
    }
}

/// Makes the delegation; answers what stands of it, as far as it concerns this resource.
async fn make(
    access: &Access,
    desired: &DelegationSpec,
    prior: Delegations,
    creating: bool,
) -> (Delegations, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let observation = match access.delegations.observe(&desired.account_id, desired.trusted_access, &access.run).await {
        Ok(observation) => observation,
        Err(error) => {
            diagnostics.push(access.explain(NOT_COMPLETE, &error).await);
            return (prior, diagnostics);
        }
    };
    let reconcile::Reached { part, error } = access.delegations.ensure(desired, observation.clone(), &access.run).await;
    let reached = part.unwrap_or_default();
    warn_of_stacksets(&observation, &reached, &mut diagnostics);
    let mut delegations = standing(desired, &prior, &observation, &reached);
    if let Some(error) = error {
        diagnostics.push(access.explain(NOT_COMPLETE, &error).await);
        if creating {
            take_back(access, &mut delegations, &mut diagnostics).await;
        }
        return (delegations, diagnostics);
    }
    let left_out = |principal: &String| !desired.service_principals.contains(principal);
    delegations.retain(|principal, held| held.registered.is_true() || !left_out(principal));
    let going: Vec<_> = delegations.keys().filter(|principal| left_out(principal)).cloned().collect();
    diagnostics.extend(deregister(access, &going, &mut delegations).await);
    (delegations, diagnostics)
}

/// What stands of what is or was desired, and whose it is: this resource's where it said so before, or where its own
/// first observation found nothing.
fn standing(
    desired: &DelegationSpec,
    prior: &Delegations,
    observation: &ObservedDelegation,
    reached: &ObservedDelegation,
) -> Delegations {
    let concerned = prior.keys().chain(&desired.service_principals);
    let standing = concerned.filter_map(|principal| Some((principal, reached.delegated.get(principal)?)));
    let delegations = standing.map(|(principal, date)| {
        let absent = !observation.delegated.contains_key(principal);
        let registered = absent || prior.get(principal).is_some_and(|held| held.registered.is_true());
        (principal.clone(), Delegation::of(&desired.account_id, registered, date.as_deref()))
    });
    delegations.collect()
}

/// Takes back what a failed create registered. What was there before it is not its matter any more.
async fn take_back(access: &Access, delegations: &mut Delegations, diagnostics: &mut Diagnostics) {
    delegations.retain(|_, held| held.registered.is_true());
    let going: Vec<_> = delegations.keys().cloned().collect();
    diagnostics.extend(deregister(access, &going, delegations).await);
    if !delegations.is_empty() {
        let held: Vec<_> = delegations.keys().map(String::as_str).collect();
        diagnostics.warning(
            "Apply again to go on",
            format!(
                "The create failed, and what it had registered could not all be taken back: {} is in the state, marked \
                 tainted. The next apply takes it over and goes on. With lifecycle.prevent_destroy, run \
                 `terraform untaint <address>` first.",
                held.join(", ")
            ),
        );
    }
}

/// The outcome of an apply that reached these delegations.
fn finish(
    planned: &SetupModel,
    prior: Option<&SetupModel>,
    delegations: Delegations,
    private: Vec<u8>,
    diagnostics: Diagnostics,
) -> Reached {
    if diagnostics.has_errors() && prior.is_none() && delegations.is_empty() {
        return Reached { private, diagnostics, ..Reached::default() };
    }
    let mut reached = if diagnostics.has_errors() { prior.unwrap_or(planned).clone() } else { planned.clone() };
    reached.state.delegations = delegations.into();
    let identity = reached.identity();
    let state = if diagnostics.has_errors() {
        filled(&reached.write(), &Value::Null)
    } else {
        filled(&planned.write(), &reached.write())
    };
    Reached { state, private, identity, diagnostics }
}

fn member_turned_out_different(prior: &SetupModel, desired: &DelegationSpec) -> Option<Diagnostics> {
    let member = prior.member().filter(|member| **member != desired.account_id)?;
    let mut diagnostics = Diagnostics::new();
    diagnostics.error_at(
        Path::of(ACCOUNT_ID),
        "The account turned out to be another one",
        format!(
            "The account was not known when this was planned, and it is {} instead of {member}, which replaces the \
             delegation. Nothing was changed. Apply again.",
            desired.account_id
        ),
    );
    Some(diagnostics)
}

fn warn_of_stacksets(observation: &ObservedDelegation, reached: &ObservedDelegation, diagnostics: &mut Diagnostics) {
    let trusted =
        |observed: &ObservedDelegation| observed.trusted.as_ref().is_some_and(|trusted| trusted.contains(STACKSETS));
    if trusted(reached) && !trusted(observation) {
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
