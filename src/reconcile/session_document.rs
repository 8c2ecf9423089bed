//! The Session Manager preferences: the SSM document `SSM-SessionManagerRunShell`.
//!
//! Follows the contract of [`super`]. The one document of this name in an account and region is what
//! `start-session` uses; it uses the latest version, whatever the default is. Knows nothing of how
//! the content comes about. See the Systems Manager User Guide, "Session document schema", and the
//! API reference (`CreateDocument`, `UpdateDocument`, `UpdateDocumentDefaultVersion`).

mod content;
mod versions;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::error::SdkError;
use aws_sdk_ssm::operation::update_document::UpdateDocumentOutput;
use aws_sdk_ssm::types::{DocumentDescription, DocumentFormat, DocumentType, ResourceTypeForTagging, Tag};
use serde_json::Value;
use std::time::Duration;

use super::error::{CallError, ErrorKind, absent_is_none};
use super::retry::{Call, Passing, Pauses, Run};
use super::{Difference, Differences, Reached, Tags, tags};

pub(crate) use content::same as same_content;

/// The name that Session Manager looks for.
pub(crate) const NAME: &str = "SSM-SessionManagerRunShell";

const SERVICE: &str = "SSM";
const LATEST: &str = "$LATEST";
const SESSION: &str = "Session";
const ACTIVE: &str = "Active";
const FAILED: &str = "Failed";

/// How long a version may take to become active.
const ACTIVATION: Duration = Duration::from_mins(2);

/// A document that was only just made may not be seen yet.
const JUST_MADE: &[Passing] = &[Passing::code("InvalidDocument")];

/// The document as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentSpec {
    /// Content.
    pub(crate) content: Value,
    /// All tags, mark and stamp included.
    pub(crate) tags: Tags,
}

/// The document as it stands in AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObservedDocument {
    /// Content of the latest version; a JSON string where the text is no JSON.
    pub(crate) content: Value,
    /// The same as text, as AWS keeps it.
    pub(crate) text: String,
    /// Number of the default version.
    pub(crate) default_version: String,
    /// Number of the latest version, the one that sessions use.
    pub(crate) latest_version: String,
    /// Status of the latest version, such as `Active`.
    pub(crate) status: String,
    /// Hash of the latest version.
    pub(crate) hash: Option<String>,
    /// Type, `Session` for every usable one.
    pub(crate) document_type: String,
    /// All tags but AWS's own.
    pub(crate) tags: Tags,
    /// Tags of AWS's own, which tell for example which `CloudFormation` stack made it.
    pub(crate) system_tags: Tags,
}

/// The Session Manager preferences of one account and region.
#[derive(Debug, Clone)]
pub(crate) struct SessionDocuments {
    client: Client,
}

impl SessionDocuments {
    /// The preferences as this client reaches them.
    pub(crate) fn new(client: &Client) -> Self {
        Self { client: client.clone() }
    }

    /// Reads the latest version of the document: two calls side by side.
    ///
    /// # Errors
    /// Any error of `DescribeDocument` and `GetDocument`; not-found is `None`.
    pub(crate) async fn observe(&self, run: &Run) -> Result<Option<ObservedDocument>, CallError> {
        self.observe_named(NAME, run).await
    }

    /// Reads the latest version of any document, such as one that is named when a session is started. It is only
    /// read: nothing here writes to a document of another name.
    ///
    /// # Errors
    /// Any error of `DescribeDocument` and `GetDocument`; not-found is `None`.
    pub(crate) async fn observe_named(&self, name: &str, run: &Run) -> Result<Option<ObservedDocument>, CallError> {
        let (description, text) = tokio::join!(self.describe(name, &[], run), self.text(name, LATEST, run));
        let Some(description) = absent_is_none(description)? else {
            return Ok(None);
        };
        let Some(text) = absent_is_none(text)? else {
            return Ok(None);
        };
        Ok(Some(observed(description, text)))
    }

    /// The tags of the document; `None`: it does not exist.
    ///
    /// # Errors
    /// Any error of `DescribeDocument` but not-found.
    pub(crate) async fn observe_tags(&self, run: &Run) -> Result<Option<Tags>, CallError> {
        let description = absent_is_none(self.describe(NAME, &[], run).await)?;
        let tags = description.map(|description| description.tags.unwrap_or_default());
        Ok(tags.map(|tags| tags::own(tags.into_iter().map(|tag| (tag.key, tag.value)))))
    }

    /// Reads the content of one version; `None`: there is no such version (any more).
    ///
    /// # Errors
    /// Any error of `GetDocument` but not-found.
    pub(crate) async fn observe_version(&self, version: &str, run: &Run) -> Result<Option<String>, CallError> {
        match self.text(NAME, version, run).await {
            Err(error) if error.has_code("InvalidDocumentVersion") => Ok(None),
            text => absent_is_none(text),
        }
    }

    /// Makes the document, or changes it to what is wanted, and waits until sessions can use it.
    ///
    /// Old versions give way when AWS has no room for another; `keep_versions` are spared, and so
    /// are the default and the latest.
    pub(crate) async fn ensure(
        &self,
        spec: &DocumentSpec,
        observed: Option<ObservedDocument>,
        keep_versions: &[String],
        run: &Run,
    ) -> Reached<ObservedDocument> {
        let mut part = observed;
        let error = self.write(&mut part, spec, keep_versions, run).await.err();
        Reached { part, error }
    }

    /// Deletes the document with all its versions: sessions go without preferences from then on.
    ///
    /// # Errors
    /// Any error of `DeleteDocument`, such as `Conflict` while it is shared; not-found is success.
    pub(crate) async fn remove(&self, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "DeleteDocument", NAME);
        let deleted = run.call(&call, || self.client.delete_document().name(NAME).send());
        absent_is_none(deleted.await).map(drop)
    }

    async fn write(
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
            Err(error) if tags::may_be_ours(&error) => match self.observe(run).await {
                Ok(Some(document)) if tags::same_stamp(&document.tags, &spec.tags) => Ok(document),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    async fn update(
        &self,
        document: &mut ObservedDocument,
        spec: &DocumentSpec,
        keep_versions: &[String],
        run: &Run,
    ) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "UpdateDocument", NAME);
        let mut text = spec.content.to_string();
        let updated = match self.update_text(&call, document, &text, keep_versions, run).await {
            // An older version has this very text, and sessions use the latest. Blank lines at its end make it a text
            // of its own: as many as there were versions, which no other has.
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

    /// Waits until the latest version can be used.
    async fn activate(&self, document: &mut ObservedDocument, run: &Run) -> Result<(), CallError> {
        let call = Call::read(SERVICE, "DescribeDocument", NAME);
        let mut pauses = Pauses::within(ACTIVATION);
        let mut information = None;
        while document.status != ACTIVE {
            if document.status == FAILED {
                let reason = information.unwrap_or_else(|| "AWS gives no reason".to_owned());
                let message = format!("version {} has failed: {reason}", document.latest_version);
                return Err(CallError::new(ErrorKind::Status, &call, message));
            }
            let waiting = format!("version {} is not active yet but {}", document.latest_version, document.status);
            let description = self.describe(NAME, JUST_MADE, run).await?;
            if let Some(status) = description.status {
                status.as_str().clone_into(&mut document.status);
            }
            information = description.status_information;
            if ![ACTIVE, FAILED].contains(&document.status.as_str()) {
                let error = CallError::new(ErrorKind::Status, &call, waiting);
                run.pause(&call, error, &mut pauses).await?;
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
        let tags::TagChanges { set, remove } = tags::changes(&document.tags, &spec.tags);
        if !set.is_empty() {
            let call = Call::write(SERVICE, "AddTagsToResource", NAME);
            run.call(&call, || async {
                self.client
                    .add_tags_to_resource()
                    .resource_type(ResourceTypeForTagging::Document)
                    .resource_id(NAME)
                    .set_tags(Some(sdk_tags(&set).map_err(SdkError::construction_failure)?))
                    .send()
                    .await
            })
            .await?;
            document.tags.extend(set);
        }
        if !remove.is_empty() {
            let call = Call::write(SERVICE, "RemoveTagsFromResource", NAME);
            run.call(&call, || {
                self.client
                    .remove_tags_from_resource()
                    .resource_type(ResourceTypeForTagging::Document)
                    .resource_id(NAME)
                    .set_tag_keys(Some(remove.clone()))
                    .send()
            })
            .await?;
            document.tags.clone_from(&spec.tags);
        }
        Ok(())
    }

    async fn describe(&self, name: &str, passing: &[Passing], run: &Run) -> Result<DocumentDescription, CallError> {
        let call = Call::read(SERVICE, "DescribeDocument", name).retrying(passing);
        let output = run.call(&call, || self.client.describe_document().name(name).document_version(LATEST).send());
        output.await?.document.ok_or_else(|| CallError::new(ErrorKind::Other, &call, "the answer describes nothing"))
    }

    async fn text(&self, name: &str, version: &str, run: &Run) -> Result<String, CallError> {
        let call = Call::read(SERVICE, "GetDocument", name);
        let output = run.call(&call, || {
            self.client.get_document().name(name).document_version(version).document_format(DocumentFormat::Json).send()
        });
        Ok(output.await?.content.unwrap_or_default())
    }
}

/// Every deviation that [`SessionDocuments::ensure`] would repair.
pub(crate) fn diff(observed: &ObservedDocument, spec: &DocumentSpec) -> Vec<Difference> {
    let mut differences = Differences::default();
    tags::compare(&mut differences, &observed.tags, &spec.tags);
    content::compare(&mut differences, &observed.content, &spec.content);
    differences.compare("default_version", &observed.default_version, &observed.latest_version);
    differences.compare("status", &observed.status, ACTIVE);
    differences.0
}

fn observed(description: DocumentDescription, text: String) -> ObservedDocument {
    let (system_tags, tags) = description
        .tags
        .unwrap_or_default()
        .into_iter()
        .map(|tag| (tag.key, tag.value))
        .partition(|(key, _)| tags::is_system(key));
    ObservedDocument {
        content: serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.clone())),
        text,
        default_version: description.default_version.unwrap_or_default(),
        latest_version: description.latest_version.unwrap_or_default(),
        status: description.status.map_or_else(String::new, |status| status.as_str().to_owned()),
        hash: description.hash,
        document_type: description.document_type.map_or_else(String::new, |kind| kind.as_str().to_owned()),
        tags,
        system_tags,
    }
}

/// Stands in for a description that an answer to a write lacks; the wait for `Active` fills it.
fn unknown() -> DocumentDescription {
    DocumentDescription::builder().build()
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, aws_sdk_ssm::error::BuildError> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

#[cfg(test)]
mod tests;
