//! Makes a delegation so: registers what is absent, then deregisters what is no longer wanted.
//!
//! Returns what was reached, on failure too. A create that fails takes back what it registered.

use std::collections::{BTreeMap, BTreeSet};

use super::access::Access;
use super::destroy::{deregister, destroy};
use super::state::{Delegation, Delegations};
use super::{ACCOUNT_ID, identity, state, wanted};
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{ApplyRequest, ApplyResponse};
use crate::reconcile::Reached;
use crate::reconcile::delegation::{ObservedDelegation, WantedDelegation};
use crate::setup::apply::{filled, still_unknown};
use crate::setup::connect::{connect_for_apply, moved, run, unchanged};
use crate::setup::context::Context;
use crate::setup::model::{Inputs, Known, Operation};
use crate::setup::parts::place_of;
use crate::setup::plan::account_moved;

const NOT_COMPLETE: &str = "Delegation is not complete";

/// The service of CloudFormation StackSets, which wants more than trusted access.
const STACKSETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";

/// Applies a create or an update; a destroy where nothing is planned.
pub async fn apply(context: &Context, request: ApplyRequest) -> ApplyResponse {
    if request.planned.is_null() {
        return destroy(context, request).await;
    }
    let inputs = Inputs::read(&request.planned);
    let Known::Value(wanted) = wanted(&inputs) else {
        let mut diagnostics = Diagnostics::new();
        still_unknown(&mut diagnostics);
        return unchanged(request, diagnostics);
    };
    // What the destroy half of a tainted delegation left is this create's own, whatever becomes of it.
    let left = match request.planned.at("account_id").as_str() {
        Some(account_id) if request.prior.is_null() => context.take_delegations(account_id, &wanted.account_id),
        _ => BTreeSet::new(),
    };
    let prior: Delegations = if request.prior.is_null() {
        let held =
            || Delegation { account_id: wanted.account_id.clone(), registered: true, delegation_enabled_at: None };
        left.into_iter().map(|principal| (principal, held())).collect()
    } else {
        state::read(&request.prior)
    };
    let target = match connect_for_apply(&context.configured(), &inputs).await {
        Ok(target) => target,
        Err(diagnostics) => return finish(request, &prior, diagnostics),
    };
    let place = Known::Value(place_of(&target));
    if account_moved(&request.prior, &place) {
        let diagnostics = moved(&request.prior, &place);
        return unchanged(request, diagnostics);
    }
    if let Some(diagnostics) = member_turned_out_different(&request.prior, &wanted) {
        return unchanged(request, diagnostics);
    }
    let creating = request.prior.is_null();
    let operation = if creating { Operation::Create } else { Operation::Update };
    let access = Access::new(&target, &wanted.account_id, run(&inputs, operation, &request.cancel));
    let (delegations, diagnostics) = make(&access, &wanted, prior, creating).await;
    finish(request, &delegations, diagnostics)
}

/// Makes the delegation; answers what stands of it, as far as it concerns this resource.
async fn make(
    access: &Access,
    wanted: &WantedDelegation,
    prior: Delegations,
    creating: bool,
) -> (Delegations, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let seen = match access.delegations.observe(&wanted.account_id, wanted.trusted_access, &access.run).await {
        Ok(seen) => seen,
        Err(error) => {
            diagnostics.push(access.explain(NOT_COMPLETE, &error).await);
            return (prior, diagnostics);
        }
    };
    let Reached { part, error } = access.delegations.ensure(wanted, seen.clone(), &access.run).await;
    let reached = part.unwrap_or_default();
    warn_of_stacksets(&seen, &reached, &mut diagnostics);
    let mut delegations = standing(wanted, &prior, &seen, &reached);
    if let Some(error) = error {
        diagnostics.push(access.explain(NOT_COMPLETE, &error).await);
        if creating {
            take_back(access, &mut delegations, &mut diagnostics).await;
        }
        return (delegations, diagnostics);
    }
    let left_out = |principal: &String| !wanted.service_principals.contains(principal);
    delegations.retain(|principal, held| held.registered || !left_out(principal));
    let going: Vec<_> = delegations.keys().filter(|principal| left_out(principal)).cloned().collect();
    diagnostics.extend(deregister(access, &going, &mut delegations).await);
    (delegations, diagnostics)
}

/// What stands of what is or was wanted, and whose it is: this resource's where it said so before, or where its own
/// first look found nothing.
fn standing(
    wanted: &WantedDelegation,
    prior: &Delegations,
    seen: &ObservedDelegation,
    reached: &ObservedDelegation,
) -> Delegations {
    let concerned = prior.keys().chain(&wanted.service_principals);
    let standing = concerned.filter_map(|principal| Some((principal, reached.delegated.get(principal)?)));
    let delegations = standing.map(|(principal, date)| {
        let absent = !seen.delegated.contains_key(principal);
        let registered = absent || prior.get(principal).is_some_and(|held| held.registered);
        let account_id = wanted.account_id.clone();
        (principal.clone(), Delegation { account_id, registered, delegation_enabled_at: date.clone() })
    });
    delegations.collect::<BTreeMap<_, _>>()
}

/// Takes back what a failed create registered. What was there before it is not its matter any more.
async fn take_back(access: &Access, delegations: &mut Delegations, diagnostics: &mut Diagnostics) {
    delegations.retain(|_, held| held.registered);
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

/// The answer of an apply that reached these delegations.
fn finish(request: ApplyRequest, delegations: &Delegations, diagnostics: Diagnostics) -> ApplyResponse {
    let ApplyRequest { prior, planned, private, identity: planned_identity, .. } = request;
    let new_state = if !diagnostics.has_errors() {
        let mut actual = planned.clone();
        state::write(delegations, &mut actual);
        filled(&planned, &actual)
    } else if prior.is_null() && delegations.is_empty() {
        Value::Null
    } else {
        let mut reached = if prior.is_null() { planned } else { prior };
        state::write(delegations, &mut reached);
        filled(&reached, &Value::Null)
    };
    let identity = planned_identity.or_else(|| identity(&new_state));
    ApplyResponse { new_state, private, identity, diagnostics }
}

fn member_turned_out_different(prior: &Value, wanted: &WantedDelegation) -> Option<Diagnostics> {
    let member = prior.at(ACCOUNT_ID).as_str().filter(|member| **member != wanted.account_id)?;
    let mut diagnostics = Diagnostics::new();
    diagnostics.error_at(
        Path::of(ACCOUNT_ID),
        "The account turned out to be another one",
        format!(
            "The account was not known when this was planned, and it is {} instead of {member}, which replaces the \
             delegation. Nothing was changed. Apply again.",
            wanted.account_id
        ),
    );
    Some(diagnostics)
}

fn warn_of_stacksets(seen: &ObservedDelegation, reached: &ObservedDelegation, diagnostics: &mut Diagnostics) {
    let trusted =
        |observed: &ObservedDelegation| observed.trusted.as_ref().is_some_and(|trusted| trusted.contains(STACKSETS));
    if trusted(reached) && !trusted(seen) {
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
