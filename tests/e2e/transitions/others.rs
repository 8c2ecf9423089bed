//! Changes of the document and of the role, and updates that fail half-way.

use serde_json::json;

use super::{Change, destroy_takes_everything, input, retired, start};
use crate::aws::DOCUMENT;
use crate::workspace::{Workspace, setup};

on_each_cli! {
    document_off_and_on,
    failed_update_keeps_sessions_working_and_goes_on,
}

on_one_cli! {
    document_released_and_taken_back,
    preferences_are_one_document_write,
    role_of_the_same_account_changes_in_place,
    bounds_and_ends_are_state_only,
    many_changes_at_once,
    what_a_failed_update_made_is_never_forgotten,
    a_group_that_cannot_be_deleted_stays_in_the_state,
}

async fn document_off_and_on(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "");
    let before = aws.parts().await;
    let calls = Change::to("document.enabled true → false", "document = { enabled = false }").apply(&workspace);
    assert_eq!(calls.writes(), ["DeleteDocument"]);
    let after = aws.parts().await;
    assert!(!after.document);
    assert_eq!((after.key_id, after.bucket), (before.key_id, before.bucket), "the parts stay");
    let calls = Change::to("document.enabled false → true", "").apply(&workspace);
    assert_eq!(calls.writes(), ["CreateDocument"]);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn document_released_and_taken_back(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "document = { on_destroy = \"retain\" }");
    let off = "document = { enabled = false, on_destroy = \"retain\" }";
    let calls = Change::to("document.enabled true → false, retain", off).apply(&workspace);
    calls.assert_no_writes();
    assert!(aws.parts().await.document);
    // The parts that it names cannot be deleted while it exists.
    workspace.account.take_calls();
    let words = workspace.try_destroy().failed().words();
    assert!(words.contains("SSM-SessionManagerRunShell"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    let calls =
        Change::to("document.enabled false → true, released before", "session = { timeout = 9 }").apply(&workspace);
    assert!(!calls.has("CreateDocument"), "{calls:?}");
    assert_eq!(input(&aws, "idleSessionTimeout").await, "9");
    assert_eq!(workspace.attributes()["previous_document"], json!(null), "it was our own");
    destroy_takes_everything(&workspace, &[]).await;
}

async fn preferences_are_one_document_write(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "");
    for (row, settings, warns) in [
        ("session.run_as", "session = { run_as = \"ssm-user\" }", ["Sessions will need new permissions"].as_slice()),
        ("session.kms_encryption off", "session = { kms_encryption = false }", &[]),
        ("session.shell_profile", "session = { shell_profile = { linux = \"exec bash\" } }", &[]),
        ("bucket.key_prefix", "bucket = { key_prefix = \"elsewhere/\" }", &[]),
        ("session.* back", "", &[]),
    ] {
        let calls = Change::to(row, settings).warns(warns).apply(&workspace);
        assert_eq!(calls.writes(), ["UpdateDocument", "UpdateDocumentDefaultVersion"], "{row}");
    }
    let described = aws.ssm.describe_document().name(DOCUMENT).send().await.unwrap();
    let document = described.document().unwrap();
    assert_eq!(document.default_version(), document.latest_version());
    destroy_takes_everything(&workspace, &[]).await;
}

async fn role_of_the_same_account_changes_in_place(workspace: Workspace) {
    let aws = workspace.aws();
    let through = |role: &str| {
        let assume =
            format!("  assume_role = {{ role_arn = \"arn:aws:iam::{}:role/{role}\" }}\n", workspace.account.id);
        setup("").replace("  settings = {", &format!("{assume}  settings = {{"))
    };
    start(&workspace, "");
    let before = aws.parts().await;
    let calls = Change::to_configuration("assume_role, same account", through("one")).apply(&workspace);
    calls.assert_no_writes();
    Change::to_configuration("assume_role, another role", through("two")).apply(&workspace);
    Change::to("assume_role off", "").apply(&workspace);
    assert_eq!(aws.parts().await, before);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn bounds_and_ends_are_state_only(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "");
    let before = (aws.parts().await, aws.document().await);
    let timed =
        |timeouts: &str| setup("").replace("  settings = {", &format!("  timeouts = {timeouts}\n  settings = {{"));
    for (row, to) in [
        ("timeouts given", timed("{ create = \"30m\", delete = \"1h\" }")),
        ("timeouts changed", timed("{ create = \"10m\" }")),
        ("timeouts taken away", setup("")),
        (
            "bucket.force_destroy, kms.deletion_window",
            setup("bucket = { force_destroy = true }\n kms = { deletion_window = 7 }"),
        ),
        ("is_hub", setup("").replace("  settings = {", "  is_hub = true\n  settings = {")),
    ] {
        let calls = Change::to_configuration(row, to).apply(&workspace);
        calls.assert_no_writes_in(row);
    }
    assert_eq!((aws.parts().await, aws.document().await), before);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn many_changes_at_once(workspace: Workspace) {
    start(&workspace, "cloudwatch = { enabled = true }");
    let all = format!(
        "cloudwatch = {{ enabled = true, log_group_name = \"/all-{0}\" }}
         kms = {{ multi_region = true, alias_name = \"all-{0}\" }}
         bucket = {{ name = \"all-{0}\", versioning = true }}
         session = {{ timeout = 5 }}
         allowed_iam_role_arns = [\"arn:aws:iam::{0}:role/nodes\"]",
        workspace.account.id
    );
    Change::to("all at once", &all)
        .warns(&["Parts are retired"])
        .retires(&["kms_key", "bucket", "log_group"])
        .apply(&workspace);
    Change::to("all at once, back", "cloudwatch = { enabled = true, skip_destroy = true }")
        .retires(&["bucket", "log_group", "kms_key"])
        .apply(&workspace);
    Change::to("skip_destroy", "cloudwatch = { enabled = true, skip_destroy = false }")
        .retires(&["bucket", "log_group", "kms_key"])
        .apply(&workspace);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn failed_update_keeps_sessions_working_and_goes_on(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "");
    let before = aws.document().await;
    let moved = format!("moved-{}", workspace.account.id);
    workspace.configure(&format!("bucket = {{ name = \"{moved}\" }}\n kms = {{ multi_region = true }}"));
    workspace.account.take_calls();
    workspace.account.refuse("UpdateDocument", "AccessDeniedException", 403, 1);
    let words = workspace.try_apply().failed().words();
    assert!(words.contains("UpdateDocument"), "{words}");
    workspace.account.take_calls().assert_document_never_broke();
    assert_eq!(aws.document().await, before, "sessions go on as before");
    let state = workspace.attributes();
    assert_eq!(state["bucket"]["name"], before["inputs"]["s3BucketName"]);
    assert_eq!(state["kms_key"]["arn"], before["inputs"]["kmsKeyId"]);
    assert_ne!(state["settings"]["bucket"]["name"], moved, "inputs in the state are the prior ones");
    let mut reached = retired(&workspace);
    reached.sort();
    assert_eq!(reached, ["bucket", "kms_key"], "what was made for the change");

    workspace.apply();
    let calls = workspace.account.take_calls();
    assert!(!calls.has("CreateBucket") && !calls.has("CreateKey"), "{calls:?}");
    calls.assert_document_never_broke();
    workspace.assert_plan_is_empty();
    assert_eq!(input(&aws, "s3BucketName").await, moved);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn what_a_failed_update_made_is_never_forgotten(workspace: Workspace) {
    let before = "kms = { enabled = false }\n cloudwatch = { skip_destroy = false }";
    start(&workspace, before);
    workspace.configure("cloudwatch = { enabled = true, skip_destroy = false }");
    workspace.account.refuse("UpdateDocument", "AccessDeniedException", 403, 1);
    workspace.try_apply().failed();
    let mut made = retired(&workspace);
    made.sort();
    assert_eq!(made, ["kms_key", "log_group"], "there was neither key nor group before");

    workspace.refresh();
    assert_eq!(retired(&workspace).len(), 2, "a refresh does not forget them");
    workspace.configure(before);
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!(retired(&workspace).len(), 2);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn a_group_that_cannot_be_deleted_stays_in_the_state(workspace: Workspace) {
    start(&workspace, "cloudwatch = { enabled = true, skip_destroy = false }");
    workspace.account.refuse("DeleteLogGroup", "AccessDeniedException", 403, 1);
    workspace.configure("cloudwatch = { enabled = false, skip_destroy = false }");
    let words = workspace.apply().words();
    assert!(words.contains("Cleanup is not complete"), "{words}");
    assert_eq!(retired(&workspace), ["log_group"]);
    // The key's policy names it again as a retired group.
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!(retired(&workspace), ["log_group"]);
    destroy_takes_everything(&workspace, &[]).await;
}
