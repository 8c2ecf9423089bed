//! The end of the process: signals, and a host that is gone.
//!
//! Ctrl-C reaches the whole foreground process group and with it the provider. The host decides what it means, and calls
//! `StopProvider` and `Shutdown`. A host that was killed calls nothing. This file does not know the protocol's messages.

use std::io;
use std::time::Duration;

use tokio_util::task::TaskTracker;

/// The time between two checks whether the host is still there.
const CHECK_INTERVAL: Duration = Duration::from_millis(500);

/// The process that started this one.
#[derive(Debug)]
pub(crate) struct Parent {
    #[cfg(unix)]
    id: u32,
}

#[cfg(unix)]
impl Parent {
    /// The parent at this moment.
    pub(crate) fn now() -> Self {
        Self { id: std::os::unix::process::parent_id() }
    }

    /// Whether the system has given the process another parent, as it does with an orphan.
    fn is_gone(&self) -> bool {
        std::os::unix::process::parent_id() != self.id
    }

    /// Waits until the parent is gone and no connection is open.
    async fn gone(&self, connections: &TaskTracker) {
        let mut check = tokio::time::interval(CHECK_INTERVAL);
        loop {
            check.tick().await;
            if self.is_gone() && connections.is_empty() {
                return;
            }
        }
    }
}

#[cfg(not(unix))]
impl Parent {
    /// The parent cannot be asked for on this system; the connections stand in for it.
    pub(crate) fn now() -> Self {
        Self {}
    }

    /// Waits until a connection was open and none has been for a while.
    async fn gone(&self, connections: &TaskTracker) {
        const CHECKS_WITHOUT_CONNECTION: u32 = 60;
        let mut check = tokio::time::interval(CHECK_INTERVAL);
        let (mut was_connected, mut checks) = (false, 0);
        while !was_connected || checks < CHECKS_WITHOUT_CONNECTION {
            check.tick().await;
            if connections.is_empty() {
                checks += 1;
            } else {
                (was_connected, checks) = (true, 0);
            }
        }
    }
}

/// The signals that the process handles itself.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From here on SIGINT and SIGTERM do not end the process.
    pub(crate) fn handle() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for SIGINT or SIGTERM.
    pub(crate) async fn interrupted(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => (),
            _ = self.terminate.recv() => (),
        }
    }

    /// Waits for SIGTERM.
    async fn terminated(mut self) {
        self.terminate.recv().await;
    }
}

/// The signals that the process handles itself.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(not(unix))]
impl Signals {
    /// From here on Ctrl-C does not end the process.
    pub(crate) fn handle() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    /// Waits for Ctrl-C.
    pub(crate) async fn interrupted(mut self) {
        self.interrupt.recv().await;
    }

    async fn terminated(self) {
        std::future::pending().await
    }
}

/// Waits until the host is gone without a call of `Shutdown`, or SIGTERM asks the process to end. SIGINT does not.
pub(crate) async fn host_ended(signals: Signals, parent: &Parent, connections: &TaskTracker) {
    tokio::select! {
        () = signals.terminated() => (),
        () = parent.gone(connections) => (),
    }
}
