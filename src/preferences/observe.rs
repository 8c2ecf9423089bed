//! A look at what session preferences name: the bucket, the log group, and the keys that encrypt sessions and logs.
//!
//! Reads only, side by side. What a name leads to is judged by [`super::findings`].

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::account::Reconcilers;
use crate::arn::Arn;
use crate::reconcile::bucket::ObservedExistingBucket;
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document::ObservedDocument;
use crate::reconcile::{CallError, ErrorKind, Run};

use super::inputs::{Inputs, is_parameter};

/// What one part answered: it is there, it is not, or it could not be read.
pub(crate) type Answer<T> = Result<Option<T>, CallError>;

/// What a document names; `None` where it names nothing, or nothing that can be known before a session starts.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// The bucket.
    pub(crate) bucket: Option<Answer<ObservedExistingBucket>>,
    /// The log group.
    pub(crate) log_group: Option<Answer<ObservedLogGroup>>,
    /// The key of sessions.
    pub(crate) session_key: Option<Answer<ObservedKey>>,
    /// Other keys, those of bucket and log group, by ARN. Keys of other regions are not looked at.
    pub(crate) storage_keys: BTreeMap<String, Answer<ObservedKey>>,
}

/// A document with everything that is known of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Preferences<'a> {
    /// The name it was asked for by.
    pub(crate) name: &'a str,
    /// The document.
    pub(crate) document: &'a ObservedDocument,
    /// What it says.
    pub(crate) inputs: &'a Inputs,
    /// What it names.
    pub(crate) observed: &'a Observed,
}

impl Observed {
    /// Failures that say nothing of the preferences. A refusal, and a name that AWS does not accept, say something.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &CallError> {
        let parts = [
            self.bucket.as_ref().and_then(|answer| answer.as_ref().err()),
            self.log_group.as_ref().and_then(|answer| answer.as_ref().err()),
            self.session_key.as_ref().and_then(|answer| answer.as_ref().err()),
        ];
        let keys = self.storage_keys.values().map(|answer| answer.as_ref().err());
        parts.into_iter().chain(keys).flatten().filter(|error| !says_something(error))
    }
}

/// Whether an error is an answer about a part: [`super::findings`] has one for it.
pub(crate) fn says_something(error: &CallError) -> bool {
    matches!(error.kind, ErrorKind::AccessDenied | ErrorKind::Invalid)
}

/// Looks at what the inputs name. The look at the keys of bucket and log group follows the look at these.
pub(crate) async fn observe(parts: &Reconcilers, inputs: &Inputs, run: &Run) -> Observed {
    if !inputs.are_preferences() {
        return Observed::default();
    }
    let bucket = named(&inputs.s3_bucket_name).map(|name| parts.buckets.observe_existing(name, None, run));
    let log_group = named(&inputs.cloudwatch_log_group_name).map(|name| parts.log_groups.observe(name, run));
    let session_key = named(&inputs.kms_key_id).map(|key| parts.keys.observe_existing(key, run));
    let (bucket, log_group, session_key) =
        tokio::join!(Box::pin(if_any(bucket)), Box::pin(if_any(log_group)), Box::pin(if_any(session_key)));
    let mut observed = Observed { bucket, log_group, session_key, storage_keys: BTreeMap::new() };
    let arns = storage_key_arns(&observed, &parts.place.region);
    let answers = join_all(arns.iter().map(|arn| parts.keys.observe_existing(arn, run))).await;
    observed.storage_keys = arns.into_iter().zip(answers).collect();
    observed
}

fn named(name: &str) -> Option<&str> {
    Some(name).filter(|name| !name.is_empty() && !is_parameter(name))
}

async fn if_any<T>(future: Option<impl Future<Output = T>>) -> Option<T> {
    match future {
        Some(future) => Some(future.await),
        None => None,
    }
}

/// The keys of bucket and log group that KMS of this region knows, but for the key of sessions.
fn storage_key_arns(observed: &Observed, region: &str) -> BTreeSet<String> {
    let bucket = observed.found_bucket().and_then(|bucket| bucket.kms_key_arn.clone());
    let log_group = observed.found_log_group().and_then(|group| group.kms_key_arn.clone());
    let session = observed.session_key.as_ref().and_then(|answer| answer.as_ref().ok()?.as_ref());
    [bucket, log_group]
        .into_iter()
        .flatten()
        .filter(|arn| Arn::parse(arn).is_some_and(|arn| arn.region == region))
        .filter(|arn| session.is_none_or(|key| key.arn != *arn))
        .collect()
}

impl Observed {
    /// The bucket, where it is there.
    pub(crate) fn found_bucket(&self) -> Option<&ObservedExistingBucket> {
        self.bucket.as_ref()?.as_ref().ok()?.as_ref()
    }

    /// The log group, where it is there.
    pub(crate) fn found_log_group(&self) -> Option<&ObservedLogGroup> {
        self.log_group.as_ref()?.as_ref().ok()?.as_ref()
    }
}
