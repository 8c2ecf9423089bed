//! Every fault is found, and what hosts accept is accepted.

use crate::framework::schema::{Attribute, Block, BlockNesting, NestedBlock, Nesting};
use crate::framework::types::Type;
use crate::framework::value::Value;

use super::{actual_against_planned, planned_against_config, proposed_new_state};

fn block() -> Block {
    let inner = || vec![Attribute::string("label"), Attribute::string("serial").computed()];
    Block {
        attributes: vec![
            Attribute::string("name"),
            Attribute::string("id").computed(),
            Attribute::number("size").default(Value::number(3)),
            Attribute::plain("zones", Type::set(Type::String)),
            Attribute::nested("items", Nesting::List, inner()),
            Attribute::nested("rooms", Nesting::Map, inner()),
            Attribute::nested("badges", Nesting::Set, inner()),
            Attribute::object("options", inner()).default_derived("the options of the prior state"),
        ],
        blocks: vec![NestedBlock::new("many", BlockNesting::List { min: 0, max: 0 }, "", inner())],
        description: String::new(),
    }
}

/// An object of the block with these values and null for the rest.
fn object<const N: usize>(values: [(&str, Value); N]) -> Value {
    let attributes = block().attributes.into_iter().map(|one| (one.name, Value::Null));
    let mut object = Value::map(attributes.chain([("many".to_owned(), Value::List(Vec::new()))]));
    for (name, value) in values {
        object.put(name, value);
    }
    object
}

fn item(label: &str, serial: Value) -> Value {
    Value::map([("label", Value::from(label)), ("serial", serial)])
}

fn faults<const N: usize, const M: usize>(config: [(&str, Value); N], planned: [(&str, Value); M]) -> Vec<String> {
    let prior = object([("name", Value::from("prior"))]);
    planned_against_config(&block(), &prior, &object(config), &object(planned))
}

#[test]
fn a_plan_may_say_what_configuration_says_what_stood_before_and_what_is_computed() {
    let name = |name: &str| ("name", Value::from(name));
    assert_eq!(faults([name("a")], [name("a")]), Vec::<String>::new());
    assert_eq!(faults([name("a")], [name("prior")]), Vec::<String>::new());
    assert_eq!(faults([], [("id", Value::Unknown), ("size", Value::number(3))]), Vec::<String>::new());
    let items = |serial| ("items", Value::List(vec![item("a", serial)]));
    assert_eq!(faults([items(Value::Null)], [items(Value::Unknown)]), Vec::<String>::new());
}

#[test]
fn every_other_plan_is_a_fault() {
    let name = |value| ("name", value);
    let list = |attribute, labels: &[&str]| {
        (attribute, Value::List(labels.iter().map(|label| item(label, Value::Null)).collect()))
    };
    assert_eq!(faults([name("a".into())], [name("b".into())]).len(), 1, "another value");
    assert_eq!(faults([name(Value::Unknown)], [name("b".into())]).len(), 1, "a value for something unknown");
    assert_eq!(faults([name("a".into())], [name(Value::Unknown)]).len(), 1, "unknown for a value");
    assert_eq!(faults([], [name("prior".into())]).len(), 1, "the prior value of something left out");
    assert_eq!(faults([("size", Value::number(1))], [("size", Value::number(3))]).len(), 1, "default over value");
    assert_eq!(faults([list("items", &["a"])], [list("items", &["a", "b"])]).len(), 1, "more elements");
    assert_eq!(faults([list("items", &["a"])], [list("items", &["b"])]).len(), 1, "another element");
    assert_eq!(faults([list("items", &["a"])], [("items", Value::Unknown)]).len(), 1, "unknown for a list");
    assert_eq!(faults([list("items", &["a"])], []).len(), 1, "no list");
    assert_eq!(faults([list("badges", &["a"])], [list("badges", &["a", "b"])]).len(), 1, "more in a set");
    assert_eq!(faults([list("many", &["a"])], [list("many", &[])]).len(), 1, "fewer blocks");
    assert_eq!(faults([list("many", &["a"])], [("many", Value::Unknown)]).len(), 1, "unknown blocks");
    let room = |key| ("rooms", Value::map([(key, item("a", Value::Null))]));
    assert_eq!(faults([room("a")], [room("b")]).len(), 1, "another key");
    assert_eq!(planned_against_config(&block(), &Value::Null, &object([]), &Value::Null).len(), 1, "absence");
    assert_eq!(planned_against_config(&block(), &object([]), &Value::Null, &object([])).len(), 1, "existence");
}

#[test]
fn an_apply_may_fill_in_what_was_unknown_and_nothing_else() {
    let ty = block().ty();
    let zones = |zones: &[Value]| object([("zones", Value::set(zones.to_vec()))]);
    let planned = zones(&[Value::Unknown, "a".into()]);
    for fits in [zones(&["a".into(), "b".into()]), zones(&["a".into()])] {
        assert_eq!(actual_against_planned(&ty, &planned, &fits), Vec::<String>::new());
    }
    assert_eq!(actual_against_planned(&ty, &planned, &zones(&["b".into(), "c".into()])).len(), 1, "an element is gone");
    assert_eq!(
        actual_against_planned(&ty, &planned, &zones(&["a".into(), "b".into(), "c".into()])).len(),
        1,
        "more elements"
    );
    let named = |name| object([("name", name)]);
    assert_eq!(actual_against_planned(&ty, &named(Value::Unknown), &named(Value::Null)), Vec::<String>::new());
    assert_eq!(actual_against_planned(&ty, &named("a".into()), &named("b".into())).len(), 1, "another value");
    assert_eq!(actual_against_planned(&ty, &named("a".into()), &named(Value::Unknown)).len(), 1, "unknown again");
    assert_eq!(actual_against_planned(&ty, &named(Value::Null), &named("a".into())).len(), 1, "something for nothing");
    let items = |labels: &[&str]| {
        object([("items", Value::List(labels.iter().map(|label| item(label, Value::Null)).collect()))])
    };
    assert_eq!(actual_against_planned(&ty, &items(&["a"]), &items(&[])).len(), 1, "another length");
    assert_eq!(actual_against_planned(&ty, &Value::Null, &named(Value::Null)).len(), 1, "still there");
}

#[test]
fn core_proposes_configuration_and_the_prior_value_of_what_is_computed() {
    let some = |label, serial: &str| Value::List(vec![item(label, Value::from(serial))]);
    let prior = object([
        ("name", "prior".into()),
        ("id", "i".into()),
        ("size", Value::number(9)),
        ("items", some("a", "s")),
        ("badges", some("a", "s")),
        ("many", some("a", "s")),
        ("options", item("given once", Value::Null)),
    ]);
    let left_out = |label| Value::List(vec![item(label, Value::Null)]);
    let config = object([("items", left_out("b")), ("badges", left_out("a")), ("many", left_out("b"))]);
    let expected = object([
        ("id", "i".into()),
        ("size", Value::number(9)),
        ("items", some("b", "s")),
        ("badges", some("a", "s")),
        ("many", some("b", "s")),
    ]);
    assert_eq!(proposed_new_state(&block(), &prior, &config), expected);
    assert_eq!(proposed_new_state(&block(), &Value::Null, &config), config, "computed leaves are null, not unknown");
    let other = object([("badges", left_out("b"))]);
    assert_eq!(
        proposed_new_state(&block(), &prior, &other).at("badges"),
        other.at("badges"),
        "another element of a set"
    );
}
