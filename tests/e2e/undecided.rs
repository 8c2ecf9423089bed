//! A region or role of an existing setup that is not known before the apply: it turns out equal or different.

use serde_json::json;

use crate::moto::Account;
use crate::workspace::{REGION, Workspace, setup};

on_each_cli! {
    region_that_is_not_known_yet,
}

on_one_cli! {
    role_that_is_not_known_yet,
}

/// The usual setup, with an attribute that comes from a resource. That is made anew with every `trigger`.
fn from_resource(attribute: &str, value: &str, trigger: u32) -> String {
    let decided = format!(
        "resource \"terraform_data\" \"decided\" {{\n  input            = \"{value}\"\n  triggers_replace = [{trigger}]\n}}\n"
    );
    setup("cloudwatch = { enabled = true }").replace("  settings = {", &format!("  {attribute}\n  settings = {{"))
        + &decided
}

fn different(workspace: &Workspace) {
    let refused = workspace.try_apply().failed();
    assert_eq!(refused.stderr.matches("Error: ").count(), 1, "one message of the host\n{refused}");
    assert!(refused.words().contains("changed the planned action"), "{refused}");
    workspace.apply();
    workspace.assert_plan_is_empty();
}

async fn region_that_is_not_known_yet(workspace: Workspace) {
    let region = "region = terraform_data.decided.output";
    workspace.write(&from_resource(region, REGION, 1));
    workspace.apply();
    let before = workspace.attributes_of_setup();
    workspace.account.take_calls();

    workspace.write(&from_resource(region, REGION, 2));
    workspace.apply();
    workspace.account.take_calls().assert_no_writes_in("the region turned out equal");
    assert_eq!(workspace.attributes_of_setup(), before);
    workspace.assert_plan_is_empty();

    workspace.write(&from_resource(region, "eu-central-1", 3));
    different(&workspace);
    assert_eq!(workspace.attributes_of_setup()["id"], json!(format!("{}/eu-central-1", workspace.account.id)));
}

async fn role_that_is_not_known_yet(workspace: Workspace) {
    let there = Account::new();
    let role = |account: &str| format!("arn:aws:iam::{account}:role/setup");
    let attribute = "assume_role = { role_arn = terraform_data.decided.output }";
    workspace.write(&from_resource(attribute, &role(&workspace.account.id), 1));
    workspace.apply();
    workspace.write(&from_resource(attribute, &role(&workspace.account.id), 2));
    workspace.apply();
    workspace.assert_plan_is_empty();
    workspace.write(&from_resource(attribute, &role(&there.id), 3));
    different(&workspace);
    assert_eq!(workspace.attributes_of_setup()["id"], json!(format!("{}/{REGION}", there.id)));
}
