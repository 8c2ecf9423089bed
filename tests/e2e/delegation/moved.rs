//! A role that leads to another management account replaces the delegation: the old one ends, the new one begins.

use serde_json::json;

use super::{ALL, Organization, delegation, names};
use crate::aws::Aws;
use crate::moto::Account;
use crate::workspace::{REGION, Workspace, setup};

on_each_cli! {
    another_management_account_replaces_the_delegation,
}

async fn another_management_account_replaces_the_delegation(workspace: Workspace) {
    let here = Organization::new(&workspace).await;
    let account = Account::new();
    let there = Organization::at(Aws::of(&account, REGION)).await;
    workspace.configure(&delegation(&here.member, ""));
    workspace.apply();

    let role = format!("  assume_role = {{ role_arn = \"arn:aws:iam::{}:role/delegations\" }}\n  settings", account.id);
    workspace.write(&setup(&delegation(&there.member, "")).replacen("  settings", &role, 1));
    assert!(workspace.plan());
    let change = workspace.planned_change();
    assert_eq!(change["actions"], json!(["delete", "create"]));
    assert!(change["replace_paths"].as_array().unwrap().contains(&json!(["assume_role"])), "{change:#}");
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
    assert_eq!(here.delegated(&here.member).await, names(&[]));
    assert_eq!(there.delegated(&there.member).await, names(&ALL));
    assert_eq!(workspace.attributes()["id"], format!("{}/delegated/{}", account.id, there.member));

    workspace.destroy();
    assert_eq!(there.delegated(&there.member).await, names(&[]));
}
