//! Applies a create or an update.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::MaybeUnknown;
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::value::Value;
use tokio_util::sync::CancellationToken;

use crate::account::connect::connect_for_apply;
use crate::account::{Operation, Place, Reconcilers};
use crate::setup::access;
use crate::setup::apply::{Applied, AppliedChange, Apply, filled};
use crate::setup::desired::Desired;
use crate::setup::desired::transition::Transition;
use crate::setup::model::SetupModel;
use crate::setup::model::state::State;
use crate::setup::naming::stamp;
use crate::setup::observe::Scope;
use crate::setup::plan::private::PlanPrivate;

use super::Setup;

impl Setup {
    /// Creates or changes a setup. On failure the state has what exists in AWS, with the prior inputs.
    pub(super) async fn change(
        &self,
        planned: &SetupModel,
        prior: Option<&SetupModel>,
        private: Vec<u8>,
        cancel: &CancellationToken,
    ) -> AppliedChange {
        let configured = self.context.configured();
        let recorded = prior.map(SetupModel::recorded_place);
        let destination = planned.inputs.destination();
        let target = match connect_for_apply(&configured, &destination, recorded.as_ref()).await {
            Ok(target) => target,
            Err(diagnostics) => return AppliedChange::unchanged(prior, private, diagnostics),
        };
        let place = MaybeUnknown::Known(Place::of(&target));
        let nothing = SetupModel::default();
        let before = prior.unwrap_or(&nothing);
        let desired = Desired::derive(&planned.inputs, &place, &configured.default_tags, before);
        let transition = Transition::between(&before.state, &desired, &planned.inputs);
        let operation = if prior.is_none() { Operation::Create } else { Operation::Update };
        let run = planned.inputs.timeouts.fields().run(operation, cancel);
        let parts = Reconcilers::new(&target);
        let scope = Scope::of(&desired, &transition);
        let observation = match self.handover.take_observation(&parts.place, &scope) {
            Some(observation) => observation,
            None => scope.observe(&parts, &run).await,
        };
        let plan = PlanPrivate::read(&private);
        let stamp = PlanPrivate::stamp_of(&before.state, plan.as_ref()).map(str::to_owned);
        let prior_tags = plan.as_ref().and_then(|plan| plan.previous_tags.as_ref());
        let apply = Apply {
            parts: &parts,
            inputs: &planned.inputs,
            desired: &desired,
            prior,
            transition: &transition,
            document_is_left: self.handover.has_document(&parts.place),
            prior_tags,
            stamp: stamp.unwrap_or_else(stamp::draw),
            run: &run,
        };
        let Applied { state: applied, previous_tags, diagnostics } = Box::pin(apply.apply(observation)).await;
        if applied.document.is_known() {
            self.handover.take_document(&parts.place);
        }
        let private = match (plan, previous_tags) {
            (Some(private), Some(tags)) => PlanPrivate { previous_tags: Some(tags), ..private }.write(),
            _ => private,
        };
        if diagnostics.has_errors() {
            return unfinished(planned, prior, &applied, private, diagnostics);
        }
        let mut state = planned.state.with_parts_of(&applied);
        access::write(&mut state, &planned.state, &planned.inputs, &desired);
        let actual = SetupModel { inputs: planned.inputs.clone(), state };
        let identity = actual.identity();
        AppliedChange { state: filled(&planned.write(), &actual.write()), private, identity, diagnostics }
    }
}

/// The result of a failed apply: a state with what exists in AWS and the prior inputs. The host marks the state of a
/// failed create as tainted.
fn unfinished(
    planned: &SetupModel,
    prior: Option<&SetupModel>,
    applied: &State,
    private: Vec<u8>,
    mut diagnostics: Diagnostics,
) -> AppliedChange {
    if prior.is_none() && applied.has_no_managed_parts() {
        return AppliedChange { private, diagnostics, ..AppliedChange::default() };
    }
    if prior.is_none() {
        diagnostics.warning(
            "Apply again to continue",
            "What was created so far is in the state, marked as tainted. The next apply takes it over and continues; \
             nothing is destroyed. With lifecycle.prevent_destroy, run `terraform untaint <address>` first.",
        );
    }
    let before = prior.unwrap_or(planned);
    let state = SetupModel { inputs: before.inputs.clone(), state: before.state.with_parts_of(applied) };
    let identity = state.identity();
    AppliedChange { state: filled(&state.write(), &Value::Null), private, identity, diagnostics }
}
