//! Statements that a user adds to the key's or the bucket's policy.
//!
//! Pure. Only what would make AWS refuse the whole policy, or silently change the meaning of the
//! other statements, is an error here. Follows
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const VERSION: &str = "2012-10-17";

/// Sids of the statements that this resource writes; a policy must not hold one twice.
const OWN_SIDS: &[&str] = &[
    "AllowAccountAdministration",
    "AllowCloudWatchLogs",
    "AllowIAMRolesAccess",
    "AllowIAMRolesObjectAcl",
    "DenyInsecureTransport",
    "DenyOutdatedTLS",
];

/// Reads the statements of a JSON policy document; the error says what to change.
pub fn parse_policy_statements(document: &str) -> Result<Vec<Value>, String> {
    let value: Value =
        serde_json::from_str(document).map_err(|error| format!("the policy document is not JSON: {error}"))?;
    let Value::Object(mut document) = value else {
        return Err("the policy document is not a JSON object: give one with a Statement, such as \
                    data.aws_iam_policy_document makes"
            .to_owned());
    };
    if let Some(name) = unknown(&document, &["Version", "Id", "Statement"]) {
        return Err(format!("the policy document has a member {name:?}: it may have Version, Id and Statement"));
    }
    // Of two versions in one policy only one can stand, and in the older one variables are plain text.
    if let Some(version) = document.get("Version").filter(|version| *version != VERSION) {
        return Err(format!("the policy document has the Version {version}: use \"{VERSION}\""));
    }
    let statements = match document.remove("Statement") {
        Some(Value::Array(statements)) => statements,
        Some(statement @ Value::Object(_)) => vec![statement],
        _ => {
            return Err("the policy document has no Statement: give a list of statements".to_owned());
        }
    };
    let mut sids = BTreeSet::new();
    for (number, statement) in (1..).zip(&statements) {
        let check = |statement: &Value| {
            let members = statement.as_object().ok_or("is not a JSON object")?;
            validate_statement(members)?;
            let sid = members.get("Sid").and_then(Value::as_str).unwrap_or_default();
            if OWN_SIDS.contains(&sid) {
                return Err(format!("has the Sid {sid:?}, which this resource uses itself: choose another"));
            }
            if !sid.is_empty() && !sids.insert(sid.to_owned()) {
                return Err(format!("repeats the Sid {sid:?}: choose another"));
            }
            Ok(())
        };
        let mut check = check;
        check(statement).map_err(|problem: String| format!("statement {number} of the policy document {problem}"))?;
    }
    Ok(statements)
}

fn validate_statement(members: &Map<String, Value>) -> Result<(), String> {
    const MEMBERS: &[&str] =
        &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    if let Some(name) = unknown(members, MEMBERS) {
        return Err(format!("has a member {name:?}, which policies do not know: see to its spelling"));
    }
    if !matches!(members.get("Sid"), None | Some(Value::String(_))) {
        return Err("has a Sid that is not a string".to_owned());
    }
    let effect = members.get("Effect").and_then(Value::as_str);
    if !matches!(effect, Some("Allow" | "Deny")) {
        return Err("has no Effect: give \"Allow\" or \"Deny\"".to_owned());
    }
    for (name, negated) in [("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")] {
        match (members.get(name), members.get(negated)) {
            (Some(_), Some(_)) => return Err(format!("has both {name} and {negated}: keep one")),
            (None, None) => return Err(format!("has neither {name} nor {negated}: give one")),
            _ => {}
        }
    }
    Ok(())
}

fn unknown<'a>(members: &'a Map<String, Value>, known: &[&str]) -> Option<&'a str> {
    members.keys().map(String::as_str).find(|name| !known.contains(name))
}
