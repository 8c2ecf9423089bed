//! What was observed of a part, as the state has it.

use crate::reconcile::bucket::{GivenBucket, ObservedBucket};
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document::{NAME as DOCUMENT_NAME, ObservedDocument};
use crate::reconcile::{MARK_TAG, STAMP_TAG};
use crate::setup::naming::Place;
use crate::setup::policies::canonical_json;
use crate::setup::wanted::{self, Tags};

use super::{AccessLog, Bucket, Document, Key, Lifecycle, LogGroup, ObjectLock, PublicAccessBlock};

/// Tags of a part without the mark and the stamp.
fn visible(tags: &Tags) -> Tags {
    let hidden = |key: &String| key == MARK_TAG || key == STAMP_TAG;
    tags.iter().filter(|(key, _)| !hidden(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

impl Key {
    /// Whether a reference as AWS takes it, an id, an ARN or an alias, means this key.
    #[must_use]
    pub fn is_named(&self, reference: &str) -> bool {
        reference == self.key_id
            || reference == self.arn
            || self.alias_name.as_deref() == Some(reference)
            || self.alias_arn.as_deref() == Some(reference)
    }

    /// The name and the ARN of the alias in a reference to a key, where it is one.
    #[must_use]
    pub fn alias_of(reference: &str) -> (Option<String>, Option<String>) {
        let at = reference.find("alias/");
        let name = at.and_then(|at| reference.get(at..)).map(str::to_owned);
        (name, at.filter(|at| *at > 0).map(|_| reference.to_owned()))
    }

    /// A key of our own.
    #[must_use]
    pub fn own(key: &ObservedKey) -> Self {
        Self {
            created: true,
            alias_name: key.alias_name.clone(),
            alias_arn: key.alias_arn.clone(),
            policy: key.policy.clone(),
            rotation_enabled: Some(key.rotation_enabled),
            rotation_period_in_days: key.rotation_period_in_days.filter(|_| key.rotation_enabled),
            tags: Some(visible(&key.tags)),
            ..Self::given(key, "")
        }
    }

    /// An existing key, by the reference that the configuration gives.
    #[must_use]
    pub fn given(key: &ObservedKey, reference: &str) -> Self {
        let (alias_name, alias_arn) = Self::alias_of(reference);
        Self {
            arn: key.arn.clone(),
            key_id: key.key_id.clone(),
            alias_name,
            alias_arn,
            description: Some(key.description.clone()),
            multi_region: Some(key.multi_region),
            state: Some(key.state.clone()),
            ..Self::default()
        }
    }
}

impl LogGroup {
    /// A log group of our own.
    #[must_use]
    pub fn own(group: &ObservedLogGroup) -> Self {
        Self { created: true, tags: Some(visible(&group.tags)), ..Self::given(group) }
    }

    /// An existing log group.
    #[must_use]
    pub fn given(group: &ObservedLogGroup) -> Self {
        Self {
            name: group.name.clone(),
            arn: group.arn.clone(),
            created: false,
            retention_in_days: group.retention_in_days,
            kms_key_arn: group.kms_key_arn.clone(),
            tags: None,
        }
    }
}

impl Bucket {
    /// A bucket of our own.
    #[must_use]
    pub fn own(bucket: &ObservedBucket, place: &Place) -> Self {
        let block = bucket.public_access_block;
        Self {
            name: bucket.name.clone(),
            arn: place.bucket_arn(&bucket.name),
            region: Some(bucket.region.clone()),
            created: true,
            policy: bucket.policy.clone(),
            sse_algorithm: Some(bucket.sse_algorithm.clone()),
            kms_key_arn: bucket.kms_key_arn.clone(),
            bucket_key_enabled: Some(bucket.bucket_key_enabled),
            object_ownership: Some(bucket.object_ownership.clone()),
            versioning: bucket.versioning.clone(),
            public_access_block: Some(PublicAccessBlock {
                block_public_acls: block.block_public_acls,
                block_public_policy: block.block_public_policy,
                ignore_public_acls: block.ignore_public_acls,
                restrict_public_buckets: block.restrict_public_buckets,
            }),
            lifecycle: bucket.lifecycle.map(|lifecycle| Lifecycle {
                transition_days: lifecycle.transition_days,
                archive_days: lifecycle.archive_days,
                expiration_days: lifecycle.expiration_days,
                noncurrent_days: lifecycle.noncurrent_days,
            }),
            object_lock: bucket
                .object_lock
                .as_ref()
                .map(|lock| ObjectLock { mode: lock.mode.clone(), days: lock.days }),
            access_log: bucket.access_log.as_ref().map(|log| AccessLog {
                target_bucket: log.target_bucket.clone(),
                target_prefix: Some(log.target_prefix.clone()),
            }),
            tags: Some(visible(&bucket.tags)),
        }
    }

    /// An existing bucket; what cannot be read of it from here is what the configuration says.
    #[must_use]
    pub fn given(given: &wanted::GivenBucket, observed: Option<&GivenBucket>, place: &Place) -> Self {
        Self {
            name: given.name.clone(),
            arn: place.bucket_arn(&given.name),
            region: observed.map(|bucket| bucket.region.clone()),
            sse_algorithm: observed.map(|bucket| bucket.sse_algorithm.clone()),
            kms_key_arn: observed.and_then(|bucket| bucket.kms_key_arn.clone()).or_else(|| given.kms_key_arn.clone()),
            bucket_key_enabled: observed.map(|bucket| bucket.bucket_key_enabled),
            ..Self::default()
        }
    }
}

impl Document {
    /// The document as it stands.
    #[must_use]
    pub fn observed(document: &ObservedDocument, adopted: bool, place: &Place) -> Self {
        Self {
            name: DOCUMENT_NAME.to_owned(),
            arn: place.document_arn(DOCUMENT_NAME),
            content: canonical_json(&document.content),
            default_version: Some(document.default_version.clone()),
            latest_version: Some(document.latest_version.clone()),
            status: Some(document.status.clone()),
            hash: document.hash.clone(),
            adopted,
            tags: Some(visible(&document.tags)),
        }
    }
}
