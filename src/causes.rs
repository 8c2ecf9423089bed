//! The causes of an error, what codes of AWS say of credentials, what is said of an answer that cannot be read, and texts
//! of errors as parts of a sentence.
//!
//! Pure. Every walk over the sources of an error in the provider is the one of this file.

use std::error::Error;
use std::iter::successors;

/// An error and its causes, outermost first.
pub(crate) fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&cause| cause.source())
}

/// The first line of the innermost cause, which is what a reader can act on.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(|cause| first_line(&cause.to_string()).to_owned()).unwrap_or_default()
}

/// The first line of a text, as a part of a sentence.
pub(crate) fn first_line(text: &str) -> &str {
    phrase(text.lines().next().unwrap_or_default())
}

/// A text without the full stop at its end. The sentence that the text becomes a part of has its own.
pub(crate) fn phrase(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

/// The codes with which AWS says that it does not know the credentials, or no longer accepts them.
const REFUSED_CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// Those of them that say that the time of the credentials is over.
const EXPIRED_CREDENTIALS: &[&str] = &["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"];

/// Whether AWS refuses a call with this code because of its credentials.
pub(crate) fn refuses_credentials(code: &str) -> bool {
    REFUSED_CREDENTIALS.contains(&code)
}

/// Whether this code says that the credentials have expired.
pub(crate) fn is_expired(code: &str) -> bool {
    EXPIRED_CREDENTIALS.contains(&code)
}

/// What is said of an answer that is not in the protocol of AWS. `cause` is what the SDK says of it.
pub(crate) fn unreadable(status: u16, content_type: Option<&str>, expected: &str, cause: &str) -> String {
    let content_type =
        content_type.map_or_else(|| "without a content type".to_owned(), |name| format!("of type {name}"));
    format!(
        "the answer cannot be read: it has HTTP status {status} and a body {content_type}, where {expected} of AWS was \
         expected ({cause}). An endpoint or a proxy that is not AWS is the likely reason"
    )
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Failure(&'static str, Option<Box<Failure>>);

    impl fmt::Display for Failure {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Failure {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|cause| cause as _)
        }
    }

    #[test]
    fn causes_are_listed_from_the_outermost_to_the_innermost() {
        let error = Failure("the call failed", Some(Box::new(Failure("Connection refused.\nat socket 7", None))));
        let texts: Vec<String> = causes(&error).map(ToString::to_string).collect();
        assert_eq!(texts, ["the call failed", "Connection refused.\nat socket 7"]);
        assert_eq!(innermost(&error), "Connection refused");
    }

    #[test]
    fn a_phrase_has_no_full_stop_at_its_end() {
        assert_eq!(phrase("Not authorized."), "Not authorized");
        assert_eq!(phrase(" Not authorized. "), "Not authorized");
        assert_eq!(phrase("Version 1.0 of a.b"), "Version 1.0 of a.b");
        assert_eq!(first_line("One.\nTwo."), "One");
    }
}
