//! Values on the wire: msgpack in the protocol's form, JSON where a host may send it.
//!
//! Null is nil or an empty message; unknown is an extension, refined or not; a value of dynamic type comes with its type;
//! an object has exactly the keys of its type. This file does not know what the values are for.
//!
//! Reference: <https://github.com/hashicorp/terraform/blob/main/docs/plugin-protocol/object-wire-format.md>

mod decode;
mod encode;

use super::messages::tfplugin6::DynamicValue;
use crate::framework::json;
use crate::framework::path::{Path, Step};
use crate::framework::types::Type;
use crate::framework::value::Value;

/// Why a message cannot be read, or a value cannot be written.
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

    /// The same error with its path one step longer at the root.
    fn below(self, step: Step) -> Self {
        Self { path: Path::step(step).joined(&self.path), ..self }
    }
}

/// Reads a message as a value of type `ty`. An absent or empty message is null.
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
/// Where the value is not of that type.
pub(crate) fn encode(ty: &Type, value: &Value) -> Result<DynamicValue, WireError> {
    Ok(DynamicValue { msgpack: encode::to_msgpack(ty, value)?, json: Vec::new() })
}

#[cfg(test)]
mod tests;
