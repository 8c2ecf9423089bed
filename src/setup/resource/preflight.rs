//! What a plan observes in AWS: preflight, and the place that a replacement leaves.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::MaybeUnknown;
use tokio_util::sync::CancellationToken;

use crate::account::connect::{blind_departure, connect};
use crate::account::{Configured, Operation, Reconcilers};
use crate::aws::Target;
use crate::reconcile::session_document::ObservedDocument;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey};
use crate::setup::destroy::Destroy;
use crate::setup::model::state::{Bucket, Document, KmsKey, LogGroup};
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::observe::{Scope, part};
use crate::setup::ownership::adoption::DocumentReferences;
use crate::setup::plan::Plan;
use crate::setup::plan::losses::Losses;
use crate::setup::plan::needs::Standing;
use crate::setup::plan::preflight::{self, ENFORCED, Preflight};
use crate::setup::plan::private::{PlanKind, PlanPrivate, PlannedParts};

use super::Setup;

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlanSources<'a> {
    /// The provider's configuration.
    pub(super) configured: &'a Configured,
    /// What the configuration writes.
    pub(super) written: &'a Inputs,
    /// The prior state.
    pub(super) prior: Option<&'a SetupModel>,
    /// The private data of the prior state, or of the first plan of a replacement.
    pub(super) before: Option<&'a PlanPrivate>,
}

impl Setup {
    /// Checks what would make the apply of a plan fail, and its effects on others and on sessions. The parts of a setup
    /// that is replaced do not count as obstacles, because its destroy half runs first.
    pub(super) async fn preflight(
        &self,
        sources: &PlanSources<'_>,
        target: &Target,
        plan: &Plan,
        cancel: &CancellationToken,
    ) -> (Diagnostics, Diagnostics) {
        let Plan { planned, desired, transition, .. } = plan;
        let PlanSources { configured, written, prior, before } = *sources;
        // No apply followed the import yet.
        let imported = prior.filter(|_| before.is_some_and(|before| before.kind == PlanKind::Import));
        let leaving = before.and_then(|before| before.parts.as_ref()).filter(|_| prior.is_none());
        let is_needed = imported.is_some() || is_needed(desired, transition);
        if !is_needed || desired.names.system_name.is_unknown() {
            return (Diagnostics::new(), Diagnostics::new());
        }
        let run = planned.inputs.timeouts.fields().run(Operation::Read, cancel);
        let parts = Reconcilers::new(target);
        let scope = Scope::of(desired, transition);
        let observation = scope.observe(&parts, &run).await;
        if let Some(error) = observation.blindness(target) {
            let mut diagnostics = Diagnostics::new();
            configured.told.tell(&mut diagnostics, "What the apply will meet was not looked at.", &error);
            return (diagnostics, Diagnostics::new());
        }
        let here = leaving
            .filter(|leaving| leaving.account_id == parts.place.account_id && leaving.region == parts.place.region);
        let effective = here.map_or_else(|| transition.clone(), |leaving| with_leaving(transition, desired, leaving));
        let preflight = Preflight {
            parts: &parts,
            inputs: &plan.inputs,
            desired,
            transition: &effective,
            document_is_left: self.handover.has_document(&parts.place),
            stamp: PlanPrivate::stamp_of(&transition.remaining, before),
            run: &run,
        };
        let diagnostics = preflight::check(&preflight, &observation).await;
        let losses = Losses { written, imported, planned, desired, transition: &effective };
        let mut effects = if diagnostics.has_errors() { Diagnostics::new() } else { losses.check(&observation) };
        // A plan without observations compares with the document in the state.
        if !diagnostics.has_errors()
            && !transition.remaining.document.is_known()
            && let Ok(document) = &observation.document
        {
            let standing = match document {
                Some(ObservedDocument { content, .. }) => {
                    let named = DocumentReferences::of(content).resolved(&parts.keys, &run).await;
                    Standing::of_document(content, named, part(&observation.key), planned)
                }
                None => Standing::default(),
            };
            standing.warn(planned, desired, &mut effects);
        }
        self.handover.leave_observation(&parts.place, scope, observation);
        (diagnostics, effects)
    }

    /// The diagnostics of the first plan of a replacement about the place that it leaves, where a destroy runs.
    pub(super) async fn leave(
        &self,
        configured: &Configured,
        prior: &SetupModel,
        before: Option<&PlanPrivate>,
        cancel: &CancellationToken,
    ) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let id = prior.state.id.text().unwrap_or_default();
        diagnostics.warning(
            "Session logging ends in the old place",
            format!(
                "The setup moves to another place. Sessions in {id} are no longer logged once its document is removed."
            ),
        );
        match connect(configured, &prior.inputs.destination()).await {
            Ok(Some(target)) => {
                let parts = Reconcilers::new(&target);
                let run = prior.inputs.timeouts.fields().run(Operation::Read, cancel);
                let destroy = Destroy {
                    parts: &parts,
                    inputs: &prior.inputs,
                    state: &prior.state,
                    stamp: PlanPrivate::stamp_of(&prior.state, before),
                    previous_tags: before.and_then(|before| before.previous_tags.as_ref()),
                    group_is_protected: before.is_some_and(|before| before.group_is_protected),
                    taken_over: None,
                    run: &run,
                };
                diagnostics.extend(destroy.check().await);
            }
            Ok(None) => {}
            Err(error) => diagnostics.extend(blind_departure(configured, &error)),
        }
        diagnostics
    }
}

/// Whether a plan creates a part, or makes a change that AWS may refuse.
fn is_needed(desired: &Desired, transition: &Transition) -> bool {
    let remaining = &transition.remaining;
    let creates = !remaining.bucket.is_known()
        || (!remaining.kms_key.is_known() && !desired.key.is(&DesiredKey::None))
        || (!remaining.log_group.is_known() && !desired.log_group.is(&None))
        || (!remaining.document.is_known() && desired.document.is(&true));
    let enforces = match (&desired.bucket, remaining.bucket.known()) {
        (MaybeUnknown::Known(DesiredBucket::Managed(bucket)), Some(remaining)) => {
            bucket.object_ownership == ENFORCED && !remaining.object_ownership.is(ENFORCED)
        }
        _ => false,
    };
    creates
        || enforces
        || preflight::moving_alias(desired, transition).is_some()
        || preflight::new_access_log(desired, transition).is_some()
        || preflight::may_break_a_document(desired, transition)
}

/// A transition in which the desired parts that the destroy half removes count as parts in the state.
fn with_leaving(transition: &Transition, desired: &Desired, leaving: &PlannedParts) -> Transition {
    let mut effective = transition.clone();
    let remaining = &mut effective.remaining;
    if let (Some(DesiredKey::Managed(key)), Some(alias)) = (desired.key.known(), &leaving.key_alias)
        && key.alias_name == *alias
    {
        remaining.kms_key = KmsKey { alias_name: alias.clone().into(), ..KmsKey::default() }.into();
    }
    if let (Some(Some(group)), Some(name)) = (desired.log_group.known(), &leaving.log_group)
        && group.name == *name
    {
        remaining.log_group = LogGroup::default().into();
    }
    if let (Some(bucket), Some(name)) = (desired.bucket.known(), &leaving.bucket)
        && bucket.name() == name
    {
        remaining.bucket = Bucket::default().into();
    }
    remaining.document = leaving.document.then(Document::default).into();
    effective
}
