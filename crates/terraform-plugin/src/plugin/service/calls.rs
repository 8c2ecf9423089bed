//! The calls that run: how many, and how to ask them to stop.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::plugin::tally::{Counted, Tally};

/// How long calls may take to stop when nobody is left to hear what they reached.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// The calls that run. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls {
    running: Tally,
    /// Of the calls that began since the last stop.
    generation: Arc<Mutex<CancellationToken>>,
}

impl Calls {
    /// Counts a call until it is dropped.
    pub(super) fn count(&self) -> Counted {
        self.running.count()
    }

    /// What fires when a call that begins now is to stop.
    pub(super) fn token(&self) -> CancellationToken {
        self.generation.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks every call that runs to stop, and does not wait for it. Calls that begin later are not affected: a host
    /// that stops still closes what it has open.
    pub(crate) fn stop(&self) {
        let mut generation = self.generation.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *generation).cancel();
    }

    /// Asks every call that runs to stop, and waits for it, but not for ever.
    pub(crate) async fn stop_and_wait(&self) {
        self.stop();
        if tokio::time::timeout(STOP_PATIENCE, self.running.zero()).await.is_err() {
            tracing::warn!("calls are cut off that did not stop in time");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Calls;

    #[test]
    fn stop_reaches_what_runs_and_not_what_follows() {
        let calls = Calls::default();
        let running = calls.token();
        calls.stop();
        assert!(running.is_cancelled());
        assert!(!calls.token().is_cancelled());
    }
}
