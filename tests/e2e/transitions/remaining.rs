//! Documents that exist while the setup has none, and the document from before an adoption: no change may break them.

use serde_json::json;

use super::{Change, start};
use crate::workspace::Workspace;

on_one_cli! {
    former_document_that_names_what_is_gone_is_not_put_back,
    released_document_keeps_its_group_and_its_key,
    document_is_not_released_together_with_what_it_names,
    parts_that_come_back_keep_their_logs_shorter_with_a_warning,
}

#[track_caller]
fn assert_refused(workspace: &Workspace, settings: &str, words: &str) {
    workspace.configure(settings);
    workspace.account.take_calls();
    let said = workspace.try_apply().failed().words();
    assert!(said.contains(words), "{words}: {said}");
    workspace.account.take_calls().assert_no_writes();
}

async fn former_document_that_names_what_is_gone_is_not_put_back(workspace: Workspace) {
    let aws = workspace.aws();
    let theirs = format!("theirs-{}", workspace.account.id);
    aws.create_bucket(&theirs).await;
    aws.create_document(&json!({"s3BucketName": theirs, "s3EncryptionEnabled": true})).await;
    start(&workspace, "document = { on_existing = \"adopt\" }");
    aws.s3.delete_bucket().bucket(&theirs).send().await.unwrap();
    let off = |on_destroy: &str| format!("document = {{ enabled = false, on_destroy = \"{on_destroy}\" }}");
    assert_refused(&workspace, &off("restore"), "The former document cannot be restored");
    let calls = Change::to("document.enabled true → false, delete", &off("delete")).apply(&workspace);
    assert_eq!(calls.writes(), ["DeleteDocument"]);
}

async fn released_document_keeps_its_group_and_its_key(workspace: Workspace) {
    let logs = |on: bool| format!("cloudwatch = {{ enabled = {on}, skip_destroy = false }}");
    let document = "document = { enabled = false, on_destroy = \"retain\" }";
    start(&workspace, &format!("{}\n document = {{ on_destroy = \"retain\" }}", logs(true)));
    Change::to("document released", &format!("{}\n{document}", logs(true))).apply(&workspace);
    let off = format!("{}\n{document}", logs(false));
    assert_refused(&workspace, &off, "A document names a part that would be removed");
    let no_key = format!("{}\n{document}\n kms = {{ enabled = false }}", logs(true));
    assert_refused(&workspace, &no_key, "A document requires the key");
    // Without that document, both changes are possible.
    workspace.aws().delete_document().await;
    Change::to("own key → none, no document", &no_key).retires(&["kms_key"]).apply(&workspace);
    let neither = format!("{off}\n kms = {{ enabled = false }}");
    Change::to("cloudwatch off, no document", &neither).retires(&["kms_key"]).deletes_log_group().apply(&workspace);
}

async fn document_is_not_released_together_with_what_it_names(workspace: Workspace) {
    start(&workspace, "cloudwatch = { enabled = true }");
    let document = "document = { enabled = false, on_destroy = \"retain\" }";
    let off = format!("cloudwatch = {{ enabled = false, skip_destroy = false }}\n{document}");
    assert_refused(&workspace, &off, "A document names a part that would be removed");
    let no_key = format!("cloudwatch = {{ enabled = true }}\n{document}\n kms = {{ enabled = false }}");
    assert_refused(&workspace, &no_key, "A document requires the key");
}

async fn parts_that_come_back_keep_their_logs_shorter_with_a_warning(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "cloudwatch = { enabled = true, retention = 30 }");
    let before = aws.parts().await;
    workspace.account.put_objects(before.bucket.as_deref().unwrap(), 1, 1);
    let group = before.log_group.unwrap();
    aws.logs.create_log_stream().log_group_name(&group).log_stream_name("session").send().await.unwrap();
    let moved = format!("bucket = {{ name = \"moved-{}\" }}", workspace.account.id);
    Change::to("bucket.name, cloudwatch off", &moved).retires(&["bucket", "log_group"]).apply(&workspace);
    Change::to("both back, kept shorter", "cloudwatch = { enabled = true }\n audit = { retention_years = 1 }")
        .warns(&[
            "Events in CloudWatch Logs were kept 30 days and will be kept 7 days",
            "Logs in the bucket were kept 1825 days and will be kept 365 days",
        ])
        .retires(&["bucket"])
        .apply(&workspace);
}
