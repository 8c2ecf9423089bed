//! Drift: the differences between AWS and the desired state, as lines that a plan shows. Pure.

use crate::reconcile::{Difference, bucket, kms_key, log_group, session_document};
use crate::setup::desired::specs::Specs;
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey};
use crate::setup::model::state::State;
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::observe::{Observation, part};

/// What a line begins with that stands for everything that was not looked at.
const NOT_OBSERVED: &str = "not observed: ";

/// A state that nothing was observed for: its drift, and why. The plan is not empty, so that nobody takes it for a check.
pub(super) fn not_observed(mut current: SetupModel, why: String) -> SetupModel {
    let lines = current.state.drift.known().into_iter().flatten();
    let before = lines.filter(|line| !line.starts_with(NOT_OBSERVED)).cloned();
    current.state.drift = before.chain([why]).collect::<Vec<_>>().into();
    current
}

/// Every difference between the desired and the observed state of the managed parts.
pub(super) fn drift(desired: &Desired, inputs: &Inputs, state: &State, observation: &Observation) -> Vec<String> {
    let Some(specs) = Specs::new(desired, state.stamp.text()) else { return Vec::new() };
    let mut lines = Vec::new();
    let mut note = |part: &str, differences: Vec<Difference>| {
        lines.extend(
            differences.into_iter().map(|one| format!("{part}.{}: {}, want {}", one.path, one.observed, one.desired)),
        );
    };
    let missing = |name: &str| vec![Difference { path: "exists".into(), observed: "no".into(), desired: name.into() }];
    let key_arn = state.kms_key.fields().arn.text();
    if let Some(DesiredKey::Managed(key)) = desired.key.known() {
        match (&observation.key, state.kms_key.is_known(), specs.key(key)) {
            (Ok(Some(observed)), true, Some(spec)) => note("kms_key", kms_key::diff(observed, &spec)),
            (Ok(_), false, _) => note("kms_key", missing(&key.alias_name)),
            _ => {}
        }
    }
    // While the key is missing, the encryption of the other parts cannot be compared.
    let has_key = key_arn.is_some() || desired.key.is(&DesiredKey::None);
    if let Some(Some(group)) = desired.log_group.known()
        && group.managed
    {
        match (&observation.log_group, state.log_group.is_known(), specs.log_group(group, key_arn)) {
            (Ok(Some(observed)), true, Some(spec)) if has_key => note("log_group", log_group::diff(observed, &spec)),
            (Ok(_), false, _) => note("log_group", missing(&group.name)),
            _ => {}
        }
    }
    if let Some(DesiredBucket::Managed(bucket)) = desired.bucket.known() {
        let observed = part(&observation.bucket);
        match (&observation.bucket, state.bucket.is_known(), specs.bucket(bucket, key_arn, observed)) {
            (Ok(Some(observed)), true, Some(spec)) if has_key => note("bucket", bucket::diff(observed, &spec)),
            (Ok(_), false, _) => note("bucket", missing(&bucket.name)),
            _ => {}
        }
    }
    if desired.document.is(&true) {
        let observed = part(&observation.document);
        match (observed, state.document.is_known(), specs.document(inputs, key_arn, observed)) {
            (Some(observed), true, Some(spec)) if has_key => note("document", session_document::diff(observed, &spec)),
            (_, false, _) => note("document", missing(session_document::NAME)),
            _ => {}
        }
    }
    lines
}
