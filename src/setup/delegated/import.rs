//! Takes a delegation that exists into a state. Only services that Session Manager works with are taken: the account
//! may be the delegated administrator of others, too, and those are not this resource's matter.

use super::access::Access;
use super::state::{Delegation, Delegations};
use super::{ACCOUNT_ID, DELEGATED, SERVICE_PRINCIPALS, state};
use crate::aws::Target;
use terraform_plugin::framework::defaults::with_defaults;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::value::Value;
use crate::reconcile::Run;
use crate::setup::import;
use crate::setup::model::AssumeRole;
use crate::setup::schema::{SCHEMA, SERVICE_PRINCIPALS as KNOWN_PRINCIPALS};

/// Makes the state of the delegation to `member`.
///
/// # Errors
/// The diagnostics that say why there is nothing to import, or what could not be read.
pub async fn import(target: &Target, member: &str, role: Option<&AssumeRole>, run: Run) -> Result<Value, Diagnostics> {
    let access = Access::new(target, member, run);
    let mut diagnostics = Diagnostics::new();
    let seen = match access.delegations.observe(member, false, &access.run).await {
        Ok(seen) => seen,
        Err(error) => {
            diagnostics.push(access.explain("The delegation cannot be imported", &error).await);
            return Err(diagnostics);
        }
    };
    let delegations: Delegations = seen
        .delegated
        .into_iter()
        .filter(|(principal, _)| KNOWN_PRINCIPALS.contains(&principal.as_str()))
        .map(|(principal, delegation_enabled_at)| {
            (principal, Delegation { account_id: member.to_owned(), registered: true, delegation_enabled_at })
        })
        .collect();
    if delegations.is_empty() {
        diagnostics.error(
            "There is nothing to import",
            format!(
                "Account {member} is not the delegated administrator of any of {}. Make the delegation with an apply.",
                KNOWN_PRINCIPALS.join(", ")
            ),
        );
        return Err(diagnostics);
    }
    let absent = SCHEMA.block.attributes.iter().map(|attribute| (attribute.name.as_str(), Value::Null));
    let mut value = with_defaults(&SCHEMA.block.attributes, &Value::map(absent));
    value.put("org", import::org(None));
    value.put("region", Value::from(target.region.as_str()));
    if let Some(role) = role {
        value.put("assume_role", role.into());
    }
    value.put(DELEGATED, Value::Bool(true));
    value.put(ACCOUNT_ID, Value::from(member));
    value.put(SERVICE_PRINCIPALS, Value::set(delegations.keys().map(|principal| Value::from(principal.as_str()))));
    value.put("id", Value::from(format!("{}/delegated/{member}", access.account_id)));
    value.put("account_id", Value::from(access.account_id.as_str()));
    value.put("partition", Value::from(target.caller.partition.as_str()));
    state::write(&delegations, &mut value);
    Ok(value)
}
