//! Takes a setup down: what would stop it, what goes, what stays.
//!
//! # Guarantees
//! - If anything would stop a destroy, nothing is changed.
//! - The document goes first, so that sessions never meet a part that is gone.
//! - A key goes only when every bucket and log group that this setup has or had goes with it, unless the configuration
//!   says so.
//! - Parts that carry another state's stamp are released, not deleted.
//! - Whatever fails, the state that comes back holds exactly what stands.

mod blockers;
mod outcome;
mod replaced;

use crate::reconcile::session_document::ObservedDocument;
use crate::reconcile::{CallError, Run, Tags};
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;
use terraform_plugin::framework::path::Path;

pub(crate) use replaced::parts_of_replaced;

use outcome::{HeldPart, Outcomes, outcomes};

use crate::account::Reconcilers;
use crate::account::diagnose;
use crate::setup::model::Inputs;
use crate::setup::model::state::{PartKind, State};
use crate::setup::naming::stamp::has_stamp;
use crate::setup::ownership::adoption;
use crate::setup::plan::private::PlannedParts;

/// What a destroy does with every part, in words.
#[cfg(test)]
pub(crate) fn outcome_of(setup: &crate::setup::model::SetupModel) -> String {
    format!("{:?}", outcomes(&setup.inputs, &setup.state, &HeldPart::all(&setup.state), Vec::new()))
}

/// Days until a key is deleted where the configuration does not say it: the most that KMS takes.
const LONGEST_DELETION_WINDOW: i32 = 30;

/// What is destroyed, and how.
#[derive(Debug)]
pub(crate) struct Destroy<'a> {
    /// The reconcilers.
    pub(crate) parts: &'a Reconcilers,
    /// The inputs of the state.
    pub(crate) inputs: &'a Inputs,
    /// What stands, as far as the state knows.
    pub(crate) state: &'a State,
    /// The tags that the document had before it was adopted.
    pub(crate) previous_tags: Option<&'a Tags>,
    /// Whether the last refresh saw that the log group in use is protected from deletion.
    pub(crate) group_is_protected: bool,
    /// Parts that the create which follows takes over, so they stay.
    pub(crate) taken_over: Option<&'a PlannedParts>,
    /// Bounds of the work.
    pub(crate) run: &'a Run,
}

/// What a destroy left.
#[derive(Debug)]
pub(crate) struct Destroyed {
    /// What is left of the state.
    pub(crate) state: State,
    /// Whether a document stands that this destroy put back or let be.
    pub(crate) document_is_left: bool,
    /// Errors and warnings.
    pub(crate) diagnostics: Diagnostics,
}

impl Destroy<'_> {
    /// What would stop the destroy, and what it keeps; changes nothing.
    pub(crate) async fn check(&self) -> Diagnostics {
        let checked = self.check_of(self.state, false).await;
        if !checked.has_errors() {
            return checked;
        }
        // What stops it may be another state's by now, as after a create that came before this destroy.
        let mut state = self.state.clone();
        let mut diagnostics = Diagnostics::new();
        match self.release(&mut state, &mut diagnostics).await {
            Ok(released) => {
                diagnostics.extend(self.check_of(&state, released).await);
                diagnostics
            }
            Err(_) => checked,
        }
    }

    async fn check_of(&self, state: &State, released: bool) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let outcomes = self.outcomes(state, released);
        warn_of_kept(&outcomes, &mut diagnostics);
        if let Some(why) = &outcomes.document_kept {
            diagnostics.warning("Destroy keeps the document", format!("Destroy keeps the document, because {why}."));
        }
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
        self.blockers(&outcomes, state, &mut diagnostics).await;
        diagnostics
    }

    /// Destroys.
    pub(crate) async fn destroy(&self) -> Destroyed {
        let mut diagnostics = Diagnostics::new();
        let unchanged = |diagnostics| Destroyed { state: self.state.clone(), document_is_left: false, diagnostics };
        let mut state = self.state.clone();
        let released = match self.release(&mut state, &mut diagnostics).await {
            Ok(released) => released,
            Err(error) => {
                diagnose::error(&mut diagnostics, "Setup is not destroyed", &error);
                return unchanged(diagnostics);
            }
        };
        let outcomes = self.outcomes(&state, released);
        self.blockers(&outcomes, &state, &mut diagnostics).await;
        if diagnostics.has_errors() {
            return unchanged(diagnostics);
        }
        if self.taken_over.is_some() {
            // No destroy plan has said it.
            warn_of_kept(&outcomes, &mut diagnostics);
        }
        let restores = outcomes.document && self.restored(&state).is_some();
        let document_is_left = restores || outcomes.document_kept.is_some();
        if let Err(error) = self.remove_all(&outcomes, &mut state).await {
            diagnose::error(&mut diagnostics, "Setup is not wholly destroyed", &error);
            return Destroyed { state, document_is_left, diagnostics };
        }
        Destroyed { state: State::default(), document_is_left, diagnostics }
    }

    fn outcomes(&self, state: &State, released: bool) -> Outcomes {
        let desired = self
            .taken_over
            .filter(|desired| state.account_id.is(&desired.account_id) && desired.region == self.parts.place.region);
        let all = HeldPart::all(state).into_iter();
        let (left, held): (Vec<_>, Vec<_>) =
            all.partition(|held| desired.is_some_and(|desired| held.is_named_in(desired)));
        let left = left.iter().filter(|held| held.kind != PartKind::KmsKey).map(HeldPart::to_string);
        let released = released.then(|| "a part that was taken over".to_owned());
        outcomes(self.inputs, state, &held, left.chain(released).collect())
    }

    /// What the document is put back to, if it is.
    fn restored<'s>(&self, state: &'s State) -> Option<&'s str> {
        let restores = self.inputs.document().on_destroy.is("restore");
        state.previous_document.text().filter(|_| restores && state.document.is_known())
    }

    /// Drops from the state what carries another state's stamp, or is gone. Answers whether a bucket or log group was
    /// released, which may still need the key.
    async fn release(&self, state: &mut State, diagnostics: &mut Diagnostics) -> Result<bool, CallError> {
        let Self { parts, run, .. } = self;
        let account_id = parts.place.account_id.as_str();
        let held = HeldPart::all(state);
        let looks = held.iter().map(|held| async move {
            match held.kind {
                PartKind::KmsKey => parts.keys.observe_tags(&held.arn, run).await,
                PartKind::LogGroup => parts.log_groups.observe_tags(&held.arn, run).await,
                PartKind::Bucket => parts.buckets.observe_tags(&held.name, account_id, run).await,
            }
        });
        let document = async {
            if state.document.is_known() { parts.documents.observe_tags(run).await.map(Some) } else { Ok(None) }
        };
        let (looks, document) = tokio::join!(Box::pin(futures_util::future::join_all(looks)), Box::pin(document));
        let stamp = self.state.stamp.text();
        let mut released_logs = false;
        let mut is_gone = |what: String, keeps_logs: bool, tags: Option<Tags>| match tags {
            None => true,
            Some(tags) if has_stamp(&tags, stamp) => false,
            Some(_) => {
                diagnostics.warning(
                    "A part is released",
                    format!(
                        "{what} carries the stamp of another state, or none: it was taken over, and stays as it is."
                    ),
                );
                released_logs |= keeps_logs;
                true
            }
        };
        for (held, tags) in held.iter().zip(looks) {
            if is_gone(held.to_string(), held.kind != PartKind::KmsKey, tags?) {
                held.remove_from(state);
            }
        }
        if let Some(tags) = document?
            && is_gone("The document".into(), false, tags)
        {
            state.document = Field::Null;
        }
        Ok(released_logs)
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
        for held in &outcomes.going {
            match held.kind {
                PartKind::LogGroup => {
                    tracing::info!(log_group = held.name, "deleting the log group");
                    parts.log_groups.remove(&held.name, run).await?;
                }
                PartKind::Bucket => {
                    if self.inputs.bucket().force_destroy.is_true() {
                        tracing::info!(bucket = held.name, "emptying the bucket");
                        parts.buckets.empty(&held.name, account_id, run).await?;
                    }
                    tracing::info!(bucket = held.name, "deleting the bucket");
                    parts.buckets.remove(&held.name, account_id, run).await?;
                }
                PartKind::KmsKey => {
                    let window = self.inputs.kms().deletion_window.known().copied().unwrap_or(LONGEST_DELETION_WINDOW);
                    tracing::info!(key = held.arn, window, "scheduling the key for deletion");
                    let alias = self.alias_of(held).await?;
                    parts.keys.remove(&held.arn, alias, window, run).await?;
                }
            }
            held.remove_from(state);
        }
        Ok(())
    }
}

impl Destroy<'_> {
    /// The alias of a key, as long as it leads there: one that was pointed elsewhere is somebody else's.
    /// Where that of the key in use leads, the refresh has seen, and the state has it only where it leads to the key.
    async fn alias_of<'h>(&self, held: &'h HeldPart) -> Result<Option<&'h str>, CallError> {
        let Some(alias) = held.alias.as_deref() else { return Ok(None) };
        if !held.retired {
            return Ok(Some(alias));
        }
        let leads_to = self.parts.keys.arn_of(alias, self.run).await?;
        Ok(Some(alias).filter(|_| leads_to.as_ref() == Some(&held.arn)))
    }
}

fn warn_of_kept(outcomes: &Outcomes, diagnostics: &mut Diagnostics) {
    for (held, why) in &outcomes.kept {
        diagnostics.warning("Destroy keeps a part", format!("Destroy keeps {held}, because {why}."));
    }
}
