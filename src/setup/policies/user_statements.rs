//! Statements that a user adds to the policy of the key or the bucket.
//!
//! Pure. An error here is only what would make AWS refuse the whole policy, or silently change the meaning of the other
//! statements. Follows
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const VERSION: &str = "2012-10-17";

/// The Sids of the statements that this resource writes; a policy must not contain a Sid twice.
pub(crate) const MANAGED_SIDS: &[&str] = &[
    "AllowAccountAdministration",
    "AllowCloudWatchLogs",
    "AllowIAMRolesAccess",
    "AllowIAMRolesObjectAcl",
    "DenyInsecureTransport",
    "DenyOutdatedTLS",
];

/// Parses the statements of a JSON policy document; the error says what to change.
pub(crate) fn parse_policy_statements(document: &str) -> Result<Vec<Value>, String> {
    let value: Value =
        serde_json::from_str(document).map_err(|error| format!("the policy document is not JSON: {error}"))?;
    let Value::Object(mut document) = value else {
        return Err("the policy document is not a JSON object: use one with a Statement, such as \
                    data.aws_iam_policy_document makes"
            .to_owned());
    };
    if let Some(name) = unknown(&document, &["Version", "Id", "Statement"]) {
        return Err(format!("the policy document has a member {name:?}: it may have Version, Id and Statement"));
    }
    // A policy has one version, and in the older version variables are plain text.
    if let Some(version) = document.get("Version").filter(|version| *version != VERSION) {
        return Err(format!("the policy document has the Version {version}: use \"{VERSION}\""));
    }
    let statements = match document.remove("Statement") {
        Some(Value::Array(statements)) => statements,
        Some(statement @ Value::Object(_)) => vec![statement],
        _ => {
            return Err("the policy document has no Statement: add a list of statements".to_owned());
        }
    };
    let mut sids = BTreeSet::new();
    for (number, statement) in (1..).zip(&statements) {
        validate_statement(statement, &mut sids)
            .map_err(|problem| format!("statement {number} of the policy document {problem}"))?;
    }
    Ok(statements)
}

/// Checks one statement; `sids` are those of the statements before it.
fn validate_statement<'a>(statement: &'a Value, sids: &mut BTreeSet<&'a str>) -> Result<(), String> {
    const MEMBERS: &[&str] =
        &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    let members = statement.as_object().ok_or("is not a JSON object")?;
    if let Some(name) = unknown(members, MEMBERS) {
        return Err(format!("has a member {name:?}, which is not an element of a policy: check its spelling"));
    }
    match members.get("Sid") {
        Some(Value::String(sid)) if MANAGED_SIDS.contains(&sid.as_str()) => {
            return Err(format!("has the Sid {sid:?}, which this resource uses itself: choose another"));
        }
        Some(Value::String(sid)) if !sid.is_empty() && !sids.insert(sid) => {
            return Err(format!("repeats the Sid {sid:?}: choose another"));
        }
        None | Some(Value::String(_)) => {}
        Some(_) => return Err("has a Sid that is not a string".to_owned()),
    }
    let effect = members.get("Effect").and_then(Value::as_str);
    if !matches!(effect, Some("Allow" | "Deny")) {
        return Err("has no Effect: use \"Allow\" or \"Deny\"".to_owned());
    }
    for (name, negated) in [("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource")] {
        match (members.get(name), members.get(negated)) {
            (Some(_), Some(_)) => return Err(format!("has both {name} and {negated}: keep one")),
            (None, None) => return Err(format!("has neither {name} nor {negated}: add one")),
            _ => {}
        }
    }
    Ok(())
}

fn unknown<'a>(members: &'a Map<String, Value>, known: &[&str]) -> Option<&'a str> {
    members.keys().map(String::as_str).find(|name| !known.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATEMENT: &str =
        r#"{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"kms:Decrypt","Resource":"*"}"#;

    #[test]
    fn a_list_and_a_single_statement_are_parsed_unchanged() {
        let one: Value = serde_json::from_str(STATEMENT).unwrap();
        for (document, expected) in [
            (format!(r#"{{"Version":"2012-10-17","Id":"x","Statement":[{STATEMENT},{STATEMENT}]}}"#), 2),
            (format!(r#"{{"Statement":{STATEMENT}}}"#), 1),
            (r#"{"Statement":[]}"#.to_owned(), 0),
        ] {
            assert_eq!(parse_policy_statements(&document), Ok(vec![one.clone(); expected]), "{document}");
        }
    }

    #[test]
    fn what_aws_would_refuse_is_an_error_that_says_where() {
        let with = |statement: &str| format!(r#"{{"Statement":[{STATEMENT},{statement}]}}"#);
        let managed_sid = STATEMENT.replacen('{', r#"{"Sid":"AllowIAMRolesAccess","#, 1);
        let twice = STATEMENT.replacen('{', r#"{"Sid":"Mine","#, 1);
        for (document, expected) in [
            ("{".to_owned(), "is not JSON"),
            ("[]".to_owned(), "is not a JSON object"),
            ("{}".to_owned(), "has no Statement"),
            (r#"{"Statement":"x"}"#.to_owned(), "has no Statement"),
            (r#"{"Statements":[]}"#.to_owned(), "has a member \"Statements\""),
            (r#"{"Version":"2008-10-17","Statement":[]}"#.to_owned(), "use \"2012-10-17\""),
            (with("1"), "statement 2 of the policy document is not a JSON object"),
            (with(&STATEMENT.replace("Allow", "allow")), "statement 2 of the policy document has no Effect"),
            (with(&STATEMENT.replace("Principal", "Principle")), "has a member \"Principle\""),
            (with(&STATEMENT.replace(r#""Principal":{"AWS":"123456789012"},"#, "")), "neither Principal nor"),
            (with(&STATEMENT.replacen('{', r#"{"NotAction":"kms:*","#, 1)), "both Action and NotAction"),
            (with(&STATEMENT.replacen('{', r#"{"Sid":1,"#, 1)), "a Sid that is not a string"),
            (with(&managed_sid), "which this resource uses itself"),
            (with(&format!("{twice},{twice}")), "statement 3 of the policy document repeats the Sid \"Mine\""),
        ] {
            let error = parse_policy_statements(&document).unwrap_err();
            assert!(error.contains(expected), "{document}: {error}");
        }
    }
}
