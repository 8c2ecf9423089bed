//! The writes of a bucket's settings, one method each.
//!
//! See the Amazon S3 API Reference, one operation per setting, such as `PutBucketPolicy`.

use std::time::Duration;

use aws_sdk_s3::error::{BuildError, SdkError};
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, BucketLoggingStatus, BucketVersioningStatus, DefaultRetention, EncryptionType,
    LoggingEnabled, ObjectLockConfiguration, ObjectLockEnabled, ObjectLockRetentionMode, ObjectLockRule,
    ObjectOwnership, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tagging,
    TransitionDefaultMinimumObjectSize, VersioningConfiguration,
};

use crate::reconcile::call::{Call, Transient};
use crate::reconcile::error::CallError;
use crate::reconcile::retry::Run;
use crate::reconcile::tags::Tags;

use super::tagging::sdk_tags;
use super::{AccessLog, BucketSpec, Buckets, ObjectLock, OtherRule, PublicAccessBlock, SERVICE, lifecycle};

/// What is transient with a new bucket, or with principals in the policy that S3 does not know yet.
const NEW_BUCKET_OR_PRINCIPAL: &[Transient] =
    &[Transient::code("NoSuchBucket"), Transient::message("MalformedPolicy", "principal")];

/// The refusal of `PutBucketTagging` by a bucket whose access is controlled by tags.
const ABAC_ENABLED: Transient = Transient::message("BadRequest", "(ABAC) enabled");

/// How long a new principal may be unknown to S3. A principal that does not exist costs the same time.
const PRINCIPAL_PROPAGATION: Duration = Duration::from_mins(1);

/// The settings of one bucket.
pub(super) struct Settings<'a> {
    pub(super) buckets: &'a Buckets,
    pub(super) spec: &'a BucketSpec,
    /// Which errors are transient.
    pub(super) transient: &'static [Transient],
    pub(super) run: &'a Run,
}

impl Settings<'_> {
    fn call(&self, operation: &'static str) -> Call<'_> {
        Call::write(SERVICE, operation, &self.spec.name).retrying(self.transient)
    }

    /// Writes the tags, of which the bucket has those in `observed` and AWS's own now.
    pub(super) async fn tags(&self, observed: &Tags, system: &Tags) -> Result<(), CallError> {
        match self.put_tags(system).await {
            Err(error) if error.is(&ABAC_ENABLED) => self.tag_resource(observed).await,
            written => written,
        }
    }

    /// Tags are written as a whole, together with AWS's own.
    async fn put_tags(&self, system: &Tags) -> Result<(), CallError> {
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

    pub(super) async fn object_ownership(&self) -> Result<(), CallError> {
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

    pub(super) async fn public_access_block(&self) -> Result<(), CallError> {
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

    pub(super) async fn encryption(&self, blocked: &[String]) -> Result<(), CallError> {
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

    pub(super) async fn policy(&self) -> Result<(), CallError> {
        let call = self.call("PutBucketPolicy").retrying(NEW_BUCKET_OR_PRINCIPAL).within(PRINCIPAL_PROPAGATION);
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

    /// The configuration is written as a whole, with the rules of others and the least size of transitions that it had.
    pub(super) async fn lifecycle(
        &self,
        others: &[OtherRule],
        least_transition_size: Option<&str>,
    ) -> Result<(), CallError> {
        let call = self.call("PutBucketLifecycleConfiguration");
        let put = self.run.call(&call, || async {
            let rules = lifecycle::render(&self.spec.lifecycle, others).map_err(SdkError::construction_failure)?;
            self.buckets
                .client
                .put_bucket_lifecycle_configuration()
                .bucket(&self.spec.name)
                .expected_bucket_owner(&self.spec.account_id)
                .lifecycle_configuration(rules)
                .set_transition_default_minimum_object_size(
                    least_transition_size.map(TransitionDefaultMinimumObjectSize::from),
                )
                .send()
                .await
        });
        put.await.map(drop)
    }

    pub(super) async fn versioning(&self) -> Result<(), CallError> {
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

    pub(super) async fn object_lock(&self, lock: &ObjectLock) -> Result<(), CallError> {
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

    /// An empty status disables it.
    pub(super) async fn access_log(&self, log: Option<&AccessLog>) -> Result<(), CallError> {
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
