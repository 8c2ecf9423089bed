//! Delegated mode: Systems Manager is delegated to a member account, and registrations of others
//! stay.
//!
//! The account of each test is the management account of an organization of its own.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::error::ProvideErrorMetadata as _;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::workspace::{Workspace, setup};

mod moved;
mod refusal;
mod unfinished;

on_each_cli! {
    delegation_comes_goes_and_costs_few_calls,
    a_delegation_ended_by_hand_comes_back,
    principals_change_in_place_and_only_ours_are_deregistered,
    a_registration_made_by_hand_stays_after_the_destroy,
    another_member_account_replaces_the_delegation,
    trusted_access_is_enabled_and_never_disabled,
    imported_delegation_makes_no_calls_that_write,
    a_setup_and_a_delegation_are_two_resources,
}

const SSM: &str = "ssm.amazonaws.com";
const QUICK_SETUP: &str = "ssm-quicksetup.amazonaws.com";
const STACKSETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";
const RESOURCE_EXPLORER: &str = "resource-explorer-2.amazonaws.com";
const ALL: [&str; 4] = [STACKSETS, RESOURCE_EXPLORER, QUICK_SETUP, SSM];

/// An organization as its management account observes it.
pub(crate) struct Organization {
    aws: Aws,
    pub(crate) member: String,
    other: String,
}

impl Organization {
    /// Makes one with two member accounts, and with trusted access for all four services.
    pub(crate) async fn new(workspace: &Workspace) -> Self {
        Self::at(workspace.aws()).await
    }

    /// The same in the account of these clients.
    pub(crate) async fn at(aws: Aws) -> Self {
        let organization = Self::without_trusted_access(aws).await;
        for principal in ALL {
            organization
                .aws
                .organizations
                .enable_aws_service_access()
                .service_principal(principal)
                .send()
                .await
                .unwrap();
        }
        organization
    }

    pub(crate) async fn without_trusted_access(aws: Aws) -> Self {
        aws.organizations.create_organization().send().await.unwrap();
        let member = account(&aws, "member").await;
        let other = account(&aws, "other").await;
        Self { aws, member, other }
    }

    /// The services that an account is the delegated administrator of.
    pub(crate) async fn delegated(&self, account_id: &str) -> BTreeSet<String> {
        let answer = self.aws.organizations.list_delegated_services_for_account().account_id(account_id).send().await;
        match answer {
            Ok(answer) => answer
                .delegated_services()
                .iter()
                .map(|service| service.service_principal().unwrap().to_owned())
                .collect(),
            Err(error) if error.code() == Some("AccountNotRegisteredException") => BTreeSet::new(),
            Err(error) => panic!("{error:?}"),
        }
    }

    pub(crate) async fn trusted(&self) -> BTreeSet<String> {
        let answer = self.aws.organizations.list_aws_service_access_for_organization().send().await.unwrap();
        let services = answer.enabled_service_principals().iter();
        services.map(|service| service.service_principal().unwrap().to_owned()).collect()
    }

    async fn register(&self, account_id: &str, principal: &str) {
        let call = self.aws.organizations.register_delegated_administrator();
        call.account_id(account_id).service_principal(principal).send().await.unwrap();
    }

    async fn deregister(&self, account_id: &str, principal: &str) {
        let call = self.aws.organizations.deregister_delegated_administrator();
        call.account_id(account_id).service_principal(principal).send().await.unwrap();
    }
}

async fn account(aws: &Aws, name: &str) -> String {
    let email = format!("{name}@example.com");
    let made = aws.organizations.create_account().account_name(name).email(email).send().await.unwrap();
    made.create_account_status().unwrap().account_id().unwrap().to_owned()
}

fn names(principals: &[&str]) -> BTreeSet<String> {
    principals.iter().map(|principal| (*principal).to_owned()).collect()
}

/// `settings` of a delegation.
fn delegation(member: &str, more: &str) -> String {
    format!("organization = {{\n delegated = true\n account_id = \"{member}\"\n {more}\n }}")
}

/// The services that this resource registered, by its state.
fn registered(workspace: &Workspace) -> BTreeMap<String, bool> {
    let state = workspace.state();
    let delegations = state["values"]["delegations"].as_object().expect("delegations").clone();
    delegations.into_iter().map(|(principal, held)| (principal, held["registered"].as_bool().unwrap())).collect()
}

async fn delegation_comes_goes_and_costs_few_calls(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let Organization { member, .. } = &organization;
    workspace.configure(&delegation(member, ""));
    workspace.apply();
    let create = workspace.account.take_calls();
    assert_eq!(create.writes(), ["RegisterDelegatedAdministrator"; 4]);
    assert_json_snapshot!("delegation_create", create.counted());
    assert_eq!(organization.delegated(member).await, names(&ALL));

    let state = workspace.state()["values"].clone();
    let account = &workspace.account.id;
    assert_eq!(state["id"], format!("{account}/delegated/{member}"));
    assert_eq!(state["account_id"], *account);
    assert_eq!(state["drift"], json!([]));
    for principal in ALL {
        let held = &state["delegations"][principal];
        assert_eq!((&held["account_id"], &held["registered"]), (&json!(member), &json!(true)));
        assert!(held["delegation_enabled_at"].as_str().is_some_and(|date| date.ends_with('Z')), "{held}");
    }
    for absent in ["system_name", "tags_all", "kms_key", "bucket", "log_group", "document", "retired", "stamp"] {
        assert_eq!(state[absent], Value::Null, "{absent}");
    }
    assert_eq!(organization.aws.parts().await.bucket, None);

    workspace.assert_plan_is_empty();
    workspace.account.take_calls();
    workspace.refresh();
    assert_json_snapshot!("delegation_refresh", workspace.account.take_calls().counted());

    workspace.destroy();
    let destroy = workspace.account.take_calls();
    assert_eq!(destroy.writes(), ["DeregisterDelegatedAdministrator"; 4]);
    assert_json_snapshot!("delegation_destroy", destroy.counted());
    assert_eq!(organization.delegated(member).await, names(&[]));
    assert_eq!(organization.trusted().await, names(&ALL));
}

async fn a_delegation_ended_by_hand_comes_back(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let member = &organization.member;
    workspace.configure(&delegation(member, ""));
    workspace.apply();
    organization.deregister(member, SSM).await;

    assert!(workspace.plan());
    let change = workspace.planned_change();
    assert_eq!(change["actions"], json!(["update"]));
    assert_eq!(change["before"]["drift"], json!([format!("delegations.{SSM}: none, want {member}")]));
    workspace.account.take_calls();
    workspace.apply_saved_plan();
    assert_eq!(workspace.account.take_calls().writes(), ["RegisterDelegatedAdministrator"]);
    workspace.assert_plan_is_empty();
    assert_eq!(organization.delegated(member).await, names(&ALL));
    assert!(registered(&workspace)[SSM]);

    for principal in ALL {
        organization.deregister(member, principal).await;
    }
    assert!(workspace.plan());
    assert_eq!(workspace.planned_change()["actions"], json!(["create"]));
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
}

async fn principals_change_in_place_and_only_ours_are_deregistered(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let member = &organization.member;
    organization.register(member, STACKSETS).await;
    let of = |principals: &[&str]| delegation(member, &format!("service_principals = {principals:?}"));
    workspace.configure(&of(&[SSM, STACKSETS]));
    workspace.apply();
    assert_eq!(registered(&workspace), BTreeMap::from([(SSM.into(), true), (STACKSETS.into(), false)]));

    workspace.configure(&of(&[QUICK_SETUP]));
    assert!(workspace.plan());
    assert_eq!(workspace.planned_change()["actions"], json!(["update"]));
    workspace.account.take_calls();
    let words = workspace.apply_saved_plan().words();
    let writes = ["RegisterDelegatedAdministrator", "DeregisterDelegatedAdministrator"];
    assert_eq!(workspace.account.take_calls().writes(), writes, "{words}");
    assert_eq!(organization.delegated(member).await, names(&[QUICK_SETUP, STACKSETS]));
    assert_eq!(registered(&workspace), BTreeMap::from([(QUICK_SETUP.into(), true)]));
    workspace.assert_plan_is_empty();
}

async fn a_registration_made_by_hand_stays_after_the_destroy(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let member = &organization.member;
    organization.register(member, SSM).await;
    workspace.configure(&delegation(member, ""));
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!(workspace.account.take_calls().writes(), ["RegisterDelegatedAdministrator"; 3]);
    assert_eq!(registered(&workspace).into_iter().filter(|(_, ours)| !ours).count(), 1);

    let words = workspace.destroy().words();
    assert!(
        words.contains(&format!("{SSM} is delegated to {member}, and this resource did not register it")),
        "{words}"
    );
    assert_eq!(organization.delegated(member).await, names(&[SSM]));
}

async fn another_member_account_replaces_the_delegation(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let Organization { member, other, .. } = &organization;
    workspace.configure(&delegation(member, ""));
    workspace.apply();
    workspace.configure(&delegation(other, ""));
    assert!(workspace.plan());
    assert_eq!(workspace.planned_change()["actions"], json!(["delete", "create"]));
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
    assert_eq!(organization.delegated(member).await, names(&[]));
    assert_eq!(organization.delegated(other).await, names(&ALL));

    // Another region is the same delegation: Organizations has no regions.
    let moved = setup(&delegation(other, "")).replace("eu-west-1", "eu-central-1");
    workspace.write(&moved);
    workspace.account.take_calls();
    workspace.apply();
    workspace.account.take_calls().assert_no_writes();
    workspace.assert_plan_is_empty();
}

async fn trusted_access_is_enabled_and_never_disabled(workspace: Workspace) {
    let organization = Organization::without_trusted_access(workspace.aws()).await;
    let member = &organization.member;
    workspace.configure(&delegation(member, ""));
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("enable_trusted_access = true"), "the plan says so: {words}");

    workspace.configure(&delegation(member, "enable_trusted_access = true"));
    let words = workspace.apply().words();
    assert!(words.contains("activate-organizations-access"), "{words}");
    assert_eq!(organization.trusted().await, names(&ALL));
    workspace.assert_plan_is_empty();

    organization.aws.organizations.disable_aws_service_access().service_principal(SSM).send().await.unwrap();
    assert!(workspace.plan());
    let drift = &workspace.planned_change()["before"]["drift"];
    assert_eq!(drift, &json!([format!("delegations.{SSM}.trusted_access: false, want true")]));
    workspace.apply_saved_plan();
    assert_eq!(organization.trusted().await, names(&ALL));

    workspace.destroy();
    assert_eq!(organization.delegated(member).await, names(&[]));
    assert_eq!(organization.trusted().await, names(&ALL));
}

async fn imported_delegation_makes_no_calls_that_write(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let member = &organization.member;
    for principal in ALL {
        organization.register(member, principal).await;
    }
    workspace.configure(&delegation(member, ""));
    for id in [format!("delegated/{member}"), format!("{}/delegated/{member}", workspace.account.id)] {
        workspace.import(&id);
        assert!(registered(&workspace).values().all(|ours| *ours));
        // AWS does not hold `org`. The first plan fills it in.
        assert!(workspace.plan());
        let change = workspace.planned_change();
        assert_eq!(change["actions"], json!(["update"]));
        assert_eq!(change["before"]["delegations"], change["after"]["delegations"]);
        workspace.apply_saved_plan();
        workspace.assert_plan_is_empty();
        workspace.account.take_calls().assert_no_writes();
        workspace.forget();
    }
    workspace.import(&format!("delegated/{member}"));
    workspace.destroy();
    assert_eq!(organization.delegated(member).await, names(&[]));
}

async fn a_setup_and_a_delegation_are_two_resources(workspace: Workspace) {
    let organization = Organization::new(&workspace).await;
    let member = &organization.member;
    workspace.configure(&delegation(member, ""));
    workspace.apply();
    workspace.configure("");
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("use a second resource"), "{words}");
    workspace.forget();
    for principal in ALL {
        organization.deregister(member, principal).await;
    }

    workspace.apply();
    workspace.configure(&delegation(member, ""));
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("use a second resource"), "{words}");
    assert_eq!(organization.delegated(member).await, names(&[]));
}
