//! The second step: the document is written, adopted or withdrawn.

use crate::reconcile::policy::canonical_json;
use crate::reconcile::session_document::{DocumentSpec, NAME as DOCUMENT_NAME, ObservedDocument, same_content};
use crate::reconcile::{ErrorKind, STAMP_TAG, Tags};
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;

use crate::account::Place;
use crate::account::diagnose;
use crate::setup::apply::{Apply, Stopped, known, stop_on};
use crate::setup::desired::specs::Specs;
use crate::setup::model::state::{Document, State};
use crate::setup::naming::stamp::{document_stamp, former_version};
use crate::setup::ownership::adoption;

impl Apply<'_> {
    /// Writes the document, after putting aside what it held before this setup.
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
        // The version that the stamp names holds what a restore puts back if the state is lost.
        let mut keep: Vec<_> = spec.tags.get(STAMP_TAG).and_then(|stamp| former_version(stamp)).into_iter().collect();
        if let Some(held) = observed.as_ref().filter(|_| !self.before().document.is_known()) {
            let mark = self.desired.mark.known().map(String::as_str).unwrap_or_default();
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
        // From the moment the document may stand, an error would taint a setup that sessions use.
        if error.kind == ErrorKind::EffectUnknown {
            state.document = unanswered(&spec, state, adopted, place).into();
            diagnose::warning(diagnostics, "Whether the document was written is not known", &error);
            return Ok(());
        }
        match reached.part {
            Some(document) if same_content(&document.content, &spec.content) => {
                state.document = Document::observed(&document, adopted, place).into();
                diagnose::warning(diagnostics, "The document is written, and something after it failed", &error);
                Ok(())
            }
            part => {
                let ours = part.filter(|_| self.before().document.is_known());
                state.document = ours.map(|document| Document::observed(&document, adopted, place)).into();
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
        match (self.inputs.document().on_destroy.text(), self.before().previous_document.text()) {
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
        state.document = Field::Null;
        state.previous_document = Field::Null;
        Ok(())
    }
}

/// The document after a write that was never answered.
fn unanswered(spec: &DocumentSpec, state: &State, adopted: bool, place: &Place) -> Document {
    Document {
        name: DOCUMENT_NAME.into(),
        arn: place.document_arn(DOCUMENT_NAME).into(),
        content: canonical_json(&spec.content).into(),
        adopted: adopted.into(),
        tags: state.tags_all.clone(),
        ..Document::default()
    }
}
