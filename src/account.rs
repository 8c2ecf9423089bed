//! What every resource and data source needs: an account and region, the connection to it, and AWS errors as
//! diagnostics.
//!
//! It uses [`crate::aws`] and [`crate::reconcile`], and knows no resource or data source.

pub(crate) mod blindness;
pub(crate) mod connect;
pub(crate) mod context;
pub(crate) mod diagnose;
pub(crate) mod document_inputs;
pub(crate) mod place;
pub(crate) mod planned;
pub(crate) mod reconcilers;
pub(crate) mod role;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod timeouts;
pub(crate) mod warnings;

pub(crate) use connect::{Destination, RecordedPlace};
pub(crate) use context::{Configured, Context};
pub(crate) use document_inputs::DocumentInputs;
pub(crate) use place::Place;
pub(crate) use reconcilers::Reconcilers;
pub(crate) use role::AssumeRole;
pub(crate) use timeouts::{Operation, Timeouts};
