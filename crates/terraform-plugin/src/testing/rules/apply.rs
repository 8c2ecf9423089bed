//! Which states a host accepts after a plan: what was known is the same, and what was unknown is known.
//!
//! Follows `objchange.AssertObjectCompatible`.

use crate::framework::path::Path;
use crate::framework::schema::{Attribute, Block, BlockNesting, Nesting, Shape};
use crate::framework::types::Type;
use crate::framework::value::Value;

use super::attribute;

/// The faults of `actual` after `planned`: the state after an apply, or the plan that a host makes again before it.
#[must_use]
pub fn actual_against_planned(ty: &Type, planned: &Value, actual: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    check(ty, planned, actual, &Path::root(), &mut faults);
    faults
}

fn check(ty: &Type, planned: &Value, actual: &Value, path: &Path, faults: &mut Vec<String>) {
    match (ty, planned, actual) {
        (_, Value::Unknown, _) => {}
        (Type::List(element), Value::List(planned), Value::List(actual)) if planned.len() == actual.len() => {
            for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                check(element, planned, actual, &path.index(index), faults);
            }
        }
        (Type::Map(element), Value::Map(planned), Value::Map(actual)) if planned.keys().eq(actual.keys()) => {
            for (key, planned) in planned {
                check(element, planned, &actual[key], &path.key(key), faults);
            }
        }
        (Type::Object { attributes }, Value::Map(_), Value::Map(_)) => {
            for (name, ty) in attributes {
                check(ty, attribute(planned, name), attribute(actual, name), &path.attribute(name), faults);
            }
        }
        (Type::Set(element), Value::List(planned), Value::List(actual)) => {
            let matches = |planned: &Value, actual: &Value| actual_against_planned(element, planned, actual).is_empty();
            let every_planned = planned.iter().all(|planned| actual.iter().any(|actual| matches(planned, actual)));
            let every_actual = actual.iter().all(|actual| planned.iter().any(|planned| matches(planned, actual)));
            if !every_planned || !every_actual || actual.len() > planned.len() {
                faults.push(format!("{path}: the set {planned:?} became {actual:?}"));
            }
        }
        (Type::Dynamic, Value::Dynamic(planned_ty, planned), Value::Dynamic(actual_ty, actual))
            if planned_ty == actual_ty =>
        {
            check(planned_ty, planned, actual, path, faults);
        }
        _ if planned == actual => {}
        _ => faults.push(format!("{path}: was {planned:?}, now {actual:?}")),
    }
}

/// The faults of a state to store: unknown and write-only values.
#[must_use]
pub fn stored_state(block: &Block, state: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    if !state.is_wholly_known() {
        faults.push(format!("a state holds something unknown: {state:?}"));
    }
    write_only_in_block(block, state, &mut faults);
    faults
}

fn write_only_in_block(block: &Block, state: &Value, faults: &mut Vec<String>) {
    write_only(&block.attributes, state, faults);
    for nested in &block.blocks {
        let value = attribute(state, &nested.name);
        match nested.nesting {
            BlockNesting::Single => write_only_in_block(&nested.block, value, faults),
            BlockNesting::Map => {
                value
                    .as_map()
                    .into_iter()
                    .flatten()
                    .for_each(|(_, one)| write_only_in_block(&nested.block, one, faults));
            }
            BlockNesting::List { .. } | BlockNesting::Set { .. } => {
                value.as_list().into_iter().flatten().for_each(|one| write_only_in_block(&nested.block, one, faults));
            }
        }
    }
}

fn write_only(schema: &[Attribute], state: &Value, faults: &mut Vec<String>) {
    for one in schema {
        let value = attribute(state, &one.name);
        if one.write_only && !value.is_null() {
            faults.push(format!("{} is write-only, yet there is a value", one.name));
        }
        let Shape::Nested(nesting, inner) = &one.shape else { continue };
        match nesting {
            Nesting::Single => write_only(inner, value, faults),
            Nesting::Map => value.as_map().into_iter().flatten().for_each(|(_, one)| write_only(inner, one, faults)),
            Nesting::List | Nesting::Set => {
                value.as_list().into_iter().flatten().for_each(|one| write_only(inner, one, faults));
            }
        }
    }
}
