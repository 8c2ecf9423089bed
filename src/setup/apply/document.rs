//! The second step: the document is written, adopted or withdrawn.

use terraform_plugin::framework::diagnostics::Diagnostics;
use crate::reconcile::session_document::{NAME as DOCUMENT_NAME, ObservedDocument, WantedDocument, same_content};
use crate::reconcile::{Kind, STAMP_TAG, Tags};

use super::super::adoption;
use super::super::diagnose;
use super::super::naming::Place;
use super::super::ownership::{document_stamp, former_version};
use super::super::policies::canonical_json;
use super::super::state::{self, State};
use super::super::writes::Writes;
use super::{Apply, Stopped, known, stop_on};

impl Apply<'_> {
    /// Writes the document, after putting aside what it held before this setup.
    pub(super) async fn ensure_document(
        &self,
        writes: &Writes<'_>,
        observed: Option<ObservedDocument>,
        key_arn: Option<&str>,
        state: &mut State,
        previous_tags: &mut Option<Tags>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Stopped> {
        let mut want = known(writes.document(self.inputs, key_arn, observed.as_ref()), diagnostics)?;
        let mut adopted = self.prior.document.as_ref().is_some_and(|document| document.adopted);
        // The version that the stamp names holds what a restore puts back if the state is lost.
        let mut keep: Vec<_> = want.tags.get(STAMP_TAG).and_then(|stamp| former_version(stamp)).into_iter().collect();
        if let Some(held) = observed.as_ref().filter(|_| self.prior.document.is_none()) {
            let mark = self.wanted.mark.known().map(String::as_str).unwrap_or_default();
            let previous = match adoption::previous(&self.parts.documents, held, mark, self.run).await {
                Ok(previous) => previous,
                Err(error) => {
                    diagnose::error(diagnostics, "What the document held could not be read", &error);
                    return Err(Stopped);
                }
            };
            adopted = true;
            if let Some(previous) = previous {
                tracing::info!(version = previous.version, "adopting the session document that stands");
                want.tags.insert(STAMP_TAG.to_owned(), document_stamp(&self.stamp, &previous.version));
                state.previous_document = Some(previous.content);
                *previous_tags = Some(previous.tags);
                keep.push(previous.version);
            }
        }
        let reached = self.parts.documents.ensure(&want, observed, &keep, self.run).await;
        let place = &self.parts.place;
        let Some(error) = reached.error else {
            state.document = reached.part.map(|document| state::Document::observed(&document, adopted, place));
            return Ok(());
        };
        // From the moment the document may stand, an error would taint a setup that sessions use.
        if error.kind == Kind::EffectUnknown {
            state.document = Some(unanswered(&want, state, adopted, place));
            diagnose::warning(diagnostics, "Whether the document was written is not known", &error);
            return Ok(());
        }
        match reached.part {
            Some(document) if same_content(&document.content, &want.content) => {
                state.document = Some(state::Document::observed(&document, adopted, place));
                diagnose::warning(diagnostics, "The document is written, and something after it failed", &error);
                Ok(())
            }
            part => {
                let ours = part.filter(|_| self.prior.document.is_some());
                state.document = ours.map(|document| state::Document::observed(&document, adopted, place));
                diagnose::error(diagnostics, "Setup is not complete", &error);
                Err(Stopped)
            }
        }
    }

    /// `document.enabled` was switched off: what stood before comes back, or nothing, or it stays as it is.
    pub(super) async fn withdraw_document(
        &self,
        observed: Option<&ObservedDocument>,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Stopped> {
        let on_destroy = self.inputs.document.known().map(|document| document.on_destroy.as_str());
        match (on_destroy, &self.prior.previous_document) {
            (Some("retain"), _) => diagnostics.warning(
                "The document is released",
                "settings.document.enabled is false and on_destroy is \"retain\": the document stays as it is, and \
                 this resource does not look after it any more.",
            ),
            (Some("restore"), Some(previous)) => {
                let documents = &self.parts.documents;
                let restored = adoption::restore(documents, observed, previous, self.prior_tags, self.run).await;
                stop_on(restored.err(), diagnostics)?;
            }
            _ => stop_on(self.parts.documents.remove(self.run).await.err(), diagnostics)?,
        }
        state.document = None;
        state.previous_document = None;
        Ok(())
    }
}

/// The document after a write that was never answered.
fn unanswered(want: &WantedDocument, state: &State, adopted: bool, place: &Place) -> state::Document {
    state::Document {
        name: DOCUMENT_NAME.to_owned(),
        arn: place.document_arn(DOCUMENT_NAME),
        content: canonical_json(&want.content),
        default_version: None,
        latest_version: None,
        status: None,
        hash: None,
        adopted,
        tags: state.tags_all.clone(),
    }
}
