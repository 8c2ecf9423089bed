//! `timeouts`: how long operations on AWS may take.

use std::time::Duration;

use terraform_plugin::framework::duration::parse_duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::reconcile::Run;

terraform_plugin::model! {
    /// `timeouts`.
    pub(crate) struct Timeouts {
        /// For a create.
        pub(crate) create: String,
        /// For a read.
        pub(crate) read: String,
        /// For an update.
        pub(crate) update: String,
        /// For a destroy.
        pub(crate) delete: String,
    }
}

/// An operation that [`Timeouts`] bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// A create.
    Create,
    /// A read.
    Read,
    /// An update.
    Update,
    /// A destroy.
    Delete,
}

impl Timeouts {
    /// How long an operation may take; the default if that is null or unknown.
    pub(crate) fn of(&self, operation: Operation) -> Duration {
        let (configured, default) = match operation {
            Operation::Create => (&self.create, Duration::from_mins(20)),
            Operation::Read => (&self.read, Duration::from_mins(5)),
            Operation::Update => (&self.update, Duration::from_mins(20)),
            Operation::Delete => (&self.delete, Duration::from_mins(20)),
        };
        configured.text().and_then(parse_duration).unwrap_or(default)
    }

    /// The deadline and the cancellation of an operation that starts now.
    pub(crate) fn run(&self, operation: Operation, cancel: &CancellationToken) -> Run {
        Run { deadline: Instant::now() + self.of(operation), cancel: cancel.clone() }
    }
}
