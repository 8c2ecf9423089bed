//! What a look at AWS would see of a state, part by part, to be changed by hand.

use crate::reconcile::bucket::{ObservedExistingBucket, PublicAccessBlock};
use crate::setup::desired::specs::Specs;
use crate::setup::read::tests::*;

/// What stands; `None` is not there.
#[derive(Clone, Debug, Default)]
pub(super) struct ObservedSetup {
    pub(super) key: Option<ObservedKey>,
    pub(super) log_group: Option<ObservedLogGroup>,
    pub(super) bucket: Option<ObservedBucket>,
    pub(super) existing_bucket: Option<ObservedExistingBucket>,
    pub(super) document: Option<ObservedDocument>,
}

impl ObservedSetup {
    /// Exactly what the state says.
    #[expect(clippy::field_reassign_with_default, reason = "each part is a page of its own")]
    pub(super) fn as_written(value: &Value) -> Self {
        let (inputs, desired, state) = desired_by(value, &place());
        let specs = Specs::new(&desired, state.stamp.as_deref()).unwrap();
        let key_arn = state.key.as_ref().map(|key| key.arn.as_str());
        let mut observation = Self::default();
        observation.key = state.key.as_ref().map(|key| {
            let want = match desired.key.known() {
                Some(Key::Managed(managed)) => specs.key(managed),
                _ => None,
            };
            ObservedKey {
                arn: key.arn.clone(),
                key_id: key.key_id.clone(),
                alias_name: key.alias_name.clone(),
                alias_arn: key.alias_arn.clone(),
                description: key.description.clone().unwrap(),
                policy: key.policy.clone(),
                rotation_enabled: key.rotation_enabled.unwrap_or_default(),
                rotation_period_in_days: key.rotation_period_in_days,
                multi_region: false,
                state: "Enabled".into(),
                customer_managed: true,
                symmetric: true,
                account_id: place().account_id,
                tags: want.map(|want| want.tags).unwrap_or_default(),
            }
        });
        let group = desired.log_group.known().and_then(Option::as_ref);
        observation.log_group = group.zip(state.log_group.as_ref()).map(|(group, held)| ObservedLogGroup {
            name: held.name.clone(),
            arn: held.arn.clone(),
            retention_in_days: held.retention_in_days,
            retention_by_account_policy: false,
            kms_key_arn: held.kms_key_arn.clone(),
            deletion_protected: false,
            tags: specs.log_group(group, key_arn).filter(|_| group.managed).map(|want| want.tags).unwrap_or_default(),
        });
        match desired.bucket.known() {
            Some(Bucket::Managed(managed)) => {
                let want = specs.bucket(managed, key_arn, None).unwrap();
                observation.bucket = state.bucket.as_ref().map(|held| ObservedBucket {
                    name: want.name,
                    region: want.region,
                    account_id: want.account_id,
                    policy: held.policy.clone(),
                    public_access_block: PublicAccessBlock::ALL,
                    sse_algorithm: "aws:kms".into(),
                    kms_key_arn: want.kms_key_arn,
                    bucket_key_enabled: want.bucket_key_enabled,
                    blocked_encryption_types: Vec::new(),
                    object_ownership: want.object_ownership,
                    versioning: held.versioning.clone(),
                    lifecycle: want.lifecycle,
                    lifecycle_in_force: want.lifecycle.is_some(),
                    foreign_lifecycle: Vec::new(),
                    object_lock: want.object_lock,
                    access_log: want.access_log,
                    tags: want.tags,
                    system_tags: Tags::new(),
                });
            }
            _ => {
                observation.existing_bucket = state.bucket.as_ref().map(|held| ObservedExistingBucket {
                    name: held.name.clone(),
                    region: "us-east-1".into(),
                    account_id: None,
                    sse_algorithm: "aws:kms".into(),
                    kms_key_arn: held.kms_key_arn.clone(),
                    bucket_key_enabled: false,
                });
            }
        }
        observation.document = state.document.as_ref().map(|held| {
            let want = specs.document(&inputs, key_arn, None).unwrap();
            ObservedDocument {
                text: want.content.to_string(),
                content: want.content,
                default_version: held.default_version.clone().unwrap(),
                latest_version: held.latest_version.clone().unwrap(),
                status: "Active".into(),
                hash: held.hash.clone(),
                document_type: "Session".into(),
                tags: want.tags,
                system_tags: Tags::new(),
            }
        });
        observation
    }

    /// As a look brings it.
    pub(super) fn observation(&self) -> Observation {
        let Self { key, log_group, bucket, existing_bucket, document } = self.clone();
        Observation {
            key: Ok(key),
            log_group: Ok(log_group),
            bucket: Ok(bucket),
            existing_bucket: Ok(existing_bucket),
            document: Ok(document),
        }
    }

    /// The tags of all parts.
    pub(super) fn tags(&mut self) -> impl Iterator<Item = &mut Tags> {
        let Self { key, log_group, bucket, document, .. } = self;
        let key = key.as_mut().map(|key| &mut key.tags);
        let log_group = log_group.as_mut().map(|group| &mut group.tags);
        let bucket = bucket.as_mut().map(|bucket| &mut bucket.tags);
        let document = document.as_mut().map(|document| &mut document.tags);
        [key, log_group, bucket, document].into_iter().flatten()
    }
}

/// A call that failed.
pub(super) fn failed(kind: Kind) -> Error {
    Error {
        kind,
        service: "KMS",
        operation: "DescribeKey",
        target: "alias/x".into(),
        code: None,
        message: "failed".into(),
        request_id: None,
        bucket_region: None,
        source: None,
    }
}
