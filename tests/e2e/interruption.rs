//! A create that AWS stops half-way continues at the next apply: nothing is destroyed or made twice.
//!
//! Hosts mark such a resource as tainted, and plan to destroy it first. `faults.rs` stops every single
//! call.

use serde_json::json;

use crate::aws::Parts;
use crate::moto::Calls;
use crate::workspace::{Workspace, setup};

on_each_cli! {
    refused_document_is_made_by_the_next_apply,
    refused_bucket_setting_is_made_by_the_next_apply,
    next_apply_may_spare_the_refresh,
    credentials_that_expire_are_named_and_the_next_apply_goes_on,
    replacement_that_is_created_first_goes_on,
    replacement_that_is_created_first_may_spare_the_refresh,
    untainted_setup_goes_on_in_place,
    protected_setup_goes_on_once_untainted,
    protected_setup_goes_on_once_untainted_without_a_refresh,
    tainted_setup_is_destroyed_whole,
    tainted_setup_is_destroyed_whole_without_a_refresh,
    tainted_setup_of_other_names_is_destroyed_before_the_new_one_is_made,
}

on_one_cli! {
    key_that_is_no_longer_wanted_stays_for_the_bucket_that_is,
}
const WITH_GROUP: &str = "cloudwatch = { enabled = true, skip_destroy = false }";

async fn refused_document_is_made_by_the_next_apply(workspace: Workspace) {
    workspace.configure("");
    goes_on_after(&workspace, "CreateDocument", &[]).await;
}

async fn refused_bucket_setting_is_made_by_the_next_apply(workspace: Workspace) {
    workspace.configure("");
    goes_on_after(&workspace, "PutBucketLifecycleConfiguration", &[]).await;
}

async fn next_apply_may_spare_the_refresh(workspace: Workspace) {
    workspace.configure("");
    goes_on_after(&workspace, "CreateDocument", &["-refresh=false"]).await;
}

async fn credentials_that_expire_are_named_and_the_next_apply_goes_on(workspace: Workspace) {
    workspace.configure("");
    let expired = |service, nth, code| json!({ "service": service, "writes": true, "nth": nth, "times": 1_000_000, "code": code, "status": 400 });
    workspace.account.add_fault(&expired("s3", 3, "ExpiredToken"));
    workspace.account.add_fault(&expired("ssm", 1, "ExpiredTokenException"));
    let words = workspace.try_apply().failed().words();
    assert_eq!(words.matches("Error:").count(), 1, "{words}");
    assert!(words.contains("ExpiredToken") && words.contains("have not expired"), "{words}");
    let refused = workspace.account.end_faults();
    assert_eq!(refused, 1, "what is refused once is not tried again");
    assert_eq!(workspace.state()["tainted"], true);
    let before = workspace.aws().parts().await;
    assert!(before.key_id.is_some() && before.bucket.is_some() && !before.document);

    workspace.account.take_calls();
    workspace.apply();
    assert_nothing_is_made_anew(&workspace.account.take_calls());
    workspace.assert_plan_is_empty();
}

async fn replacement_that_is_created_first_goes_on(workspace: Workspace) {
    workspace.write(&with_lifecycle("create_before_destroy = true"));
    goes_on_after(&workspace, "CreateDocument", &[]).await;
}

async fn replacement_that_is_created_first_may_spare_the_refresh(workspace: Workspace) {
    workspace.write(&with_lifecycle("create_before_destroy = true"));
    goes_on_after(&workspace, "PutBucketPolicy", &["-refresh=false"]).await;
}

async fn untainted_setup_goes_on_in_place(workspace: Workspace) {
    workspace.configure("");
    stop_at(&workspace, "CreateDocument");
    workspace.untaint();

    assert!(workspace.plan());
    assert_eq!(workspace.planned_change()["actions"], json!(["update"]));
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
    assert!(workspace.aws().parts().await.document);
}

async fn protected_setup_goes_on_once_untainted(workspace: Workspace) {
    goes_on_once_untainted(&workspace, &[]).await;
}

async fn protected_setup_goes_on_once_untainted_without_a_refresh(workspace: Workspace) {
    goes_on_once_untainted(&workspace, &["-refresh=false"]).await;
}

async fn goes_on_once_untainted(workspace: &Workspace, options: &[&str]) {
    workspace.write(&with_lifecycle("prevent_destroy = true"));
    let words = stop_at(workspace, "CreateDocument");
    assert!(words.contains("terraform untaint"), "the way on is named: {words}");
    let before = workspace.aws().parts().await;

    workspace.try_apply().failed();
    workspace.untaint();
    workspace.account.take_calls();
    workspace.apply_with(options);
    assert_nothing_is_made_anew(&workspace.account.take_calls());
    workspace.assert_plan_is_empty();
    let after = workspace.aws().parts().await;
    assert_eq!((after.key_id, after.bucket), (before.key_id, before.bucket));
    assert!(after.document);
}

/// The bucket may be one that was taken over with logs in it.
async fn key_that_is_no_longer_wanted_stays_for_the_bucket_that_is(workspace: Workspace) {
    workspace.configure("");
    stop_at(&workspace, "CreateDocument");
    let aws = workspace.aws();
    let key = aws.parts().await.key_id.unwrap();
    workspace.configure("kms = { enabled = false }");
    let words = workspace.apply().words();
    assert!(words.contains("Destroy keeps: - the key") && words.contains("because without it"), "{words}");
    workspace.assert_plan_is_empty();
    assert_eq!(aws.key_state(&key).await, aws_sdk_kms::types::KeyState::Enabled);
}

async fn tainted_setup_is_destroyed_whole(workspace: Workspace) {
    workspace.configure(WITH_GROUP);
    stop_at(&workspace, "CreateDocument");
    workspace.destroy();
    assert!(workspace.state_is_empty());
    assert_eq!(workspace.aws().parts().await, Parts::default());
}

async fn tainted_setup_is_destroyed_whole_without_a_refresh(workspace: Workspace) {
    workspace.configure(WITH_GROUP);
    stop_at(&workspace, "PutBucketPolicy");
    workspace.try_destroy_without_refresh().succeeded();
    assert!(workspace.state_is_empty());
    assert_eq!(workspace.aws().parts().await, Parts::default());
}

async fn tainted_setup_of_other_names_is_destroyed_before_the_new_one_is_made(workspace: Workspace) {
    workspace.configure(WITH_GROUP);
    stop_at(&workspace, "CreateDocument");
    let before = workspace.aws().parts().await;

    workspace.write(&setup(WITH_GROUP).replace("  settings = {", "  spoke_def = \"002\"\n  settings = {"));
    workspace.apply();
    workspace.assert_plan_is_empty();
    let after = workspace.aws().parts().await;
    assert!(after.document);
    assert_ne!(after.key_id, before.key_id);
    assert!(after.bucket.is_some_and(|bucket| bucket.contains("-002-")));
    assert_eq!(workspace.aws().s3.list_buckets().send().await.unwrap().buckets().len(), 1);
}

async fn goes_on_after(workspace: &Workspace, operation: &str, options: &[&str]) {
    let words = stop_at(workspace, operation);
    assert!(words.contains(operation), "the error names what was refused: {words}");
    let aws = workspace.aws();
    let before = aws.parts().await;
    assert!(before.key_id.is_some() && before.bucket.is_some() && !before.document);

    workspace.account.take_calls();
    workspace.apply_with(options);
    assert_nothing_is_made_anew(&workspace.account.take_calls());
    workspace.assert_plan_is_empty();
    let after = aws.parts().await;
    assert_eq!((after.key_id, after.bucket), (before.key_id, before.bucket));
    assert!(after.document);
}

/// Applies until AWS refuses an operation. Returns what the CLI prints.
#[track_caller]
fn stop_at(workspace: &Workspace, operation: &str) -> String {
    workspace.account.refuse(operation, "AccessDeniedException", 403, 1);
    let words = workspace.try_apply().failed().words();
    assert_eq!(workspace.state()["tainted"], true);
    words
}

#[track_caller]
fn assert_nothing_is_made_anew(calls: &Calls) {
    for operation in ["CreateKey", "CreateBucket", "DeleteBucket", "DeleteAlias", "ScheduleKeyDeletion"] {
        assert!(!calls.writes().contains(&operation), "{operation} in {calls:?}");
    }
}

fn with_lifecycle(rule: &str) -> String {
    setup("").replace("  settings = {", &format!("  lifecycle {{\n    {rule}\n  }}\n  settings = {{"))
}
