//! Rules: which known values an attribute accepts, and the words for it.
//!
//! Pure. A rule does not see null and unknown. Its words stand in the documentation and in its own error.

use std::fmt;
use std::sync::Arc;

use super::value::Value;

type Check = dyn Fn(&Value) -> Result<(), String> + Send + Sync;

/// A rule for a known value.
#[derive(Clone)]
pub struct Rule {
    accepts: Arc<str>,
    check: Arc<Check>,
}

impl Rule {
    /// A rule whose words are `accepts` ("a whole number from 1 to 60"). For a value that it refuses, `check` returns a
    /// hint that helps to correct it, or the empty string where `accepts` is enough.
    pub fn new(
        accepts: impl Into<Arc<str>>,
        check: impl Fn(&Value) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self { accepts: accepts.into(), check: Arc::new(check) }
    }

    /// Whole numbers from `min` to `max`.
    pub fn whole_number(min: i64, max: i64) -> Self {
        Self::new(format!("a whole number from {min} to {max}"), move |value| {
            accept(value.as_i64().is_some_and(|number| (min..=max).contains(&number)))
        })
    }

    /// Zero, or whole numbers from `min` to `max`; `zero` says what zero means.
    pub fn zero_or_whole_number(min: i64, max: i64, zero: &str) -> Self {
        Self::new(format!("a whole number from {min} to {max}, or 0 {zero}"), move |value| {
            accept(value.as_i64().is_some_and(|number| number == 0 || (min..=max).contains(&number)))
        })
    }

    /// One of these numbers. The hint names the nearest.
    pub fn one_of_numbers(numbers: &'static [i64]) -> Self {
        let list: Vec<_> = numbers.iter().map(i64::to_string).collect();
        Self::new(format!("one of {}", list.join(", ")), move |value| {
            let number = value.as_i64();
            if number.is_some_and(|number| numbers.contains(&number)) {
                return Ok(());
            }
            let nearest = number.and_then(|number| numbers.iter().min_by_key(|one| (**one - number).abs()));
            Err(nearest.map_or_else(String::new, |nearest| format!("The nearest is {nearest}.")))
        })
    }

    /// One of these texts.
    pub fn one_of(texts: &'static [&'static str]) -> Self {
        let list: Vec<_> = texts.iter().map(|text| format!("`{text}`")).collect();
        Self::new(format!("one of {}", list.join(", ")), move |value| {
            accept(value.as_str().is_some_and(|text| texts.contains(&text)))
        })
    }

    /// Text that `check` accepts.
    pub fn text(
        accepts: impl Into<Arc<str>>,
        check: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self::new(accepts, move |value| value.as_str().map_or(Ok(()), &check))
    }

    /// The words for what the rule accepts.
    pub fn accepts(&self) -> &str {
        &self.accepts
    }

    /// Checks a known value.
    ///
    /// # Errors
    /// A hint, perhaps empty, where the value is refused.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        (self.check)(value)
    }
}

/// `Ok` where `accepted`, otherwise a refusal without a hint.
///
/// # Errors
/// The empty hint.
pub fn accept(accepted: bool) -> Result<(), String> {
    if accepted { Ok(()) } else { Err(String::new()) }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rule").field(&self.accepts).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraction_is_no_whole_number() {
        let rule = Rule::whole_number(1, 60);
        assert!(rule.check(&Value::number(60)).is_ok());
        assert!(rule.check(&Value::Number("1.5".parse().unwrap())).is_err());
        assert!(rule.check(&Value::number(61)).is_err());
    }

    #[test]
    fn the_nearest_number_is_suggested() {
        let rule = Rule::one_of_numbers(&[1, 3, 5, 7, 14]);
        assert_eq!(rule.check(&Value::number(8)), Err("The nearest is 7.".into()));
    }
}
