//! A Terraform and OpenTofu provider that sets up AWS Systems Manager Session Manager for an account.

pub mod framework;
pub mod aws;
pub mod reconcile;
pub mod setup;
