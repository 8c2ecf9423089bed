//! Typed models: one declaration is a struct, its reading from a [`Value`], its writing, and its type.
//!
//! A provider declares the attributes of an object once, with [`model!`](crate::model), and works with the struct from
//! then on, in configuration, plan and state alike: no attribute is named by text again. Every attribute is a
//! [`Field`]. Objects whose attributes are always known, such as a shape that a remote system has, are declared with
//! [`record!`](crate::record), and their attributes are plain.
//!
//! # Guarantees
//! - What is read and written again is the same value, unknown and null included.
//! - A value that does not fit is an error with its path, never a default.
//!
//! # Assumptions
//! - A model has the attributes of the schema whose values it reads. A provider tests that: [`Model::ty`] equals the
//!   schema's type.

use std::collections::{BTreeMap, BTreeSet};

use bigdecimal::ToPrimitive;
use thiserror::Error;

use super::field::{Field, FieldSet, MaybeUnknown};
use super::path::Path;
use super::types::Type;
use super::value::Value;

/// Something that is read from a [`Value`] and written to one.
pub trait Model: Sized {
    /// The type of the values.
    fn ty() -> Type;

    /// Reads a value.
    ///
    /// # Errors
    /// Where the value is of another type, or null or unknown where no [`Field`] takes that.
    fn read(value: &Value) -> Result<Self, ModelError>;

    /// The value.
    fn write(&self) -> Value;
}

/// A [`Model`] in which every attribute is a [`Field`].
pub trait Fields: Model + Default + 'static {
    /// One in which every attribute is unknown.
    fn unknown() -> Self;

    /// The one of a group that is null.
    fn of_null() -> &'static Self;

    /// The one of a group that is unknown.
    fn of_unknown() -> &'static Self;
}

impl<T: Fields> Field<T> {
    /// The attributes of a group: all null where the group is null, all unknown where it is unknown.
    pub fn fields(&self) -> &T {
        match self {
            Self::Null => T::of_null(),
            Self::Unknown => T::of_unknown(),
            Self::Known(fields) => fields,
        }
    }
}

/// Why a value could not be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{path}: expected {expected}, found {found}")]
pub struct ModelError {
    /// Where it stands.
    pub path: Path,
    /// What was expected.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl ModelError {
    /// That a value is not what was expected.
    pub fn new(expected: impl Into<String>, found: &Value) -> Self {
        // The value itself may be a secret.
        let found = match found {
            Value::Null => "null",
            Value::Unknown => "a value that is not known yet",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "another number",
            Value::String(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "an object or a map",
            Value::Dynamic(..) => "a value of dynamic type",
        };
        Self { path: Path::root(), expected: expected.into(), found: found.to_owned() }
    }

    fn below(self, parent: &Path) -> Self {
        Self { path: parent.joined(&self.path), ..self }
    }
}

/// Reads one attribute of an object.
///
/// # Errors
/// Where the value is no object, lacks the attribute, or the attribute cannot be read.
pub fn read_attribute<T: Model>(value: &Value, name: &str) -> Result<T, ModelError> {
    let Value::Map(attributes) = value else { return Err(ModelError::new("an object", value)) };
    let path = Path::root().attribute(name);
    let Some(attribute) = attributes.get(name) else {
        return Err(ModelError { path, expected: "an attribute".to_owned(), found: "none of that name".to_owned() });
    };
    T::read(attribute).map_err(|error| error.below(&path))
}

impl<T: Model> From<MaybeUnknown<T>> for Value {
    fn from(value: MaybeUnknown<T>) -> Self {
        Field::<T>::from(value).write()
    }
}

impl<T: Model> Model for Field<T> {
    fn ty() -> Type {
        T::ty()
    }

    fn read(value: &Value) -> Result<Self, ModelError> {
        match value {
            Value::Null => Ok(Self::Null),
            Value::Unknown => Ok(Self::Unknown),
            value => T::read(value).map(Self::Known),
        }
    }

    fn write(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Unknown => Value::Unknown,
            Self::Known(value) => value.write(),
        }
    }
}

impl<T: Model> Model for Option<T> {
    fn ty() -> Type {
        T::ty()
    }

    fn read(value: &Value) -> Result<Self, ModelError> {
        if value.is_null() { Ok(None) } else { T::read(value).map(Some) }
    }

    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::write)
    }
}

impl Model for bool {
    fn ty() -> Type {
        Type::Bool
    }

    fn read(value: &Value) -> Result<Self, ModelError> {
        value.as_bool().ok_or_else(|| ModelError::new("true or false", value))
    }

    fn write(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Model for String {
    fn ty() -> Type {
        Type::String
    }

    fn read(value: &Value) -> Result<Self, ModelError> {
        value.as_str().map(str::to_owned).ok_or_else(|| ModelError::new("text", value))
    }

    fn write(&self) -> Value {
        Value::from(self.as_str())
    }
}

/// Whole numbers; one with a fraction, or beyond what the type holds, is an error.
macro_rules! whole_number {
    ($($number:ident by $convert:ident),+) => {$(
        impl Model for $number {
            fn ty() -> Type {
                Type::Number
            }

            fn read(value: &Value) -> Result<Self, ModelError> {
                let number = match value {
                    Value::Number(number) if number.is_integer() => number.$convert(),
                    _ => None,
                };
                let expected = || format!("a whole number from {} to {}", $number::MIN, $number::MAX);
                number.ok_or_else(|| ModelError::new(expected(), value))
            }

            fn write(&self) -> Value {
                Value::number(*self)
            }
        }
    )+};
}

whole_number!(i32 by to_i32, u32 by to_u32, i64 by to_i64);

impl<T: Model> Model for Vec<T> {
    fn ty() -> Type {
        Type::list(T::ty())
    }

    fn read(value: &Value) -> Result<Self, ModelError> {
        let Some(elements) = value.as_list() else { return Err(ModelError::new("a list", value)) };
        let element = |(index, element)| T::read(element).map_err(|error| error.below(&Path::root().index(index)));
        elements.iter().enumerate().map(element).collect()
    }

    fn write(&self) -> Value {
        Value::List(self.iter().map(T::write).collect())
    }
}

impl<T: Model + Ord> Model for BTreeSet<T> {
    fn ty() -> Type {
        Type::set(T::ty())
    }

    fn read(value: &Value) -> Result<Self, ModelError> {
        let Some(elements) = value.as_list() else { return Err(ModelError::new("a set", value)) };
        elements.iter().map(T::read).collect()
    }

    fn write(&self) -> Value {
        Value::set(self.iter().map(T::write))
    }
}

impl<T: Model> Model for FieldSet<T> {
    fn ty() -> Type {
        Type::set(T::ty())
    }

    fn read(value: &Value) -> Result<Self, ModelError> {
        let Some(elements) = value.as_list() else { return Err(ModelError::new("a set", value)) };
        elements.iter().map(Field::read).collect()
    }

    fn write(&self) -> Value {
        Value::set(self.iter().map(Field::write))
    }
}

impl<T: Model> Model for BTreeMap<String, T> {
    fn ty() -> Type {
        Type::map(T::ty())
    }

    fn read(value: &Value) -> Result<Self, ModelError> {
        let Some(entries) = value.as_map() else { return Err(ModelError::new("a map", value)) };
        let entry = |(key, entry): (&String, _)| match T::read(entry) {
            Ok(entry) => Ok((key.clone(), entry)),
            Err(error) => Err(error.below(&Path::root().key(key))),
        };
        entries.iter().map(entry).collect()
    }

    fn write(&self) -> Value {
        Value::map(self.iter().map(|(key, entry)| (key.as_str(), entry.write())))
    }
}

/// Declares an object whose attributes are all [`Field`]s: the struct, with the type of each attribute as it is when
/// it is known, and its [`Model`].
///
/// ```
/// use terraform_plugin::framework::field::Field;
/// use terraform_plugin::framework::model::Model;
/// use terraform_plugin::framework::value::Value;
///
/// terraform_plugin::model! {
///     /// A log group.
///     pub struct LogGroup {
///         /// The name.
///         pub name: String,
///         /// Days that events are kept.
///         pub retention_in_days: i32,
///     }
/// }
///
/// let value = Value::map([("name", Value::from("logs")), ("retention_in_days", Value::Unknown)]);
/// let group = LogGroup::read(&value).unwrap();
/// assert_eq!(group, LogGroup { name: "logs".into(), retention_in_days: Field::Unknown });
/// assert_eq!(group.write(), value);
/// ```
#[macro_export]
macro_rules! model {
    ($(
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$field_attribute:meta])* $field_visibility:vis $field:ident: $ty:ty),* $(,)?
        }
    )+) => {$(
        $(#[$attribute])*
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        $visibility struct $name {
            $($(#[$field_attribute])* $field_visibility $field: $crate::framework::field::Field<$ty>),*
        }

        $crate::record!(for $name { $($field: $crate::framework::field::Field<$ty>),* });

        impl $crate::framework::model::Fields for $name {
            fn unknown() -> Self {
                Self { $($field: $crate::framework::field::Field::Unknown),* }
            }

            fn of_null() -> &'static Self {
                static FIELDS: ::std::sync::LazyLock<$name> = ::std::sync::LazyLock::new($name::default);
                &FIELDS
            }

            fn of_unknown() -> &'static Self {
                static FIELDS: ::std::sync::LazyLock<$name> = ::std::sync::LazyLock::new(
                    <$name as $crate::framework::model::Fields>::unknown,
                );
                &FIELDS
            }
        }
    )+};
}

/// Makes a [`Model`](crate::framework::model::Model) of a struct that exists: `record!(for Name { attribute: Type })`.
/// An attribute that is no [`Field`](crate::framework::field::Field) is one that must be known.
#[macro_export]
macro_rules! record {
    (for $name:ident { $($field:ident: $ty:ty),* $(,)? }) => {
        impl $crate::framework::model::Model for $name {
            fn ty() -> $crate::framework::types::Type {
                $crate::framework::types::Type::object([
                    $((stringify!($field), <$ty as $crate::framework::model::Model>::ty())),*
                ])
            }

            fn read(
                value: &$crate::framework::value::Value,
            ) -> ::std::result::Result<Self, $crate::framework::model::ModelError> {
                ::std::result::Result::Ok(Self {
                    $($field: $crate::framework::model::read_attribute(value, stringify!($field))?),*
                })
            }

            fn write(&self) -> $crate::framework::value::Value {
                $crate::framework::value::Value::map([
                    $((stringify!($field), $crate::framework::model::Model::write(&self.$field))),*
                ])
            }
        }
    };
}

/// Makes a [`Model`](crate::framework::model::Model) of an enum that exists, as the text of each value:
/// `keyword!(for Name)`. The enum has `ALL`, an array of its values, and `as_str`, the text of a value.
#[macro_export]
macro_rules! keyword {
    (for $name:ident) => {
        impl $crate::framework::model::Model for $name {
            fn ty() -> $crate::framework::types::Type {
                $crate::framework::types::Type::String
            }

            fn read(
                value: &$crate::framework::value::Value,
            ) -> ::std::result::Result<Self, $crate::framework::model::ModelError> {
                let named = |keyword: &Self| value.as_str() == Some(keyword.as_str());
                Self::ALL.into_iter().find(named).ok_or_else(|| {
                    let expected = ::std::format!("one of {}", Self::ALL.map(Self::as_str).join(", "));
                    $crate::framework::model::ModelError::new(expected, value)
                })
            }

            fn write(&self) -> $crate::framework::value::Value {
                $crate::framework::value::Value::from(self.as_str())
            }
        }
    };
}

#[cfg(test)]
mod tests;
