//! The end of a delegation: what this resource registered is deregistered, one after the other; all else stays.

use std::collections::BTreeSet;

use super::access::Access;
use super::private::Private;
use super::state::Delegations;
use super::{ACCOUNT_ID, state, wanted};
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{ApplyRequest, ApplyResponse};
use crate::setup::connect::{connect_for_apply, moved, run, unchanged};
use crate::setup::context::Context;
use crate::setup::model::{Inputs, Known, Operation};
use crate::setup::parts::place_of;
use crate::setup::plan::account_moved;
use crate::setup::private::Kind;

/// Destroys.
pub(super) async fn destroy(context: &Context, request: ApplyRequest) -> ApplyResponse {
    let inputs = Inputs::read(&request.prior);
    let target = match connect_for_apply(&context.configured(), &inputs).await {
        Ok(target) => target,
        Err(diagnostics) => return unchanged(request, diagnostics),
    };
    let place = Known::Value(place_of(&target));
    if account_moved(&request.prior, &place) {
        let diagnostics = moved(&request.prior, &place);
        return unchanged(request, diagnostics);
    }
    let mut delegations = state::read(&request.prior);
    let taken_over = taken_over(&request, &inputs, &delegations);
    let member = request.prior.at(ACCOUNT_ID).as_str().unwrap_or_default();
    let access = Access::new(&target, member, run(&inputs, Operation::Delete, &request.cancel));
    let ours = delegations.iter().filter(|(_, held)| held.registered).map(|(principal, _)| principal.clone());
    let going: Vec<_> = ours.filter(|principal| !taken_over.contains(principal)).collect();
    let diagnostics = deregister(&access, &going, &mut delegations).await;
    if diagnostics.has_errors() {
        let mut new_state = request.prior;
        state::write(&delegations, &mut new_state);
        return ApplyResponse { new_state, private: request.private, identity: request.identity, diagnostics };
    }
    if !taken_over.is_empty() {
        context.leave_delegations(&access.account_id, member, taken_over);
    }
    ApplyResponse { new_state: Value::Null, private: request.private, identity: None, diagnostics }
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
fn taken_over(request: &ApplyRequest, inputs: &Inputs, delegations: &Delegations) -> BTreeSet<String> {
    let unfinished = wanted(inputs)
        .known()
        .is_some_and(|wanted| wanted.service_principals.iter().any(|principal| !delegations.contains_key(principal)));
    let (account_id, member) = (request.prior.at("account_id").as_str(), request.prior.at(ACCOUNT_ID).as_str());
    Private::read(&request.private)
        .filter(|private| private.kind == Kind::Create && unfinished)
        .and_then(|private| private.delegation)
        .filter(|named| named.is_at(account_id, member))
        .map(|named| named.service_principals)
        .unwrap_or_default()
        .into_iter()
        .filter(|principal| delegations.get(principal).is_some_and(|held| held.registered))
        .collect()
}
