//! The resource `ssmsession_setup`: the Session Manager preferences of one account and region with all they need.
//!
//! Three promises stand above every detail: no audit log is lost or made unreadable without being asked; nobody is
//! locked out of their machines by an order of calls; nothing that this resource did not make is changed or deleted.
//!
//! The way of a change through these files: [`schema`] and [`validate`] accept a configuration, [`model`] types it,
//! [`desired`] says what it wants of each part, [`plan`] turns that into a planned state, [`preflight`] looks what stands
//! in the way, [`apply`] makes it so, [`read`] brings the state up to date, [`destroy`] takes it down. [`resource`]
//! joins them to the framework. With `settings.organization.delegated` the resource is something else, and goes
//! through [`delegated`].

pub(crate) mod resource;

pub(crate) mod schema;

pub(crate) mod model;
pub(crate) mod naming;
pub(crate) mod policies;

pub(crate) mod access;
pub(crate) mod desired;
pub(crate) mod observe;
pub(crate) mod ownership;

pub(crate) mod plan;

pub(crate) mod apply;
pub(crate) mod delegated;
pub(crate) mod destroy;
mod handover;
pub(crate) mod import;
pub(crate) mod read;

#[cfg(test)]
mod sample;

pub(crate) use resource::Setup;
