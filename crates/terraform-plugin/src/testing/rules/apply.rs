//! Which states a host accepts after a plan: what was known is the same, and what was unknown is known.
//!
//! Follows `objchange.AssertObjectCompatible`.

use crate::framework::path::Path;
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
