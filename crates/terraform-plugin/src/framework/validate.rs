//! Validation of a configuration against its schema: all errors at once, each with its path.
//!
//! Pure. Hosts check types, required root attributes and unknown arguments. This file checks what they leave to
//! providers: required and computed attributes inside nested ones, null elements, rules. It skips unknown
//! values, because hosts validate again when values are known.

use super::diagnostics::Diagnostics;
use super::path::Path;
use super::schema::{Attribute, Block, BlockNesting, Nesting, Presence, Shape};
use super::types::Type;
use super::value::Value;

/// The length of a refused value in an error.
const SHOWN_CHARACTERS: usize = 100;

/// Checks `config` against `block`.
#[must_use]
pub fn validate(block: &Block, config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    check_block(block, config, &Path::root(), &mut diagnostics);
    diagnostics
}

fn check_block(block: &Block, value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    if value.as_map().is_none() {
        return;
    }
    check_attributes(&block.attributes, value, path, diagnostics);
    for nested in &block.blocks {
        let inner = value.at(&nested.name);
        let path = path.attribute(&nested.name);
        match nested.nesting {
            BlockNesting::Single => check_block(&nested.block, inner, &path, diagnostics),
            // An element of a set has no path; its errors have the path of the set.
            BlockNesting::Set { .. } => {
                for element in inner.as_list().unwrap_or_default() {
                    check_block(&nested.block, element, &path, diagnostics);
                }
            }
            BlockNesting::List { .. } => {
                for (index, element) in inner.as_list().unwrap_or_default().iter().enumerate() {
                    check_block(&nested.block, element, &path.index(index), diagnostics);
                }
            }
            BlockNesting::Map => {
                for (key, element) in inner.as_map().into_iter().flatten() {
                    check_block(&nested.block, element, &path.key(key), diagnostics);
                }
            }
        }
    }
}

fn check_attributes(attributes: &[Attribute], value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for attribute in attributes {
        check_attribute(attribute, value.at(&attribute.name), &path.attribute(&attribute.name), diagnostics);
    }
}

fn check_attribute(attribute: &Attribute, value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    match value {
        Value::Unknown => return,
        Value::Null => {
            if attribute.presence == Presence::Required {
                diagnostics.error_at(
                    path.clone(),
                    format!("Missing value for {path}"),
                    format!("{path} is required: {}", attribute.full_description()),
                );
            }
            return;
        }
        _ => {}
    }
    if attribute.presence == Presence::Computed {
        diagnostics.error_at(
            path.clone(),
            format!("{path} cannot be set"),
            format!("{path} is computed by the provider. Remove it from the configuration."),
        );
        return;
    }
    for rule in &attribute.rules {
        if let Err(hint) = rule.check(value) {
            let shown = if attribute.sensitive { "(sensitive)".into() } else { shortened(value.describe()) };
            let detail = format!("{path} is {shown}. Accepted: {}. {hint}", rule.accepts());
            diagnostics.error_at(path.clone(), format!("Invalid value for {path}"), detail.trim_end());
        }
    }
    match &attribute.shape {
        Shape::Plain(_) if attribute.null_elements => {}
        Shape::Plain(ty) => check_elements(ty, value, path, diagnostics),
        Shape::Nested(Nesting::Single, attributes) => check_attributes(attributes, value, path, diagnostics),
        Shape::Nested(Nesting::List, attributes) => {
            for (index, element) in value.as_list().unwrap_or_default().iter().enumerate() {
                check_attributes(attributes, element, &path.index(index), diagnostics);
            }
        }
        Shape::Nested(Nesting::Set, attributes) => {
            for element in value.as_list().unwrap_or_default() {
                check_attributes(attributes, element, path, diagnostics);
            }
        }
        Shape::Nested(Nesting::Map, attributes) => {
            for (key, element) in value.as_map().into_iter().flatten() {
                check_attributes(attributes, element, &path.key(key), diagnostics);
            }
        }
    }
}

/// The beginning of a long value tells which value it is.
fn shortened(text: String) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn check_elements(ty: &Type, value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    let null = |path: Path, what: String, diagnostics: &mut Diagnostics| {
        diagnostics.error_at(
            path.clone(),
            format!("Null element in {path}"),
            format!("{what} is null. Give a value or leave the element out."),
        );
    };
    match (ty, value) {
        (Type::List(_) | Type::Set(_), Value::List(elements)) => {
            for (index, _) in elements.iter().enumerate().filter(|(_, element)| element.is_null()) {
                if matches!(ty, Type::Set(_)) {
                    null(path.clone(), format!("An element of {path}"), diagnostics);
                } else {
                    let path = path.index(index);
                    null(path.clone(), path.to_string(), diagnostics);
                }
            }
        }
        (Type::Map(_), Value::Map(entries)) => {
            for (key, _) in entries.iter().filter(|(_, element)| element.is_null()) {
                let path = path.key(key);
                null(path.clone(), path.to_string(), diagnostics);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::rule::Rule;
    use crate::framework::schema::NestedBlock;

    fn block() -> Block {
        Block {
            attributes: vec![
                Attribute::object(
                    "settings",
                    vec![
                        Attribute::number("timeout").rule(Rule::whole_number(1, 60)).default(Value::number(20)),
                        Attribute::string("name").required(),
                        Attribute::string("arn").computed(),
                    ],
                ),
                Attribute::plain("tags", Type::map(Type::String)),
                Attribute::string("secret").sensitive().rule(Rule::one_of(&["a"])),
            ],
            blocks: vec![NestedBlock::new("inner", BlockNesting::Single, "", vec![Attribute::bool("on").required()])],
            description: String::new(),
        }
    }

    fn messages(config: &Value) -> Vec<String> {
        validate(&block(), config).iter().map(|one| format!("{}: {}", one.summary, one.detail)).collect()
    }

    #[test]
    fn all_errors_are_found_at_once_with_their_paths() {
        let config = Value::map([
            ("settings", Value::map([("timeout", Value::number(61)), ("arn", Value::from("x"))])),
            ("tags", Value::map([("a", Value::Null)])),
            ("secret", Value::from("hunter2")),
            ("inner", Value::map([("on", Value::Null)])),
        ]);
        assert_eq!(
            messages(&config),
            [
                "Invalid value for settings.timeout: settings.timeout is 61. Accepted: a whole number from 1 to 60.",
                "Missing value for settings.name: settings.name is required: ",
                "settings.arn cannot be set: settings.arn is computed by the provider. Remove it from the configuration.",
                "Null element in tags[\"a\"]: tags[\"a\"] is null. Give a value or leave the element out.",
                "Invalid value for secret: secret is (sensitive). Accepted: one of `a`.",
                "Missing value for inner.on: inner.on is required: ",
            ]
        );
    }

    #[test]
    fn unknown_values_are_skipped() {
        let config = Value::map([("settings", Value::Unknown), ("tags", Value::Unknown), ("secret", Value::Unknown)]);
        assert_eq!(messages(&config), Vec::<String>::new());
    }
}
