//! Observes what session preferences name: the bucket, the log group, and the keys that encrypt sessions and logs.
//!
//! It only reads, with concurrent calls. [`super::findings`] decides what is wrong.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::account::Reconcilers;
use crate::arn::Arn;
use crate::reconcile::bucket::ObservedExistingBucket;
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document::ObservedDocument;
use crate::reconcile::{CallError, ErrorKind, Run};

use crate::account::document_inputs::{DocumentInputs, named};

/// The observation of one part: it exists, it does not, or it could not be read.
pub(crate) type PartResult<T> = Result<Option<T>, CallError>;

/// The parts that a document names; `None` for a part that it does not name, or names by a parameter.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// The bucket.
    pub(crate) bucket: Option<PartResult<ObservedExistingBucket>>,
    /// The log group.
    pub(crate) log_group: Option<PartResult<ObservedLogGroup>>,
    /// The key of sessions.
    pub(crate) session_key: Option<PartResult<ObservedKey>>,
    /// The other keys of the bucket and the log group, by ARN. Keys of other regions are not observed.
    pub(crate) storage_keys: BTreeMap<String, PartResult<ObservedKey>>,
}

/// A document with everything that was observed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preferences<'a> {
    /// The name of the document.
    pub(crate) name: &'a str,
    /// The document.
    pub(crate) document: &'a ObservedDocument,
    /// Its inputs.
    pub(crate) inputs: &'a DocumentInputs,
    /// The parts that it names.
    pub(crate) observed: &'a Observed,
}

impl Observed {
    /// Failures that say nothing about the preferences, such as throttling.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &CallError> {
        let parts = [
            self.bucket.as_ref().and_then(|result| result.as_ref().err()),
            self.log_group.as_ref().and_then(|result| result.as_ref().err()),
            self.session_key.as_ref().and_then(|result| result.as_ref().err()),
        ];
        let keys = self.storage_keys.values().map(|result| result.as_ref().err());
        parts.into_iter().chain(keys).flatten().filter(|error| !is_about_the_part(error))
    }
}

/// Whether an error is about a part itself: a denied call, or a name that AWS does not accept. [`super::findings`]
/// reports it.
fn is_about_the_part(error: &CallError) -> bool {
    matches!(error.kind, ErrorKind::AccessDenied | ErrorKind::Invalid)
}

/// Observes what the inputs name. The keys of the bucket and the log group are observed after these.
pub(crate) async fn observe(parts: &Reconcilers, inputs: &DocumentInputs, run: &Run) -> Observed {
    if !inputs.are_preferences() {
        return Observed::default();
    }
    // A text that can be no name is observed too: the result says so.
    let bucket = named(&inputs.s3_bucket_name).map(|name| parts.buckets.observe_existing(name, None, run));
    let log_group = inputs.log_group().map(|name| parts.log_groups.observe(name, run));
    let session_key = inputs.key().map(|key| parts.keys.observe_existing(key, run));
    let (bucket, log_group, session_key) =
        tokio::join!(Box::pin(if_any(bucket)), Box::pin(if_any(log_group)), Box::pin(if_any(session_key)));
    let mut observed = Observed { bucket, log_group, session_key, storage_keys: BTreeMap::new() };
    let arns = storage_key_arns(&observed, &parts.place.region);
    let results = join_all(arns.iter().map(|arn| parts.keys.observe_existing(arn, run))).await;
    observed.storage_keys = arns.into_iter().zip(results).collect();
    observed
}

async fn if_any<T>(future: Option<impl Future<Output = T>>) -> Option<T> {
    match future {
        Some(future) => Some(future.await),
        None => None,
    }
}

/// The keys of the bucket and the log group that are in this region, without the key of sessions.
fn storage_key_arns(observed: &Observed, region: &str) -> BTreeSet<String> {
    let bucket = observed.found_bucket().and_then(|bucket| bucket.kms_key_arn.clone());
    let log_group = observed.found_log_group().and_then(|group| group.kms_key_arn.clone());
    let session = observed.session_key.as_ref().and_then(|result| result.as_ref().ok()?.as_ref());
    [bucket, log_group]
        .into_iter()
        .flatten()
        .filter(|arn| Arn::parse(arn).is_some_and(|arn| arn.region == region))
        .filter(|arn| session.is_none_or(|key| key.arn != *arn))
        .collect()
}

impl Observed {
    /// The bucket, if it exists.
    pub(crate) fn found_bucket(&self) -> Option<&ObservedExistingBucket> {
        self.bucket.as_ref()?.as_ref().ok()?.as_ref()
    }

    /// The log group, if it exists.
    pub(crate) fn found_log_group(&self) -> Option<&ObservedLogGroup> {
        self.log_group.as_ref()?.as_ref().ok()?.as_ref()
    }
}
