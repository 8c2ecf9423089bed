//! The writes that make a bucket as its spec says, each only where it is needed, one after the other.
//!
//! See the Amazon S3 User Guide, "Creating, configuring, and working with general purpose buckets".

use crate::reconcile::call::Transient;
use crate::reconcile::error::CallError;
use crate::reconcile::policy;
use crate::reconcile::retry::Run;

use super::diff::{encryption_differs, lifecycle_differs, object_lock_differs, versioning_differs};
use super::settings::Settings;
use super::{AWS_KMS, BucketSpec, Buckets, ENABLED, ObservedBucket, PublicAccessBlock, SUSPENDED};

/// What is transient on a new bucket.
const NEW_BUCKET: &[Transient] = &[Transient::code("NoSuchBucket")];

impl Buckets {
    pub(super) async fn write(
        &self,
        part: &mut Option<ObservedBucket>,
        spec: &BucketSpec,
        run: &Run,
    ) -> Result<(), CallError> {
        let (bucket, transient) = match part {
            Some(bucket) => (bucket, [].as_slice()),
            None => (part.insert(self.create(spec, run).await?), NEW_BUCKET),
        };
        let settings = Settings { buckets: self, spec, transient, run };
        if bucket.tags != spec.tags {
            settings.tags(&bucket.tags, &bucket.system_tags).await?;
            bucket.tags.clone_from(&spec.tags);
        }
        if bucket.object_ownership != spec.object_ownership {
            settings.object_ownership().await?;
            bucket.object_ownership.clone_from(&spec.object_ownership);
        }
        if bucket.public_access_block != PublicAccessBlock::ALL {
            settings.public_access_block().await?;
            bucket.public_access_block = PublicAccessBlock::ALL;
        }
        if encryption_differs(bucket, spec) {
            settings.encryption(&bucket.blocked_encryption_types).await?;
            AWS_KMS.clone_into(&mut bucket.sse_algorithm);
            bucket.kms_key_arn.clone_from(&spec.kms_key_arn);
            bucket.bucket_key_enabled = spec.bucket_key_enabled;
        }
        if !policy::same(bucket.policy.as_deref(), Some(&spec.policy)) {
            settings.policy().await?;
            bucket.policy = Some(spec.policy.clone());
        }
        if lifecycle_differs(bucket, spec) {
            settings.lifecycle(&bucket.other_rules, bucket.least_transition_size.as_deref()).await?;
            bucket.lifecycle = Some(spec.lifecycle.clone());
            bucket.lifecycle_limit = None;
            bucket.lifecycle_excess.clear();
        }
        if versioning_differs(bucket, spec) {
            settings.versioning().await?;
            let status = if spec.versioning { ENABLED } else { SUSPENDED };
            status.clone_into(&mut bucket.versioning);
        }
        if let Some(lock) = &spec.object_lock
            && object_lock_differs(bucket, spec)
        {
            settings.object_lock(lock).await?;
            bucket.object_lock = Some(lock.clone());
        }
        if bucket.access_log != spec.access_log {
            settings.access_log(spec.access_log.as_ref()).await?;
            bucket.access_log.clone_from(&spec.access_log);
        }
        Ok(())
    }
}
