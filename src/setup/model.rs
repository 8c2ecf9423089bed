//! The resource as types: its inputs and its computed attributes, the same structs in configuration, plan and state.
//!
//! Pure. Each attribute is declared once here and once in [`crate::setup::schema`], which adds description, default and
//! rules; a test compares the two. A value that does not fit is an error with its path.

pub(crate) mod inputs;
pub(crate) mod observed;
pub(crate) mod state;

use std::collections::BTreeMap;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::MaybeUnknown;
use terraform_plugin::framework::model::{Model, ModelError};
use terraform_plugin::framework::types::Type;
use terraform_plugin::framework::value::Value;

use crate::account::{Place, RecordedPlace};

pub(crate) use inputs::Inputs;
pub(crate) use state::State;

/// The whole resource, as configuration, plan and state have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SetupModel {
    /// The attributes that the configuration sets.
    pub(crate) inputs: Inputs,
    /// The attributes that the provider computes.
    pub(crate) state: State,
}

impl Model for SetupModel {
    fn ty() -> Type {
        let attributes = |ty| match ty {
            Type::Object { attributes, .. } => attributes,
            _ => BTreeMap::default(),
        };
        Type::object(attributes(Inputs::ty()).into_iter().chain(attributes(State::ty())))
    }

    fn read(value: &Value) -> Result<Self, ModelError> {
        Ok(Self { inputs: Inputs::read(value)?, state: State::read(value)? })
    }

    fn write(&self) -> Value {
        let attributes = |value| match value {
            Value::Map(attributes) => attributes,
            _ => BTreeMap::default(),
        };
        Value::Map(attributes(self.inputs.write()).into_iter().chain(attributes(self.state.write())).collect())
    }
}

impl SetupModel {
    /// Parses a state, a plan or a configuration.
    ///
    /// # Errors
    /// A value does not fit. Hosts check values against the schema, so only an edited state or a bug leads here.
    pub(crate) fn parse(value: &Value) -> Result<Self, Diagnostics> {
        Self::read(value).map_err(|error| misfit(&error))
    }

    /// Parses a configuration, a plan or a state that may be null.
    ///
    /// # Errors
    /// As [`SetupModel::parse`].
    pub(crate) fn parse_optional(value: &Value) -> Result<Option<Self>, Diagnostics> {
        if value.is_null() { Ok(None) } else { Self::parse(value).map(Some) }
    }

    /// Parses a state that may be null. A part without its name or ARN would be forgotten, and is an error.
    ///
    /// # Errors
    /// As [`SetupModel::parse`].
    pub(crate) fn parse_state(value: &Value) -> Result<Option<Self>, Diagnostics> {
        let Some(model) = Self::parse_optional(value)? else { return Ok(None) };
        model.state.identified().map_err(|error| misfit(&error))?;
        Ok(Some(model))
    }

    /// The identity; `None` while it is unknown.
    pub(crate) fn identity(&self) -> Option<Value> {
        let member = if self.inputs.is_delegated() {
            Value::from(self.inputs.organization().account_id.text()?)
        } else {
            Value::Null
        };
        Some(Value::map([
            ("account_id", Value::from(self.state.account_id.text()?)),
            ("region", Value::from(self.inputs.region.text()?)),
            ("delegated_account_id", member),
        ]))
    }

    /// The place that the state records.
    pub(crate) fn recorded_place(&self) -> RecordedPlace {
        RecordedPlace {
            id: self.state.id.known().cloned(),
            account_id: self.state.account_id.known().cloned(),
            partition: self.state.partition.known().cloned(),
            region: self.inputs.region.known().cloned(),
        }
    }

    /// Whether another role leads to another account than the state records, which is a replacement.
    pub(crate) fn is_left_by_role(&self, inputs: &Inputs, place: &MaybeUnknown<Place>) -> bool {
        self.recorded_place().is_left(place) && inputs.assume_role != self.inputs.assume_role
    }

    /// Checks that the same role leads to the account that the state records.
    ///
    /// # Errors
    /// The credentials belong to another account.
    pub(crate) fn check_account(&self, inputs: &Inputs, place: &MaybeUnknown<Place>) -> Result<(), Diagnostics> {
        let recorded = self.recorded_place();
        if recorded.is_left(place) && inputs.assume_role == self.inputs.assume_role {
            return Err(recorded.moved(place));
        }
        Ok(())
    }
}

fn misfit(error: &ModelError) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.error_at(
        error.path.clone(),
        "A value does not fit the resource",
        format!(
            "{error}. If the state was edited by hand, restore a former one; otherwise this is a bug of the provider, \
             please report it."
        ),
    );
    diagnostics
}

#[cfg(test)]
mod tests;
