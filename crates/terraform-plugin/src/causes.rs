//! An error and everything that caused it, as one text.

use std::error::Error;

/// The error, and behind colons what caused it, down to the first cause.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |&error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::causes;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] std::num::ParseIntError);

    #[test]
    fn an_error_is_written_with_its_causes() {
        let error = Outer("x".parse::<u8>().unwrap_err());
        assert_eq!(causes(&error), "outer: invalid digit found in string");
    }
}
