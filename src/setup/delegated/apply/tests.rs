//! The apply of a delegation over scripted HTTP: what is taken back, what stays, and what an error says.

use serde_json::json;

use crate::reconcile::delegation::Delegations as Reconciler;
use crate::reconcile::tests::scripted::{Checked, Expected, call, run};
use crate::setup::delegated::apply::*;
use crate::setup::delegated::sample::{MEMBER, QUICK_SETUP, SSM, desired};
use terraform_plugin::framework::diagnostics::Severity;

const MANAGEMENT: &str = "111111111111";
const OTHER: &str = "333333333333";

fn held(registered: bool) -> Delegation {
    Delegation::of(MEMBER, registered, None)
}

fn list(principals: &[&str]) -> Expected {
    let services: Vec<_> = principals.iter().map(|principal| json!({ "ServicePrincipal": principal })).collect();
    call("ListDelegatedServicesForAccount").json(json!({ "DelegatedServices": services }))
}

fn register(principal: &str) -> Expected {
    call("RegisterDelegatedAdministrator").with(MEMBER).with(format!("\"{principal}\""))
}

fn deregister_call(principal: &str) -> Expected {
    call("DeregisterDelegatedAdministrator").with(MEMBER).with(format!("\"{principal}\""))
}

fn constraint(reason: &str) -> serde_json::Value {
    json!({ "__type": "ConstraintViolationException", "Message": "no", "Reason": reason })
}

async fn make_over(
    calls: impl IntoIterator<Item = Expected>,
    principals: &[&str],
    prior: &[(&str, Delegation)],
    creating: bool,
) -> (Vec<(String, bool)>, Diagnostics) {
    let aws = Checked::new(calls);
    let access = Access {
        delegations: Reconciler::new(&aws.organizations()),
        account_id: MANAGEMENT.to_owned(),
        member: MEMBER.to_owned(),
        run: run(),
    };
    let prior = prior.iter().map(|(principal, held)| ((*principal).to_owned(), held.clone())).collect();
    let (delegations, diagnostics) = make(&access, &desired(principals), prior, creating).await;
    (delegations.into_iter().map(|(principal, held)| (principal, held.registered.is_true())).collect(), diagnostics)
}

fn errors(diagnostics: &Diagnostics) -> Vec<&str> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.map(|diagnostic| diagnostic.summary.as_str()).collect()
}

#[tokio::test]
async fn what_stood_before_is_not_ours_and_what_was_absent_is() {
    let calls = [list(&[SSM]), register(QUICK_SETUP), list(&[SSM, QUICK_SETUP])];
    let (delegations, diagnostics) = make_over(calls, &[SSM, QUICK_SETUP], &[], true).await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(delegations, [(QUICK_SETUP.to_owned(), true), (SSM.to_owned(), false)]);
}

#[tokio::test]
async fn an_apply_that_finds_nothing_different_writes_nothing() {
    let calls = [list(&[SSM, "guardduty.amazonaws.com"])];
    let (delegations, _) = make_over(calls, &[SSM], &[(SSM, held(true))], false).await;
    assert_eq!(delegations, [(SSM.to_owned(), true)]);
}

#[tokio::test]
async fn a_failed_create_takes_back_in_reverse_what_it_registered_and_nothing_else() {
    let calls = [
        list(&["b.example.com"]),
        register("a.example.com"),
        register("c.example.com"),
        register(SSM).fails("InvalidInputException"),
        deregister_call("c.example.com"),
        deregister_call("a.example.com"),
    ];
    let principals = ["a.example.com", "b.example.com", "c.example.com", SSM];
    let (delegations, diagnostics) = make_over(calls, &principals, &[], true).await;
    assert_eq!(delegations, []);
    assert_eq!(errors(&diagnostics), [NOT_COMPLETE]);
}

#[tokio::test]
async fn what_a_failed_create_cannot_take_back_is_told() {
    let calls = [
        list(&[]),
        register("a.example.com"),
        register(SSM).fails("InvalidInputException"),
        deregister_call("a.example.com").fails("InvalidInputException"),
    ];
    let (delegations, diagnostics) = make_over(calls, &["a.example.com", SSM], &[], true).await;
    assert_eq!(delegations, [("a.example.com".to_owned(), true)]);
    assert_eq!(errors(&diagnostics).len(), 2);
}

#[tokio::test]
async fn a_failed_update_takes_nothing_back_and_ends_nothing() {
    let calls = [list(&[SSM]), register("a.example.com"), register(QUICK_SETUP).fails("InvalidInputException")];
    let prior = [(SSM, held(true))];
    let (delegations, _) = make_over(calls, &["a.example.com", QUICK_SETUP], &prior, false).await;
    assert_eq!(delegations, [("a.example.com".to_owned(), true), (SSM.to_owned(), true)]);
}

#[tokio::test]
async fn an_update_registers_before_it_ends_what_is_ours() {
    let calls = [
        list(&[SSM, "a.example.com"]),
        register(QUICK_SETUP),
        list(&[SSM, "a.example.com", QUICK_SETUP]),
        deregister_call(SSM),
    ];
    let prior = [(SSM, held(true)), ("a.example.com", held(false))];
    let (delegations, diagnostics) = make_over(calls, &[QUICK_SETUP], &prior, false).await;
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(delegations, [(QUICK_SETUP.to_owned(), true)]);
}

#[tokio::test]
async fn what_a_tainted_create_left_stays_ours() {
    let calls = [list(&[SSM]), register(QUICK_SETUP), list(&[SSM, QUICK_SETUP])];
    let (delegations, _) = make_over(calls, &[SSM, QUICK_SETUP], &[(SSM, held(true))], true).await;
    assert_eq!(delegations, [(QUICK_SETUP.to_owned(), true), (SSM.to_owned(), true)]);

    let prior = [(SSM, held(true))];
    let (delegations, _) =
        make_over([list(&[]).fails("AccessDeniedException"), describe(MANAGEMENT)], &[SSM], &prior, true).await;
    assert_eq!(delegations, [(SSM.to_owned(), true)]);
}

fn describe(management: &str) -> Expected {
    call("DescribeOrganization").json(json!({ "Organization": { "MasterAccountId": management } }))
}

#[tokio::test]
async fn every_refusal_says_what_to_do() {
    let administrators = json!({ "DelegatedAdministrators": [{ "Id": OTHER }] });
    let denied = || register(SSM).fails("AccessDeniedException");
    let cases = [
        (vec![register(SSM).fails_as(constraint("SERVICE_ACCESS_NOT_ENABLED"))], "enable_trusted_access = true"),
        (
            vec![
                register(SSM).fails_as(constraint("DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE")),
                call("ListDelegatedAdministrators").with(SSM).json(administrators),
            ],
            "ssm.amazonaws.com is delegated to 333333333333",
        ),
        (
            vec![register(SSM).fails_as(constraint("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR"))],
            "222222222222 is the management account",
        ),
        (
            vec![register(SSM).fails_as(constraint("CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR"))],
            "222222222222 is suspended",
        ),
        (vec![register(SSM).fails("AccountNotFoundException")], "222222222222 is not an account of the organization"),
        (vec![register(SSM).fails("AWSOrganizationsNotInUseException")], "111111111111, which the credentials are of"),
        (vec![denied(), describe(OTHER)], "only the management account of the organization, 333333333333"),
        (vec![denied(), describe(MANAGEMENT)], "Allow the caller this call"),
        (vec![denied(), call("DescribeOrganization").fails("AccessDeniedException")], "Allow the caller this call"),
    ];
    for (calls, says) in cases {
        let calls = std::iter::once(list(&[])).chain(calls);
        let (delegations, diagnostics) = make_over(calls, &[SSM], &[], true).await;
        assert_eq!(delegations, [], "{says}");
        let details: Vec<_> = diagnostics.iter().map(|diagnostic| diagnostic.detail.as_str()).collect();
        assert!(matches!(*details, [detail] if detail.contains(says)), "{says}: {details:?}");
    }
}
