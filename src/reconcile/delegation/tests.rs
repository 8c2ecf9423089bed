//! The delegation over scripted HTTP: what is called, in which order, and what every refusal becomes.

use std::collections::{BTreeMap, BTreeSet};

use aws_smithy_types::retry::RetryConfig;
use serde_json::json;

use crate::reconcile::tests::scripted::{Checked, Expected, call, run};
use crate::reconcile::{CallError, ErrorKind, Reached};

use super::{DelegationSpec, Delegations, ObservedDelegation, Refusal, diff};

const MEMBER: &str = "222222222222";
const SSM: &str = "ssm.amazonaws.com";
const STACKSETS: &str = "member.org.stacksets.cloudformation.amazonaws.com";

fn spec(trusted_access: bool) -> DelegationSpec {
    DelegationSpec {
        account_id: MEMBER.to_owned(),
        service_principals: [SSM, STACKSETS].map(str::to_owned).into(),
        trusted_access,
    }
}

/// An observed delegation, all of one date.
fn observed(delegated: &[&str], trusted: Option<&[&str]>) -> ObservedDelegation {
    let date = || Some("2024-07-01T00:00:00Z".to_owned());
    ObservedDelegation {
        delegated: delegated.iter().map(|principal| ((*principal).to_owned(), date())).collect(),
        trusted: trusted.map(|trusted| trusted.iter().map(|principal| (*principal).to_owned()).collect()),
    }
}

fn list(principals: &[&str]) -> Expected {
    let services: Vec<_> = principals
        .iter()
        .map(|principal| json!({ "ServicePrincipal": principal, "DelegationEnabledDate": 1_719_792_000.25 }))
        .collect();
    call("ListDelegatedServicesForAccount").with(MEMBER).json(json!({ "DelegatedServices": services }))
}

fn register(principal: &str) -> Expected {
    call("RegisterDelegatedAdministrator").with(MEMBER).with(format!("\"{principal}\""))
}

async fn ensure(
    calls: impl IntoIterator<Item = Expected>,
    spec: &DelegationSpec,
    observed: ObservedDelegation,
) -> Reached<ObservedDelegation> {
    let aws = Checked::new(calls);
    Delegations::new(&aws.organizations()).ensure(spec, observed, &run()).await
}

#[tokio::test]
async fn observation_takes_one_call_and_one_for_trusted_access_where_desired() {
    let aws = Checked::new([list(&[SSM])]);
    let seen = Delegations::new(&aws.organizations()).observe(MEMBER, false, &run()).await.unwrap();
    assert_eq!(seen, observed(&[SSM], None));

    let access = json!({ "EnabledServicePrincipals": [{ "ServicePrincipal": STACKSETS }] });
    let aws = Checked::steps([vec![list(&[]), call("ListAWSServiceAccessForOrganization").json(access)]]);
    let seen = Delegations::new(&aws.organizations()).observe(MEMBER, true, &run()).await.unwrap();
    assert_eq!(seen, observed(&[], Some(&[STACKSETS])));
}

#[tokio::test]
async fn every_page_is_read() {
    let first = json!({ "DelegatedServices": [{ "ServicePrincipal": "a" }], "NextToken": "more" });
    let second = json!({ "DelegatedServices": [{ "ServicePrincipal": "b" }] });
    let aws = Checked::new([
        call("ListDelegatedServicesForAccount").without("NextToken").json(first),
        call("ListDelegatedServicesForAccount").with("more").json(second),
    ]);
    let seen = Delegations::new(&aws.organizations()).observe(MEMBER, false, &run()).await.unwrap();
    assert_eq!(seen.delegated, BTreeMap::from([("a".to_owned(), None), ("b".to_owned(), None)]));
}

#[tokio::test]
async fn an_account_without_delegations_is_no_error_and_one_outside_the_organization_is() {
    let observe = |code: &'static str| async move {
        let aws = Checked::new([call("ListDelegatedServicesForAccount").fails(code)]);
        Delegations::new(&aws.organizations()).observe(MEMBER, false, &run()).await
    };
    assert_eq!(observe("AccountNotRegisteredException").await.unwrap(), ObservedDelegation::default());
    for code in ["AccountNotFoundException", "AWSOrganizationsNotInUseException"] {
        assert_eq!(observe(code).await.unwrap_err().kind, ErrorKind::NotFound, "{code}");
    }
}

#[tokio::test]
async fn absent_services_are_registered_one_after_the_other_and_their_dates_read() {
    let calls = [register(STACKSETS), register(SSM), list(&[SSM, STACKSETS])];
    let reached = ensure(calls, &spec(false), observed(&[], None)).await;
    assert!(reached.error.is_none());
    assert_eq!(reached.part, Some(observed(&[SSM, STACKSETS], None)));
}

#[tokio::test]
async fn second_ensure_makes_no_call() {
    let standing = observed(&[SSM, STACKSETS, "guardduty.amazonaws.com"], Some(&[SSM, STACKSETS]));
    assert_eq!(diff(&spec(true), &standing), []);
    let reached = ensure([], &spec(true), standing.clone()).await;
    assert_eq!(reached.part, Some(standing));
}

#[tokio::test]
async fn only_absent_services_are_registered() {
    let calls = [register(STACKSETS), list(&[SSM, STACKSETS])];
    assert!(ensure(calls, &spec(false), observed(&[SSM], None)).await.error.is_none());
}

#[tokio::test]
async fn missing_trusted_access_is_enabled_before_the_registrations() {
    let calls = [call("EnableAWSServiceAccess").with(SSM), register(STACKSETS), register(SSM), list(&[SSM, STACKSETS])];
    let reached = ensure(calls, &spec(true), observed(&[], Some(&[STACKSETS]))).await;
    assert!(reached.error.is_none());
    assert_eq!(reached.part.unwrap().trusted, Some(BTreeSet::from([SSM.to_owned(), STACKSETS.to_owned()])));
}

#[tokio::test(start_paused = true)]
async fn trusted_access_just_enabled_is_waited_for() {
    let late = || {
        let body = json!({ "__type": "ConstraintViolationException", "Message": "no", "Reason": "SERVICE_ACCESS_NOT_ENABLED" });
        register(SSM).fails_as(body)
    };
    let only_ssm =
        |trusted_access| DelegationSpec { service_principals: [SSM.to_owned()].into(), ..spec(trusted_access) };
    let calls = [call("EnableAWSServiceAccess").with(SSM), late(), register(SSM), list(&[SSM])];
    assert!(ensure(calls, &only_ssm(true), observed(&[], Some(&[]))).await.error.is_none());

    let error = ensure([late()], &only_ssm(false), observed(&[], None)).await.error.unwrap();
    assert_eq!(Refusal::of(&error), Some(Refusal::NoTrustedAccess));
}

#[tokio::test(start_paused = true)]
async fn concurrent_changes_and_throttling_are_retried() {
    let calls = [
        register(STACKSETS).fails("ConcurrentModificationException"),
        register(STACKSETS),
        register(SSM).fails("TooManyRequestsException"),
        register(SSM),
        list(&[SSM, STACKSETS]),
    ];
    let aws = Checked::new(calls);
    let client = aws.organizations_with(RetryConfig::standard().with_max_attempts(3));
    let reached = Delegations::new(&client).ensure(&spec(false), observed(&[], None), &run()).await;
    assert!(reached.error.is_none(), "{:?}", reached.error);
}

#[tokio::test]
async fn already_registered_for_the_account_is_success() {
    let calls =
        [register(STACKSETS).fails("AccountAlreadyRegisteredException"), register(SSM), list(&[SSM, STACKSETS])];
    let reached = ensure(calls, &spec(false), observed(&[], None)).await;
    assert!(reached.error.is_none());
    assert!(reached.part.unwrap().delegated.contains_key(STACKSETS));
}

#[tokio::test]
async fn a_registration_without_a_response_is_read_again_and_never_forgotten() {
    let calls = [register(STACKSETS).breaks(), list(&[STACKSETS]), register(SSM), list(&[SSM, STACKSETS])];
    assert!(ensure(calls, &spec(false), observed(&[], None)).await.error.is_none());

    let reached = ensure([register(STACKSETS).breaks(), list(&[])], &spec(false), observed(&[], None)).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::EffectUnknown);
    assert_eq!(reached.part.unwrap().delegated, BTreeMap::from([(STACKSETS.to_owned(), None)]));
}

#[tokio::test]
async fn what_was_registered_before_a_failure_is_reported() {
    let calls = [register(STACKSETS), register(SSM).fails("AccessDeniedException")];
    let reached = ensure(calls, &spec(false), observed(&[], None)).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::AccessDenied);
    assert_eq!(reached.part.unwrap().delegated.into_keys().collect::<Vec<_>>(), [STACKSETS]);
}

#[tokio::test]
async fn every_refusal_is_identified_by_code_or_reason() {
    let refused = |error: Expected| async move {
        let only_ssm = DelegationSpec { service_principals: [SSM.to_owned()].into(), ..spec(false) };
        let error: CallError = ensure([error], &only_ssm, observed(&[], None)).await.error.unwrap();
        Refusal::of(&error)
    };
    for (code, expected) in [
        ("AccountNotFoundException", Some(Refusal::NotAMember)),
        ("AWSOrganizationsNotInUseException", Some(Refusal::NoOrganization)),
        ("AccessDeniedException", Some(Refusal::Denied)),
        ("ConstraintViolationException", None),
        ("InvalidInputException", None),
    ] {
        assert_eq!(refused(register(SSM).fails(code)).await, expected, "{code}");
    }
    for (reason, expected) in [
        ("SERVICE_ACCESS_NOT_ENABLED", Refusal::NoTrustedAccess),
        ("DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE", Refusal::OtherAdministrator),
        ("MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED", Refusal::OtherAdministrator),
        ("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR", Refusal::ManagementAccount),
        ("CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR", Refusal::SuspendedAccount),
    ] {
        let body = json!({ "__type": "ConstraintViolationException", "Message": "no", "Reason": reason });
        assert_eq!(refused(register(SSM).fails_as(body)).await, Some(expected), "{reason}");
    }
}

#[tokio::test]
async fn removing_an_absent_registration_is_success() {
    for code in ["AccountNotRegisteredException", "AccountNotFoundException", "AWSOrganizationsNotInUseException"] {
        let aws = Checked::new([call("DeregisterDelegatedAdministrator").with(SSM).fails(code)]);
        Delegations::new(&aws.organizations()).remove(MEMBER, SSM, &run()).await.unwrap();
    }
    let aws = Checked::new([call("DeregisterDelegatedAdministrator").fails("ConstraintViolationException")]);
    assert!(Delegations::new(&aws.organizations()).remove(MEMBER, SSM, &run()).await.is_err());
}

#[tokio::test]
async fn administrators_and_the_management_account_are_named() {
    let administrators = json!({ "DelegatedAdministrators": [{ "Id": "333333333333" }] });
    let organization = json!({ "Organization": { "MasterAccountId": "111111111111" } });
    let aws = Checked::new([
        call("ListDelegatedAdministrators").with(SSM).json(administrators),
        call("DescribeOrganization").json(organization),
    ]);
    let delegations = Delegations::new(&aws.organizations());
    assert_eq!(delegations.administrators(SSM, &run()).await.unwrap(), ["333333333333"]);
    assert_eq!(delegations.management_account(&run()).await.unwrap(), "111111111111");
}
