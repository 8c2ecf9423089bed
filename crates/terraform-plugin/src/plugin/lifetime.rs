//! How long the process lives: signals, and whether its host is still there.
//!
//! Ctrl-C reaches the whole foreground process group, the provider too; the host decides what it means and says so
//! with `StopProvider` and `Shutdown`. A host that was killed says nothing at all. Must not know the protocol's messages.

use std::io;
use std::time::Duration;

use super::tally::Tally;

/// How often to look whether the host is still there.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

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

    /// An orphan is handed to another parent.
    fn is_gone(&self) -> bool {
        std::os::unix::process::parent_id() != self.id
    }

    /// Waits until the parent is gone and nobody is connected.
    async fn gone(&self, connections: &Tally) {
        let mut look = tokio::time::interval(LOOK_INTERVAL);
        loop {
            look.tick().await;
            if self.is_gone() && connections.is_zero() {
                return;
            }
        }
    }
}

#[cfg(not(unix))]
impl Parent {
    /// Without a way to ask for the parent, the connections tell.
    pub(crate) fn now() -> Self {
        Self {}
    }

    /// Waits until somebody was connected and nobody has been for a while.
    async fn gone(&self, connections: &Tally) {
        const PATIENCE: u32 = 60;
        let mut look = tokio::time::interval(LOOK_INTERVAL);
        let (mut was_connected, mut looks) = (false, 0);
        while !was_connected || looks < PATIENCE {
            look.tick().await;
            if connections.is_zero() {
                looks += 1;
            } else {
                (was_connected, looks) = (true, 0);
            }
        }
    }
}

/// The signals that the process takes into its own hands.
#[cfg(unix)]
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From here on SIGINT and SIGTERM do not end the process by themselves.
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

/// The signals that the process takes into its own hands.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(not(unix))]
impl Signals {
    /// From here on Ctrl-C does not end the process by itself.
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

/// Waits until the host is gone without having said so, or somebody asked the process to terminate. SIGINT is not
/// such a wish.
pub(crate) async fn host_ended(signals: Signals, parent: &Parent, connections: &Tally) {
    tokio::select! {
        () = signals.terminated() => (),
        () = parent.gone(connections) => (),
    }
}
