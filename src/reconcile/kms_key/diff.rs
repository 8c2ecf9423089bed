//! How an observed key differs from its spec. Pure.

use crate::reconcile::difference::{Difference, Differences};
use crate::reconcile::{policy, tags};

use super::{ENABLED, KmsKeySpec, ObservedKey, TRANSIENT_STATES};

/// Every difference that [`super::KmsKeys::ensure`] repairs.
///
/// It does not name whether the key is multi-Region, because that needs another key.
pub(crate) fn diff(observed: &ObservedKey, spec: &KmsKeySpec) -> Vec<Difference> {
    let mut differences = Differences::default();
    if !TRANSIENT_STATES.contains(&observed.state.as_str()) {
        differences.compare("state", &observed.state, ENABLED);
    }
    tags::compare(&mut differences, &observed.tags, &spec.tags);
    policy::compare(&mut differences, observed.policy.as_deref(), Some(&spec.policy));
    differences.compare("description", &observed.description, &spec.description);
    if observed.rotation_enabled != spec.rotation_enabled {
        differences.compare("rotation_enabled", &observed.rotation_enabled, &spec.rotation_enabled);
    } else if rotation_differs(observed, spec) {
        differences.compare_optional(
            "rotation_period_in_days",
            observed.rotation_period_in_days,
            Some(spec.rotation_period_in_days),
        );
    }
    differences.compare_optional("alias_name", observed.alias_name.as_ref(), Some(&spec.alias_name));
    differences.into_vec()
}

/// A period that AWS does not report is not a difference.
pub(super) fn rotation_differs(observed: &ObservedKey, spec: &KmsKeySpec) -> bool {
    let period = observed.rotation_period_in_days;
    observed.rotation_enabled != spec.rotation_enabled
        || spec.rotation_enabled && period.is_some_and(|days| days != spec.rotation_period_in_days)
}
