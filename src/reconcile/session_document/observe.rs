//! Reading a session document.
//!
//! See the Systems Manager API Reference, `DescribeDocument` and `GetDocument`.

use aws_sdk_ssm::types::{DocumentDescription, DocumentFormat};
use serde_json::Value;

use crate::reconcile::call::{Call, Transient};
use crate::reconcile::error::{CallError, ErrorKind, absent_is_none};
use crate::reconcile::retry::Run;
use crate::reconcile::tags::{self, Tags};

use super::{LATEST, NAME, ObservedDocument, SERVICE, SessionDocuments};

impl SessionDocuments {
    /// Reads the latest version of the document: two calls side by side.
    ///
    /// # Errors
    /// Any error of `DescribeDocument` and `GetDocument`; not-found is `None`.
    pub(crate) async fn observe(&self, run: &Run) -> Result<Option<ObservedDocument>, CallError> {
        self.observe_named(NAME, run).await
    }

    /// Reads the latest version of any document, such as one that the start of a session names. Documents of another
    /// name are only read.
    ///
    /// # Errors
    /// Any error of `DescribeDocument` and `GetDocument`; not-found is `None`.
    pub(crate) async fn observe_named(&self, name: &str, run: &Run) -> Result<Option<ObservedDocument>, CallError> {
        let (description, text) = tokio::join!(self.describe(name, LATEST, &[], run), self.text(name, LATEST, run));
        let Some(description) = absent_is_none(description)? else {
            return Ok(None);
        };
        let Some(text) = absent_is_none(text)? else {
            return Ok(None);
        };
        Ok(Some(observed(description, text)))
    }

    /// Reads the latest version of a document that probably does not exist: one call then, otherwise two in turn.
    ///
    /// # Errors
    /// Any error of `DescribeDocument` and `GetDocument`; not-found is `None`.
    pub(crate) async fn find(&self, run: &Run) -> Result<Option<ObservedDocument>, CallError> {
        let Some(description) = absent_is_none(self.describe(NAME, LATEST, &[], run).await)? else {
            return Ok(None);
        };
        Ok(absent_is_none(self.text(NAME, LATEST, run).await)?.map(|text| observed(description, text)))
    }

    /// The hash of one version; `None`: the version does not exist, or no longer.
    ///
    /// # Errors
    /// Any error of `DescribeDocument` but not-found.
    pub(crate) async fn hash_of(&self, version: &str, run: &Run) -> Result<Option<String>, CallError> {
        match self.describe(NAME, version, &[], run).await {
            Err(error) if error.has_code("InvalidDocumentVersion") => Ok(None),
            described => Ok(absent_is_none(described)?.and_then(|description| description.hash)),
        }
    }

    /// The tags of the document; `None`: it does not exist.
    ///
    /// # Errors
    /// Any error of `DescribeDocument` but not-found.
    pub(crate) async fn observe_tags(&self, run: &Run) -> Result<Option<Tags>, CallError> {
        let description = absent_is_none(self.describe(NAME, LATEST, &[], run).await)?;
        let tags = description.map(|description| description.tags.unwrap_or_default());
        Ok(tags.map(|tags| tags::without_system(tags.into_iter().map(|tag| (tag.key, tag.value)))))
    }

    /// Reads the content of one version; `None`: the version does not exist, or no longer.
    ///
    /// # Errors
    /// Any error of `GetDocument` but not-found.
    pub(crate) async fn observe_version(&self, version: &str, run: &Run) -> Result<Option<String>, CallError> {
        match self.text(NAME, version, run).await {
            Err(error) if error.has_code("InvalidDocumentVersion") => Ok(None),
            text => absent_is_none(text),
        }
    }

    /// The description of one version.
    pub(super) async fn describe(
        &self,
        name: &str,
        version: &str,
        transient: &[Transient],
        run: &Run,
    ) -> Result<DocumentDescription, CallError> {
        let call = Call::read(SERVICE, "DescribeDocument", name).retrying(transient);
        let output = run.call(&call, || self.client.describe_document().name(name).document_version(version).send());
        let description = output.await?.document;
        description.ok_or_else(|| CallError::new(ErrorKind::Other, &call, "the response describes no document"))
    }

    async fn text(&self, name: &str, version: &str, run: &Run) -> Result<String, CallError> {
        let call = Call::read(SERVICE, "GetDocument", name);
        let output = run.call(&call, || {
            self.client.get_document().name(name).document_version(version).document_format(DocumentFormat::Json).send()
        });
        Ok(output.await?.content.unwrap_or_default())
    }
}

/// A document by its description and its text.
pub(super) fn observed(description: DocumentDescription, text: String) -> ObservedDocument {
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

/// The description where the response to a write lacks one. The wait for `Active` completes it.
pub(super) fn unknown() -> DocumentDescription {
    DocumentDescription::builder().build()
}
