//! Providers for Terraform and OpenTofu, written in Rust on plugin protocol 6.
//!
//! 1. [`framework`]: what a provider, a resource and their schemas, values and diagnostics are. No wire.
//! 2. [`plugin`]: the server that speaks the plugin protocol with Terraform and OpenTofu.

pub mod framework;
pub mod plugin;
