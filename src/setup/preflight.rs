//! What AWS already holds in the way of a plan, as diagnostics and never as values.
//!
//! Looks only at parts that the apply will make and at parts given from outside. Without the permission to look it
//! warns. The same judgement stands before the first write of an apply.

use crate::framework::diagnostics::{Diagnostics, Severity};
use crate::reconcile::session_document;
use crate::reconcile::{Error, Kind, MARK_TAG, Run};

use super::diagnose;
use super::given;
use super::model::Inputs;
use super::ownership::{claim_bucket, claim_document, claim_key, claim_log_group};
use super::parts::{Observation, Parts};
use super::state::State;
use super::wanted::{Bucket, Key, OwnBucket, Wanted};
use super::writes::Writes;

/// Judges what was observed where `state` says what this setup has already.
pub async fn judge(
    parts: &Parts,
    inputs: &Inputs,
    wanted: &Wanted,
    state: &State,
    seen: &Observation,
    run: &Run,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let Some(mark) = wanted.mark.known() else { return diagnostics };
    if let (None, Some(Key::Own(own))) = (&state.key, wanted.key.known()) {
        match &seen.key {
            Ok(Some(key)) => claim_key(key, own, mark, &mut diagnostics),
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    if let (None, Some(Some(group))) = (&state.log_group, wanted.log_group.known())
        && group.own
    {
        let derived = inputs.cloudwatch.known().is_some_and(|logs| logs.log_group_name.is_none());
        match &seen.log_group {
            Ok(Some(held)) => claim_log_group(held, group, derived, mark, &mut diagnostics),
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    if let (None, Some(Bucket::Own(own))) = (&state.bucket, wanted.bucket.known()) {
        judge_bucket(parts, inputs, own, mark, seen, run, &mut diagnostics).await;
    }
    if state.document.is_none() && wanted.document.known() == Some(&true) {
        match &seen.document {
            Ok(Some(document)) => {
                let key_arn = seen.key.as_ref().ok().and_then(Option::as_ref).map(|key| key.arn.as_str());
                let changes = Writes::new(wanted, None)
                    .and_then(|writes| writes.document(inputs, key_arn, None))
                    .map(|want| session_document::diff(document, &want))
                    .unwrap_or_default();
                let changes: Vec<_> = changes
                    .into_iter()
                    .filter(|change| change.path.starts_with("content"))
                    .map(|change| format!("{}: {} → {}", change.path, change.is, change.want))
                    .collect();
                let place = format!("{}/{}", parts.place.account_id, parts.place.region);
                claim_document(document, &changes, mark, &place, &mut diagnostics);
            }
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    for finding in given::findings(wanted, state, seen) {
        diagnostics.error_at(finding.path, finding.summary, finding.detail);
    }
    diagnostics
}

async fn judge_bucket(
    parts: &Parts,
    inputs: &Inputs,
    own: &OwnBucket,
    mark: &str,
    seen: &Observation,
    run: &Run,
    diagnostics: &mut Diagnostics,
) {
    match &seen.bucket {
        Ok(Some(held)) => {
            let derived = inputs.bucket.known().is_some_and(|bucket| bucket.name.is_none());
            let candidate = derived && !held.tags.contains_key(MARK_TAG);
            let empty = candidate
                && match parts.buckets.is_empty(&own.name, &parts.place.account_id, run).await {
                    Ok(empty) => empty,
                    Err(error) => {
                        unreadable(&error, diagnostics);
                        false
                    }
                };
            let lifecycle = own.lifecycle.known().and_then(Option::as_ref);
            claim_bucket(held, own, lifecycle, mark, candidate && empty, diagnostics);
        }
        Ok(None) => {}
        Err(error) if error.kind == Kind::AccessDenied => diagnostics.warning(
            "The bucket may exist already",
            format!(
                "Whether {} is free could not be seen: either it belongs to another account, and the apply will fail \
                 (give another name in settings.bucket.name), or the caller may not read it. {error}.",
                own.name
            ),
        ),
        Err(error) => unreadable(error, diagnostics),
    }
}

/// A look that was not allowed tells nothing, so it is no reason to stop.
fn unreadable(error: &Error, diagnostics: &mut Diagnostics) {
    if error.kind == Kind::AccessDenied {
        diagnose::warning(diagnostics, "What exists already could not be seen", error);
    } else {
        diagnose::error(diagnostics, "What exists already could not be seen", error);
    }
}

/// The same diagnostics with every error a warning, for `preflight = "warn"`.
#[must_use]
pub fn as_warnings(diagnostics: Diagnostics) -> Diagnostics {
    let mut warnings = Diagnostics::new();
    for mut diagnostic in diagnostics {
        diagnostic.severity = Severity::Warning;
        warnings.push(diagnostic);
    }
    warnings
}
