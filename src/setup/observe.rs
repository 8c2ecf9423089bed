//! Observes all parts of a setup in AWS with concurrent calls.

pub(crate) mod existing;
mod rules;

use crate::account::Reconcilers;
use crate::account::blindness::blindness;
use crate::aws::{ConnectError, Target};
use crate::reconcile::bucket::{ExpectedBucket, ObservedBucket, ObservedExistingBucket};
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document::ObservedDocument;
use crate::reconcile::{CallError, Run};
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey};
use crate::setup::model::state::PartKind;
use crate::setup::naming::stamp::Stamp;

pub(crate) use rules::warn_of_earlier_rules;

/// The observed parts of a setup. Each has a result of its own, so that a part that cannot be read hides no other.
#[derive(Debug)]
pub(crate) struct Observation {
    /// The key, managed or existing.
    pub(crate) key: Result<Option<ObservedKey>, CallError>,
    /// The log group, managed or existing.
    pub(crate) log_group: Result<Option<ObservedLogGroup>, CallError>,
    /// The managed bucket.
    pub(crate) bucket: Result<Option<ObservedBucket>, CallError>,
    /// The existing bucket.
    pub(crate) existing_bucket: Result<Option<ObservedExistingBucket>, CallError>,
    /// The document, whoever wrote it.
    pub(crate) document: Result<Option<ObservedDocument>, CallError>,
    /// The hash that the recorded version of the document has now; read only if the document carries no stamp.
    pub(crate) recorded_hash: Option<String>,
}

/// The part, if it was read and exists.
pub(crate) fn part<T>(observed: &Result<Option<T>, CallError>) -> Option<&T> {
    observed.as_ref().ok().and_then(Option::as_ref)
}

impl Observation {
    /// What kept the calls from AWS, if anything did.
    pub(crate) fn blindness(&self, target: &Target) -> Option<ConnectError> {
        let errors = [
            self.document.as_ref().err(),
            self.key.as_ref().err(),
            self.log_group.as_ref().err(),
            self.bucket.as_ref().err(),
            self.existing_bucket.as_ref().err(),
        ];
        errors.into_iter().flatten().find_map(|error| blindness(target, error))
    }
}

/// What to observe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scope {
    key: KeyScope,
    log_group: Option<String>,
    bucket: BucketScope,
    document: DocumentScope,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum KeyScope {
    #[default]
    None,
    Managed {
        alias_name: String,
        known_arn: Option<String>,
    },
    Existing(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum BucketScope {
    #[default]
    None,
    /// A bucket that is in the state: everything is read at once.
    Managed {
        name: String,
        expected: ExpectedBucket,
    },
    /// A bucket that is not in the state: one call checks whether it exists, before eight calls read it.
    Absent {
        name: String,
        expected: ExpectedBucket,
    },
    Existing {
        name: String,
        account_id: Option<String>,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum DocumentScope {
    /// A document that is not in the state: one call checks whether it exists.
    #[default]
    Absent,
    /// A document that is in the state, in this version.
    Recorded { version: Option<String> },
}

impl Scope {
    /// The scope of the desired parts; `transition` says which of them are in the state. A part whose name is not known
    /// yet is not observed.
    pub(crate) fn of(desired: &Desired, transition: &Transition) -> Self {
        let state = &transition.remaining;
        let taken_back = transition.taken_back(PartKind::KmsKey).map(|key| &key.arn);
        let key = match desired.key.known() {
            Some(DesiredKey::Managed(key)) => KeyScope::Managed {
                alias_name: key.alias_name.clone(),
                known_arn: state.kms_key.fields().arn.known().or(taken_back).cloned(),
            },
            Some(DesiredKey::Existing(reference)) => KeyScope::Existing(reference.clone()),
            Some(DesiredKey::None) | None => KeyScope::None,
        };
        let bucket = match desired.bucket.known() {
            Some(DesiredBucket::Managed(bucket)) => {
                let name = bucket.name.clone();
                let expected = ExpectedBucket { lifecycle: state.bucket.fields().lifecycle.is_known() };
                if state.bucket.is_known() {
                    BucketScope::Managed { name, expected }
                } else {
                    BucketScope::Absent { name, expected }
                }
            }
            Some(DesiredBucket::Existing(bucket)) => {
                BucketScope::Existing { name: bucket.name.clone(), account_id: bucket.account_id.clone() }
            }
            None => BucketScope::None,
        };
        let log_group = desired.log_group.known().and_then(Option::as_ref).map(|group| group.name.clone());
        let document = match transition.recorded_document().known() {
            Some(document) => DocumentScope::Recorded { version: document.latest_version.known().cloned() },
            None => DocumentScope::Absent,
        };
        Self { key, log_group, bucket, document }
    }

    /// Observes everything concurrently.
    pub(crate) async fn observe(&self, reconcilers: &Reconcilers, run: &Run) -> Observation {
        let key = async {
            match &self.key {
                KeyScope::None => Ok(None),
                KeyScope::Managed { alias_name, known_arn } => {
                    reconcilers.keys.observe(alias_name, known_arn.as_deref(), run).await
                }
                KeyScope::Existing(reference) => reconcilers.keys.observe_existing(reference, run).await,
            }
        };
        let log_group = async {
            match &self.log_group {
                None => Ok(None),
                Some(name) => reconcilers.log_groups.observe(name, run).await,
            }
        };
        let (account_id, region) = (reconcilers.place.account_id.as_str(), reconcilers.place.region.as_str());
        let bucket = async {
            match &self.bucket {
                BucketScope::Managed { name, expected } => {
                    reconcilers.buckets.observe(name, region, account_id, *expected, run).await
                }
                BucketScope::Absent { name, expected } => {
                    match reconcilers.buckets.observe_existing(name, Some(account_id), run).await? {
                        None => Ok(None),
                        Some(_) => reconcilers.buckets.observe(name, region, account_id, *expected, run).await,
                    }
                }
                BucketScope::None | BucketScope::Existing { .. } => Ok(None),
            }
        };
        let existing_bucket = async {
            match &self.bucket {
                BucketScope::Existing { name, account_id } => {
                    reconcilers.buckets.observe_existing(name, account_id.as_deref(), run).await
                }
                _ => Ok(None),
            }
        };
        let document = async {
            match &self.document {
                DocumentScope::Absent => Ok((reconcilers.documents.find(run).await?, None)),
                DocumentScope::Recorded { version } => {
                    let document = reconcilers.documents.observe(run).await?;
                    let hash = match (&document, version) {
                        (Some(document), Some(version)) if Stamp::of(&document.tags, None) == Stamp::Missing => {
                            if document.latest_version == *version {
                                document.hash.clone()
                            } else {
                                reconcilers.documents.hash_of(version, run).await?
                            }
                        }
                        _ => None,
                    };
                    Ok((document, hash))
                }
            }
        };
        let (key, log_group, bucket, existing_bucket, document) = tokio::join!(
            Box::pin(key),
            Box::pin(log_group),
            Box::pin(bucket),
            Box::pin(existing_bucket),
            Box::pin(document)
        );
        let (document, recorded_hash) = match document {
            Ok((document, hash)) => (Ok(document), hash),
            Err(error) => (Err(error), None),
        };
        Observation { key, log_group, bucket, existing_bucket, document, recorded_hash }
    }
}
