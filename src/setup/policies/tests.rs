//! The literal policies of three partitions, and what holds in all of them.

use serde_json::Value;

use crate::setup::sample::in_partition;

use super::*;

fn place(partition: &str, dns_suffix: &str, region: &str) -> Place {
    Place {
        partition: partition.to_owned(),
        dns_suffix: dns_suffix.to_owned(),
        account_id: "123456789012".to_owned(),
        region: region.to_owned(),
    }
}

fn places() -> [Place; 3] {
    [
        place("aws", "amazonaws.com", "us-east-1"),
        place("aws-cn", "amazonaws.com.cn", "cn-north-1"),
        place("aws-us-gov", "amazonaws.com", "us-gov-west-1"),
    ]
}

fn role(place: &Place, account_id: &str, name: &str) -> String {
    format!("arn:{}:iam::{account_id}:role/{name}", place.partition)
}

fn pretty(policy: &str) -> String {
    let value: Value = serde_json::from_str(policy).unwrap();
    serde_json::to_string_pretty(&value).unwrap()
}

/// A policy reads the same in every partition, but for the partition's own names.
fn assert_same_in_partitions(commercial: &str, policy: impl Fn(&Place) -> String) {
    for place in places() {
        assert_eq!(pretty(&policy(&place)), in_partition(commercial, &place), "{}", place.partition);
    }
}

#[test]
fn key_policies_of_three_partitions() {
    let policy = |place: &Place| {
        let groups = [place.log_group_arn("/aws/ssm/new"), place.log_group_arn("/aws/ssm/a-retired")];
        let roles = [role(place, "123456789012", "b"), role(place, "210987654321", "a")];
        key_policy(place, &groups, &roles, &[])
    };
    let commercial = pretty(&policy(&places()[0]));
    insta::assert_snapshot!("key_policy_aws", commercial);
    assert_same_in_partitions(&commercial, policy);
}

#[test]
fn bucket_policies_of_three_partitions() {
    let policy = |place: &Place| {
        let roles = [role(place, "123456789012", "own"), role(place, "210987654321", "foreign")];
        bucket_policy(place, "logs", &roles, &[])
    };
    let commercial = pretty(&policy(&places()[0]));
    insta::assert_snapshot!("bucket_policy_aws", commercial);
    assert_same_in_partitions(&commercial, policy);
}

fn sids(policy: &str) -> Vec<String> {
    let value: Value = serde_json::from_str(policy).unwrap();
    let statements = value["Statement"].as_array().unwrap();
    statements.iter().map(|statement| statement["Sid"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn statements_appear_only_with_what_they_are_for() {
    let [place, ..] = places();
    let roles = [role(&place, "123456789012", "node")];
    assert_eq!(sids(&key_policy(&place, &[], &[], &[])), ["AllowAccountAdministration"]);
    assert_eq!(sids(&key_policy(&place, &[], &roles, &[])), ["AllowAccountAdministration", "AllowIAMRolesAccess"]);
    assert_eq!(sids(&bucket_policy(&place, "logs", &[], &[])), ["DenyInsecureTransport", "DenyOutdatedTLS"]);
    assert_eq!(
        sids(&bucket_policy(&place, "logs", &roles, &[])),
        ["DenyInsecureTransport", "DenyOutdatedTLS", "AllowIAMRolesAccess"]
    );
}

#[test]
fn the_order_and_number_of_roles_and_groups_change_nothing() {
    let [place, ..] = places();
    let (a, b) = (role(&place, "123456789012", "a"), role(&place, "210987654321", "b"));
    let (forth, back) = ([a.clone(), b.clone()], [b.clone(), a, b]);
    assert_eq!(key_policy(&place, &forth, &forth, &[]), key_policy(&place, &back, &back, &[]));
    assert_eq!(bucket_policy(&place, "logs", &forth, &[]), bucket_policy(&place, "logs", &back, &[]));
}

#[test]
fn the_statements_of_the_user_come_last_and_unchanged() {
    let [place, ..] = places();
    let document = r#"{"Statement":{"Sid":"Mine","Effect":"Deny","Principal":"*","Action":"x","Resource":"*"}}"#;
    let extra = parse_policy_statements(document).unwrap();
    for policy in [key_policy(&place, &[], &[], &extra), bucket_policy(&place, "logs", &[], &extra)] {
        assert!(
            policy.ends_with(
                r#",{"Action":"x","Effect":"Deny","Principal":"*","Resource":"*","Sid":"Mine"}],"Version":"2012-10-17"}"#
            ),
            "{policy}"
        );
    }
}

#[test]
fn users_may_not_use_a_managed_sid() {
    let [place, ..] = places();
    let roles = [role(&place, "210987654321", "foreign")];
    for sid in sids(&key_policy(&place, &roles, &roles, &[])).into_iter().chain(sids(&bucket_policy(
        &place,
        "logs",
        &roles,
        &[],
    ))) {
        let document =
            json!({"Statement": {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "x", "Resource": "*"}});
        assert!(parse_policy_statements(&document.to_string()).is_err(), "{sid}");
    }
}

#[test]
fn canonical_json_sorts_keys_drops_spaces_and_keeps_numbers() {
    let value: Value =
        serde_json::from_str(r#"{ "b": 1.10, "a": { "d": [2, 1], "c": 12345678901234567890123 } }"#).unwrap();
    assert_eq!(canonical_json(&value), r#"{"a":{"c":12345678901234567890123,"d":[2,1]},"b":1.10}"#);
}

#[test]
fn policies_beyond_the_limits_of_aws_are_errors() {
    for (kind, longest) in [
        (PolicyKind::Managed, "é".repeat(6144)),
        (PolicyKind::Key, "é".repeat(16 * 1024)),
        (PolicyKind::Bucket, "é".repeat(10 * 1024)),
    ] {
        assert_eq!(validate_size(kind, &longest, "setting"), Ok(()), "{kind:?}");
        let problem = validate_size(kind, &format!("{longest}x"), "setting").unwrap_err();
        assert!(problem.ends_with("shorten setting"), "{problem}");
    }
    assert_eq!(validate_characters("\u{20}\u{ff}"), Ok(()));
    assert!(validate_characters("日").unwrap_err().contains("U+00FF"));
}

fn preferences() -> SessionPreferences {
    SessionPreferences {
        s3_bucket_name: "logs".to_owned(),
        s3_key_prefix: "session-manager/".to_owned(),
        log_group_name: Some("/aws/ssm/x".to_owned()),
        log_group_encrypted: true,
        log_group_streaming: true,
        kms_key_arn: Some("arn:aws:kms:us-east-1:123456789012:key/k".to_owned()),
        run_as_enabled: true,
        run_as_default_user: "ops".to_owned(),
        idle_timeout_minutes: 20,
        max_duration_minutes: 60,
        shell_profile_linux: "exec bash".to_owned(),
        shell_profile_windows: String::new(),
    }
}

#[test]
fn the_document_holds_limits_as_strings_and_switches_as_booleans() {
    assert_eq!(
        canonical_json(&document_content(&preferences())),
        concat!(
            r#"{"description":"Document to hold regional settings for Session Manager","#,
            r#""inputs":{"cloudWatchEncryptionEnabled":true,"cloudWatchLogGroupName":"/aws/ssm/x","cloudWatchStreamingEnabled":true,"#,
            r#""idleSessionTimeout":"20","#,
            r#""kmsKeyId":"arn:aws:kms:us-east-1:123456789012:key/k","maxSessionDuration":"60","#,
            r#""runAsDefaultUser":"ops","runAsEnabled":true,"#,
            r#""s3BucketName":"logs","s3EncryptionEnabled":true,"s3KeyPrefix":"session-manager/","shellProfile":{"linux":"exec bash","windows":""}},"#,
            r#""schemaVersion":"1.0","sessionType":"Standard_Stream"}"#,
        )
    );
}

#[test]
fn the_document_of_least_settings_holds_empty_strings_and_no_shell_profile() {
    let least = SessionPreferences {
        s3_bucket_name: "logs".to_owned(),
        // Without a log group these two must not be in the document: the agent would refuse sessions.
        log_group_encrypted: true,
        log_group_streaming: true,
        idle_timeout_minutes: 20,
        ..SessionPreferences::default()
    };
    assert_eq!(
        canonical_json(&document_content(&least)),
        concat!(
            r#"{"description":"Document to hold regional settings for Session Manager","#,
            r#""inputs":{"cloudWatchEncryptionEnabled":false,"cloudWatchLogGroupName":"","cloudWatchStreamingEnabled":false,"#,
            r#""idleSessionTimeout":"20","#,
            r#""kmsKeyId":"","maxSessionDuration":"","#,
            r#""runAsDefaultUser":"","runAsEnabled":false,"#,
            r#""s3BucketName":"logs","s3EncryptionEnabled":true,"s3KeyPrefix":""},"#,
            r#""schemaVersion":"1.0","sessionType":"Standard_Stream"}"#,
        )
    );
}
