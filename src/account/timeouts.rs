//! `timeouts`: how long the work on AWS may take.

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

/// What is bounded by [`Timeouts`].
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
    /// How long an operation may take; the default while that is unknown.
    pub(crate) fn of(&self, operation: Operation) -> Duration {
        let (configured, default) = match operation {
            Operation::Create => (&self.create, Duration::from_mins(20)),
            Operation::Read => (&self.read, Duration::from_mins(5)),
            Operation::Update => (&self.update, Duration::from_mins(20)),
            Operation::Delete => (&self.delete, Duration::from_mins(20)),
        };
        configured.text().and_then(parse_duration).unwrap_or(default)
    }

    /// The bounds of an operation that begins now.
    pub(crate) fn run(&self, operation: Operation, cancel: &CancellationToken) -> Run {
        Run { deadline: Instant::now() + self.of(operation), cancel: cancel.clone() }
    }
}
