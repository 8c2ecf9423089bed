//! Resource policies (of keys and buckets) compared by their meaning.
//!
//! AWS stores a policy in its own spelling: one-element lists become strings, lists change their order, an account id
//! becomes the ARN of its root. The name of a statement, its Sid, has no meaning. See the IAM User Guide, "Grammar of
//! the IAM JSON policy language", "AWS JSON policy elements: Principal" and "Sid". Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::arn::Arn;

use super::difference::{Differences, NONE};

/// Renders JSON with sorted keys and without spaces.
pub(crate) fn canonical_json(value: &Value) -> String {
    // Whether `serde_json` itself sorts depends on features that any dependency can enable.
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    sorted.to_string()
}

/// Notes how two policies differ: the statements that only one of them has.
///
/// Text that is not a policy differs from every policy; `None` is an absent policy.
pub(super) fn compare(differences: &mut Differences, observed: Option<&str>, desired: Option<&str>) {
    let (Some(observed), Some(desired)) = (observed, desired) else {
        return differences.compare("policy", observed.unwrap_or(NONE), desired.unwrap_or(NONE));
    };
    let (Some(observed_policy), Some(desired_policy)) = (parse(observed), parse(desired)) else {
        return differences.compare("policy", observed, desired);
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
        &only_in(&observed_policy.statements, &desired_policy.statements),
        &only_in(&desired_policy.statements, &observed_policy.statements),
    );
    differences.compare_optional("policy.Version", observed_policy.version, desired_policy.version);
}

/// Whether two policies mean the same.
pub(crate) fn same(observed: Option<&str>, desired: Option<&str>) -> bool {
    let mut differences = Differences::default();
    compare(&mut differences, observed, desired);
    differences.is_empty()
}

/// The statements that a policy has and another one lacks, as they are written. Text that is not a policy has none.
pub(crate) fn statements_beyond(policy: &str, other: &str) -> Vec<Value> {
    let known = parse(other).map(|policy| policy.statements).unwrap_or_default();
    let Some(policy) = parse(policy) else { return Vec::new() };
    let beyond = policy.statements.into_iter().filter(|one| !known.iter().any(|other| one.meaning == other.meaning));
    beyond.map(|statement| statement.text).collect()
}

/// The elements of a member of a policy, which AWS also writes as a single value.
pub(crate) fn elements(member: Option<&Value>) -> impl Iterator<Item = &Value> {
    let (list, single) = match member {
        Some(Value::Array(list)) => (list.as_slice(), None),
        single => ([].as_slice(), single),
    };
    list.iter().chain(single)
}

/// A policy in one spelling.
struct Policy {
    version: Option<String>,
    statements: Vec<Statement>,
}

/// A statement in one spelling.
struct Statement {
    sid: Option<String>,
    /// All members but the Sid.
    meaning: Value,
    /// As it is written.
    text: Value,
}

impl Statement {
    fn parse(statement: Value) -> Option<Self> {
        let Value::Object(mut members) = statement.clone() else { return None };
        let sid = members.remove("Sid").and_then(|sid| sid.as_str().map(str::to_owned));
        Some(Self { sid: sid.filter(|sid| !sid.is_empty()), meaning: normalize_statement(members), text: statement })
    }

    /// The statement in messages.
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
    let mut statements = statements.into_iter().map(Statement::parse).collect::<Option<Vec<_>>>()?;
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
    let account_id = principal.as_str().and_then(|arn| Arn::parse(arn)?.root_account_id());
    match account_id {
        Some(account_id) => Value::String(account_id.to_owned()),
        None => principal,
    }
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
