//! Providers for Terraform and OpenTofu, written in Rust on plugin protocol 6.
//!
//! A provider is made in five steps:
//!
//! 1. Declare the objects of a resource with [`model!`]: a struct that is read from and written to the host's values.
//! 2. Declare the [`Schema`](framework::schema::Schema) of the resource, with an attribute for each of the model's.
//! 3. Implement [`Resource`](framework::Resource): plan, apply, read.
//! 4. Implement [`Provider`](framework::Provider): its names, its own schema, its resources.
//! 5. Call [`serve`] in `main`.
//!
//! The README shows a whole provider, and `examples/notes.rs` one that keeps files.
//!
//! The modules in the order in which they are best read:
//!
//! 1. [`framework`]: what a provider, a resource, a data source and a function are.
//! 2. `plugin`: the server that speaks the plugin protocol. Only [`serve`] and its [`Settings`] are public.
//! 3. `testing`, behind the feature of that name: a host in Rust, the hosts' own rules and generated configurations, for
//!    the tests of a provider.

#![allow(
    clippy::must_use_candidate,
    reason = "must_use stands where a lost result is a mistake that is easily made: a checker's findings, a builder"
)]

mod causes;
pub mod framework;
mod plugin;
#[cfg(feature = "testing")]
pub mod testing;

pub use plugin::{Mode, Settings, serve};

/// The README's provider compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
