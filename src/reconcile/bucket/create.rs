//! Creating a bucket, with the settings that the one call can have.
//!
//! See the Amazon S3 API Reference, `CreateBucket`: the ownership of objects is a header, and tags are in the
//! configuration. Only `us-east-1` has no location constraint, and only there the creation of a bucket that the account
//! already has succeeds like that of a new one.

use std::time::Duration;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership};

use crate::reconcile::call::{Call, Transient};
use crate::reconcile::error::{CallError, ErrorKind};
use crate::reconcile::retry::Run;
use crate::reconcile::tags::{self, Tags};

use super::tagging::{NO_TAGS, sdk_tags};
use super::{BucketSpec, Buckets, ENABLED, ExpectedBucket, ObservedBucket, PublicAccessBlock, SERVICE};

/// How long the name of a deleted bucket may be blocked (`OperationAborted`).
const NAME_BLOCKED: Duration = Duration::from_mins(20);

/// The region whose buckets have no location constraint, and where `CreateBucket` succeeds for a bucket that the
/// account already has.
const UNCONSTRAINED: &str = "us-east-1";

/// What is transient when the tags of a new bucket are read.
const NEW_TAGS: &[Transient] = &[Transient::code("NoSuchBucket"), Transient::code(NO_TAGS)];

/// How long the tags of a new bucket may be unknown. Another owner's bucket without tags costs the same time.
const TAGS_PROPAGATION: Duration = Duration::from_secs(30);

impl Buckets {
    pub(super) async fn create(&self, spec: &BucketSpec, run: &Run) -> Result<ObservedBucket, CallError> {
        tracing::info!("creating the S3 bucket {}", spec.name);
        let call = Call::write(SERVICE, "CreateBucket", &spec.name).within(NAME_BLOCKED);
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
            Err(error) if error.may_have_created() => {
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

    /// Checks that a call that succeeded has created the bucket, and not found one that somebody else in the account
    /// created meanwhile. Only a bucket that the call has created carries the desired stamp.
    async fn prove_new(&self, create: &Call<'_>, spec: &BucketSpec, run: &Run) -> Result<(), CallError> {
        let call = Call::read(SERVICE, "GetBucketTagging", &spec.name).retrying(NEW_TAGS).within(TAGS_PROPAGATION);
        let tags = self.all_tags(&call, &spec.account_id, run).await?;
        if tags::same_stamp(&tags, &spec.tags) {
            return Ok(());
        }
        let message = "the account already has a bucket of this name, which somebody else made";
        Err(CallError::new(ErrorKind::AlreadyExists, create, message))
    }
}

/// A bucket that was just created. Its settings are not written yet.
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
        // A bucket with object lock keeps versions from the start.
        versioning: if spec.object_lock.is_some() { ENABLED } else { "" }.to_owned(),
        lifecycle: None,
        lifecycle_limit: None,
        lifecycle_excess: Vec::new(),
        other_rules: Vec::new(),
        object_lock: None,
        access_log: None,
        tags: spec.tags.clone(),
        system_tags: Tags::new(),
    }
}
