//! The server as its hosts meet it: a host in Rust against a real program, and the hosts' own rules over a provider with
//! every kind of attribute. `tests/hosts.rs` runs the hosts themselves.
//!
//! - [`process`]: the program: handshake, certificates, signals, its end. It is `examples/notes.rs`.
//! - [`calls`]: stop, dropped requests, panics, functions, import, upgrade. In this process, on [`toy`].
//! - [`conformance`]: thousands of generated configurations, taken through plan and apply of [`toy`].

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

mod calls;
mod conformance;
#[path = "../support/example.rs"]
mod example;
mod process;
mod toy;
