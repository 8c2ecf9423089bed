//! The resource `ssmsession_setup`: the Session Manager preferences of one account and region with all they need.
//!
//! Three promises stand above every detail: no audit log is lost or made unreadable without being asked; nobody is
//! locked out of their machines by an order of calls; nothing that this resource did not make is changed or deleted.
//!
//! The way of a change through these files: [`schema`] and [`validate`] accept a configuration, [`model`] types it,
//! [`wanted`] says what it wants of each part, [`plan`] turns that into a planned state, [`preflight`] looks what stands
//! in the way, [`apply`] makes it so, [`read`] brings the state up to date, [`destroy`] takes it down. [`resource`]
//! joins them to the framework. With `settings.organization.delegated` the resource is something else, and goes
//! through [`delegated`].

pub mod resource;

pub mod schema;
pub mod validate;

pub mod model;
pub mod naming;
pub mod policies;
pub mod state;
pub mod transition;
pub mod wanted;

pub mod plan;
pub mod private;

pub mod access;
pub mod adoption;
pub mod context;
pub mod delegated;
pub mod given;
pub mod ownership;
pub mod parts;
pub mod preflight;

pub mod apply;
mod connect;
pub mod destroy;
pub mod diagnose;
pub mod import;
pub mod read;
pub mod upgrade;
pub mod writes;

pub use context::{Configured, Context};
pub use model::Known;
pub use resource::Setup;
