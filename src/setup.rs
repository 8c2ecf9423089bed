//! `ssmsession_setup`.

pub mod model;
pub mod naming;
pub mod plan;
pub mod policies;
pub mod schema;
pub mod state;
pub mod wanted;
pub mod ownership;
pub mod parts;
pub mod validate;
pub mod diagnose;
pub mod given;
pub mod read;
pub mod writes;
pub mod apply;
pub mod preflight;
