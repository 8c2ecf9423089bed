//! Changes of the log group: on, off, another name, an existing one.

use aws_sdk_kms::types::KeyState;

use super::{Change, destroy_takes_everything, input, retired, start};
use crate::workspace::Workspace;

on_each_cli! {
    off_keeps_the_group_and_on_takes_it_back,
}

on_one_cli! {
    off_deletes_the_group_when_told,
    group_that_could_not_be_deleted_is_retired,
    group_of_another_state_is_not_deleted,
    name_and_back,
    own_group_to_existing_and_back,
    retention_is_one_write,
}

async fn off_keeps_the_group_and_on_takes_it_back(workspace: Workspace) {
    let aws = workspace.aws();
    let on = "cloudwatch = { enabled = true }";
    start(&workspace, on);
    let before = aws.parts().await;
    let calls =
        Change::to("cloudwatch on → off", "").warns(&["Parts are retired"]).retires(&["log_group"]).apply(&workspace);
    assert_eq!(calls.writes(), ["UpdateDocument", "UpdateDocumentDefaultVersion"]);
    assert_eq!(input(&aws, "cloudWatchLogGroupName").await, "");
    assert_eq!(aws.parts().await, before);
    let calls = Change::to("cloudwatch off → on", on).warns(&["Sessions will need new permissions"]).apply(&workspace);
    assert!(!calls.has("CreateLogGroup"), "{calls:?}");
    assert_eq!(aws.parts().await, before);
    Change::to("cloudwatch on → off", "cloudwatch = { enabled = false, skip_destroy = true }")
        .retires(&["log_group"])
        .apply(&workspace);
    Change::to("cloudwatch.skip_destroy of a retired group", "cloudwatch = { enabled = false, skip_destroy = false }")
        .retires(&["log_group"])
        .apply(&workspace);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn off_deletes_the_group_when_told(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "cloudwatch = { enabled = true, skip_destroy = false }");
    let calls = Change::to(
        "cloudwatch on → off, skip_destroy = false",
        "cloudwatch = { enabled = false, skip_destroy = false }",
    )
    .warns(&["A log group is deleted"])
    .deletes_log_group()
    .apply(&workspace);
    calls.assert_in_order(&["UpdateDocument", "DeleteLogGroup"]);
    assert_eq!(aws.parts().await.log_group, None);
    let calls =
        Change::to("cloudwatch off → on", "cloudwatch = { enabled = true, skip_destroy = false }").apply(&workspace);
    calls.assert_in_order(&["CreateLogGroup", "UpdateDocument"]);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn group_that_could_not_be_deleted_is_retired(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "cloudwatch = { enabled = true, skip_destroy = false }");
    let group = aws.parts().await.log_group.unwrap();
    workspace.account.refuse("DeleteLogGroup", "AccessDeniedException", 403, 1);
    workspace.configure("cloudwatch = { enabled = false, skip_destroy = false }");
    let words = workspace.apply().words();
    assert!(words.contains("Cleanup is not complete") && words.contains(&group), "{words}");
    assert_eq!(retired(&workspace), ["log_group"], "a destroy still knows of it");
    // The key's policy still admits it.
    workspace.apply();
    workspace.assert_plan_is_empty();
    destroy_takes_everything(&workspace, &[]).await;
}

/// Another state has taken over the group alone.
async fn group_of_another_state_is_not_deleted(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "cloudwatch = { enabled = true, skip_destroy = false }");
    let group = aws.parts().await.log_group.unwrap();
    let arn = aws.log_group(&group).await.log_group_arn.unwrap();
    let call = aws.logs.tag_resource().resource_arn(&arn);
    call.tags("ssm-session-setup-stamp", "theirs").send().await.unwrap();
    workspace.configure("cloudwatch = { enabled = false, skip_destroy = false }");
    workspace.account.take_calls();
    let words = workspace.apply().words();
    assert!(words.contains("A log group is not deleted") && words.contains(&group), "{words}");
    let calls = workspace.account.take_calls();
    assert!(!calls.has("DeleteLogGroup"), "{calls:?}");
    assert_eq!(retired(&workspace), ["log_group"]);
    workspace.apply();
    workspace.assert_plan_is_empty();
    let words = workspace.destroy().words();
    assert_eq!(aws.log_group_tags(&group).await["ssm-session-setup-stamp"], "theirs");
    let key = aws.log_group(&group).await.kms_key_id.unwrap();
    assert_eq!(aws.key_state(&key).await, KeyState::Enabled, "the group's events stay readable: {words}");
}

async fn name_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "cloudwatch = { enabled = true }");
    let old = aws.parts().await.log_group.unwrap();
    let moved = "cloudwatch = { enabled = true, log_group_name = \"/sessions\" }";
    let calls = Change::to("cloudwatch.log_group_name", moved)
        .warns(&["Parts are retired", "Sessions will need new permissions"])
        .retires(&["log_group"])
        .apply(&workspace);
    calls.assert_in_order(&["PutKeyPolicy", "CreateLogGroup", "UpdateDocument"]);
    assert_eq!(input(&aws, "cloudWatchLogGroupName").await, "/sessions");
    let key = aws.parts().await.key_id.unwrap();
    let policy = aws.kms.get_key_policy().key_id(key).send().await.unwrap().policy().unwrap().to_owned();
    assert!(policy.contains(&old) && policy.contains("/sessions"), "the key's policy names both: {policy}");
    let calls = Change::to("cloudwatch.log_group_name, back", "cloudwatch = { enabled = true }")
        .retires(&["log_group"])
        .apply(&workspace);
    assert!(!calls.has("CreateLogGroup"), "{calls:?}");
    let calls = Change::to(
        "cloudwatch.log_group_name, skip_destroy = false",
        "cloudwatch = { enabled = true, skip_destroy = false, log_group_name = \"/third\" }",
    )
    .warns(&["A log group is deleted"])
    .retires(&["log_group"])
    .deletes_log_group()
    .apply(&workspace);
    calls.assert_in_order(&["CreateLogGroup", "UpdateDocument", "DeleteLogGroup"]);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn own_group_to_existing_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    let key_arn = aws.create_key_for_logs(&workspace.account).await;
    aws.logs.create_log_group().log_group_name("/central").kms_key_id(&key_arn).send().await.unwrap();
    start(&workspace, "cloudwatch = { enabled = true }");
    let central = "cloudwatch = { enabled = true, create = false, log_group_name = \"/central\" }";
    let calls = Change::to("cloudwatch.create true → false", central)
        .warns(&["Parts are retired", "Sessions will need new permissions"])
        .retires(&["log_group"])
        .apply(&workspace);
    assert!(!calls.has("AssociateKmsKey") && !calls.has("TagResource"), "the existing group is only read: {calls:?}");
    assert_eq!(input(&aws, "cloudWatchLogGroupName").await, "/central");
    Change::to("cloudwatch.create false → true", "cloudwatch = { enabled = true, skip_destroy = false }")
        .apply(&workspace);
    let calls = Change::to(
        "cloudwatch.create true → false, skip_destroy = false",
        "cloudwatch = { enabled = true, create = false, skip_destroy = false, log_group_name = \"/central\" }",
    )
    .warns(&["A log group is deleted"])
    .deletes_log_group()
    .apply(&workspace);
    calls.assert_in_order(&["UpdateDocument", "DeleteLogGroup"]);
    workspace.destroy();
    assert_eq!(aws.log_group("/central").await.kms_key_id, Some(key_arn));
}

async fn retention_is_one_write(workspace: Workspace) {
    start(&workspace, "cloudwatch = { enabled = true, skip_destroy = false }");
    let with = |days: u32| format!("cloudwatch = {{ enabled = true, skip_destroy = false, retention = {days} }}");
    for (row, days, warns, write) in [
        ("cloudwatch.retention longer", 30, [].as_slice(), "PutRetentionPolicy"),
        ("cloudwatch.retention for ever", 0, &[], "DeleteRetentionPolicy"),
        (
            "cloudwatch.retention shorter",
            7,
            &["Events in CloudWatch Logs will be kept for less time"],
            "PutRetentionPolicy",
        ),
    ] {
        let calls = Change::to(row, &with(days)).warns(warns).apply(&workspace);
        assert_eq!(calls.writes(), [write], "{row}");
    }
    destroy_takes_everything(&workspace, &[]).await;
}
