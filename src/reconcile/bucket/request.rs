//! The one call that creates a bucket, with the settings that it can have.
//!
//! See the Amazon S3 API Reference, `CreateBucket`: the ownership of objects is a header, and region and tags are in the
//! configuration. Only `us-east-1` has no location constraint.

use std::time::Duration;

use aws_sdk_s3::error::{BuildError, SdkError};
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, ObjectOwnership};

use crate::reconcile::call::Call;
use crate::reconcile::error::CallError;
use crate::reconcile::retry::Run;
use crate::reconcile::tags::Tags;

use super::tagging::sdk_tags;
use super::{BucketSpec, Buckets, ENABLED, ObservedBucket, PublicAccessBlock, SERVICE};

/// How long the name of a deleted bucket may be blocked (`OperationAborted`).
const NAME_BLOCKED: Duration = Duration::from_mins(20);

/// The region whose buckets have no location constraint, and where `CreateBucket` succeeds for a bucket that the
/// account already has.
pub(super) const UNCONSTRAINED: &str = "us-east-1";

/// What a request to create a bucket has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Region and tags.
    Tagged,
    /// The region alone.
    Untagged,
    /// No configuration at all, for servers that refuse any.
    Bare,
}

impl Buckets {
    /// Makes the call.
    pub(super) async fn request(&self, spec: &BucketSpec, form: Form, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "CreateBucket", &spec.name).within(NAME_BLOCKED);
        let constraint = (spec.region != UNCONSTRAINED).then(|| BucketLocationConstraint::from(spec.region.as_str()));
        let configuration = || -> Result<_, BuildError> {
            let tags = if form == Form::Tagged { Some(sdk_tags(&spec.tags)?) } else { None };
            let has_any = form != Form::Bare && (constraint.is_some() || tags.is_some());
            let configuration = CreateBucketConfiguration::builder().set_location_constraint(constraint.clone());
            Ok(has_any.then(|| configuration.set_tags(tags).build()))
        };
        let created = run.call(&call, || async {
            self.client
                .create_bucket()
                .bucket(&spec.name)
                .object_ownership(ObjectOwnership::from(spec.object_ownership.as_str()))
                .set_object_lock_enabled_for_bucket(spec.object_lock.is_some().then_some(true))
                .set_create_bucket_configuration(configuration().map_err(SdkError::construction_failure)?)
                .send()
                .await
        });
        created.await.map(drop)
    }
}

/// A bucket that was just created. Its settings are not written yet.
pub(super) fn new_bucket(spec: &BucketSpec) -> ObservedBucket {
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
        least_transition_size: None,
        object_lock: None,
        access_log: None,
        tags: spec.tags.clone(),
        system_tags: Tags::new(),
    }
}
