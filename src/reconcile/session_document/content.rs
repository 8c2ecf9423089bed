//! Contents of session documents compared by what they mean to Session Manager.
//!
//! The service reads `20` as `"20"`, and takes what is empty for what is absent. Booleans are
//! compared strictly: the agent refuses `cloudWatchStreamingEnabled` as a string. Pure.
//! See the Systems Manager User Guide, "Session document schema".

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::reconcile::{Differences, NONE};

/// Notes every member that differs.
pub(super) fn compare(differences: &mut Differences, is: &Value, want: &Value) {
    walk(differences, "content", Some(is), Some(want));
}

/// Whether two contents mean the same.
pub(crate) fn same(is: &Value, want: &Value) -> bool {
    let mut differences = Differences::default();
    compare(&mut differences, is, want);
    differences.0.is_empty()
}

fn walk(differences: &mut Differences, path: &str, is: Option<&Value>, want: Option<&Value>) {
    match (is, want) {
        (Some(Value::Object(is)), Some(Value::Object(want))) => {
            let names: BTreeSet<&String> = is.keys().chain(want.keys()).collect();
            for name in names {
                let path = format!("{path}.{name}");
                walk(differences, &path, is.get(name), want.get(name));
            }
        }
        _ if text(is) != text(want) => differences.note(path, shown(path, is), shown(path, want)),
        _ => {}
    }
}

/// The text that people see, in plans, states and logs that are not secret. Commands of a shell profile may hold a
/// secret, and so may what is no member of its own.
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
    use crate::reconcile::Differences;

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
        for (is, want) in [
            (profile("SECRET"), profile("ls")),
            (profile("SECRET"), json!({})),
            (json!("SECRET"), json!({})),
            (json!({ "a": { "b": "SECRET" } }), json!({ "a": "c" })),
            (json!({ "a": ["SECRET"] }), json!({})),
        ] {
            let mut differences = Differences::default();
            compare(&mut differences, &is, &want);
            assert!(!differences.0.is_empty() && !format!("{differences:?}").contains("SECRET"), "{differences:?}");
        }
    }
}
