//! The plan of a delegation. As with a setup, AWS is observed for diagnostics alone; nothing that it answers enters
//! the planned state.

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
use crate::setup::plan::{Planned, inputs};
use crate::setup::schema::SCHEMA;

use super::access::Access;
use super::private::{DelegationPrivate, PlannedDelegation};
use super::{ACCOUNT_ID, DELEGATED, Delegated, Delegations, desired, preflight};

/// Whether a plan is for this module: it makes, changes or ends a delegation, or whether it does is known only later.
pub(crate) fn concerns(config: &Inputs, prior: Option<&SetupModel>) -> bool {
    let is_open = prior.is_none() && config.organization().delegated.is_unknown();
    prior.is_some_and(|prior| prior.inputs.is_delegated()) || config.is_delegated() || is_open
}

/// The private data of a plan that ends a delegation, and what it leaves.
pub(crate) fn plan_destroy(prior: &SetupModel) -> (Vec<u8>, Diagnostics) {
    let private = DelegationPrivate { kind: PlanKind::Destroy, delegation: PlannedDelegation::registered(prior) };
    (private.write(), kept(&prior.state.delegations(), "The destroy leaves it."))
}

impl Delegated<'_> {
    /// Plans a create, an update or a replacement.
    ///
    /// # Errors
    /// What keeps a plan from being made at all.
    pub(crate) async fn plan(
        &self,
        config: &Value,
        configured_inputs: &Inputs,
        prior: Option<&SetupModel>,
        prior_private: &[u8],
        cancel: &CancellationToken,
    ) -> Result<Planned, Diagnostics> {
        if let Some(prior) = prior {
            refuse_switch(configured_inputs, prior)?;
        }
        let configured = self.context.configured();
        let inputs = inputs(config, prior, &configured.region())?;
        if prior.is_none() && !configured_inputs.is_delegated() {
            let private = DelegationPrivate { kind: PlanKind::Create, delegation: None }.write();
            return Ok(Planned { state: Some(undecided(&inputs)?), private, ..Planned::default() });
        }
        let recorded = prior.map(SetupModel::recorded_place);
        let (target, place, mut diagnostics) =
            connect_for_plan(&configured, &inputs.destination(), recorded.as_ref()).await;
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        if let (Some(prior), Some(recorded)) = (prior, &recorded)
            && recorded.is_left(&place)
            && inputs.assume_role == prior.inputs.assume_role
        {
            return Err(recorded.moved(&place));
        }
        let desired = desired(&inputs);
        let replace = prior.map(|prior| replacement(&inputs, prior, &place)).unwrap_or_default();
        let standing = prior.filter(|_| replace.is_empty());
        let before = DelegationPrivate::read(prior_private);
        let kind = PlanKind::of(prior.is_some(), before.is_some(), !replace.is_empty());
        let leaving = before.and_then(|before| before.delegation).filter(|_| prior.is_none());
        check_member(&desired, &place, &mut diagnostics);
        if let (Some(prior), None) = (prior, standing) {
            diagnostics.extend(leave(prior));
        } else if let (Some(target), Some(desired)) = (target, desired.known()) {
            let prior = standing.map(|prior| prior.state.delegations()).unwrap_or_default();
            diagnostics.extend(left_out(&prior, desired));
            let is_complete = desired.service_principals.iter().all(|principal| prior.contains_key(principal));
            if !is_complete && !diagnostics.has_errors() {
                let run = inputs.timeouts.fields().run(Operation::Read, cancel);
                let access = Access::new(&target, &desired.account_id, run);
                let found = preflight::judge(&access, desired, &prior, leaving.as_ref()).await;
                diagnostics.extend(if configured.preflight_warns { as_warnings(found) } else { found });
            }
        }
        let delegation = if kind == PlanKind::Create {
            PlannedDelegation::of(&place, &desired)
        } else {
            leaving.or_else(|| prior.and_then(PlannedDelegation::registered))
        };
        let private = DelegationPrivate { kind, delegation }.write();
        let state = planned_state(&inputs, standing, &place, &desired);
        let planned = SetupModel { inputs, state };
        Ok(Planned { identity: planned.identity(), state: Some(planned), replace, private, diagnostics })
    }
}

impl PlannedDelegation {
    /// What a state had registered.
    fn registered(prior: &SetupModel) -> Option<Self> {
        let registered =
            prior.state.delegations().into_iter().filter(|(_, delegation)| delegation.registered.is_true());
        Some(Self {
            account_id: prior.state.account_id.known()?.clone(),
            member: prior.member()?.to_owned(),
            service_principals: registered.map(|(principal, _)| principal).collect(),
        })
    }

    /// What is desired, where all of it is known.
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
    let (stands, desired) = if was { ("a delegation", "a setup") } else { ("a setup", "a delegation") };
    let mut diagnostics = Diagnostics::new();
    diagnostics.error_at(
        Path::of(DELEGATED),
        "A setup and a delegation are two resources",
        format!(
            "{id} is {stands}, and settings.organization.delegated = {is} would make it {desired}. Nothing is turned into \
             the other: set it back to {was}, and use a second resource for the other."
        ),
    );
    Err(diagnostics)
}

/// The attributes whose change makes another delegation. A prior that is null, as after an import, is no change;
/// what is unknown is planned in place.
fn replacement(inputs: &Inputs, prior: &SetupModel, place: &MaybeUnknown<Place>) -> Vec<Path> {
    let mut replace = Vec::new();
    let member = &inputs.organization().account_id;
    if prior.member().is_some_and(|held| !member.is_unknown() && !member.is(held)) {
        replace.push(Path::of(ACCOUNT_ID));
    }
    if prior.recorded_place().is_left(place) && inputs.assume_role != prior.inputs.assume_role {
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
        // Which of them stand already depends on the account.
        _ if desired.is_unknown() && prior.is_some() => Field::Unknown,
        None => Field::Unknown,
        Some(principals) => {
            let standing = prior.map(|prior| prior.state.delegations()).unwrap_or_default();
            let made = || Delegation {
                // Without a member account, which validation refuses, there is nothing to know.
                account_id: member.or(|| Field::Unknown),
                ..Delegation::unknown()
            };
            let planned = principals
                .iter()
                .map(|principal| (principal.clone(), standing.get(principal).cloned().unwrap_or_else(made)));
            planned.collect::<Delegations>().into()
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

/// The plan of a resource of which only the apply tells whether it is a setup or a delegation: all that is computed
/// or derived is unknown.
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

/// An account does not delegate to itself: the management account cannot be delegated to, and no other delegates.
fn check_member(desired: &MaybeUnknown<DelegationSpec>, place: &MaybeUnknown<Place>, diagnostics: &mut Diagnostics) {
    if let (Some(desired), Some(place)) = (desired.known(), place.known())
        && desired.account_id == place.account_id
    {
        diagnostics.error_at(
            Path::of(ACCOUNT_ID),
            "An account cannot delegate to itself",
            format!(
                "settings.organization.account_id is {:?}, which the credentials are of. The management account \
                 delegates to a member account: name a member account, and use credentials of the management account.",
                desired.account_id
            ),
        );
    }
}

/// What the first plan of a replacement has to say about the delegation that ends.
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

/// What an update says of services that are no longer wanted.
fn left_out(prior: &Delegations, desired: &DelegationSpec) -> Diagnostics {
    let left = prior.iter().filter(|(principal, _)| !desired.service_principals.contains(*principal));
    kept(
        &left.map(|(principal, held)| (principal.clone(), held.clone())).collect(),
        "It is only left out of the state.",
    )
}

/// Warns of registrations that are not this resource's to end.
fn kept(delegations: &Delegations, what_happens: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for (principal, held) in delegations.iter().filter(|(_, held)| !held.registered.is_true()) {
        diagnostics.warning(
            "A registration stays",
            format!(
                "{principal} is delegated to {}, and this resource did not register that. {what_happens} To end it: aws \
                 organizations deregister-delegated-administrator --account-id {0} --service-principal {principal}",
                held.account_id.text().unwrap_or_default()
            ),
        );
    }
    diagnostics
}

#[cfg(test)]
mod tests;
