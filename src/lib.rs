//! A Terraform and OpenTofu provider that sets up AWS Systems Manager Session Manager for an account.
//!
//! The modules in the order in which they are best read:
//!
//! 1. [`framework`]: what a provider, a resource and their schemas, values and diagnostics are. No wire, no AWS.
//! 2. [`setup`]: the resource `ssmsession_setup`. Its inputs, what it wants of each part, how that is planned, applied,
//!    read and destroyed.
//! 3. [`preferences`]: the data source `ssmsession_preferences`. What stands, and what is wrong with it.
//! 4. [`reconcile`]: the parts themselves, key, bucket, log group and document: observe, diff, ensure, remove.
//! 5. [`aws`]: where AWS clients come from.
//! 6. [`provider`]: the provider block, and what the provider offers.
//! 7. [`plugin`]: the server that speaks the plugin protocol with Terraform and OpenTofu.
//! 8. [`docs`]: the registry's documentation, made from the schemas.

mod arn;

mod causes;

mod account;

mod setup;

mod preferences;

mod reconcile;

mod aws;

pub mod provider;

pub mod docs;
