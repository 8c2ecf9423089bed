//! The planned state of a delegation, and which changes replace it.

use terraform_plugin::framework::defaults::with_defaults;

use crate::setup::sample::model;

use super::*;

const MEMBER: &str = "222222222222";
const SSM: &str = "ssm.amazonaws.com";

fn planned_inputs(account_id: Value, principals: Value) -> Value {
    let absent = SCHEMA.block.attributes.iter().map(|attribute| (attribute.name.as_str(), Value::Null));
    let mut planned = with_defaults(&SCHEMA.block.attributes, &Value::map(absent));
    planned.put(DELEGATED, Value::Bool(true));
    planned.put(ACCOUNT_ID, account_id);
    planned.put("settings.organization.service_principals", principals);
    planned
}

fn here() -> MaybeUnknown<Place> {
    MaybeUnknown::Known(Place::new("111111111111", "aws", "eu-west-1"))
}

fn planned_over(prior: &Value, account_id: Value, principals: Value) -> Value {
    let inputs = model(&planned_inputs(account_id, principals)).inputs;
    let prior = SetupModel::parse_optional(prior).unwrap();
    let state = planned_state(&inputs, prior.as_ref(), &here(), &desired(&inputs));
    SetupModel { inputs, state }.write()
}

fn replaced(planned: &Value, prior: &Value, place: &MaybeUnknown<Place>) -> Vec<Path> {
    replacement(&model(planned).inputs, &model(prior), place)
}

fn role(role_arn: &str) -> Value {
    Value::map([("role_arn", Value::from(role_arn)), ("external_id", Value::Null), ("session_name", Value::Null)])
}

fn principals() -> Value {
    Value::set([Value::from(SSM)])
}

#[test]
fn a_create_knows_everything_except_what_aws_decides() {
    let planned = planned_over(&Value::Null, Value::from(MEMBER), principals());
    assert_eq!(planned.at("id"), &Value::from("111111111111/delegated/222222222222"));
    assert_eq!(planned.at("drift"), &Value::List(Vec::new()));
    let expected = Value::map([
        ("account_id", Value::from(MEMBER)),
        ("registered", Value::Unknown),
        ("delegation_enabled_at", Value::Unknown),
    ]);
    assert_eq!(planned.at("delegations").as_map().unwrap()[SSM], expected);
    let known = ["id", "account_id", "partition", "drift", "delegations"];
    for attribute in SCHEMA.block.attributes.iter().filter(|attribute| !attribute.is_configurable()) {
        let name = attribute.name.as_str();
        assert!(known.contains(&name) || planned.at(name).is_null(), "{name}");
    }
}

#[test]
fn an_account_made_in_the_same_run_leaves_the_services_known() {
    let planned = planned_over(&Value::Null, Value::Unknown, principals());
    assert!(planned.at("id").is_unknown());
    let delegations = planned.at("delegations").as_map().unwrap();
    assert!(delegations[SSM].at("account_id").is_unknown());
    assert!(planned_over(&Value::Null, Value::from(MEMBER), Value::Unknown).at("delegations").is_unknown());
}

#[test]
fn an_update_keeps_existing_registrations_and_adds_new_ones() {
    let mut prior = planned_over(&Value::Null, Value::from(MEMBER), principals());
    let delegation = Value::map([
        ("account_id", Value::from(MEMBER)),
        ("registered", Value::Bool(false)),
        ("delegation_enabled_at", Value::Null),
    ]);
    prior.put("delegations", Value::map([(SSM, delegation.clone()), ("a.example.com", delegation.clone())]));
    let more = Value::set([Value::from(SSM), Value::from("b.example.com")]);
    let planned = planned_over(&prior, Value::from(MEMBER), more);
    let delegations = planned.at("delegations").as_map().unwrap();
    assert_eq!(delegations[SSM], delegation);
    assert!(delegations["b.example.com"].at("registered").is_unknown());
    assert!(!delegations.contains_key("a.example.com"));
}

#[test]
fn only_another_member_or_another_callers_account_by_role_replaces() {
    let mut prior = planned_over(&Value::Null, Value::from(MEMBER), principals());
    prior.put("region", Value::from("eu-west-1"));
    let mut planned = prior.clone();
    planned.put("region", Value::from("eu-central-1"));
    assert_eq!(replaced(&planned, &prior, &here()), []);

    planned.put(ACCOUNT_ID, Value::from("333333333333"));
    assert_eq!(replaced(&planned, &prior, &here()), [Path::of(ACCOUNT_ID)]);
    planned.put(ACCOUNT_ID, Value::Unknown);
    assert_eq!(replaced(&planned, &prior, &here()), []);

    planned.put(ACCOUNT_ID, Value::from(MEMBER));
    planned.put("assume_role", role("arn:aws:iam::444444444444:role/x"));
    assert_eq!(replaced(&planned, &prior, &here()), []);
    let elsewhere = MaybeUnknown::Known(Place::new("444444444444", "aws", "eu-west-1"));
    assert_eq!(replaced(&planned, &prior, &elsewhere), [Path::of("assume_role")]);
}

#[test]
fn every_computed_attribute_is_unknown_while_the_mode_is() {
    let mut planned = planned_inputs(Value::Null, principals());
    planned.put(DELEGATED, Value::Unknown);
    let planned = undecided(&model(&planned).inputs).unwrap().write();
    for unknown in ["id", "document", "delegations", "drift", "region", "settings.bucket.name"] {
        assert!(planned.at(unknown).is_unknown(), "{unknown}");
    }
    assert_eq!(planned.at("settings.kms.enabled"), &Value::Bool(true));
}
