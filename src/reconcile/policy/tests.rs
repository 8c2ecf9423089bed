//! Policies by meaning.

use serde_json::{Value, json};

use super::{compare, same, statements_beyond};
use crate::reconcile::Differences;

#[expect(clippy::needless_pass_by_value, reason = "called with json!(…)")]
fn policy(statement: Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

fn means_the_same(one: Value, other: Value) -> bool {
    let (one, other) = (policy(one), policy(other));
    let result = same(Some(&one), Some(&other));
    assert_eq!(result, same(Some(&other), Some(&one)));
    result
}

#[test]
fn spellings_of_one_meaning_are_the_same() {
    for (one, other) in [
        (json!({ "Effect": "Allow" }), json!([{ "Effect": "Allow" }])),
        (json!([{ "Effect": "Allow" }, { "Effect": "Deny" }]), json!([{ "Effect": "Deny" }, { "Effect": "Allow" }])),
        (json!({ "Action": "s3:*" }), json!({ "Action": ["s3:*"] })),
        (json!({ "Resource": ["a", "b"] }), json!({ "Resource": ["b", "a"] })),
        (json!({ "Principal": "*" }), json!({ "Principal": { "AWS": "*" } })),
        (json!({ "Principal": { "AWS": ["a", "b"] } }), json!({ "Principal": { "AWS": ["b", "a"] } })),
        (
            json!({ "Principal": { "AWS": "111122223333" } }),
            json!({ "Principal": { "AWS": ["arn:aws-cn:iam::111122223333:root"] } }),
        ),
        (
            json!({ "Condition": { "Bool": { "aws:SecureTransport": "false" } } }),
            json!({ "Condition": { "Bool": { "aws:SecureTransport": [false] } } }),
        ),
        (
            json!({ "Condition": { "NumericLessThan": { "s3:TlsVersion": "1.2" } } }),
            json!({ "Condition": { "NumericLessThan": { "s3:TlsVersion": 1.2 } } }),
        ),
        (json!({ "Sid": "", "Effect": "Allow" }), json!({ "Effect": "Allow" })),
        (json!({ "Sid": "Mine", "Effect": "Allow" }), json!({ "Sid": "Yours", "Effect": "Allow" })),
    ] {
        assert!(means_the_same(one.clone(), other.clone()), "{one} {other}");
    }
}

#[test]
fn different_meanings_are_not_the_same() {
    for (one, other) in [
        (json!({ "Effect": "Allow" }), json!({ "Effect": "Deny" })),
        (json!({ "Action": "s3:*" }), json!({ "Action": ["s3:*", "s3:GetObject"] })),
        (json!({ "Action": "s3:*" }), json!({ "NotAction": "s3:*" })),
        (json!({ "Principal": { "AWS": "a" } }), json!({ "Principal": { "Service": "a" } })),
        (
            json!({ "Principal": { "AWS": "arn:aws:iam::111122223333:role/root" } }),
            json!({ "Principal": { "AWS": "111122223333" } }),
        ),
        (
            json!({ "Condition": { "Bool": { "aws:SecureTransport": "false" } } }),
            json!({ "Condition": { "Bool": { "aws:SecureTransport": "true" } } }),
        ),
        (json!([]), json!({ "Effect": "Allow" })),
    ] {
        assert!(!means_the_same(one.clone(), other.clone()), "{one} {other}");
    }
}

#[test]
fn only_the_statements_that_differ_are_named() {
    let is = policy(json!([{ "Sid": "Kept", "Action": "a" }, { "Sid": "Foreign", "Action": "b" }]));
    let want = policy(json!([{ "Sid": "Kept", "Action": "a" }, { "Action": "c" }]));
    let mut differences = Differences::default();
    compare(&mut differences, Some(&is), Some(&want));
    let [difference] = differences.0.as_slice() else {
        panic!("{differences:?}");
    };
    assert_eq!(difference.path, "policy.Statement");
    assert_eq!(difference.is, r#"Foreign {"Action":["b"]}"#);
    assert_eq!(difference.want, r#"{"Action":["c"]}"#);
}

#[test]
fn statements_beyond_another_policy_are_told_as_they_stand() {
    let foreign = json!({ "Sid": "Foreign", "Action": "b" });
    let is = policy(json!([{ "Sid": "Renamed", "Action": ["a"] }, foreign]));
    assert_eq!(statements_beyond(&is, &policy(json!({ "Sid": "Own", "Action": "a" }))), [foreign]);
    assert_eq!(statements_beyond(&is, &is), Vec::<Value>::new());
    assert_eq!(statements_beyond("{", &is), Vec::<Value>::new());
}

#[test]
fn what_is_no_policy_differs_from_every_policy() {
    let want = policy(json!([]));
    for is in [None, Some(""), Some("{"), Some("[]"), Some("{}"), Some(r#"{"Statement":["x"]}"#)] {
        assert!(!same(is, Some(&want)), "{is:?}");
    }
    assert!(same(None, None));
}

#[test]
fn version_of_the_language_is_part_of_the_meaning() {
    let old = json!({ "Version": "2008-10-17", "Statement": [] }).to_string();
    assert!(!same(Some(&old), Some(&policy(json!([])))));
}
