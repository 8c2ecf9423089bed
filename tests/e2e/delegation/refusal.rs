//! What prevents a delegation: one error that names the remedy, and no change.

use crate::cli::Outcome;
use crate::moto::Account;
use crate::workspace::{Workspace, setup};

use super::{Organization, QUICK_SETUP, RESOURCE_EXPLORER, SSM, STACKSETS, delegation, names};

on_each_cli! {
    another_accounts_registration_is_named_and_stays,
    credentials_of_a_member_account_are_refused,
    without_an_organization_there_is_nothing_to_delegate,
    the_management_account_is_no_member,
    an_account_outside_the_organization_is_refused,
    mistakes_in_the_configuration_are_reported_by_validate,
}

/// The one error of a plan, on one line. Nothing is written.
#[track_caller]
fn one_error(workspace: &Workspace, outcome: Outcome) -> String {
    let words = outcome.failed().words();
    assert_eq!(words.matches("Error:").count(), 1, "{words}");
    workspace.account.take_calls().assert_no_writes_in(&words);
    words
}

async fn another_accounts_registration_is_named_and_stays(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let Organization { member, other, .. } = &organization;
    organization.register(other, SSM).await;
    organization.register(other, STACKSETS).await;
    workspace.configure(&delegation(member, ""));
    let words = one_error(&workspace, workspace.try_plan());
    assert!(words.contains(&format!("{SSM} is delegated to {other}")), "{words}");

    // With `preflight = "warn"` AWS refuses, and the registrations before are undone.
    let warns = "region = \"eu-west-1\"\n preflight = \"warn\"";
    workspace.write(&setup(&delegation(member, "")).replacen("region = \"eu-west-1\"", warns, 1));
    let words = workspace.try_apply().failed().words();
    assert!(words.contains(&format!("{SSM} is delegated to {other}")), "{words}");
    assert_eq!(organization.delegated(member).await, names(&[]));
    assert_eq!(organization.delegated(other).await, names(&[SSM, STACKSETS]));

    // StackSets take several administrators.
    let rest = format!("service_principals = {:?}", [STACKSETS, QUICK_SETUP, RESOURCE_EXPLORER]);
    workspace.configure(&delegation(member, &rest));
    workspace.apply();
    assert_eq!(organization.delegated(member).await, names(&[STACKSETS, QUICK_SETUP, RESOURCE_EXPLORER]));
    assert_eq!(organization.delegated(other).await, names(&[SSM, STACKSETS]));
}

async fn credentials_of_a_member_account_are_refused(mut workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let Organization { member, other, .. } = &organization;
    let management = workspace.account.id.clone();
    workspace.account = Account::numbered(other);
    workspace.set_env("AWS_ACCESS_KEY_ID", &workspace.account.access_key());
    workspace.configure(&delegation(member, ""));
    let words = one_error(&workspace, workspace.try_plan());
    assert!(words.contains("Not the management account") && words.contains(&management), "{words}");
}

async fn without_an_organization_there_is_nothing_to_delegate(workspace: Workspace) {
    workspace.configure(&delegation("222222222222", ""));
    let words = one_error(&workspace, workspace.try_plan());
    assert!(words.contains("There is no organization") && words.contains(&workspace.account.id), "{words}");
}

async fn the_management_account_is_no_member(workspace: Workspace) {
    workspace.configure(&delegation(&workspace.account.id, ""));
    let words = one_error(&workspace, workspace.try_plan());
    assert!(words.contains("An account cannot delegate to itself"), "{words}");
}

async fn an_account_outside_the_organization_is_refused(workspace: Workspace) {
    Organization::new(&workspace).await;
    workspace.configure(&delegation("222222222222", ""));
    let words = one_error(&workspace, workspace.try_plan());
    assert!(words.contains("222222222222 is not an account of the organization"), "{words}");
}

async fn mistakes_in_the_configuration_are_reported_by_validate(workspace: Workspace) {
    workspace.configure("organization = { delegated = true, service_principals = [] }");
    let words = workspace.validate().failed().words();
    assert!(words.contains("settings.organization.account_id"), "{words}");
    assert!(words.contains("Nothing is delegated"), "{words}");

    let wrong = "service_principals = [\"stacksets.cloudformation.amazonaws.com\"]";
    workspace.configure(&delegation("222222222222", wrong));
    let words = workspace.validate().failed().words();
    assert!(words.contains(&format!("write {STACKSETS:?}")), "{words}");
}
