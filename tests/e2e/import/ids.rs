//! Every form of the id, and the identity, by which a setup is imported, with and without a role.

use serde_json::json;

use crate::cli::Cli;
use crate::delegation::Organization;
use crate::moto::Account;
use crate::workspace::{ADDRESS, REGION, Workspace, setup};

on_each_cli! {
    import_through_a_role_with_an_external_id,
    import_of_another_account_says_whose_credentials_they_are,
}

on_one_cli! {
    import_by_every_id,
}

/// Asserts that the import finds the existing setup, and that nothing is planned.
#[track_caller]
fn assert_imported(workspace: &Workspace, account: &Account) {
    assert_eq!(workspace.attributes()["id"], format!("{}/{REGION}", account.id));
    workspace.assert_plan_is_empty();
    workspace.forget();
}

async fn import_by_every_id(workspace: Workspace) {
    workspace.configure("");
    workspace.apply();
    workspace.forget();
    for id in [REGION.to_owned(), format!("{}/{REGION}", workspace.account.id), "SSM-SessionManagerRunShell".to_owned()]
    {
        workspace.import(&id);
        assert_imported(&workspace, &workspace.account);
    }
    let words = workspace.try_import("nowhere").failed().words();
    assert!(
        words.contains("\"nowhere\" is not the name of a region") && words.contains("delegated/<member account>"),
        "{words}"
    );
}

async fn import_through_a_role_with_an_external_id(workspace: Workspace) {
    let account = Account::new();
    let role_arn = format!("arn:aws:iam::{}:role/session-manager", account.id);
    let role =
        format!("  assume_role = {{ role_arn = \"{role_arn}\", external_id = \"between-us\" }}\n  settings = {{");
    workspace.write(&setup("").replace("  settings = {", &role));
    workspace.apply();
    workspace.forget();
    for place in [REGION.to_owned(), format!("{}/{REGION}", account.id)] {
        workspace.import(&format!("{place},{role_arn},between-us"));
        assert_imported(&workspace, &account);
    }

    let refusal = json!({
        "operation": "AssumeRole", "code": "AccessDenied", "status": 403, "times": 1000, "containing": "ExternalId=other",
    });
    workspace.account.add_fault(&refusal);
    let words = workspace.try_import(&format!("{REGION},{role_arn},other")).failed().words();
    assert!(words.contains(&role_arn), "the role names itself: {words}");
    assert!(workspace.state_is_empty());
    workspace.import(&format!("{REGION},{role_arn},between-us"));
    assert_imported(&workspace, &account);
}

async fn import_of_another_account_says_whose_credentials_they_are(workspace: Workspace) {
    workspace.configure("");
    let words = workspace.try_import(&format!("444455556666/{REGION}")).failed().words();
    let said = format!("The import is for account 444455556666, and the credentials lead to {}", workspace.account.id);
    assert!(words.contains(&said), "{words}");
    assert!(workspace.state_is_empty());
}

/// Terraform supports identities as of 1.12.
#[tokio::test]
async fn import_by_identity_on_opentofu() {
    let workspace = Workspace::new(Cli::OpenTofu);
    workspace.configure("");
    workspace.apply();
    workspace.forget();
    let block = |identity: &str| format!("import {{\n  to = {ADDRESS}\n  identity = {{ {identity} }}\n}}\n");
    let account = &workspace.account.id;
    workspace.write(&(setup("") + &block(&format!("account_id = \"{account}\", region = \"{REGION}\""))));
    workspace.apply();
    workspace.configure("");
    assert_imported(&workspace, &workspace.account);

    let organization = Organization::new(&workspace).await;
    let member = &organization.member;
    let delegation = setup(&format!("organization = {{ delegated = true, account_id = \"{member}\" }}"));
    workspace.write(&delegation);
    workspace.apply();
    workspace.forget();
    let identity = format!("account_id = \"{account}\", region = \"{REGION}\", delegated_account_id = \"{member}\"");
    workspace.write(&(delegation.clone() + &block(&identity)));
    workspace.apply();
    assert_eq!(workspace.attributes()["id"], format!("{account}/delegated/{member}"));
    workspace.write(&delegation);
    workspace.assert_plan_is_empty();
}
