//! Values of configuration, plan and state: null, unknown, or known to any depth.
//!
//! Pure. A [`Value`] has no type of its own; the schema has it. A set is sorted and without duplicates, so that equal sets
//! are equal values.

use std::collections::BTreeMap;

use bigdecimal::{BigDecimal, ToPrimitive};

use super::types::Type;

/// A value of the Terraform language.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Absent.
    #[default]
    Null,
    /// Known only later.
    Unknown,
    /// True or false.
    Bool(bool),
    /// A number of any size and precision.
    Number(BigDecimal),
    /// Text.
    String(String),
    /// The elements of a list, a tuple, or (sorted) a set.
    List(Vec<Value>),
    /// The elements of a map or the attributes of an object.
    Map(BTreeMap<String, Value>),
    /// A known value of dynamic type, with the type that it has.
    Dynamic(Type, Box<Value>),
}

/// The longest number that is read, in digits before or behind the point. A number such as `1e999999999` is short, and
/// comparing or showing it takes a gigabyte and minutes.
const LONGEST_NUMBER: i64 = 100_000;

/// Reads a number; `None` where the text is no number, or a number of more than 100000 digits.
pub fn parse_number(text: &str) -> Option<BigDecimal> {
    let number: BigDecimal = text.parse().ok()?;
    let (digits, scale) = number.as_bigint_and_exponent();
    let length = i64::try_from(digits.bits()).ok()?;
    let bound = -LONGEST_NUMBER..=LONGEST_NUMBER;
    (bound.contains(&scale) && length <= 4 * LONGEST_NUMBER).then_some(number)
}

static NULL: Value = Value::Null;
static UNKNOWN: Value = Value::Unknown;

impl Value {
    /// Text.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(text.into())
    }

    /// A whole number.
    #[must_use]
    pub fn number(number: impl Into<i64>) -> Self {
        Self::Number(BigDecimal::from(number.into()))
    }

    /// A set: sorted, each known element once.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Self {
        let mut elements: Vec<_> = elements.into_iter().collect();
        elements.sort();
        // Two unknown elements may become two different values.
        elements.dedup_by(|a, b| a == b && a.is_wholly_known());
        Self::List(elements)
    }

    /// A map or an object.
    #[must_use]
    pub fn map<N: Into<String>>(entries: impl IntoIterator<Item = (N, Value)>) -> Self {
        Self::Map(entries.into_iter().map(|(name, value)| (name.into(), value)).collect())
    }

    /// Whether this is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether this is unknown as a whole. A known value may hold unknown ones.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown)
    }

    /// Whether the value is known at every depth.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::List(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(entries) => entries.values().all(Self::is_wholly_known),
            Self::Dynamic(_, value) => value.is_wholly_known(),
            _ => true,
        }
    }

    /// The text of a known text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a known bool.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(bool) => Some(*bool),
            _ => None,
        }
    }

    /// The number of a known whole number that fits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) if number.is_integer() => number.to_i64(),
            _ => None,
        }
    }

    /// The elements of a known list, set or tuple.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(elements) => Some(elements),
            _ => None,
        }
    }

    /// The entries of a known map or object.
    pub fn as_map(&self) -> Option<&BTreeMap<String, Value>> {
        match self {
            Self::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value at a dotted path of attributes: null below a null and where the path does not exist, unknown below an
    /// unknown.
    pub fn at(&self, dotted: &str) -> &Value {
        let mut here = self;
        for name in dotted.split('.') {
            here = match here {
                Self::Map(entries) => entries.get(name).unwrap_or(&NULL),
                Self::Unknown => return &UNKNOWN,
                _ => return &NULL,
            };
        }
        here
    }

    /// The value as a diagnostic shows it: text in quotes, numbers and bools as configuration has them.
    pub fn describe(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Unknown => "unknown".into(),
            Self::Bool(bool) => bool.to_string(),
            Self::Number(number) => number.normalized().to_plain_string(),
            Self::String(text) => format!("{text:?}"),
            Self::List(elements) => {
                format!("[{}]", elements.iter().map(Self::describe).collect::<Vec<_>>().join(", "))
            }
            Self::Map(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|(name, value)| format!("{name} = {}", value.describe())).collect();
                format!("{{{}}}", entries.join(", "))
            }
            Self::Dynamic(_, value) => value.describe(),
        }
    }
}

impl From<bool> for Value {
    fn from(bool: bool) -> Self {
        Self::Bool(bool)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_equal_whatever_the_order() {
        let one = Value::set([Value::from("b"), Value::from("a"), Value::from("a")]);
        assert_eq!(one, Value::set([Value::from("a"), Value::from("b")]));
        assert_eq!(Value::set([Value::Unknown, Value::Unknown]).as_list().map(<[Value]>::len), Some(2));
    }

    #[test]
    fn at_is_unknown_below_unknown_and_null_below_null() {
        let value = Value::map([("a", Value::Unknown), ("b", Value::Null)]);
        assert!(value.at("a.x").is_unknown());
        assert!(value.at("b.x").is_null());
        assert!(value.at("c").is_null());
    }

    #[test]
    fn numbers_that_are_too_long_are_not_read() {
        for text in ["1e999999999", "1e-999999999", "1e100001", "nonsense"] {
            assert_eq!(parse_number(text), None, "{text}");
        }
        assert_eq!(parse_number("-1.50"), "-1.5".parse().ok());
    }

    #[test]
    fn one_and_one_point_zero_are_the_same_number() {
        let one: BigDecimal = "1.00".parse().unwrap();
        assert_eq!(Value::Number(one.clone()), Value::number(1));
        assert_eq!(Value::Number(one).describe(), "1");
    }
}
