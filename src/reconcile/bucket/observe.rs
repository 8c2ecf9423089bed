//! Reading a bucket: one call per setting, all side by side.
//!
//! See the Amazon S3 API Reference, `GetBucketEncryption` and its siblings.

use std::time::Duration;

use aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionOutput;
use aws_sdk_s3::types::{DefaultRetention, ObjectLockConfiguration, ObjectLockEnabled, PublicAccessBlockConfiguration};

use super::lifecycle::{self, Rules};
use super::{AccessLog, Buckets, ObjectLock, ObservedBucket, PublicAccessBlock, SERVICE};
use crate::reconcile::error::{CallError, absent_is_none};
use crate::reconcile::retry::{Call, Passing, Run};
use crate::reconcile::{Tags, tags};

/// What S3 answers for a bucket without default encryption.
pub(super) const NOT_ENCRYPTED: &str = "ServerSideEncryptionConfigurationNotFoundError";

const NO_LIFECYCLE: &str = "NoSuchLifecycleConfiguration";

/// What S3 answers for a while after a lifecycle was written, and for ever after it was deleted.
const LIFECYCLE_UNSEEN: &[Passing] = &[Passing::code(NO_LIFECYCLE)];

/// How long a lifecycle may be unseen; one that was deleted costs as long, once.
const LIFECYCLE_SPREADS: Duration = Duration::from_secs(10);

/// What an observation counts on beyond what every bucket has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ExpectedBucket {
    /// Objects may be locked, so that the lock is asked for.
    pub(crate) object_lock: bool,
    /// There was a lifecycle the last time, so that an answer that there is none is doubted.
    pub(crate) lifecycle: bool,
}

/// The default encryption of a bucket.
#[derive(Debug, Default)]
pub(super) struct Encryption {
    pub(super) sse_algorithm: String,
    pub(super) kms_key_arn: Option<String>,
    pub(super) bucket_key_enabled: bool,
    pub(super) blocked_encryption_types: Vec<String>,
}

/// The bucket that a call is for.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    name: &'a str,
    account_id: &'a str,
    run: &'a Run,
}

impl Buckets {
    /// Reads a bucket: eight calls side by side, and one more where an object lock is expected.
    ///
    /// # Errors
    /// Any error of the calls: a bucket of another account is `AccessDenied`. Only S3's
    /// `NoSuchBucket` is `None`.
    pub(crate) async fn observe(
        &self,
        name: &str,
        region: &str,
        account_id: &str,
        expected: ExpectedBucket,
        run: &Run,
    ) -> Result<Option<ObservedBucket>, CallError> {
        let place = Place { name, account_id, run };
        let (encryption, block, ownership, policy, rules, tags, versioning, access_log, lock) = tokio::join!(
            self.encryption(place),
            self.public_access_block(place),
            self.object_ownership(place),
            self.policy(place),
            self.lifecycle(place, expected.lifecycle),
            self.tags(place),
            self.versioning(place),
            self.access_log(place),
            self.object_lock(place, expected.object_lock),
        );
        let Some(encryption) = absent_is_none(encryption)? else {
            return Ok(None);
        };
        let Rules { ours, in_force, foreign } = rules?;
        let (system_tags, tags) = tags?;
        Ok(Some(ObservedBucket {
            name: name.to_owned(),
            region: region.to_owned(),
            account_id: account_id.to_owned(),
            policy: policy?,
            public_access_block: block?,
            sse_algorithm: encryption.sse_algorithm,
            kms_key_arn: encryption.kms_key_arn,
            bucket_key_enabled: encryption.bucket_key_enabled,
            blocked_encryption_types: encryption.blocked_encryption_types,
            object_ownership: ownership?,
            versioning: versioning?,
            lifecycle: ours,
            lifecycle_in_force: in_force,
            foreign_lifecycle: foreign,
            object_lock: lock?,
            access_log: access_log?,
            tags,
            system_tags,
        }))
    }

    async fn encryption(&self, place: Place<'_>) -> Result<Encryption, CallError> {
        let call = Call::read(SERVICE, "GetBucketEncryption", place.name);
        let output = place.run.call(&call, || {
            self.client.get_bucket_encryption().bucket(place.name).expected_bucket_owner(place.account_id).send()
        });
        unset(output.await, NOT_ENCRYPTED).map(encryption)
    }

    async fn public_access_block(&self, place: Place<'_>) -> Result<PublicAccessBlock, CallError> {
        let call = Call::read(SERVICE, "GetPublicAccessBlock", place.name);
        let output = place.run.call(&call, || {
            self.client.get_public_access_block().bucket(place.name).expected_bucket_owner(place.account_id).send()
        });
        let output = unset(output.await, "NoSuchPublicAccessBlockConfiguration")?;
        let block = output.and_then(|output| output.public_access_block_configuration);
        Ok(block.map(|block| public_access_block(&block)).unwrap_or_default())
    }

    async fn object_ownership(&self, place: Place<'_>) -> Result<String, CallError> {
        let call = Call::read(SERVICE, "GetBucketOwnershipControls", place.name);
        let output = place.run.call(&call, || {
            self.client
                .get_bucket_ownership_controls()
                .bucket(place.name)
                .expected_bucket_owner(place.account_id)
                .send()
        });
        let output = unset(output.await, "OwnershipControlsNotFoundError")?;
        let rule =
            output.and_then(|output| output.ownership_controls).and_then(|controls| controls.rules.into_iter().next());
        Ok(rule.map_or_else(String::new, |rule| rule.object_ownership.as_str().to_owned()))
    }

    async fn policy(&self, place: Place<'_>) -> Result<Option<String>, CallError> {
        let call = Call::read(SERVICE, "GetBucketPolicy", place.name);
        let output = place.run.call(&call, || {
            self.client.get_bucket_policy().bucket(place.name).expected_bucket_owner(place.account_id).send()
        });
        let output = unset(output.await, "NoSuchBucketPolicy")?;
        Ok(output.and_then(|output| output.policy))
    }

    /// A lifecycle that was just written may be unseen for a while, and would be drift.
    async fn lifecycle(&self, place: Place<'_>, expected: bool) -> Result<Rules, CallError> {
        let retried = if expected { LIFECYCLE_UNSEEN } else { &[] };
        let call = Call::read(SERVICE, "GetBucketLifecycleConfiguration", place.name);
        let call = call.retrying(retried).within(LIFECYCLE_SPREADS);
        let output = place.run.call(&call, || {
            self.client
                .get_bucket_lifecycle_configuration()
                .bucket(place.name)
                .expected_bucket_owner(place.account_id)
                .send()
        });
        let output = unset(output.await, NO_LIFECYCLE)?;
        let rules = output.and_then(|output| output.rules).unwrap_or_default();
        Ok(lifecycle::parse(&rules))
    }

    /// AWS's own tags, and the others.
    async fn tags(&self, place: Place<'_>) -> Result<(Tags, Tags), CallError> {
        let call = Call::read(SERVICE, "GetBucketTagging", place.name);
        let output = place.run.call(&call, || {
            self.client.get_bucket_tagging().bucket(place.name).expected_bucket_owner(place.account_id).send()
        });
        let output = unset(output.await, "NoSuchTagSet")?;
        let tags = output.map(|output| output.tag_set).unwrap_or_default();
        Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).partition(|(key, _)| tags::is_system(key)))
    }

    /// AWS's own tags, and all others.
    pub(in crate::reconcile) async fn all_tags(
        &self,
        name: &str,
        account_id: &str,
        run: &Run,
    ) -> Result<(Tags, Tags), CallError> {
        self.tags(Place { name, account_id, run }).await
    }

    async fn versioning(&self, place: Place<'_>) -> Result<String, CallError> {
        let call = Call::read(SERVICE, "GetBucketVersioning", place.name);
        let output = place.run.call(&call, || {
            self.client.get_bucket_versioning().bucket(place.name).expected_bucket_owner(place.account_id).send()
        });
        let status = output.await?.status;
        Ok(status.map_or_else(String::new, |status| status.as_str().to_owned()))
    }

    async fn access_log(&self, place: Place<'_>) -> Result<Option<AccessLog>, CallError> {
        let call = Call::read(SERVICE, "GetBucketLogging", place.name);
        let output = place.run.call(&call, || {
            self.client.get_bucket_logging().bucket(place.name).expected_bucket_owner(place.account_id).send()
        });
        Ok(output
            .await?
            .logging_enabled
            .map(|log| AccessLog { target_bucket: log.target_bucket, target_prefix: log.target_prefix }))
    }

    /// Whether S3 may hold objects of the bucket locked; a bucket that does not exist holds none.
    ///
    /// # Errors
    /// Any error of `GetObjectLockConfiguration` but not-found.
    pub(crate) async fn has_object_lock(&self, name: &str, account_id: &str, run: &Run) -> Result<bool, CallError> {
        let configuration = self.object_lock_configuration(Place { name, account_id, run }).await;
        let enabled = absent_is_none(configuration)?.flatten().and_then(|lock| lock.object_lock_enabled);
        Ok(enabled == Some(ObjectLockEnabled::Enabled))
    }

    async fn object_lock(&self, place: Place<'_>, asked: bool) -> Result<Option<ObjectLock>, CallError> {
        if !asked {
            return Ok(None);
        }
        let configuration = self.object_lock_configuration(place).await?;
        let rule = configuration.and_then(|lock| lock.rule);
        Ok(rule.and_then(|rule| rule.default_retention).and_then(|retention| object_lock(&retention)))
    }

    async fn object_lock_configuration(&self, place: Place<'_>) -> Result<Option<ObjectLockConfiguration>, CallError> {
        let call = Call::read(SERVICE, "GetObjectLockConfiguration", place.name);
        let output = place.run.call(&call, || {
            self.client
                .get_object_lock_configuration()
                .bucket(place.name)
                .expected_bucket_owner(place.account_id)
                .send()
        });
        let output = unset(output.await, "ObjectLockConfigurationNotFoundError")?;
        Ok(output.and_then(|output| output.object_lock_configuration))
    }
}

/// A setting that was never made is `None`; the code is the one that S3 has for it.
pub(super) fn unset<T>(result: Result<T, CallError>, code: &str) -> Result<Option<T>, CallError> {
    match result {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.has_code(code) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The default encryption that an answer describes; without an answer there is none.
pub(super) fn encryption(output: Option<GetBucketEncryptionOutput>) -> Encryption {
    let rule = output
        .and_then(|output| output.server_side_encryption_configuration)
        .and_then(|configuration| configuration.rules.into_iter().next());
    let Some(rule) = rule else {
        return Encryption::default();
    };
    let default = rule.apply_server_side_encryption_by_default;
    let blocked = rule.blocked_encryption_types.and_then(|blocked| blocked.encryption_type).unwrap_or_default();
    Encryption {
        sse_algorithm: default.as_ref().map_or_else(String::new, |default| default.sse_algorithm.as_str().to_owned()),
        kms_key_arn: default.and_then(|default| default.kms_master_key_id),
        bucket_key_enabled: rule.bucket_key_enabled.unwrap_or(false),
        blocked_encryption_types: blocked.iter().map(|kind| kind.as_str().to_owned()).collect(),
    }
}

fn public_access_block(block: &PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: block.block_public_acls.unwrap_or(false),
        ignore_public_acls: block.ignore_public_acls.unwrap_or(false),
        block_public_policy: block.block_public_policy.unwrap_or(false),
        restrict_public_buckets: block.restrict_public_buckets.unwrap_or(false),
    }
}

fn object_lock(retention: &DefaultRetention) -> Option<ObjectLock> {
    let years = retention.years.map(|years| years.saturating_mul(365));
    Some(ObjectLock { mode: retention.mode.as_ref()?.as_str().to_owned(), days: retention.days.or(years)? })
}
