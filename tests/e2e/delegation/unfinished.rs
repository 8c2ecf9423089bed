//! A create that AWS stops half-way leaves nothing; what it could not take back goes on at the next apply.

use crate::workspace::Workspace;

use super::{ALL, Organization, delegation, names, registered};

on_each_cli! {
    a_failed_create_is_taken_back,
    what_cannot_be_taken_back_goes_on_and_is_ours,
    a_failed_change_keeps_what_it_reached,
}

/// Lets the fourth registration of four fail: moto is told to refuse one that it does not know.
const WITH_UNKNOWN: &str =
    "service_principals = [\"ssm.amazonaws.com\", \"ssm-quicksetup.amazonaws.com\", \"zz.example.com\"]";

async fn a_failed_create_is_taken_back(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let member = &organization.member;
    workspace.configure(&delegation(member, WITH_UNKNOWN));
    let words = workspace.try_apply().failed().words();
    assert!(words.contains("zz.example.com"), "{words}");
    assert_eq!(organization.delegated(member).await, names(&[]));
    assert!(workspace.state().is_null());

    workspace.configure(&delegation(member, ""));
    workspace.apply();
    workspace.assert_plan_is_empty();
}

async fn what_cannot_be_taken_back_goes_on_and_is_ours(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let member = &organization.member;
    workspace.configure(&delegation(member, WITH_UNKNOWN));
    workspace.account.refuse("DeregisterDelegatedAdministrator", "AccessDeniedException", 403, 1);
    workspace.try_apply().failed();
    let left = organization.delegated(member).await;
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(workspace.state()["tainted"], true);

    workspace.configure(&delegation(member, ""));
    workspace.account.take_calls();
    workspace.apply();
    assert_eq!(workspace.account.take_calls().writes(), ["RegisterDelegatedAdministrator"; 2]);
    workspace.assert_plan_is_empty();
    assert_eq!(organization.delegated(member).await, names(&ALL));
    assert!(registered(&workspace).values().all(|ours| *ours));
    workspace.destroy();
    assert_eq!(organization.delegated(member).await, names(&[]));
}

async fn a_failed_change_keeps_what_it_reached(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let member = &organization.member;
    workspace.configure(&delegation(member, "service_principals = [\"ssm.amazonaws.com\"]"));
    workspace.apply();
    workspace.configure(&delegation(member, WITH_UNKNOWN));
    workspace.try_apply().failed();
    let reached = names(&["ssm-quicksetup.amazonaws.com", "ssm.amazonaws.com"]);
    assert_eq!(organization.delegated(member).await, reached);
    assert!(
        registered(&workspace)
            .into_iter()
            .map(|(principal, ours)| ours.then_some(principal))
            .eq(reached.into_iter().map(Some))
    );

    workspace.configure(&delegation(member, "service_principals = [\"ssm.amazonaws.com\"]"));
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!(organization.delegated(member).await, names(&["ssm.amazonaws.com"]));
}
