//! Drift: each change in AWS and the line that a plan shows for it.

use crate::reconcile::bucket::{AccessLog, ObservedBucket};
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document::ObservedDocument;

use super::*;

type Change<O> = fn(&mut O);

#[test]
fn each_change_of_the_key_is_drift() {
    let table: [(Change<ObservedKey>, &str); 8] = [
        (|key| key.state = "PendingDeletion".into(), "kms_key.state: PendingDeletion, want Enabled"),
        (|key| key.state = "Disabled".into(), "kms_key.state: Disabled, want Enabled"),
        (
            |key| key.description = "x".into(),
            "kms_key.description: x, want KMS Key for SSM Documents managed by Session Management Module",
        ),
        (|key| key.rotation_enabled = false, "kms_key.rotation_enabled: false, want true"),
        (|key| key.rotation_period_in_days = Some(365), "kms_key.rotation_period_in_days: 365, want 90"),
        (
            |key| key.alias_name = None,
            "kms_key.alias_name: none, want alias/ssm-session-mgmt-key-retail-shop-prod-001-usea1",
        ),
        (|key| drop(key.tags.insert("team".into(), "x".into())), "kms_key.tags.team: x, want platform"),
        (
            |key| drop(key.tags.remove(MARK_TAG)),
            "kms_key.tags.ssm-session-setup: none, want 123456789012/us-east-1/retail-shop-prod-001-usea1",
        ),
    ];
    for (change, line) in table {
        assert_eq!(drift_of(&settings(), |observation| change(observation.key.as_mut().unwrap())).1, [line]);
    }
}

#[test]
fn each_change_of_the_log_group_is_drift() {
    let table: [(Change<ObservedLogGroup>, &str); 3] = [
        (|group| group.retention_in_days = None, "log_group.retention_in_days: none, want 7"),
        (
            |group| group.kms_key_arn = None,
            "log_group.kms_key_arn: none, want arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
        (|group| drop(group.tags.insert("more".into(), "x".into())), "log_group.tags.more: x, want none"),
    ];
    for (change, line) in table {
        assert_eq!(drift_of(&settings(), |observation| change(observation.log_group.as_mut().unwrap())).1, [line]);
    }
}

#[test]
fn each_change_of_the_bucket_is_drift() {
    let table: [(Change<ObservedBucket>, &str); 11] = [
        (
            |bucket| bucket.public_access_block.block_public_acls = false,
            "bucket.public_access_block.block_public_acls: false, want true",
        ),
        (
            |bucket| bucket.public_access_block.ignore_public_acls = false,
            "bucket.public_access_block.ignore_public_acls: false, want true",
        ),
        (|bucket| bucket.sse_algorithm = "AES256".into(), "bucket.sse_algorithm: AES256, want aws:kms"),
        (|bucket| bucket.bucket_key_enabled = true, "bucket.bucket_key_enabled: true, want false"),
        (|bucket| bucket.object_ownership = String::new(), "bucket.object_ownership: , want BucketOwnerEnforced"),
        (|bucket| bucket.versioning = "Enabled".into(), "bucket.versioning: Enabled, want Suspended"),
        (
            |bucket| bucket.lifecycle = None,
            "bucket.lifecycle: none, want a rule (transition_days 30, archive_days 60, expiration_days 1825)",
        ),
        (|bucket| bucket.lifecycle_excess.push("more".into()), "bucket.lifecycle: more, want none"),
        (
            |bucket| bucket.lifecycle.as_mut().unwrap().prefix = "theirs/".into(),
            "bucket.lifecycle.prefix: \"theirs/\", want \"\"",
        ),
        (
            |bucket| bucket.access_log = Some(AccessLog { target_bucket: "b".into(), target_prefix: "p".into() }),
            "bucket.access_log: b/p, want none",
        ),
        (|bucket| drop(bucket.tags.remove("team")), "bucket.tags.team: none, want platform"),
    ];
    for (change, line) in table {
        let (_, lines) = drift_of(&settings(), |observation| change(observation.bucket.as_mut().unwrap()));
        // Versioning also changes the lifecycle.
        assert!(lines.contains(&line.to_owned()), "{line}: {lines:?}");
    }
}

#[test]
fn each_change_of_the_document_is_drift() {
    let table: [(Change<ObservedDocument>, &str); 3] = [
        (
            |document| document.content["inputs"]["idleSessionTimeout"] = "30".into(),
            "document.content.inputs.idleSessionTimeout: \"30\", want \"20\"",
        ),
        (|document| document.default_version = "2".into(), "document.default_version: 2, want 1"),
        (|document| drop(document.tags.remove("team")), "document.tags.team: none, want platform"),
    ];
    for (change, line) in table {
        assert_eq!(drift_of(&settings(), |observation| change(observation.document.as_mut().unwrap())).1, [line]);
    }
}

#[test]
fn drift_changes_computed_attributes_and_no_input() {
    let state = applied(&config(&settings()));
    let (new, lines) = drift_of(&settings(), |observation| {
        observation.log_group.as_mut().unwrap().retention_in_days = Some(14);
        observation.bucket.as_mut().unwrap().object_ownership = "ObjectWriter".into();
    });
    assert_eq!(lines.len(), 2);
    assert_eq!(new.at("log_group.retention_in_days"), &Value::number(14));
    assert_eq!(new.at("bucket.object_ownership"), &Value::from("ObjectWriter"));
    assert_eq!(new.at("settings"), state.at("settings"));
}

#[test]
fn a_missing_part_is_null_and_drift() {
    type Break = fn(&mut ObservedSetup);
    let table: [(&str, Break, &str); 4] = [
        (
            "kms_key",
            |observation| observation.key = None,
            "kms_key.exists: no, want alias/ssm-session-mgmt-key-retail-shop-prod-001-usea1",
        ),
        (
            "log_group",
            |observation| observation.log_group = None,
            "log_group.exists: no, want /aws/ssm/session-manager/audit-retail-shop-prod-001-usea1",
        ),
        (
            "bucket",
            |observation| observation.bucket = None,
            "bucket.exists: no, want ssm-session-auditlogs-retail-shop-prod-001-usea1-u9ryjeaq",
        ),
        ("document", |observation| observation.document = None, "document.exists: no, want SSM-SessionManagerRunShell"),
    ];
    for (part, remove, line) in table {
        let state = applied(&config(&settings()));
        let (new, lines) = drift_of(&settings(), remove);
        assert_eq!(lines, [line]);
        assert!(new.at(part).is_null());
        assert_eq!(new.at("settings"), state.at("settings"), "{part}");
    }
}
