//! Documents that exist before this setup writes its own: refused, adopted, and put back.
//!
//! The stamp on the document goes on with "/" and the version that stood before it was adopted, 0 for none. So what it
//! held is found again when the state is lost.

use serde_json::Value as Json;

use crate::reconcile::kms_key::KmsKeys;
use crate::reconcile::session_document::{DocumentSpec, ObservedDocument, SessionDocuments};
use crate::reconcile::{CallError, MARK_TAG, Run, STAMP_TAG, Tags};
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;

use crate::account::Reconcilers;
use crate::setup::naming::stamp::{former_version, has_mark};

/// What stood in a document before it was adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Previous {
    /// The content, as text.
    pub(crate) content: String,
    /// The version that holds it.
    pub(crate) version: String,
    /// The tags, without our own.
    pub(crate) tags: Tags,
}

/// What adopting an observed document would put aside; `None` where nothing but a setup with this mark ever wrote it.
///
/// # Errors
/// Any error of reading an old version.
pub(crate) async fn previous(
    documents: &SessionDocuments,
    observed: &ObservedDocument,
    mark: &str,
    run: &Run,
) -> Result<Option<Previous>, CallError> {
    if !has_mark(&observed.tags, mark) {
        return Ok(Some(Previous {
            content: observed.text.clone(),
            version: observed.latest_version.clone(),
            tags: observed.tags.clone(),
        }));
    }
    let Some(version) = observed.tags.get(STAMP_TAG).and_then(|stamp| former_version(stamp)) else { return Ok(None) };
    let content = documents.observe_version(&version, run).await?;
    // Which tags it had then, nobody knows any more.
    Ok(content.map(|content| Previous { content, version, tags: Tags::new() }))
}

/// Puts what stood before back, as the newest and default version, with the tags it had.
///
/// # Errors
/// Any error of writing the document.
pub(crate) async fn restore(
    documents: &SessionDocuments,
    observed: Option<&ObservedDocument>,
    previous: &str,
    tags: Option<&Tags>,
    run: &Run,
) -> Result<(), CallError> {
    tracing::info!("putting the former session document back");
    let content = serde_json::from_str(previous).unwrap_or_else(|_| Json::String(previous.to_owned()));
    let mut want = DocumentSpec { content, tags: tags.cloned().unwrap_or_default() };
    // Both are this setup's own, not the former document's.
    want.tags.remove(MARK_TAG);
    want.tags.remove(STAMP_TAG);
    let mut standing = observed.cloned();
    if let Some(document) = observed {
        // The stamp goes last: without it, a restore that stopped half-way would look like somebody else's document.
        let content = DocumentSpec { content: want.content.clone(), tags: document.tags.clone() };
        let reached = documents.ensure(&content, standing, &[], run).await;
        if let Some(error) = reached.error {
            return Err(error);
        }
        standing = reached.part;
    }
    let reached = documents.ensure(&want, standing, &[], run).await;
    reached.error.map_or(Ok(()), Err)
}

/// What a former document names that is gone or of no use, in words: with it, every session would be refused.
pub(crate) async fn broken(previous: &str, parts: &Reconcilers, run: &Run) -> Vec<String> {
    let names = DocumentReferences::of_text(previous);
    let mut broken = Vec::new();
    let gone = |found: Result<bool, CallError>, what: String| match found {
        Ok(false) => Some(what),
        // What may not be seen may well be there.
        Ok(true) | Err(_) => None,
    };
    if let Some(bucket) = &names.bucket {
        let found = parts.buckets.observe_existing(bucket, None, run).await.map(|found| found.is_some());
        broken.extend(gone(found, format!("the bucket {bucket}, which is gone")));
    }
    if let Some(group) = &names.log_group {
        let found = parts.log_groups.observe(group, run).await.map(|found| found.is_some());
        broken.extend(gone(found, format!("the log group {group}, which is gone")));
    }
    if let Some(key) = &names.key {
        let found = parts.keys.observe_existing(key, run).await;
        let usable = found.map(|found| found.is_some_and(|key| key.state == "Enabled"));
        broken.extend(gone(usable, format!("the key {key}, which is gone or not enabled")));
    }
    broken
}

/// Refuses to put a former document back that would be broken.
pub(crate) fn refuse_broken(broken: &[String], then: &str, diagnostics: &mut Diagnostics) {
    if !broken.is_empty() {
        diagnostics.error_at(
            Path::of("settings.document.on_destroy"),
            "The former document cannot be put back",
            format!(
                "It names {}: every session would be refused. Nothing was changed. Set settings.document.on_destroy \
                 to \"delete\" or \"retain\"{then}",
                broken.join(" and ")
            ),
        );
    }
}

/// What a document names: bucket, log group and key, as far as it names any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DocumentReferences {
    /// `s3BucketName`.
    pub(crate) bucket: Option<String>,
    /// `cloudWatchLogGroupName`.
    pub(crate) log_group: Option<String>,
    /// `kmsKeyId`: an id, an ARN or an alias.
    pub(crate) key: Option<String>,
}

impl DocumentReferences {
    /// The names in a document's content; text that is no document names nothing.
    pub(crate) fn of(content: &Json) -> Self {
        let name = |input: &str| {
            let name = content.get("inputs")?.get(input)?.as_str()?;
            Some(name.to_owned()).filter(|name| !name.is_empty())
        };
        Self { bucket: name("s3BucketName"), log_group: name("cloudWatchLogGroupName"), key: name("kmsKeyId") }
    }

    /// The same with the ARN of the key in the place of an alias, as far as the caller may see where it leads.
    pub(crate) async fn resolved(mut self, keys: &KmsKeys, run: &Run) -> Self {
        if let Some(alias) = self.key.as_ref().filter(|key| key.contains("alias/"))
            && let Ok(Some(arn)) = keys.arn_of(alias, run).await
        {
            self.key = Some(arn);
        }
        self
    }

    /// The names in a document's text.
    pub(crate) fn of_text(text: &str) -> Self {
        serde_json::from_str(text).map_or_else(|_| Self::default(), |content| Self::of(&content))
    }
}
