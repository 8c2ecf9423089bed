//! How a bucket differs from what is wanted. Pure.

use super::{AWS_KMS, AccessLog, BucketSpec, ENABLED, Lifecycle, ObjectLock, ObservedBucket, PublicAccessBlock};
use crate::reconcile::{Difference, Differences, policy, tags};

/// The name of the AWS managed key that S3 uses when no other is named.
const DEFAULT_KEY: &str = "alias/aws/s3";

/// Every deviation that [`super::Buckets::ensure`] would repair.
pub(crate) fn diff(observed: &ObservedBucket, spec: &BucketSpec) -> Vec<Difference> {
    let mut differences = Differences::default();
    tags::compare(&mut differences, &observed.tags, &spec.tags);
    differences.compare("object_ownership", &observed.object_ownership, &spec.object_ownership);
    compare_public_access(&mut differences, observed.public_access_block);
    compare_encryption(&mut differences, observed, spec);
    policy::compare(&mut differences, observed.policy.as_deref(), Some(&spec.policy));
    compare_lifecycle(&mut differences, observed, spec);
    if versioning_differs(observed, spec) {
        let want = if spec.versioning { ENABLED } else { super::SUSPENDED };
        differences.compare("versioning", &observed.versioning, want);
    }
    if object_lock_differs(observed, spec) {
        compare_object_lock(&mut differences, observed, spec);
    }
    compare_access_log(&mut differences, observed, spec);
    differences.0
}

/// Never enabled and suspended are both "off".
pub(super) fn versioning_differs(observed: &ObservedBucket, spec: &BucketSpec) -> bool {
    (observed.versioning == ENABLED) != spec.versioning
}

/// A lock that is not wanted cannot be taken away, and so is no deviation.
pub(super) fn object_lock_differs(observed: &ObservedBucket, spec: &BucketSpec) -> bool {
    spec.object_lock.is_some() && observed.object_lock != spec.object_lock
}

pub(super) fn encryption_differs(observed: &ObservedBucket, spec: &BucketSpec) -> bool {
    let mut differences = Differences::default();
    compare_encryption(&mut differences, observed, spec);
    !differences.0.is_empty()
}

pub(super) fn lifecycle_differs(observed: &ObservedBucket, spec: &BucketSpec) -> bool {
    !observed.foreign_lifecycle.is_empty() || observed.lifecycle != wanted_lifecycle(observed, spec)
}

/// A bucket that keeps no more versions needs no rule that expires them; one that is there stays.
fn wanted_lifecycle(observed: &ObservedBucket, spec: &BucketSpec) -> Option<Lifecycle> {
    let is = observed.lifecycle;
    let keeps_all = !spec.versioning && is.is_some_and(|is| is.noncurrent_days.is_none());
    spec.lifecycle.map(|want| Lifecycle { noncurrent_days: want.noncurrent_days.filter(|_| !keeps_all), ..want })
}

fn compare_encryption(differences: &mut Differences, observed: &ObservedBucket, spec: &BucketSpec) {
    differences.compare("sse_algorithm", &observed.sse_algorithm, AWS_KMS);
    let is = observed.kms_key_arn.as_deref().unwrap_or(DEFAULT_KEY);
    let want = spec.kms_key_arn.as_deref().unwrap_or(DEFAULT_KEY);
    if !same_key(is, want) {
        differences.compare("kms_key_arn", is, want);
    }
    differences.compare("bucket_key_enabled", &observed.bucket_key_enabled, &spec.bucket_key_enabled);
}

impl ObservedBucket {
    /// The key of the default encryption, spelled as the one that is wanted where it is the same.
    pub(crate) fn key_spelled_as(&self, want: Option<&str>) -> Option<String> {
        let is = self.kms_key_arn.as_deref();
        if same_key(is.unwrap_or(DEFAULT_KEY), want.unwrap_or(DEFAULT_KEY)) { want } else { is }.map(str::to_owned)
    }
}

/// S3 gives a key back as it was set: as an ARN, or as what stands at the end of one.
fn same_key(is: &str, want: &str) -> bool {
    let name = |key: &str| {
        let name = key.rsplit(':').next().unwrap_or(key);
        name.trim_start_matches("key/").to_owned()
    };
    is == want || (!is.starts_with("arn:") || is.ends_with(DEFAULT_KEY)) && name(is) == name(want)
}

fn compare_public_access(differences: &mut Differences, is: PublicAccessBlock) {
    let want = PublicAccessBlock::ALL;
    for (name, is, want) in [
        ("block_public_acls", is.block_public_acls, want.block_public_acls),
        ("ignore_public_acls", is.ignore_public_acls, want.ignore_public_acls),
        ("block_public_policy", is.block_public_policy, want.block_public_policy),
        ("restrict_public_buckets", is.restrict_public_buckets, want.restrict_public_buckets),
    ] {
        differences.compare(&format!("public_access_block.{name}"), &is, &want);
    }
}

fn compare_lifecycle(differences: &mut Differences, observed: &ObservedBucket, spec: &BucketSpec) {
    for foreign in &observed.foreign_lifecycle {
        differences.note("lifecycle", foreign, crate::reconcile::NONE);
    }
    let want = wanted_lifecycle(observed, spec);
    let (Some(is), Some(want)) = (observed.lifecycle, want) else {
        return differences.compare_optional("lifecycle", observed.lifecycle.map(describe), want.map(describe));
    };
    for (name, is, want) in [
        ("transition_days", is.transition_days, want.transition_days),
        ("archive_days", is.archive_days, want.archive_days),
        ("expiration_days", is.expiration_days, want.expiration_days),
        ("noncurrent_days", is.noncurrent_days, want.noncurrent_days),
    ] {
        differences.compare_optional(&format!("lifecycle.{name}"), is, want);
    }
}

fn describe(lifecycle: Lifecycle) -> String {
    let days = [
        ("transition_days", lifecycle.transition_days),
        ("archive_days", lifecycle.archive_days),
        ("expiration_days", lifecycle.expiration_days),
        ("noncurrent_days", lifecycle.noncurrent_days),
    ];
    let days = days.into_iter().filter_map(|(name, days)| Some(format!("{name} {}", days?)));
    format!("a rule ({})", days.collect::<Vec<_>>().join(", "))
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
