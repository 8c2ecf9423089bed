//! Observed parts in the form of the state. Pure.

use terraform_plugin::framework::field::Field;

use crate::account::Place;
use crate::reconcile::bucket::{ObservedBucket, ObservedExistingBucket};
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::policy::canonical_json;
use crate::reconcile::session_document::{NAME as DOCUMENT_NAME, ObservedDocument};
use crate::reconcile::{MARK_TAG, STAMP_TAG, Tags};

use super::state::{Bucket, Document, KmsKey, LogGroup};

/// Tags of a part without the mark and the stamp.
pub(crate) fn visible(tags: &Tags) -> Tags {
    let hidden = |key: &String| key == MARK_TAG || key == STAMP_TAG;
    tags.iter().filter(|(key, _)| !hidden(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

impl KmsKey {
    /// Whether a reference in any form that AWS accepts (id, ARN or alias) means this key.
    pub(crate) fn is_named(&self, reference: &str) -> bool {
        [&self.key_id, &self.arn, &self.alias_name, &self.alias_arn].into_iter().any(|name| name.is(reference))
    }

    /// The name and the ARN of the alias in a reference to a key, if the reference is an alias.
    pub(crate) fn alias_of(reference: &str) -> (Option<&str>, Option<&str>) {
        let at = reference.find("alias/");
        let name = at.and_then(|at| reference.get(at..));
        (name, at.filter(|at| *at > 0).map(|_| reference))
    }

    /// A key that this setup created.
    pub(crate) fn managed(key: &ObservedKey) -> Self {
        Self {
            created: true.into(),
            alias_name: key.alias_name.clone().into(),
            alias_arn: key.alias_arn.clone().into(),
            policy: key.policy.clone().into(),
            rotation_enabled: key.rotation_enabled.into(),
            rotation_period_in_days: key.rotation_period_in_days.filter(|_| key.rotation_enabled).into(),
            tags: visible(&key.tags).into(),
            ..Self::existing(key, "")
        }
    }

    /// An existing key, under the reference in the configuration.
    pub(crate) fn existing(key: &ObservedKey, reference: &str) -> Self {
        let (alias_name, alias_arn) = Self::alias_of(reference);
        Self {
            arn: key.arn.clone().into(),
            key_id: key.key_id.clone().into(),
            alias_name: alias_name.into(),
            alias_arn: alias_arn.into(),
            created: false.into(),
            description: key.description.clone().into(),
            multi_region: key.multi_region.into(),
            state: key.state.clone().into(),
            ..Self::default()
        }
    }
}

impl LogGroup {
    /// A log group that this setup created.
    pub(crate) fn managed(group: &ObservedLogGroup) -> Self {
        Self { created: true.into(), tags: visible(&group.tags).into(), ..Self::existing(group) }
    }

    /// An existing log group.
    pub(crate) fn existing(group: &ObservedLogGroup) -> Self {
        Self {
            name: group.name.clone().into(),
            arn: group.arn.clone().into(),
            created: false.into(),
            creation_time: group.creation_time.into(),
            retention_in_days: group.retention_in_days.into(),
            kms_key_arn: group.kms_key_arn.clone().into(),
            tags: Field::Null,
        }
    }
}

impl Bucket {
    /// A bucket that this setup created.
    pub(crate) fn managed(bucket: &ObservedBucket, place: &Place) -> Self {
        Self {
            name: bucket.name.clone().into(),
            arn: place.bucket_arn(&bucket.name).into(),
            region: bucket.region.clone().into(),
            created: true.into(),
            policy: bucket.policy.clone().into(),
            sse_algorithm: bucket.sse_algorithm.clone().into(),
            kms_key_arn: bucket.kms_key_arn.clone().into(),
            bucket_key_enabled: bucket.bucket_key_enabled.into(),
            object_ownership: bucket.object_ownership.clone().into(),
            versioning: bucket.versioning.clone().into(),
            public_access_block: bucket.public_access_block.into(),
            lifecycle: bucket.lifecycle.as_ref().map(Into::into).into(),
            object_lock: bucket.object_lock.clone().into(),
            access_log: bucket.access_log.clone().into(),
            tags: visible(&bucket.tags).into(),
        }
    }

    /// An existing bucket of this name. Attributes that this account cannot read are null, except for a key that the
    /// configuration sets.
    pub(crate) fn existing(
        name: &str,
        kms_key_arn: Option<&str>,
        observed: Option<&ObservedExistingBucket>,
        place: &Place,
    ) -> Self {
        let observed_key = observed.and_then(|bucket| bucket.kms_key_arn.as_deref());
        Self {
            name: name.into(),
            arn: place.bucket_arn(name).into(),
            region: observed.map(|bucket| bucket.region.clone()).into(),
            created: false.into(),
            sse_algorithm: observed.map(|bucket| bucket.sse_algorithm.clone()).into(),
            kms_key_arn: observed_key.or(kms_key_arn).into(),
            bucket_key_enabled: observed.map(|bucket| bucket.bucket_key_enabled).into(),
            versioning: "".into(),
            ..Self::default()
        }
    }
}

impl Document {
    /// The document as it exists in AWS.
    pub(crate) fn observed(document: &ObservedDocument, adopted: bool, place: &Place) -> Self {
        Self {
            name: DOCUMENT_NAME.into(),
            arn: place.document_arn(DOCUMENT_NAME).into(),
            content: canonical_json(&document.content).into(),
            default_version: document.default_version.clone().into(),
            latest_version: document.latest_version.clone().into(),
            status: document.status.clone().into(),
            hash: document.hash.clone().into(),
            adopted: adopted.into(),
            tags: visible(&document.tags).into(),
        }
    }
}
