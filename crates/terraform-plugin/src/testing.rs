//! What the tests of a provider need: a host in Rust, the hosts' own rules, and generated configurations.
//!
//! A provider enables the feature `testing` for its tests alone. The modules in the order in which they are best read:
//!
//! 1. [`conformance`]: takes generated configurations through the life of a resource and holds every answer against
//!    the rules. A provider that has this test has most of what a host can find fault with.
//! 2. [`rules`]: the rules themselves, as pure functions that a provider also calls on plans of its own making.
//! 3. [`generate`]: configurations made from a schema.
//! 4. [`session`]: a server in the process of the test, called as a host calls it.
//! 5. [`host`]: the provider's program, started and connected to as a host does it.
//! 6. [`codec`]: values as a host writes and reads them.
//!
//! Tests also change values in place, with [`Value::put`](crate::framework::value::Value::put).
//!
//! Everything here panics where a host would report an error: that is how a test fails.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test fails by a panic"
)]

pub mod codec;
pub mod conformance;
pub mod generate;
#[cfg(unix)]
pub mod host;
pub mod rules;
pub mod session;
mod value;

use std::time::Duration;

pub use crate::plugin::messages::plugin as go_plugin;
pub use crate::plugin::messages::tfplugin6 as wire;

/// Longer than anything in a test takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// The result of work that must not hang.
pub async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("the work ends in time")
}
