//! What AWS already holds in the way of a plan, as diagnostics and never as values.
//!
//! Looks only at parts that the apply will make and at parts given from outside. Without the permission to look it
//! warns. The same judgement stands before the first write of an apply.

use crate::framework::diagnostics::{Diagnostic, Diagnostics, Severity};
use crate::framework::path::Path;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document::{self, NAME as DOCUMENT_NAME, ObservedDocument};
use crate::reconcile::{Error, Kind, MARK_TAG, Run, Tags};

use super::adoption::Names;
use super::diagnose;
use super::given;
use super::model::Inputs;
use super::naming::log_group_name;
use super::ownership::{
    REFRESH_FALSE, claim_bucket, claim_document, claim_key, claim_log_group, has_mark, has_stamp, shortens,
};
use super::parts::{Observation, Parts};
use super::state::{PartKind, State};
use super::transition::Transition;
use super::wanted::{Bucket, Key, LogGroup, OwnBucket, Wanted, is_derived_bucket};
use super::writes::Writes;

/// Object ownership without ACLs.
pub const ENFORCED: &str = "BucketOwnerEnforced";

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
    let mut taken = Vec::new();
    // What this state retired, or made for a change that was not finished, is its own.
    let again = |part, tags: &Tags| transition.taken_back(part).is_some() && has_stamp(tags, stamp);
    if let (None, Some(Key::Own(own))) = (&state.key, wanted.key.known()) {
        match &seen.key {
            Ok(Some(key)) if again(PartKind::KmsKey, &key.tags) => {}
            // The alias goes on from the key that is replaced, or was retired before, to the new one.
            Ok(Some(key)) if transition.retires(&key.arn) && has_stamp(&key.tags, stamp) => {}
            Ok(Some(key)) => {
                claim_key(key, own, mark, &mut diagnostics);
                let arns = [key.arn.as_str(), key.key_id.as_str(), own.alias_name.as_str()];
                refuse_named(judgement, seen, mark, &key.tags, &key.arn, &arns, &mut diagnostics);
                taken.push(format!("the key {} under {}", key.arn, own.alias_name));
            }
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    if let Some(alias) = moving_alias(wanted, state) {
        judge_alias(judgement, alias, &mut diagnostics).await;
    }
    if let (None, Some(Some(group))) = (&state.log_group, wanted.log_group.known())
        && group.own
    {
        match &seen.log_group {
            Ok(Some(held)) if again(PartKind::LogGroup, &held.tags) => {}
            Ok(Some(held)) => {
                judge_log_group(judgement, group, held, mark, &mut diagnostics).await;
                refuse_named(judgement, seen, mark, &held.tags, &held.name, &[&held.name], &mut diagnostics);
                taken.push(format!("the log group {}", group.name));
            }
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    if let (None, Some(Bucket::Own(own))) = (&state.bucket, wanted.bucket.known()) {
        match &seen.bucket {
            Ok(Some(held)) if again(PartKind::Bucket, &held.tags) => {}
            found => {
                judge_bucket(judgement, own, mark, seen, &mut diagnostics).await;
                taken.extend(
                    found.as_ref().ok().and_then(Option::as_ref).map(|held| format!("the bucket {}", held.name)),
                );
            }
        }
    }
    if !taken.is_empty() && !diagnostics.has_errors() {
        diagnostics.warning(
            "Parts that exist are taken over",
            format!(
                "This setup takes over {}: left of an apply that did not end or of a setup that kept them, or used by \
                 another state, which cannot change them any more then.",
                taken.join(" and ")
            ),
        );
    }
    if let (Some(Bucket::Own(own)), Ok(Some(held))) = (wanted.bucket.known(), &seen.bucket)
        && own.object_ownership == ENFORCED
        && held.object_ownership != ENFORCED
    {
        judge_grants(judgement, &own.name, &mut diagnostics).await;
    }
    if state.document.is_none() && wanted.document.known() == Some(&true) {
        judge_document(judgement, mark, seen, &mut diagnostics);
    }
    for unread in given::unread(wanted, seen) {
        if unread.is_denied() {
            unread.warn(&mut diagnostics);
        } else {
            unreadable(unread.error, &mut diagnostics);
        }
    }
    for finding in given::findings(wanted, state, seen) {
        diagnostics.error_at(finding.path, finding.summary, format!("{} {REFRESH_FALSE}", finding.detail));
    }
    diagnostics
}

/// Refuses to take a part with our mark from under a document that names it and is not being adopted.
fn refuse_named(
    judgement: &Judgement<'_>,
    seen: &Observation,
    mark: &str,
    tags: &Tags,
    part: &str,
    references: &[&str],
    diagnostics: &mut Diagnostics,
) {
    let Judgement { inputs, wanted, transition, .. } = judgement;
    let Ok(Some(document)) = &seen.document else { return };
    let stamp = transition.standing.stamp.as_deref();
    let ours = judgement.document_is_left || (stamp.is_some() && has_stamp(&document.tags, stamp));
    let is_judged = wanted.document.known() == Some(&true)
        && (has_mark(&document.tags, mark)
            || inputs.document.known().is_some_and(|settings| settings.on_existing == "fail"));
    if ours || is_judged || !has_mark(tags, mark) {
        return;
    }
    let names = Names::of(&document.content);
    let mut named = [&names.bucket, &names.log_group, &names.key].into_iter().flatten();
    if named.any(|name| references.contains(&name.as_str())) {
        diagnostics.error(
            "A document names what would be taken over",
            format!(
                "{part} carries the mark of this setup, and {DOCUMENT_NAME}, which is not in the state, names it: \
                 another configuration with the same names has both, or a state was lost. Import the setup, or give \
                 this one other names. {REFRESH_FALSE}"
            ),
        );
    }
}

/// The alias that a key which stands is to get, where it has another or none.
#[must_use]
pub fn moving_alias<'w>(wanted: &'w Wanted, standing: &State) -> Option<&'w str> {
    let (Some(key), Some(Key::Own(own))) = (&standing.key, wanted.key.known()) else { return None };
    Some(own.alias_name.as_str()).filter(|alias| key.alias_name.as_deref() != Some(alias))
}

/// An alias that another key has is not taken from it, unless this setup has retired that key.
async fn judge_alias(judgement: &Judgement<'_>, alias: &str, diagnostics: &mut Diagnostics) {
    let Judgement { parts, transition, run, .. } = judgement;
    let standing = &transition.standing;
    let own_arn = standing.key.as_ref().map(|key| key.arn.as_str());
    let holder = match parts.keys.observe_given(alias, run).await {
        Ok(Some(holder)) if Some(holder.arn.as_str()) != own_arn => holder.arn,
        Ok(_) => return,
        Err(error) => return unreadable(&error, diagnostics),
    };
    if transition.retires(&holder) {
        match parts.keys.observe_tags(&holder, run).await {
            Ok(Some(tags)) if has_stamp(&tags, standing.stamp.as_deref()) => return,
            Ok(_) => {}
            Err(error) => return unreadable(&error, diagnostics),
        }
    }
    diagnostics.error_at(
        Path::of("settings.kms.alias_name"),
        "The alias belongs to another key",
        format!(
            "{alias} points to {holder}. Give another alias in settings.kms.alias_name, or delete that one first. \
             {REFRESH_FALSE}"
        ),
    );
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
    if let Some((summary, detail)) = unusable(document) {
        diagnostics.error_at(path(), summary, format!("{detail} {REFRESH_FALSE}"));
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
    let through = inputs.assume_role.known().and_then(Option::as_ref);
    let import_id = through.map_or_else(
        || place.clone(),
        |role| {
            let external_id = if role.external_id.is_some() { ",<external id>" } else { "" };
            format!("'{place},{}{external_id}'", role.role_arn)
        },
    );
    claim_document(document, &listed(&changes), mark, &place, &import_id, diagnostics);
}

/// Why a document can be no setup's, in a summary and in detail.
#[must_use]
pub fn unusable(document: &ObservedDocument) -> Option<(&'static str, String)> {
    if document.document_type != "Session" {
        let detail = format!(
            "{DOCUMENT_NAME} exists as a document of type {:?}, and Session Manager takes type Session only. Delete it, \
             or rename what uses it.",
            document.document_type
        );
        return Some(("The document is of another type", detail));
    }
    let stack = document.system_tags.get("aws:cloudformation:stack-name")?;
    let detail = format!(
        "{DOCUMENT_NAME} belongs to the CloudFormation stack {stack}, which would change it back. Remove it from the \
         stack (DeletionPolicy: Retain) first."
    );
    Some(("CloudFormation owns the document", detail))
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

/// S3 refuses to switch ACLs off while they grant something to others.
async fn judge_grants(judgement: &Judgement<'_>, bucket: &str, diagnostics: &mut Diagnostics) {
    let Judgement { parts, run, .. } = judgement;
    match parts.buckets.foreign_grants(bucket, &parts.place.account_id, run).await {
        Ok(grants) if grants.is_empty() => {}
        Ok(grants) => diagnostics.error_at(
            Path::of("settings.bucket.object_ownership"),
            "The bucket's ACL grants access to others",
            format!(
                "settings.bucket.object_ownership is \"{ENFORCED}\", which switches ACLs off, and the ACL of {bucket} \
                 grants {}. S3 refuses that. Grant it by the bucket policy (policy_statements) and remove it from the \
                 ACL first, or set object_ownership = \"BucketOwnerPreferred\". {REFRESH_FALSE}",
                grants.join(", ")
            ),
        ),
        Err(error) => unreadable(&error, diagnostics),
    }
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
            claim_bucket(held, own, mark, candidate && empty, diagnostics);
            refuse_named(judgement, seen, mark, &held.tags, &held.name, &[&held.name], diagnostics);
        }
        Ok(None) => {}
        Err(Error { bucket_region: Some(region), .. }) => diagnostics.error_at(
            Path::of("settings.bucket.name"),
            "The bucket exists in another region",
            format!(
                "{} exists in {region}, and a setup of {} never takes it. Give another name in settings.bucket.name, \
                 or use it as it is with settings.bucket.create = false. {REFRESH_FALSE}",
                own.name, parts.place.region
            ),
        ),
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
        let detail = format!("{}\n{REFRESH_FALSE}", diagnose::describe(error));
        diagnostics.error("What exists already could not be seen", detail);
    }
}

/// The same diagnostics with every error a warning, for `preflight = "warn"`.
#[must_use]
pub fn as_warnings(diagnostics: Diagnostics) -> Diagnostics {
    let warning = |diagnostic| Diagnostic { severity: Severity::Warning, ..diagnostic };
    diagnostics.into_iter().map(warning).collect()
}
