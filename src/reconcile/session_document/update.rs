//! A new version of the document, which becomes the latest one.
//!
//! See the Systems Manager API Reference, `UpdateDocument`.

use aws_sdk_ssm::operation::update_document::UpdateDocumentOutput;
use aws_sdk_ssm::types::DocumentFormat;

use crate::reconcile::call::Call;
use crate::reconcile::error::CallError;
use crate::reconcile::retry::Run;

use super::observe::unknown;
use super::{DocumentSpec, LATEST, NAME, ObservedDocument, SERVICE, SessionDocuments, versions};

impl SessionDocuments {
    /// Writes the content of the spec as a new version.
    pub(super) async fn update(
        &self,
        document: &mut ObservedDocument,
        spec: &DocumentSpec,
        keep_versions: &[String],
        run: &Run,
    ) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "UpdateDocument", NAME);
        let mut text = spec.content.to_string();
        let updated = match self.update_text(&call, document, &text, keep_versions, run).await {
            // An older version has the same text, but sessions use the latest. Blank lines at its end make it a new
            // text: as many as there are versions, which no other version has.
            Err(error) if error.has_code("DuplicateDocumentContent") => {
                let versions = document.latest_version.parse().unwrap_or(1);
                text.push_str(&"\n".repeat(versions));
                self.update_text(&call, document, &text, keep_versions, run).await
            }
            updated => updated,
        };
        let description = updated?.document_description.unwrap_or_else(unknown);
        if let Some(version) = description.document_version.or(description.latest_version) {
            document.latest_version = version;
        }
        document.hash = description.hash;
        document.status = description.status.map_or_else(String::new, |status| status.as_str().to_owned());
        document.content = spec.content.clone();
        document.text = text;
        Ok(())
    }

    async fn update_text(
        &self,
        call: &Call<'_>,
        document: &ObservedDocument,
        text: &str,
        keep_versions: &[String],
        run: &Run,
    ) -> Result<UpdateDocumentOutput, CallError> {
        let send = || {
            self.client
                .update_document()
                .name(NAME)
                .document_version(LATEST)
                .document_format(DocumentFormat::Json)
                .content(text)
                .send()
        };
        match run.call(call, send).await {
            Err(error) if error.has_code("DocumentVersionLimitExceeded") => {
                versions::make_room(&self.client, document, keep_versions, run).await?;
                run.call(call, send).await
            }
            updated => updated,
        }
    }
}
