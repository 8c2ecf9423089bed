//! The key over scripted HTTP: every call of every scenario, in order.

use serde_json::{Value, json};

use crate::reconcile::tests::scripted::{ACCOUNT, Checked, Expected, call, one_by_one, run, tags};
use crate::reconcile::{Difference, ErrorKind, MARK_TAG, Reached, STAMP_TAG};

use super::{KmsKeySpec, KmsKeys, ObservedKey, diff};

mod create;
mod repair;

const ALIAS: &str = "alias/session-key";
const ALIAS_ARN: &str = "arn:aws:kms:eu-west-1:111122223333:alias/session-key";
const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/k-1";
/// How a write names the key of `ARN`.
const BY_ID: &str = "\"KeyId\":\"k-1\"";
const OTHER_ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/k-2";
/// AWS's message about a principal that it does not know (KMS Developer Guide, "Key policies").
const INVALID_PRINCIPALS: &str = "Policy contains a statement with one or more invalid principals.";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;

fn spec() -> KmsKeySpec {
    KmsKeySpec {
        alias_name: ALIAS.to_owned(),
        description: "Session key".to_owned(),
        policy: POLICY.to_owned(),
        rotation_enabled: true,
        rotation_period_in_days: 90,
        multi_region: false,
        tags: tags(),
    }
}

fn observed() -> ObservedKey {
    ObservedKey {
        arn: ARN.to_owned(),
        key_id: "k-1".to_owned(),
        alias_name: Some(ALIAS.to_owned()),
        alias_arn: Some(ALIAS_ARN.to_owned()),
        description: "Session key".to_owned(),
        policy: Some(POLICY.to_owned()),
        rotation_enabled: true,
        rotation_period_in_days: Some(90),
        multi_region: false,
        state: "Enabled".to_owned(),
        customer_managed: true,
        symmetric: true,
        account_id: ACCOUNT.to_owned(),
        tags: tags(),
    }
}

/// `KeyMetadata` of a usable key.
fn metadata(arn: &str) -> Value {
    json!({
        "AWSAccountId": ACCOUNT, "KeyId": arn.rsplit('/').next(), "Arn": arn,
        "CreationDate": 1_700_000_000, "Description": "Session key", "Enabled": true,
        "KeyState": "Enabled", "KeyManager": "CUSTOMER", "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": false,
    })
}

fn describe(key: &str, metadata: &Value) -> Expected {
    call("DescribeKey").with(format!("\"KeyId\":\"{key}\"")).json(json!({ "KeyMetadata": metadata }))
}

/// The three calls that complete a description, in any order.
fn completed() -> Vec<Expected> {
    vec![
        call("GetKeyPolicy").json(json!({ "Policy": POLICY })),
        call("GetKeyRotationStatus").json(json!({ "KeyRotationEnabled": true, "RotationPeriodInDays": 90 })),
        listed_tags(ARN, "stamp"),
    ]
}

fn listed_tags(arn: &str, stamp: &str) -> Expected {
    let mut tags = tags();
    tags.insert(STAMP_TAG.to_owned(), stamp.to_owned());
    let tags: Vec<_> = tags.into_iter().map(|(key, value)| json!({ "TagKey": key, "TagValue": value })).collect();
    call("ListResourceTags").with(arn).json(json!({ "Tags": tags, "Truncated": false }))
}

/// A search for a key without an alias that finds only one with an alias.
fn search() -> Vec<Expected> {
    found(&[OTHER_ARN], &["k-2"])
}

fn found(arns: &[&str], aliased: &[&str]) -> Vec<Expected> {
    let keys: Vec<_> = arns.iter().map(|arn| json!({ "KeyArn": arn, "KeyId": arn.rsplit('/').next() })).collect();
    let entries: Vec<_> = aliased.iter().map(|id| json!({ "AliasName": "alias/x", "TargetKeyId": id })).collect();
    vec![
        call("ListKeys").json(json!({ "Keys": keys, "Truncated": false })),
        call("ListAliases").json(json!({ "Aliases": entries, "Truncated": false })),
    ]
}

async fn ensure(steps: Vec<Vec<Expected>>, spec: &KmsKeySpec, observed: Option<ObservedKey>) -> Reached<ObservedKey> {
    let aws = Checked::steps(steps);
    KmsKeys::new(&aws.kms()).ensure(spec, observed, &[], &run()).await
}

/// The part after an `ensure` without an error.
async fn ensured(steps: Vec<Vec<Expected>>, spec: &KmsKeySpec, observed: Option<ObservedKey>) -> ObservedKey {
    let reached = ensure(steps, spec, observed).await;
    assert!(reached.error.is_none(), "{:?}", reached.error);
    reached.part.expect("a part")
}

#[tokio::test]
async fn observation_takes_four_calls() {
    let aws = Checked::steps([vec![describe(ALIAS, &metadata(ARN))], completed()]);
    let found = KmsKeys::new(&aws.kms()).observe(ALIAS, Some(ARN), &run()).await;
    assert_eq!(found.unwrap(), Some(observed()));
}

#[tokio::test]
async fn known_key_is_found_without_its_alias() {
    let elsewhere = describe(ALIAS, &metadata(OTHER_ARN));
    let missing = call("DescribeKey").fails("NotFoundException");
    for alias in [elsewhere, missing] {
        let aws = Checked::steps([vec![alias], vec![describe(ARN, &metadata(ARN))], completed()]);
        let found = KmsKeys::new(&aws.kms()).observe(ALIAS, Some(ARN), &run()).await;
        let unaliased = ObservedKey { alias_name: None, alias_arn: None, ..observed() };
        assert_eq!(found.unwrap(), Some(unaliased));
    }
}

#[tokio::test]
async fn alias_that_does_not_exist_is_none_and_denial_is_an_error() {
    let aws = Checked::new([call("DescribeKey").fails("NotFoundException")]);
    let found = KmsKeys::new(&aws.kms()).observe(ALIAS, None, &run()).await;
    assert_eq!(found.unwrap(), None);

    let aws = Checked::new([call("DescribeKey").fails("AccessDeniedException")]);
    let found = KmsKeys::new(&aws.kms()).observe(ALIAS, None, &run()).await;
    assert_eq!(found.unwrap_err().kind, ErrorKind::AccessDenied);
}

#[tokio::test]
async fn existing_key_is_described_and_its_policy_read_where_allowed() {
    for (policy, expected) in [
        (call("GetKeyPolicy").json(json!({ "Policy": POLICY })), Some(POLICY.to_owned())),
        (call("GetKeyPolicy").fails("AccessDeniedException"), None),
    ] {
        let aws = Checked::new([describe("k-1", &metadata(ARN)), policy]);
        let found = KmsKeys::new(&aws.kms()).observe_existing("k-1", &run()).await;
        let found = found.unwrap().unwrap();
        assert_eq!(found.policy, expected);
        assert!(found.customer_managed && found.symmetric);
    }
}

#[tokio::test]
async fn remove_deletes_alias_and_schedules_the_key_and_a_second_time_nothing() {
    let aws = Checked::new([
        call("DeleteAlias").with(ALIAS),
        call("ScheduleKeyDeletion").with(BY_ID).with("\"PendingWindowInDays\":30"),
        call("DeleteAlias").fails("NotFoundException"),
        call("ScheduleKeyDeletion").fails_with("KMSInvalidStateException", "k-1 is pending deletion."),
        call("DeleteAlias").fails("NotFoundException"),
        call("ScheduleKeyDeletion").fails("NotFoundException"),
    ]);
    let keys = KmsKeys::new(&aws.kms());
    for _ in 0..3 {
        keys.remove(ARN, Some(ALIAS), 30, &run()).await.unwrap();
    }
}

#[tokio::test]
async fn remove_without_an_alias_deletes_no_alias() {
    let aws = Checked::new([call("ScheduleKeyDeletion")]);
    KmsKeys::new(&aws.kms()).remove(ARN, None, 7, &run()).await.unwrap();
}

fn texts(differences: &[Difference]) -> Vec<String> {
    let text = |d: &Difference| format!("{}: {}, want {}", d.path, d.observed, d.desired);
    differences.iter().map(text).collect()
}
