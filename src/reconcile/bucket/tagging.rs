//! The tags of a bucket.
//!
//! See the Amazon S3 API Reference, `GetBucketTagging`.

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::Tag;

use crate::reconcile::call::Call;
use crate::reconcile::error::{CallError, absent_is_none};
use crate::reconcile::retry::Run;
use crate::reconcile::tags::{self, Tags};

use super::{Buckets, SERVICE, unset};

/// The code that S3 returns for a bucket without tags.
pub(super) const NO_TAGS: &str = "NoSuchTagSet";

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
        let call = Call::read(SERVICE, "GetBucketTagging", name);
        let all = absent_is_none(self.all_tags(&call, account_id, run).await)?;
        Ok(all.map(tags::without_system))
    }

    /// All tags, AWS's own included, of the bucket that the call is about.
    pub(super) async fn all_tags(&self, call: &Call<'_>, account_id: &str, run: &Run) -> Result<Tags, CallError> {
        let output = run.call(call, || {
            self.client.get_bucket_tagging().bucket(call.target).expected_bucket_owner(account_id).send()
        });
        let tags = unset(output.await, NO_TAGS)?.map(|output| output.tag_set).unwrap_or_default();
        Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }
}

/// Tags as S3 takes them.
pub(super) fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, BuildError> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}
