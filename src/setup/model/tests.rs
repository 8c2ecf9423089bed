//! The model compared with the schema.

use terraform_plugin::framework::model::Model;

use crate::setup::sample::{applied, config, model};
use crate::setup::schema::SCHEMA;

use super::SetupModel;

#[test]
fn the_model_has_the_attributes_of_the_schema() {
    assert_eq!(SetupModel::ty(), SCHEMA.ty());
}

#[test]
fn a_state_is_written_as_it_was_read() {
    let state = applied(&config(&[]));
    assert_eq!(model(&state).write(), state);
}

#[test]
fn a_part_without_its_arn_is_an_error() {
    let mut state = applied(&config(&[]));
    assert!(SetupModel::parse_state(&state).is_ok());
    state.put("bucket.arn", terraform_plugin::framework::value::Value::Null);
    let diagnostics = SetupModel::parse_state(&state).unwrap_err();
    assert!(diagnostics.iter().any(|one| one.detail.starts_with("bucket.arn: expected text, found null.")));
}

#[test]
fn a_state_that_does_not_fit_is_an_error_with_its_path() {
    let mut state = applied(&config(&[]));
    state.put("kms_key.tags", "none".into());
    let diagnostics = SetupModel::parse(&state).unwrap_err();
    let errors: Vec<_> = diagnostics.iter().map(|one| (one.path.as_ref().unwrap().to_string(), &one.detail)).collect();
    assert_eq!(errors[0].0, "kms_key.tags");
    assert!(errors[0].1.starts_with("kms_key.tags: expected a map, found text."), "{}", errors[0].1);
}
