//! Updates the computed attributes of a state from an observation.
//!
//! Pure: [`crate::setup::observe`] makes the observation. Inputs never change here, so that a plan shows what the apply
//! will repair. Stored text stays if it means the same. A part is gone only if AWS explicitly says that it does not
//! exist; any other failure keeps the state.

mod drift;

use std::collections::BTreeSet;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::{Field, MaybeUnknown};

use crate::account::Place;
use crate::account::connect::Unread;
use crate::account::diagnose;
use crate::reconcile::policy::canonical_json;
use crate::reconcile::session_document::same_content;
use crate::reconcile::{CallError, STAMP_TAG};
use crate::setup::access;
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey};
use crate::setup::model::SetupModel;
use crate::setup::model::state::{Bucket, Document, KmsKey, LogGroup, PartKind, State, spelled_as};
use crate::setup::naming::stamp::{has_mark, has_stamp, state_of};
use crate::setup::observe::{Observation, existing, part, warn_of_earlier_rules};
use crate::setup::ownership::whose::{Disputed, Whose, disputed, warn_of_disputed};

use drift::{drift, not_observed};

/// The desired state according to a state's own inputs and tags.
pub(crate) fn desired_by(current: &SetupModel, place: &Place) -> Desired {
    let place = MaybeUnknown::Known(place.clone());
    let mut desired = Desired::derive(&current.inputs, &place, &MaybeUnknown::Unknown, current);
    // The plan, not the refresh, applies the tags of the provider's configuration.
    desired.tags = MaybeUnknown::from_known(|| current.state.tags_all.known().cloned());
    desired
}

/// The state of a refresh that observed nothing, and why.
pub(crate) fn unread(current: SetupModel, unread: Unread) -> (Option<SetupModel>, Diagnostics) {
    let state = match unread.not_observed {
        Some(why) => not_observed(current, why),
        None => current,
    };
    (Some(state), unread.diagnostics)
}

/// The state after an observation; `None` if no managed part is left. `drawn` is the stamp that an import drew: a state
/// without a stamp gets it once a part carries it.
pub(crate) fn refreshed(
    current: &SetupModel,
    desired: &Desired,
    drawn: Option<&str>,
    observation: &Observation,
) -> (Option<SetupModel>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let unread = existing::unread(desired, observation);
    let is_of_existing = |error: &CallError| unread.iter().any(|unread| std::ptr::eq(unread.error, error));
    let failed = [
        observation.key.as_ref().err(),
        observation.log_group.as_ref().err(),
        observation.bucket.as_ref().err(),
        observation.document.as_ref().err(),
    ];
    let failed = failed.into_iter().flatten().filter(|error| !is_of_existing(error));
    let existing = unread.iter().filter(|unread| !unread.is_denied()).map(|unread| unread.error);
    for error in failed.chain(existing) {
        diagnose::error(&mut diagnostics, "Setup cannot be read", error);
    }
    let place = match desired.place.known() {
        Some(place) if !diagnostics.has_errors() => place,
        _ => return (Some(current.clone()), diagnostics),
    };
    let SetupModel { inputs, state: prior } = current;
    let mut state = prior.clone();
    let carried = stamps(desired, observation);
    // Without any other stamp, as in a state that was edited by hand, the one that every part agrees on counts.
    let agreed = if carried.len() == 1 { carried.first().copied() } else { None };
    let stamp = prior.stamp.text().or(drawn).or(agreed);
    state.stamp = state.stamp.or(|| stamp.filter(|stamp| carried.contains(stamp)).into());
    state.retired = state.retired.or(|| Vec::new().into());
    let disputed = disputed(prior, &prior.document, stamp, observation);
    refresh_parts(&mut state, desired, prior, stamp, observation, place);
    keep_unproven(&mut state, prior, &disputed);
    if state.has_no_managed_parts() && !prior.has_no_managed_parts() {
        tracing::info!(id = prior.id.text(), "every part of the setup is gone");
        return (None, diagnostics);
    }
    state.drift = drift(desired, inputs, &state, observation).into();
    warn_of_disputed(&disputed, &mut diagnostics);
    for unread in &unread {
        unread.warn(&mut diagnostics);
    }
    for fault in existing::faults(desired, &state, observation) {
        diagnostics.warning_at(fault.path, fault.summary, fault.detail);
    }
    if let (Some(DesiredBucket::Managed(managed)), true, Some(observed)) =
        (desired.bucket.known(), state.bucket.is_known(), part(&observation.bucket))
    {
        warn_of_earlier_rules(observed, managed, inputs, &mut diagnostics);
    }
    access::fill(&mut state, inputs, desired);
    (Some(SetupModel { inputs: inputs.clone(), state }), diagnostics)
}

/// A part that may be another one keeps what the state recorded, which is what proves it.
fn keep_unproven(state: &mut State, prior: &State, disputed: &[Disputed]) {
    for part in disputed.iter().filter(|part| part.whose == Whose::Unproven) {
        match part.kind {
            Some(PartKind::KmsKey) => state.kms_key = prior.kms_key.clone(),
            Some(PartKind::LogGroup) => state.log_group = prior.log_group.clone(),
            Some(PartKind::Bucket) => state.bucket = prior.bucket.clone(),
            None => state.document = prior.document.clone(),
        }
    }
}

fn refresh_parts(
    state: &mut State,
    desired: &Desired,
    prior: &State,
    stamp: Option<&str>,
    observation: &Observation,
    place: &Place,
) {
    let mark = desired.mark.known().map(String::as_str).unwrap_or_default();
    // A part that is not in the state is managed only if it carries both the mark and the stamp.
    let is_managed = |tags| has_mark(tags, mark) && has_stamp(tags, stamp);
    let observed = part(&observation.key);
    state.kms_key = match desired.key.known() {
        Some(DesiredKey::Managed(_)) => observed
            .filter(|key| prior.kms_key.is_known() || is_managed(&key.tags))
            .map(|key| spelled_as_before(KmsKey::managed(key), prior.kms_key.fields()))
            .into(),
        // An existing part that the caller may not observe keeps its prior state.
        Some(DesiredKey::Existing(_)) if observation.key.is_err() => prior.kms_key.clone(),
        Some(DesiredKey::Existing(reference)) => observed.map(|key| KmsKey::existing(key, reference)).into(),
        Some(DesiredKey::None) => Field::Null,
        None => prior.kms_key.clone(),
    };
    let observed = part(&observation.log_group);
    state.log_group = match &desired.log_group {
        MaybeUnknown::Unknown => prior.log_group.clone(),
        MaybeUnknown::Known(None) => Field::Null,
        MaybeUnknown::Known(Some(group)) if group.managed => observed
            .filter(|group| prior.log_group.is_known() || is_managed(&group.tags))
            .map(|group| {
                let mut managed = LogGroup::managed(group);
                if group.retention_by_account_policy {
                    // A policy of the account overrides the retention of the group, which is unchanged.
                    managed.retention_in_days = prior.log_group.fields().retention_in_days;
                }
                managed
            })
            .into(),
        MaybeUnknown::Known(Some(_)) if observation.log_group.is_err() => prior.log_group.clone(),
        MaybeUnknown::Known(Some(_)) => observed.map(LogGroup::existing).into(),
    };
    let key_arn = state.kms_key.fields().arn.text();
    state.bucket = match desired.bucket.known() {
        Some(DesiredBucket::Managed(_)) => {
            let observed = part(&observation.bucket);
            let observed = observed.filter(|bucket| prior.bucket.is_known() || is_managed(&bucket.tags));
            let managed = observed.map(|observed| {
                let bucket = Bucket::managed(observed, place);
                Bucket {
                    policy: spelled_as(&prior.bucket.fields().policy, bucket.policy),
                    kms_key_arn: observed.key_spelled_as(key_arn).into(),
                    ..bucket
                }
            });
            managed.into()
        }
        Some(DesiredBucket::Existing(existing)) => {
            let observed = part(&observation.existing_bucket);
            let configured_key = existing.kms_key_arn.as_deref();
            if prior.bucket.is_known() && observation.existing_bucket.is_err() && !existing.is_described() {
                prior.bucket.clone()
            } else if observed.is_some() || existing.is_described() {
                Bucket::existing(&existing.name, configured_key, observed, place).into()
            } else {
                Field::Null
            }
        }
        None => prior.bucket.clone(),
    };
    let observed = part(&observation.document);
    state.document = match desired.document.known() {
        Some(true) => observed
            .filter(|document| prior.document.is_known() || is_managed(&document.tags))
            .map(|observed| {
                let before = prior.document.fields();
                let mut document = Document::observed(observed, before.adopted.is_true(), place);
                let same = |prior: &str| document.content.text().is_some_and(|new| same_document(prior, new));
                if before.content.text().is_some_and(same) {
                    document.content = before.content.clone();
                }
                document
            })
            .into(),
        _ => Field::Null,
    };
}

/// A key with the prior policy text if that means the same.
fn spelled_as_before(key: KmsKey, prior: &KmsKey) -> KmsKey {
    // Some endpoints of AWS return no rotation period; the prior one is kept then.
    let rotation_period_in_days = match key.rotation_period_in_days {
        Field::Null if key.rotation_enabled.is_true() => prior.rotation_period_in_days,
        period => period,
    };
    KmsKey { policy: spelled_as(&prior.policy, key.policy), rotation_period_in_days, ..key }
}

fn same_document(one: &str, two: &str) -> bool {
    match (serde_json::from_str(one), serde_json::from_str(two)) {
        (Ok(one), Ok(two)) => same_content(&one, &two) || canonical_json(&one) == canonical_json(&two),
        _ => false,
    }
}

/// The stamps of the desired parts that carry the mark.
fn stamps<'o>(desired: &Desired, observation: &'o Observation) -> BTreeSet<&'o str> {
    let mark = desired.mark.known().map(String::as_str).unwrap_or_default();
    let key = part(&observation.key).filter(|_| matches!(desired.key.known(), Some(DesiredKey::Managed(_))));
    let group = part(&observation.log_group);
    let group =
        group.filter(|_| desired.log_group.known().is_some_and(|group| group.as_ref().is_some_and(|it| it.managed)));
    let bucket = part(&observation.bucket);
    let document = part(&observation.document).filter(|_| desired.document.is(&true));
    let tags = [
        key.map(|key| &key.tags),
        group.map(|group| &group.tags),
        bucket.map(|bucket| &bucket.tags),
        document.map(|document| &document.tags),
    ];
    let marked = tags.into_iter().flatten().filter(|tags| has_mark(tags, mark));
    marked.filter_map(|tags| tags.get(STAMP_TAG)).map(|stamp| state_of(stamp)).collect()
}

#[cfg(test)]
mod tests;
