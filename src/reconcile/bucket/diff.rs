//! How an observed bucket differs from its spec. Pure.

use crate::arn::Arn;
use crate::reconcile::difference::{Difference, Differences, NONE};
use crate::reconcile::{policy, tags};

use super::{
    AWS_KMS, AccessLog, BucketSpec, ENABLED, Lifecycle, ObjectLock, ObservedBucket, PublicAccessBlock, SUSPENDED,
};

/// The name of the AWS managed key that S3 uses where no other key is set.
const DEFAULT_KEY: &str = "alias/aws/s3";

/// Every difference that [`super::Buckets::ensure`] repairs.
pub(crate) fn diff(observed: &ObservedBucket, spec: &BucketSpec) -> Vec<Difference> {
    let mut differences = Differences::default();
    tags::compare(&mut differences, &observed.tags, &spec.tags);
    differences.compare("object_ownership", &observed.object_ownership, &spec.object_ownership);
    compare_public_access(&mut differences, observed.public_access_block);
    compare_encryption(&mut differences, observed, spec);
    policy::compare(&mut differences, observed.policy.as_deref(), Some(&spec.policy));
    compare_lifecycle(&mut differences, observed, spec);
    if versioning_differs(observed, spec) {
        let desired = if spec.versioning { ENABLED } else { SUSPENDED };
        differences.compare("versioning", &observed.versioning, desired);
    }
    if object_lock_differs(observed, spec) {
        compare_object_lock(&mut differences, observed, spec);
    }
    compare_access_log(&mut differences, observed, spec);
    differences.into_vec()
}

/// Versioning that was never enabled is like suspended versioning. A lock, which cannot be removed, keeps it enabled.
pub(super) fn versioning_differs(observed: &ObservedBucket, spec: &BucketSpec) -> bool {
    let stays_enabled = spec.versioning || observed.object_lock.is_some();
    if observed.versioning == ENABLED { !stays_enabled } else { spec.versioning }
}

/// A lock that is not desired cannot be removed, and so is not a difference.
pub(super) fn object_lock_differs(observed: &ObservedBucket, spec: &BucketSpec) -> bool {
    spec.object_lock.is_some() && observed.object_lock != spec.object_lock
}

pub(super) fn encryption_differs(observed: &ObservedBucket, spec: &BucketSpec) -> bool {
    let mut differences = Differences::default();
    compare_encryption(&mut differences, observed, spec);
    !differences.is_empty()
}

pub(super) fn lifecycle_differs(observed: &ObservedBucket, spec: &BucketSpec) -> bool {
    let mut differences = Differences::default();
    compare_lifecycle(&mut differences, observed, spec);
    !differences.is_empty()
}

/// The lifecycle of the spec. A bucket without versioning needs no rule that expires versions, but an existing one is
/// left.
fn desired_lifecycle(observed: &ObservedBucket, spec: &BucketSpec) -> Lifecycle {
    let expires_none = observed.lifecycle.as_ref().is_some_and(|observed| observed.noncurrent_days.is_none());
    let is_needless = !spec.versioning && expires_none;
    let noncurrent_days = spec.lifecycle.noncurrent_days.filter(|_| !is_needless);
    Lifecycle { noncurrent_days, ..spec.lifecycle.clone() }
}

fn compare_encryption(differences: &mut Differences, observed: &ObservedBucket, spec: &BucketSpec) {
    differences.compare("sse_algorithm", &observed.sse_algorithm, AWS_KMS);
    let observed_key = observed.kms_key_arn.as_deref().unwrap_or(DEFAULT_KEY);
    let desired_key = spec.kms_key_arn.as_deref().unwrap_or(DEFAULT_KEY);
    if !same_key(observed_key, desired_key) {
        differences.compare("kms_key_arn", observed_key, desired_key);
    }
    differences.compare("bucket_key_enabled", &observed.bucket_key_enabled, &spec.bucket_key_enabled);
}

impl ObservedBucket {
    /// The key of the default encryption, spelled as the desired one where it is the same key.
    pub(crate) fn key_spelled_as(&self, desired: Option<&str>) -> Option<String> {
        let observed = self.kms_key_arn.as_deref();
        let is_same = same_key(observed.unwrap_or(DEFAULT_KEY), desired.unwrap_or(DEFAULT_KEY));
        if is_same { desired } else { observed }.map(str::to_owned)
    }
}

/// S3 returns a key as it was set: as an ARN, or as the last field of one.
fn same_key(observed: &str, desired: &str) -> bool {
    let parsed = Arn::parse(observed);
    observed == desired
        || (parsed.is_none() || observed.ends_with(DEFAULT_KEY)) && key_name(observed) == key_name(desired)
}

/// The id or alias of a key.
fn key_name(key: &str) -> &str {
    let resource = Arn::parse(key).map_or(key, |arn| arn.resource);
    resource.strip_prefix("key/").unwrap_or(resource)
}

fn compare_public_access(differences: &mut Differences, observed: PublicAccessBlock) {
    let desired = PublicAccessBlock::ALL;
    for (name, observed, desired) in [
        ("block_public_acls", observed.block_public_acls, desired.block_public_acls),
        ("ignore_public_acls", observed.ignore_public_acls, desired.ignore_public_acls),
        ("block_public_policy", observed.block_public_policy, desired.block_public_policy),
        ("restrict_public_buckets", observed.restrict_public_buckets, desired.restrict_public_buckets),
    ] {
        differences.compare(&format!("public_access_block.{name}"), &observed, &desired);
    }
}

fn compare_lifecycle(differences: &mut Differences, observed: &ObservedBucket, spec: &BucketSpec) {
    for excess in observed.lifecycle_limit.iter().chain(&observed.lifecycle_excess) {
        differences.note("lifecycle", excess, NONE);
    }
    let desired = desired_lifecycle(observed, spec);
    let Some(observed) = &observed.lifecycle else {
        return differences.compare("lifecycle", NONE, &describe(&desired));
    };
    differences.compare("lifecycle.prefix", &format!("{:?}", observed.prefix), &format!("{:?}", desired.prefix));
    for (name, observed, desired) in [
        ("transition_days", observed.transition_days, desired.transition_days),
        ("archive_days", observed.archive_days, desired.archive_days),
        ("expiration_days", observed.expiration_days, desired.expiration_days),
        ("noncurrent_days", observed.noncurrent_days, desired.noncurrent_days),
    ] {
        differences.compare_optional(&format!("lifecycle.{name}"), observed, desired);
    }
}

fn describe(lifecycle: &Lifecycle) -> String {
    let prefix = Some(&lifecycle.prefix).filter(|prefix| !prefix.is_empty()).map(|prefix| format!("prefix {prefix:?}"));
    let days = [
        ("transition_days", lifecycle.transition_days),
        ("archive_days", lifecycle.archive_days),
        ("expiration_days", lifecycle.expiration_days),
        ("noncurrent_days", lifecycle.noncurrent_days),
    ];
    let days = days.into_iter().filter_map(|(name, days)| Some(format!("{name} {}", days?)));
    format!("a rule ({})", prefix.into_iter().chain(days).collect::<Vec<_>>().join(", "))
}

fn compare_object_lock(differences: &mut Differences, observed: &ObservedBucket, spec: &BucketSpec) {
    let text = |lock: &ObjectLock| format!("{} {} days", lock.mode, lock.days);
    differences.compare_optional(
        "object_lock",
        observed.object_lock.as_ref().map(text),
        spec.object_lock.as_ref().map(text),
    );
}

fn compare_access_log(differences: &mut Differences, observed: &ObservedBucket, spec: &BucketSpec) {
    let text = |log: &AccessLog| format!("{}/{}", log.target_bucket, log.target_prefix);
    differences.compare_optional(
        "access_log",
        observed.access_log.as_ref().map(text),
        spec.access_log.as_ref().map(text),
    );
}
