//! What an observation makes of the state of a delegation.

use crate::setup::delegated::read::*;
use crate::setup::delegated::sample::{MEMBER, QUICK_SETUP, SSM, desired};
use crate::setup::model::state::State;

fn held(registered: bool, date: &str) -> Delegation {
    Delegation::of(MEMBER, registered, Some(date))
}

fn state_of(delegations: &[(&str, Delegation)]) -> SetupModel {
    let delegations: Delegations =
        delegations.iter().map(|(principal, held)| ((*principal).to_owned(), held.clone())).collect();
    let state = State { delegations: delegations.into(), ..State::default() };
    SetupModel { state, ..SetupModel::default() }
}

/// The state after an observation in which something is left.
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
fn what_stands_as_it_was_is_no_drift_and_other_services_do_not_matter() {
    let before = state_of(&[(SSM, held(true, "a"))]);
    let after = state_after(&before, &[SSM], &[(SSM, "a"), ("guardduty.amazonaws.com", "b")]);
    assert_eq!(after.delegations(), before.state.delegations());
    assert_eq!(drift(&after), [""; 0]);
}

#[test]
fn what_was_ended_by_hand_is_drift() {
    let before = state_of(&[(SSM, held(true, "a")), (QUICK_SETUP, held(true, "a"))]);
    let after = state_after(&before, &[SSM, QUICK_SETUP], &[(SSM, "a")]);
    assert_eq!(after.delegations(), [(SSM.to_owned(), held(true, "a"))].into());
    assert_eq!(drift(&after), ["delegations.ssm-quicksetup.amazonaws.com: none, want 222222222222"]);
}

#[test]
fn a_registration_of_another_date_is_somebody_elses() {
    let before = state_of(&[(SSM, held(true, "a"))]);
    let after = state_after(&before, &[SSM], &[(SSM, "b")]);
    assert_eq!(after.delegations(), [(SSM.to_owned(), held(false, "b"))].into());

    let undated = state_of(&[(SSM, Delegation::of(MEMBER, true, None))]);
    let after = state_after(&undated, &[SSM], &[(SSM, "b")]);
    assert_eq!(after.delegations(), [(SSM.to_owned(), held(true, "b"))].into());
}

#[test]
fn what_somebody_registered_meanwhile_is_not_ours() {
    let before = state_of(&[(SSM, held(true, "a"))]);
    let after = state_after(&before, &[SSM, QUICK_SETUP], &[(SSM, "a"), (QUICK_SETUP, "b")]);
    assert_eq!(after.delegations()[QUICK_SETUP], held(false, "b"));
    assert_eq!(drift(&after), [""; 0]);
}

#[test]
fn what_a_failed_change_left_is_drift() {
    let before = state_of(&[(SSM, held(true, "a")), (QUICK_SETUP, held(true, "a"))]);
    let after = state_after(&before, &[SSM], &[(SSM, "a"), (QUICK_SETUP, "a")]);
    assert_eq!(drift(&after), ["delegations.ssm-quicksetup.amazonaws.com: 222222222222, want none"]);
}

#[test]
fn a_delegation_is_gone_when_no_registration_is_left() {
    let before = state_of(&[(SSM, held(true, "a"))]);
    assert_eq!(refreshed(before, &desired(&[SSM, QUICK_SETUP]), &observation(&[])), None);
}
