//! The lifecycle of the bucket: the managed rule in plain numbers, and rules of others, which stay as they are. Pure.
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

/// When objects move and expire, and which. `None`: never.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Lifecycle {
    /// What the keys of these objects begin with; empty for the whole bucket.
    pub(crate) prefix: String,
    /// Days until objects move to `STANDARD_IA`.
    pub(crate) transition_days: Option<i32>,
    /// Days until objects move to `GLACIER`.
    pub(crate) archive_days: Option<i32>,
    /// Days until objects expire.
    pub(crate) expiration_days: Option<i32>,
    /// Days until versions that are no longer current expire.
    pub(crate) noncurrent_days: Option<i32>,
}

impl Lifecycle {
    /// Whether every key that begins with a prefix falls under this lifecycle.
    pub(crate) fn covers(&self, prefix: &str) -> bool {
        prefix.starts_with(&self.prefix)
    }
}

/// The configuration that has the managed rule, and the rules of others.
pub(super) fn render(lifecycle: &Lifecycle, others: &[OtherRule]) -> Result<BucketLifecycleConfiguration, BuildError> {
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
        .filter(LifecycleRuleFilter::builder().prefix(&lifecycle.prefix).build())
        .set_transitions((!transitions.is_empty()).then_some(transitions))
        .set_expiration(lifecycle.expiration_days.map(|days| LifecycleExpiration::builder().days(days).build()))
        .set_noncurrent_version_expiration(
            lifecycle.noncurrent_days.map(|days| NoncurrentVersionExpiration::builder().noncurrent_days(days).build()),
        )
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder().days_after_initiation(ABORT_UPLOADS_DAYS).build(),
        )
        .build()?;
    let others = others.iter().map(|other| other.0.clone());
    BucketLifecycleConfiguration::builder().set_rules(Some([rule].into_iter().chain(others).collect())).build()
}

/// What a lifecycle configuration has.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    /// The managed rule.
    pub(super) managed: Option<Lifecycle>,
    /// Why it holds for fewer objects than its prefix says, in words.
    pub(super) limit: Option<String>,
    /// What it does beyond a [`Lifecycle`], in words.
    pub(super) excess: Vec<String>,
    /// The rules of others.
    pub(super) others: Vec<OtherRule>,
}

pub(super) fn parse(rules: Vec<LifecycleRule>) -> Rules {
    let mut parsed = Rules::default();
    for rule in rules {
        if rule.id() == Some(RULE_ID) {
            parsed.limit = limit(&rule);
            parsed.managed = Some(managed(&rule, &mut parsed.excess));
        } else {
            parsed.others.push(OtherRule::of(rule));
        }
    }
    parsed
}

/// A lifecycle rule that somebody else wrote. It is kept as it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OtherRule(LifecycleRule);

/// S3's type has no number that is unequal to itself.
impl Eq for OtherRule {}

impl OtherRule {
    /// A rule of the older form, with a prefix in place of a filter, gets the newer one: S3 refuses a configuration
    /// that has both.
    #[expect(deprecated, reason = "S3 still returns it for rules that were written with it")]
    fn of(mut rule: LifecycleRule) -> Self {
        if rule.filter.is_none() {
            let prefix = rule.prefix.take().unwrap_or_default();
            rule.filter = Some(LifecycleRuleFilter::builder().prefix(prefix).build());
        }
        Self(rule)
    }

    /// The id.
    pub(crate) fn id(&self) -> &str {
        self.0.id().unwrap_or("without id")
    }

    /// What it does to keys that begin with `keys` and have no tags, and `ours` does later or never, in words.
    pub(crate) fn earlier_than(&self, ours: &Lifecycle, keys: &str) -> Vec<String> {
        let rule = &self.0;
        let prefix = prefix_of(rule);
        let concerns = rule.status() == &ExpirationStatus::Enabled
            && !wants_tags(rule)
            && (keys.starts_with(prefix) || prefix.starts_with(keys));
        if !concerns {
            return Vec::new();
        }
        let is_earlier = |days: &i32, ours: Option<i32>| ours.is_none_or(|ours| *days < ours);
        let expiration = rule.expiration().and_then(|expiration| match (expiration.days(), expiration.date()) {
            (Some(days), _) => {
                is_earlier(&days, ours.expiration_days).then(|| format!("expires them after {days} days"))
            }
            (None, Some(_)) => Some("expires them at a date".to_owned()),
            (None, None) => None,
        });
        let transitions = rule.transitions().iter().filter_map(|transition| {
            let class = transition.storage_class().map_or("another class", TransitionStorageClass::as_str);
            let ours = match transition.storage_class() {
                Some(TransitionStorageClass::Glacier) => ours.archive_days,
                _ => ours.transition_days.or(ours.archive_days),
            };
            match transition.days() {
                Some(days) => is_earlier(&days, ours).then(|| format!("moves them to {class} after {days} days")),
                None => Some(format!("moves them to {class} at a date")),
            }
        });
        let versions = rule.noncurrent_version_expiration().and_then(|expiration| {
            let days = expiration.noncurrent_days()?;
            is_earlier(&days, ours.noncurrent_days).then(|| format!("expires noncurrent versions after {days} days"))
        });
        expiration.into_iter().chain(transitions).chain(versions).collect()
    }
}

fn managed(rule: &LifecycleRule, excess: &mut Vec<String>) -> Lifecycle {
    let mut lifecycle = Lifecycle { prefix: prefix_of(rule).to_owned(), ..Lifecycle::default() };
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
                excess.push(format!("{RULE_ID} moves objects to {class}"));
            }
        }
    }
    if let Some(expiration) = rule.expiration() {
        lifecycle.expiration_days = expiration.days();
        if expiration.date().is_some() {
            excess.push(format!("{RULE_ID} expires objects at a date"));
        }
    }
    if let Some(expiration) = rule.noncurrent_version_expiration() {
        lifecycle.noncurrent_days = expiration.noncurrent_days();
        if let Some(kept) = expiration.newer_noncurrent_versions() {
            excess.push(format!("{RULE_ID} keeps {kept} noncurrent versions"));
        }
    }
    if !rule.noncurrent_version_transitions().is_empty() {
        excess.push(format!("{RULE_ID} moves noncurrent versions"));
    }
    let abort_days =
        rule.abort_incomplete_multipart_upload().and_then(AbortIncompleteMultipartUpload::days_after_initiation);
    if abort_days != Some(ABORT_UPLOADS_DAYS) {
        excess.push(match abort_days {
            Some(days) => format!("{RULE_ID} aborts incomplete uploads after {days} days"),
            None => format!("{RULE_ID} aborts no incomplete uploads"),
        });
    }
    lifecycle
}

/// What the keys of the objects of a rule begin with.
fn prefix_of(rule: &LifecycleRule) -> &str {
    #[expect(deprecated, reason = "S3 still returns it for rules that were written with it")]
    let older = rule.prefix();
    let filter = rule.filter();
    let both = filter.and_then(|filter| filter.and()?.prefix());
    filter.and_then(LifecycleRuleFilter::prefix).or(both).or(older).unwrap_or_default()
}

/// Whether a rule is for objects with tags only.
fn wants_tags(rule: &LifecycleRule) -> bool {
    rule.filter().is_some_and(|filter| filter.tag().is_some() || filter.and().is_some_and(|and| !and.tags().is_empty()))
}

/// Why a rule holds for fewer objects than its prefix says.
fn limit(rule: &LifecycleRule) -> Option<String> {
    if rule.status() != &ExpirationStatus::Enabled {
        return Some(format!("{RULE_ID} is {}", rule.status().as_str()));
    }
    let filter = rule.filter()?;
    let and = filter.and();
    let has_sizes = filter.object_size_greater_than().is_some()
        || filter.object_size_less_than().is_some()
        || and.is_some_and(|and| and.object_size_greater_than().is_some() || and.object_size_less_than().is_some());
    match (wants_tags(rule), has_sizes) {
        (false, false) => None,
        (true, false) => Some(format!("{RULE_ID} is only for objects with certain tags")),
        (false, true) => Some(format!("{RULE_ID} is only for objects of certain sizes")),
        (true, true) => Some(format!("{RULE_ID} is only for objects of certain sizes with certain tags")),
    }
}
