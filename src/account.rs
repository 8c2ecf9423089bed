//! What every resource and data source stands on: an account and region, the way there, and what AWS says on it.
//!
//! It knows AWS by [`crate::aws`] and [`crate::reconcile`], and no resource or data source.

pub(crate) mod connect;
pub(crate) mod context;
pub(crate) mod diagnose;
pub(crate) mod place;
pub(crate) mod reconcilers;
pub(crate) mod role;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod timeouts;

pub(crate) use connect::{Destination, RecordedPlace};
pub(crate) use context::{Configured, Context};
pub(crate) use place::Place;
pub(crate) use reconcilers::Reconcilers;
pub(crate) use role::AssumeRole;
pub(crate) use timeouts::{Operation, Timeouts};
