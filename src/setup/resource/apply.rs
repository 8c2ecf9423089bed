//! A create or an update, carried out.

use uuid::Uuid;

use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{ApplyRequest, ApplyResponse};
use crate::setup::access;
use crate::setup::apply::{Applied, Apply, filled};
use crate::setup::connect::{connect_for_apply, key_of, moved, run, unchanged};
use crate::setup::model::{Inputs, Known, Operation};
use crate::setup::parts::{Look, Parts, place_of};
use crate::setup::plan::account_moved;
use crate::setup::private::Private;
use crate::setup::state::State;
use crate::setup::transition::Transition;
use crate::setup::wanted::Wanted;

use super::{Setup, identity};

impl Setup {
    /// Makes or changes a setup. On failure the state says what was reached, with the inputs of before.
    pub(super) async fn change(&self, request: ApplyRequest) -> ApplyResponse {
        let configured = self.context.configured();
        let inputs = Inputs::read(&request.planned);
        let target = match connect_for_apply(&configured, &inputs).await {
            Ok(target) => target,
            Err(diagnostics) => return unchanged(request, diagnostics),
        };
        let place = place_of(&target);
        if account_moved(&request.prior, &Known::Value(place.clone())) {
            let diagnostics = moved(&request.prior, &Known::Value(place));
            return unchanged(request, diagnostics);
        }
        let prior = State::read(&request.prior);
        let wanted = Wanted::derive(&inputs, &Known::Value(place), &configured.default_tags, &prior);
        let transition = Transition::between(&prior, &wanted, &inputs);
        let prior_inputs = (!request.prior.is_null()).then(|| Inputs::read(&request.prior));
        let operation = if request.prior.is_null() { Operation::Create } else { Operation::Update };
        let run = run(&inputs, operation, &request.cancel);
        let parts = Parts::new(&target);
        let look = Look::for_wanted(&wanted, &transition);
        let seen = match self.context.recall(&key_of(&parts.place), &look) {
            Some(seen) => seen,
            None => parts.observe(&look, &run).await,
        };
        let prior_tags = Private::read(&request.private).and_then(|private| private.previous_tags);
        let stamp = prior.stamp.clone().unwrap_or_else(|| Uuid::new_v4().simple().to_string());
        let apply = Apply {
            parts: &parts,
            inputs: &inputs,
            prior_inputs: prior_inputs.as_ref(),
            wanted: &wanted,
            prior: &prior,
            transition: &transition,
            document_is_left: self.context.document_is_left(&key_of(&parts.place)),
            prior_tags: prior_tags.as_ref(),
            stamp,
            run: &run,
        };
        let Applied { state: reached, previous_tags, mut diagnostics } = Box::pin(apply.apply(seen)).await;
        if reached.document.is_some() {
            self.context.document_is_taken(&key_of(&parts.place));
        }
        let new_state = if !diagnostics.has_errors() {
            let mut actual = request.planned.clone();
            reached.write(&mut actual);
            access::write(&mut actual, &request.planned, &inputs, &wanted);
            filled(&request.planned, &actual)
        } else if request.prior.is_null() && reached.made_nothing() {
            Value::Null
        } else {
            if request.prior.is_null() {
                diagnostics.warning(
                    "Apply again to go on",
                    "What was made so far is in the state, marked tainted. The next apply takes it over and goes on; \
                     nothing is destroyed. With lifecycle.prevent_destroy, run `terraform untaint <address>` first.",
                );
            }
            let mut state = if request.prior.is_null() { request.planned.clone() } else { request.prior.clone() };
            reached.write(&mut state);
            filled(&state, &Value::Null)
        };
        let identity = identity(&new_state).or(request.identity);
        let private = match (Private::read(&request.private), previous_tags) {
            (Some(private), Some(tags)) => Private { previous_tags: Some(tags), ..private }.write(),
            _ => request.private,
        };
        ApplyResponse { new_state, private, identity, diagnostics }
    }
}
