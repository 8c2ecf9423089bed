//! Values as a host writes and reads them on the wire.
//!
//! This code shares nothing with the server's, and is as strict as hosts are: an object has exactly its attributes, and no
//! bytes follow a value. It finds a mistake that the server makes in both directions.

use crate::framework::types::Type;
use crate::framework::value::Value;

use super::wire::DynamicValue;

/// A value as a host sends it. Some unknown values carry a refinement, as those of hosts do.
pub fn encode(ty: &Type, value: &Value) -> DynamicValue {
    let mut bytes = Vec::new();
    write(&mut bytes, ty, value);
    DynamicValue { msgpack: bytes, json: Vec::new() }
}

/// A value as a host reads it. Panics where a host would refuse the message.
pub fn decode(ty: &Type, message: Option<&DynamicValue>) -> Value {
    let Some(message) = message else { return Value::Null };
    assert!(message.json.is_empty(), "the server writes msgpack");
    if message.msgpack.is_empty() {
        return Value::Null;
    }
    let mut rest = message.msgpack.as_slice();
    let value = read(&mut rest, ty);
    assert!(rest.is_empty(), "{} bytes after the value", rest.len());
    value
}

fn write(out: &mut Vec<u8>, ty: &Type, value: &Value) {
    match (ty, value) {
        (_, Value::Null) => out.push(0xc0),
        // Half of the unknown texts carry the refinement that they are not null.
        (Type::String, Value::Unknown) if out.len().is_multiple_of(2) => {
            out.extend_from_slice(&[0xc7, 0x03, 0x0c, 0x81, 0x01, 0xc2]);
        }
        (_, Value::Unknown) => out.extend_from_slice(&[0xd4, 0x00, 0x00]),
        (Type::Bool, Value::Bool(bool)) => out.push(if *bool { 0xc3 } else { 0xc2 }),
        (Type::String, Value::String(text)) => rmp::encode::write_str(out, text).unwrap(),
        (Type::Number, Value::Number(number)) => match value.as_i64() {
            Some(integer) => drop(rmp::encode::write_sint(out, integer).unwrap()),
            None => rmp::encode::write_str(out, &number.to_plain_string()).unwrap(),
        },
        (Type::List(element) | Type::Set(element), Value::List(elements)) => {
            rmp::encode::write_array_len(out, u32::try_from(elements.len()).unwrap()).unwrap();
            for value in elements {
                write(out, element, value);
            }
        }
        (Type::Map(element), Value::Map(entries)) => {
            rmp::encode::write_map_len(out, u32::try_from(entries.len()).unwrap()).unwrap();
            for (key, value) in entries {
                rmp::encode::write_str(out, key).unwrap();
                write(out, element, value);
            }
        }
        (Type::Object { attributes }, Value::Map(entries)) => {
            assert!(entries.keys().eq(attributes.keys()), "{entries:?} is no {attributes:?}");
            rmp::encode::write_map_len(out, u32::try_from(entries.len()).unwrap()).unwrap();
            for (name, ty) in attributes {
                rmp::encode::write_str(out, name).unwrap();
                write(out, ty, &entries[name]);
            }
        }
        (Type::Dynamic, Value::Dynamic(ty, value)) => {
            rmp::encode::write_array_len(out, 2).unwrap();
            rmp::encode::write_bin(out, ty.to_json().to_string().as_bytes()).unwrap();
            write(out, ty, value);
        }
        _ => panic!("{value:?} is no {ty:?}"),
    }
}

fn read(rest: &mut &[u8], ty: &Type) -> Value {
    let first = *rest.first().expect("a value");
    match first {
        0xc0 => {
            skip(rest, 1);
            return Value::Null;
        }
        0xd4 => {
            assert_eq!(&rest[..3], [0xd4, 0x00, 0x00], "unknown is written plain");
            skip(rest, 3);
            return Value::Unknown;
        }
        _ => {}
    }
    match ty {
        Type::Bool => Value::Bool(rmp::decode::read_bool(rest).unwrap()),
        Type::String => Value::String(read_text(rest)),
        Type::Number => match first {
            0xa0..=0xbf | 0xd9..=0xdb => Value::Number(read_text(rest).parse().unwrap()),
            _ => Value::number(rmp::decode::read_int::<i64, _>(rest).unwrap()),
        },
        Type::List(element) => Value::List(read_elements(rest, element)),
        Type::Set(element) => {
            let elements = read_elements(rest, element);
            let set = Value::set(elements.clone());
            assert_eq!(set.as_list().map(<[_]>::len), Some(elements.len()), "{elements:?} holds something twice");
            set
        }
        Type::Tuple(types) => {
            assert_eq!(rmp::decode::read_array_len(rest).unwrap() as usize, types.len());
            Value::List(types.iter().map(|ty| read(rest, ty)).collect())
        }
        Type::Map(element) => {
            let length = rmp::decode::read_map_len(rest).unwrap();
            Value::map((0..length).map(|_| (read_text(rest), read(rest, element))).collect::<Vec<_>>())
        }
        Type::Object { attributes } => {
            let length = rmp::decode::read_map_len(rest).unwrap();
            assert_eq!(length as usize, attributes.len(), "an object with {} attributes is required", attributes.len());
            let mut entries = Vec::new();
            for _ in 0..length {
                let name = read_text(rest);
                let ty = attributes.get(&name).unwrap_or_else(|| panic!("unsupported attribute {name:?}"));
                entries.push((name, read(rest, ty)));
            }
            Value::map(entries)
        }
        Type::Dynamic => {
            assert_eq!(rmp::decode::read_array_len(rest).unwrap(), 2);
            let length = rmp::decode::read_bin_len(rest).unwrap() as usize;
            let ty = Type::from_json(&serde_json::from_slice(&rest[..length]).unwrap()).unwrap();
            skip(rest, length);
            let value = read(rest, &ty);
            Value::Dynamic(ty, Box::new(value))
        }
    }
}

fn read_elements(rest: &mut &[u8], element: &Type) -> Vec<Value> {
    let length = rmp::decode::read_array_len(rest).unwrap();
    (0..length).map(|_| read(rest, element)).collect()
}

fn read_text(rest: &mut &[u8]) -> String {
    let length = rmp::decode::read_str_len(rest).unwrap() as usize;
    let text = String::from_utf8(rest[..length].to_vec()).unwrap();
    skip(rest, length);
    text
}

fn skip(rest: &mut &[u8], length: usize) {
    *rest = &rest[length..];
}
