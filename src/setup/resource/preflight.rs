//! What a plan sees of AWS before anything is changed: preflight, and the place that a replacement leaves.

use tokio_util::sync::CancellationToken;

use crate::aws::Target;
use terraform_plugin::framework::PlanRequest;
use terraform_plugin::framework::diagnostics::Diagnostics;
use crate::setup::connect::{key_of, run};
use crate::setup::context::Configured;
use crate::setup::destroy::Destroy;
use crate::setup::diagnose;
use crate::setup::model::{Inputs, Operation};
use crate::setup::parts::{Look, Parts};
use crate::setup::plan::Plan;
use crate::setup::preflight::{self, ENFORCED, Judgement};
use crate::setup::private::{Named, Private};
use crate::setup::state::{Bucket, Document, Key, LogGroup, State};
use crate::setup::transition::Transition;
use crate::setup::wanted::{Bucket as WantedBucket, Key as WantedKey, Tags, Wanted};

use super::Setup;

impl Setup {
    /// Looks at AWS for what a plan will make. Parts of the setup that is replaced count as there: its destroy half
    /// comes first.
    pub(super) async fn preflight(
        &self,
        target: &Target,
        inputs: &Inputs,
        plan: &Plan,
        leaving: Option<Named>,
        cancel: &CancellationToken,
    ) -> Diagnostics {
        let Plan { wanted, transition, .. } = plan;
        let standing = &transition.standing;
        let missing = standing.bucket.is_none()
            || (standing.key.is_none() && wanted.key.known() != Some(&WantedKey::None))
            || (standing.log_group.is_none() && wanted.log_group.known() != Some(&None))
            || (standing.document.is_none() && wanted.document.known() == Some(&true));
        let enforces = matches!(wanted.bucket.known(), Some(WantedBucket::Own(own)) if own.object_ownership == ENFORCED)
            && standing.bucket.as_ref().is_some_and(|bucket| bucket.object_ownership.as_deref() != Some(ENFORCED));
        let moves_alias = preflight::moving_alias(wanted, transition).is_some();
        let takes_away = preflight::may_break_a_document(wanted, transition);
        if !(missing || enforces || moves_alias || takes_away) || wanted.names.system_name.known().is_none() {
            return Diagnostics::new();
        }
        let run = run(inputs, Operation::Read, cancel);
        let parts = Parts::new(target);
        let look = Look::for_wanted(wanted, transition);
        let seen = parts.observe(&look, &run).await;
        let here = leaving
            .filter(|leaving| leaving.account_id == parts.place.account_id && leaving.region == parts.place.region);
        let judged =
            here.as_ref().map_or_else(|| transition.clone(), |leaving| with_leaving(transition, wanted, leaving));
        let place = key_of(&parts.place);
        let judgement = Judgement {
            parts: &parts,
            inputs,
            wanted,
            transition: &judged,
            document_is_left: self.context.document_is_left(&place),
            run: &run,
        };
        let diagnostics = preflight::judge(&judgement, &seen).await;
        self.context.remember(place, look, seen);
        diagnostics
    }

    /// What the first plan of a replacement has to say about the place that is left: a real destroy comes there.
    pub(super) async fn leave(
        &self,
        configured: &Configured,
        request: &PlanRequest,
        previous_tags: Option<&Tags>,
    ) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let id = request.prior.at("id").as_str().unwrap_or_default();
        diagnostics.warning(
            "Session logging ends in the old place",
            format!("The setup moves. In {id} sessions are no longer logged, once its document is gone."),
        );
        let inputs = Inputs::read(&request.prior);
        match configured.connect(&inputs).await {
            Ok(Some(target)) => {
                let state = State::read(&request.prior);
                let (parts, run) = (Parts::new(&target), run(&inputs, Operation::Read, &request.cancel));
                let destroy = Destroy {
                    parts: &parts,
                    inputs: &inputs,
                    state: &state,
                    previous_tags,
                    group_is_protected: Private::read(&request.prior_private)
                        .is_some_and(|before| before.group_is_protected),
                    wanted: None,
                    run: &run,
                };
                diagnostics.extend(destroy.check().await);
            }
            Ok(None) => {}
            Err(error) => diagnose::unreachable(&mut diagnostics, "The old place cannot be reached", &error),
        }
        diagnostics
    }
}

/// A transition in which the wanted parts that a destroy half will have removed count as there.
fn with_leaving(transition: &Transition, wanted: &Wanted, leaving: &Named) -> Transition {
    let mut judged = transition.clone();
    let standing = &mut judged.standing;
    if let (Some(WantedKey::Own(own)), Some(alias)) = (wanted.key.known(), &leaving.key_alias)
        && own.alias_name == *alias
    {
        standing.key = Some(Key { alias_name: Some(alias.clone()), ..Key::default() });
    }
    if let (Some(Some(group)), Some(name)) = (wanted.log_group.known(), &leaving.log_group)
        && group.name == *name
    {
        standing.log_group = Some(LogGroup::default());
    }
    if let (Some(want), Some(name)) = (wanted.bucket.known(), &leaving.bucket)
        && want.name() == name
    {
        standing.bucket = Some(Bucket::default());
    }
    standing.document = leaving.document.then(Document::default);
    judged
}
