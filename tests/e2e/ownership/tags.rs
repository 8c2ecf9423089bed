//! Tags that somebody takes away: a missing stamp is not the stamp of another state.
//!
//! Tag tools write whole sets: they replace the tags of a bucket with their own, and remove all others elsewhere.

use aws_sdk_s3::types::{Tag, Tagging};
use aws_sdk_ssm::types::ResourceTypeForTagging;
use serde_json::json;

use crate::aws::{Aws, DOCUMENT, Parts};
use crate::workspace::Workspace;

use super::{DERIVED_GROUP, assert_refused};

on_each_cli! {
    tags_that_are_all_gone_are_repaired,
    tags_that_go_between_plan_and_apply_are_repaired,
    setup_without_its_tags_is_destroyed,
}

on_one_cli! {
    tags_of_a_document_that_was_edited_too_are_repaired,
    bucket_without_its_tags_is_never_emptied,
    log_group_that_was_made_anew_is_not_ours,
    bucket_that_was_made_anew_is_not_ours,
    document_that_was_made_anew_is_not_ours,
    log_group_without_its_tags_is_deleted_when_switched_off,
    retired_key_without_its_tags_is_used_again,
}

const STAMP: &str = "ssm-session-setup-stamp";
const ALL: &str = "cloudwatch = { enabled = true, skip_destroy = false }";

/// Replaces the tags of the bucket, and removes those of all other parts.
async fn strip(aws: &Aws, parts: &Parts) {
    if let Some(bucket) = &parts.bucket {
        let tagging = Tagging::builder().tag_set(Tag::builder().key("team").value("tools").build().unwrap());
        aws.s3.put_bucket_tagging().bucket(bucket).tagging(tagging.build().unwrap()).send().await.unwrap();
    }
    if let Some(key) = &parts.key_id {
        let keys = aws.key_tags(key).await.into_keys().collect();
        aws.kms.untag_resource().key_id(key).set_tag_keys(Some(keys)).send().await.unwrap();
    }
    if let Some(group) = &parts.log_group {
        strip_group(aws, group).await;
    }
    if parts.document {
        let call = aws.ssm.remove_tags_from_resource().resource_type(ResourceTypeForTagging::Document);
        let keys = aws.document_tags().await.into_keys().collect();
        call.resource_id(DOCUMENT).set_tag_keys(Some(keys)).send().await.unwrap();
    }
}

async fn strip_group(aws: &Aws, group: &str) {
    let keys = aws.log_group_tags(group).await.into_keys().collect();
    let arn = aws.log_group(group).await.log_group_arn.unwrap();
    aws.logs.untag_resource().resource_arn(arn).set_tag_keys(Some(keys)).send().await.unwrap();
}

/// Asserts that every part carries this stamp.
#[track_caller]
fn assert_stamps(tags: [std::collections::BTreeMap<String, String>; 4], stamp: &serde_json::Value) {
    for tags in tags {
        let found = tags.get(STAMP).and_then(|stamp| stamp.split('/').next());
        assert_eq!(found, stamp.as_str(), "{tags:?}");
        assert!(tags.contains_key("ssm-session-setup") && !tags.contains_key("team"), "{tags:?}");
    }
}

async fn all_tags(aws: &Aws, parts: &Parts) -> [std::collections::BTreeMap<String, String>; 4] {
    [
        aws.key_tags(parts.key_id.as_ref().unwrap()).await,
        aws.bucket_tags(parts.bucket.as_ref().unwrap()).await,
        aws.log_group_tags(parts.log_group.as_ref().unwrap()).await,
        aws.document_tags().await,
    ]
}

async fn tags_that_are_all_gone_are_repaired(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure(ALL);
    workspace.apply();
    let (parts, stamp) = (aws.parts().await, workspace.attributes()["stamp"].clone());
    strip(&aws, &parts).await;
    let planned = workspace.try_plan();
    assert_eq!(planned.code, 2, "{planned}");
    assert!(!planned.words().contains("taken over"), "{planned}");
    let drift = workspace.planned_change()["before"]["drift"].to_string();
    for part in ["kms_key", "log_group", "bucket", "document"] {
        assert!(drift.contains(&format!("{part}.tags.{STAMP}: none")), "{part}: {drift}");
    }
    workspace.apply_saved_plan();
    assert_stamps(all_tags(&aws, &parts).await, &stamp);
    assert_eq!(aws.parts().await, parts);
    workspace.assert_plan_is_empty();
}

async fn tags_that_go_between_plan_and_apply_are_repaired(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure(ALL);
    workspace.apply();
    let (parts, stamp) = (aws.parts().await, workspace.attributes()["stamp"].clone());
    workspace.configure(&format!("{ALL}\n session = {{ timeout = 5 }}"));
    assert!(workspace.plan());
    strip(&aws, &parts).await;
    workspace.apply_saved_plan();
    assert_stamps(all_tags(&aws, &parts).await, &stamp);
    workspace.assert_plan_is_empty();
}

async fn setup_without_its_tags_is_destroyed(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure(ALL);
    workspace.apply();
    strip(&aws, &aws.parts().await).await;
    let words = workspace.destroy().words();
    assert!(!words.contains("are released"), "{words}");
    assert_eq!(aws.parts().await, Parts::default());
}

/// The version that the state knows proves the document, although a later one is in force.
async fn tags_of_a_document_that_was_edited_too_are_repaired(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let mut content = aws.document().await;
    content["inputs"]["idleSessionTimeout"] = json!("33");
    let call = aws.ssm.update_document().name(DOCUMENT).document_version("$LATEST");
    call.content(content.to_string()).send().await.unwrap();
    strip(&aws, &Parts { document: true, ..Parts::default() }).await;
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!(aws.document().await["inputs"]["idleSessionTimeout"], "20");
    assert!(aws.document_tags().await.contains_key(STAMP));
}

async fn bucket_without_its_tags_is_never_emptied(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("bucket = { force_destroy = true }");
    workspace.apply();
    let parts = aws.parts().await;
    let bucket = parts.bucket.clone().unwrap();
    aws.put_log(&bucket).await;
    strip(&aws, &Parts { bucket: parts.bucket.clone(), ..Parts::default() }).await;
    workspace.account.take_calls();
    let words = workspace.try_destroy().failed().words();
    assert!(words.contains(&bucket) && words.contains(STAMP), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(aws.parts().await, parts);
    workspace.apply();
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

/// Update and destroy are refused and keep the state; the tag that the error names is the way on.
async fn log_group_that_was_made_anew_is_not_ours(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure(ALL);
    workspace.apply();
    let parts = aws.parts().await;
    // moto keeps the tags of what is deleted.
    strip_group(&aws, DERIVED_GROUP).await;
    aws.logs.delete_log_group().log_group_name(DERIVED_GROUP).send().await.unwrap();
    aws.logs.create_log_group().log_group_name(DERIVED_GROUP).send().await.unwrap();
    let stamp = assert_unproven(&workspace, DERIVED_GROUP);
    assert_eq!(aws.parts().await, parts);
    let arn = aws.log_group(DERIVED_GROUP).await.log_group_arn.unwrap();
    aws.logs.tag_resource().resource_arn(arn).tags(STAMP, stamp).send().await.unwrap();
    workspace.apply();
    workspace.assert_plan_is_empty();
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

async fn bucket_that_was_made_anew_is_not_ours(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let parts = aws.parts().await;
    let bucket = parts.bucket.as_deref().unwrap();
    aws.s3.delete_bucket_tagging().bucket(bucket).send().await.unwrap();
    aws.s3.delete_bucket().bucket(bucket).send().await.unwrap();
    aws.create_bucket(bucket).await;
    assert_unproven(&workspace, bucket);
    assert!(aws.bucket_is_untouched(bucket).await);
    assert_eq!(aws.parts().await, parts);
    aws.s3.delete_bucket().bucket(bucket).send().await.unwrap();
    workspace.apply();
    workspace.assert_plan_is_empty();
}

async fn document_that_was_made_anew_is_not_ours(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let parts = aws.parts().await;
    aws.delete_document().await;
    aws.create_document(&json!({"idleSessionTimeout": "33"})).await;
    assert_unproven(&workspace, DOCUMENT);
    assert_eq!(aws.document().await["inputs"]["idleSessionTimeout"], "33");
    assert_eq!(aws.parts().await, parts);
}

/// Asserts that update and destroy stop and keep everything, refreshed or not. Returns the stamp of the state.
#[track_caller]
fn assert_unproven(workspace: &Workspace, part: &str) -> String {
    let stamp = workspace.attributes()["stamp"].as_str().unwrap().to_owned();
    for _ in 0..2 {
        let planned = workspace.try_plan();
        assert_eq!(planned.code, 2, "hosts plan before they destroy\n{planned}");
        assert!(planned.words().contains("carries no stamp"), "{planned}");
        assert_refused(workspace, &[part, STAMP, &stamp, "state rm"]);
        let words = workspace.try_destroy().failed().words();
        assert!(words.contains(part) && words.contains(STAMP) && words.contains("state rm"), "{words}");
        workspace.account.take_calls().assert_no_writes();
        assert!(!workspace.state_is_empty());
        // A refresh must not take what it finds for what the state knew.
        workspace.refresh();
    }
    stamp
}

async fn log_group_without_its_tags_is_deleted_when_switched_off(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure(ALL);
    workspace.apply();
    strip_group(&aws, DERIVED_GROUP).await;
    workspace.configure("cloudwatch = { enabled = false, skip_destroy = false }");
    workspace.apply();
    assert_eq!(aws.parts().await.log_group, None);
    workspace.assert_plan_is_empty();
}

async fn retired_key_without_its_tags_is_used_again(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let parts = aws.parts().await;
    workspace.configure("kms = { enabled = false }");
    workspace.apply();
    strip(&aws, &Parts { key_id: parts.key_id.clone(), ..Parts::default() }).await;
    workspace.configure("");
    workspace.apply();
    assert_eq!(aws.parts().await.key_id, parts.key_id);
    workspace.assert_plan_is_empty();
}
