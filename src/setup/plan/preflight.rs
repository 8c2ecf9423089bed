//! What AWS already holds in the way of a plan, as diagnostics and never as values.
//!
//! Looks only at parts that the apply will make and at parts given from outside. Without the permission to look it
//! warns. The same judgement stands before the first write of an apply.

mod document;

use terraform_plugin::framework::diagnostics::{Diagnostic, Diagnostics, Severity};
use terraform_plugin::framework::path::Path;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::{Error, Kind, MARK_TAG, Run, Tags};

use super::diagnose;
use super::given;
use super::model::Inputs;
use super::naming::log_group_name;
use super::ownership::{
    REFRESH_FALSE, claim_bucket, claim_key, claim_log_group, expires_sooner, has_stamp, keeps_shorter, shortens,
    warn_of_events, warn_of_objects,
};
use super::parts::{Observation, Parts};
use super::state::PartKind;
use super::transition::Transition;
use super::wanted::{Bucket, Key, LogGroup, OwnBucket, Wanted, is_derived_bucket};

use document::{judge_document, judge_remaining, refuse_named};
pub use document::{may_break_a_document, unusable};

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
                refuse_named(judgement, seen, mark, &key.tags, &key.arn, &arns, &mut diagnostics).await;
                taken.push(format!("the key {} under {}", key.arn, own.alias_name));
            }
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    if let (Some(Key::Given(reference)), Ok(Some(key))) = (wanted.key.known(), &seen.key)
        && transition.retires(&key.arn)
    {
        // Where an alias of somebody else leads, the plan could not know.
        diagnostics.error_at(
            Path::of("settings.kms"),
            "The key is this setup's own",
            format!(
                "{reference} leads to {}, which this setup made: it would be listed in `retired`, and a destroy would \
                 schedule it for deletion. Give its ARN in settings.kms.key_id, and it is released. {REFRESH_FALSE}",
                key.arn
            ),
        );
    }
    if let Some(alias) = moving_alias(wanted, transition) {
        judge_alias(judgement, alias, &mut diagnostics).await;
    }
    if let (None, Some(Some(group))) = (&state.log_group, wanted.log_group.known())
        && group.own
    {
        match &seen.log_group {
            Ok(Some(held)) if again(PartKind::LogGroup, &held.tags) => {
                if !would_lose_nothing(judgement, held, group, &mut diagnostics).await {
                    warn_of_events(held.retention_in_days, group.retention_in_days, &mut diagnostics);
                }
            }
            Ok(Some(held)) => {
                judge_log_group(judgement, group, held, mark, &mut diagnostics).await;
                refuse_named(judgement, seen, mark, &held.tags, &held.name, &[&held.name], &mut diagnostics).await;
                taken.push(format!("the log group {}", group.name));
            }
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    if let (None, Some(Bucket::Own(own))) = (&state.bucket, wanted.bucket.known()) {
        match &seen.bucket {
            Ok(Some(held)) if again(PartKind::Bucket, &held.tags) => {
                if keeps_shorter(held, own) && !is_empty_bucket(judgement, &own.name, &mut diagnostics).await {
                    warn_of_objects(held, own, &mut diagnostics);
                }
            }
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
    if may_break_a_document(wanted, transition) {
        judge_remaining(judgement, seen, &mut diagnostics).await;
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

/// The alias that a key which stands, or comes back, is to get, where it has another or none.
#[must_use]
pub fn moving_alias<'w>(wanted: &'w Wanted, transition: &Transition) -> Option<&'w str> {
    let Some(Key::Own(own)) = wanted.key.known() else { return None };
    let has = match (&transition.standing.key, transition.taken_back(PartKind::KmsKey)) {
        (Some(key), _) => key.alias_name.as_deref(),
        (None, Some(again)) => Some(again.name.as_str()),
        (None, None) => return None,
    };
    Some(own.alias_name.as_str()).filter(|alias| has != Some(alias))
}

/// An alias that another key has is not taken from it, unless this setup has retired that key.
async fn judge_alias(judgement: &Judgement<'_>, alias: &str, diagnostics: &mut Diagnostics) {
    let Judgement { parts, transition, run, .. } = judgement;
    let standing = &transition.standing;
    let again = transition.taken_back(PartKind::KmsKey).map(|held| held.arn.as_str());
    let own_arn = standing.key.as_ref().map(|key| key.arn.as_str()).or(again);
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

async fn judge_log_group(
    judgement: &Judgement<'_>,
    group: &LogGroup,
    held: &ObservedLogGroup,
    mark: &str,
    diagnostics: &mut Diagnostics,
) {
    let Judgement { inputs, wanted, .. } = judgement;
    let derived = inputs.cloudwatch.known().is_some_and(|logs| logs.log_group_name.is_none())
        || wanted.names.system_name.known().is_some_and(|system_name| group.name == log_group_name(system_name));
    let empty = would_lose_nothing(judgement, held, group, diagnostics).await;
    claim_log_group(held, group, derived, mark, empty, diagnostics);
}

/// Whether the wanted retention deletes no event. A create that ended before it set the retention leaves a group that
/// keeps its events for ever, and has none.
async fn would_lose_nothing(
    judgement: &Judgement<'_>,
    held: &ObservedLogGroup,
    group: &LogGroup,
    diagnostics: &mut Diagnostics,
) -> bool {
    let Judgement { parts, run, .. } = judgement;
    if !shortens(held, group) {
        return true;
    }
    parts.log_groups.is_empty(&group.name, run).await.unwrap_or_else(|error| {
        unreadable(&error, diagnostics);
        false
    })
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
    let Judgement { parts, wanted, .. } = judgement;
    match &seen.bucket {
        Ok(Some(held)) => {
            let derived =
                wanted.names.system_name.known().is_some_and(|system_name| is_derived_bucket(&own.name, system_name));
            let candidate = derived && !held.tags.contains_key(MARK_TAG);
            let empty = (candidate || !held.lifecycle_in_force && expires_sooner(held, own).is_some())
                && is_empty_bucket(judgement, &own.name, diagnostics).await;
            claim_bucket(held, own, mark, candidate, empty, diagnostics);
            refuse_named(judgement, seen, mark, &held.tags, &held.name, &[&held.name], diagnostics).await;
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

async fn is_empty_bucket(judgement: &Judgement<'_>, name: &str, diagnostics: &mut Diagnostics) -> bool {
    let Judgement { parts, run, .. } = judgement;
    parts.buckets.is_empty(name, &parts.place.account_id, run).await.unwrap_or_else(|error| {
        unreadable(&error, diagnostics);
        false
    })
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
