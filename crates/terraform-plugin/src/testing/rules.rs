//! The hosts' own rules, as far as a provider can break them: what core proposes, which plans it accepts, and which
//! states after an apply.
//!
//! Pure. A function that checks returns one text for each fault that a host would report, and nothing for what a host
//! accepts.
//!
//! Reference: the package `objchange` of Terraform and of OpenTofu, and
//! <https://github.com/hashicorp/terraform/blob/main/docs/resource-instance-change-lifecycle.md>

mod apply;
mod plan;
mod proposed;
#[cfg(test)]
mod tests;

pub use apply::actual_against_planned;
pub use plan::planned_against_config;
pub use proposed::proposed_new_state;

use crate::framework::schema::Attribute;
use crate::framework::value::Value;

static NULL: Value = Value::Null;
static UNKNOWN: Value = Value::Unknown;

/// An attribute of an object: null in a null object, unknown in an unknown one.
fn attribute<'a>(object: &'a Value, name: &str) -> &'a Value {
    match object {
        Value::Map(entries) => entries.get(name).unwrap_or(&NULL),
        Value::Unknown => &UNKNOWN,
        _ => &NULL,
    }
}

/// An element of a list: null where there is none.
fn element(list: &Value, index: usize) -> &Value {
    list.as_list().and_then(|elements| elements.get(index)).unwrap_or(&NULL)
}

/// Whether the provider alone gives the value.
fn is_computed_only(attribute: &Attribute) -> bool {
    attribute.is_computed() && !attribute.is_configurable()
}
