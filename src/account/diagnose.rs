//! AWS errors as diagnostics: what failed, on which object, what AWS said, and what to do next.

use std::error::Error as _;

use terraform_plugin::framework::diagnostics::Diagnostics;

use crate::causes::causes;
use crate::reconcile::{CallError, ErrorKind};

/// Adds a failed call as an error.
pub(crate) fn error(diagnostics: &mut Diagnostics, summary: &str, error: &CallError) {
    diagnostics.error(summary, describe(error));
}

/// Adds a failed call as a warning.
pub(crate) fn warning(diagnostics: &mut Diagnostics, summary: &str, error: &CallError) {
    diagnostics.warning(summary, describe(error));
}

/// A text as a sentence: it begins with a capital letter, unless its first word is a name such as `sts:AssumeRole`, and
/// ends with exactly one full stop.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim_end().trim_end_matches('.');
    let begins_with_a_word = text.split_whitespace().next().is_some_and(|word| word.chars().all(char::is_alphabetic));
    let mut characters = text.chars();
    match characters.next() {
        Some(first) if begins_with_a_word => format!("{}{}.", first.to_uppercase(), characters.as_str()),
        Some(_) => format!("{text}."),
        None => String::new(),
    }
}

/// Items as a list, one a line. Hosts do not wrap lines that begin with a space.
pub(crate) fn listed(items: &[String]) -> String {
    items.iter().map(|item| format!("  - {item}")).collect::<Vec<_>>().join("\n")
}

/// A failed call in full: the error, its causes, the request id, and advice.
pub(crate) fn describe(error: &CallError) -> String {
    let mut text = sentence(&error.to_string());
    for cause in error.source().into_iter().flat_map(causes) {
        text = format!("{text} Caused by: {}", sentence(&cause.to_string()));
    }
    if let Some(request_id) = &error.request_id {
        text = format!("{text} Request id: {request_id}.");
    }
    let advice = match error.kind {
        ErrorKind::AccessDenied => "Allow the caller this call on this object, or look for a policy that denies it.",
        ErrorKind::Throttled => {
            "AWS limits the rate of these calls. Apply again, if need be with a smaller -parallelism."
        }
        ErrorKind::LimitExceeded => "A quota of the account is reached. Raise it, or remove what is not needed.",
        ErrorKind::Unreachable => "Check the network, the region, and any endpoint or proxy that is configured.",
        ErrorKind::Unreadable => "Check the endpoints that are configured, and the proxy between here and AWS.",
        ErrorKind::Credentials => {
            "Check that the credentials are valid and have not expired, and that this machine's clock is right."
        }
        ErrorKind::Cancelled => "The run was interrupted. Apply again to continue.",
        ErrorKind::TimedOut => "The time in `timeouts` ran out. Apply again to continue, or allow more time.",
        ErrorKind::EffectUnknown => {
            "Whether the change happened is not known. The next refresh shows it; apply again to continue."
        }
        ErrorKind::Conflict => {
            "Another process is changing the same object, or its state does not allow the change. Apply again later."
        }
        _ => "Remove the cause, then apply again.",
    };
    format!("{text}\n{advice}")
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn a_sentence_has_one_capital_letter_and_one_full_stop() {
        for (text, expected) in [
            ("the key is gone", "The key is gone."),
            (
                "KMS DescribeKey on x: NotFound: Key x is not found.",
                "KMS DescribeKey on x: NotFound: Key x is not found.",
            ),
            ("sts:AssumeRole on x was denied", "sts:AssumeRole on x was denied."),
            ("\"x\" is not an ARN", "\"x\" is not an ARN."),
            ("", ""),
        ] {
            assert_eq!(sentence(text), expected);
        }
    }
}
