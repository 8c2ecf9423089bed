//! A setup that exists in AWS but in no state is imported, and nothing is replaced.

/// Parts that others use too.
mod beside;
/// Configuration that the CLI writes.
mod generated;
/// The examples of the guide.
mod guide;
/// The ids and the identity of a setup.
mod ids;
/// A first apply after an import that stops half-way.
mod interrupted;
/// Setups of the Terraform module.
mod module;
/// A document with parameters, and with what no attribute holds.
mod parameters;

use std::collections::BTreeSet;

use serde_json::{Value, json};

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

/// The paths of the attributes that a planned change changes, including those that are not known yet.
fn changed_paths(change: &Value) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    compare(&mut paths, "", &change["before"], &change["after"], &change["after_unknown"]);
    paths
}

fn compare(paths: &mut BTreeSet<String>, path: &str, before: &Value, after: &Value, unknown: &Value) {
    let (Some(was), Some(will)) = (before.as_object(), after.as_object()) else {
        if before != after || *unknown == json!(true) {
            paths.insert(path.to_owned());
        }
        return;
    };
    let names: BTreeSet<&String> =
        was.keys().chain(will.keys()).chain(unknown.as_object().into_iter().flat_map(|one| one.keys())).collect();
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        compare(paths, &path, &before[name], &after[name], &unknown[name]);
    }
}
