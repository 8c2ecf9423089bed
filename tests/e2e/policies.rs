//! The policies of a setup: known in the plan, kept by refreshes, completed after an import.

use serde_json::Value;

use crate::workspace::{REGION, Workspace};

on_each_cli! {
    policies_are_known_in_the_plan_and_stay,
}

async fn policies_are_known_in_the_plan_and_stay(workspace: Workspace) {
    workspace.configure("session = { node_tags = { team = \"ops\" } }");
    assert!(workspace.plan());
    let planned = workspace.planned_change();
    let policies = planned["after"]["policies"].clone();
    for name in ["instance", "user", "preferences_lock", "provisioner"] {
        let policy: Value = serde_json::from_str(policies[name].as_str().unwrap()).unwrap();
        assert_eq!(policy["Version"], "2012-10-17", "{name}");
    }
    assert!(policies["user"].as_str().unwrap().contains("ssm:resourceTag/team"));
    let services = planned["after"]["vpc_endpoint_services"].as_array().unwrap().clone();
    assert!(services.contains(&Value::from(format!("com.amazonaws.{REGION}.kms"))), "{services:?}");

    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
    assert_eq!(workspace.state()["values"]["policies"], policies);

    // AWS does not hold the node tags, so the import cannot read them. One update in place restores them.
    workspace.forget();
    workspace.import(REGION);
    assert_eq!(workspace.state()["values"]["policies"]["instance"], policies["instance"]);
    if workspace.plan() {
        workspace.apply_saved_plan();
    }
    workspace.assert_plan_is_empty();
    assert_eq!(workspace.state()["values"]["policies"], policies);
}
