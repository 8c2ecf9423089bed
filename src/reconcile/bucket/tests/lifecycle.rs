//! The managed lifecycle rule beside the rules of others.

use aws_sdk_s3::types::{
    ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleAndOperator, LifecycleRuleFilter,
    NoncurrentVersionExpiration, Tag, Transition, TransitionStorageClass,
};

use crate::reconcile::bucket::OtherRule;
use crate::reconcile::bucket::lifecycle::{Rules, parse, render};

use super::*;

fn of_module() -> LifecycleRule {
    render(&spec().lifecycle, &[]).unwrap().rules.remove(0)
}

fn tag() -> Tag {
    Tag::builder().key("a").value("b").build().unwrap()
}

fn filter(prefix: &str) -> LifecycleRuleFilter {
    LifecycleRuleFilter::builder().prefix(prefix).build()
}

/// A rule of somebody else that expires objects.
fn other(filter: LifecycleRuleFilter, days: i32) -> LifecycleRule {
    let expiration = LifecycleExpiration::builder().days(days).build();
    let rule = LifecycleRule::builder().id("theirs").status(ExpirationStatus::Enabled);
    rule.filter(filter).expiration(expiration).build().unwrap()
}

fn parsed(rule: LifecycleRule) -> Rules {
    parse(vec![rule])
}

#[test]
fn a_rule_is_read_as_it_was_written() {
    for prefix in ["", "session-manager/"] {
        let written = Lifecycle { prefix: prefix.to_owned(), noncurrent_days: Some(3), ..spec().lifecycle };
        let rules = render(&written, &[]).unwrap().rules;
        assert_eq!(parse(rules), Rules { managed: Some(written), ..Rules::default() });
    }
}

#[test]
fn a_rule_that_holds_for_fewer_objects_than_its_prefix_says_is_limited() {
    let limits: [&dyn Fn(&mut LifecycleRule); 4] = [
        &|rule| rule.status = ExpirationStatus::Disabled,
        &|rule| rule.filter = Some(LifecycleRuleFilter::builder().tag(tag()).build()),
        &|rule| rule.filter = Some(LifecycleRuleFilter::builder().object_size_greater_than(9).build()),
        &|rule| {
            let and = LifecycleRuleAndOperator::builder().prefix("x/").tags(tag()).object_size_less_than(9);
            rule.filter = Some(LifecycleRuleFilter::builder().and(and.build()).build());
        },
    ];
    let limits = limits.map(|limit| {
        let mut rule = of_module();
        limit(&mut rule);
        let Rules { managed, limit, excess, .. } = parsed(rule);
        assert_eq!(excess, Vec::<String>::new());
        (managed.unwrap().prefix, limit.unwrap())
    });
    insta::assert_debug_snapshot!(limits, @r#"
    [
        (
            "",
            "audit-log-lifecycle-policy is Disabled",
        ),
        (
            "",
            "audit-log-lifecycle-policy is only for objects with certain tags",
        ),
        (
            "",
            "audit-log-lifecycle-policy is only for objects of certain sizes",
        ),
        (
            "x/",
            "audit-log-lifecycle-policy is only for objects of certain sizes with certain tags",
        ),
    ]
    "#);
}

#[test]
fn what_a_rule_does_beyond_a_lifecycle_is_found() {
    let excess: [&dyn Fn(&mut LifecycleRule); 2] = [&|rule| rule.abort_incomplete_multipart_upload = None, &|rule| {
        for transition in rule.transitions.iter_mut().flatten() {
            transition.storage_class = Some(TransitionStorageClass::DeepArchive);
        }
    }];
    for add in excess {
        let mut rule = of_module();
        add(&mut rule);
        assert!(!parsed(rule.clone()).excess.is_empty(), "{rule:?}");
    }
}

#[tokio::test]
async fn rules_of_others_are_no_difference_and_are_written_back() {
    let rules = vec![other(filter("theirs/"), 1), of_module()];
    let bucket = ObservedBucket { other_rules: parse(rules).others, ..observed() };
    assert_eq!(diff(&bucket, &spec()), []);
    ensured([], &spec(), Some(bucket.clone())).await;
    let narrow = Lifecycle { prefix: "session-manager/".to_owned(), ..spec().lifecycle };
    let narrow = BucketSpec { lifecycle: narrow, ..spec() };
    let written = call("PutBucketLifecycleConfiguration")
        .with("<Prefix>session-manager/</Prefix>")
        .with("<ID>theirs</ID>")
        .with("<Prefix>theirs/</Prefix>");
    let part = ensured([written], &narrow, Some(bucket.clone())).await;
    assert_eq!(part.other_rules, bucket.other_rules);
    assert_eq!(diff(&part, &narrow), []);
}

/// S3 refuses a configuration with rules of the older form beside ours.
#[test]
#[expect(deprecated, reason = "S3 still returns the older form")]
fn a_rule_of_the_older_form_is_written_back_in_the_newer_one() {
    let mut older = other(filter(""), 1);
    older.filter = None;
    older.prefix = Some("theirs/".to_owned());
    let others = parsed(older).others;
    let written = render(&spec().lifecycle, &others).unwrap().rules;
    assert_eq!(written.last(), Some(&other(filter("theirs/"), 1)));
}

#[test]
fn rules_that_act_on_logs_earlier_are_found() {
    let found = |rule: LifecycleRule| -> Vec<String> {
        let others = parsed(rule).others;
        let earlier = others.iter().map(|other: &OtherRule| other.earlier_than(&spec().lifecycle, "session-manager/"));
        earlier.flatten().collect()
    };
    let none = Vec::<String>::new();
    for prefix in ["", "session", "session-manager/", "session-manager/i-1"] {
        assert_eq!(found(other(filter(prefix), 1824)), ["expires them after 1824 days"], "{prefix}");
        assert_eq!(found(other(filter(prefix), 1825)), none);
    }
    assert_eq!(found(other(filter("theirs/"), 1)), none);
    assert_eq!(found(other(LifecycleRuleFilter::builder().tag(tag()).build(), 1)), none);
    let mut off = other(filter(""), 1);
    off.status = ExpirationStatus::Disabled;
    assert_eq!(found(off), none);
    let moves = |class: TransitionStorageClass, days: i32| {
        let mut rule = other(filter(""), 1825);
        rule.transitions = Some(vec![Transition::builder().days(days).storage_class(class).build()]);
        found(rule)
    };
    assert_eq!(moves(TransitionStorageClass::Glacier, 59), ["moves them to GLACIER after 59 days"]);
    assert_eq!(moves(TransitionStorageClass::Glacier, 60), none);
    assert_eq!(moves(TransitionStorageClass::DeepArchive, 29), ["moves them to DEEP_ARCHIVE after 29 days"]);
    assert_eq!(moves(TransitionStorageClass::StandardIa, 30), none);
    let mut versions = other(filter(""), 1825);
    let expiration = NoncurrentVersionExpiration::builder().noncurrent_days(2).build();
    versions.noncurrent_version_expiration = Some(expiration);
    assert_eq!(found(versions), ["expires noncurrent versions after 2 days"]);
}
