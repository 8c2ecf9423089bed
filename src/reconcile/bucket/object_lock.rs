//! Reading the object lock of a bucket.
//!
//! See the Amazon S3 API Reference, `GetObjectLockConfiguration`.

use aws_sdk_s3::types::{DefaultRetention, ObjectLockConfiguration, ObjectLockEnabled};

use crate::reconcile::call::Call;
use crate::reconcile::error::{CallError, absent_is_none};
use crate::reconcile::retry::Run;

use super::{Buckets, ObjectLock, SERVICE, unset};

impl Buckets {
    /// Whether the bucket may have locked objects. A bucket that does not exist has none.
    ///
    /// # Errors
    /// Any error of `GetObjectLockConfiguration` but not-found.
    pub(crate) async fn has_object_lock(&self, name: &str, account_id: &str, run: &Run) -> Result<bool, CallError> {
        let configuration = self.object_lock_configuration(name, account_id, run).await;
        let enabled = absent_is_none(configuration)?.flatten().and_then(|lock| lock.object_lock_enabled);
        Ok(enabled == Some(ObjectLockEnabled::Enabled))
    }

    /// The lock on new objects.
    pub(super) async fn object_lock(
        &self,
        name: &str,
        account_id: &str,
        run: &Run,
    ) -> Result<Option<ObjectLock>, CallError> {
        let configuration = self.object_lock_configuration(name, account_id, run).await?;
        let rule = configuration.and_then(|lock| lock.rule);
        Ok(rule.and_then(|rule| rule.default_retention).and_then(|retention| object_lock(&retention)))
    }

    async fn object_lock_configuration(
        &self,
        name: &str,
        account_id: &str,
        run: &Run,
    ) -> Result<Option<ObjectLockConfiguration>, CallError> {
        let call = Call::read(SERVICE, "GetObjectLockConfiguration", name);
        let output = run.call(&call, || {
            self.client.get_object_lock_configuration().bucket(name).expected_bucket_owner(account_id).send()
        });
        let output = unset(output.await, "ObjectLockConfigurationNotFoundError")?;
        Ok(output.and_then(|output| output.object_lock_configuration))
    }
}

fn object_lock(retention: &DefaultRetention) -> Option<ObjectLock> {
    let years = retention.years.map(|years| years.saturating_mul(365));
    Some(ObjectLock { mode: retention.mode.as_ref()?.as_str().to_owned(), days: retention.days.or(years)? })
}
