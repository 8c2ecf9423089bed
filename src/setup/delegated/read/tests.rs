//! What a look makes of the state of a delegation.

use crate::setup::delegated::read::*;
use crate::setup::delegated::sample::{MEMBER, QUICK_SETUP, SSM, desired};

fn held(registered: bool, date: &str) -> Delegation {
    Delegation { account_id: MEMBER.to_owned(), registered, delegation_enabled_at: Some(date.to_owned()) }
}

fn state_of(delegations: &[(&str, Delegation)]) -> Value {
    let delegations = delegations.iter().map(|(principal, held)| ((*principal).to_owned(), held.clone())).collect();
    let mut value = Value::map([("drift", Value::Null), ("delegations", Value::Null)]);
    state::write(&delegations, &mut value);
    value
}

fn observation(delegated: &[(&str, &str)]) -> ObservedDelegation {
    let delegated = delegated.iter().map(|(principal, date)| ((*principal).to_owned(), Some((*date).to_owned())));
    ObservedDelegation { delegated: delegated.collect(), trusted: None }
}

fn drift(value: &Value) -> Vec<&str> {
    value.at("drift").as_list().unwrap().iter().filter_map(Value::as_str).collect()
}

#[test]
fn what_stands_as_it_was_is_no_drift_and_other_services_do_not_matter() {
    let before = state_of(&[(SSM, held(true, "a"))]);
    let after = refreshed(&before, &desired(&[SSM]), &observation(&[(SSM, "a"), ("guardduty.amazonaws.com", "b")]));
    assert_eq!(state::read(&after), state::read(&before));
    assert_eq!(drift(&after), Vec::<&str>::new());
}

#[test]
fn what_was_ended_by_hand_is_drift() {
    let before = state_of(&[(SSM, held(true, "a")), (QUICK_SETUP, held(true, "a"))]);
    let after = refreshed(&before, &desired(&[SSM, QUICK_SETUP]), &observation(&[(SSM, "a")]));
    assert_eq!(state::read(&after), [(SSM.to_owned(), held(true, "a"))].into());
    assert_eq!(drift(&after), ["delegations.ssm-quicksetup.amazonaws.com: none, want 222222222222"]);
}

#[test]
fn a_registration_of_another_date_is_somebody_elses() {
    let before = state_of(&[(SSM, held(true, "a"))]);
    let after = refreshed(&before, &desired(&[SSM]), &observation(&[(SSM, "b")]));
    assert_eq!(state::read(&after), [(SSM.to_owned(), held(false, "b"))].into());

    let undated = state_of(&[(SSM, Delegation { delegation_enabled_at: None, ..held(true, "") })]);
    let after = refreshed(&undated, &desired(&[SSM]), &observation(&[(SSM, "b")]));
    assert_eq!(state::read(&after), [(SSM.to_owned(), held(true, "b"))].into());
}

#[test]
fn what_somebody_registered_meanwhile_is_not_ours() {
    let before = state_of(&[(SSM, held(true, "a"))]);
    let after = refreshed(&before, &desired(&[SSM, QUICK_SETUP]), &observation(&[(SSM, "a"), (QUICK_SETUP, "b")]));
    assert_eq!(state::read(&after)[QUICK_SETUP], held(false, "b"));
    assert_eq!(drift(&after), Vec::<&str>::new());
}

#[test]
fn what_a_failed_change_left_is_drift() {
    let before = state_of(&[(SSM, held(true, "a")), (QUICK_SETUP, held(true, "a"))]);
    let after = refreshed(&before, &desired(&[SSM]), &observation(&[(SSM, "a"), (QUICK_SETUP, "a")]));
    assert_eq!(drift(&after), ["delegations.ssm-quicksetup.amazonaws.com: 222222222222, want none"]);
}

#[test]
fn a_delegation_is_gone_when_no_registration_is_left() {
    let before = state_of(&[(SSM, held(true, "a"))]);
    assert_eq!(refreshed(&before, &desired(&[SSM, QUICK_SETUP]), &observation(&[])), Value::Null);
}
