//! How an observed log group differs from its spec. Pure.

use crate::reconcile::difference::{Difference, Differences};
use crate::reconcile::tags;

use super::{LogGroupSpec, ObservedLogGroup};

/// Every difference that [`super::LogGroups::ensure`] repairs.
pub(crate) fn diff(observed: &ObservedLogGroup, spec: &LogGroupSpec) -> Vec<Difference> {
    let mut differences = Differences::default();
    tags::compare(&mut differences, &observed.tags, &spec.tags);
    differences.compare_optional("kms_key_arn", observed.kms_key_arn.as_ref(), spec.kms_key_arn.as_ref());
    if retention_differs(observed, spec) {
        differences.compare_optional("retention_in_days", observed.retention_in_days, spec.retention_in_days);
    }
    differences.into_vec()
}

/// A retention that a policy of the account imposes is not the group's own, and so is not a difference.
pub(super) fn retention_differs(observed: &ObservedLogGroup, spec: &LogGroupSpec) -> bool {
    !observed.retention_by_account_policy && observed.retention_in_days != spec.retention_in_days
}
