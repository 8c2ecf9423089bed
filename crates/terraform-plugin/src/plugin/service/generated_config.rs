//! Configuration that hosts generate for an imported object: its state, without what configuration may not set.
//!
//! Pure.

use crate::framework::schema::{Attribute, Block, BlockNesting, Nesting, Shape};
use crate::framework::value::Value;

/// The state, with null for everything that configuration may not set.
pub(super) fn from_state(block: &Block, state: &Value) -> Value {
    let Value::Map(entries) = state else { return state.clone() };
    let mut config = entries.clone();
    for attribute in &block.attributes {
        config.insert(attribute.name.clone(), from_attribute(attribute, state.at(&attribute.name)));
    }
    for nested in &block.blocks {
        let is_one = nested.nesting == BlockNesting::Single;
        let value = each(is_one, state.at(&nested.name), |one| from_state(&nested.block, one));
        config.insert(nested.name.clone(), value);
    }
    Value::Map(config)
}

fn from_attribute(attribute: &Attribute, value: &Value) -> Value {
    if !attribute.is_configurable() {
        return Value::Null;
    }
    let Shape::Nested(nesting, inner) = &attribute.shape else { return value.clone() };
    each(*nesting == Nesting::Single, value, |one| {
        let Value::Map(_) = one else { return one.clone() };
        Value::map(inner.iter().map(|inner| (inner.name.clone(), from_attribute(inner, one.at(&inner.name)))))
    })
}

/// An object, or each object of a collection.
fn each(is_one: bool, value: &Value, reduce: impl Fn(&Value) -> Value) -> Value {
    match value {
        _ if is_one => reduce(value),
        Value::List(elements) => Value::List(elements.iter().map(reduce).collect()),
        Value::Map(entries) => Value::map(entries.iter().map(|(key, one)| (key.clone(), reduce(one)))),
        other => other.clone(),
    }
}
