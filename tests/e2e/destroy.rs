//! What a destroy refuses, keeps and removes: buckets full of logs, keys that logs need, failures half-way.

use aws_sdk_kms::types::KeyState;
use aws_sdk_s3::types::{ObjectLockConfiguration, ObjectLockEnabled};
use aws_sdk_ssm::types::{ParameterType, ResourceTypeForTagging, Tag};
use serde_json::json;

use crate::aws::{DOCUMENT, Parts};
use crate::workspace::Workspace;

mod aliases;

on_each_cli! {
    thousands_of_versions_are_refused_kept_or_removed,
    failed_destroy_keeps_what_exists_and_goes_on,
}

on_one_cli! {
    kept_bucket_keeps_its_key,
    key_goes_when_told_whatever_it_encrypts,
    key_stays_when_told,
    retired_parts_go_by_the_same_rules,
    retired_bucket_with_logs_stops_the_destroy,
    kept_retired_group_keeps_the_retired_key,
    locked_bucket_stops_the_destroy,
    locked_retired_bucket_stops_the_destroy,
    object_put_after_the_plan_stops_the_apply,
    lock_set_by_hand_stops_the_destroy,
    protected_log_group_stops_the_destroy,
    active_sessions_are_warned_of_and_stop_nothing,
    document_of_somebody_else_that_names_a_part_stops_the_destroy,
    document_of_another_state_that_names_a_part_stops_the_destroy,
}

const FORCE: &str = "bucket = { versioning = true, force_destroy = true }";

async fn thousands_of_versions_are_refused_kept_or_removed(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("bucket = { versioning = true }");
    workspace.apply();
    let before = aws.parts().await;
    let bucket = before.bucket.clone().unwrap();
    workspace.account.put_objects(&bucket, 2_500, 3);
    aws.s3.delete_object().bucket(&bucket).key("session-manager/00000.log").send().await.unwrap();
    aws.s3.create_multipart_upload().bucket(&bucket).key("session-manager/unfinished.log").send().await.unwrap();
    workspace.account.take_calls();

    let words = workspace.try_destroy().failed().words();
    assert!(words.contains("is not empty") && words.contains("nothing was changed"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(aws.parts().await, before);

    workspace.configure("bucket = { versioning = true, skip_destroy = true }");
    workspace.apply();
    let words = workspace.destroy().words();
    assert!(words.contains("Destroy keeps parts") && words.contains(&bucket), "{words}");
    let kept = aws.parts().await;
    assert_eq!((kept.bucket, kept.key_id, kept.document), (before.bucket.clone(), before.key_id.clone(), false));
    assert!(aws.s3.get_bucket_policy().bucket(&bucket).send().await.is_ok());
    assert!(aws.s3.get_bucket_lifecycle_configuration().bucket(&bucket).send().await.is_ok());

    workspace.configure(FORCE);
    workspace.apply();
    assert_eq!(aws.parts().await, before, "what was kept is taken over");
    workspace.account.take_calls();
    workspace.destroy();
    let calls = workspace.account.take_calls().counted();
    assert!(calls["s3:DeleteObjects"] <= 9, "in batches: {calls:?}");
    assert_eq!(aws.parts().await, Parts::default());
    assert_eq!(aws.key_state(&before.key_id.unwrap()).await, KeyState::PendingDeletion);
}

async fn kept_bucket_keeps_its_key(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("bucket = { skip_destroy = true }");
    workspace.apply();
    let before = aws.parts().await;
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts { document: false, ..before }, "the alias, too");
    assert!(workspace.state_is_empty());
}

async fn key_goes_when_told_whatever_it_encrypts(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("bucket = { skip_destroy = true }\n kms = { skip_destroy = false }");
    workspace.apply();
    let before = aws.parts().await;
    let words = workspace.destroy().words();
    assert!(
        words.contains("Logs will become unreadable") && words.contains(before.bucket.as_deref().unwrap()),
        "{words}"
    );
    assert_eq!(aws.parts().await, Parts { bucket: before.bucket, ..Parts::default() });
    assert_eq!(aws.key_state(&before.key_id.unwrap()).await, KeyState::PendingDeletion);
}

async fn key_stays_when_told(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("kms = { skip_destroy = true }");
    workspace.apply();
    let before = aws.parts().await;
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts { document: false, bucket: None, ..before });
}

/// Makes a setup whose first bucket, key and log group are retired.
async fn with_retired_parts(workspace: &Workspace, settings: &str) -> Parts {
    workspace.configure("cloudwatch = { enabled = true }");
    workspace.apply();
    let old = workspace.aws().parts().await;
    let moved = format!(
        "bucket = {{ name = \"moved-{0}\", force_destroy = true }}
         kms = {{ multi_region = true }}
         {settings}",
        workspace.account.id
    );
    workspace.configure(&moved);
    workspace.apply();
    assert_eq!(workspace.attributes()["retired"].as_array().unwrap().len(), 3);
    old
}

async fn retired_parts_go_by_the_same_rules(workspace: Workspace) {
    let old = with_retired_parts(&workspace, "cloudwatch = { enabled = false, skip_destroy = true }").await;
    let aws = workspace.aws();
    workspace.configure(&format!(
        "bucket = {{ name = \"moved-{}\", force_destroy = true }}
         kms = {{ multi_region = true }}
         cloudwatch = {{ enabled = false, skip_destroy = false }}",
        workspace.account.id
    ));
    workspace.apply();
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts::default());
    assert_eq!(aws.key_state(&old.key_id.unwrap()).await, KeyState::PendingDeletion);
}

async fn retired_bucket_with_logs_stops_the_destroy(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let old = aws.parts().await.bucket.unwrap();
    aws.put_log(&old).await;
    let moved = |more: &str| format!("bucket = {{ name = \"moved-{}\" {more} }}", workspace.account.id);
    workspace.configure(&moved(""));
    workspace.apply();
    workspace.account.take_calls();
    let words = workspace.try_destroy().failed().words();
    assert!(words.contains(&old) && words.contains("is not empty"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    workspace.configure(&moved(", force_destroy = true"));
    workspace.apply();
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

async fn kept_retired_group_keeps_the_retired_key(workspace: Workspace) {
    let old = with_retired_parts(&workspace, "cloudwatch = { enabled = false }").await;
    let aws = workspace.aws();
    workspace.destroy();
    assert!(workspace.state_is_empty());
    assert_eq!(aws.key_state(old.key_id.as_deref().unwrap()).await, KeyState::Enabled, "its events stay readable");
    let group = aws.log_group(old.log_group.as_deref().unwrap()).await;
    assert!(group.kms_key_id.unwrap().ends_with(old.key_id.as_deref().unwrap()));
    assert!(aws.s3.list_buckets().send().await.unwrap().buckets().is_empty());
}

async fn locked_bucket_stops_the_destroy(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("bucket = { force_destroy = true, object_lock = { mode = \"GOVERNANCE\", days = 30 } }");
    workspace.apply();
    let before = aws.parts().await;
    aws.put_log(before.bucket.as_deref().unwrap()).await;
    workspace.account.take_calls();
    let words = workspace.try_destroy().failed().words();
    assert!(words.contains("locked audit logs"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(aws.parts().await, before);
}

/// The state no longer contains the lock.
async fn locked_retired_bucket_stops_the_destroy(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("bucket = { object_lock = { mode = \"GOVERNANCE\", days = 30 } }");
    workspace.apply();
    let locked = aws.parts().await.bucket.unwrap();
    aws.put_log(&locked).await;
    workspace.configure(&format!("bucket = {{ name = \"moved-{}\", force_destroy = true }}", workspace.account.id));
    workspace.apply();
    workspace.account.take_calls();
    let words = workspace.try_destroy().failed().words();
    assert!(words.contains("locked audit logs") && words.contains(&locked), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert!(aws.parts().await.document, "sessions go on");
}

async fn object_put_after_the_plan_stops_the_apply(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let before = aws.parts().await;
    workspace.plan_destroy();
    aws.put_log(before.bucket.as_deref().unwrap()).await;
    workspace.account.take_calls();
    let words = workspace.try_apply_saved_plan().failed().words();
    assert!(words.contains("is not empty"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(aws.parts().await, before);
    assert!(!workspace.state_is_empty());
}

async fn active_sessions_are_warned_of_and_stop_nothing(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    // `tests/support/moto/gaps_ssm.py` reads the number of active sessions from this parameter.
    let call = aws.ssm.put_parameter().name("active-sessions").r#type(ParameterType::String);
    call.value("3").send().await.unwrap();
    workspace.account.take_calls();
    let words = workspace.destroy().words();
    assert!(words.contains("Sessions are active") && words.contains("3 sessions are active"), "{words}");
    assert_eq!(workspace.account.take_calls().counted()["ssm:DescribeSessions"], 1, "the plan alone looks");
    assert_eq!(aws.parts().await, Parts::default());

    workspace.apply();
    workspace.account.take_calls();
    workspace.account.refuse("DescribeSessions", "ThrottlingException", 400, 9);
    let words = workspace.destroy().words();
    assert!(!words.contains("Sessions are active"), "{words}");
    assert_eq!(workspace.account.end_faults(), 1, "it is never tried again");
    assert_eq!(aws.parts().await, Parts::default());
}

async fn document_of_somebody_else_that_names_a_part_stops_the_destroy(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("document = { enabled = false }");
    workspace.apply();
    let before = aws.parts().await;
    aws.create_document(&json!({"s3BucketName": before.bucket, "kmsKeyId": before.alias})).await;
    workspace.account.take_calls();
    let words = workspace.try_destroy().failed().words();
    for part in [&before.bucket, &before.alias] {
        assert!(words.contains(&format!("{}: every session would be refused", part.as_deref().unwrap())), "{words}");
    }
    workspace.account.take_calls().assert_no_writes();
    aws.delete_document().await;
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

/// Another state has taken over the document, and not yet the parts that it names.
async fn document_of_another_state_that_names_a_part_stops_the_destroy(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let before = aws.parts().await;
    let theirs = Tag::builder().key("ssm-session-setup-stamp").value("theirs/0").build().unwrap();
    let call = aws.ssm.add_tags_to_resource().resource_type(ResourceTypeForTagging::Document);
    call.resource_id(DOCUMENT).tags(theirs).send().await.unwrap();
    workspace.account.take_calls();
    let words = workspace.try_destroy().failed().words();
    assert!(words.contains("A document names a part that would be removed"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(aws.parts().await, before);
    assert!(!workspace.state_is_empty());
}

async fn failed_destroy_keeps_what_exists_and_goes_on(workspace: Workspace) {
    let aws = workspace.aws();
    for (operation, code, left) in [
        ("DeleteDocument", "AccessDeniedException", ["document", "log_group", "bucket", "kms_key"].as_slice()),
        ("DeleteLogGroup", "AccessDeniedException", &["log_group", "bucket", "kms_key"]),
        ("DeleteBucket", "AccessDenied", &["bucket", "kms_key"]),
        ("DeleteAlias", "AccessDeniedException", &["kms_key"]),
        ("ScheduleKeyDeletion", "AccessDeniedException", &["kms_key"]),
    ] {
        workspace.configure("cloudwatch = { enabled = true, skip_destroy = false }");
        workspace.apply();
        workspace.account.refuse(operation, code, 403, 1);
        let words = workspace.try_destroy().failed().words();
        assert!(words.contains(operation), "{operation}: {words}");
        let state = workspace.attributes();
        for part in ["document", "log_group", "bucket", "kms_key"] {
            assert_eq!(
                !state[part].is_null(),
                left.contains(&part),
                "{operation}: {part} in the state: {}",
                state[part]
            );
        }
        workspace.destroy();
        assert!(workspace.state_is_empty(), "{operation}");
        assert_eq!(aws.parts().await, Parts::default(), "{operation}");
    }
}

/// Neither the configuration nor the state contains the lock.
async fn lock_set_by_hand_stops_the_destroy(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure(FORCE);
    workspace.apply();
    let before = aws.parts().await;
    let bucket = before.bucket.clone().unwrap();
    let lock = ObjectLockConfiguration::builder().object_lock_enabled(ObjectLockEnabled::Enabled).build();
    let call = aws.s3.put_object_lock_configuration().bucket(&bucket);
    call.object_lock_configuration(lock).send().await.unwrap();
    aws.put_log(&bucket).await;
    workspace.account.take_calls();
    let words = workspace.try_destroy().failed().words();
    assert!(words.contains("locked audit logs") && words.contains(&bucket), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(aws.parts().await, before);
}

/// Neither the configuration nor the state of an older release contains the protection.
async fn protected_log_group_stops_the_destroy(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("cloudwatch = { enabled = true, skip_destroy = false }");
    workspace.apply();
    let before = aws.parts().await;
    let group = before.log_group.clone().unwrap();
    let protect = |on: bool| {
        let call = aws.logs.put_log_group_deletion_protection().log_group_identifier(&group);
        call.deletion_protection_enabled(on).send()
    };
    protect(true).await.unwrap();
    workspace.account.take_calls();
    let words = workspace.try_destroy().failed().words();
    assert!(words.contains("protected from deletion") && words.contains(&group), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(aws.parts().await, before);
    protect(false).await.unwrap();
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}
