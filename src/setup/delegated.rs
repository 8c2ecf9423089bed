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

use std::collections::BTreeMap;

use terraform_plugin::framework::field::MaybeUnknown;

use crate::account::Context;
use crate::reconcile::delegation::DelegationSpec;
use crate::setup::handover::Handover;
use crate::setup::model::state::Delegation;
use crate::setup::model::{Inputs, SetupModel, State};

pub(crate) use import::import;
pub(crate) use plan::{concerns, plan_destroy};

const DELEGATED: &str = "settings.organization.delegated";
const ACCOUNT_ID: &str = "settings.organization.account_id";
const SERVICE_PRINCIPALS: &str = "settings.organization.service_principals";

/// Answers the requests of a delegation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delegated<'a> {
    /// The provider's configuration.
    pub(crate) context: &'a Context,
    /// What one call of the process hands to a later one.
    pub(crate) handover: &'a Handover,
}

/// The delegations of a state by service principal.
type Delegations = BTreeMap<String, Delegation>;

impl State {
    /// The delegations; none where they are null.
    fn delegations(&self) -> Delegations {
        self.delegations.known().cloned().unwrap_or_default()
    }
}

impl SetupModel {
    /// The member account.
    fn member(&self) -> Option<&str> {
        self.inputs.organization().account_id.text()
    }
}

/// The delegation that inputs ask for; unknown without a member account.
fn desired(inputs: &Inputs) -> MaybeUnknown<DelegationSpec> {
    let organization = inputs.organization();
    MaybeUnknown::from_known(|| {
        Some(DelegationSpec {
            account_id: organization.account_id.known()?.clone(),
            service_principals: organization.service_principals.elements()?,
            trusted_access: *organization.enable_trusted_access.known()?,
        })
    })
}
