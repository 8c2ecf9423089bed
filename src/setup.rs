//! `ssmsession_setup`.

pub mod model;
pub mod naming;
pub mod plan;
pub mod policies;
pub mod schema;
pub mod state;
pub mod wanted;
