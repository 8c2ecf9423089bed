//! Writes msgpack, each value in the form that hosts write.

use std::collections::BTreeMap;

use bigdecimal::{BigDecimal, ToPrimitive as _};
use rmp::encode;

use super::WireError;
use crate::framework::path::Step;
use crate::framework::types::Type;
use crate::framework::value::Value;

/// A number with a larger exponent is written in scientific notation, to save that many zeros.
const MAX_PLAIN_EXPONENT: u64 = 1000;

/// The value as msgpack.
pub(super) fn to_msgpack(ty: &Type, value: &Value) -> Result<Vec<u8>, WireError> {
    let mut bytes = Vec::new();
    write(&mut bytes, ty, value)?;
    Ok(bytes)
}

fn write(out: &mut Vec<u8>, ty: &Type, value: &Value) -> Result<(), WireError> {
    match (ty, value) {
        (_, Value::Null) => written(encode::write_nil(out)),
        (_, Value::Unknown) => {
            // fixext 1, type 0, one byte that hosts ignore.
            out.extend_from_slice(&[0xd4, 0, 0]);
            Ok(())
        }
        (Type::Bool, Value::Bool(bool)) => written(encode::write_bool(out, *bool)),
        (Type::Number, Value::Number(number)) => write_number(out, number),
        (Type::String, Value::String(text)) => written(encode::write_str(out, text)),
        (Type::List(element) | Type::Set(element), Value::List(elements)) => {
            written(encode::write_array_len(out, length(elements.len())?))?;
            write_elements(out, elements.iter().map(|value| (&**element, value)))
        }
        (Type::Tuple(types), Value::List(elements)) if types.len() == elements.len() => {
            written(encode::write_array_len(out, length(elements.len())?))?;
            write_elements(out, types.iter().zip(elements))
        }
        (Type::Map(element), Value::Map(entries)) => {
            written(encode::write_map_len(out, length(entries.len())?))?;
            for (key, value) in entries {
                written(encode::write_str(out, key))?;
                write(out, element, value).map_err(|error| error.below(Step::Key(key.clone())))?;
            }
            Ok(())
        }
        (Type::Object { attributes }, Value::Map(entries)) => write_object(out, attributes, entries),
        (Type::Dynamic, Value::Dynamic(ty, value)) => {
            written(encode::write_array_len(out, 2))?;
            written(encode::write_bin(out, ty.to_json().to_string().as_bytes()))?;
            write(out, ty, value)
        }
        _ => Err(WireError::new(format!("{} is no {}", kind(value), ty.to_json()))),
    }
}

fn write_elements<'a>(
    out: &mut Vec<u8>,
    elements: impl Iterator<Item = (&'a Type, &'a Value)>,
) -> Result<(), WireError> {
    for (index, (ty, value)) in elements.enumerate() {
        write(out, ty, value).map_err(|error| error.below(Step::Index(index)))?;
    }
    Ok(())
}

/// Writes all attributes of the type, since hosts refuse an object without one: an absent attribute is null, an
/// attribute that the type does not have is an error.
fn write_object(
    out: &mut Vec<u8>,
    attributes: &BTreeMap<String, Type>,
    entries: &BTreeMap<String, Value>,
) -> Result<(), WireError> {
    if let Some(name) = entries.keys().find(|name| !attributes.contains_key(*name)) {
        return Err(WireError::new(format!("there is no attribute {name:?}")));
    }
    written(encode::write_map_len(out, length(attributes.len())?))?;
    for (name, ty) in attributes {
        written(encode::write_str(out, name))?;
        let value = entries.get(name).unwrap_or(&Value::Null);
        write(out, ty, value).map_err(|error| error.below(Step::Attribute(name.clone())))?;
    }
    Ok(())
}

fn write_number(out: &mut Vec<u8>, number: &BigDecimal) -> Result<(), WireError> {
    let number = number.normalized();
    if number.fractional_digit_count().unsigned_abs() > MAX_PLAIN_EXPONENT {
        return written(encode::write_str(out, &number.to_scientific_notation()));
    }
    match number.to_i64() {
        Some(integer) if number.is_integer() => written(encode::write_sint(out, integer)),
        _ => written(encode::write_str(out, &number.to_plain_string())),
    }
}

/// The kind of a value, for a diagnostic. The value itself may be a secret.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Unknown => "an unknown value",
        Value::Bool(_) => "a bool",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list, set or tuple",
        Value::Map(_) => "a map or object",
        Value::Dynamic(..) => "a value with a type of its own",
    }
}

fn length(length: usize) -> Result<u32, WireError> {
    u32::try_from(length).map_err(|_| WireError::new("the value is too large"))
}

/// The outcome of writing into memory.
fn written<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<(), WireError> {
    result.map(|_| ()).map_err(|error| WireError::new(error.to_string()))
}
