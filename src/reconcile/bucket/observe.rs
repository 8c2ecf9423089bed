//! Reading a bucket: one call per setting, all side by side.
//!
//! See the Amazon S3 API Reference, one operation per setting, such as `GetBucketEncryption`.

use std::time::Duration;

use aws_sdk_s3::types::PublicAccessBlockConfiguration;

use crate::reconcile::call::{Call, Transient};
use crate::reconcile::error::{CallError, absent_is_none};
use crate::reconcile::retry::Run;
use crate::reconcile::tags::{self, Tags};

use super::encryption::{Encryption, NOT_ENCRYPTED};
use super::lifecycle::{self, Rules};
use super::{AccessLog, Buckets, ENABLED, ObservedBucket, PublicAccessBlock, SERVICE, unset};

const NO_LIFECYCLE: &str = "NoSuchLifecycleConfiguration";

/// The response for a while after a lifecycle was written, and always after it was deleted.
const LIFECYCLE_UNKNOWN: &[Transient] = &[Transient::code(NO_LIFECYCLE)];

/// How long a new lifecycle may be unknown. A lifecycle that was deleted costs the same time, once.
const LIFECYCLE_PROPAGATION: Duration = Duration::from_secs(10);

/// What an observation expects beyond what every bucket has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ExpectedBucket {
    /// The last observation found a lifecycle, so that a response without one is doubted.
    pub(crate) lifecycle: bool,
}

/// The bucket of a call.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    name: &'a str,
    account_id: &'a str,
    run: &'a Run,
}

impl Buckets {
    /// Reads a bucket: eight calls side by side, and one more for the lock of a bucket that keeps versions.
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
        let (encryption, block, ownership, policy, lifecycle, tags, versioning, access_log) = tokio::join!(
            self.encryption(place),
            self.public_access_block(place),
            self.object_ownership(place),
            self.bucket_policy(name, account_id, run),
            self.lifecycle(place, expected.lifecycle),
            self.tags(place),
            self.versioning(place),
            self.access_log(place),
        );
        let Some(encryption) = absent_is_none(encryption)? else {
            return Ok(None);
        };
        let (Rules { managed, limit, excess, others }, least_transition_size) = lifecycle?;
        let (system_tags, tags) = tags?;
        let versioning = versioning?;
        let object_lock = match versioning.as_str() {
            ENABLED => self.object_lock(name, account_id, run).await?,
            _ => None,
        };
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
            versioning,
            lifecycle: managed,
            lifecycle_limit: limit,
            lifecycle_excess: excess,
            other_rules: others,
            least_transition_size,
            object_lock,
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
        unset(output.await, NOT_ENCRYPTED).map(Encryption::of)
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

    /// The policy of a bucket.
    pub(super) async fn bucket_policy(
        &self,
        name: &str,
        account_id: &str,
        run: &Run,
    ) -> Result<Option<String>, CallError> {
        let call = Call::read(SERVICE, "GetBucketPolicy", name);
        let output =
            run.call(&call, || self.client.get_bucket_policy().bucket(name).expected_bucket_owner(account_id).send());
        let output = unset(output.await, "NoSuchBucketPolicy")?;
        Ok(output.and_then(|output| output.policy))
    }

    /// The rules, and the least size of transitions. A new lifecycle may be unknown for a while, which would be taken for
    /// drift.
    async fn lifecycle(&self, place: Place<'_>, expected: bool) -> Result<(Rules, Option<String>), CallError> {
        let transient = if expected { LIFECYCLE_UNKNOWN } else { &[] };
        let call = Call::read(SERVICE, "GetBucketLifecycleConfiguration", place.name);
        let call = call.retrying(transient).within(LIFECYCLE_PROPAGATION);
        let output = place.run.call(&call, || {
            self.client
                .get_bucket_lifecycle_configuration()
                .bucket(place.name)
                .expected_bucket_owner(place.account_id)
                .send()
        });
        let output = unset(output.await, NO_LIFECYCLE)?;
        let Some(output) = output else { return Ok((Rules::default(), None)) };
        let least_size = output.transition_default_minimum_object_size.map(|size| size.as_str().to_owned());
        Ok((lifecycle::parse(output.rules.unwrap_or_default()), least_size))
    }

    /// AWS's own tags, and all others.
    async fn tags(&self, place: Place<'_>) -> Result<(Tags, Tags), CallError> {
        let call = Call::read(SERVICE, "GetBucketTagging", place.name);
        let all = self.all_tags(&call, place.account_id, place.run).await?;
        Ok(all.into_iter().partition(|(key, _)| tags::is_system(key)))
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
}

fn public_access_block(block: &PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: block.block_public_acls.unwrap_or(false),
        ignore_public_acls: block.ignore_public_acls.unwrap_or(false),
        block_public_policy: block.block_public_policy.unwrap_or(false),
        restrict_public_buckets: block.restrict_public_buckets.unwrap_or(false),
    }
}
