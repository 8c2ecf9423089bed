//! A provider.
pub mod reconcile;
