//! Why an existing key cannot be used. Pure.
//!
//! See the Systems Manager User Guide, "Turn on KMS key encryption of session data".

use super::{ENABLED, ObservedKey};

/// Why sessions and their logs cannot be encrypted with an existing key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFault {
    /// It is disabled, pending deletion, or otherwise not enabled.
    NotEnabled,
    /// It is an AWS managed key.
    AwsManaged,
    /// It is not a symmetric encryption key.
    NotSymmetric,
}

impl KeyFault {
    /// The fault of a key, if it has one.
    pub(crate) fn of(key: &ObservedKey) -> Option<Self> {
        if key.state != ENABLED {
            Some(Self::NotEnabled)
        } else if !key.customer_managed {
            Some(Self::AwsManaged)
        } else if !key.symmetric {
            Some(Self::NotSymmetric)
        } else {
            None
        }
    }
}
