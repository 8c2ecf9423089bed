//! Terraform and OpenTofu provider for AWS Systems Manager Session Manager.

pub mod aws;
