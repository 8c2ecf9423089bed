//! A setup that exists in AWS but in no state is taken into one, and nothing is replaced.

use serde_json::json;

use crate::workspace::{REGION, Workspace};

on_each_cli! {
    imported_setup_needs_one_update_at_most,
}

async fn imported_setup_needs_one_update_at_most(workspace: Workspace) {
    workspace.configure("cloudwatch = { enabled = true }");
    workspace.apply();
    let aws = workspace.aws();
    let before = aws.parts().await;

    workspace.forget();
    workspace.import(REGION);
    if workspace.plan() {
        assert_eq!(workspace.planned_change()["actions"], json!(["update"]));
        workspace.apply_saved_plan();
    }
    workspace.assert_plan_is_empty();
    assert_eq!(aws.parts().await, before);
}
