//! The writes that make the document as its spec says, each only where it is needed.
//!
//! See the Systems Manager API Reference, `CreateDocument`, `UpdateDocumentDefaultVersion` and `AddTagsToResource`.

use std::time::Duration;

use aws_sdk_ssm::error::{BuildError, SdkError};
use aws_sdk_ssm::types::{DocumentFormat, DocumentType, ResourceTypeForTagging, Tag};

use crate::reconcile::call::{Call, Transient};
use crate::reconcile::error::{CallError, ErrorKind};
use crate::reconcile::retry::{Backoff, Run};
use crate::reconcile::tags::{self, Tags};

use super::observe::{observed, unknown};
use super::{ACTIVE, DocumentSpec, FAILED, LATEST, NAME, ObservedDocument, SERVICE, SessionDocuments, content};

const SESSION: &str = "Session";

/// How long a version may take to become active.
const ACTIVATION: Duration = Duration::from_mins(2);

/// What is transient on a new document.
const NEW_DOCUMENT: &[Transient] = &[Transient::code("InvalidDocument")];

impl SessionDocuments {
    pub(super) async fn write(
        &self,
        part: &mut Option<ObservedDocument>,
        spec: &DocumentSpec,
        keep_versions: &[String],
        run: &Run,
    ) -> Result<(), CallError> {
        let document = match part {
            Some(document) => document,
            None => part.insert(self.create(spec, run).await?),
        };
        if document.document_type != SESSION {
            let call = Call::write(SERVICE, "UpdateDocument", NAME);
            let message = format!("it is a document of type {}", document.document_type);
            return Err(CallError::new(ErrorKind::Conflict, &call, message));
        }
        self.write_tags(document, spec, run).await?;
        if document.status == FAILED || !content::same(&document.content, &spec.content) {
            self.update(document, spec, keep_versions, run).await?;
        }
        self.activate(document, run).await?;
        if document.default_version != document.latest_version {
            self.write_default_version(document, run).await?;
        }
        Ok(())
    }

    async fn create(&self, spec: &DocumentSpec, run: &Run) -> Result<ObservedDocument, CallError> {
        let text = spec.content.to_string();
        let call = Call::write(SERVICE, "CreateDocument", NAME);
        let created = run.call(&call, || async {
            self.client
                .create_document()
                .name(NAME)
                .document_type(DocumentType::Session)
                .document_format(DocumentFormat::Json)
                .content(&text)
                .set_tags(Some(sdk_tags(&spec.tags).map_err(SdkError::construction_failure)?))
                .send()
                .await
        });
        match created.await {
            Ok(output) => {
                let description = output.document_description.unwrap_or_else(unknown);
                Ok(ObservedDocument {
                    document_type: SESSION.to_owned(),
                    tags: spec.tags.clone(),
                    ..observed(description, text)
                })
            }
            Err(error) if error.may_have_created() => match self.observe(run).await {
                Ok(Some(document)) if tags::same_stamp(&document.tags, &spec.tags) => Ok(document),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// Waits until sessions can use the latest version.
    async fn activate(&self, document: &mut ObservedDocument, run: &Run) -> Result<(), CallError> {
        let call = Call::read(SERVICE, "DescribeDocument", NAME);
        let mut backoff = Backoff::within(ACTIVATION);
        let mut information = None;
        while document.status != ACTIVE {
            if document.status == FAILED {
                let reason = information.unwrap_or_else(|| "AWS gives no reason".to_owned());
                let message = format!("version {} has failed: {reason}", document.latest_version);
                return Err(CallError::new(ErrorKind::Status, &call, message));
            }
            let waiting = format!("version {} is not active yet but {}", document.latest_version, document.status);
            let description = self.describe(NAME, LATEST, NEW_DOCUMENT, run).await?;
            if let Some(status) = description.status {
                status.as_str().clone_into(&mut document.status);
            }
            information = description.status_information;
            if ![ACTIVE, FAILED].contains(&document.status.as_str()) {
                let error = CallError::new(ErrorKind::Status, &call, waiting);
                run.back_off(&call, error, &mut backoff).await?;
            }
        }
        Ok(())
    }

    async fn write_default_version(&self, document: &mut ObservedDocument, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "UpdateDocumentDefaultVersion", NAME);
        run.call(&call, || {
            self.client.update_document_default_version().name(NAME).document_version(&document.latest_version).send()
        })
        .await?;
        document.default_version.clone_from(&document.latest_version);
        Ok(())
    }

    async fn write_tags(
        &self,
        document: &mut ObservedDocument,
        spec: &DocumentSpec,
        run: &Run,
    ) -> Result<(), CallError> {
        const DOCUMENT: ResourceTypeForTagging = ResourceTypeForTagging::Document;
        let set = |tags| async move {
            let call = Call::write(SERVICE, "AddTagsToResource", NAME);
            let set = run.call(&call, || async {
                let tags = sdk_tags(&tags).map_err(SdkError::construction_failure)?;
                let request = self.client.add_tags_to_resource().resource_type(DOCUMENT).resource_id(NAME);
                request.set_tags(Some(tags)).send().await
            });
            set.await.map(drop)
        };
        let remove = |keys: Vec<String>| async move {
            let call = Call::write(SERVICE, "RemoveTagsFromResource", NAME);
            let request = || self.client.remove_tags_from_resource().resource_type(DOCUMENT).resource_id(NAME);
            run.call(&call, || request().set_tag_keys(Some(keys.clone())).send()).await.map(drop)
        };
        tags::ensure(&mut document.tags, &spec.tags, set, remove).await
    }
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, BuildError> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
