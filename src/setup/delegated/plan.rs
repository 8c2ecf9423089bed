//! The plan of a delegation. As with a setup, AWS is looked at for diagnostics alone; nothing that it answers enters
//! the planned state.

use super::access::Access;
use super::private::{Named, Private};
use super::state::Delegations;
use super::{ACCOUNT_ID, DELEGATED, identity, is_on, preflight, state, wanted};
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::schema::{Attribute, Default, Shape};
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{PlanRequest, PlanResponse};
use crate::reconcile::delegation::WantedDelegation;
use crate::setup::connect::{connect_for_plan, moved, refused, run};
use crate::setup::context::Context;
use crate::setup::model::{Inputs, Known, Operation};
use crate::setup::naming::Place;
use crate::setup::plan::{account_moved, inputs};
use crate::setup::preflight::as_warnings;
use crate::setup::private::Kind;
use crate::setup::schema::SCHEMA;

/// Plans.
pub async fn plan(context: &Context, request: PlanRequest) -> PlanResponse {
    let had = Named::had(&request.prior);
    if request.proposed.is_null() {
        let diagnostics = kept(&state::read(&request.prior), "The destroy leaves it.");
        let private = Private { kind: Kind::Destroy, delegation: had }.write();
        let (planned, requires_replace) = (Value::Null, Vec::new());
        return PlanResponse { planned, requires_replace, private, identity: request.prior_identity, diagnostics };
    }
    if let Some(diagnostics) = switched(&request) {
        return refused(request, diagnostics);
    }
    let configured = context.configured();
    let planned = inputs(&request.config, &request.prior, &configured.region());
    if request.prior.is_null() && !is_on(&request.config) {
        return PlanResponse {
            planned: undecided(planned),
            requires_replace: Vec::new(),
            private: Private { kind: Kind::Create, delegation: None }.write(),
            identity: None,
            diagnostics: Diagnostics::new(),
        };
    }
    let inputs = Inputs::read(&planned);
    let (target, place, mut diagnostics) = connect_for_plan(&configured, &inputs, &request.prior).await;
    if diagnostics.has_errors() {
        return refused(request, diagnostics);
    }
    if account_moved(&request.prior, &place) && planned.at("assume_role") == request.prior.at("assume_role") {
        let diagnostics = moved(&request.prior, &place);
        return refused(request, diagnostics);
    }
    let wanted = wanted(&inputs);
    let replace = replacement(&planned, &request.prior, &place);
    let null = Value::Null;
    let prior = if replace.is_empty() { &request.prior } else { &null };
    let planned = planned_state(planned, prior, &place, &wanted, &inputs);
    let before = Private::read(&request.prior_private);
    let kind = Kind::of(&request.prior, before.is_some(), !replace.is_empty());
    let leaving = before.and_then(|before| before.delegation).filter(|_| request.prior.is_null());
    check_member(&wanted, &place, &mut diagnostics);
    if !replace.is_empty() {
        diagnostics.extend(leave(&request.prior));
    } else if let (Some(target), Some(wanted)) = (target, wanted.known()) {
        let prior = state::read(prior);
        diagnostics.extend(left_out(&prior, wanted));
        let complete = wanted.service_principals.iter().all(|principal| prior.contains_key(principal));
        if !complete && !diagnostics.has_errors() {
            let access = Access::new(&target, &wanted.account_id, run(&inputs, Operation::Read, &request.cancel));
            let found = preflight::look(&access, wanted, &prior, leaving.as_ref()).await;
            diagnostics.extend(if configured.preflight_warns { as_warnings(found) } else { found });
        }
    }
    let delegation = if kind == Kind::Create { Named::wanted(&place, &wanted) } else { leaving.or(had) };
    let private = Private { kind, delegation }.write();
    let identity = request.prior_identity.or_else(|| identity(&planned));
    PlanResponse { planned, requires_replace: replace, private, identity, diagnostics }
}

impl Named {
    /// What a state had registered.
    fn had(prior: &Value) -> Option<Self> {
        let registered = state::read(prior).into_iter().filter(|(_, delegation)| delegation.registered);
        Some(Self {
            account_id: prior.at("account_id").as_str()?.to_owned(),
            member: prior.at(ACCOUNT_ID).as_str()?.to_owned(),
            service_principals: registered.map(|(principal, _)| principal).collect(),
        })
    }

    /// What is wanted, where all of it is known.
    fn wanted(place: &Known<Place>, wanted: &Known<WantedDelegation>) -> Option<Self> {
        let wanted = wanted.known()?;
        Some(Self {
            account_id: place.known()?.account_id.clone(),
            member: wanted.account_id.clone(),
            service_principals: wanted.service_principals.clone(),
        })
    }
}

/// The error of a setup that is to become a delegation, or of a delegation that is to become a setup.
fn switched(request: &PlanRequest) -> Option<Diagnostics> {
    let (was, is) = (is_on(&request.prior), is_on(&request.config));
    if request.prior.is_null() || was == is || request.config.at(DELEGATED).is_unknown() {
        return None;
    }
    let id = request.prior.at("id").as_str().unwrap_or_default();
    let (stands, wanted) = if was { ("a delegation", "a setup") } else { ("a setup", "a delegation") };
    let mut diagnostics = Diagnostics::new();
    diagnostics.error_at(
        Path::of(DELEGATED),
        "A setup and a delegation are two resources",
        format!(
            "{id} is {stands}, and settings.organization.delegated = {is} would make it {wanted}. Nothing is turned into \
             the other: set it back to {was}, and use a second resource for the other."
        ),
    );
    Some(diagnostics)
}

/// The attributes whose change makes another delegation. A prior that is null, as after an import, is no change;
/// what is unknown is planned in place.
fn replacement(planned: &Value, prior: &Value, place: &Known<Place>) -> Vec<Path> {
    let mut replace = Vec::new();
    let member = planned.at(ACCOUNT_ID);
    if !prior.at(ACCOUNT_ID).is_null() && !member.is_unknown() && member != prior.at(ACCOUNT_ID) {
        replace.push(Path::of(ACCOUNT_ID));
    }
    if account_moved(prior, place) && planned.at("assume_role") != prior.at("assume_role") {
        replace.push(Path::of("assume_role"));
    }
    replace
}

fn planned_state(
    mut planned: Value,
    prior: &Value,
    place: &Known<Place>,
    wanted: &Known<WantedDelegation>,
    inputs: &Inputs,
) -> Value {
    for attribute in SCHEMA.block.attributes.iter().filter(|attribute| !attribute.is_configurable()) {
        planned.put(&attribute.name, Value::Null);
    }
    let member = inputs.organization.account_id.and_then(|member| match member {
        Some(member) => Known::Value(member.clone()),
        None => Known::Unknown,
    });
    let id = place.zip(&member).map(|(place, member)| format!("{}/delegated/{member}", place.account_id));
    planned.put("id", id.into());
    planned.put("account_id", place.map(|place| place.account_id.clone()).into());
    planned.put("partition", place.map(|place| place.partition.clone()).into());
    planned.put("drift", Value::List(Vec::new()));
    let delegations = match (&inputs.organization.service_principals, wanted) {
        // Which of them stand already depends on the account.
        (_, Known::Unknown) if !prior.is_null() => Value::Unknown,
        (Known::Unknown, _) => Value::Unknown,
        (Known::Value(principals), _) => Value::map(principals.iter().map(|principal| {
            let stands = prior.at("delegations").as_map().and_then(|delegations| delegations.get(principal));
            let made = || {
                let member: Value = member.clone().into();
                let (registered, date) = (Value::Unknown, Value::Unknown);
                Value::map([("account_id", member), ("registered", registered), ("delegation_enabled_at", date)])
            };
            (principal.as_str(), stands.cloned().unwrap_or_else(made))
        })),
    };
    planned.put("delegations", delegations);
    planned
}

/// The plan of a resource of which only the apply tells whether it is a setup or a delegation: all that is computed
/// or derived is unknown.
fn undecided(mut planned: Value) -> Value {
    fn derived(attributes: &[Attribute], value: &mut Value) {
        for attribute in attributes {
            let name = &attribute.name;
            match (&attribute.shape, value.at(name)) {
                (_, Value::Null) if matches!(attribute.default, Default::Derived(_)) => {
                    value.put(name, Value::Unknown);
                }
                (Shape::Nested(_, inner), Value::Map(_)) => {
                    let mut group = value.at(name).clone();
                    derived(inner, &mut group);
                    value.put(name, group);
                }
                _ => {}
            }
        }
    }
    derived(&SCHEMA.block.attributes, &mut planned);
    for attribute in SCHEMA.block.attributes.iter().filter(|attribute| !attribute.is_configurable()) {
        planned.put(&attribute.name, Value::Unknown);
    }
    planned
}

/// An account does not delegate to itself: the management account cannot be delegated to, and no other delegates.
fn check_member(wanted: &Known<WantedDelegation>, place: &Known<Place>, diagnostics: &mut Diagnostics) {
    if let (Some(wanted), Some(place)) = (wanted.known(), place.known())
        && wanted.account_id == place.account_id
    {
        diagnostics.error_at(
            Path::of(ACCOUNT_ID),
            "An account cannot delegate to itself",
            format!(
                "settings.organization.account_id is {:?}, which the credentials are of. The management account \
                 delegates to a member account: name a member account, and use credentials of the management account.",
                wanted.account_id
            ),
        );
    }
}

/// What the first plan of a replacement has to say about the delegation that ends.
fn leave(prior: &Value) -> Diagnostics {
    let mut diagnostics = kept(&state::read(prior), "The replacement leaves it.");
    diagnostics.warning(
        "The delegation moves",
        format!(
            "{} ends before the new delegation is made. The old account can no longer administer these services for \
             the organization; Resource Explorer deletes its multi-account views.",
            prior.at("id").as_str().unwrap_or_default()
        ),
    );
    diagnostics
}

/// What an update says of services that are no longer wanted.
fn left_out(prior: &Delegations, wanted: &WantedDelegation) -> Diagnostics {
    let left = prior.iter().filter(|(principal, _)| !wanted.service_principals.contains(*principal));
    kept(
        &left.map(|(principal, held)| (principal.clone(), held.clone())).collect(),
        "It is only left out of the state.",
    )
}

/// Warns of registrations that are not this resource's to end.
fn kept(delegations: &Delegations, what_happens: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for (principal, held) in delegations.iter().filter(|(_, held)| !held.registered) {
        diagnostics.warning(
            "A registration stays",
            format!(
                "{principal} is delegated to {}, and this resource did not register that. {what_happens} To end it: aws \
                 organizations deregister-delegated-administrator --account-id {0} --service-principal {principal}",
                held.account_id
            ),
        );
    }
    diagnostics
}

#[cfg(test)]
mod tests;
