//! Write-only attributes: only configuration holds their values, and hosts refuse a response that holds one.

use crate::framework::diagnostics::Diagnostics;
use crate::framework::path::Path;
use crate::framework::schema::{Attribute, Nesting, Schema, Shape};
use crate::framework::value::Value;

/// `value` with every write-only attribute null.
pub(super) fn left_out(schema: &Schema, mut value: Value) -> Value {
    clear(&schema.block.attributes, &mut value);
    value
}

fn clear(attributes: &[Attribute], value: &mut Value) {
    let Value::Map(entries) = value else { return };
    for attribute in attributes {
        let Some(entry) = entries.get_mut(&attribute.name) else { continue };
        if attribute.write_only {
            *entry = Value::Null;
        } else if let Shape::Nested(nesting, inner) = &attribute.shape {
            match (nesting, entry) {
                (Nesting::Single, entry) => clear(inner, entry),
                (Nesting::List, Value::List(elements)) => elements.iter_mut().for_each(|one| clear(inner, one)),
                (Nesting::Map, Value::Map(elements)) => elements.values_mut().for_each(|one| clear(inner, one)),
                // Hosts refuse a write-only attribute in a set.
                _ => {}
            }
        }
    }
}

/// Errors for the write-only attributes in `config` of a host that would store them.
pub(super) fn refused(schema: &Schema, config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    refuse(&schema.block.attributes, config, &Path::root(), &mut diagnostics);
    diagnostics
}

fn refuse(attributes: &[Attribute], value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for attribute in attributes {
        let (value, path) = (value.at(&attribute.name), path.attribute(&attribute.name));
        if attribute.write_only && !value.is_null() {
            diagnostics.error_at(
                path.clone(),
                format!("{path} cannot be used with this version"),
                format!("{path} is write-only: it needs Terraform 1.11 or OpenTofu 1.11, or later."),
            );
        }
        let Shape::Nested(nesting, inner) = &attribute.shape else { continue };
        match (nesting, value) {
            (Nesting::Single, value) => refuse(inner, value, &path, diagnostics),
            (Nesting::List, Value::List(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    refuse(inner, element, &path.index(index), diagnostics);
                }
            }
            (Nesting::Map, Value::Map(elements)) => {
                for (key, element) in elements {
                    refuse(inner, element, &path.key(key), diagnostics);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::schema::Block;

    fn schema() -> Schema {
        let inner = || vec![Attribute::string("token").write_only(), Attribute::string("name")];
        let attributes = vec![
            Attribute::string("secret").write_only(),
            Attribute::nested("list", Nesting::List, inner()),
            Attribute::nested("map", Nesting::Map, inner()),
        ];
        Schema { version: 0, block: Block { attributes, ..Block::default() } }
    }

    fn config() -> Value {
        let inner = || Value::map([("token", Value::from("t")), ("name", Value::from("n"))]);
        Value::map([
            ("secret", Value::Unknown),
            ("list", Value::List(vec![inner()])),
            ("map", Value::map([("k", inner())])),
        ])
    }

    #[test]
    fn nothing_write_only_is_left_at_any_depth() {
        let inner = || Value::map([("token", Value::Null), ("name", Value::from("n"))]);
        let expected = Value::map([
            ("secret", Value::Null),
            ("list", Value::List(vec![inner()])),
            ("map", Value::map([("k", inner())])),
        ]);
        assert_eq!(left_out(&schema(), config()), expected);
    }

    #[test]
    fn a_host_that_would_store_them_is_told_for_each_one() {
        let paths: Vec<_> =
            refused(&schema(), &config()).into_iter().filter_map(|one| one.path).map(|path| path.to_string()).collect();
        assert_eq!(paths, ["secret", "list[0].token", "map[\"k\"].token"]);
    }
}
