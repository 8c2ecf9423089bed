//! Resource policies (of keys and buckets) compared by what they mean.
//!
//! AWS stores a policy with its own spelling: one-element lists become strings, lists change their
//! order, an account id becomes the ARN of its root. The name of a statement, its Sid, changes nothing
//! that it means. See the IAM User Guide, "Grammar of the IAM JSON policy language", "AWS JSON policy
//! elements: Principal" and "Sid". Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Differences, NONE};

/// Renders JSON with sorted keys and without spaces.
pub(crate) fn canonical_json(value: &Value) -> String {
    // Whether `serde_json` sorts by itself depends on features that any dependency can switch on.
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    sorted.to_string()
}

/// Notes how two policies differ: the statements that only one of them has.
///
/// Text that is no policy differs from every policy; `None` is a policy that is not there.
pub(super) fn compare(differences: &mut Differences, is: Option<&str>, want: Option<&str>) {
    let (Some(is), Some(want)) = (is, want) else {
        let text = |policy: Option<&str>| policy.unwrap_or(NONE).to_owned();
        return differences.compare("policy", &text(is), &text(want));
    };
    let (Some(is_policy), Some(want_policy)) = (parse(is), parse(want)) else {
        return differences.compare("policy", is, want);
    };
    let only_in = |some: &[Statement], others: &[Statement]| {
        let statements = some.iter().filter(|one| !others.iter().any(|other| one.meaning == other.meaning));
        match statements.map(Statement::named).collect::<Vec<_>>() {
            none if none.is_empty() => NONE.to_owned(),
            statements => statements.join(", "),
        }
    };
    differences.compare(
        "policy.Statement",
        &only_in(&is_policy.statements, &want_policy.statements),
        &only_in(&want_policy.statements, &is_policy.statements),
    );
    differences.compare_optional("policy.Version", is_policy.version, want_policy.version);
}

/// Whether two policies mean the same.
pub(crate) fn same(is: Option<&str>, want: Option<&str>) -> bool {
    let mut differences = Differences::default();
    compare(&mut differences, is, want);
    differences.0.is_empty()
}

/// The statements of a policy that another one has not, as they stand. Text that is no policy has none.
pub(crate) fn statements_beyond(policy: &str, other: &str) -> Vec<Value> {
    let known = parse(other).map(|policy| policy.statements).unwrap_or_default();
    let Some(policy) = parse(policy) else { return Vec::new() };
    let beyond = policy.statements.into_iter().filter(|one| !known.iter().any(|other| one.meaning == other.meaning));
    beyond.map(|statement| statement.text).collect()
}

/// A policy in one spelling.
struct Policy {
    version: Option<String>,
    statements: Vec<Statement>,
}

/// A statement in one spelling.
struct Statement {
    sid: Option<String>,
    /// All of it but the Sid.
    meaning: Value,
    /// As it was read.
    text: Value,
}

impl Statement {
    fn read(statement: Value) -> Option<Self> {
        let Value::Object(mut members) = statement.clone() else { return None };
        let sid = members.remove("Sid").and_then(|sid| sid.as_str().map(str::to_owned));
        Some(Self { sid: sid.filter(|sid| !sid.is_empty()), meaning: normalize_statement(members), text: statement })
    }

    /// For messages.
    fn named(&self) -> String {
        self.sid.as_ref().map_or_else(|| self.meaning.to_string(), |sid| format!("{sid} {}", self.meaning))
    }
}

fn parse(text: &str) -> Option<Policy> {
    let Value::Object(mut policy) = serde_json::from_str(text).ok()? else {
        return None;
    };
    let statements = match policy.remove("Statement")? {
        Value::Array(statements) => statements,
        statement => vec![statement],
    };
    let mut statements = statements.into_iter().map(Statement::read).collect::<Option<Vec<_>>>()?;
    statements.sort_by_cached_key(|statement| statement.meaning.to_string());
    statements.dedup_by(|one, other| one.meaning == other.meaning);
    Some(Policy { version: policy.get("Version").and_then(Value::as_str).map(str::to_owned), statements })
}

fn normalize_statement(statement: Map<String, Value>) -> Value {
    let members = statement.into_iter().map(|(name, value)| {
        let value = match name.as_str() {
            "Action" | "NotAction" | "Resource" | "NotResource" => list(value),
            "Principal" | "NotPrincipal" => normalize_principal(value),
            "Condition" => normalize_condition(value),
            _ => value,
        };
        (name, value)
    });
    object(members)
}

/// `"*"` is `{"AWS": "*"}`, and an account id is the ARN of its root.
fn normalize_principal(principal: Value) -> Value {
    let Value::Object(kinds) = principal else {
        return Value::Object(Map::from_iter([("AWS".to_owned(), list(principal))]));
    };
    let kinds = kinds.into_iter().map(|(kind, names)| {
        let names = match list(names) {
            Value::Array(names) if kind == "AWS" => {
                list(Value::Array(names.into_iter().map(account_of_root).collect()))
            }
            names => names,
        };
        (kind, names)
    });
    object(kinds)
}

fn account_of_root(principal: Value) -> Value {
    let account = principal.as_str().and_then(|arn| {
        let account = arn.strip_suffix(":root")?;
        let (_, account) = account.strip_prefix("arn:")?.split_once(":iam::")?;
        Some(Value::String(account.to_owned()))
    });
    account.unwrap_or(principal)
}

fn normalize_condition(condition: Value) -> Value {
    let Value::Object(operators) = condition else {
        return condition;
    };
    let operators = operators.into_iter().map(|(operator, keys)| {
        let keys = match keys {
            Value::Object(keys) => object(keys.into_iter().map(|(key, value)| (key, list(value)))),
            keys => keys,
        };
        (operator, keys)
    });
    object(operators)
}

/// An object whose members are in the order of their names, so that its text is always the same.
fn object(members: impl Iterator<Item = (String, Value)>) -> Value {
    let members: BTreeMap<String, Value> = members.collect();
    Value::Object(members.into_iter().collect())
}

/// One value or a list of them as a sorted list of texts.
fn list(value: Value) -> Value {
    let values = match value {
        Value::Array(values) => values,
        value => vec![value],
    };
    let mut values: Vec<Value> = values
        .into_iter()
        .map(|value| match value {
            Value::Bool(_) | Value::Number(_) => Value::String(value.to_string()),
            value => value,
        })
        .collect();
    values.sort_by_cached_key(Value::to_string);
    values.dedup();
    Value::Array(values)
}

#[cfg(test)]
mod tests;
