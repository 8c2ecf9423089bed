//! Brings the state of a delegation up to date. Inputs never change here, so that a plan shows what the apply will
//! register again.

use tokio_util::sync::CancellationToken;

use super::access::Access;
use super::state::{Delegation, Delegations};
use super::{identity, state, wanted};
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{ReadRequest, ReadResponse};
use crate::reconcile::Kind;
use crate::reconcile::delegation::{ObservedDelegation, WantedDelegation, diff};
use crate::setup::connect::{connect_for_read, run};
use crate::setup::context::Context;
use crate::setup::model::{Inputs, Known, Operation};

/// Reads: one call, and one for trusted access where the configuration asks for it.
pub async fn read(context: &Context, request: ReadRequest) -> ReadResponse {
    let ReadRequest { current, private, identity: prior_identity, cancel } = request;
    let inputs = Inputs::read(&current);
    let (new_state, diagnostics) = refresh(context, &current, &inputs, &cancel).await;
    let identity = prior_identity.or_else(|| identity(&new_state));
    ReadResponse { new_state, private, identity, diagnostics }
}

async fn refresh(
    context: &Context,
    current: &Value,
    inputs: &Inputs,
    cancel: &CancellationToken,
) -> (Value, Diagnostics) {
    let keep = |diagnostics| (current.clone(), diagnostics);
    let target = match connect_for_read(&context.configured(), inputs, current, "delegation").await {
        Ok(target) => target,
        Err(diagnostics) => return keep(diagnostics),
    };
    let mut diagnostics = Diagnostics::new();
    let Known::Value(wanted) = wanted(inputs) else { return keep(diagnostics) };
    let access = Access::new(&target, &wanted.account_id, run(inputs, Operation::Read, cancel));
    let seen = match access.delegations.observe(&wanted.account_id, wanted.trusted_access, &access.run).await {
        Ok(seen) => seen,
        // An account that left the organization, and an organization that is no more, have no delegations.
        Err(error) if error.kind == Kind::NotFound => ObservedDelegation::default(),
        Err(error) => {
            diagnostics.push(access.explain("The delegation cannot be read", &error).await);
            return keep(diagnostics);
        }
    };
    (refreshed(current, &wanted, &seen), diagnostics)
}

/// The state after a look; null when none of its registrations is left.
fn refreshed(current: &Value, wanted: &WantedDelegation, seen: &ObservedDelegation) -> Value {
    let prior = state::read(current);
    let concerned = prior.keys().chain(&wanted.service_principals);
    let standing = concerned.filter_map(|principal| seen.delegated.get(principal).map(|date| (principal, date)));
    let standing: Delegations = standing
        .map(|(principal, date)| {
            let held = prior.get(principal);
            let known = held.and_then(|held| held.delegation_enabled_at.as_ref());
            // Of another date it is another registration: this one was ended, and somebody made a new one.
            let same = known.is_none() || known == date.as_ref();
            let registered = held.is_some_and(|held| held.registered && same);
            let account_id = wanted.account_id.clone();
            (principal.clone(), Delegation { account_id, registered, delegation_enabled_at: date.clone() })
        })
        .collect();
    if standing.is_empty() && !prior.is_empty() {
        tracing::info!(id = current.at("id").as_str(), "every registration of the delegation is gone");
        return Value::Null;
    }
    let differences = diff(wanted, seen).into_iter();
    let lines = differences.map(|one| format!("delegations.{}: {}, want {}", one.path, one.is, one.want));
    let too_many =
        standing.iter().filter(|(principal, held)| held.registered && !wanted.service_principals.contains(*principal));
    let lines = lines
        .chain(too_many.map(|(principal, held)| format!("delegations.{principal}: {}, want none", held.account_id)));
    let mut value = current.clone();
    value.put("drift", Value::List(lines.map(Value::from).collect()));
    state::write(&standing, &mut value);
    value
}

#[cfg(test)]
mod tests;
