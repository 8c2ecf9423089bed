//! A call to AWS: what it is, for errors, and which of its errors are transient.
//!
//! Pure.

use std::time::Duration;

/// How long a call is retried unless it says otherwise.
pub(super) const WINDOW: Duration = Duration::from_mins(2);

/// Conflicts with concurrent changes. They are transient in every call.
const CONCURRENT_CHANGES: &[Transient] = &[
    Transient::code("OperationAborted"),
    Transient::code("OperationAbortedException"),
    Transient::code("ConcurrentModificationException"),
    Transient::code("TooManyUpdates"),
];

/// An error that ends without a change of the request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transient {
    code: &'static str,
    message: &'static str,
}

impl Transient {
    /// Any error with this code.
    pub(super) const fn code(code: &'static str) -> Self {
        Self { code, message: "" }
    }

    /// An error with this code, and with this text in its message.
    pub(super) const fn message(code: &'static str, message: &'static str) -> Self {
        Self { code, message }
    }

    /// Whether an error with this code and message is the one.
    pub(super) fn matches(&self, code: Option<&str>, message: &str) -> bool {
        code == Some(self.code) && message.contains(self.message)
    }
}

/// One call to AWS.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'a> {
    /// The service as AWS writes it, such as `CloudWatch Logs`.
    pub(super) service: &'static str,
    /// The operation as the API reference names it.
    pub(super) operation: &'static str,
    /// Name or ARN of the object.
    pub(super) target: &'a str,
    /// Whether it changes something, so that its effect is unknown without a response.
    pub(super) is_write: bool,
    /// How long it is retried.
    pub(super) window: Duration,
    transient: &'a [Transient],
}

impl<'a> Call<'a> {
    /// A call that only reads.
    pub(super) const fn read(service: &'static str, operation: &'static str, target: &'a str) -> Self {
        Self { service, operation, target, is_write: false, window: WINDOW, transient: &[] }
    }

    /// A call that changes something.
    pub(super) const fn write(service: &'static str, operation: &'static str, target: &'a str) -> Self {
        Self { is_write: true, ..Self::read(service, operation, target) }
    }

    /// The call with these errors as transient ones too.
    pub(super) const fn retrying(self, transient: &'a [Transient]) -> Self {
        Self { transient, ..self }
    }

    /// The call, retried for this long.
    pub(super) const fn within(self, window: Duration) -> Self {
        Self { window, ..self }
    }

    /// The errors that are retried.
    pub(super) fn transient(&self) -> impl Iterator<Item = &Transient> {
        CONCURRENT_CHANGES.iter().chain(self.transient)
    }
}
