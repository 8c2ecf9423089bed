//! Types of values, which the protocol writes in JSON: `"string"`, `["list","string"]`, `["object",{…}]`.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// True or false.
    Bool,
    /// A number of any size and precision.
    Number,
    /// Text.
    String,
    /// Any type; the value has its own.
    Dynamic,
    /// Elements in order.
    List(Box<Type>),
    /// Different elements without order.
    Set(Box<Type>),
    /// Elements by key.
    Map(Box<Type>),
    /// Named attributes.
    Object {
        /// The attributes and their types.
        attributes: BTreeMap<String, Type>,
    },
    /// A fixed number of elements, each of a type of its own.
    Tuple(Vec<Type>),
}

impl Type {
    /// A list of `element`.
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// A set of `element`.
    #[must_use]
    pub fn set(element: Type) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map of `element`.
    pub fn map(element: Type) -> Self {
        Self::Map(Box::new(element))
    }

    /// An object with these attributes.
    #[must_use]
    pub fn object<N: Into<String>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self::Object { attributes: attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect() }
    }

    /// The type in the protocol's JSON.
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::Bool => json!("bool"),
            Self::Number => json!("number"),
            Self::String => json!("string"),
            Self::Dynamic => json!("dynamic"),
            Self::List(element) => json!(["list", element.to_json()]),
            Self::Set(element) => json!(["set", element.to_json()]),
            Self::Map(element) => json!(["map", element.to_json()]),
            Self::Tuple(elements) => {
                json!(["tuple", elements.iter().map(Type::to_json).collect::<Vec<_>>()])
            }
            Self::Object { attributes } => {
                let attributes: BTreeMap<_, _> =
                    attributes.iter().map(|(name, ty)| (name.clone(), ty.to_json())).collect();
                json!(["object", attributes])
            }
        }
    }

    /// Reads a type from the protocol's JSON; `None` where the JSON is no type.
    pub(crate) fn from_json(json: &Json) -> Option<Self> {
        match json {
            Json::String(name) => match name.as_str() {
                "bool" => Some(Self::Bool),
                "number" => Some(Self::Number),
                "string" => Some(Self::String),
                "dynamic" => Some(Self::Dynamic),
                _ => None,
            },
            Json::Array(parts) => {
                let kind = parts.first()?.as_str()?;
                let argument = parts.get(1)?;
                match kind {
                    "list" => Some(Self::list(Self::from_json(argument)?)),
                    "set" => Some(Self::set(Self::from_json(argument)?)),
                    "map" => Some(Self::map(Self::from_json(argument)?)),
                    "tuple" => {
                        argument.as_array()?.iter().map(Self::from_json).collect::<Option<Vec<_>>>().map(Self::Tuple)
                    }
                    "object" => Some(Self::Object {
                        attributes: argument
                            .as_object()?
                            .iter()
                            .map(|(name, ty)| Some((name.clone(), Self::from_json(ty)?)))
                            .collect::<Option<_>>()?,
                    }),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_reads_back_from_its_json() {
        let object = Type::object([("a", Type::Number), ("b", Type::list(Type::Bool))]);
        let all = Type::Tuple(vec![Type::Dynamic, Type::set(Type::String), Type::map(object.clone()), object]);
        assert_eq!(Type::from_json(&all.to_json()), Some(all));
        assert_eq!(Type::from_json(&json!(["object", {"a": "nonsense"}])), None);
    }
}
