//! The second step: writes, adopts or withdraws the document.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;

use crate::account::Place;
use crate::account::diagnose;
use crate::reconcile::policy::canonical_json;
use crate::reconcile::session_document::{DocumentSpec, NAME as DOCUMENT_NAME, ObservedDocument, same_content};
use crate::reconcile::{ErrorKind, STAMP_TAG, Tags};
use crate::setup::desired::specs::Specs;
use crate::setup::model::state::{Document, State};
use crate::setup::naming::stamp::{document_stamp, former_version};
use crate::setup::ownership::adoption;

use super::{Apply, Stopped, known, stop_on};

impl Apply<'_> {
    /// Writes the document. If it adopts an existing one, the former content is kept in the state.
    pub(super) async fn ensure_document(
        &self,
        specs: &Specs<'_>,
        observed: Option<ObservedDocument>,
        key_arn: Option<&str>,
        state: &mut State,
        previous_tags: &mut Option<Tags>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Stopped> {
        let mut spec = known(specs.document(self.inputs, key_arn, observed.as_ref()), diagnostics)?;
        let mut adopted = self.before().document.fields().adopted.is_true();
        // The version in the stamp holds the content that a restore writes if the state is lost.
        let mut keep: Vec<_> = spec.tags.get(STAMP_TAG).and_then(|stamp| former_version(stamp)).into_iter().collect();
        if let Some(existing) = observed.as_ref().filter(|_| !self.before().document.is_known()) {
            let mark = self.desired.mark.known().map(String::as_str).unwrap_or_default();
            let previous = match adoption::previous(&self.parts.documents, existing, mark, self.run).await {
                Ok(previous) => previous,
                Err(error) => {
                    diagnose::error(diagnostics, "The content of the document to adopt cannot be read", &error);
                    return Err(Stopped);
                }
            };
            adopted = true;
            if let Some(previous) = previous {
                tracing::info!(version = previous.version, "adopting the existing session document");
                spec.tags.insert(STAMP_TAG.to_owned(), document_stamp(&self.stamp, &previous.version));
                state.previous_document = previous.content.into();
                *previous_tags = Some(previous.tags);
                keep.push(previous.version);
            }
        }
        let reached = self.parts.documents.ensure(&spec, observed, &keep, self.run).await;
        let place = &self.parts.place;
        let Some(error) = reached.error else {
            state.document = reached.part.map(|document| Document::observed(&document, adopted, place)).into();
            return Ok(());
        };
        // Once the document may exist, an error would taint a setup that sessions use.
        if error.kind == ErrorKind::EffectUnknown {
            state.document = without_response(&spec, state, adopted, place).into();
            diagnose::warning(diagnostics, "It is not known whether the document was written", &error);
            return Ok(());
        }
        match reached.part {
            Some(document) if same_content(&document.content, &spec.content) => {
                state.document = Document::observed(&document, adopted, place).into();
                diagnose::warning(diagnostics, "The document is written, but a later step failed", &error);
                Ok(())
            }
            part => {
                let managed = part.filter(|_| self.before().document.is_known());
                state.document = managed.map(|document| Document::observed(&document, adopted, place)).into();
                diagnose::error(diagnostics, "Setup is not complete", &error);
                Err(Stopped)
            }
        }
    }

    /// Withdraws the document after `document.enabled` was switched off: restores the former document, deletes it, or
    /// keeps it.
    pub(super) async fn withdraw_document(
        &self,
        observed: Option<&ObservedDocument>,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Stopped> {
        match (self.inputs.document().on_destroy.text(), self.before().previous_document.text()) {
            (Some("retain"), _) => diagnostics.warning(
                "The document is released",
                "settings.document.enabled is false and on_destroy is \"retain\": the document stays as it is, and \
                 this resource no longer manages it.",
            ),
            (Some("restore"), Some(previous)) => {
                let documents = &self.parts.documents;
                let restored = adoption::restore(documents, observed, previous, self.prior_tags, self.run).await;
                stop_on(restored.err(), diagnostics)?;
            }
            _ => stop_on(self.parts.documents.remove(self.run).await.err(), diagnostics)?,
        }
        state.document = Field::Null;
        state.previous_document = Field::Null;
        Ok(())
    }
}

/// The document after a write without a response.
fn without_response(spec: &DocumentSpec, state: &State, adopted: bool, place: &Place) -> Document {
    Document {
        name: DOCUMENT_NAME.into(),
        arn: place.document_arn(DOCUMENT_NAME).into(),
        content: canonical_json(&spec.content).into(),
        adopted: adopted.into(),
        tags: state.tags_all.clone(),
        ..Document::default()
    }
}
