//! The private data that a plan of a delegation hands to its apply and to its second call.
//!
//! Pure. Plan files store it in clear text; nothing in it is secret.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::setup::plan::private::PlanKind;

/// The private data of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DelegationPrivate {
    /// The kind of plan.
    pub(super) kind: PlanKind,
    /// In the plan of a create: what it registers. In any other: what this resource has registered.
    #[serde(default)]
    pub(super) delegation: Option<PlannedDelegation>,
}

/// Services that are delegated to a member account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PlannedDelegation {
    /// The caller's account.
    pub(super) account_id: String,
    /// The member account.
    pub(super) member: String,
    /// The services.
    pub(super) service_principals: BTreeSet<String>,
}

impl DelegationPrivate {
    /// Parses private data; `None` if there is none.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The bytes to store.
    pub(super) fn write(&self) -> Vec<u8> {
        // A struct of strings always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl PlannedDelegation {
    /// Whether these are services of this member account, delegated by this caller's account.
    pub(super) fn is_at(&self, account_id: Option<&str>, member: Option<&str>) -> bool {
        account_id == Some(&self.account_id) && member == Some(&self.member)
    }
}
