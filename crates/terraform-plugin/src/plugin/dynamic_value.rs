//! Values on the wire: msgpack as the protocol lays it down, JSON where a host may send it.
//!
//! Null is nil or an empty message; unknown is an extension, refined or not; a value of dynamic type brings its type
//! along; an object has exactly the keys of its type. Must not know what the values are for.
//!
//! Reference: <https://github.com/hashicorp/terraform/blob/main/docs/plugin-protocol/object-wire-format.md>

mod decode;
mod encode;

use super::messages::tfplugin6::DynamicValue;
use crate::framework::json;
use crate::framework::path::{Path, Step};
use crate::framework::types::Type;
use crate::framework::value::Value;

/// Why a value could not be carried over the wire.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}{}{reason}", path, if path.steps().is_empty() { "" } else { ": " })]
pub(crate) struct WireError {
    /// Where in the value.
    pub(crate) path: Path,
    /// What is wrong there.
    pub(crate) reason: String,
}

impl WireError {
    fn new(reason: impl Into<String>) -> Self {
        Self { path: Path::root(), reason: reason.into() }
    }

    /// The same error, seen from one step further up.
    fn below(mut self, step: &Step) -> Self {
        let outer = Path::root();
        let start = match step {
            Step::Attribute(name) => outer.attribute(name),
            Step::Key(key) => outer.key(key),
            Step::Index(index) => outer.index(*index),
        };
        self.path = self.path.steps().iter().fold(start, |path, step| match step {
            Step::Attribute(name) => path.attribute(name),
            Step::Key(key) => path.key(key),
            Step::Index(index) => path.index(*index),
        });
        self
    }
}

/// Reads a message as a value of type `ty`. No message, or one with nothing in it, is null.
///
/// # Errors
/// Where the bytes are no value of that type.
pub(crate) fn decode(ty: &Type, message: Option<&DynamicValue>) -> Result<Value, WireError> {
    match message {
        Some(message) if !message.msgpack.is_empty() => decode::from_msgpack(ty, &message.msgpack),
        Some(message) if !message.json.is_empty() => {
            let json = serde_json::from_slice(&message.json).map_err(|error| WireError::new(error.to_string()))?;
            json::from_json(ty, &json).map_err(|error| WireError::new(error.to_string()))
        }
        _ => Ok(Value::Null),
    }
}

/// Writes a value of type `ty` as a message.
///
/// # Errors
/// Where the value is none of that type.
pub(crate) fn encode(ty: &Type, value: &Value) -> Result<DynamicValue, WireError> {
    Ok(DynamicValue { msgpack: encode::to_msgpack(ty, value)?, json: Vec::new() })
}

#[cfg(test)]
mod tests;
