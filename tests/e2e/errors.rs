//! Mistakes in a configuration or in the access to AWS: one clear error, in seconds, and no unnecessary call.
//!
//! The rules have their tests beside the source. These scenarios show a few of each kind through a CLI.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::workspace::Workspace;

on_each_cli! {
    mistakes_in_values_are_all_reported_by_validate,
    wrong_credentials_are_one_error,
    an_endpoint_nobody_listens_on_is_one_error,
    a_missing_region_is_one_error,
    an_existing_document_is_not_taken,
}

const PATIENCE: Duration = Duration::from_secs(30);

async fn mistakes_in_values_are_all_reported_by_validate(workspace: Workspace) {
    workspace.configure(
        r"
        kms        = { deletion_window = 6 }
        session    = { timeout = 61 }
        audit      = { transition_days = 30, archive_days = 45 }
        cloudwatch = { enabled = true, retention = 8 }
        ",
    );
    let words = workspace.validate().failed().words();
    for (setting, value) in [("deletion_window", "6"), ("timeout", "61"), ("archive_days", "45"), ("retention", "8")] {
        assert!(words.contains(setting), "{setting} is named: {words}");
        assert!(words.contains(value), "{value} is named: {words}");
    }
    assert_eq!(words.matches("Error:").count(), 4, "{words}");
    assert_eq!(workspace.account.take_calls().len(), 0, "validate calls no AWS");
}

async fn wrong_credentials_are_one_error(workspace: Workspace) {
    workspace.configure("");
    workspace.account.refuse("GetCallerIdentity", "InvalidClientTokenId", 403, 1000);
    assert_one_error_soon(&workspace, &["InvalidClientTokenId"]);
}

async fn an_endpoint_nobody_listens_on_is_one_error(mut workspace: Workspace) {
    workspace.set_env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    workspace.configure("");
    assert_one_error_soon(&workspace, &["127.0.0.1:1"]);
}

async fn a_missing_region_is_one_error(workspace: Workspace) {
    workspace.write(&crate::workspace::setup("").replace("region = \"eu-west-1\"", ""));
    assert_one_error_soon(&workspace, &["region", "AWS_REGION"]);
}

#[track_caller]
fn assert_one_error_soon(workspace: &Workspace, expected: &[&str]) {
    let start = Instant::now();
    let words = workspace.try_plan().failed().words();
    assert!(start.elapsed() < PATIENCE, "{:?}: {words}", start.elapsed());
    assert_eq!(words.matches("Error:").count(), 1, "{words}");
    for part in expected {
        assert!(words.contains(part), "{part} is named: {words}");
    }
}

async fn an_existing_document_is_not_taken(workspace: Workspace) {
    let aws = workspace.aws();
    aws.create_document(&json!({})).await;
    workspace.configure("");
    let outcome = workspace.try_plan().failed();
    let words = outcome.words();
    for remedy in ["import", "on_existing"] {
        assert!(words.contains(remedy), "{remedy} is offered: {words}");
    }
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(aws.parts().await.bucket, None);
}
