//! Destroys a setup: what blocks it, what is removed, and what is kept.
//!
//! # Guarantees
//! - If anything blocks a destroy, nothing is changed.
//! - The document is removed first, so that no session uses a part that is gone.
//! - A key is scheduled for deletion only if every bucket and log group that this setup has or had is removed too,
//!   unless the configuration says otherwise.
//! - Parts that carry another state's stamp are released, not deleted. A part without a stamp is deleted only if it is
//!   provably the one that the state records, and a bucket without a stamp is never emptied.
//! - If a call fails, the returned state holds exactly what still exists.

mod blockers;
mod outcome;
mod release;
mod replaced;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;
use terraform_plugin::framework::path::Path;

use crate::account::Reconcilers;
use crate::account::diagnose::{self, listed};
use crate::reconcile::session_document::ObservedDocument;
use crate::reconcile::{CallError, Run, Tags};
use crate::setup::model::Inputs;
use crate::setup::model::state::{PartKind, State};
use crate::setup::ownership::adoption;
use crate::setup::plan::private::PlannedParts;

use outcome::{ManagedPart, Outcomes, outcomes};
use release::Judged;

pub(crate) use replaced::parts_of_replaced;

/// What a destroy does with every part, in words.
#[cfg(test)]
pub(crate) fn outcome_of(setup: &crate::setup::model::SetupModel) -> String {
    format!("{:?}", outcomes(&setup.inputs, &setup.state, &ManagedPart::all(&setup.state), Vec::new()))
}

/// Days until a key is deleted if the configuration does not set them: the maximum of KMS.
const LONGEST_DELETION_WINDOW: i32 = 30;

/// A setup to destroy.
#[derive(Debug)]
pub(crate) struct Destroy<'a> {
    /// The reconcilers.
    pub(crate) parts: &'a Reconcilers,
    /// The inputs of the state.
    pub(crate) inputs: &'a Inputs,
    /// The computed attributes of the state.
    pub(crate) state: &'a State,
    /// The stamp of the state, or the one that its import drew.
    pub(crate) stamp: Option<&'a str>,
    /// The tags that the document had before it was adopted.
    pub(crate) previous_tags: Option<&'a Tags>,
    /// Whether the last refresh observed deletion protection on the log group in use.
    pub(crate) group_is_protected: bool,
    /// Parts that the create which follows takes over; they are kept.
    pub(crate) taken_over: Option<&'a PlannedParts>,
    /// Bounds of the work.
    pub(crate) run: &'a Run,
}

/// The result of a destroy.
#[derive(Debug)]
pub(crate) struct Destroyed {
    /// The rest of the state.
    pub(crate) state: State,
    /// Whether this destroy restored or kept a document.
    pub(crate) document_is_left: bool,
    /// Errors and warnings.
    pub(crate) diagnostics: Diagnostics,
}

impl Destroy<'_> {
    /// Reports what blocks the destroy and what it keeps; changes nothing.
    pub(crate) async fn check(&self) -> Diagnostics {
        let checked = self.check_of(self.state, &Judged::default()).await;
        if !checked.has_errors() {
            return checked;
        }
        // The blocker may belong to another state by now, as after a create that ran before this destroy.
        let mut state = self.state.clone();
        let mut diagnostics = Diagnostics::new();
        match Box::pin(self.release(&mut state, &mut diagnostics)).await {
            Ok(judged) => {
                diagnostics.extend(self.check_of(&state, &judged).await);
                diagnostics
            }
            Err(_) => checked,
        }
    }

    async fn check_of(&self, state: &State, judged: &Judged) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let outcomes = self.outcomes(state, judged.released_logs);
        warn_of_kept(&outcomes, &mut diagnostics);
        if !outcomes.unreadable.is_empty() {
            diagnostics.warning_at(
                Path::of("settings.kms.skip_destroy"),
                "Logs will become unreadable",
                format!(
                    "settings.kms.skip_destroy is false: the key is scheduled for deletion although it still encrypts \
                     {}.",
                    outcomes.unreadable.join(" and ")
                ),
            );
        }
        self.blockers(&outcomes, state, judged, &mut diagnostics).await;
        diagnostics
    }

    /// Destroys.
    pub(crate) async fn destroy(&self) -> Destroyed {
        let mut diagnostics = Diagnostics::new();
        let unchanged = |diagnostics| Destroyed { state: self.state.clone(), document_is_left: false, diagnostics };
        let mut state = self.state.clone();
        let judged = match Box::pin(self.release(&mut state, &mut diagnostics)).await {
            Ok(judged) => judged,
            Err(error) => {
                diagnose::error(&mut diagnostics, "Setup is not destroyed", &error);
                return unchanged(diagnostics);
            }
        };
        let outcomes = self.outcomes(&state, judged.released_logs);
        self.blockers(&outcomes, &state, &judged, &mut diagnostics).await;
        if diagnostics.has_errors() {
            return unchanged(diagnostics);
        }
        if self.taken_over.is_some() {
            // The destroy half of a tainted setup has no destroy plan that warned.
            warn_of_kept(&outcomes, &mut diagnostics);
        }
        let restores = outcomes.document && self.restored(&state).is_some();
        let document_is_left = restores || outcomes.document_kept.is_some();
        if let Err(error) = self.remove_all(&outcomes, &mut state).await {
            diagnose::error(&mut diagnostics, "Setup is not completely destroyed", &error);
            return Destroyed { state, document_is_left, diagnostics };
        }
        Destroyed { state: State::default(), document_is_left, diagnostics }
    }

    fn outcomes(&self, state: &State, released: bool) -> Outcomes {
        let desired = self
            .taken_over
            .filter(|desired| state.account_id.is(&desired.account_id) && desired.region == self.parts.place.region);
        let all = ManagedPart::all(state).into_iter();
        let (taken_over, managed): (Vec<_>, Vec<_>) =
            all.partition(|part| desired.is_some_and(|desired| part.is_named_in(desired)));
        let taken_over = taken_over.iter().filter(|part| part.kind != PartKind::KmsKey).map(ManagedPart::to_string);
        let released = released.then(|| "a part that was taken over".to_owned());
        outcomes(self.inputs, state, &managed, taken_over.chain(released).collect())
    }

    /// The content that the document is restored to, if it is.
    fn restored<'s>(&self, state: &'s State) -> Option<&'s str> {
        let restores = self.inputs.document().on_destroy.is("restore");
        state.previous_document.text().filter(|_| restores && state.document.is_known())
    }

    async fn remove_all(&self, outcomes: &Outcomes, state: &mut State) -> Result<(), CallError> {
        let Self { parts, run, .. } = self;
        if outcomes.document {
            if let Some(previous) = self.restored(state) {
                let observed: Option<ObservedDocument> = parts.documents.observe(run).await?;
                adoption::restore(&parts.documents, observed.as_ref(), previous, self.previous_tags, run).await?;
            } else {
                tracing::info!("deleting the session document");
                parts.documents.remove(run).await?;
            }
        }
        state.document = Field::Null;
        state.previous_document = Field::Null;
        let account_id = parts.place.account_id.as_str();
        for part in &outcomes.going {
            match part.kind {
                PartKind::LogGroup => {
                    tracing::info!(log_group = part.name, "deleting the log group");
                    parts.log_groups.remove(&part.name, run).await?;
                }
                PartKind::Bucket => {
                    if self.inputs.bucket().force_destroy.is_true() {
                        tracing::info!(bucket = part.name, "emptying the bucket");
                        parts.buckets.empty(&part.name, account_id, run).await?;
                    }
                    tracing::info!(bucket = part.name, "deleting the bucket");
                    parts.buckets.remove(&part.name, account_id, run).await?;
                }
                PartKind::KmsKey => {
                    let window = self.inputs.kms().deletion_window.known().copied().unwrap_or(LONGEST_DELETION_WINDOW);
                    tracing::info!(key = part.arn, window, "scheduling the key for deletion");
                    let alias = self.alias_of(part).await?;
                    parts.keys.remove(&part.arn, alias, window, run).await?;
                }
            }
            part.remove_from(state);
        }
        Ok(())
    }
}

impl Destroy<'_> {
    /// The alias of a key, if it still points to the key. For the key in use the last refresh checked that; an alias of
    /// a retired key is checked here.
    async fn alias_of<'h>(&self, part: &'h ManagedPart) -> Result<Option<&'h str>, CallError> {
        let Some(alias) = part.alias.as_deref() else { return Ok(None) };
        if !part.retired {
            return Ok(Some(alias));
        }
        let target_arn = self.parts.keys.arn_of(alias, self.run).await?;
        Ok(Some(alias).filter(|_| target_arn.as_ref() == Some(&part.arn)))
    }
}

fn warn_of_kept(outcomes: &Outcomes, diagnostics: &mut Diagnostics) {
    let document = outcomes.document_kept.iter().map(|reason| format!("the document, because {reason}"));
    let parts = outcomes.kept.iter().map(|(part, reason)| format!("{part}, because {reason}"));
    let kept: Vec<_> = document.chain(parts).collect();
    if !kept.is_empty() {
        diagnostics.warning("Destroy keeps parts", format!("Destroy keeps:\n{}", listed(&kept)));
    }
}
