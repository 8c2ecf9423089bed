//! What may be known only later: one attribute ([`Field`]), and a value that is made of some ([`MaybeUnknown`]).
//!
//! Pure. Both are read with `?`: a closure that returns an `Option` stops at the first value that is not known, and
//! [`MaybeUnknown::from_known`] turns what it returns into a value that is unknown as well.
//!
//! ```
//! use terraform_plugin::framework::field::{Field, MaybeUnknown};
//!
//! let (name, suffix) = (Field::Known("logs".to_owned()), Field::<String>::Unknown);
//! let full_name = MaybeUnknown::from_known(|| Some(format!("{}-{}", name.known()?, suffix.known()?)));
//! assert_eq!(full_name, MaybeUnknown::Unknown);
//! ```

use std::borrow::Borrow;
use std::collections::BTreeSet;

/// An attribute of a configuration, a plan or a state: null, unknown, or known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field<T> {
    /// Not given, or nothing there.
    #[default]
    Null,
    /// Known only later.
    Unknown,
    /// Known.
    Known(T),
}

impl<T> Field<T> {
    /// The value, where there is one.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// The value to change, where there is one.
    pub fn known_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// The value or null, where it is known which: `None` for unknown, `Some(None)` for null.
    pub fn resolved(&self) -> Option<Option<&T>> {
        match self {
            Self::Null => Some(None),
            Self::Unknown => None,
            Self::Known(value) => Some(Some(value)),
        }
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether this is unknown. What is inside a known value may be unknown all the same.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether there is a value.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }

    /// Whether this is known to be `value`.
    pub fn is<Q: PartialEq + ?Sized>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.known().is_some_and(|known| known.borrow() == value)
    }

    /// Takes the value out and leaves null.
    pub fn take(&mut self) -> Option<T> {
        match std::mem::take(self) {
            Self::Known(value) => Some(value),
            Self::Null | Self::Unknown => None,
        }
    }

    /// Another field made of this one.
    pub fn map<U>(&self, of: impl FnOnce(&T) -> U) -> Field<U> {
        match self {
            Self::Null => Field::Null,
            Self::Unknown => Field::Unknown,
            Self::Known(value) => Field::Known(of(value)),
        }
    }

    /// This field, or `default` where it is null.
    #[must_use]
    pub fn or(&self, default: impl FnOnce() -> Self) -> Self
    where
        T: Clone,
    {
        match self {
            Self::Null => default(),
            other => other.clone(),
        }
    }
}

impl Field<String> {
    /// The text, where there is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.known().map(String::as_str)
    }
}

impl Field<bool> {
    /// Whether this is known to be true.
    #[must_use]
    pub fn is_true(&self) -> bool {
        *self == Self::Known(true)
    }

    /// Whether this is known to be false.
    #[must_use]
    pub fn is_false(&self) -> bool {
        *self == Self::Known(false)
    }
}

impl<T> From<T> for Field<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl<T> From<Option<T>> for Field<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Known)
    }
}

impl From<&str> for Field<String> {
    fn from(text: &str) -> Self {
        Self::Known(text.to_owned())
    }
}

impl From<Option<&str>> for Field<String> {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Null, Self::from)
    }
}

impl<T> From<MaybeUnknown<T>> for Field<T> {
    fn from(value: MaybeUnknown<T>) -> Self {
        match value {
            MaybeUnknown::Unknown => Self::Unknown,
            MaybeUnknown::Known(value) => Self::Known(value),
        }
    }
}

impl<T> From<MaybeUnknown<Option<T>>> for Field<T> {
    fn from(value: MaybeUnknown<Option<T>>) -> Self {
        match value {
            MaybeUnknown::Unknown => Self::Unknown,
            MaybeUnknown::Known(value) => value.into(),
        }
    }
}

/// A set in which elements may be unknown. Two unknown elements may turn out to be two different ones, so that each is
/// kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldSet<T>(Vec<Field<T>>);

impl<T> FieldSet<T> {
    /// The elements.
    pub fn iter(&self) -> impl Iterator<Item = &Field<T>> {
        self.0.iter()
    }

    /// The elements, where all of them are known.
    pub fn known(&self) -> Option<BTreeSet<T>>
    where
        T: Clone + Ord,
    {
        self.iter().map(|element| element.known().cloned()).collect()
    }
}

impl<T> FromIterator<Field<T>> for FieldSet<T> {
    fn from_iter<I: IntoIterator<Item = Field<T>>>(elements: I) -> Self {
        Self(elements.into_iter().collect())
    }
}

impl<T> FromIterator<T> for FieldSet<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        elements.into_iter().map(Field::Known).collect()
    }
}

impl<T> Field<FieldSet<T>> {
    /// The elements of a set, where all of them are known.
    pub fn elements(&self) -> Option<BTreeSet<T>>
    where
        T: Clone + Ord,
    {
        self.known()?.known()
    }
}

/// A value that may be known only later. Unlike a [`Field`] it has no null of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MaybeUnknown<T> {
    /// Known only later.
    #[default]
    Unknown,
    /// Known.
    Known(T),
}

impl<T> MaybeUnknown<T> {
    /// What `of` makes of values that it reads with `?`; unknown where one of them is not known.
    pub fn from_known(of: impl FnOnce() -> Option<T>) -> Self {
        of().map_or(Self::Unknown, Self::Known)
    }

    /// The value, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Unknown => None,
            Self::Known(value) => Some(value),
        }
    }

    /// Whether this is unknown.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether this is known to be `value`.
    pub fn is<Q: PartialEq + ?Sized>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
    {
        self.known().is_some_and(|known| known.borrow() == value)
    }

    /// Another value made of this one.
    pub fn map<U>(&self, of: impl FnOnce(&T) -> U) -> MaybeUnknown<U> {
        MaybeUnknown::from_known(|| self.known().map(of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_resolved_and_has_no_value() {
        assert_eq!(Field::<bool>::Null.resolved(), Some(None));
        assert_eq!(Field::<bool>::Null.known(), None);
        assert_eq!(Field::<bool>::Unknown.resolved(), None);
        assert_eq!(Field::Known(true).resolved(), Some(Some(&true)));
    }

    #[test]
    fn an_unknown_among_the_sources_makes_the_result_unknown() {
        let sum = |one: Field<i32>, two: Field<i32>| MaybeUnknown::from_known(|| Some(one.known()? + two.known()?));
        assert_eq!(sum(1.into(), 2.into()), MaybeUnknown::Known(3));
        assert_eq!(sum(1.into(), Field::Unknown), MaybeUnknown::Unknown);
    }

    #[test]
    fn a_default_stands_only_for_null() {
        let or_one = |field: Field<i32>| field.or(|| Field::Known(1));
        assert_eq!(or_one(Field::Null), Field::Known(1));
        assert_eq!(or_one(Field::Unknown), Field::Unknown);
        assert_eq!(or_one(Field::Known(2)), Field::Known(2));
    }
}
