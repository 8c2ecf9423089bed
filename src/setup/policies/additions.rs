//! Statements of a policy in AWS that this resource does not write.
//!
//! Pure. Follows <https://developer.hashicorp.com/terraform/language/expressions/strings> for text to paste.

use serde_json::{Value, json};

use crate::reconcile::policy::{self, canonical_json};

use super::MANAGED_SIDS;

/// A policy document with the statements of a policy that this resource does not write; `managed` is what it writes. A
/// statement with the Sid of a managed one is an outdated managed statement, not an addition.
pub(crate) fn added_statements(policy: &str, managed: &str) -> Option<String> {
    let mut statements = policy::statements_beyond(policy, managed);
    statements.retain(|one| !sid(one).is_some_and(|sid| MANAGED_SIDS.contains(&sid)));
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    (!statements.is_empty()).then(|| canonical_json(&document))
}

/// The statements that a policy has and another one lacks, in words: by Sid, or the whole statement without one.
pub(crate) fn statements_lost(policy: &str, to: &str) -> Vec<String> {
    let lost = policy::statements_beyond(policy, to).into_iter();
    lost.map(|one| sid(&one).map_or_else(|| canonical_json(&one), str::to_owned)).collect()
}

fn sid(statement: &Value) -> Option<&str> {
    statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty())
}

/// A policy document as an expression of the configuration language, in lines that hosts do not wrap.
pub(crate) fn as_expression(document: &str) -> String {
    let pretty = serde_json::from_str::<Value>(document).ok();
    let pretty = pretty.and_then(|document| serde_json::to_string_pretty(&document).ok());
    // `${` and `%{` would begin a template.
    let escaped = pretty.as_deref().unwrap_or(document).replace("${", "$${").replace("%{", "%%{");
    format!("jsonencode({})", escaped.replace('\n', "\n    "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_keeps_policy_variables() {
        let document = r#"{"Statement":[{"Resource":"arn:aws:s3:::b/${aws:username}"}]}"#;
        let expression = as_expression(document);
        assert!(expression.contains("b/$${aws:username}"), "{expression}");
        assert!(expression.lines().skip(1).all(|line| line.starts_with("    ")), "{expression}");
    }
}
