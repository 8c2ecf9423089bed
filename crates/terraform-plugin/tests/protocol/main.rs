//! The server as its hosts meet it: a host in Rust against the real program, and the hosts' own rules over a provider
//! with every kind of attribute. No AWS, no command line.
//!
//! - [`process`]: the program itself: handshake, certificates, signals, its end. Called through [`host`].
//! - [`calls`]: stop, dropped requests, panics, functions, import, move, upgrade. In this process, on [`toy`].
//! - [`conformance`]: thousands of generated configurations taken through plan and apply, each step held against
//!   [`rules`]. What it needs of a resource is a [`conformance::Subject`].
//! - [`provider`]: the same rules over the provider itself, as far as no AWS is needed.

// A test may stop where it stands; clippy knows only functions marked as tests for such.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod calls;
mod codec;
mod conformance;
mod generate;
mod host;
mod messages;
mod process;
mod provider;
mod rules;
mod session;
mod toy;
