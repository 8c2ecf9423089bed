//! Which plans a host accepts: the configured value, the prior value of an attribute that is configured, and any value of
//! a computed attribute that is not configured.
//!
//! Follows `objchange.AssertPlanValid`.

use crate::framework::path::Path;
use crate::framework::schema::{Attribute, Block, BlockNesting, Nesting, Shape};
use crate::framework::value::Value;

use super::{attribute, element, is_computed_only};

/// The faults of a plan.
#[must_use]
pub fn planned_against_config(block: &Block, prior: &Value, config: &Value, planned: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check_block(block, prior, config, planned, &Path::root(), &mut faults);
    faults
}

fn check_block(block: &Block, prior: &Value, config: &Value, planned: &Value, path: &Path, faults: &mut Vec<String>) {
    if planned.is_null() != config.is_null() {
        faults.push(format!("{path}: existence planned and configured are not the same"));
        return;
    }
    if planned.is_null() {
        return;
    }
    check_attributes(&block.attributes, prior, config, planned, path, faults);
    for nested in &block.blocks {
        let path = path.attribute(&nested.name);
        let of = |object| attribute(object, &nested.name);
        let (prior, config, planned) = (of(prior), of(config), of(planned));
        if planned == config {
            continue;
        }
        if config.is_unknown() || planned.is_unknown() {
            faults.push(format!("{path}: a block is unknown in either configuration or plan alone"));
            continue;
        }
        match nested.nesting {
            BlockNesting::Single => check_block(&nested.block, prior, config, planned, &path, faults),
            BlockNesting::List { .. } => {
                let (Some(planned), Some(config)) = (planned.as_list(), config.as_list()) else {
                    faults.push(format!("{path}: blocks that do not stand are an empty list, not null"));
                    continue;
                };
                if planned.len() != config.len() {
                    faults.push(format!("{path}: {} blocks planned, {} configured", planned.len(), config.len()));
                    continue;
                }
                for (index, (planned, config)) in planned.iter().zip(config).enumerate() {
                    let path = path.index(index);
                    if planned.is_unknown() && !config.is_unknown() {
                        faults.push(format!("{path}: a block must not be unknown itself"));
                    } else if planned != config {
                        check_block(&nested.block, element(prior, index), config, planned, &path, faults);
                    }
                }
            }
            BlockNesting::Map => {
                let (Some(planned), Some(config)) = (planned.as_map(), config.as_map()) else {
                    faults.push(format!("{path}: blocks that do not stand are an empty map, not null"));
                    continue;
                };
                if !planned.keys().eq(config.keys()) {
                    faults.push(format!("{path}: other blocks planned than configured"));
                    continue;
                }
                for (key, planned) in planned {
                    check_block(&nested.block, attribute(prior, key), &config[key], planned, &path.key(key), faults);
                }
            }
            BlockNesting::Set { .. } => match planned.as_list() {
                None => faults.push(format!("{path}: blocks that do not stand are an empty set, not null")),
                Some(elements) if elements.iter().any(Value::is_unknown) => {
                    faults.push(format!("{path}: a block must not be unknown itself"));
                }
                Some(_) => {}
            },
        }
    }
}

fn check_attributes(
    schema: &[Attribute],
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    faults: &mut Vec<String>,
) {
    for one in schema {
        let of = |object| attribute(object, &one.name);
        check_attribute(one, of(prior), of(config), of(planned), &path.attribute(&one.name), faults);
    }
}

fn check_attribute(
    schema: &Attribute,
    prior: &Value,
    config: &Value,
    planned: &Value,
    path: &Path,
    faults: &mut Vec<String>,
) {
    if planned == config
        || (planned == prior && !prior.is_null() && !config.is_null())
        || is_computed_only(schema)
        || (config.is_null() && schema.is_computed())
    {
        return;
    }
    match &schema.shape {
        Shape::Nested(nesting, inner) if !config.is_null() => {
            check_nested(*nesting, inner, [prior, config, planned], path, faults);
        }
        _ => faults.push(format!("{path}: {planned:?} is neither configured ({config:?}) nor prior ({prior:?})")),
    }
}

fn check_nested(
    nesting: Nesting,
    schema: &[Attribute],
    [prior, config, planned]: [&Value; 3],
    path: &Path,
    faults: &mut Vec<String>,
) {
    if planned.is_null() {
        faults.push(format!("{path}: planned for absence, but configured"));
        return;
    }
    if planned.is_unknown() || config.is_unknown() {
        faults.push(format!("{path}: unknown in either configuration or plan alone"));
        return;
    }
    match nesting {
        Nesting::Single => check_attributes(schema, prior, config, planned, path, faults),
        Nesting::List => {
            let (planned, config) = (planned.as_list().unwrap(), config.as_list().unwrap());
            if planned.len() != config.len() {
                faults.push(format!("{path}: {} elements planned, {} configured", planned.len(), config.len()));
                return;
            }
            for (index, (planned, config)) in planned.iter().zip(config).enumerate() {
                check_attributes(schema, element(prior, index), config, planned, &path.index(index), faults);
            }
        }
        Nesting::Map => {
            let (planned, config) = (planned.as_map().unwrap(), config.as_map().unwrap());
            if !planned.keys().eq(config.keys()) {
                faults.push(format!("{path}: other keys planned than configured"));
                return;
            }
            for (key, planned) in planned {
                check_attributes(schema, attribute(prior, key), &config[key], planned, &path.key(key), faults);
            }
        }
        // A host compares only the number of elements, and only where no unknown elements may become equal ones.
        Nesting::Set => {
            let known = planned.is_wholly_known() && config.is_wholly_known();
            let count = |value: &Value| value.as_list().unwrap().len();
            if known && count(planned) != count(config) {
                faults.push(format!("{path}: {} elements planned, {} configured", count(planned), count(config)));
            }
        }
    }
}
