//! What AWS already holds in the way of a plan, as diagnostics and never as values.
//!
//! Looks only at parts that the apply will make and at parts given from outside. Without the permission to look it
//! warns. The same judgement stands before the first write of an apply.

use crate::framework::diagnostics::{Diagnostics, Severity};
use crate::framework::path::Path;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document;
use crate::reconcile::{Error, Kind, MARK_TAG, Run, Tags};

use super::diagnose;
use super::given;
use super::model::Inputs;
use super::naming::{DOCUMENT_NAME, log_group_name};
use super::ownership::{REFRESH_FALSE, claim_bucket, claim_document, claim_key, claim_log_group, has_stamp, shortens};
use super::parts::{Observation, Parts};
use super::state::PartKind;
use super::transition::Transition;
use super::wanted::{Bucket, Key, LogGroup, OwnBucket, Wanted, is_derived_bucket};
use super::writes::Writes;

/// What is judged, and by what.
#[derive(Debug)]
pub struct Judgement<'a> {
    /// The reconcilers.
    pub parts: &'a Parts,
    /// The inputs.
    pub inputs: &'a Inputs,
    /// What is wanted.
    pub wanted: &'a Wanted,
    /// What becomes of what stands.
    pub transition: &'a Transition,
    /// Whether a document that stands is what a destroy of this very run left.
    pub document_is_left: bool,
    /// Bounds of the look.
    pub run: &'a Run,
}

/// Judges what was observed.
pub async fn judge(judgement: &Judgement<'_>, seen: &Observation) -> Diagnostics {
    let Judgement { wanted, transition, .. } = judgement;
    let mut diagnostics = Diagnostics::new();
    let Some(mark) = wanted.mark.known() else { return diagnostics };
    let state = &transition.standing;
    let stamp = state.stamp.as_deref();
    // What this state retired, or made for a change that was not finished, is its own.
    let again = |part, tags: &Tags| transition.taken_back(part).is_some() && has_stamp(tags, stamp);
    if let (None, Some(Key::Own(own))) = (&state.key, wanted.key.known()) {
        match &seen.key {
            Ok(Some(key)) if again(PartKind::KmsKey, &key.tags) => {}
            // The alias goes on from the key that is replaced to the new one.
            Ok(Some(key)) if transition.retiring.iter().any(|held| held.arn == key.arn) => {}
            Ok(Some(key)) => claim_key(key, own, mark, &mut diagnostics),
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    if let (None, Some(Some(group))) = (&state.log_group, wanted.log_group.known())
        && group.own
    {
        match &seen.log_group {
            Ok(Some(held)) if again(PartKind::LogGroup, &held.tags) => {}
            Ok(Some(held)) => judge_log_group(judgement, group, held, mark, &mut diagnostics).await,
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    if let (None, Some(Bucket::Own(own))) = (&state.bucket, wanted.bucket.known()) {
        match &seen.bucket {
            Ok(Some(held)) if again(PartKind::Bucket, &held.tags) => {}
            _ => judge_bucket(judgement, own, mark, seen, &mut diagnostics).await,
        }
    }
    if state.document.is_none() && wanted.document.known() == Some(&true) {
        judge_document(judgement, mark, seen, &mut diagnostics);
    }
    for finding in given::findings(wanted, state, seen) {
        diagnostics.error_at(finding.path, finding.summary, finding.detail);
    }
    diagnostics
}

/// A document that stands although the state has none.
fn judge_document(judgement: &Judgement<'_>, mark: &str, seen: &Observation, diagnostics: &mut Diagnostics) {
    let Judgement { parts, inputs, wanted, transition, .. } = judgement;
    let document = match &seen.document {
        Ok(Some(document)) => document,
        Ok(None) => return,
        Err(error) => return unreadable(error, diagnostics),
    };
    let path = || Path::of("settings.document.on_existing");
    if document.document_type != "Session" {
        diagnostics.error_at(
            path(),
            "The document is of another type",
            format!(
                "{DOCUMENT_NAME} exists as a document of type {:?}, and Session Manager takes type Session only. Delete \
                 it, or rename what uses it. {REFRESH_FALSE}",
                document.document_type
            ),
        );
        return;
    }
    if let Some(stack) = document.system_tags.get("aws:cloudformation:stack-name") {
        diagnostics.error_at(
            path(),
            "CloudFormation owns the document",
            format!(
                "{DOCUMENT_NAME} belongs to the CloudFormation stack {stack}, which would change it back. Remove it \
                 from the stack (DeletionPolicy: Retain) first. {REFRESH_FALSE}"
            ),
        );
        return;
    }
    let stamp = transition.standing.stamp.as_deref();
    if judgement.document_is_left || (stamp.is_some() && has_stamp(&document.tags, stamp)) {
        return;
    }
    let key_arn = seen.key.as_ref().ok().and_then(Option::as_ref).map(|key| key.arn.as_str());
    let changes = Writes::new(wanted, None)
        .and_then(|writes| writes.document(inputs, key_arn, None))
        .map(|want| session_document::diff(document, &want))
        .unwrap_or_default();
    let changes: Vec<_> = changes
        .into_iter()
        .filter_map(|change| {
            let input = change.path.strip_prefix("content.")?;
            Some(format!("{input}: {} -> {}", change.is, change.want))
        })
        .collect();
    if inputs.document.known().is_some_and(|settings| settings.on_existing == "adopt") {
        diagnostics.warning_at(
            path(),
            "The document is adopted",
            format!(
                "{DOCUMENT_NAME} exists and becomes this setup's. What it holds is kept in previous_document. {}",
                listed(&changes)
            ),
        );
        return;
    }
    let place = format!("{}/{}", parts.place.account_id, parts.place.region);
    claim_document(document, &listed(&changes), mark, &place, diagnostics);
}

fn listed(changes: &[String]) -> String {
    if changes.is_empty() {
        "Its content is what this configuration wants.".to_owned()
    } else {
        format!("This configuration changes:\n  {}", changes.join("\n  "))
    }
}

async fn judge_log_group(
    judgement: &Judgement<'_>,
    group: &LogGroup,
    held: &ObservedLogGroup,
    mark: &str,
    diagnostics: &mut Diagnostics,
) {
    let Judgement { parts, inputs, wanted, run, .. } = judgement;
    let derived = inputs.cloudwatch.known().is_some_and(|logs| logs.log_group_name.is_none())
        || wanted.names.system_name.known().is_some_and(|system_name| group.name == log_group_name(system_name));
    // A create that ended before it set the retention leaves a group that keeps its events for ever, and has none.
    let empty = shortens(held, group)
        && match parts.log_groups.is_empty(&group.name, run).await {
            Ok(empty) => empty,
            Err(error) => {
                unreadable(&error, diagnostics);
                false
            }
        };
    claim_log_group(held, group, derived, mark, empty, diagnostics);
}

async fn judge_bucket(
    judgement: &Judgement<'_>,
    own: &OwnBucket,
    mark: &str,
    seen: &Observation,
    diagnostics: &mut Diagnostics,
) {
    let Judgement { parts, wanted, run, .. } = judgement;
    match &seen.bucket {
        Ok(Some(held)) => {
            let derived =
                wanted.names.system_name.known().is_some_and(|system_name| is_derived_bucket(&own.name, system_name));
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
