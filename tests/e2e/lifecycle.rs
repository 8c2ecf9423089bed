//! Create, update in place, destroy: what a setup makes, keeps and removes in AWS.
//!
//! The expected values are those of the documentation, written by hand.

use std::collections::BTreeMap;

use aws_sdk_kms::types::KeyState;
use serde_json::{Value, json};

use crate::aws::{Aws, DOCUMENT};
use crate::workspace::Workspace;

on_each_cli! {
    create_makes_every_part_and_is_followed_by_an_empty_plan,
    second_apply_makes_no_writes,
    settings_change_in_place,
    log_group_off_and_on_again_keeps_the_key,
    destroy_leaves_nothing,
    destroy_keeps_a_log_group_and_the_key_it_needs,
    destroy_takes_the_log_group_when_told,
    destroy_refuses_a_bucket_with_logs_and_changes_nothing,
    forced_destroy_takes_the_logs_too,
}

const SYSTEM_NAME: &str = "platform-audit-live-001-euwe1";
const WITH_CLOUDWATCH: &str = "cloudwatch = { enabled = true }";

async fn create_makes_every_part_and_is_followed_by_an_empty_plan(workspace: Workspace) {
    workspace.configure(WITH_CLOUDWATCH);
    workspace.validate().succeeded();
    workspace.apply();
    workspace.assert_plan_is_empty();

    let aws = workspace.aws();
    let account = &workspace.account.id;
    let parts = aws.parts().await;
    let key_id = parts.key_id.expect("a key");
    let bucket = parts.bucket.expect("a bucket");
    let log_group = parts.log_group.expect("a log group");
    let key_arn = format!("arn:aws:kms:eu-west-1:{account}:key/{key_id}");

    assert_eq!(parts.alias, Some(format!("alias/ssm-session-mgmt-key-{SYSTEM_NAME}")));
    assert_eq!(log_group, format!("/aws/ssm/session-manager/audit-{SYSTEM_NAME}"));
    let suffix = bucket.strip_prefix(&format!("ssm-session-auditlogs-{SYSTEM_NAME}-")).expect("the derived name");
    assert!(suffix.len() == 8 && suffix.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()), "{suffix}");

    assert_tags(&aws, &key_id, &bucket, &log_group, account).await;
    assert_key(&aws, &key_id, &log_group, account).await;
    assert_bucket(&aws, &bucket, &key_arn).await;
    let group = aws.log_group(&log_group).await;
    assert_eq!(group.kms_key_id.as_deref(), Some(key_arn.as_str()));
    assert_eq!(group.retention_in_days, Some(7));
    assert_eq!(
        aws.document().await,
        json!({
            "schemaVersion": "1.0",
            "description": "Document to hold regional settings for Session Manager",
            "sessionType": "Standard_Stream",
            "inputs": {
                "s3BucketName": bucket,
                "s3KeyPrefix": "session-manager/",
                "s3EncryptionEnabled": true,
                "cloudWatchLogGroupName": log_group,
                "cloudWatchEncryptionEnabled": true,
                "cloudWatchStreamingEnabled": false,
                "kmsKeyId": key_arn,
                "runAsEnabled": false,
                "runAsDefaultUser": "",
                "idleSessionTimeout": "20",
                "maxSessionDuration": "60",
            }
        })
    );
}

/// The five tags of the organisation and the mark and stamp of the setup, alike on every part.
async fn assert_tags(aws: &Aws, key_id: &str, bucket: &str, log_group: &str, account: &str) {
    let on_key = aws.key_tags(key_id).await;
    let stamp = on_key.get("ssm-session-setup-stamp").expect("a stamp").clone();
    let expected: BTreeMap<String, String> = [
        ("organization", "Acme".to_owned()),
        ("organization-unit", "platform".to_owned()),
        ("organization-full-name", "Acme platform audit live".to_owned()),
        ("application-name", "audit".to_owned()),
        ("application-type", "live".to_owned()),
        ("ssm-session-setup", format!("{account}/eu-west-1/{SYSTEM_NAME}")),
        ("ssm-session-setup-stamp", stamp.clone()),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value))
    .collect();
    assert_eq!(on_key, expected, "the key's");
    assert_eq!(aws.bucket_tags(bucket).await, expected, "the bucket's");
    assert_eq!(aws.log_group_tags(log_group).await, expected, "the log group's");

    let mut on_document = expected;
    on_document.insert("ssm-session-setup-stamp".to_owned(), format!("{stamp}/0"));
    assert_eq!(aws.document_tags().await, on_document, "the document's");
}

async fn assert_key(aws: &Aws, key_id: &str, log_group: &str, account: &str) {
    let answer = aws.kms.describe_key().key_id(key_id).send().await.unwrap();
    assert_eq!(
        answer.key_metadata().unwrap().description(),
        Some("KMS Key for SSM Documents managed by Session Management Module")
    );
    let rotation = aws.kms.get_key_rotation_status().key_id(key_id).send().await.unwrap();
    assert!(rotation.key_rotation_enabled());
    assert_eq!(rotation.rotation_period_in_days(), Some(90));

    let policy = aws.kms.get_key_policy().key_id(key_id).send().await.unwrap();
    let policy: Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    let logs = statements
        .iter()
        .find(|statement| statement["Principal"]["Service"] == "logs.eu-west-1.amazonaws.com")
        .unwrap_or_else(|| panic!("no statement for CloudWatch Logs: {policy:#}"));
    let group = format!("arn:aws:logs:eu-west-1:{account}:log-group:{log_group}");
    assert_eq!(logs["Condition"]["ArnEquals"]["kms:EncryptionContext:aws:logs:arn"], json!([group]));
    let root = format!("arn:aws:iam::{account}:root");
    assert!(statements.iter().any(|statement| statement["Principal"]["AWS"] == root));
}

async fn assert_bucket(aws: &Aws, bucket: &str, key_arn: &str) {
    let s3 = &aws.s3;
    let access = s3.get_public_access_block().bucket(bucket).send().await.unwrap();
    let access = access.public_access_block_configuration().unwrap();
    assert_eq!(
        [
            access.block_public_acls(),
            access.ignore_public_acls(),
            access.block_public_policy(),
            access.restrict_public_buckets(),
        ],
        [Some(true); 4]
    );

    let encryption = s3.get_bucket_encryption().bucket(bucket).send().await.unwrap();
    let rule = &encryption.server_side_encryption_configuration().unwrap().rules()[0];
    let default = rule.apply_server_side_encryption_by_default().unwrap();
    assert_eq!(default.sse_algorithm().as_str(), "aws:kms");
    assert_eq!(default.kms_master_key_id(), Some(key_arn));
    assert_eq!(rule.bucket_key_enabled(), Some(false));

    let ownership = s3.get_bucket_ownership_controls().bucket(bucket).send().await.unwrap();
    let rule = &ownership.ownership_controls().unwrap().rules()[0];
    assert_eq!(rule.object_ownership().as_str(), "BucketOwnerEnforced");

    let versioning = s3.get_bucket_versioning().bucket(bucket).send().await.unwrap();
    assert_eq!(versioning.status(), None, "versioning was never on");

    let lifecycle = s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await.unwrap();
    let rule = &lifecycle.rules()[0];
    assert_eq!(rule.id(), Some("audit-log-lifecycle-policy"));
    let transitions: Vec<_> =
        rule.transitions().iter().map(|step| (step.storage_class().unwrap().as_str(), step.days().unwrap())).collect();
    assert_eq!(transitions, [("STANDARD_IA", 30), ("GLACIER", 60)]);
    assert_eq!(rule.expiration().unwrap().days(), Some(5 * 365));
    let uploads = rule.abort_incomplete_multipart_upload().unwrap();
    assert_eq!(uploads.days_after_initiation(), Some(7));

    let policy = s3.get_bucket_policy().bucket(bucket).send().await.unwrap();
    let policy: Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    let denies: Vec<&Value> =
        policy["Statement"].as_array().unwrap().iter().filter(|statement| statement["Effect"] == "Deny").collect();
    assert!(denies.iter().any(|deny| deny["Condition"]["Bool"]["aws:SecureTransport"] == "false"));
    assert!(denies.iter().any(|deny| !deny["Condition"]["NumericLessThan"]["s3:TlsVersion"].is_null()), "{policy:#}");
}

async fn second_apply_makes_no_writes(workspace: Workspace) {
    workspace.configure(WITH_CLOUDWATCH);
    workspace.apply();
    workspace.account.take_calls();
    workspace.apply();
    workspace.account.take_calls().assert_no_writes();
}

async fn settings_change_in_place(workspace: Workspace) {
    workspace.configure(WITH_CLOUDWATCH);
    workspace.apply();
    let aws = workspace.aws();
    let before = aws.parts().await;

    workspace.write(
        &crate::workspace::setup(
            "session    = { timeout = 15, max_duration = 240 }
             cloudwatch = { enabled = true, retention = 30 }
             audit      = { retention_years = 7 }",
        )
        .replace("  settings = {", "  extra_tags = { team = \"security\" }\n  settings = {"),
    );
    assert!(workspace.plan());
    assert_eq!(workspace.planned_change()["actions"], json!(["update"]));
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();

    assert_eq!(aws.parts().await, before, "the parts themselves stay");
    let inputs = &aws.document().await["inputs"];
    assert_eq!(inputs["idleSessionTimeout"], "15");
    assert_eq!(inputs["maxSessionDuration"], "240");
    let description = aws.ssm.describe_document().name(DOCUMENT).send().await.unwrap();
    let document = description.document().unwrap();
    assert_eq!(document.default_version(), document.latest_version(), "the default follows");

    let log_group = before.log_group.unwrap();
    assert_eq!(aws.log_group(&log_group).await.retention_in_days, Some(30));
    let bucket = before.bucket.unwrap();
    let lifecycle = aws.s3.get_bucket_lifecycle_configuration().bucket(&bucket).send().await;
    let expiration = lifecycle.unwrap().rules()[0].expiration().unwrap().days();
    assert_eq!(expiration, Some(7 * 365));
    for tags in [
        aws.key_tags(&before.key_id.unwrap()).await,
        aws.bucket_tags(&bucket).await,
        aws.log_group_tags(&log_group).await,
        aws.document_tags().await,
    ] {
        assert_eq!(tags.get("team").map(String::as_str), Some("security"), "{tags:?}");
        assert_eq!(tags.get("organization").map(String::as_str), Some("Acme"), "{tags:?}");
    }
}

async fn log_group_off_and_on_again_keeps_the_key(workspace: Workspace) {
    workspace.configure(WITH_CLOUDWATCH);
    workspace.apply();
    let aws = workspace.aws();
    let before = aws.parts().await;

    workspace.configure("cloudwatch = { enabled = false }");
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!(aws.document().await["inputs"]["cloudWatchLogGroupName"], "");
    assert_eq!(aws.parts().await, before, "the group stays with the logs in it");

    workspace.configure(WITH_CLOUDWATCH);
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!(aws.parts().await, before, "the same group is used again");
}

async fn destroy_leaves_nothing(workspace: Workspace) {
    workspace.configure("");
    workspace.apply();
    let aws = workspace.aws();
    let key_id = aws.parts().await.key_id.expect("a key");
    workspace.destroy();
    let parts = aws.parts().await;
    assert_eq!((parts.alias, parts.bucket, parts.log_group, parts.document), (None, None, None, false));
    assert_eq!(aws.key_state(&key_id).await, KeyState::PendingDeletion);
}

async fn destroy_keeps_a_log_group_and_the_key_it_needs(workspace: Workspace) {
    workspace.configure(WITH_CLOUDWATCH);
    workspace.apply();
    let aws = workspace.aws();
    let before = aws.parts().await;
    workspace.destroy();
    let after = aws.parts().await;
    assert_eq!((after.bucket, after.document), (None, false));
    assert_eq!(after.log_group, before.log_group);
    assert_eq!((&after.key_id, &after.alias), (&before.key_id, &before.alias));
    let state = aws.key_state(&after.key_id.expect("the key")).await;
    assert_eq!(state, KeyState::Enabled, "the kept logs stay readable");
}

async fn destroy_takes_the_log_group_when_told(workspace: Workspace) {
    workspace.configure("cloudwatch = { enabled = true, skip_destroy = false }");
    workspace.apply();
    let aws = workspace.aws();
    let key_id = aws.parts().await.key_id.expect("a key");
    workspace.destroy();
    let after = aws.parts().await;
    assert_eq!((after.bucket, after.log_group, after.document), (None, None, false));
    assert_eq!(aws.key_state(&key_id).await, KeyState::PendingDeletion);
}

async fn destroy_refuses_a_bucket_with_logs_and_changes_nothing(workspace: Workspace) {
    workspace.configure("");
    workspace.apply();
    let aws = workspace.aws();
    let before = aws.parts().await;
    aws.put_log(before.bucket.as_deref().expect("a bucket")).await;
    workspace.account.take_calls();

    let words = workspace.try_destroy().failed().words();
    assert!(words.contains("force_destroy") && words.contains("skip_destroy"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(aws.parts().await, before);
}

async fn forced_destroy_takes_the_logs_too(workspace: Workspace) {
    workspace.configure("bucket = { force_destroy = true }");
    workspace.apply();
    let aws = workspace.aws();
    aws.put_log(&aws.parts().await.bucket.expect("a bucket")).await;
    workspace.destroy();
    assert_eq!(aws.parts().await.bucket, None);
}
