//! Policies compared by meaning.

use serde_json::{Value, json};

use crate::reconcile::difference::Differences;

use super::{compare, same, statements_beyond};

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
    let observed = policy(json!([{ "Sid": "Kept", "Action": "a" }, { "Sid": "Foreign", "Action": "b" }]));
    let desired = policy(json!([{ "Sid": "Kept", "Action": "a" }, { "Action": "c" }]));
    let mut differences = Differences::default();
    compare(&mut differences, Some(&observed), Some(&desired));
    let differences = differences.into_vec();
    let [difference] = differences.as_slice() else {
        panic!("{differences:?}");
    };
    assert_eq!(difference.path, "policy.Statement");
    assert_eq!(difference.observed, r#"Foreign {"Action":["b"]}"#);
    assert_eq!(difference.desired, r#"{"Action":["c"]}"#);
}

#[test]
fn statements_beyond_another_policy_are_returned_as_written() {
    let foreign = json!({ "Sid": "Foreign", "Action": "b" });
    let observed = policy(json!([{ "Sid": "Renamed", "Action": ["a"] }, foreign]));
    assert_eq!(statements_beyond(&observed, &policy(json!({ "Sid": "Own", "Action": "a" }))), [foreign]);
    assert_eq!(statements_beyond(&observed, &observed), Vec::<Value>::new());
    assert_eq!(statements_beyond("{", &observed), Vec::<Value>::new());
}

#[test]
fn text_that_is_not_a_policy_differs_from_every_policy() {
    let desired = policy(json!([]));
    for observed in [None, Some(""), Some("{"), Some("[]"), Some("{}"), Some(r#"{"Statement":["x"]}"#)] {
        assert!(!same(observed, Some(&desired)), "{observed:?}");
    }
    assert!(same(None, None));
}

#[test]
fn version_of_the_language_is_part_of_the_meaning() {
    let old = json!({ "Version": "2008-10-17", "Statement": [] }).to_string();
    assert!(!same(Some(&old), Some(&policy(json!([])))));
}
