//! Plans and applies a destroy.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::value::Value;
use tokio_util::sync::CancellationToken;

use crate::account::connect::{blind_departure, connect, connect_for_apply};
use crate::account::{AssumeRole, Configured, Operation, Reconcilers};
use crate::aws::{self, Target};
use crate::reconcile::sessions::active_sessions;
use crate::setup::apply::AppliedChange;
use crate::setup::destroy::{Destroy, Destroyed};
use crate::setup::model::SetupModel;
use crate::setup::plan::private::{PlanKind, PlanPrivate};

use super::Setup;

impl Setup {
    /// Plans a destroy: returns its private data, and diagnostics about what blocks it.
    pub(super) async fn plan_destroy(
        &self,
        prior: &SetupModel,
        prior_private: &[u8],
        cancel: &CancellationToken,
    ) -> (Vec<u8>, Diagnostics) {
        let before = PlanPrivate::read(prior_private);
        let group_is_protected = before.as_ref().is_some_and(|before| before.group_is_protected);
        let previous_tags = before.as_ref().and_then(|before| before.previous_tags.clone());
        let mut diagnostics = Diagnostics::new();
        let configured = self.context.configured();
        match reach(&configured, prior) {
            Ok(Some(target)) => {
                let parts = Reconcilers::new(&target);
                let run = prior.inputs.timeouts.fields().run(Operation::Read, cancel);
                let destroy = Destroy {
                    parts: &parts,
                    inputs: &prior.inputs,
                    state: &prior.state,
                    stamp: PlanPrivate::stamp_of(&prior.state, before.as_ref()),
                    previous_tags: previous_tags.as_ref(),
                    group_is_protected,
                    taken_over: None,
                    run: &run,
                };
                let (checked, sessions) = tokio::join!(destroy.check(), async {
                    if prior.state.document.is_known() { active_sessions(&target.ssm).await } else { None }
                });
                // What fails here may fail for a cause that has nothing to do with the parts. The caller, which is not
                // asked for otherwise, tells.
                let blind = if checked.has_errors() {
                    connect(&configured, &prior.inputs.destination()).await.err()
                } else {
                    None
                };
                diagnostics.extend(blind.map_or(checked, |error| blind_departure(&configured, &error)));
                if let Some(sessions) = sessions.filter(|sessions| *sessions > 0) {
                    diagnostics.warning(
                        "Sessions are active",
                        format!("{sessions} sessions are active; their logs may no longer reach the bucket."),
                    );
                }
            }
            Ok(None) => {}
            Err(error) => diagnostics.extend(blind_departure(&configured, &error)),
        }
        let stamp = before.and_then(|before| before.stamp);
        let private = PlanPrivate { kind: PlanKind::Destroy, parts: None, previous_tags, group_is_protected, stamp };
        (private.write(), diagnostics)
    }

    /// Destroys.
    pub(super) async fn destroy(
        &self,
        prior: &SetupModel,
        private: Vec<u8>,
        cancel: &CancellationToken,
    ) -> AppliedChange {
        let configured = self.context.configured();
        let recorded = prior.recorded_place();
        let target = match connect_for_apply(&configured, &prior.inputs.destination(), Some(&recorded)).await {
            Ok(target) => target,
            Err(diagnostics) => return AppliedChange::unchanged(Some(prior), private, diagnostics),
        };
        let plan = PlanPrivate::read(&private);
        let previous_tags = plan.as_ref().and_then(|plan| plan.previous_tags.clone());
        let group_is_protected = plan.as_ref().is_some_and(|plan| plan.group_is_protected);
        // The destroy half of a tainted setup gets the private data of the plan that creates it again.
        let is_of_this_system =
            |mark: &str| prior.state.system_name.text().is_some_and(|name| mark.ends_with(&format!("/{name}")));
        let taken_over = plan
            .as_ref()
            .filter(|plan| plan.kind == PlanKind::Create && !prior.state.document.is_known())
            .and_then(|plan| plan.parts.as_ref())
            .filter(|parts| is_of_this_system(&parts.mark));
        let run = prior.inputs.timeouts.fields().run(Operation::Delete, cancel);
        let parts = Reconcilers::new(&target);
        let destroy = Destroy {
            parts: &parts,
            inputs: &prior.inputs,
            state: &prior.state,
            stamp: PlanPrivate::stamp_of(&prior.state, plan.as_ref()),
            previous_tags: previous_tags.as_ref(),
            group_is_protected,
            taken_over,
            run: &run,
        };
        let Destroyed { state: left, document_is_left, diagnostics } = destroy.destroy().await;
        if document_is_left {
            self.handover.leave_document(&parts.place);
        }
        let state = if diagnostics.has_errors() {
            SetupModel { inputs: prior.inputs.clone(), state: prior.state.with_parts_of(&left) }.write()
        } else {
            Value::Null
        };
        AppliedChange { state, private, diagnostics, ..AppliedChange::default() }
    }
}

/// Clients for the place of a state, without a call of STS `GetCallerIdentity`; `None` while the place is unknown.
fn reach(configured: &Configured, prior: &SetupModel) -> Result<Option<Target>, aws::ConnectError> {
    let role = prior.inputs.assume_role.known().and_then(AssumeRole::known);
    match prior.recorded_place().place() {
        Some(place) => configured.reach(&place, role.as_ref()),
        None => Ok(None),
    }
}
