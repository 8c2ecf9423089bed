//! The tags of a part alone: whose it is, which is all that has to be known before it is deleted.
//!
//! One call for a part, where a whole look takes up to eight.

use super::bucket::Buckets;
use super::error::{CallError, absent_is_none};
use super::kms_key::KmsKeys;
use super::log_group::LogGroups;
use super::retry::Run;
use super::{Tags, tags};

impl KmsKeys {
    /// The tags of a key; `None`: it does not exist.
    ///
    /// # Errors
    /// Any error of `ListResourceTags` but not-found.
    pub(crate) async fn observe_tags(&self, arn: &str, run: &Run) -> Result<Option<Tags>, CallError> {
        absent_is_none(self.tags(arn, run).await)
    }
}

impl LogGroups {
    /// The tags of a log group; `None`: it does not exist.
    ///
    /// # Errors
    /// Any error of `ListTagsForResource` but not-found.
    pub(crate) async fn observe_tags(&self, arn: &str, run: &Run) -> Result<Option<Tags>, CallError> {
        Ok(absent_is_none(self.tags(arn, run).await)?.map(tags::own))
    }
}

impl Buckets {
    /// The tags of a bucket; `None`: it does not exist.
    ///
    /// # Errors
    /// Any error of `GetBucketTagging` but not-found.
    pub(crate) async fn observe_tags(
        &self,
        name: &str,
        account_id: &str,
        run: &Run,
    ) -> Result<Option<Tags>, CallError> {
        Ok(absent_is_none(self.all_tags(name, account_id, run).await)?.map(|(_, tags)| tags))
    }
}
