//! Which parts count as created by this resource or the module, and which do not.

use serde_json::json;

use crate::reconcile::bucket::{Lifecycle, PublicAccessBlock};

use crate::reconcile::log_group::LogGroupClass;

use super::*;
use crate::setup::ownership::adoption::DocumentReferences;

const SYSTEM_NAME: &str = "platform-audit-live-001-euwe1";

fn place() -> Place {
    Place::new("111122223333", "aws", "eu-west-1")
}

fn standard_tags() -> Tags {
    [
        ("organization", "Acme"),
        ("organization-unit", "platform"),
        ("application-name", "audit"),
        ("application-type", "live"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into()
}

fn mark(account_id: &str) -> Tags {
    [(MARK_TAG.to_owned(), format!("{account_id}/eu-west-1/{SYSTEM_NAME}"))].into()
}

fn document(tags: Tags) -> ObservedDocument {
    ObservedDocument {
        content: json!({}),
        text: "{}".into(),
        default_version: "1".into(),
        latest_version: "1".into(),
        status: "Active".into(),
        hash: None,
        document_type: "Session".into(),
        tags,
        system_tags: Tags::new(),
    }
}

fn bucket(name: &str, tags: Tags, has_rule: bool) -> ObservedBucket {
    ObservedBucket {
        name: name.to_owned(),
        region: "eu-west-1".into(),
        account_id: "111122223333".into(),
        policy: None,
        public_access_block: PublicAccessBlock::ALL,
        sse_algorithm: "aws:kms".into(),
        kms_key_arn: None,
        bucket_key_enabled: false,
        blocked_encryption_types: Vec::new(),
        object_ownership: "BucketOwnerPreferred".into(),
        versioning: "Suspended".into(),
        lifecycle: has_rule.then(Lifecycle::default),
        lifecycle_limit: None,
        lifecycle_excess: Vec::new(),
        other_rules: Vec::new(),
        least_transition_size: None,
        object_lock: None,
        access_log: None,
        tags,
        system_tags: Tags::new(),
    }
}

fn group(name: &str, tags: Tags) -> ObservedLogGroup {
    ObservedLogGroup {
        name: name.to_owned(),
        arn: place().log_group_arn(name),
        creation_time: None,
        retention_in_days: None,
        retention_by_account_policy: false,
        kms_key_arn: None,
        deletion_protected: false,
        class: LogGroupClass::default(),
        tags,
    }
}

#[test]
fn a_bucket_is_managed_by_mark_by_name_or_by_rule_and_the_tags_of_the_document() {
    let derived = naming::bucket_name(SYSTEM_NAME, Some("abcd1234"));
    let other_unit =
        || standard_tags().into_iter().chain([("organization-unit".to_owned(), "sales".to_owned())]).collect();
    for (name, tags, has_rule, managed) in [
        ("chosen", mark("111122223333"), false, true),
        ("chosen", mark("444455556666"), true, false),
        (derived.as_str(), standard_tags(), false, true),
        (derived.as_str(), Tags::new(), true, false),
        ("chosen", standard_tags(), true, true),
        ("chosen", standard_tags(), false, false),
        ("chosen", other_unit(), true, false),
    ] {
        let bucket = bucket(name, tags, has_rule);
        let observed = ImportObservation {
            document: document(standard_tags()),
            names: DocumentReferences::default(),
            bucket: Some(bucket.clone()),
            log_group: None,
            key: None,
            previous_document: None,
            retired: Vec::new(),
            system_name: None,
        };
        assert_eq!(observed.managed_bucket(&place()).is_some(), managed, "{bucket:?}");
    }
}

#[test]
fn the_system_name_comes_from_the_mark_else_from_bucket_or_log_group() {
    let none = document(Tags::new());
    let bucket = |suffix: Option<&str>| bucket(&naming::bucket_name("unit-a-b-001-euwe1", suffix), Tags::new(), true);
    let group = group(&naming::log_group_name("unit-c-d-001-euwe1"), Tags::new());
    let name = |document: &ObservedDocument, bucket: Option<&ObservedBucket>, group: Option<&ObservedLogGroup>| {
        system_name(document, bucket, group, &place())
    };
    let marked = document(mark("111122223333"));
    assert_eq!(name(&marked, Some(&bucket(None)), Some(&group)).as_deref(), Some(SYSTEM_NAME));
    assert_eq!(name(&document(mark("444455556666")), None, None), None);
    for suffix in [None, Some("abcd1234")] {
        assert_eq!(name(&none, Some(&bucket(suffix)), Some(&group)).as_deref(), Some("unit-a-b-001-euwe1"));
    }
    assert_eq!(name(&none, None, Some(&group)).as_deref(), Some("unit-c-d-001-euwe1"));
    assert_eq!(name(&none, None, None), None);
}

#[test]
fn a_log_group_is_managed_by_mark_or_by_name_and_tags() {
    let derived = naming::log_group_name(SYSTEM_NAME);
    for (name, tags, managed) in [
        ("chosen", mark("111122223333"), true),
        ("chosen", standard_tags(), false),
        (derived.as_str(), standard_tags(), true),
        (derived.as_str(), Tags::new(), false),
    ] {
        assert_eq!(is_managed_group(&group(name, tags), Some(SYSTEM_NAME), &place()), managed, "{name}");
    }
}

#[test]
fn log_groups_of_a_policy_are_found_in_every_spelling() {
    let policy = |arns: Json| {
        let condition = json!({"ArnEquals": {LOG_GROUP_CONDITION: arns}});
        json!({"Statement": [{"Effect": "Allow"}, {"Effect": "Allow", "Condition": condition}]}).to_string()
    };
    assert_eq!(log_groups_of_policy(&policy(json!("a"))), ["a".to_owned()].into());
    assert_eq!(log_groups_of_policy(&policy(json!(["a", "b"]))), ["a".to_owned(), "b".to_owned()].into());
    assert_eq!(log_groups_of_policy("{"), BTreeSet::new());
}
