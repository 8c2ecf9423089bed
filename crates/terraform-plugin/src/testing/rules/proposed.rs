//! What core proposes as the new state: configuration, and the prior value of a computed attribute that it leaves out.
//!
//! Follows `objchange.ProposedNew`.

use crate::framework::schema::{Attribute, Block, BlockNesting, Nesting, Shape};
use crate::framework::value::Value;

use super::{attribute, element};

/// The proposed new state for `config` and the `prior` state. For an unknown `config` without a prior state, it is the
/// configuration that leaves out everything.
pub fn proposed_new_state(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() && prior.is_null() {
        return Value::Null;
    }
    if config.is_null() || config.is_unknown() {
        return if prior.is_null() { empty(block) } else { prior.clone() };
    }
    let prior = if prior.is_null() { empty(block) } else { prior.clone() };
    let mut entries = attributes(&block.attributes, &prior, config);
    for nested in &block.blocks {
        let (prior, config) = (attribute(&prior, &nested.name), attribute(config, &nested.name));
        let merged = |prior: &Value, config: &Value| proposed_new_state(&nested.block, prior, config);
        let value = match nested.nesting {
            BlockNesting::Single if config.is_null() || config.is_unknown() => config.clone(),
            BlockNesting::Single => merged(prior, config),
            BlockNesting::List { .. } => list(prior, config, merged),
            BlockNesting::Map => map(prior, config, merged),
            BlockNesting::Set { .. } => set(&nested.block.attributes, prior, config, merged),
        };
        entries.push((nested.name.clone(), value));
    }
    Value::map(entries)
}

/// An object without attributes and blocks.
fn empty(block: &Block) -> Value {
    let attributes = block.attributes.iter().map(|attribute| (attribute.name.clone(), Value::Null));
    let blocks = block.blocks.iter().map(|nested| {
        let value = match nested.nesting {
            BlockNesting::Single => Value::Null,
            BlockNesting::List { .. } | BlockNesting::Set { .. } => Value::List(Vec::new()),
            BlockNesting::Map => Value::map::<String>([]),
        };
        (nested.name.clone(), value)
    });
    Value::map(attributes.chain(blocks))
}

fn attributes(schema: &[Attribute], prior: &Value, config: &Value) -> Vec<(String, Value)> {
    let proposed = schema.iter().map(|one| {
        let (prior, config) = (attribute(prior, &one.name), attribute(config, &one.name));
        (one.name.clone(), proposed_attribute(one, prior, config))
    });
    proposed.collect()
}

fn proposed_attribute(schema: &Attribute, prior: &Value, config: &Value) -> Value {
    if schema.is_computed() && config.is_null() {
        // A user has removed a group that was configured before.
        let was_given = schema.is_configurable()
            && matches!(&schema.shape, Shape::Nested(_, inner) if holds_not_computed(inner, prior));
        return if was_given { Value::Null } else { prior.clone() };
    }
    let Shape::Nested(nesting, inner) = &schema.shape else { return config.clone() };
    if config.is_null() || config.is_unknown() {
        return config.clone();
    }
    let merged = |prior: &Value, config: &Value| {
        if config.is_null() || config.is_unknown() {
            config.clone()
        } else {
            Value::map(attributes(inner, prior, config))
        }
    };
    match nesting {
        Nesting::Single => merged(prior, config),
        Nesting::List => list(prior, config, merged),
        Nesting::Map => map(prior, config, merged),
        Nesting::Set => set(inner, prior, config, merged),
    }
}

/// Whether a nested value holds a value that only configuration can give.
fn holds_not_computed(schema: &[Attribute], value: &Value) -> bool {
    match value {
        Value::List(elements) => elements.iter().any(|element| holds_not_computed(schema, element)),
        // An object, or a map of objects, whose keys are no attributes.
        Value::Map(entries) => entries.iter().any(|(name, value)| match schema.iter().find(|one| one.name == *name) {
            None => holds_not_computed(schema, value),
            Some(_) if value.is_null() => false,
            Some(one) if !one.is_computed() => true,
            Some(one) => matches!(&one.shape, Shape::Nested(_, inner) if holds_not_computed(inner, value)),
        }),
        _ => false,
    }
}

fn list(prior: &Value, config: &Value, merged: impl Fn(&Value, &Value) -> Value) -> Value {
    let Value::List(elements) = config else { return config.clone() };
    let elements = elements.iter().enumerate().map(|(index, config)| match element(prior, index) {
        Value::Null => config.clone(),
        prior => merged(prior, config),
    });
    Value::List(elements.collect())
}

fn map(prior: &Value, config: &Value, merged: impl Fn(&Value, &Value) -> Value) -> Value {
    let Value::Map(entries) = config else { return config.clone() };
    let entries = entries.iter().map(|(key, config)| match prior.as_map().and_then(|entries| entries.get(key)) {
        None => (key.clone(), config.clone()),
        Some(prior) => (key.clone(), merged(prior, config)),
    });
    Value::map(entries.collect::<Vec<_>>())
}

/// Merges sets. Core takes two elements for the same if they differ only in computed attributes that configuration leaves
/// out.
fn set(schema: &[Attribute], prior: &Value, config: &Value, merged: impl Fn(&Value, &Value) -> Value) -> Value {
    let Value::List(elements) = config else { return config.clone() };
    let mut unused: Vec<_> = prior.as_list().unwrap_or_default().iter().collect();
    let elements = elements.iter().map(|config| {
        let found = unused.iter().position(|prior| differs_in_computed_only(schema, prior, config));
        let prior = found.map_or(&Value::Null, |position| unused.remove(position));
        merged(prior, config)
    });
    Value::set(elements.collect::<Vec<_>>())
}

fn differs_in_computed_only(schema: &[Attribute], prior: &Value, config: &Value) -> bool {
    if prior == config {
        return true;
    }
    let (Value::Map(_), Value::Map(_)) = (prior, config) else { return false };
    schema.iter().all(|one| {
        let (prior, config) = (attribute(prior, &one.name), attribute(config, &one.name));
        match &one.shape {
            _ if prior == config => true,
            Shape::Nested(Nesting::Single, inner) if !config.is_null() => {
                differs_in_computed_only(inner, prior, config)
            }
            _ => one.is_computed() && config.is_null(),
        }
    })
}
