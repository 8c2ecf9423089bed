//! Imports an existing delegation. Only services that Session Manager works with are imported: the account may also be
//! the delegated administrator of others, which this resource does not manage.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;

use crate::account::AssumeRole;
use crate::aws::Target;
use crate::reconcile::Run;
use crate::setup::import::{defaults, org};
use crate::setup::model::inputs::{OrganizationSettings, Settings};
use crate::setup::model::state::{Delegation, State};
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::schema::SERVICE_PRINCIPALS as KNOWN_PRINCIPALS;

use super::DelegationsByPrincipal;
use super::access::DelegationAccess;

/// Makes the state of the delegation to `member`.
///
/// # Errors
/// Why there is nothing to import, or what cannot be read.
pub(crate) async fn import(
    target: &Target,
    member: &str,
    role: Option<&AssumeRole>,
    run: Run,
) -> Result<SetupModel, Diagnostics> {
    let access = DelegationAccess::new(target, member, run);
    let mut diagnostics = Diagnostics::new();
    let observed = match access.delegations.observe(member, false, &access.run).await {
        Ok(observed) => observed,
        Err(error) => {
            diagnostics.push(access.explain("The delegation cannot be imported", &error).await);
            return Err(diagnostics);
        }
    };
    let delegations: DelegationsByPrincipal = observed
        .delegated
        .into_iter()
        .filter(|(principal, _)| KNOWN_PRINCIPALS.contains(&principal.as_str()))
        .map(|(principal, enabled_at)| (principal, Delegation::of(member, true, enabled_at.as_deref())))
        .collect();
    if delegations.is_empty() {
        diagnostics.error(
            "There is nothing to import",
            format!(
                "Account {member} is not the delegated administrator of any of {}. Create the delegation with an \
                 apply.",
                KNOWN_PRINCIPALS.join(", ")
            ),
        );
        return Err(diagnostics);
    }
    let defaults = defaults()?;
    let organization = OrganizationSettings {
        delegated: true.into(),
        account_id: member.into(),
        service_principals: Field::Known(delegations.keys().cloned().collect()),
        ..defaults.organization().clone()
    };
    let inputs = Inputs {
        org: org(None).into(),
        region: target.region.clone().into(),
        assume_role: role.cloned().into(),
        settings: Settings { organization: organization.into(), ..defaults.settings().clone() }.into(),
        ..defaults
    };
    let state = State {
        id: format!("{}/delegated/{member}", access.account_id).into(),
        account_id: access.account_id.clone().into(),
        partition: target.caller.partition.clone().into(),
        delegations: delegations.into(),
        ..State::default()
    };
    Ok(SetupModel { inputs, state })
}
