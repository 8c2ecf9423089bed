//! A plan by the schema alone: the configured value, otherwise the default, otherwise the prior value, otherwise unknown.

use terraform_plugin::framework::schema::{self, Attribute, Block, BlockNesting, Nesting, Shape};
use terraform_plugin::framework::value::Value;

/// The plan of a block.
pub(super) fn plan_block(block: &Block, config: &Value, prior: &Value) -> Value {
    let Value::Map(_) = config else { return config.clone() };
    let mut planned = plan_attributes(&block.attributes, config, prior);
    for nested in &block.blocks {
        let (config, prior) = (config.at(&nested.name), prior.at(&nested.name));
        let plan = |config: &Value, prior: &Value| plan_block(&nested.block, config, prior);
        planned.push((
            nested.name.clone(),
            match nested.nesting {
                BlockNesting::Single => plan(config, prior),
                _ => plan_elements(matches!(nested.nesting, BlockNesting::Set { .. }), config, prior, plan),
            },
        ));
    }
    Value::map(planned)
}

fn plan_attributes(schema: &[Attribute], config: &Value, prior: &Value) -> Vec<(String, Value)> {
    let planned = schema.iter().map(|one| {
        let (config, prior) = (config.at(&one.name), prior.at(&one.name));
        (one.name.clone(), plan_attribute(one, config, prior))
    });
    planned.collect()
}

fn plan_attribute(schema: &Attribute, config: &Value, prior: &Value) -> Value {
    match (&schema.shape, config, &schema.default) {
        (_, Value::Null, schema::Default::Fixed(value)) => value.clone(),
        (Shape::Nested(_, inner), Value::Null, schema::Default::Nested) => {
            let absent = Value::map(inner.iter().map(|one| (one.name.clone(), Value::Null)));
            Value::map(plan_attributes(inner, &absent, prior))
        }
        (_, Value::Null, _) if schema.is_computed() && prior.is_null() => Value::Unknown,
        (_, Value::Null, _) if schema.is_computed() => prior.clone(),
        (Shape::Nested(nesting, inner), Value::List(_) | Value::Map(_), _) => {
            let plan = |config: &Value, prior: &Value| match config {
                Value::Map(_) => Value::map(plan_attributes(inner, config, prior)),
                other => other.clone(),
            };
            match nesting {
                Nesting::Single => plan(config, prior),
                _ => plan_elements(*nesting == Nesting::Set, config, prior, plan),
            }
        }
        _ => config.clone(),
    }
}

fn plan_elements(is_set: bool, config: &Value, prior: &Value, plan: impl Fn(&Value, &Value) -> Value) -> Value {
    match config {
        Value::List(elements) if is_set => Value::set(elements.iter().map(|one| plan(one, &Value::Null))),
        Value::List(elements) => {
            let prior = |index| prior.as_list().and_then(|prior| prior.get(index)).unwrap_or(&Value::Null);
            Value::List(elements.iter().enumerate().map(|(index, one)| plan(one, prior(index))).collect())
        }
        Value::Map(entries) => {
            let prior = |key| prior.as_map().and_then(|prior| prior.get(key)).unwrap_or(&Value::Null);
            Value::map(entries.iter().map(|(key, one)| (key.clone(), plan(one, prior(key)))))
        }
        other => other.clone(),
    }
}
