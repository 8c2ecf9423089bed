//! Upgrades a stored state to the current schema. Pure.
//!
//! New attributes never raise the schema version. A state of an older release lacks them. Inputs get their defaults, so
//! that a new release plans no change; computed attributes stay null until the next refresh.

use serde_json::Value as Json;
use terraform_plugin::framework::defaults::with_defaults;
use terraform_plugin::framework::json::{JsonError, from_json};
use terraform_plugin::framework::value::Value;

use crate::setup::schema::SCHEMA;

/// Parses a stored state.
///
/// # Errors
/// If a value has another type than its attribute in the schema.
pub(crate) fn upgrade(stored: &Json) -> Result<Value, JsonError> {
    let state = from_json(&SCHEMA.ty(), stored)?;
    Ok(with_defaults(&SCHEMA.block.attributes, &state))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn inputs_that_a_state_lacks_get_their_defaults() {
        let stored =
            json!({ "spoke_def": "007", "settings": { "session": { "timeout": 5 } }, "of_another_release": 1 });
        let state = upgrade(&stored).unwrap();
        assert_eq!(state.at("spoke_def"), &Value::from("007"));
        assert_eq!(state.at("settings.session.timeout"), &Value::number(5));
        assert_eq!(state.at("settings.session.max_duration"), &Value::number(60));
        assert_eq!(state.at("settings.bucket.object_ownership"), &Value::from("BucketOwnerEnforced"));
        assert!(state.at("timeouts").is_null());
        assert!(state.at("document").is_null());
    }

    #[test]
    fn a_value_of_another_type_is_an_error_with_its_path() {
        let error = upgrade(&json!({ "settings": { "session": { "timeout": "soon" } } })).unwrap_err();
        assert_eq!(error.to_string(), "settings.session.timeout: expected a number, found a string");
    }
}
