//! The S3 bucket that session logs are stored in, with all its settings.
//!
//! Follows the contract of [`super`]. Knows nothing of names or of what a policy should say. Every call names the
//! account that the bucket must belong to, so that another account's bucket of the same name is never changed. Writes
//! are made one after the other: S3 responds with `OperationAborted` when the settings of one bucket are changed side
//! by side. See the Amazon S3 API Reference, one operation per setting, and the User Guide, "Verifying bucket ownership
//! with bucket owner condition".

mod control;
mod create;
mod diff;
mod empty;
mod encryption;
mod existing;
mod grants;
mod lifecycle;
mod log_target;
mod object_lock;
mod observe;
mod request;
mod settings;
mod tagging;
mod untagged;
mod write;

use aws_sdk_s3::Client;

use super::call::Call;
use super::error::{CallError, absent_is_none};
use super::retry::Run;
use super::{Reached, Tags};

pub(crate) use diff::diff;
pub(crate) use existing::{ObservedExistingBucket, counts_as_encrypted, is_bucket_name};
pub(crate) use grants::Grant;
pub(crate) use lifecycle::{Lifecycle, OtherRule};
pub(crate) use log_target::{ObservedLogTarget, TargetAccess};
pub(crate) use observe::ExpectedBucket;

const SERVICE: &str = "S3";
const AWS_KMS: &str = "aws:kms";
const ENABLED: &str = "Enabled";
const SUSPENDED: &str = "Suspended";

/// The desired bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BucketSpec {
    /// Name.
    pub(crate) name: String,
    /// ARN. It follows from the name.
    pub(crate) arn: String,
    /// Region, the same as the client's.
    pub(crate) region: String,
    /// Account that owns it.
    pub(crate) account_id: String,
    /// Bucket policy as JSON.
    pub(crate) policy: String,
    /// ARN of the KMS key that encrypts objects; `None`: the AWS managed key `aws/s3`.
    pub(crate) kms_key_arn: Option<String>,
    /// Whether S3 uses a bucket key, which reduces calls to KMS.
    pub(crate) bucket_key_enabled: bool,
    /// `BucketOwnerEnforced` or `BucketOwnerPreferred`.
    pub(crate) object_ownership: String,
    /// Whether versions are kept. If not, versioning may be `Suspended` or never enabled.
    pub(crate) versioning: bool,
    /// When objects move and expire.
    pub(crate) lifecycle: Lifecycle,
    /// Lock on new objects; `None`: an existing lock is left, because it cannot be disabled.
    pub(crate) object_lock: Option<ObjectLock>,
    /// Where S3 logs the access to the bucket.
    pub(crate) access_log: Option<AccessLog>,
    /// All tags, mark and stamp included.
    pub(crate) tags: Tags,
}

/// A bucket as it is in AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObservedBucket {
    /// Name.
    pub(crate) name: String,
    /// Region.
    pub(crate) region: String,
    /// Account that owns it.
    pub(crate) account_id: String,
    /// Bucket policy as JSON.
    pub(crate) policy: Option<String>,
    /// The four blocks of public access.
    pub(crate) public_access_block: PublicAccessBlock,
    /// Default encryption, such as `aws:kms` or `AES256`; empty where there is none.
    pub(crate) sse_algorithm: String,
    /// The KMS key of the default encryption as it is set, an ARN as a rule.
    pub(crate) kms_key_arn: Option<String>,
    /// Whether S3 uses a bucket key, which reduces calls to KMS.
    pub(crate) bucket_key_enabled: bool,
    /// Kinds of encryption that S3 refuses for new objects. They are left as they are.
    pub(crate) blocked_encryption_types: Vec<String>,
    /// `BucketOwnerEnforced`, …; empty where it is not set.
    pub(crate) object_ownership: String,
    /// `Enabled`, `Suspended`, or empty: never enabled.
    pub(crate) versioning: String,
    /// The lifecycle rule named [`RULE_ID`].
    pub(crate) lifecycle: Option<Lifecycle>,
    /// Why that rule holds for fewer objects than its prefix says, in words.
    pub(crate) lifecycle_limit: Option<String>,
    /// What that rule does beyond a [`Lifecycle`], in words.
    pub(crate) lifecycle_excess: Vec<String>,
    /// The lifecycle rules of others.
    pub(crate) other_rules: Vec<OtherRule>,
    /// The least size of objects that transitions move, as S3 names the choice; every write of the rules has to repeat
    /// it, or S3 resets it. `None` where S3 names none.
    pub(crate) least_transition_size: Option<String>,
    /// Lock on new objects. Only a bucket that keeps versions can have one.
    pub(crate) object_lock: Option<ObjectLock>,
    /// Where S3 logs the access to the bucket.
    pub(crate) access_log: Option<AccessLog>,
    /// All tags but AWS's own.
    pub(crate) tags: Tags,
    /// AWS's own tags, which are part of every write of tags.
    pub(crate) system_tags: Tags,
}

impl ObservedBucket {
    /// The managed lifecycle rule, if it holds for every object below its prefix.
    pub(crate) fn lifecycle_in_force(&self) -> Option<&Lifecycle> {
        self.lifecycle.as_ref().filter(|_| self.lifecycle_limit.is_none())
    }
}

/// The four blocks of public access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "S3 has these four switches")]
pub(crate) struct PublicAccessBlock {
    /// Public ACLs are refused.
    pub(crate) block_public_acls: bool,
    /// Public ACLs have no effect.
    pub(crate) ignore_public_acls: bool,
    /// Public bucket policies are refused.
    pub(crate) block_public_policy: bool,
    /// Public bucket policies have no effect for others.
    pub(crate) restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// All four, which are always desired.
    pub(crate) const ALL: Self = Self {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
}

/// Lock on new objects of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObjectLock {
    /// `GOVERNANCE` or `COMPLIANCE`.
    pub(crate) mode: String,
    /// Days that new objects are locked for.
    pub(crate) days: i32,
}

/// Where S3 logs the access to a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AccessLog {
    /// Bucket that takes the logs.
    pub(crate) target_bucket: String,
    /// Prefix of their keys; may be empty.
    pub(crate) target_prefix: String,
}

/// The buckets of one region.
#[derive(Debug, Clone)]
pub(crate) struct Buckets {
    client: Client,
    control_client: aws_sdk_s3control::Client,
}

impl Buckets {
    /// Buckets that this client reaches, and the client of S3 Control in the same region.
    pub(crate) fn new(client: &Client, control_client: &aws_sdk_s3control::Client) -> Self {
        Self { client: client.clone(), control_client: control_client.clone() }
    }

    /// Creates the bucket, or changes it as the spec says.
    pub(crate) async fn ensure(
        &self,
        spec: &BucketSpec,
        observed: Option<ObservedBucket>,
        run: &Run,
    ) -> Reached<ObservedBucket> {
        let mut part = observed;
        let error = self.write(&mut part, spec, run).await.err();
        Reached { part, error }
    }

    /// Deletes the bucket with its settings.
    ///
    /// # Errors
    /// Any error of `DeleteBucket` but not-found: `Conflict` while the bucket is not empty.
    pub(crate) async fn remove(&self, name: &str, account_id: &str, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "DeleteBucket", name);
        let deleted =
            run.call(&call, || self.client.delete_bucket().bucket(name).expected_bucket_owner(account_id).send());
        absent_is_none(deleted.await).map(drop)
    }
}

/// Turns the error code that S3 has for a setting that is not set into `None`.
fn unset<T>(result: Result<T, CallError>, code: &str) -> Result<Option<T>, CallError> {
    match result {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.has_code(code) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
