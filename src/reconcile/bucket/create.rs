//! Creating a bucket, and proving that it is the one that was created.
//!
//! See the Amazon S3 API Reference, `CreateBucket`: only in `us-east-1` the creation of a bucket that the account already
//! has may succeed like that of a new one.

use std::time::Duration;

use crate::reconcile::call::{Call, Transient};
use crate::reconcile::error::CallError;
use crate::reconcile::retry::Run;
use crate::reconcile::tags;

use super::request::{Form, UNCONSTRAINED, new_bucket};
use super::tagging::NO_TAGS;
use super::untagged::refuses_tags;
use super::{BucketSpec, Buckets, ExpectedBucket, ObservedBucket, SERVICE};

/// What is transient when the tags of a new bucket are read.
const NEW_TAGS: &[Transient] = &[Transient::code("NoSuchBucket"), Transient::code(NO_TAGS)];

/// How long the tags of a new bucket may be unknown. A server that drops them silently costs the same time.
const TAGS_PROPAGATION: Duration = Duration::from_secs(10);

impl Buckets {
    pub(super) async fn create(&self, spec: &BucketSpec, run: &Run) -> Result<ObservedBucket, CallError> {
        tracing::info!("creating the S3 bucket {}", spec.name);
        match self.request(spec, Form::Tagged, run).await {
            Ok(()) if spec.region == UNCONSTRAINED => self.prove_new(spec, run).await,
            Ok(()) => Ok(new_bucket(spec)),
            Err(error) if refuses_tags(&error) => self.create_untagged(spec, run).await,
            Err(error) if error.may_have_created() => {
                let expected = ExpectedBucket::default();
                let found = self.observe(&spec.name, &spec.region, &spec.account_id, expected, run).await;
                match found {
                    Ok(Some(bucket)) if tags::same_stamp(&bucket.tags, &spec.tags) => Ok(bucket),
                    _ => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Checks that a call that succeeded has created the bucket, and not found one that somebody else in the account
    /// created meanwhile. A bucket that the call has created carries the desired stamp, or no tags at all where a
    /// server drops them silently.
    async fn prove_new(&self, spec: &BucketSpec, run: &Run) -> Result<ObservedBucket, CallError> {
        let call = Call::read(SERVICE, "GetBucketTagging", &spec.name).retrying(NEW_TAGS).within(TAGS_PROPAGATION);
        let tags = self.all_tags(&call, &spec.account_id, run).await?;
        if tags::same_stamp(&tags, &spec.tags) {
            return Ok(new_bucket(spec));
        }
        self.require_untouched(spec, &tags, run).await?;
        self.tag_or_delete(spec, run).await
    }
}
