//! Errors of AWS as diagnostics: what failed, on which object, what AWS said, what to do next.

use std::error::Error as _;

use crate::aws;
use crate::causes::{causes, phrase};
use crate::reconcile::{CallError, ErrorKind};
use terraform_plugin::framework::diagnostics::Diagnostics;

/// Adds the error of a call.
pub(crate) fn error(diagnostics: &mut Diagnostics, summary: &str, error: &CallError) {
    diagnostics.error(summary, describe(error));
}

/// Adds the error of a call as a warning.
pub(crate) fn warning(diagnostics: &mut Diagnostics, summary: &str, error: &CallError) {
    diagnostics.warning(summary, describe(error));
}

/// Adds what stands between the caller and AWS.
pub(crate) fn unreachable(diagnostics: &mut Diagnostics, summary: &str, error: &aws::ConnectError) {
    diagnostics.error(summary, format!("{}. {}", sentence(&error.to_string()), error.advice()));
}

/// A text with a capital letter in front.
pub(crate) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => format!("{}{}", first.to_uppercase(), characters.as_str()),
        None => String::new(),
    }
}

/// The error of a call in full.
pub(crate) fn describe(error: &CallError) -> String {
    let mut text = format!("{error}.");
    for cause in error.source().into_iter().flat_map(causes) {
        text = format!("{text} Caused by: {}.", phrase(&cause.to_string()));
    }
    if let Some(request_id) = &error.request_id {
        text = format!("{text} Request id: {request_id}.");
    }
    let advice = match error.kind {
        ErrorKind::AccessDenied => "Allow the caller this call on this object, or look for a policy that denies it.",
        ErrorKind::Throttled => "AWS limits the rate of these calls. Apply again, perhaps with a smaller -parallelism.",
        ErrorKind::LimitExceeded => "A quota of the account is reached. Raise it, or remove what is not needed.",
        ErrorKind::Unreachable => "Check the network, the region and any endpoint that is configured.",
        ErrorKind::Credentials => {
            "Check that the credentials are valid and have not expired, and that this machine's clock is right."
        }
        ErrorKind::Cancelled => "The run was interrupted. Apply again to go on.",
        ErrorKind::TimedOut => "The time in `timeouts` was over. Apply again to go on, or allow more time.",
        ErrorKind::EffectUnknown => {
            "Whether it happened is not known. The next refresh finds out; apply again to go on."
        }
        ErrorKind::Conflict => {
            "Something else changes the same object, or its state does not allow it. Apply again later."
        }
        _ => "Apply again once the cause is removed.",
    };
    format!("{text}\n{advice}")
}
