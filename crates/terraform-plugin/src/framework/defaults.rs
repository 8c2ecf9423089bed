//! What a plan holds where configuration is null, and which of two spellings it keeps.
//!
//! Pure. The state that the host proposes is not used: it has the prior value of an attribute that configuration leaves
//! out, so that a removed setting would never return to its default.

use super::schema::{Attribute, Default, Nesting, Shape};
use super::value::Value;

/// The configuration with every null that has a default replaced by it, at every depth of single nested attributes.
/// An attribute with a derived default stays null; the provider fills it in.
#[must_use]
pub fn with_defaults(attributes: &[Attribute], config: &Value) -> Value {
    let Value::Map(entries) = config else { return config.clone() };
    let mut filled = entries.clone();
    for attribute in attributes {
        let given = config.at(&attribute.name);
        filled.insert(attribute.name.clone(), default_of(attribute, given));
    }
    Value::Map(filled)
}

fn default_of(attribute: &Attribute, given: &Value) -> Value {
    match (&attribute.shape, given) {
        (_, Value::Unknown) => Value::Unknown,
        (_, Value::Null) => match (&attribute.default, &attribute.shape) {
            (Default::Fixed(value), _) => value.clone(),
            (Default::Nested, Shape::Nested(_, attributes)) => {
                let absent = attributes.iter().map(|inner| (inner.name.as_str(), Value::Null));
                with_defaults(attributes, &Value::map(absent))
            }
            _ => Value::Null,
        },
        (Shape::Nested(Nesting::Single, attributes), Value::Map(_)) => with_defaults(attributes, given),
        _ => given.clone(),
    }
}

/// `planned`, with the prior spelling wherever the two mean the same.
#[must_use]
pub fn keep_spelling(attributes: &[Attribute], planned: &Value, prior: &Value) -> Value {
    let (Value::Map(entries), Value::Map(_)) = (planned, prior) else { return planned.clone() };
    let mut kept = entries.clone();
    for attribute in attributes {
        let (new, old) = (planned.at(&attribute.name), prior.at(&attribute.name));
        let value = match (&attribute.shape, attribute.same) {
            (Shape::Nested(Nesting::Single, inner), _) => keep_spelling(inner, new, old),
            (_, Some(same)) if is_known(new) && is_known(old) && same(new, old) => old.clone(),
            _ => new.clone(),
        };
        kept.insert(attribute.name.clone(), value);
    }
    Value::Map(kept)
}

fn is_known(value: &Value) -> bool {
    !value.is_null() && value.is_wholly_known()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes() -> Vec<Attribute> {
        vec![
            Attribute::object(
                "settings",
                vec![
                    Attribute::bool("on").default(true),
                    Attribute::string("name").default_derived("from somewhere"),
                    Attribute::object("lock", vec![Attribute::string("mode").required()]),
                ],
            )
            .default_nested(),
            Attribute::string("text")
                .same(|a, b| a.as_str().map(str::to_lowercase) == b.as_str().map(str::to_lowercase)),
        ]
    }

    #[test]
    fn a_null_group_becomes_an_object_of_its_defaults() {
        let planned = with_defaults(&attributes(), &Value::map([("settings", Value::Null), ("text", Value::Null)]));
        assert_eq!(planned.at("settings.on"), &Value::Bool(true));
        assert!(planned.at("settings.name").is_null());
        assert!(planned.at("settings.lock").is_null());
    }

    #[test]
    fn what_is_given_or_unknown_stays() {
        let given = Value::map([("settings", Value::map([("on", Value::Bool(false)), ("name", Value::Unknown)]))]);
        let planned = with_defaults(&attributes(), &given);
        assert_eq!(planned.at("settings.on"), &Value::Bool(false));
        assert!(planned.at("settings.name").is_unknown());
        assert!(with_defaults(&attributes(), &Value::map([("settings", Value::Unknown)])).at("settings").is_unknown());
    }

    #[test]
    fn the_prior_spelling_stays_where_the_meaning_is_the_same() {
        let of = |text: &str| Value::map([("text", Value::from(text))]);
        assert_eq!(keep_spelling(&attributes(), &of("ABC"), &of("abc")).at("text"), &Value::from("abc"));
        assert_eq!(keep_spelling(&attributes(), &of("x"), &of("abc")).at("text"), &Value::from("x"));
    }
}
