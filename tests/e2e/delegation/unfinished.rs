//! A create that AWS stops half-way is undone. The next apply continues with what could not be undone.

use serde_json::json;

use crate::workspace::Workspace;

use super::{ALL, Organization, QUICK_SETUP, RESOURCE_EXPLORER, SSM, delegation, names, registered};

on_each_cli! {
    a_failed_create_is_taken_back,
    what_cannot_be_taken_back_goes_on_and_is_ours,
    a_failed_change_keeps_what_it_reached,
}

/// Lets the next registration for Systems Manager fail. It is the last one of a delegation.
fn refuse_the_last(workspace: &Workspace) {
    workspace.account.add_fault(&json!({
        "operation": "RegisterDelegatedAdministrator", "containing": "\"ssm.amazonaws.com\"",
        "code": "AccessDeniedException", "status": 403, "times": 1,
    }));
}

async fn a_failed_create_is_taken_back(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let member = &organization.member;
    refuse_the_last(&workspace);
    workspace.configure(&delegation(member, ""));
    let words = workspace.try_apply().failed().words();
    assert!(words.contains("ssm.amazonaws.com"), "{words}");
    assert_eq!(organization.delegated(member).await, names(&[]));
    assert!(workspace.state().is_null());

    workspace.apply();
    workspace.assert_plan_is_empty();
}

async fn what_cannot_be_taken_back_goes_on_and_is_ours(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let member = &organization.member;
    refuse_the_last(&workspace);
    workspace.configure(&delegation(member, ""));
    workspace.account.refuse("DeregisterDelegatedAdministrator", "AccessDeniedException", 403, 1);
    workspace.try_apply().failed();
    let left = organization.delegated(member).await;
    assert_eq!(left.len(), 3, "{left:?}");
    assert_eq!(workspace.state()["tainted"], true);

    workspace.account.take_calls();
    workspace.apply();
    assert_eq!(workspace.account.take_calls().writes(), ["RegisterDelegatedAdministrator"]);
    workspace.assert_plan_is_empty();
    assert_eq!(organization.delegated(member).await, names(&ALL));
    assert!(registered(&workspace).values().all(|ours| *ours));
    workspace.destroy();
    assert_eq!(organization.delegated(member).await, names(&[]));
}

async fn a_failed_change_keeps_what_it_reached(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let member = &organization.member;
    workspace.configure(&delegation(member, "service_principals = [\"ssm-quicksetup.amazonaws.com\"]"));
    workspace.apply();
    refuse_the_last(&workspace);
    let three = [RESOURCE_EXPLORER, QUICK_SETUP, SSM];
    workspace.configure(&delegation(member, &format!("service_principals = {}", json!(three))));
    workspace.try_apply().failed();
    let reached = names(&[QUICK_SETUP, RESOURCE_EXPLORER]);
    assert_eq!(organization.delegated(member).await, reached);
    assert!(
        registered(&workspace)
            .into_iter()
            .map(|(principal, ours)| ours.then_some(principal))
            .eq(reached.into_iter().map(Some))
    );

    workspace.configure(&delegation(member, "service_principals = [\"ssm-quicksetup.amazonaws.com\"]"));
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!(organization.delegated(member).await, names(&[QUICK_SETUP]));
}
