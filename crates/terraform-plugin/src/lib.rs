//! Providers for Terraform and OpenTofu, written in Rust on plugin protocol 6.

mod causes;
pub mod framework;
mod plugin;
#[cfg(feature = "testing")]
pub mod testing;

pub use plugin::{Mode, Settings, serve};
