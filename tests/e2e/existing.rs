//! Parts that the caller has no permission to read: existing ones are used, own ones are not changed.

use crate::workspace::Workspace;

on_one_cli! {
    an_existing_bucket_without_read_permission_is_used_with_a_warning,
    a_bucket_of_another_account_stops_the_apply_before_the_first_write,
}

async fn an_existing_bucket_without_read_permission_is_used_with_a_warning(workspace: Workspace) {
    workspace.account.refuse("GetBucketEncryption", "AccessDenied", 403, 1000);
    workspace.configure("bucket = { create = false, name = \"central-session-logs\" }");
    let words = workspace.apply().words();
    assert!(words.contains("central-session-logs cannot be read"), "{words}");
    assert!(words.contains("settings.bucket.account_id"), "{words}");
    let planned = workspace.try_plan();
    assert_eq!(planned.code, 0, "{planned}");
    assert!(planned.words().contains("central-session-logs cannot be read"), "{planned}");
    workspace.destroy();
}

async fn a_bucket_of_another_account_stops_the_apply_before_the_first_write(workspace: Workspace) {
    workspace.account.refuse("GetBucketEncryption", "AccessDenied", 403, 1000);
    workspace.configure("bucket = { name = \"somebody-elses-logs\" }");
    let words = workspace.try_apply().failed().words();
    assert!(words.contains("The bucket may exist already"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert!(workspace.state_is_empty());
}
