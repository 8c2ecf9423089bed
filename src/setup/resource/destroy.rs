//! A destroy, planned and carried out.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{ApplyRequest, ApplyResponse, PlanRequest, PlanResponse};
use crate::reconcile::sessions::active_sessions;
use crate::setup::connect::{connect_for_apply, key_of, moved, run, unchanged};
use crate::setup::destroy::{Destroy, Destroyed};
use crate::setup::diagnose;
use crate::setup::model::{Inputs, Known, Operation};
use crate::setup::parts::{Parts, place_of};
use crate::setup::plan::account_moved;
use crate::setup::private::{Kind, Private};
use crate::setup::state::State;

use super::Setup;

impl Setup {
    pub(super) async fn plan_destroy(&self, request: PlanRequest) -> PlanResponse {
        let configured = self.context.configured();
        let inputs = Inputs::read(&request.prior);
        let before = Private::read(&request.prior_private);
        let group_is_protected = before.as_ref().is_some_and(|before| before.group_is_protected);
        let previous_tags = before.and_then(|before| before.previous_tags);
        let mut diagnostics = Diagnostics::new();
        let state = State::read(&request.prior);
        match configured.reach(&inputs, &state) {
            Ok(Some(target)) => {
                let parts = Parts::new(&target);
                let run = run(&inputs, Operation::Read, &request.cancel);
                let previous_tags = previous_tags.as_ref();
                let destroy = Destroy {
                    parts: &parts,
                    inputs: &inputs,
                    state: &state,
                    previous_tags,
                    group_is_protected,
                    wanted: None,
                    run: &run,
                };
                let (checked, sessions) = tokio::join!(destroy.check(), async {
                    if state.document.is_some() { active_sessions(&target.ssm).await } else { None }
                });
                diagnostics.extend(checked);
                if let Some(sessions) = sessions.filter(|sessions| *sessions > 0) {
                    diagnostics.warning(
                        "Sessions are active",
                        format!("{sessions} sessions are running; their logs may not reach the bucket any more."),
                    );
                }
            }
            Ok(None) => {}
            Err(error) => diagnose::unreachable(&mut diagnostics, "The destroy cannot be planned", &error),
        }
        PlanResponse {
            planned: Value::Null,
            requires_replace: Vec::new(),
            private: Private { kind: Kind::Destroy, parts: None, previous_tags, group_is_protected }.write(),
            identity: request.prior_identity,
            diagnostics,
        }
    }

    pub(super) async fn destroy(&self, request: ApplyRequest) -> ApplyResponse {
        let configured = self.context.configured();
        let inputs = Inputs::read(&request.prior);
        let target = match connect_for_apply(&configured, &inputs).await {
            Ok(target) => target,
            Err(diagnostics) => return unchanged(request, diagnostics),
        };
        let place = Known::Value(place_of(&target));
        if account_moved(&request.prior, &place) {
            let diagnostics = moved(&request.prior, &place);
            return unchanged(request, diagnostics);
        }
        let state = State::read(&request.prior);
        let private = Private::read(&request.private);
        let previous_tags = private.as_ref().and_then(|private| private.previous_tags.clone());
        let group_is_protected = private.as_ref().is_some_and(|private| private.group_is_protected);
        // The destroy half of a tainted setup comes with the private data of the plan that creates it anew.
        let wanted = private
            .filter(|private| private.kind == Kind::Create && state.document.is_none())
            .and_then(|private| private.parts)
            .filter(|named| state.system_name.as_deref().is_some_and(|name| named.mark.ends_with(&format!("/{name}"))));
        let run = run(&inputs, Operation::Delete, &request.cancel);
        let parts = Parts::new(&target);
        let destroy = Destroy {
            parts: &parts,
            inputs: &inputs,
            state: &state,
            previous_tags: previous_tags.as_ref(),
            group_is_protected,
            wanted: wanted.as_ref(),
            run: &run,
        };
        let Destroyed { state: left, document_is_left, diagnostics } = destroy.destroy().await;
        if document_is_left {
            self.context.leave_document(key_of(&parts.place));
        }
        let new_state = if diagnostics.has_errors() {
            let mut state = request.prior.clone();
            left.write(&mut state);
            state
        } else {
            Value::Null
        };
        let identity = if new_state.is_null() { None } else { request.identity };
        ApplyResponse { new_state, private: request.private, identity, diagnostics }
    }
}
