//! Reads msgpack. Lengths come from outside: memory is allocated only for bytes that are there.

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;
use rmp::Marker;

use super::WireError;
use crate::framework::path::Step;
use crate::framework::types::Type;
use crate::framework::value::{Value, parse_number};

/// Reads all of `bytes` as one value of type `ty`.
pub(super) fn from_msgpack(ty: &Type, bytes: &[u8]) -> Result<Value, WireError> {
    let mut reader = Reader(bytes);
    let value = reader.value(ty)?;
    if reader.0.is_empty() { Ok(value) } else { Err(WireError::new("there are bytes after the value")) }
}

/// The bytes that are left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let (bytes, rest) = self.0.split_at_checked(length).ok_or_else(|| WireError::new("the value is cut off"))?;
        self.0 = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or_else(|| WireError::new("the value is cut off"))?;
        self.0 = rest;
        Ok(*bytes)
    }

    fn marker(&mut self) -> Result<Marker, WireError> {
        self.array().map(|[byte]| Marker::from_u8(byte))
    }

    fn length8(&mut self) -> Result<usize, WireError> {
        self.array().map(|bytes| usize::from(u8::from_be_bytes(bytes)))
    }

    fn length16(&mut self) -> Result<usize, WireError> {
        self.array().map(|bytes| usize::from(u16::from_be_bytes(bytes)))
    }

    fn length32(&mut self) -> Result<usize, WireError> {
        let length = u32::from_be_bytes(self.array()?);
        usize::try_from(length).map_err(|_| WireError::new("the value is too large"))
    }

    fn value(&mut self, ty: &Type) -> Result<Value, WireError> {
        let marker = self.marker()?;
        if marker == Marker::Null {
            return Ok(Value::Null);
        }
        if let Some(length) = self.extension(marker)? {
            self.bytes(length)?;
            return Ok(Value::Unknown);
        }
        match ty {
            Type::Bool => match marker {
                Marker::True => Ok(Value::Bool(true)),
                Marker::False => Ok(Value::Bool(false)),
                _ => Err(mismatch("a bool", marker)),
            },
            Type::Number => self.number(marker).map(Value::Number),
            Type::String => self.text(marker).map(|text| Value::String(text.to_owned())),
            Type::List(element) => self.elements(element, marker).map(Value::List),
            Type::Set(element) => self.elements(element, marker).map(Value::set),
            Type::Tuple(types) => {
                if self.array_length(marker)? != types.len() {
                    return Err(WireError::new(format!("a tuple of {} elements was expected", types.len())));
                }
                let elements = types.iter().enumerate();
                elements.map(|(index, ty)| self.element(ty, index)).collect::<Result<_, _>>().map(Value::List)
            }
            Type::Map(element) => {
                let mut entries = BTreeMap::new();
                for _ in 0..self.map_length(marker)? {
                    let key = self.key()?;
                    let value = self.value(element).map_err(|error| error.below(Step::Key(key.clone())))?;
                    entries.insert(key, value);
                }
                Ok(Value::Map(entries))
            }
            Type::Object { attributes } => self.object(attributes, marker),
            Type::Dynamic => self.dynamic(marker),
        }
    }

    fn object(&mut self, attributes: &BTreeMap<String, Type>, marker: Marker) -> Result<Value, WireError> {
        let mut entries = BTreeMap::new();
        for _ in 0..self.map_length(marker)? {
            let name = self.key()?;
            let Some(ty) = attributes.get(&name) else {
                return Err(WireError::new(format!("there is no attribute {name:?}")));
            };
            let value = self.value(ty).map_err(|error| error.below(Step::Attribute(name.clone())))?;
            entries.insert(name, value);
        }
        match attributes.keys().find(|name| !entries.contains_key(*name)) {
            None => Ok(Value::Map(entries)),
            Some(missing) => Err(WireError::new(format!("the attribute {missing:?} is missing"))),
        }
    }

    fn dynamic(&mut self, marker: Marker) -> Result<Value, WireError> {
        if self.array_length(marker)? != 2 {
            return Err(WireError::new("a value of dynamic type has to be a pair of its type and itself"));
        }
        let marker = self.marker()?;
        let json = match marker {
            Marker::Bin8 => self.length8()?,
            Marker::Bin16 => self.length16()?,
            Marker::Bin32 => self.length32()?,
            other => self.text_length(other)?,
        };
        let ty = serde_json::from_slice(self.bytes(json)?).ok().and_then(|json| Type::from_json(&json));
        let ty = ty.ok_or_else(|| WireError::new("the type of a dynamic value cannot be read"))?;
        match self.value(&ty)? {
            // Null and unknown values of dynamic type come without a type.
            value @ (Value::Null | Value::Unknown) => Ok(value),
            value => Ok(Value::Dynamic(ty, Box::new(value))),
        }
    }

    fn elements(&mut self, ty: &Type, marker: Marker) -> Result<Vec<Value>, WireError> {
        (0..self.array_length(marker)?).map(|index| self.element(ty, index)).collect()
    }

    fn element(&mut self, ty: &Type, index: usize) -> Result<Value, WireError> {
        self.value(ty).map_err(|error| error.below(Step::Index(index)))
    }

    fn array_length(&mut self, marker: Marker) -> Result<usize, WireError> {
        match marker {
            Marker::FixArray(length) => Ok(usize::from(length)),
            Marker::Array16 => self.length16(),
            Marker::Array32 => self.length32(),
            _ => Err(mismatch("an array", marker)),
        }
    }

    fn map_length(&mut self, marker: Marker) -> Result<usize, WireError> {
        match marker {
            Marker::FixMap(length) => Ok(usize::from(length)),
            Marker::Map16 => self.length16(),
            Marker::Map32 => self.length32(),
            _ => Err(mismatch("a map", marker)),
        }
    }

    fn text_length(&mut self, marker: Marker) -> Result<usize, WireError> {
        match marker {
            Marker::FixStr(length) => Ok(usize::from(length)),
            Marker::Str8 => self.length8(),
            Marker::Str16 => self.length16(),
            Marker::Str32 => self.length32(),
            _ => Err(mismatch("a string", marker)),
        }
    }

    fn text(&mut self, marker: Marker) -> Result<&'a str, WireError> {
        let length = self.text_length(marker)?;
        std::str::from_utf8(self.bytes(length)?).map_err(|_| WireError::new("a string is no UTF-8"))
    }

    fn key(&mut self) -> Result<String, WireError> {
        let marker = self.marker()?;
        self.text(marker).map(str::to_owned)
    }

    /// Hosts write a number that fits neither an integer nor a float of 64 bits as decimal text.
    fn number(&mut self, marker: Marker) -> Result<BigDecimal, WireError> {
        Ok(match marker {
            Marker::FixPos(number) => number.into(),
            Marker::FixNeg(number) => number.into(),
            Marker::U8 => u8::from_be_bytes(self.array()?).into(),
            Marker::U16 => u16::from_be_bytes(self.array()?).into(),
            Marker::U32 => u32::from_be_bytes(self.array()?).into(),
            Marker::U64 => u64::from_be_bytes(self.array()?).into(),
            Marker::I8 => i8::from_be_bytes(self.array()?).into(),
            Marker::I16 => i16::from_be_bytes(self.array()?).into(),
            Marker::I32 => i32::from_be_bytes(self.array()?).into(),
            Marker::I64 => i64::from_be_bytes(self.array()?).into(),
            Marker::F32 => finite(f32::from_be_bytes(self.array()?).into())?,
            Marker::F64 => finite(f64::from_be_bytes(self.array()?))?,
            _ => {
                let text = self.text(marker)?;
                parse_number(text)
                    .ok_or_else(|| WireError::new(format!("{text} is no number of 100000 digits at the most")))?
            }
        })
    }

    /// The length of an extension's data, where `marker` begins one.
    fn extension(&mut self, marker: Marker) -> Result<Option<usize>, WireError> {
        let length = match marker {
            Marker::FixExt1 => 1,
            Marker::FixExt2 => 2,
            Marker::FixExt4 => 4,
            Marker::FixExt8 => 8,
            Marker::FixExt16 => 16,
            Marker::Ext8 => self.length8()?,
            Marker::Ext16 => self.length16()?,
            Marker::Ext32 => self.length32()?,
            _ => return Ok(None),
        };
        // Every extension is an unknown value. Its type says whether a refinement follows, which is not used.
        self.array::<1>()?;
        Ok(Some(length))
    }
}

fn finite(number: f64) -> Result<BigDecimal, WireError> {
    BigDecimal::try_from(number).map_err(|_| WireError::new(format!("{number} is no number that can be stored")))
}

fn mismatch(expected: &str, marker: Marker) -> WireError {
    WireError::new(format!("{expected} was expected, not {marker:?}"))
}
