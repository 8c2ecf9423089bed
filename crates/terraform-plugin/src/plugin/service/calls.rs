//! The calls that run: how to ask them to stop, and how to wait for them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long calls may take to stop when their host is gone.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// The calls that run. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calls {
    running: TaskTracker,
    /// The token of the calls that began since the last stop.
    since_last_stop: Arc<Mutex<CancellationToken>>,
}

impl Calls {
    /// Runs a call in a task of its own.
    pub(super) fn spawn<T: Send + 'static>(&self, call: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.running.spawn(call)
    }

    /// The token that is cancelled when a call that begins now is to stop.
    pub(super) fn token(&self) -> CancellationToken {
        self.since_last_stop.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks every call that runs to stop, and does not wait for it. Calls that begin later are not affected: a host
    /// that stops still makes calls to close what it has open.
    pub(crate) fn stop(&self) {
        let mut since_last_stop = self.since_last_stop.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *since_last_stop).cancel();
    }

    /// Asks every call that runs to stop, and waits for it until a timeout.
    pub(crate) async fn stop_and_wait(&self) {
        self.stop();
        // The tracker ends the wait only after it is closed. A closed tracker still takes calls.
        self.running.close();
        if tokio::time::timeout(STOP_TIMEOUT, self.running.wait()).await.is_err() {
            tracing::warn!("calls are cut off that did not stop in time");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Calls;

    #[test]
    fn stop_reaches_calls_that_run_and_not_those_that_follow() {
        let calls = Calls::default();
        let running = calls.token();
        calls.stop();
        assert!(running.is_cancelled());
        assert!(!calls.token().is_cancelled());
    }

    #[tokio::test]
    async fn a_stop_that_waits_ends_after_the_calls_that_run() {
        let calls = Calls::default();
        let stopped = calls.token();
        let call = calls.spawn(async move {
            stopped.cancelled().await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        });
        calls.stop_and_wait().await;
        assert!(call.is_finished());
        assert!(calls.spawn(async { true }).await.unwrap(), "later calls run");
    }
}
