//! Documents that exist before this setup writes its own: refused, adopted, and put back.
//!
//! The stamp on the document goes on with "/" and the version that stood before it was adopted, 0 for none. So what it
//! held is found again when the state is lost.

use serde_json::Value as Json;

use crate::reconcile::session_document::{ObservedDocument, SessionDocuments, WantedDocument};
use crate::reconcile::{Error, MARK_TAG, Run, STAMP_TAG, Tags};

use super::ownership::{former_version, has_mark};

/// What stood in a document before it was adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Previous {
    /// The content, as text.
    pub content: String,
    /// The version that holds it.
    pub version: String,
    /// The tags, without our own.
    pub tags: Tags,
}

/// What adopting an observed document would put aside; `None` where nothing but a setup with this mark ever wrote it.
///
/// # Errors
/// Any error of reading an old version.
pub async fn previous(
    documents: &SessionDocuments,
    observed: &ObservedDocument,
    mark: &str,
    run: &Run,
) -> Result<Option<Previous>, Error> {
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
pub async fn restore(
    documents: &SessionDocuments,
    observed: Option<&ObservedDocument>,
    previous: &str,
    tags: Option<&Tags>,
    run: &Run,
) -> Result<(), Error> {
    tracing::info!("putting the former session document back");
    let content = serde_json::from_str(previous).unwrap_or_else(|_| Json::String(previous.to_owned()));
    let mut want = WantedDocument { content, tags: tags.cloned().unwrap_or_default() };
    // Both are this setup's own, not the former document's.
    want.tags.remove(MARK_TAG);
    want.tags.remove(STAMP_TAG);
    let mut standing = observed.cloned();
    if let Some(document) = observed {
        // The stamp goes last: without it, a restore that stopped half-way would look like somebody else's document.
        let content = WantedDocument { content: want.content.clone(), tags: document.tags.clone() };
        let reached = documents.ensure(&content, standing, &[], run).await;
        if let Some(error) = reached.error {
            return Err(error);
        }
        standing = reached.part;
    }
    let reached = documents.ensure(&want, standing, &[], run).await;
    reached.error.map_or(Ok(()), Err)
}

/// What a document names: bucket, log group and key, as far as it names any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// `s3BucketName`.
    pub bucket: Option<String>,
    /// `cloudWatchLogGroupName`.
    pub log_group: Option<String>,
    /// `kmsKeyId`: an id, an ARN or an alias.
    pub key: Option<String>,
}

impl Names {
    /// The names in a document's content; text that is no document names nothing.
    #[must_use]
    pub fn of(content: &Json) -> Self {
        let name = |input: &str| {
            let name = content.get("inputs")?.get(input)?.as_str()?;
            Some(name.to_owned()).filter(|name| !name.is_empty())
        };
        Self { bucket: name("s3BucketName"), log_group: name("cloudWatchLogGroupName"), key: name("kmsKeyId") }
    }

    /// The names in a document's text.
    #[must_use]
    pub fn of_text(text: &str) -> Self {
        serde_json::from_str(text).map_or_else(|_| Self::default(), |content| Self::of(&content))
    }
}
