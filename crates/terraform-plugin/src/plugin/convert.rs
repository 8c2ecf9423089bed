//! Conversions between the framework's types and the generated messages: diagnostics, paths, identities, raw state;
//! [`schema`] converts schemas and functions, `dynamic_value` values.
//!
//! Pure.

pub(crate) mod schema;

use serde_json::Value as Json;

use super::dynamic_value::{self, WireError};
use super::messages::tfplugin6 as wire;
use crate::framework::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::framework::path::{Path, Step};
use crate::framework::schema::Schema;
use crate::framework::value::Value;

/// Diagnostics as messages.
pub(crate) fn diagnostics(diagnostics: Diagnostics) -> Vec<wire::Diagnostic> {
    diagnostics.into_iter().map(diagnostic).collect()
}

fn diagnostic(diagnostic: Diagnostic) -> wire::Diagnostic {
    let severity = match diagnostic.severity {
        Severity::Error => wire::diagnostic::Severity::Error,
        Severity::Warning => wire::diagnostic::Severity::Warning,
    };
    wire::Diagnostic {
        severity: severity.into(),
        summary: diagnostic.summary,
        detail: diagnostic.detail,
        attribute: diagnostic.path.as_ref().map(attribute_path),
    }
}

/// A path as a message.
pub(crate) fn attribute_path(path: &Path) -> wire::AttributePath {
    use wire::attribute_path::step::Selector;
    let steps = path.steps().iter().map(|step| wire::attribute_path::Step {
        selector: Some(match step {
            Step::Attribute(name) => Selector::AttributeName(name.clone()),
            Step::Key(key) => Selector::ElementKeyString(key.clone()),
            Step::Index(index) => Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)),
        }),
    });
    wire::AttributePath { steps: steps.collect() }
}

/// An identity as a message; `None` without an identity, and for a resource that has no identity schema: hosts refuse an
/// identity without a schema.
pub(crate) fn identity(
    schema: Option<&Schema>,
    identity: Option<&Value>,
) -> Result<Option<wire::ResourceIdentityData>, WireError> {
    let (Some(schema), Some(identity)) = (schema, identity) else { return Ok(None) };
    let identity_data = Some(dynamic_value::encode(&schema.ty(), identity)?);
    Ok(Some(wire::ResourceIdentityData { identity_data }))
}

/// An identity from a message.
pub(crate) fn read_identity(
    schema: Option<&Schema>,
    message: Option<&wire::ResourceIdentityData>,
) -> Result<Option<Value>, WireError> {
    let (Some(schema), Some(message)) = (schema, message) else { return Ok(None) };
    let identity = dynamic_value::decode(&schema.ty(), message.identity_data.as_ref())?;
    Ok((!identity.is_null()).then_some(identity))
}

/// A stored value as JSON; null without one.
///
/// # Errors
/// Where it is no JSON, or in the form of Terraform before 0.12.
pub(crate) fn raw_state(message: Option<&wire::RawState>) -> Result<Json, WireError> {
    match message {
        Some(state) if !state.json.is_empty() => serde_json::from_slice(&state.json)
            .map_err(|error| WireError { path: Path::root(), reason: error.to_string() }),
        Some(state) if !state.flatmap.is_empty() => Err(WireError {
            path: Path::root(),
            reason: "it is in the form of Terraform before 0.12, which no release of this provider has written".into(),
        }),
        _ => Ok(Json::Null),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_the_kind_of_every_step() {
        use wire::attribute_path::step::Selector;
        let message = attribute_path(&Path::of("a").key("k").index(2));
        let selectors: Vec<_> = message.steps.into_iter().filter_map(|step| step.selector).collect();
        assert_eq!(
            selectors,
            [Selector::AttributeName("a".into()), Selector::ElementKeyString("k".into()), Selector::ElementKeyInt(2)]
        );
    }

    #[test]
    fn a_severity_is_never_zero() {
        let mut given = Diagnostics::new();
        given.error("a", "");
        given.warning("b", "");
        let severities: Vec<_> = diagnostics(given).iter().map(|diagnostic| diagnostic.severity).collect();
        assert_eq!(severities, [1, 2]);
    }

    #[test]
    fn raw_state_keeps_numbers_and_refuses_flatmaps() {
        let state = wire::RawState { json: b"{\"n\":1.00000000000000000001}".to_vec(), ..Default::default() };
        assert_eq!(raw_state(Some(&state)).unwrap().to_string(), "{\"n\":1.00000000000000000001}");
        let flatmap = [("id".to_owned(), "x".to_owned())].into();
        assert!(raw_state(Some(&wire::RawState { json: Vec::new(), flatmap })).is_err());
    }
}
