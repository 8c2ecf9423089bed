//! Brings the computed attributes of a state up to date with what was observed. Pure: the look itself is in
//! [`super::parts`].
//!
//! Inputs never change here, so that a plan shows what the apply will repair. Stored text stays where the meaning is
//! the same. Gone is only what AWS explicitly says is not there; any other failure keeps the state.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::value::Value;
use crate::reconcile::session_document::same_content;
use crate::reconcile::{Error, STAMP_TAG, policy};

use super::access;
use super::diagnose;
use super::given;
use super::model::{Inputs, Known};
use super::naming::Place;
use super::ownership::{foreign, has_mark, has_stamp, warn_of_foreign};
use super::parts::Observation;
use super::policies::canonical_json;
use super::state::{self, State};
use super::wanted::{Bucket, Key, Wanted};
use super::writes::drift;

/// What a state wants, by its own inputs and tags.
#[must_use]
pub fn wanted_by(current: &Value, place: &Place) -> (Inputs, Wanted, State) {
    let inputs = Inputs::read(current);
    let state = State::read(current);
    let mut wanted = Wanted::derive(&inputs, &Known::Value(place.clone()), &Known::Unknown, &state);
    // Tags that the provider's configuration would give now are the plan's matter.
    wanted.tags = state.tags_all.clone().map_or(Known::Unknown, Known::Value);
    (inputs, wanted, state)
}

/// The state after a look; null when nothing that this setup made is left.
#[must_use]
pub fn refreshed(
    current: &Value,
    inputs: &Inputs,
    wanted: &Wanted,
    prior: &State,
    seen: &Observation,
) -> (Value, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let unread = given::unread(wanted, seen);
    let is_given = |error: &Error| unread.iter().any(|unread| std::ptr::eq(unread.error, error));
    let failed = [seen.key.as_ref().err(), seen.log_group.as_ref().err(), seen.bucket.as_ref().err()];
    let failed = failed.into_iter().chain([seen.document.as_ref().err()]).flatten().filter(|error| !is_given(error));
    let given = unread.iter().filter(|unread| !unread.is_denied()).map(|unread| unread.error);
    for error in failed.chain(given) {
        diagnose::error(&mut diagnostics, "Setup cannot be read", error);
    }
    let Some(place) = wanted.place.known() else { return (current.clone(), diagnostics) };
    if diagnostics.has_errors() {
        return (current.clone(), diagnostics);
    }
    let mut state = prior.clone();
    if state.stamp.is_none() {
        state.stamp = found_stamp(seen);
    }
    refresh_parts(&mut state, wanted, prior, seen, place);
    if state.made_nothing() && !prior.made_nothing() {
        tracing::info!(id = current.at("id").as_str(), "every part of the setup is gone");
        return (Value::Null, diagnostics);
    }
    state.drift = drift(wanted, inputs, &state, seen);
    warn_of_foreign(&foreign(&state, &state, seen), &mut diagnostics);
    for unread in &unread {
        unread.warn(&mut diagnostics);
    }
    for finding in given::findings(wanted, &state, seen) {
        diagnostics.warning_at(finding.path, finding.summary, finding.detail);
    }
    let mut value = current.clone();
    state.write(&mut value);
    access::fill(&mut value, inputs, wanted);
    (value, diagnostics)
}

fn refresh_parts(state: &mut State, wanted: &Wanted, prior: &State, seen: &Observation, place: &Place) {
    let mark = wanted.mark.known().map(String::as_str).unwrap_or_default();
    let stamp = state.stamp.clone();
    // A part that the state lost is found again only with mark and stamp; anything else is somebody else's.
    let ours = |tags| has_mark(tags, mark) && has_stamp(tags, stamp.as_deref());
    let observed_key = seen.key.as_ref().ok().and_then(Option::as_ref);
    state.key = match wanted.key.known() {
        Some(Key::Own(_)) => observed_key
            .filter(|key| prior.key.is_some() || ours(&key.tags))
            .map(|key| kept_key(state::Key::own(key), prior)),
        // A given part that the caller may not look at stays as it was.
        Some(Key::Given(_)) if seen.key.is_err() => prior.key.clone(),
        Some(Key::Given(reference)) => observed_key.map(|key| state::Key::given(key, reference)),
        Some(Key::None) => None,
        None => prior.key.clone(),
    };
    if let Known::Value(group) = &wanted.log_group {
        let observed = seen.log_group.as_ref().ok().and_then(Option::as_ref);
        state.log_group = match group {
            Some(group) if group.own => {
                observed.filter(|held| prior.log_group.is_some() || ours(&held.tags)).map(|held| {
                    let mut own = state::LogGroup::own(held);
                    if held.retention_by_account_policy {
                        // The account's own policy overrides what this setup wrote; that is no change of it.
                        own.retention_in_days = prior.log_group.as_ref().and_then(|prior| prior.retention_in_days);
                    }
                    own
                })
            }
            Some(_) if seen.log_group.is_err() => prior.log_group.clone(),
            Some(_) => observed.map(state::LogGroup::given),
            None => None,
        };
    }
    let key_arn = state.key.as_ref().map(|key| key.arn.clone());
    state.bucket = match wanted.bucket.known() {
        Some(Bucket::Own(_)) => {
            let observed = seen.bucket.as_ref().ok().and_then(Option::as_ref);
            observed.filter(|held| prior.bucket.is_some() || ours(&held.tags)).map(|held| {
                let mut own = state::Bucket::own(held, place);
                let kept = prior.bucket.as_ref().and_then(|prior| prior.policy.clone());
                own.policy = same_or_new(kept, own.policy);
                own.kms_key_arn = held.key_spelled_as(key_arn.as_deref());
                own
            })
        }
        Some(Bucket::Given(given)) => {
            let observed = seen.given_bucket.as_ref().ok().and_then(Option::as_ref);
            match &prior.bucket {
                Some(prior) if seen.given_bucket.is_err() && !given.is_told() => Some(prior.clone()),
                _ => (observed.is_some() || given.is_told()).then(|| state::Bucket::given(given, observed, place)),
            }
        }
        None => prior.bucket.clone(),
    };
    let observed = seen.document.as_ref().ok().and_then(Option::as_ref);
    state.document = match wanted.document.known() {
        Some(true) => observed.filter(|held| prior.document.is_some() || ours(&held.tags)).map(|held| {
            let adopted = prior.document.as_ref().is_some_and(|prior| prior.adopted);
            let mut document = state::Document::observed(held, adopted, place);
            let kept = prior.document.as_ref().map(|prior| prior.content.clone());
            if let Some(kept) = kept.filter(|kept| same_document(kept, &document.content)) {
                document.content = kept;
            }
            document
        }),
        _ => None,
    };
}

fn kept_key(mut key: state::Key, prior: &State) -> state::Key {
    let kept = prior.key.as_ref().and_then(|prior| prior.policy.clone());
    key.policy = same_or_new(kept, key.policy);
    // AWS answers no period on some endpoints; what was written then still stands.
    if key.rotation_enabled == Some(true) && key.rotation_period_in_days.is_none() {
        key.rotation_period_in_days = prior.key.as_ref().and_then(|prior| prior.rotation_period_in_days);
    }
    key
}

fn same_or_new(kept: Option<String>, now: Option<String>) -> Option<String> {
    if policy::same(kept.as_deref(), now.as_deref()) { kept } else { now }
}

fn same_document(one: &str, two: &str) -> bool {
    match (serde_json::from_str(one), serde_json::from_str(two)) {
        (Ok(one), Ok(two)) => same_content(&one, &two) || canonical_json(&one) == canonical_json(&two),
        _ => false,
    }
}

/// The stamp that a setup without one, as after an import, carries in AWS.
fn found_stamp(seen: &Observation) -> Option<String> {
    let key = seen.key.as_ref().ok().and_then(Option::as_ref).map(|key| &key.tags);
    let bucket = seen.bucket.as_ref().ok().and_then(Option::as_ref).map(|bucket| &bucket.tags);
    key.into_iter().chain(bucket).find_map(|tags| tags.get(STAMP_TAG).cloned())
}

#[cfg(test)]
mod tests;
