//! What keeps the provider from looking at AWS: credentials, the network, a region. Never a reason to take anything for
//! unchanged.
//!
//! One cause blinds many resources. It is told whole once in each configuration of the provider, and in one line by every
//! other resource.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use terraform_plugin::framework::diagnostics::Diagnostics;

use crate::aws::{ConnectError, CredentialsFault, Target};
use crate::reconcile::{CallError, ErrorKind};

use super::diagnose::sentence;

/// The causes that were told whole.
#[derive(Debug, Default)]
pub(crate) struct Told(Mutex<HashSet<(String, String)>>);

impl Told {
    /// Notes a cause. Whether it is new.
    fn is_new(&self, error: &ConnectError) -> bool {
        let cause = (error.heading(), error.blamed().to_owned());
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(cause)
    }

    /// Adds an error under a heading that says what is wrong. `consequence` is a sentence about the resource.
    pub(crate) fn tell(&self, diagnostics: &mut Diagnostics, consequence: &str, error: &ConnectError) {
        let cause = if self.is_new(error) {
            format!("{} {}", sentence(&error.to_string()), error.advice())
        } else {
            "Another error of this name says why.".to_owned()
        };
        diagnostics.error(error.heading(), format!("{consequence} {cause}"));
    }
}

/// What kept a call from AWS, or AWS from taking it for the caller's; `None` for an error about anything else.
pub(crate) fn blindness(target: &Target, error: &CallError) -> Option<ConnectError> {
    let source = error.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static));
    if let Some(known) = source.and_then(ConnectError::in_causes_of) {
        return Some(known.clone());
    }
    let code = error.code.as_ref().filter(|_| error.kind == ErrorKind::Credentials && error.bucket_region.is_none())?;
    Some(ConnectError::Credentials {
        origin: target.origin().to_owned(),
        fault: CredentialsFault::of_code(code),
        cause: format!("{} ({code})", error.message),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unreachable(endpoint: &str, cause: &str) -> ConnectError {
        ConnectError::Unreachable { endpoint: endpoint.to_owned(), cause: cause.to_owned() }
    }

    #[test]
    fn a_cause_is_told_whole_once_and_another_one_again() {
        let (told, mut diagnostics) = (Told::default(), Diagnostics::new());
        for error in [
            unreachable("https://kms.test", "Connection refused"),
            unreachable("https://kms.test", "timed out"),
            unreachable("https://ssm.test", "Connection refused"),
        ] {
            told.tell(&mut diagnostics, "The setup was not read.", &error);
        }
        let texts: Vec<_> = diagnostics.iter().map(|one| (one.summary.as_str(), one.detail.as_str())).collect();
        let [first, second, third] = texts[..] else { panic!("{texts:?}") };
        let whole = "The setup was not read. https://kms.test cannot be reached: Connection refused. Check that";
        assert!(first.1.starts_with(whole), "{first:?}");
        assert_eq!(second.0, first.0);
        assert_eq!(second.1, "The setup was not read. Another error of this name says why.");
        assert!(third.1.contains("Check that"), "{third:?}");
    }
}
