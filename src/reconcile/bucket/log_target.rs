//! A bucket that is to take the access logs of another one: only read.
//!
//! What it must be like is in the Amazon S3 User Guide, "Enabling Amazon S3 server access logging".

use crate::reconcile::error::{CallError, ErrorKind};
use crate::reconcile::retry::Run;

use super::grants::Grant;
use super::{Buckets, ObjectLock};

/// Such a bucket as it is in AWS.
#[derive(Debug)]
pub(crate) struct ObservedLogTarget {
    /// Region.
    pub(crate) region: String,
    /// Default encryption, such as `aws:kms` or `AES256`.
    pub(crate) sse_algorithm: String,
    /// What decides who may write to it; `None` where it belongs to another account or region.
    pub(crate) access: Option<TargetAccess>,
    /// Whether it belongs to the expected account.
    pub(crate) is_own: bool,
}

/// What decides who may write to a bucket and what becomes of it, each as far as the caller may read it.
#[derive(Debug)]
pub(crate) struct TargetAccess {
    /// The lock on new objects.
    pub(crate) object_lock: Result<Option<ObjectLock>, CallError>,
    /// Bucket policy as JSON.
    pub(crate) policy: Result<Option<String>, CallError>,
    /// Grants of the ACL to others than the owner.
    pub(crate) grants: Result<Vec<Grant>, CallError>,
}

impl Buckets {
    /// Reads the bucket: four calls, two for one of another account or region.
    ///
    /// # Errors
    /// Any error of `GetBucketEncryption`: `AccessDenied` also where the bucket belongs to an account that does not
    /// allow the call. Only S3's `NoSuchBucket` is `None`.
    pub(crate) async fn observe_log_target(
        &self,
        name: &str,
        account_id: &str,
        run: &Run,
    ) -> Result<Option<ObservedLogTarget>, CallError> {
        let (existing, is_own) = match self.observe_existing(name, Some(account_id), run).await {
            // Either the caller may not read it, or it belongs to another account.
            Err(denied) if denied.kind == ErrorKind::AccessDenied => {
                match self.observe_existing(name, None, run).await {
                    Ok(existing) => (existing, false),
                    Err(_) => return Err(denied),
                }
            }
            existing => (existing?, true),
        };
        let Some(existing) = existing else { return Ok(None) };
        let here = self.client.config().region().is_some_and(|region| region.as_ref() == existing.region);
        let access = if is_own && here { Some(self.target_access(name, account_id, run).await) } else { None };
        Ok(Some(ObservedLogTarget { region: existing.region, sse_algorithm: existing.sse_algorithm, access, is_own }))
    }

    async fn target_access(&self, name: &str, account_id: &str, run: &Run) -> TargetAccess {
        let (object_lock, policy, grants) = tokio::join!(
            self.object_lock(name, account_id, run),
            self.bucket_policy(name, account_id, run),
            self.foreign_grants(name, account_id, run),
        );
        TargetAccess { object_lock, policy, grants }
    }
}
