//! An existing bucket that the setup only uses, perhaps in another region, or of another account.
//!
//! `GetBucketEncryption` is the one call that the nodes themselves make before a session. It also tells the region: S3
//! responds from the wrong region with a redirect that names the right one. See the Amazon S3 User Guide, "Virtual
//! hosting of buckets", and the API Reference.

use aws_sdk_s3::config::{Builder, Region};

use crate::reconcile::call::Call;
use crate::reconcile::error::{CallError, ErrorKind, absent_is_none};
use crate::reconcile::retry::Run;

use super::encryption::{Encryption, NOT_ENCRYPTED};
use super::{AWS_KMS, Buckets, SERVICE, unset};

/// An existing bucket as it is in AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObservedExistingBucket {
    /// Name.
    pub(crate) name: String,
    /// Region.
    pub(crate) region: String,
    /// Account that owns it, where the observation names it: S3 confirms it.
    pub(crate) account_id: Option<String>,
    /// Default encryption, such as `aws:kms` or `AES256`; empty where there is none.
    pub(crate) sse_algorithm: String,
    /// The KMS key of the default encryption as it is set.
    pub(crate) kms_key_arn: Option<String>,
    /// Whether S3 uses a bucket key, which reduces calls to KMS.
    pub(crate) bucket_key_enabled: bool,
}

/// Whether a text can be the name of a bucket: what S3 ever accepted. An ARN or an alias of something else is none.
pub(crate) fn is_bucket_name(text: &str) -> bool {
    (3..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// Whether a bucket with this default encryption is encrypted to the nodes. With `aws:kms:dsse` it is not.
pub(crate) fn counts_as_encrypted(sse_algorithm: &str) -> bool {
    [AWS_KMS, "AES256"].contains(&sse_algorithm)
}

impl Buckets {
    /// Reads an existing bucket: one call, two when it is in another region.
    ///
    /// # Errors
    /// Any error of `GetBucketEncryption`: `AccessDenied` also when the bucket is not owned by the given account. Only
    /// S3's `NoSuchBucket` is `None`. A text that can be no name is `Invalid`, without a call: the SDK would take an ARN
    /// apart.
    pub(crate) async fn observe_existing(
        &self,
        name: &str,
        account_id: Option<&str>,
        run: &Run,
    ) -> Result<Option<ObservedExistingBucket>, CallError> {
        if !is_bucket_name(name) {
            let call = Call::read(SERVICE, "GetBucketEncryption", name);
            return Err(CallError::new(ErrorKind::Invalid, &call, "this is not the name of a bucket"));
        }
        let here = self.client.config().region().map_or("", AsRef::as_ref);
        match self.existing_in(here, name, account_id, run).await {
            Err(CallError { bucket_region: Some(region), .. }) if region != here => {
                self.existing_in(&region, name, account_id, run).await
            }
            existing => existing,
        }
    }

    async fn existing_in(
        &self,
        region: &str,
        name: &str,
        account_id: Option<&str>,
        run: &Run,
    ) -> Result<Option<ObservedExistingBucket>, CallError> {
        let call = Call::read(SERVICE, "GetBucketEncryption", name);
        let output = run.call(&call, || {
            self.client
                .get_bucket_encryption()
                .bucket(name)
                .set_expected_bucket_owner(account_id.map(str::to_owned))
                .customize()
                .config_override(Builder::new().region(Region::new(region.to_owned())))
                .send()
        });
        let output = absent_is_none(unset(output.await, NOT_ENCRYPTED))?;
        Ok(output.map(|output| {
            let Encryption { sse_algorithm, kms_key_arn, bucket_key_enabled, .. } = Encryption::of(output);
            ObservedExistingBucket {
                name: name.to_owned(),
                region: region.to_owned(),
                account_id: account_id.map(str::to_owned),
                sse_algorithm,
                kms_key_arn,
                bucket_key_enabled,
            }
        }))
    }
}
