//! The state of a delegation after an observation.

use crate::setup::delegated::sample::{MEMBER, QUICK_SETUP, SSM, desired};
use crate::setup::model::state::State;

use super::*;

fn delegation(registered: bool, date: &str) -> Delegation {
    Delegation::of(MEMBER, registered, Some(date))
}

fn state_of(delegations: &[(&str, Delegation)]) -> SetupModel {
    let delegations: DelegationsByPrincipal =
        delegations.iter().map(|(principal, delegation)| ((*principal).to_owned(), delegation.clone())).collect();
    let state = State { delegations: delegations.into(), ..State::default() };
    SetupModel { state, ..SetupModel::default() }
}

/// The state after an observation with at least one registration.
fn state_after(before: &SetupModel, principals: &[&str], observed: &[(&str, &str)]) -> State {
    refreshed(before.clone(), &desired(principals), &observation(observed)).unwrap().state
}

fn observation(delegated: &[(&str, &str)]) -> ObservedDelegation {
    let delegated = delegated.iter().map(|(principal, date)| ((*principal).to_owned(), Some((*date).to_owned())));
    ObservedDelegation { delegated: delegated.collect(), trusted: None }
}

fn drift(state: &State) -> &[String] {
    state.drift.known().unwrap()
}

#[test]
fn unchanged_registrations_are_no_drift_and_other_services_do_not_matter() {
    let before = state_of(&[(SSM, delegation(true, "a"))]);
    let after = state_after(&before, &[SSM], &[(SSM, "a"), ("guardduty.amazonaws.com", "b")]);
    assert_eq!(after.delegations(), before.state.delegations());
    assert_eq!(drift(&after), [""; 0]);
}

#[test]
fn a_registration_that_was_ended_by_hand_is_drift() {
    let before = state_of(&[(SSM, delegation(true, "a")), (QUICK_SETUP, delegation(true, "a"))]);
    let after = state_after(&before, &[SSM, QUICK_SETUP], &[(SSM, "a")]);
    assert_eq!(after.delegations(), [(SSM.to_owned(), delegation(true, "a"))].into());
    assert_eq!(drift(&after), ["delegations.ssm-quicksetup.amazonaws.com: none, want 222222222222"]);
}

#[test]
fn a_registration_with_another_date_is_not_registered_here() {
    let before = state_of(&[(SSM, delegation(true, "a"))]);
    let after = state_after(&before, &[SSM], &[(SSM, "b")]);
    assert_eq!(after.delegations(), [(SSM.to_owned(), delegation(false, "b"))].into());

    let undated = state_of(&[(SSM, Delegation::of(MEMBER, true, None))]);
    let after = state_after(&undated, &[SSM], &[(SSM, "b")]);
    assert_eq!(after.delegations(), [(SSM.to_owned(), delegation(true, "b"))].into());
}

#[test]
fn a_registration_made_elsewhere_is_not_registered_here() {
    let before = state_of(&[(SSM, delegation(true, "a"))]);
    let after = state_after(&before, &[SSM, QUICK_SETUP], &[(SSM, "a"), (QUICK_SETUP, "b")]);
    assert_eq!(after.delegations()[QUICK_SETUP], delegation(false, "b"));
    assert_eq!(drift(&after), [""; 0]);
}

#[test]
fn a_registration_that_a_failed_change_left_is_drift() {
    let before = state_of(&[(SSM, delegation(true, "a")), (QUICK_SETUP, delegation(true, "a"))]);
    let after = state_after(&before, &[SSM], &[(SSM, "a"), (QUICK_SETUP, "a")]);
    assert_eq!(drift(&after), ["delegations.ssm-quicksetup.amazonaws.com: 222222222222, want none"]);
}

#[test]
fn a_delegation_is_gone_when_no_registration_is_left() {
    let before = state_of(&[(SSM, delegation(true, "a"))]);
    assert_eq!(refreshed(before, &desired(&[SSM, QUICK_SETUP]), &observation(&[])), None);
}
