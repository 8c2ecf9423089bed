//! Contents of session documents compared by their meaning to Session Manager. Pure.
//!
//! The service reads `20` as `"20"`, and an empty value as an absent one. Booleans are compared strictly: the agent
//! refuses `cloudWatchStreamingEnabled` as a string. See the Systems Manager User Guide, "Session document schema".

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::reconcile::difference::{Differences, NONE};

/// Notes every member that differs.
pub(super) fn compare(differences: &mut Differences, observed: &Value, desired: &Value) {
    walk(differences, "content", Some(observed), Some(desired));
}

/// Whether two contents mean the same.
pub(crate) fn same(observed: &Value, desired: &Value) -> bool {
    let mut differences = Differences::default();
    compare(&mut differences, observed, desired);
    differences.is_empty()
}

fn walk(differences: &mut Differences, path: &str, observed: Option<&Value>, desired: Option<&Value>) {
    match (observed, desired) {
        (Some(Value::Object(observed)), Some(Value::Object(desired))) => {
            let names: BTreeSet<&String> = observed.keys().chain(desired.keys()).collect();
            for name in names {
                let path = format!("{path}.{name}");
                walk(differences, &path, observed.get(name), desired.get(name));
            }
        }
        _ if text(observed) != text(desired) => differences.note(path, shown(path, observed), shown(path, desired)),
        _ => {}
    }
}

/// The text in plans, states and logs, which are not secret. The commands of a shell profile may hold a secret, and so
/// may a value that is not a single member.
fn shown<'v>(path: &str, value: Option<&'v Value>) -> Cow<'v, str> {
    let text = text(value);
    let is_member = path.contains('.') && !path.contains(".shellProfile");
    if text == NONE || is_member && !matches!(value, Some(Value::Object(_) | Value::Array(_))) {
        text
    } else {
        "(sensitive value)".into()
    }
}

/// One text for all spellings of one value.
fn text(value: Option<&Value>) -> Cow<'_, str> {
    match value {
        None | Some(Value::Null) => NONE.into(),
        Some(Value::String(text)) if text.is_empty() => NONE.into(),
        Some(Value::Object(members)) if members.values().all(|v| text(Some(v)) == NONE) => NONE.into(),
        Some(Value::Number(number)) => format!("\"{number}\"").into(),
        Some(value) => value.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{compare, same};
    use crate::reconcile::difference::Differences;

    #[test]
    fn spellings_of_one_meaning_are_the_same() {
        for (one, other) in [
            (json!({ "a": "20" }), json!({ "a": 20 })),
            (json!({ "a": "" }), json!({ "a": null })),
            (json!({ "a": "" }), json!({})),
            (json!({ "a": { "linux": "", "windows": "" } }), json!({})),
            (json!({ "a": 1, "b": 2 }), json!({ "b": 2, "a": 1 })),
        ] {
            assert!(same(&one, &other) && same(&other, &one), "{one} {other}");
        }
    }

    #[test]
    fn different_meanings_are_not_the_same() {
        for (one, other) in [
            (json!({ "a": "20" }), json!({ "a": "21" })),
            (json!({ "a": true }), json!({ "a": "true" })),
            (json!({ "a": false }), json!({})),
            (json!({ "a": { "linux": "ls" } }), json!({})),
            (json!({ "a": { "b": {} } }), json!({ "a": "x" })),
            (json!("{"), json!({ "a": "x" })),
        ] {
            assert!(!same(&one, &other) && !same(&other, &one), "{one} {other}");
        }
    }

    #[test]
    fn commands_are_not_shown() {
        let profile = |linux: &str| json!({ "inputs": { "shellProfile": { "linux": linux } } });
        for (observed, desired) in [
            (profile("SECRET"), profile("ls")),
            (profile("SECRET"), json!({})),
            (json!("SECRET"), json!({})),
            (json!({ "a": { "b": "SECRET" } }), json!({ "a": "c" })),
            (json!({ "a": ["SECRET"] }), json!({})),
        ] {
            let mut differences = Differences::default();
            compare(&mut differences, &observed, &desired);
            assert!(!differences.is_empty() && !format!("{differences:?}").contains("SECRET"), "{differences:?}");
        }
    }
}
