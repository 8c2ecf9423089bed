//! The resource `ssmsession_setup`: the Session Manager preferences of one account and region with everything they
//! need.
//!
//! Three promises come before every detail: no audit log is lost or made unreadable unless the configuration asks for
//! it; no order of calls locks users out of their machines; nothing that this resource did not create is changed or
//! deleted.
//!
//! A change goes through these files in this order: [`schema`] and [`schema::validate`] check a configuration,
//! [`model`] types it, [`desired`] derives the desired state of each part, [`plan`] turns that into a planned state,
//! [`plan::preflight`] finds what would make the apply fail, [`apply`] writes it, [`read`] brings the state up to date,
//! and [`destroy`] removes it. [`resource`] connects them to the framework. With `settings.organization.delegated` the
//! resource is a delegation instead, in [`delegated`].

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
