//! A Terraform and OpenTofu provider that sets up AWS Systems Manager Session Manager for an account.
//!
//! The modules in the order in which they are best read:
//!
//! 1. [`setup`]: the resource `ssmsession_setup`. Its inputs, the desired state of each part, and how that is planned,
//!    applied, read and destroyed.
//! 2. [`preferences`]: the data source `ssmsession_preferences`. It reads Session Manager preferences and reports what
//!    is wrong with them.
//! 3. [`account`]: what every resource and data source needs: the account and region, the role, the connection, and AWS
//!    errors as diagnostics.
//! 4. [`reconcile`]: the parts themselves: key, bucket, log group and document. Each is observed, compared, ensured and
//!    removed.
//! 5. [`aws`]: where AWS clients come from.
//! 6. [`provider`]: the provider block, and what the provider offers.
//! 7. [`docs`]: the registry's documentation, generated from the schemas.
//!
//! The framework (schemas, values, diagnostics) and the server that speaks the plugin protocol with Terraform and
//! OpenTofu are the crate [`terraform_plugin`].

mod arn;

mod causes;

mod account;

mod setup;

mod preferences;

mod reconcile;

mod aws;

pub mod provider;

pub mod docs;
