//! Delegated mode: with `settings.organization.delegated` the resource is the delegation of Systems Manager, and of the
//! services that it works with, to a member account of the organization. Nothing else is created, and other settings
//! are ignored.
//!
//! # Guarantees
//! - The registration of another account is never removed; it is an error that names the account.
//! - A destroy deregisters only what this resource registered, and never disables trusted access.
//! - A create that fails deregisters what it registered; what cannot be deregistered stays in the state.
//!
//! Only the state says whether this resource made a registration (`registered`): registrations have no tags. See the
//! AWS Organizations User Guide, "Delegated administrator for AWS services that work with Organizations".

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

/// Handles the requests of a delegation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delegated<'a> {
    /// The provider's configuration.
    pub(crate) context: &'a Context,
    /// Data that one call of the process hands over to a later call.
    pub(crate) handover: &'a Handover,
}

/// The delegations of a state by service principal.
type DelegationsByPrincipal = BTreeMap<String, Delegation>;

impl State {
    /// The delegations; empty if they are null.
    fn delegations(&self) -> DelegationsByPrincipal {
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
