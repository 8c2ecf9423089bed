//! The desired parts as the specs that reconcilers take.
//!
//! Pure. `None` means that a value is not known yet; at apply time every value is known.

use terraform_plugin::framework::field::Field;

use crate::reconcile::bucket::{BucketSpec, ObservedBucket};
use crate::reconcile::kms_key::KmsKeySpec;
use crate::reconcile::log_group::LogGroupSpec;
use crate::reconcile::session_document::{DocumentSpec, ObservedDocument};
use crate::reconcile::{MARK_TAG, STAMP_TAG, Tags};
use crate::setup::model::Inputs;
use crate::setup::naming::stamp::{NO_FORMER_VERSION, document_stamp, has_stamp};

use super::{Desired, DesiredLogGroup, KEY_DESCRIPTION, ManagedBucket, ManagedKey};

/// Makes the specs of the parts, with tags that include the mark and the stamp.
#[derive(Clone, Debug)]
pub(crate) struct Specs<'a> {
    desired: &'a Desired,
    tags: Tags,
}

impl<'a> Specs<'a> {
    /// Specs for the parts of a state with this stamp.
    pub(crate) fn new(desired: &'a Desired, stamp: Option<&str>) -> Option<Self> {
        let mut tags = desired.tags.known()?.clone();
        tags.insert(MARK_TAG.to_owned(), desired.mark.known()?.clone());
        if let Some(stamp) = stamp {
            tags.insert(STAMP_TAG.to_owned(), stamp.to_owned());
        }
        Some(Self { desired, tags })
    }

    /// The key.
    pub(crate) fn key(&self, key: &ManagedKey) -> Option<KmsKeySpec> {
        Some(KmsKeySpec {
            alias_name: key.alias_name.clone(),
            description: KEY_DESCRIPTION.to_owned(),
            policy: key.policy.known()?.clone(),
            rotation_enabled: key.rotation_enabled,
            rotation_period_in_days: key.rotation_period_in_days,
            multi_region: key.multi_region,
            tags: self.tags.clone(),
        })
    }

    /// The log group, encrypted with this key.
    pub(crate) fn log_group(&self, group: &DesiredLogGroup, key_arn: Option<&str>) -> Option<LogGroupSpec> {
        Some(LogGroupSpec {
            name: group.name.clone(),
            arn: self.desired.place.known()?.log_group_arn(&group.name),
            retention_in_days: group.retention_in_days,
            kms_key_arn: key_arn.map(str::to_owned),
            tags: self.tags.clone(),
        })
    }

    /// The bucket, encrypted with this key. It gets a rule for versions if it keeps versions, or has such a rule
    /// already.
    pub(crate) fn bucket(
        &self,
        bucket: &ManagedBucket,
        key_arn: Option<&str>,
        observed: Option<&ObservedBucket>,
    ) -> Option<BucketSpec> {
        let place = self.desired.place.known()?;
        let rule = observed.and_then(|bucket| bucket.lifecycle.as_ref());
        let versions_expire = bucket.versioning || rule.is_some_and(|rule| rule.noncurrent_days.is_some());
        Some(BucketSpec {
            name: bucket.name.clone(),
            arn: place.bucket_arn(&bucket.name),
            region: place.region.clone(),
            account_id: place.account_id.clone(),
            policy: bucket.policy.known()?.clone(),
            kms_key_arn: key_arn.map(str::to_owned),
            bucket_key_enabled: bucket.bucket_key_enabled,
            object_ownership: bucket.object_ownership.clone(),
            versioning: bucket.versioning,
            lifecycle: bucket.lifecycle_of(versions_expire).known()?.clone(),
            object_lock: bucket.object_lock.clone(),
            access_log: bucket.access_log.clone(),
            tags: self.tags.clone(),
        })
    }

    /// The document that names this key. Its stamp ends with the version that existed before it was adopted.
    pub(crate) fn document(
        &self,
        inputs: &Inputs,
        key_arn: Option<&str>,
        observed: Option<&ObservedDocument>,
    ) -> Option<DocumentSpec> {
        let key_arn = Field::from(key_arn.map(str::to_owned));
        let mut tags = self.tags.clone();
        if let Some(stamp) = tags.get(STAMP_TAG).cloned() {
            let current = observed.filter(|document| has_stamp(&document.tags, Some(&stamp)));
            let current = current.and_then(|document| document.tags.get(STAMP_TAG)).filter(|stamp| stamp.contains('/'));
            let current = current.cloned().unwrap_or_else(|| document_stamp(&stamp, NO_FORMER_VERSION));
            tags.insert(STAMP_TAG.to_owned(), current);
        }
        Some(DocumentSpec { content: self.desired.content(inputs, &key_arn).known()?.clone(), tags })
    }
}
