//! Making a bucket, with what can be said in the one call.
//!
//! See the Amazon S3 API Reference, `CreateBucket`: the ownership of objects is a header, tags are in
//! the configuration, only `us-east-1` has no location constraint, and only there making a bucket that
//! the account has already is answered like making a new one.

use std::time::Duration;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership};

use super::observe::unset;
use super::write::sdk_tags;
use super::{BucketSpec, Buckets, ENABLED, ExpectedBucket, ObservedBucket, PublicAccessBlock, SERVICE};
use crate::reconcile::error::{CallError, ErrorKind};
use crate::reconcile::retry::{Call, Passing, Run};
use crate::reconcile::{Tags, tags};

/// A name that was only just given up stays blocked for a while (`OperationAborted`).
const NAME_BECOMES_FREE: Duration = Duration::from_mins(20);

/// The region whose buckets have no location constraint, and where `CreateBucket` succeeds on a bucket that the
/// account has.
const UNCONSTRAINED: &str = "us-east-1";

/// What passes by itself when the tags of a bucket are asked for that was only just made with them.
const TAGS_JUST_MADE: &[Passing] = &[Passing::code("NoSuchBucket"), Passing::code("NoSuchTagSet")];

/// How long the tags of a new bucket may be unseen. A bucket of somebody else that has none costs as long.
const TAGS_SPREAD: Duration = Duration::from_secs(30);

impl Buckets {
    pub(super) async fn create(&self, spec: &BucketSpec, run: &Run) -> Result<ObservedBucket, CallError> {
        tracing::info!("making the S3 bucket {}", spec.name);
        let call = Call::write(SERVICE, "CreateBucket", &spec.name).within(NAME_BECOMES_FREE);
        let constraint = (spec.region != UNCONSTRAINED).then(|| BucketLocationConstraint::from(spec.region.as_str()));
        let created = run.call(&call, || async {
            let tags = sdk_tags(&spec.tags).map_err(SdkError::construction_failure)?;
            let configuration = CreateBucketConfiguration::builder()
                .set_location_constraint(constraint.clone())
                .set_tags(Some(tags))
                .build();
            self.client
                .create_bucket()
                .bucket(&spec.name)
                .object_ownership(ObjectOwnership::from(spec.object_ownership.as_str()))
                .set_object_lock_enabled_for_bucket(spec.object_lock.is_some().then_some(true))
                .create_bucket_configuration(configuration)
                .send()
                .await
        });
        match created.await {
            Ok(_) => {
                if spec.region == UNCONSTRAINED {
                    self.prove_new(&call, spec, run).await?;
                }
                Ok(new_bucket(spec))
            }
            Err(error) if tags::may_be_ours(&error) => {
                let expected = ExpectedBucket { object_lock: spec.object_lock.is_some(), lifecycle: false };
                let found = self.observe(&spec.name, &spec.region, &spec.account_id, expected, run).await;
                match found {
                    Ok(Some(bucket)) if tags::same_stamp(&bucket.tags, &spec.tags) => Ok(bucket),
                    _ => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// After a success that may stand for a bucket that somebody else in the account made meanwhile: that call
    /// changes no tags, so only a bucket that was made by it carries the wanted stamp.
    async fn prove_new(&self, create: &Call<'_>, spec: &BucketSpec, run: &Run) -> Result<(), CallError> {
        let call = Call::read(SERVICE, "GetBucketTagging", &spec.name).retrying(TAGS_JUST_MADE).within(TAGS_SPREAD);
        let tagged = run.call(&call, || {
            self.client.get_bucket_tagging().bucket(&spec.name).expected_bucket_owner(&spec.account_id).send()
        });
        let tagged = unset(tagged.await, "NoSuchTagSet")?;
        let held = tagged.map(|tagged| tagged.tag_set).unwrap_or_default();
        if tags::same_stamp(&held.into_iter().map(|tag| (tag.key, tag.value)).collect(), &spec.tags) {
            return Ok(());
        }
        let message = "the account has a bucket of this name already, which somebody else made";
        Err(CallError::new(ErrorKind::AlreadyExists, create, message))
    }
}

/// What is known of a bucket that was made just now; its settings are yet to be written.
fn new_bucket(spec: &BucketSpec) -> ObservedBucket {
    ObservedBucket {
        name: spec.name.clone(),
        region: spec.region.clone(),
        account_id: spec.account_id.clone(),
        policy: None,
        public_access_block: PublicAccessBlock::default(),
        sse_algorithm: String::new(),
        kms_key_arn: None,
        bucket_key_enabled: false,
        blocked_encryption_types: Vec::new(),
        object_ownership: spec.object_ownership.clone(),
        // A bucket that is made for object locks keeps versions from the start.
        versioning: if spec.object_lock.is_some() { ENABLED } else { "" }.to_owned(),
        lifecycle: None,
        lifecycle_in_force: false,
        foreign_lifecycle: Vec::new(),
        object_lock: None,
        access_log: None,
        tags: spec.tags.clone(),
        system_tags: Tags::new(),
    }
}
