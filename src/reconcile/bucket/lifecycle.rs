//! The one lifecycle rule of the bucket, converted between plain numbers and S3's types. Pure.
//!
//! See the Amazon S3 User Guide, "Lifecycle configuration elements".

use aws_sdk_s3::error::BuildError;
use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter, NoncurrentVersionExpiration, Transition, TransitionStorageClass,
};

/// The name of the managed rule.
pub(crate) const RULE_ID: &str = "audit-log-lifecycle-policy";

/// Days until the parts of an incomplete upload are deleted.
const ABORT_UPLOADS_DAYS: i32 = 7;

/// When objects move and expire. `None`: never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lifecycle {
    /// Days until objects move to `STANDARD_IA`.
    pub(crate) transition_days: Option<i32>,
    /// Days until objects move to `GLACIER`.
    pub(crate) archive_days: Option<i32>,
    /// Days until objects expire.
    pub(crate) expiration_days: Option<i32>,
    /// Days until versions that are no longer current expire.
    pub(crate) noncurrent_days: Option<i32>,
}

/// The configuration that has this rule alone.
pub(super) fn render(lifecycle: &Lifecycle) -> Result<BucketLifecycleConfiguration, BuildError> {
    let transition = |days: Option<i32>, class: TransitionStorageClass| {
        days.map(|days| Transition::builder().days(days).storage_class(class).build())
    };
    let transitions: Vec<Transition> = [
        transition(lifecycle.transition_days, TransitionStorageClass::StandardIa),
        transition(lifecycle.archive_days, TransitionStorageClass::Glacier),
    ]
    .into_iter()
    .flatten()
    .collect();
    let rule = LifecycleRule::builder()
        .id(RULE_ID)
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .set_transitions((!transitions.is_empty()).then_some(transitions))
        .set_expiration(lifecycle.expiration_days.map(|days| LifecycleExpiration::builder().days(days).build()))
        .set_noncurrent_version_expiration(
            lifecycle.noncurrent_days.map(|days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build()),
        )
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder().days_after_initiation(ABORT_UPLOADS_DAYS).build(),
        )
        .build()?;
    BucketLifecycleConfiguration::builder().rules(rule).build()
}

/// What a lifecycle configuration has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    /// The managed rule.
    pub(super) managed: Option<Lifecycle>,
    /// Whether it is enabled, and for the whole bucket.
    pub(super) in_force: bool,
    /// Everything beyond it, in words.
    pub(super) foreign: Vec<String>,
}

pub(super) fn parse(rules: &[LifecycleRule]) -> Rules {
    let mut parsed = Rules::default();
    for rule in rules {
        if rule.id() == Some(RULE_ID) {
            parsed.in_force = rule.status() == &ExpirationStatus::Enabled && whole_bucket(rule);
            parsed.managed = Some(managed(rule, &mut parsed.foreign));
        } else {
            parsed.foreign.push(format!("rule {}", rule.id().unwrap_or("without id")));
        }
    }
    parsed
}

fn managed(rule: &LifecycleRule, foreign: &mut Vec<String>) -> Lifecycle {
    let mut lifecycle = Lifecycle::default();
    if rule.status() != &ExpirationStatus::Enabled {
        foreign.push(format!("{RULE_ID} is {}", rule.status().as_str()));
    }
    if !whole_bucket(rule) {
        foreign.push(format!("{RULE_ID} is not for the whole bucket"));
    }
    for transition in rule.transitions() {
        match (transition.storage_class(), transition.days()) {
            (Some(TransitionStorageClass::StandardIa), Some(days)) => {
                lifecycle.transition_days = Some(days);
            }
            (Some(TransitionStorageClass::Glacier), Some(days)) => {
                lifecycle.archive_days = Some(days);
            }
            (class, _) => {
                let class = class.map_or("another class", TransitionStorageClass::as_str);
                foreign.push(format!("{RULE_ID} moves objects to {class}"));
            }
        }
    }
    if let Some(expiration) = rule.expiration() {
        lifecycle.expiration_days = expiration.days();
        if expiration.date().is_some() {
            foreign.push(format!("{RULE_ID} expires objects at a date"));
        }
    }
    if let Some(expiration) = rule.noncurrent_version_expiration() {
        lifecycle.noncurrent_days = expiration.noncurrent_days();
        if let Some(kept) = expiration.newer_noncurrent_versions() {
            foreign.push(format!("{RULE_ID} keeps {kept} noncurrent versions"));
        }
    }
    if !rule.noncurrent_version_transitions().is_empty() {
        foreign.push(format!("{RULE_ID} moves noncurrent versions"));
    }
    let abort_days =
        rule.abort_incomplete_multipart_upload().and_then(AbortIncompleteMultipartUpload::days_after_initiation);
    if abort_days != Some(ABORT_UPLOADS_DAYS) {
        foreign.push(match abort_days {
            Some(days) => format!("{RULE_ID} aborts incomplete uploads after {days} days"),
            None => format!("{RULE_ID} aborts no incomplete uploads"),
        });
    }
    lifecycle
}

/// Whether a rule has no filter, or one that matches everything. S3 normalizes both.
fn whole_bucket(rule: &LifecycleRule) -> bool {
    #[expect(deprecated, reason = "S3 still returns it for rules that were written with it")]
    let prefix = rule.prefix();
    let filter = rule.filter().is_none_or(|filter| {
        filter.prefix().is_none_or(str::is_empty)
            && filter.tag().is_none()
            && filter.object_size_greater_than().is_none()
            && filter.object_size_less_than().is_none()
            && filter.and().is_none()
    });
    filter && prefix.is_none_or(str::is_empty)
}
