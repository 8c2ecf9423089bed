//! Values as JSON, the form in which hosts store state.
//!
//! Pure. JSON has no unknown value.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use thiserror::Error;

use super::path::Path;
use super::types::Type;
use super::value::{Value, parse_number};

/// Why JSON cannot be read as a value of a type.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{path}: expected {expected}, found {found}")]
pub struct JsonError {
    /// The place of the fault.
    pub path: Path,
    /// The type that was expected.
    pub expected: &'static str,
    /// What stands at the place.
    pub found: &'static str,
}

/// Reads `json` as a value of type `ty`. An absent attribute is null, and a key that the type does not have is left
/// out, so that states of older and newer releases can be read.
///
/// # Errors
/// Where the JSON is of another type.
pub fn from_json(ty: &Type, json: &Json) -> Result<Value, JsonError> {
    read(ty, json, &Path::root())
}

fn read(ty: &Type, json: &Json, path: &Path) -> Result<Value, JsonError> {
    let mismatch = |expected| Err(JsonError { path: path.clone(), expected, found: kind(json) });
    if json.is_null() {
        return Ok(Value::Null);
    }
    match ty {
        Type::Bool => json.as_bool().map_or_else(|| mismatch("true or false"), |bool| Ok(Value::Bool(bool))),
        Type::String => json.as_str().map_or_else(|| mismatch("a string"), |text| Ok(Value::string(text))),
        Type::Number => match json {
            Json::Number(number) => parse_number(number.as_str())
                .map_or_else(|| mismatch("a number of 100000 digits at the most"), |number| Ok(Value::Number(number))),
            _ => mismatch("a number"),
        },
        Type::List(element) => Ok(Value::List(read_elements(element, json, path)?)),
        Type::Set(element) => Ok(Value::set(read_elements(element, json, path)?)),
        Type::Map(element) => {
            let Some(entries) = json.as_object() else { return mismatch("a map") };
            entries
                .iter()
                .map(|(key, entry)| Ok((key.clone(), read(element, entry, &path.key(key))?)))
                .collect::<Result<BTreeMap<_, _>, _>>()
                .map(Value::Map)
        }
        Type::Object { attributes } => {
            let Some(entries) = json.as_object() else { return mismatch("an object") };
            attributes
                .iter()
                .map(|(name, ty)| {
                    let entry = entries.get(name).unwrap_or(&Json::Null);
                    Ok((name.clone(), read(ty, entry, &path.attribute(name))?))
                })
                .collect::<Result<BTreeMap<_, _>, _>>()
                .map(Value::Map)
        }
        Type::Tuple(types) => match json.as_array() {
            Some(elements) if elements.len() == types.len() => types
                .iter()
                .zip(elements)
                .enumerate()
                .map(|(index, (ty, element))| read(ty, element, &path.index(index)))
                .collect::<Result<Vec<_>, _>>()
                .map(Value::List),
            _ => mismatch("a tuple"),
        },
        // State holds a value of dynamic type as an object of its type and its value.
        Type::Dynamic => match (json.get("type").and_then(Type::from_json), json.get("value")) {
            (Some(ty), Some(value)) => {
                let value = read(&ty, value, path)?;
                Ok(Value::Dynamic(ty, Box::new(value)))
            }
            _ => mismatch("a dynamic value"),
        },
    }
}

fn read_elements(element: &Type, json: &Json, path: &Path) -> Result<Vec<Value>, JsonError> {
    let Some(elements) = json.as_array() else {
        return Err(JsonError { path: path.clone(), expected: "a list", found: kind(json) });
    };
    elements.iter().enumerate().map(|(index, json)| read(element, json, &path.index(index))).collect()
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

/// The value as JSON; `None` where it holds an unknown value.
pub fn to_json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Unknown => return None,
        Value::Null => Json::Null,
        Value::Bool(bool) => Json::Bool(*bool),
        Value::String(text) => Json::String(text.clone()),
        Value::Number(number) => {
            Json::Number(serde_json::Number::from_string_unchecked(number.normalized().to_plain_string()))
        }
        Value::List(elements) => Json::Array(elements.iter().map(to_json).collect::<Option<_>>()?),
        Value::Map(entries) => Json::Object(
            entries.iter().map(|(name, value)| Some((name.clone(), to_json(value)?))).collect::<Option<_>>()?,
        ),
        Value::Dynamic(ty, value) => {
            serde_json::json!({ "type": ty.to_json(), "value": to_json(value)? })
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ty() -> Type {
        Type::object([
            ("number", Type::Number),
            ("set", Type::set(Type::String)),
            ("absent", Type::Bool),
            ("any", Type::Dynamic),
        ])
    }

    #[test]
    fn absent_attributes_are_null_and_unknown_keys_are_left_out() {
        let json = json!({ "set": ["b", "a"], "gone": 1, "any": { "type": "bool", "value": true } });
        let value = from_json(&ty(), &json).unwrap();
        assert!(value.at("absent").is_null());
        assert!(value.at("gone").is_null());
        assert_eq!(value.at("set"), &Value::set([Value::from("a"), Value::from("b")]));
        assert_eq!(value.at("any"), &Value::Dynamic(Type::Bool, Box::new(Value::Bool(true))));
    }

    #[test]
    fn numbers_keep_every_digit() {
        let digits = "123456789012345678901234567890.000000000000000000000000000001";
        let json: Json = serde_json::from_str(&format!("{{\"number\":{digits}}}")).unwrap();
        let value = from_json(&ty(), &json).unwrap();
        assert_eq!(to_json(value.at("number")).unwrap().to_string(), digits);
    }

    #[test]
    fn a_wrong_type_is_named_with_its_path() {
        let error = from_json(&ty(), &json!({ "set": ["a", 1] })).unwrap_err();
        assert_eq!(error.to_string(), "set[1]: expected a string, found a number");
    }

    #[test]
    fn unknown_has_no_json() {
        assert_eq!(to_json(&Value::List(vec![Value::Unknown])), None);
    }
}
