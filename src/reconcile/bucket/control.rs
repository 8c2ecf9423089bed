//! Tags of a bucket whose access is controlled by tags (ABAC).
//!
//! Such a bucket refuses `PutBucketTagging`. Its tags are written through the S3 Control API, which adds to the tags that
//! are there. See the Amazon S3 API Reference, `TagResource` and `UntagResource` of S3 Control, and the User Guide, "Using
//! tags with S3 general purpose buckets".

use aws_sdk_s3control::error::SdkError;
use aws_sdk_s3control::types::Tag;

use crate::reconcile::call::Call;
use crate::reconcile::error::CallError;
use crate::reconcile::tags::{self, Tags};

use super::settings::Settings;

const SERVICE: &str = "S3 Control";

impl Settings<'_> {
    /// Writes the tags that differ, and removes those that are not desired.
    pub(super) async fn tag_resource(&self, observed: &Tags) -> Result<(), CallError> {
        let Self { buckets, spec, run, .. } = self;
        let set = |tags: Tags| async move {
            let call = Call::write(SERVICE, "TagResource", &spec.arn).retrying(self.transient);
            let set = run.call(&call, || async {
                let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
                let tags = tags.collect::<Result<Vec<_>, _>>().map_err(SdkError::construction_failure)?;
                let request =
                    buckets.control_client.tag_resource().account_id(&spec.account_id).resource_arn(&spec.arn);
                request.set_tags(Some(tags)).send().await
            });
            set.await.map(drop)
        };
        let remove = |keys: Vec<String>| async move {
            let call = Call::write(SERVICE, "UntagResource", &spec.arn).retrying(self.transient);
            let request =
                || buckets.control_client.untag_resource().account_id(&spec.account_id).resource_arn(&spec.arn);
            run.call(&call, || request().set_tag_keys(Some(keys.clone())).send()).await.map(drop)
        };
        tags::ensure(&mut observed.clone(), &spec.tags, set, remove).await
    }
}
