//! The server as its hosts meet it: a host in Rust against the real program, and the hosts' own rules over a provider
//! with every kind of attribute. No AWS, no command line.
//!
//! - [`process`]: the program itself: handshake, certificates, signals, its end. Called through [`host`].
//! - [`calls`]: stop, dropped requests, panics, functions, import, move, upgrade. In this process, on [`toy`].
//! - [`conformance`]: thousands of generated configurations taken through plan and apply, each step held against
//!   [`rules`]. What it needs of a resource is the trait [`conformance::Subject`].

mod calls;
mod codec;
mod conformance;
mod generate;
mod host;
mod messages;
mod process;
mod rules;
mod session;
mod toy;
