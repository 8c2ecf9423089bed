//! A create that AWS stops half-way goes on at the next apply: nothing is destroyed or made twice.

use serde_json::json;

use crate::workspace::Workspace;

on_each_cli! {
    refused_document_is_made_by_the_next_apply,
    refused_bucket_setting_is_made_by_the_next_apply,
    untainted_setup_goes_on_in_place,
}

async fn refused_document_is_made_by_the_next_apply(workspace: Workspace) {
    goes_on_after(&workspace, "CreateDocument").await;
}

async fn refused_bucket_setting_is_made_by_the_next_apply(workspace: Workspace) {
    goes_on_after(&workspace, "PutBucketLifecycleConfiguration").await;
}

async fn goes_on_after(workspace: &Workspace, operation: &str) {
    workspace.configure("");
    workspace.account.refuse(operation, "AccessDeniedException", 403, 1);
    let words = workspace.try_apply().failed().words();
    assert!(words.contains(operation), "the error names what was refused: {words}");
    let aws = workspace.aws();
    let before = aws.parts().await;
    assert!(before.key_id.is_some() && before.bucket.is_some() && !before.document);
    assert_eq!(workspace.state()["tainted"], true);

    workspace.account.take_calls();
    workspace.apply();
    let calls = workspace.account.take_calls();
    for operation in ["CreateKey", "CreateBucket", "DeleteBucket", "ScheduleKeyDeletion"] {
        assert!(!calls.writes().contains(&operation), "{operation} in {calls:?}");
    }
    workspace.assert_plan_is_empty();
    let after = aws.parts().await;
    assert_eq!((after.key_id, after.bucket), (before.key_id, before.bucket));
    assert!(after.document);
}

async fn untainted_setup_goes_on_in_place(workspace: Workspace) {
    workspace.configure("");
    workspace.account.refuse("CreateDocument", "AccessDeniedException", 403, 1);
    workspace.try_apply().failed();
    workspace.untaint();

    assert!(workspace.plan());
    assert_eq!(workspace.planned_change()["actions"], json!(["update"]));
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
    assert!(workspace.aws().parts().await.document);
}
