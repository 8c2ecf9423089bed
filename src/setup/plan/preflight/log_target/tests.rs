//! Buckets for access logs that take them, and buckets that do not.

use serde_json::json;

use crate::reconcile::bucket::ObjectLock;

use super::*;

fn place() -> Place {
    Place::new("111122223333", "aws", "eu-west-1")
}

fn log() -> AccessLog {
    AccessLog { target_bucket: "access-logs".to_owned(), target_prefix: "audit/".to_owned() }
}

/// A policy with one statement, changed from one that lets the logs in.
fn policy(changes: &Json) -> String {
    let mut statement = json!({
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::access-logs/*",
    });
    for (name, value) in changes.as_object().unwrap() {
        statement[name] = value.clone();
    }
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn target(policy: Option<String>) -> ObservedLogTarget {
    ObservedLogTarget {
        region: "eu-west-1".to_owned(),
        sse_algorithm: "AES256".to_owned(),
        access: Some(TargetAccess { object_lock: Ok(None), policy: Ok(policy), grants: Ok(Vec::new()) }),
        is_own: true,
    }
}

fn summaries(target: &ObservedLogTarget) -> Vec<&'static str> {
    let (place, log) = (place(), log());
    let delivery = Delivery { place: &place, source: "audit", log: &log };
    delivery.judge(target).0.into_iter().map(|(summary, _)| summary).collect()
}

const CLOSED: &str = "The bucket for access logs does not let them in";

#[test]
fn policies_that_let_logs_in_are_told_from_others() {
    for (changes, opens) in [
        (json!({}), true),
        (json!({"Principal": "*"}), true),
        (json!({"Principal": {"Service": ["x", "logging.s3.amazonaws.com"]}}), true),
        (json!({"Principal": {"Service": "delivery.logs.amazonaws.com"}}), false),
        (json!({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}), false),
        (json!({"Action": ["s3:Get*", "s3:Put*"]}), true),
        (json!({"Action": "S3:putobject"}), true),
        (json!({"Action": "s3:GetObject"}), false),
        (json!({"Resource": "arn:aws:s3:::access-logs/audit/*"}), true),
        (json!({"Resource": "arn:aws:s3:::access-logs/other/*"}), false),
        (json!({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::audit"}}}), true),
        (json!({"Condition": {"ArnLike": {"aws:SourceArn": ["arn:aws:s3:::x", "arn:aws:s3:::aud*"]}}}), true),
        (json!({"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::another"}}}), false),
        (json!({"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}}), true),
        (json!({"Condition": {"StringEquals": {"AWS:SourceAccount": "444455556666"}}}), false),
        (json!({"Effect": "Deny"}), false),
    ] {
        let expected: &[&str] = if opens { &[] } else { &[CLOSED] };
        assert_eq!(summaries(&target(Some(policy(&changes)))), expected, "{changes}");
    }
    assert_eq!(summaries(&target(None)), [CLOSED]);
}

#[test]
fn a_denial_without_a_condition_closes_an_open_bucket() {
    let deny = |condition: Json| {
        let mut policy: Json = serde_json::from_str(&policy(&json!({}))).unwrap();
        let mut statement = json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"});
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        policy["Statement"].as_array_mut().unwrap().push(statement);
        summaries(&target(Some(policy.to_string())))
    };
    assert_eq!(deny(Json::Null), [CLOSED]);
    assert!(deny(json!({"Bool": {"aws:SecureTransport": "false"}})).is_empty());
}

#[test]
fn an_acl_lets_logs_in_too() {
    let granted = |permission: &str, grantee: &str| {
        let mut target = target(None);
        let grant = Grant { permission: permission.to_owned(), grantee: grantee.to_owned() };
        target.access.as_mut().unwrap().grants = Ok(vec![grant]);
        summaries(&target)
    };
    assert!(granted("WRITE", DELIVERY_GROUP).is_empty());
    assert_eq!(granted("READ_ACP", DELIVERY_GROUP), [CLOSED]);
    assert_eq!(granted("WRITE", "somebody"), [CLOSED]);
}

#[test]
fn what_s3_refuses_and_what_it_does_not_deliver_to_is_told() {
    let open = || target(Some(policy(&json!({}))));
    let foreign = ObservedLogTarget { is_own: false, access: None, ..open() };
    assert_eq!(summaries(&foreign), ["The bucket for access logs belongs to another account"]);
    let far = ObservedLogTarget { region: "us-east-1".to_owned(), access: None, ..open() };
    assert_eq!(summaries(&far), ["The bucket for access logs is in another region"]);
    for sse_algorithm in ["aws:kms", "aws:kms:dsse"] {
        let encrypted = ObservedLogTarget { sse_algorithm: sse_algorithm.to_owned(), ..open() };
        assert_eq!(summaries(&encrypted), ["The bucket for access logs is encrypted with a KMS key"]);
    }
    let mut locked = open();
    let lock = ObjectLock { mode: "GOVERNANCE".to_owned(), days: 1 };
    locked.access.as_mut().unwrap().object_lock = Ok(Some(lock));
    assert_eq!(summaries(&locked), ["The bucket for access logs has an object lock"]);
}
