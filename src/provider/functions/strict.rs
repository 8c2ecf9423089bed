//! Reads a value of any type as an attribute of the resource, and collects what hosts would drop or refuse.
//!
//! Pure. Converts as hosts do (text that is a number to a number, an object to a map, and so on), except that a key
//! that an object does not have is a problem instead of being dropped.
//!
//! Reference: <https://github.com/zclconf/go-cty/blob/main/docs/convert.md>

use super::nearest::nearest;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::schema::{Attribute, Nesting, Shape};
use terraform_plugin::framework::types::Type;
use terraform_plugin::framework::value::{Value, parse_number};

/// Returns the value in the type of the attribute, and adds to `problems`. A value of a wrong type becomes unknown, so that
/// no other rule reports it again.
pub(super) fn convert(attribute: &Attribute, value: &Value, path: &Path, problems: &mut Vec<String>) -> Value {
    let value = plain(value);
    if matches!(value, Value::Null | Value::Unknown) {
        return value.clone();
    }
    match &attribute.shape {
        Shape::Plain(ty) => convert_plain(ty, value, path, problems),
        Shape::Nested(Nesting::Single, attributes) => convert_object(attributes, value, path, problems),
        // The settings have no collections of objects. The type is enough.
        Shape::Nested(..) => convert_plain(&attribute.ty(), value, path, problems),
    }
}

/// The value without its dynamic type.
fn plain(value: &Value) -> &Value {
    match value {
        Value::Dynamic(_, value) => value,
        value => value,
    }
}

fn convert_object(attributes: &[Attribute], value: &Value, path: &Path, problems: &mut Vec<String>) -> Value {
    let Value::Map(entries) = value else {
        return wrong(path, "an object", value, problems);
    };
    for key in entries.keys().filter(|key| attributes.iter().all(|attribute| attribute.name != **key)) {
        problems.push(unknown_key(key, attributes, path));
    }
    Value::map(attributes.iter().map(|attribute| {
        let given = entries.get(&attribute.name).unwrap_or(&Value::Null);
        (attribute.name.as_str(), convert(attribute, given, &path.attribute(&attribute.name), problems))
    }))
}

fn unknown_key(key: &str, attributes: &[Attribute], path: &Path) -> String {
    let names: Vec<&str> = attributes.iter().map(|attribute| attribute.name.as_str()).collect();
    let advice = match nearest(key, names.iter().copied()) {
        Some(meant) => format!("Did you mean {meant}?"),
        None => format!("{path} takes {}.", names.join(", ")),
    };
    format!("{} is not known. {advice}", path.attribute(key))
}

fn convert_plain(ty: &Type, value: &Value, path: &Path, problems: &mut Vec<String>) -> Value {
    let value = plain(value);
    match (ty, value) {
        (_, Value::Null | Value::Unknown)
        | (Type::Dynamic, _)
        | (Type::Bool, Value::Bool(_))
        | (Type::Number, Value::Number(_))
        | (Type::String, Value::String(_)) => value.clone(),
        (Type::String, Value::Bool(_) | Value::Number(_)) => Value::from(value.describe()),
        (Type::Bool, Value::String(text)) => match text.as_str() {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => wrong(path, "true or false", value, problems),
        },
        (Type::Number, Value::String(text)) => match parse_number(text) {
            Some(number) => Value::Number(number),
            None => wrong(path, "a number", value, problems),
        },
        (Type::List(element) | Type::Set(element), Value::List(given)) => {
            let converted = given.iter().enumerate();
            let converted = converted.map(|(index, value)| convert_plain(element, value, &path.index(index), problems));
            if matches!(ty, Type::Set(_)) { Value::set(converted) } else { Value::List(converted.collect()) }
        }
        (Type::Map(element), Value::Map(given)) => Value::map(
            given.iter().map(|(key, value)| (key.as_str(), convert_plain(element, value, &path.key(key), problems))),
        ),
        _ => wrong(path, kind(ty), value, problems),
    }
}

fn wrong(path: &Path, expected: &str, value: &Value, problems: &mut Vec<String>) -> Value {
    problems.push(format!("{path} is {}, and {expected} is needed.", value.describe()));
    Value::Unknown
}

fn kind(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "true or false",
        Type::Number => "a number",
        Type::String => "text",
        Type::Dynamic => "a value",
        Type::List(_) | Type::Tuple(_) => "a list",
        Type::Set(_) => "a set or a list",
        Type::Map(_) => "a map",
        Type::Object { .. } => "an object",
    }
}
