//! Documents that exist before this setup writes its own: how they are adopted and restored.
//!
//! The stamp of the document ends with "/" and the version that existed before it was adopted, 0 for none. An import
//! finds the former content by it after a lost state.

use serde_json::Value as Json;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;

use crate::account::{DocumentInputs, Reconcilers};
use crate::reconcile::kms_key::KmsKeys;
use crate::reconcile::session_document::{DocumentSpec, ObservedDocument, SessionDocuments};
use crate::reconcile::{CallError, Run, STAMP_TAG, Tags};
use crate::setup::model::observed::visible;
use crate::setup::naming::stamp::{former_version, has_mark};

/// A document as it was before it was adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Previous {
    /// The content as text.
    pub(crate) content: String,
    /// The version with this content.
    pub(crate) version: String,
    /// The tags, without the mark and the stamp.
    pub(crate) tags: Tags,
}

/// What has to be kept when an observed document is adopted; `None` if only a setup with this mark ever wrote it.
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
    // The former tags are not known any more.
    Ok(content.map(|content| Previous { content, version, tags: Tags::new() }))
}

/// Restores the former content as the newest and default version, with the former tags.
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
    tracing::info!("restoring the former session document");
    let content = serde_json::from_str(previous).unwrap_or_else(|_| Json::String(previous.to_owned()));
    // The mark and the stamp belong to this setup, not to the former document.
    let former = DocumentSpec { content, tags: tags.map(visible).unwrap_or_default() };
    let mut remaining = observed.cloned();
    if let Some(document) = observed {
        // The stamp is removed last: without it, an interrupted restore would look like a foreign document.
        let content = DocumentSpec { content: former.content.clone(), tags: document.tags.clone() };
        let reached = documents.ensure(&content, remaining, &[], run).await;
        if let Some(error) = reached.error {
            return Err(error);
        }
        remaining = reached.part;
    }
    let reached = documents.ensure(&former, remaining, &[], run).await;
    reached.error.map_or(Ok(()), Err)
}

/// The parts that a former document names and that are gone or unusable, in words. Every session would be refused.
pub(crate) async fn broken(previous: &str, parts: &Reconcilers, run: &Run) -> Vec<String> {
    let names = DocumentReferences::of_text(previous);
    let mut broken = Vec::new();
    let gone = |exists: Result<bool, CallError>, description: String| match exists {
        Ok(false) => Some(description),
        // A part that the caller may not read may exist.
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

/// Refuses to restore a former document that names unusable parts.
pub(crate) fn refuse_broken(broken: &[String], then: &str, diagnostics: &mut Diagnostics) {
    if !broken.is_empty() {
        diagnostics.error_at(
            Path::of("settings.document.on_destroy"),
            "The former document cannot be restored",
            format!(
                "It names {}: every session would be refused. Nothing was changed. Set settings.document.on_destroy \
                 to \"delete\" or \"retain\"{then}",
                broken.join(" and ")
            ),
        );
    }
}

/// The parts that a document names.
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
    /// The references in a document's content; text that is not a document has none. A parameter names nothing.
    pub(crate) fn of(content: &Json) -> Self {
        let inputs = DocumentInputs::parse(content);
        let owned = |name: Option<&str>| name.map(str::to_owned);
        Self { bucket: owned(inputs.bucket()), log_group: owned(inputs.log_group()), key: owned(inputs.key()) }
    }

    /// The references with an alias replaced by the ARN of its key, if the caller may read it.
    pub(crate) async fn resolved(mut self, keys: &KmsKeys, run: &Run) -> Self {
        if let Some(alias) = self.key.as_ref().filter(|key| key.contains("alias/"))
            && let Ok(Some(arn)) = keys.arn_of(alias, run).await
        {
            self.key = Some(arn);
        }
        self
    }

    /// The references in a document's text.
    pub(crate) fn of_text(text: &str) -> Self {
        serde_json::from_str(text).map_or_else(|_| Self::default(), |content| Self::of(&content))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::DocumentReferences;

    #[test]
    fn parameters_and_what_can_be_no_name_name_nothing() {
        for (bucket, group, key) in [
            ("{{ logBucket }}", "{{logGroup}}", "{{ key }}"),
            ("{{ssm:/logs/bucket}}", "/logs/{{ name }}", "alias/{{ name }}"),
            ("arn:aws:s3:::logs", "", ""),
        ] {
            let inputs = json!({"s3BucketName": bucket, "cloudWatchLogGroupName": group, "kmsKeyId": key});
            assert_eq!(DocumentReferences::of(&json!({"inputs": inputs})), DocumentReferences::default());
        }
    }
}
