//! Reading and writing of models.

use super::*;

crate::model! {
    /// A part.
    struct Part {
        name: String,
        days: i32,
        tags: BTreeMap<String, Field<String>>,
        roles: FieldSet<String>,
        lock: Lock,
        group: Group,
    }

    /// A group of settings.
    struct Group {
        on: bool,
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Lock {
    mode: String,
}

crate::record!(for Lock { mode: String });

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Off,
    On,
}

impl Mode {
    const ALL: [Self; 2] = [Self::Off, Self::On];

    fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
        }
    }
}

crate::keyword!(for Mode);

fn part_value() -> Value {
    Value::map([
        ("name", Value::from("a")),
        ("days", Value::number(7)),
        ("tags", Value::map([("k", Value::Unknown), ("n", Value::Null)])),
        ("roles", Value::List(vec![Value::from("r")])),
        ("lock", Value::map([("mode", Value::from("GOVERNANCE"))])),
        ("group", Value::map([("on", Value::Bool(true))])),
    ])
}

fn with(name: &str, value: Value) -> Value {
    let mut part = part_value();
    part.put(name, value);
    part
}

#[test]
fn what_is_read_and_written_is_the_same() {
    let all = |value: Value| part_value().as_map().unwrap().keys().map(|name| (name.clone(), value.clone())).collect();
    for value in [part_value(), Value::Map(all(Value::Null)), Value::Map(all(Value::Unknown))] {
        assert_eq!(Part::read(&value).map(|part| part.write()), Ok(value));
    }
}

#[test]
fn a_keyword_is_one_of_its_texts() {
    for mode in Mode::ALL {
        assert_eq!(Mode::read(&mode.write()), Ok(mode));
    }
    let error = Mode::read(&Value::from("On")).unwrap_err();
    assert_eq!(error.expected, "one of off, on");
}

#[test]
fn what_does_not_fit_is_an_error_with_its_path() {
    for (name, value, expected) in [
        ("days", Value::from("7"), "days: expected a whole number from -2147483648 to 2147483647, found text"),
        ("days", Value::Number("7.5".parse().unwrap()), "days: expected a whole number"),
        ("days", Value::number(1_i64 << 40), "days: expected a whole number"),
        ("tags", Value::map([("k", Value::Bool(true))]), "tags[\"k\"]: expected text, found true or false"),
        ("roles", Value::List(vec![Value::Bool(true)]), "roles: expected text, found true or false"),
        ("lock", Value::map([("mode", Value::Unknown)]), "lock.mode: expected text, found a value that is not"),
        ("group", Value::map::<String>([]), "group.on: expected an attribute, found none of that name"),
    ] {
        let error = Part::read(&with(name, value)).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    assert_eq!(Part::read(&Value::Null).unwrap_err().to_string(), ": expected an object, found null");
}

#[test]
fn a_set_keeps_its_unknown_elements_and_is_known_without_them_alone() {
    let open = with("roles", Value::set([Value::Unknown, Value::Unknown, Value::from("r")]));
    let part = Part::read(&open).unwrap();
    assert_eq!((part.roles.elements(), part.write()), (None, open));
    assert_eq!(Part::read(&part_value()).unwrap().roles.elements(), Some(["r".to_owned()].into()));
}

#[test]
fn the_attributes_of_a_group_are_null_or_unknown_as_the_group_is() {
    let group = |value| Part::read(&with("group", value)).unwrap().group.fields().on;
    assert_eq!(group(Value::Null), Field::Null);
    assert_eq!(group(Value::Unknown), Field::Unknown);
    assert_eq!(group(Value::map([("on", Value::Bool(false))])), Field::Known(false));
}

#[test]
fn the_type_is_that_of_an_object_with_these_attributes() {
    assert_eq!(Group::ty(), Type::object([("on", Type::Bool)]));
}
