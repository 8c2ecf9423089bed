//! Plans a delegation. As with a setup, observations of AWS only add diagnostics; planned values do not depend on them.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::{Field, MaybeUnknown};
use terraform_plugin::framework::model::{Fields, Model};
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::schema::{Attribute, Default, Shape};
use terraform_plugin::framework::value::Value;
use tokio_util::sync::CancellationToken;

use crate::account::connect::connect_for_plan;
use crate::account::{Operation, Place};
use crate::reconcile::delegation::DelegationSpec;
use crate::setup::model::state::{Delegation, State};
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::plan::preflight::as_warnings;
use crate::setup::plan::private::PlanKind;
use crate::setup::plan::{PlannedChange, inputs};
use crate::setup::schema::SCHEMA;

use super::access::DelegationAccess;
use super::private::{DelegationPrivate, PlannedDelegation};
use super::{ACCOUNT_ID, DELEGATED, Delegated, DelegationsByPrincipal, desired, preflight};

/// Whether this module handles a plan: it creates, changes or ends a delegation, or the mode is not known yet.
pub(crate) fn concerns(config: &Inputs, prior: Option<&SetupModel>) -> bool {
    let is_undecided = prior.is_none() && config.organization().delegated.is_unknown();
    prior.is_some_and(|prior| prior.inputs.is_delegated()) || config.is_delegated() || is_undecided
}

/// The private data of a plan that ends a delegation, and warnings about registrations that it leaves.
pub(crate) fn plan_destroy(prior: &SetupModel) -> (Vec<u8>, Diagnostics) {
    let private = DelegationPrivate { kind: PlanKind::Destroy, delegation: PlannedDelegation::registered(prior) };
    (private.write(), kept(&prior.state.delegations(), "The destroy leaves it."))
}

impl Delegated<'_> {
    /// Plans a create, an update or a replacement.
    ///
    /// # Errors
    /// Why no plan can be made at all.
    pub(crate) async fn plan(
        &self,
        config: &Value,
        configured_inputs: &Inputs,
        prior: Option<&SetupModel>,
        prior_private: &[u8],
        cancel: &CancellationToken,
    ) -> Result<PlannedChange, Diagnostics> {
        if let Some(prior) = prior {
            refuse_switch(configured_inputs, prior)?;
        }
        let configured = self.context.configured();
        let inputs = inputs(config, prior, &configured.region())?;
        if prior.is_none() && !configured_inputs.is_delegated() {
            let private = DelegationPrivate { kind: PlanKind::Create, delegation: None }.write();
            return Ok(PlannedChange { state: Some(undecided(&inputs)?), private, ..PlannedChange::default() });
        }
        let recorded = prior.map(SetupModel::recorded_place);
        let (target, place, mut diagnostics) =
            connect_for_plan(&configured, &inputs.destination(), recorded.as_ref()).await;
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        // A role that is not known yet may lead to any account.
        let place = if prior.is_some() && inputs.assume_role_is_undecided() { MaybeUnknown::Unknown } else { place };
        if let Some(prior) = prior {
            prior.check_account(&inputs, &place)?;
        }
        let desired = desired(&inputs);
        let replace = prior.map(|prior| replacement(&inputs, prior, &place)).unwrap_or_default();
        let kept_prior = prior.filter(|_| replace.is_empty());
        let before = DelegationPrivate::read(prior_private);
        let kind = PlanKind::of(prior.is_some(), before.is_some(), !replace.is_empty());
        let leaving = before.and_then(|before| before.delegation).filter(|_| prior.is_none());
        check_member(&desired, &place, &mut diagnostics);
        if let (Some(prior), None) = (prior, kept_prior) {
            diagnostics.extend(leave(prior));
        } else if let (Some(target), Some(desired)) = (target, desired.known()) {
            let prior = kept_prior.map(|prior| prior.state.delegations()).unwrap_or_default();
            diagnostics.extend(removed(&prior, desired));
            let is_complete = desired.service_principals.iter().all(|principal| prior.contains_key(principal));
            if !is_complete && !diagnostics.has_errors() {
                let run = inputs.timeouts.fields().run(Operation::Read, cancel);
                let access = DelegationAccess::new(&target, &desired.account_id, run);
                let found = preflight::check(&access, desired, &prior, leaving.as_ref()).await;
                diagnostics.extend(if configured.preflight_warns { as_warnings(found) } else { found });
            }
        }
        let delegation = if kind == PlanKind::Create {
            PlannedDelegation::of(&place, &desired)
        } else {
            leaving.or_else(|| prior.and_then(PlannedDelegation::registered))
        };
        let private = DelegationPrivate { kind, delegation }.write();
        let state = planned_state(&inputs, kept_prior, &place, &desired);
        let planned = SetupModel { inputs, state };
        Ok(PlannedChange { identity: planned.identity(), state: Some(planned), replace, private, diagnostics })
    }
}

impl PlannedDelegation {
    /// The services that a state has registered.
    fn registered(prior: &SetupModel) -> Option<Self> {
        let registered =
            prior.state.delegations().into_iter().filter(|(_, delegation)| delegation.registered.is_true());
        Some(Self {
            account_id: prior.state.account_id.known()?.clone(),
            member: prior.member()?.to_owned(),
            service_principals: registered.map(|(principal, _)| principal).collect(),
        })
    }

    /// The desired services; `None` while any of it is unknown.
    fn of(place: &MaybeUnknown<Place>, desired: &MaybeUnknown<DelegationSpec>) -> Option<Self> {
        let desired = desired.known()?;
        Some(Self {
            account_id: place.known()?.account_id.clone(),
            member: desired.account_id.clone(),
            service_principals: desired.service_principals.clone(),
        })
    }
}

/// Refuses to turn a setup into a delegation, or a delegation into a setup.
fn refuse_switch(configured: &Inputs, prior: &SetupModel) -> Result<(), Diagnostics> {
    let (was, is) = (prior.inputs.is_delegated(), configured.is_delegated());
    if was == is || configured.organization().delegated.is_unknown() {
        return Ok(());
    }
    let id = prior.state.id.text().unwrap_or_default();
    let (current, desired) = if was { ("a delegation", "a setup") } else { ("a setup", "a delegation") };
    let mut diagnostics = Diagnostics::new();
    diagnostics.error_at(
        Path::of(DELEGATED),
        "A setup and a delegation are two resources",
        format!(
            "{id} is {current}, and settings.organization.delegated = {is} would make it {desired}. Set it back to \
             {was}, and use a second resource for {desired}."
        ),
    );
    Err(diagnostics)
}

/// The attributes whose change makes another delegation. A null prior value, as after an import, is no change; an
/// unknown value is planned in place.
fn replacement(inputs: &Inputs, prior: &SetupModel, place: &MaybeUnknown<Place>) -> Vec<Path> {
    let mut replace = Vec::new();
    let member = &inputs.organization().account_id;
    if prior.member().is_some_and(|prior_member| !member.is_unknown() && !member.is(prior_member)) {
        replace.push(Path::of(ACCOUNT_ID));
    }
    if prior.is_left_by_role(inputs, place) {
        replace.push(Path::of("assume_role"));
    }
    replace
}

fn planned_state(
    inputs: &Inputs,
    prior: Option<&SetupModel>,
    place: &MaybeUnknown<Place>,
    desired: &MaybeUnknown<DelegationSpec>,
) -> State {
    let organization = inputs.organization();
    let member = &organization.account_id;
    let id = MaybeUnknown::from_known(|| Some(format!("{}/delegated/{}", place.known()?.account_id, member.known()?)));
    let delegations = match organization.service_principals.elements() {
        // Which of them exist already depends on the account.
        _ if (desired.is_unknown() || place.is_unknown()) && prior.is_some() => Field::Unknown,
        None => Field::Unknown,
        Some(principals) => {
            let current = prior.map(|prior| prior.state.delegations()).unwrap_or_default();
            let new = || Delegation {
                // Validation refuses a delegation without a member account.
                account_id: member.or(|| Field::Unknown),
                ..Delegation::unknown()
            };
            let planned = principals
                .iter()
                .map(|principal| (principal.clone(), current.get(principal).cloned().unwrap_or_else(new)));
            planned.collect::<DelegationsByPrincipal>().into()
        }
    };
    State {
        id: id.into(),
        account_id: place.map(|place| place.account_id.clone()).into(),
        partition: place.map(|place| place.partition.clone()).into(),
        drift: Vec::new().into(),
        delegations,
        ..State::default()
    }
}

/// The plan of a resource whose mode is unknown until the apply: every computed or derived attribute is unknown.
fn undecided(inputs: &Inputs) -> Result<SetupModel, Diagnostics> {
    fn derived(attributes: &[Attribute], value: &Value) -> Value {
        let Value::Map(entries) = value else { return value.clone() };
        let derived_attribute = |attribute: &Attribute, value: &Value| match (&attribute.shape, value) {
            (_, Value::Null) if matches!(attribute.default, Default::Derived(_)) => Value::Unknown,
            (Shape::Nested(_, inner), value) => derived(inner, value),
            (_, value) => value.clone(),
        };
        Value::map(entries.iter().map(|(name, value)| {
            let attribute = attributes.iter().find(|attribute| attribute.name == *name);
            (name.as_str(), attribute.map_or_else(|| value.clone(), |attribute| derived_attribute(attribute, value)))
        }))
    }
    let undecided = SetupModel { inputs: inputs.clone(), state: State::unknown() };
    SetupModel::parse(&derived(&SCHEMA.block.attributes, &undecided.write()))
}

/// Refuses a delegation to the caller's own account: only the management account delegates, and not to itself.
fn check_member(desired: &MaybeUnknown<DelegationSpec>, place: &MaybeUnknown<Place>, diagnostics: &mut Diagnostics) {
    if let (Some(desired), Some(place)) = (desired.known(), place.known())
        && desired.account_id == place.account_id
    {
        diagnostics.error_at(
            Path::of(ACCOUNT_ID),
            "An account cannot delegate to itself",
            format!(
                "settings.organization.account_id is {:?}, which is the account of the credentials. The management \
                 account delegates to a member account: name a member account, and use credentials of the management \
                 account.",
                desired.account_id
            ),
        );
    }
}

/// The diagnostics of the first plan of a replacement about the delegation that ends.
fn leave(prior: &SetupModel) -> Diagnostics {
    let mut diagnostics = kept(&prior.state.delegations(), "The replacement leaves it.");
    diagnostics.warning(
        "The delegation moves",
        format!(
            "{} ends before the new delegation is made. The old account can no longer administer these services for \
             the organization; Resource Explorer deletes its multi-account views.",
            prior.state.id.text().unwrap_or_default()
        ),
    );
    diagnostics
}

/// The diagnostics of an update about services that are no longer desired.
fn removed(prior: &DelegationsByPrincipal, desired: &DelegationSpec) -> Diagnostics {
    let removed = prior.iter().filter(|(principal, _)| !desired.service_principals.contains(*principal));
    kept(
        &removed.map(|(principal, delegation)| (principal.clone(), delegation.clone())).collect(),
        "It only leaves the state.",
    )
}

/// Warns of registrations that this resource did not make and does not end.
fn kept(delegations: &DelegationsByPrincipal, what_happens: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for (principal, delegation) in delegations.iter().filter(|(_, delegation)| !delegation.registered.is_true()) {
        diagnostics.warning(
            "A registration stays",
            format!(
                "{principal} is delegated to {}, and this resource did not register it. {what_happens} To end it: aws \
                 organizations deregister-delegated-administrator --account-id {0} --service-principal {principal}",
                delegation.account_id.text().unwrap_or_default()
            ),
        );
    }
    diagnostics
}

#[cfg(test)]
mod tests;
