//! The Session Manager preferences: the Systems Manager document `SSM-SessionManagerRunShell`.
//!
//! Follows the contract of [`super`]. `start-session` uses the one document of this name in an account and region, in
//! its latest version, whatever the default version is. Knows nothing of how the content is made. See the Systems
//! Manager User Guide, "Session document schema", and the API reference (`CreateDocument`, `UpdateDocument`,
//! `UpdateDocumentDefaultVersion`).

mod content;
mod diff;
mod observe;
mod update;
mod versions;
mod write;

use aws_sdk_ssm::Client;
use serde_json::Value;

use super::call::Call;
use super::error::{CallError, absent_is_none};
use super::retry::Run;
use super::{Reached, Tags};

pub(crate) use content::same as same_content;
pub(crate) use diff::diff;

/// The name of the document that Session Manager reads.
pub(crate) const NAME: &str = "SSM-SessionManagerRunShell";

const SERVICE: &str = "Systems Manager";
const LATEST: &str = "$LATEST";
const ACTIVE: &str = "Active";
const FAILED: &str = "Failed";

/// The desired document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentSpec {
    /// Content.
    pub(crate) content: Value,
    /// All tags, mark and stamp included.
    pub(crate) tags: Tags,
}

/// The document as it is in AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObservedDocument {
    /// Content of the latest version; a JSON string where the text is not JSON.
    pub(crate) content: Value,
    /// The content as the text that AWS keeps.
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
    /// AWS's own tags, which for example name the `CloudFormation` stack that created it.
    pub(crate) system_tags: Tags,
}

/// The Session Manager preferences of one account and region.
#[derive(Debug, Clone)]
pub(crate) struct SessionDocuments {
    client: Client,
}

impl SessionDocuments {
    /// The preferences that this client reaches.
    pub(crate) fn new(client: &Client) -> Self {
        Self { client: client.clone() }
    }

    /// Creates the document, or changes it as the spec says, and waits until sessions can use it.
    ///
    /// Old versions are deleted when AWS keeps no further version, but not those in `keep_versions`, the default and
    /// the latest.
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

    /// Deletes the document with all its versions. Sessions have no preferences from then on.
    ///
    /// # Errors
    /// Any error of `DeleteDocument` but not-found, such as `Conflict` while it is shared.
    pub(crate) async fn remove(&self, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "DeleteDocument", NAME);
        let deleted = run.call(&call, || self.client.delete_document().name(NAME).send());
        absent_is_none(deleted.await).map(drop)
    }
}

#[cfg(test)]
mod tests;
