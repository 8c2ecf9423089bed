//! The writes that bring a bucket to what is wanted, each only where it is needed, one by one.
//!
//! See the Amazon S3 API Reference, `PutBucketPolicy` and its siblings.

use std::time::Duration;

use aws_sdk_s3::error::{BuildError, SdkError};
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, BucketLoggingStatus, BucketVersioningStatus, DefaultRetention, EncryptionType,
    LoggingEnabled, ObjectLockConfiguration, ObjectLockEnabled, ObjectLockRetentionMode, ObjectLockRule,
    ObjectOwnership, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging,
    VersioningConfiguration,
};

use super::diff::{encryption_differs, lifecycle_differs, object_lock_differs, versioning_differs};
use super::{
    AWS_KMS, AccessLog, BucketSpec, Buckets, ENABLED, ObjectLock, ObservedBucket, PublicAccessBlock, SERVICE,
    SUSPENDED, lifecycle,
};
use crate::reconcile::error::CallError;
use crate::reconcile::retry::{Call, Passing, Run};
use crate::reconcile::{Tags, policy};

/// What passes by itself on a bucket that was only just made.
const JUST_MADE: &[Passing] = &[Passing::code("NoSuchBucket")];

/// The same, and principals in the policy that S3 does not see yet.
const JUST_MADE_OR_NEW_PRINCIPAL: &[Passing] =
    &[Passing::code("NoSuchBucket"), Passing::message("MalformedPolicy", "principal")];

/// How long a principal may be unseen; one that does not exist costs as long.
const PRINCIPALS_SPREAD: Duration = Duration::from_mins(1);

/// The writes to one bucket.
struct Writes<'a> {
    buckets: &'a Buckets,
    spec: &'a BucketSpec,
    passing: &'static [Passing],
    run: &'a Run,
}

impl Buckets {
    pub(super) async fn write(
        &self,
        part: &mut Option<ObservedBucket>,
        spec: &BucketSpec,
        run: &Run,
    ) -> Result<(), CallError> {
        let mut passing: &'static [Passing] = &[];
        let bucket = if let Some(bucket) = part {
            bucket
        } else {
            let bucket = self.create(spec, run).await?;
            passing = JUST_MADE;
            part.insert(bucket)
        };
        let writes = Writes { buckets: self, spec, passing, run };
        writes.all(bucket).await
    }
}

impl Writes<'_> {
    async fn all(&self, bucket: &mut ObservedBucket) -> Result<(), CallError> {
        let spec = self.spec;
        if bucket.tags != spec.tags {
            self.tags(&bucket.system_tags).await?;
            bucket.tags.clone_from(&spec.tags);
        }
        if bucket.object_ownership != spec.object_ownership {
            self.object_ownership().await?;
            bucket.object_ownership.clone_from(&spec.object_ownership);
        }
        if bucket.public_access_block != PublicAccessBlock::ALL {
            self.public_access_block().await?;
            bucket.public_access_block = PublicAccessBlock::ALL;
        }
        if encryption_differs(bucket, spec) {
            self.encryption(&bucket.blocked_encryption_types).await?;
            AWS_KMS.clone_into(&mut bucket.sse_algorithm);
            bucket.kms_key_arn.clone_from(&spec.kms_key_arn);
            bucket.bucket_key_enabled = spec.bucket_key_enabled;
        }
        if !policy::same(bucket.policy.as_deref(), Some(&spec.policy)) {
            self.policy().await?;
            bucket.policy = Some(spec.policy.clone());
        }
        if lifecycle_differs(bucket, spec) {
            self.lifecycle().await?;
            bucket.lifecycle = spec.lifecycle;
            bucket.lifecycle_in_force = spec.lifecycle.is_some();
            bucket.foreign_lifecycle.clear();
        }
        if versioning_differs(bucket, spec) {
            self.versioning().await?;
            let status = if spec.versioning { ENABLED } else { SUSPENDED };
            status.clone_into(&mut bucket.versioning);
        }
        if let Some(lock) = &spec.object_lock
            && object_lock_differs(bucket, spec)
        {
            self.object_lock(lock).await?;
            bucket.object_lock = Some(lock.clone());
        }
        if bucket.access_log != spec.access_log {
            self.access_log(spec.access_log.as_ref()).await?;
            bucket.access_log.clone_from(&spec.access_log);
        }
        Ok(())
    }

    fn call(&self, operation: &'static str) -> Call<'_> {
        Call::write(SERVICE, operation, &self.spec.name).retrying(self.passing)
    }

    /// Tags are written as a whole, AWS's own with them.
    async fn tags(&self, system: &Tags) -> Result<(), CallError> {
        let mut tags = self.spec.tags.clone();
        tags.extend(system.clone());
        let call = self.call("PutBucketTagging");
        let put = self.run.call(&call, || async {
            let tags = sdk_tags(&tags).map_err(SdkError::construction_failure)?;
            let tagging = Tagging::builder().set_tag_set(Some(tags)).build();
            self.buckets
                .client
                .put_bucket_tagging()
                .bucket(&self.spec.name)
                .expected_bucket_owner(&self.spec.account_id)
                .tagging(tagging.map_err(SdkError::construction_failure)?)
                .send()
                .await
        });
        put.await.map(drop)
    }

    async fn object_ownership(&self) -> Result<(), CallError> {
        let call = self.call("PutBucketOwnershipControls");
        let controls = || {
            let ownership = ObjectOwnership::from(self.spec.object_ownership.as_str());
            let rule = OwnershipControlsRule::builder().object_ownership(ownership);
            OwnershipControls::builder().rules(rule.build()?).build()
        };
        let put = self.run.call(&call, || async {
            self.buckets
                .client
                .put_bucket_ownership_controls()
                .bucket(&self.spec.name)
                .expected_bucket_owner(&self.spec.account_id)
                .ownership_controls(controls().map_err(SdkError::construction_failure)?)
                .send()
                .await
        });
        put.await.map(drop)
    }

    async fn public_access_block(&self) -> Result<(), CallError> {
        let call = self.call("PutPublicAccessBlock");
        let all = PublicAccessBlock::ALL;
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_acls(all.block_public_acls)
            .ignore_public_acls(all.ignore_public_acls)
            .block_public_policy(all.block_public_policy)
            .restrict_public_buckets(all.restrict_public_buckets)
            .build();
        let put = self.run.call(&call, || {
            self.buckets
                .client
                .put_public_access_block()
                .bucket(&self.spec.name)
                .expected_bucket_owner(&self.spec.account_id)
                .public_access_block_configuration(block.clone())
                .send()
        });
        put.await.map(drop)
    }

    async fn encryption(&self, blocked: &[String]) -> Result<(), CallError> {
        let call = self.call("PutBucketEncryption");
        let configuration = || -> Result<_, BuildError> {
            let default = ServerSideEncryptionByDefault::builder()
                .sse_algorithm(ServerSideEncryption::AwsKms)
                .set_kms_master_key_id(self.spec.kms_key_arn.clone())
                .build()?;
            let blocked = (!blocked.is_empty()).then(|| {
                let kinds = blocked.iter().map(|kind| EncryptionType::from(kind.as_str()));
                BlockedEncryptionTypes::builder().set_encryption_type(Some(kinds.collect())).build()
            });
            let rule = ServerSideEncryptionRule::builder()
                .apply_server_side_encryption_by_default(default)
                .bucket_key_enabled(self.spec.bucket_key_enabled)
                .set_blocked_encryption_types(blocked)
                .build();
            ServerSideEncryptionConfiguration::builder().rules(rule).build()
        };
        let put = self.run.call(&call, || async {
            let configuration = configuration().map_err(SdkError::construction_failure)?;
            self.buckets
                .client
                .put_bucket_encryption()
                .bucket(&self.spec.name)
                .expected_bucket_owner(&self.spec.account_id)
                .server_side_encryption_configuration(configuration)
                .send()
                .await
        });
        put.await.map(drop)
    }

    async fn policy(&self) -> Result<(), CallError> {
        let call = self.call("PutBucketPolicy").retrying(JUST_MADE_OR_NEW_PRINCIPAL).within(PRINCIPALS_SPREAD);
        let put = self.run.call(&call, || {
            self.buckets
                .client
                .put_bucket_policy()
                .bucket(&self.spec.name)
                .expected_bucket_owner(&self.spec.account_id)
                .policy(&self.spec.policy)
                .send()
        });
        put.await.map(drop)
    }

    /// The configuration is written as a whole; an empty one is deleted, S3 does not take it.
    async fn lifecycle(&self) -> Result<(), CallError> {
        let Some(spec) = &self.spec.lifecycle else {
            let call = self.call("DeleteBucketLifecycle");
            let deleted = self.run.call(&call, || {
                self.buckets
                    .client
                    .delete_bucket_lifecycle()
                    .bucket(&self.spec.name)
                    .expected_bucket_owner(&self.spec.account_id)
                    .send()
            });
            return deleted.await.map(drop);
        };
        let call = self.call("PutBucketLifecycleConfiguration");
        let put = self.run.call(&call, || async {
            let rules = lifecycle::render(spec).map_err(SdkError::construction_failure)?;
            self.buckets
                .client
                .put_bucket_lifecycle_configuration()
                .bucket(&self.spec.name)
                .expected_bucket_owner(&self.spec.account_id)
                .lifecycle_configuration(rules)
                .send()
                .await
        });
        put.await.map(drop)
    }

    async fn versioning(&self) -> Result<(), CallError> {
        let call = self.call("PutBucketVersioning");
        let status =
            if self.spec.versioning { BucketVersioningStatus::Enabled } else { BucketVersioningStatus::Suspended };
        let configuration = VersioningConfiguration::builder().status(status).build();
        let put = self.run.call(&call, || {
            self.buckets
                .client
                .put_bucket_versioning()
                .bucket(&self.spec.name)
                .expected_bucket_owner(&self.spec.account_id)
                .versioning_configuration(configuration.clone())
                .send()
        });
        put.await.map(drop)
    }

    async fn object_lock(&self, lock: &ObjectLock) -> Result<(), CallError> {
        let call = self.call("PutObjectLockConfiguration");
        let retention =
            DefaultRetention::builder().mode(ObjectLockRetentionMode::from(lock.mode.as_str())).days(lock.days).build();
        let configuration = ObjectLockConfiguration::builder()
            .object_lock_enabled(ObjectLockEnabled::Enabled)
            .rule(ObjectLockRule::builder().default_retention(retention).build())
            .build();
        let put = self.run.call(&call, || {
            self.buckets
                .client
                .put_object_lock_configuration()
                .bucket(&self.spec.name)
                .expected_bucket_owner(&self.spec.account_id)
                .object_lock_configuration(configuration.clone())
                .send()
        });
        put.await.map(drop)
    }

    /// An empty status switches it off.
    async fn access_log(&self, log: Option<&AccessLog>) -> Result<(), CallError> {
        let call = self.call("PutBucketLogging");
        let status = || -> Result<_, BuildError> {
            let enabled = log.map(|log| {
                LoggingEnabled::builder().target_bucket(&log.target_bucket).target_prefix(&log.target_prefix).build()
            });
            Ok(BucketLoggingStatus::builder().set_logging_enabled(enabled.transpose()?).build())
        };
        let put = self.run.call(&call, || async {
            self.buckets
                .client
                .put_bucket_logging()
                .bucket(&self.spec.name)
                .expected_bucket_owner(&self.spec.account_id)
                .bucket_logging_status(status().map_err(SdkError::construction_failure)?)
                .send()
                .await
        });
        put.await.map(drop)
    }
}

pub(super) fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, BuildError> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
