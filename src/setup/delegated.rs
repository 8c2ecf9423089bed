//! Delegated mode: with `settings.organization.delegated` the resource is the delegation of Systems Manager and what
//! it works with to a member account of the organization. Nothing else is made, and other settings are ignored.
//!
//! # Guarantees
//! - Another account's registration is never taken away; it is an error that names the account.
//! - A destroy deregisters only what this resource registered, and never disables trusted access.
//! - A create that fails deregisters what it had registered; what cannot be taken back stays in the state.
//!
//! Whose a registration is stands in the state alone, `registered`: AWS keeps no tags of one. See the AWS
//! Organizations User Guide, "Delegated administrator for AWS services that work with Organizations".

mod access;
mod apply;
mod destroy;
mod import;
mod plan;
mod preflight;
mod private;
mod read;
#[cfg(test)]
mod sample;
mod state;

use super::model::{Inputs, Known};
use terraform_plugin::framework::PlanRequest;
use terraform_plugin::framework::value::Value;
use crate::reconcile::delegation::WantedDelegation;

pub use apply::apply;
pub use import::import;
pub use plan::plan;
pub use read::read;

const DELEGATED: &str = "settings.organization.delegated";
const ACCOUNT_ID: &str = "settings.organization.account_id";
const SERVICE_PRINCIPALS: &str = "settings.organization.service_principals";

/// Whether a configuration, plan or state is known to be one of delegated mode.
#[must_use]
pub fn is_on(value: &Value) -> bool {
    value.at(DELEGATED).as_bool() == Some(true)
}

/// Whether a plan is for this module: it makes, changes or ends a delegation, or whether it does is known only later.
#[must_use]
pub fn concerns(request: &PlanRequest) -> bool {
    let open = request.prior.is_null() && request.config.at(DELEGATED).is_unknown();
    is_on(&request.prior) || is_on(&request.config) || open
}

/// The identity of a delegation; `None` for a setup, and while it is not known. The region is the one that the
/// delegation was made from: it decides nothing, and so a stored identity is kept.
#[must_use]
pub fn identity(state: &Value) -> Option<Value> {
    if !is_on(state) {
        return None;
    }
    let text = |path: &str| state.at(path).as_str().map(Value::from);
    let (account_id, region, member) = (text("account_id")?, text("region")?, text(ACCOUNT_ID)?);
    Some(Value::map([("account_id", account_id), ("region", region), ("delegated_account_id", member)]))
}

/// What inputs want.
fn wanted(inputs: &Inputs) -> Known<WantedDelegation> {
    let organization = &inputs.organization;
    let principals = organization.service_principals.zip(&organization.enable_trusted_access);
    organization.account_id.zip(&principals).and_then(|(account_id, (service_principals, trusted_access))| {
        let Some(account_id) = account_id.clone() else { return Known::Unknown };
        Known::Value(WantedDelegation {
            account_id,
            service_principals: service_principals.clone(),
            trusted_access: *trusted_access,
        })
    })
}
