//! The one place where AWS clients are made.
//!
//! [`Factory`] makes clients for each role and region from the provider block, the environment and the profile. The
//! clients share an HTTP client and a cache of credentials, and each role's caller is identified once. This layer does
//! not know what the clients are used for, nor anything of Terraform.
//! Follows <https://docs.aws.amazon.com/sdk-for-rust/latest/dg/configure.html>.
//!
//! It replaces parts of the SDK that panic, hang or surprise: the credential chain, the search for a region in the
//! instance metadata, the reading of the retry settings, the retry quota, the missing timeouts, and the 25 attempts at
//! an endpoint that cannot be reached.

mod caller;
mod clients;
mod config;
mod credentials;
mod environment;
mod error;
mod factory;
mod http;
mod identity;
mod log;
mod login;
mod origin;
pub(crate) mod partition;
mod profiles;
mod role;
mod s3_control;
mod settings;
mod unreachable;

pub(crate) use caller::Caller;
pub(crate) use clients::Target;
pub(crate) use config::{Config, Endpoints};
pub(crate) use error::{ConnectError, CredentialsFault};
pub(crate) use factory::Factory;
pub(crate) use role::Role;

#[cfg(test)]
mod tests;
