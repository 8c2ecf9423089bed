//! How an observed delegation differs from its spec. Pure.

use crate::reconcile::difference::{Difference, Differences, NONE};

use super::{DelegationSpec, ObservedDelegation};

/// Every difference that [`super::Delegations::ensure`] repairs.
pub(crate) fn diff(spec: &DelegationSpec, observed: &ObservedDelegation) -> Vec<Difference> {
    let mut differences = Differences::default();
    for principal in untrusted(spec, observed) {
        differences.note(format!("{principal}.trusted_access"), "false", "true");
    }
    for principal in unregistered(spec, observed) {
        differences.note(principal, NONE, &spec.account_id);
    }
    differences.into_vec()
}

/// The desired services without trusted access.
pub(super) fn untrusted<'a>(spec: &'a DelegationSpec, observed: &ObservedDelegation) -> Vec<&'a String> {
    let trusted = observed.trusted.as_ref();
    spec.service_principals.iter().filter(|one| trusted.is_some_and(|trusted| !trusted.contains(*one))).collect()
}

/// The desired services that the account is not the delegated administrator of.
pub(super) fn unregistered<'a>(spec: &'a DelegationSpec, observed: &ObservedDelegation) -> Vec<&'a String> {
    spec.service_principals.iter().filter(|one| !observed.delegated.contains_key(*one)).collect()
}
