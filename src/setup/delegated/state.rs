//! `delegations`: what the state knows of each registration.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use terraform_plugin::framework::value::Value;
use crate::setup::state;

/// One element of `delegations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Delegation {
    /// The member account.
    pub(super) account_id: String,
    /// Whether this resource registered it.
    pub(super) registered: bool,
    /// The date in RFC 3339, as far as it is known.
    pub(super) delegation_enabled_at: Option<String>,
}

/// `delegations`, by service principal.
pub(super) type Delegations = BTreeMap<String, Delegation>;

/// Reads `delegations` of a state; null has none.
pub(super) fn read(value: &Value) -> Delegations {
    state::read(value, "delegations").unwrap_or_default()
}

/// Writes `delegations` into a state.
pub(super) fn write(delegations: &Delegations, value: &mut Value) {
    value.put("delegations", state::computed("delegations", delegations));
}
