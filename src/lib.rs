//! A Terraform and OpenTofu provider that sets up AWS Systems Manager Session Manager for an account.

pub mod framework;
