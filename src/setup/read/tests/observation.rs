//! The observation of a setup that is exactly as its state says, for tests to change part by part.
//!
//! It is made from the values of the state and not by the code that derives the desired state, so that the tests do not
//! share a mistake with it.

use std::collections::BTreeMap;

use crate::reconcile::bucket::{Lifecycle, ObservedBucket, ObservedExistingBucket, PublicAccessBlock};
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::{LogGroupClass, ObservedLogGroup};
use crate::reconcile::session_document::ObservedDocument;
use crate::reconcile::{CallError, STAMP_TAG, Tags};
use crate::setup::model::state::State;

use super::*;

/// The parts in AWS; `None`: the part does not exist.
#[derive(Clone, Debug, Default)]
pub(super) struct ObservedSetup {
    pub(super) key: Option<ObservedKey>,
    pub(super) log_group: Option<ObservedLogGroup>,
    pub(super) bucket: Option<ObservedBucket>,
    pub(super) existing_bucket: Option<ObservedExistingBucket>,
    pub(super) document: Option<ObservedDocument>,
}

impl ObservedSetup {
    /// The parts exactly as the state says.
    pub(super) fn as_written(value: &Value) -> Self {
        let state = model(value).state;
        Self {
            key: key(&state),
            log_group: log_group(&state),
            bucket: bucket(&state),
            existing_bucket: existing_bucket(&state),
            document: document(&state),
        }
    }

    /// The parts as an observation.
    pub(super) fn observation(&self) -> Observation {
        let Self { key, log_group, bucket, existing_bucket, document } = self.clone();
        let recorded_hash = document.as_ref().and_then(|document| document.hash.clone());
        Observation {
            recorded_hash,
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

/// The tags of a managed part: those in the state, the mark and the stamp; none if the state has no tags.
fn tags(state: &State, shown: &Field<Tags>, stamp_suffix: &str) -> Tags {
    let Some(shown) = shown.known() else { return Tags::new() };
    let (system_name, stamp) = (state.system_name.text().unwrap(), state.stamp.text().unwrap());
    let mut tags = shown.clone();
    tags.insert(MARK_TAG.to_owned(), format!("123456789012/us-east-1/{system_name}"));
    tags.insert(STAMP_TAG.to_owned(), format!("{stamp}{stamp_suffix}"));
    tags
}

fn key(state: &State) -> Option<ObservedKey> {
    let key = state.kms_key.known()?;
    Some(ObservedKey {
        arn: key.arn.known()?.clone(),
        key_id: key.key_id.known()?.clone(),
        alias_name: key.alias_name.known().cloned(),
        alias_arn: key.alias_arn.known().cloned(),
        description: key.description.known()?.clone(),
        policy: key.policy.known().cloned(),
        rotation_enabled: key.rotation_enabled.is_true(),
        rotation_period_in_days: key.rotation_period_in_days.known().copied(),
        multi_region: false,
        state: "Enabled".into(),
        customer_managed: true,
        symmetric: true,
        account_id: "123456789012".into(),
        tags: tags(state, &key.tags, ""),
    })
}

fn log_group(state: &State) -> Option<ObservedLogGroup> {
    let group = state.log_group.known()?;
    Some(ObservedLogGroup {
        name: group.name.known()?.clone(),
        arn: group.arn.known()?.clone(),
        creation_time: group.creation_time.known().copied(),
        retention_in_days: group.retention_in_days.known().copied(),
        retention_by_account_policy: false,
        kms_key_arn: group.kms_key_arn.known().cloned(),
        deletion_protected: false,
        class: LogGroupClass::default(),
        tags: tags(state, &group.tags, ""),
    })
}

fn bucket(state: &State) -> Option<ObservedBucket> {
    let bucket = state.managed_bucket()?;
    let lifecycle = bucket.lifecycle.known().map(|lifecycle| Lifecycle {
        prefix: lifecycle.prefix.known().cloned().unwrap_or_default(),
        transition_days: lifecycle.transition_days.known().copied(),
        archive_days: lifecycle.archive_days.known().copied(),
        expiration_days: lifecycle.expiration_days.known().copied(),
        noncurrent_days: lifecycle.noncurrent_days.known().copied(),
    });
    Some(ObservedBucket {
        name: bucket.name.known()?.clone(),
        region: "us-east-1".into(),
        account_id: "123456789012".into(),
        policy: bucket.policy.known().cloned(),
        public_access_block: PublicAccessBlock::ALL,
        sse_algorithm: "aws:kms".into(),
        kms_key_arn: bucket.kms_key_arn.known().cloned(),
        bucket_key_enabled: bucket.bucket_key_enabled.is_true(),
        blocked_encryption_types: Vec::new(),
        object_ownership: bucket.object_ownership.known()?.clone(),
        versioning: bucket.versioning.known()?.clone(),
        lifecycle,
        lifecycle_limit: None,
        lifecycle_excess: Vec::new(),
        other_rules: Vec::new(),
        least_transition_size: None,
        object_lock: bucket.object_lock.known().cloned(),
        access_log: bucket.access_log.known().cloned(),
        tags: tags(state, &bucket.tags, ""),
        system_tags: BTreeMap::new(),
    })
}

fn existing_bucket(state: &State) -> Option<ObservedExistingBucket> {
    let bucket = state.bucket.known().filter(|bucket| bucket.created.is_false())?;
    Some(ObservedExistingBucket {
        name: bucket.name.known()?.clone(),
        region: "us-east-1".into(),
        account_id: None,
        sse_algorithm: "aws:kms".into(),
        kms_key_arn: bucket.kms_key_arn.known().cloned(),
        bucket_key_enabled: false,
    })
}

fn document(state: &State) -> Option<ObservedDocument> {
    let document = state.document.known()?;
    let text = document.content.known()?.clone();
    Some(ObservedDocument {
        content: serde_json::from_str(&text).unwrap(),
        text,
        default_version: document.default_version.known()?.clone(),
        latest_version: document.latest_version.known()?.clone(),
        status: "Active".into(),
        hash: document.hash.known().cloned(),
        document_type: "Session".into(),
        tags: tags(state, &document.tags, "/0"),
        system_tags: BTreeMap::new(),
    })
}

/// A call that failed.
pub(super) fn failed(kind: ErrorKind) -> CallError {
    CallError {
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
