//! What AWS already holds in the way of a plan, as diagnostics and never as values.
//!
//! Looks only at parts that the apply will make and at parts given from outside. Without the permission to look it
//! warns. The same judgement stands before the first write of an apply.

mod document;

use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::{CallError, ErrorKind, MARK_TAG, Run, Tags};
use terraform_plugin::framework::diagnostics::{Diagnostic, Diagnostics, Severity};
use terraform_plugin::framework::path::Path;

use crate::account::Reconcilers;
use crate::account::diagnose;
use crate::setup::desired::names::is_derived_bucket;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey, DesiredLogGroup, ManagedBucket};
use crate::setup::model::Inputs;
use crate::setup::model::state::PartKind;
use crate::setup::naming::log_group_name;
use crate::setup::naming::stamp::has_stamp;
use crate::setup::observe::Observation;
use crate::setup::observe::existing;
use crate::setup::ownership::{
    REFRESH_FALSE, claim_bucket, claim_key, claim_log_group, expires_sooner, keeps_shorter, shortens, warn_of_events,
    warn_of_objects,
};

use document::{judge_document, judge_remaining, refuse_named};
pub(crate) use document::{may_break_a_document, unusable};

/// Object ownership without ACLs.
pub(crate) const ENFORCED: &str = "BucketOwnerEnforced";

/// What is judged, and by what.
#[derive(Debug)]
pub(crate) struct Judgement<'a> {
    /// The reconcilers.
    pub(crate) parts: &'a Reconcilers,
    /// The inputs.
    pub(crate) inputs: &'a Inputs,
    /// What is wanted.
    pub(crate) desired: &'a Desired,
    /// What becomes of what stands.
    pub(crate) transition: &'a Transition,
    /// Whether a document that stands is what a destroy of this very run left.
    pub(crate) document_is_left: bool,
    /// Bounds of the look.
    pub(crate) run: &'a Run,
}

/// Judges what was observed.
pub(crate) async fn judge(judgement: &Judgement<'_>, observation: &Observation) -> Diagnostics {
    let Judgement { desired, transition, .. } = judgement;
    let mut diagnostics = Diagnostics::new();
    let Some(mark) = desired.mark.known() else { return diagnostics };
    let state = &transition.standing;
    let stamp = state.stamp.text();
    let mut taken = Vec::new();
    // What this state retired, or made for a change that was not finished, is its own.
    let again = |part, tags: &Tags| transition.taken_back(part).is_some() && has_stamp(tags, stamp);
    if let (None, Some(DesiredKey::Managed(managed))) = (state.kms_key.known(), desired.key.known()) {
        match &observation.key {
            Ok(Some(key)) if again(PartKind::KmsKey, &key.tags) => {}
            // The alias goes on from the key that is replaced, or was retired before, to the new one.
            Ok(Some(key)) if transition.retires(&key.arn) && has_stamp(&key.tags, stamp) => {}
            Ok(Some(key)) => {
                claim_key(key, managed, mark, &mut diagnostics);
                let arns = [key.arn.as_str(), key.key_id.as_str(), managed.alias_name.as_str()];
                refuse_named(judgement, observation, mark, &key.tags, &key.arn, &arns, &mut diagnostics).await;
                taken.push(format!("the key {} under {}", key.arn, managed.alias_name));
            }
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    if let (Some(DesiredKey::Existing(reference)), Ok(Some(key))) = (desired.key.known(), &observation.key)
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
    if let Some(alias) = moving_alias(desired, transition) {
        judge_alias(judgement, alias, &mut diagnostics).await;
    }
    if let (None, Some(Some(group))) = (state.log_group.known(), desired.log_group.known())
        && group.managed
    {
        match &observation.log_group {
            Ok(Some(held)) if again(PartKind::LogGroup, &held.tags) => {
                if !would_lose_nothing(judgement, held, group, &mut diagnostics).await {
                    warn_of_events(held.retention_in_days, group.retention_in_days, &mut diagnostics);
                }
            }
            Ok(Some(held)) => {
                judge_log_group(judgement, group, held, mark, &mut diagnostics).await;
                refuse_named(judgement, observation, mark, &held.tags, &held.name, &[&held.name], &mut diagnostics)
                    .await;
                taken.push(format!("the log group {}", group.name));
            }
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    if let (None, Some(DesiredBucket::Managed(managed))) = (state.bucket.known(), desired.bucket.known()) {
        match &observation.bucket {
            Ok(Some(held)) if again(PartKind::Bucket, &held.tags) => {
                if keeps_shorter(held, managed) && !is_empty_bucket(judgement, &managed.name, &mut diagnostics).await {
                    warn_of_objects(held, managed, &mut diagnostics);
                }
            }
            found => {
                judge_bucket(judgement, managed, mark, observation, &mut diagnostics).await;
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
    if let (Some(DesiredBucket::Managed(managed)), Ok(Some(held))) = (desired.bucket.known(), &observation.bucket)
        && managed.object_ownership == ENFORCED
        && held.object_ownership != ENFORCED
    {
        judge_grants(judgement, &managed.name, &mut diagnostics).await;
    }
    if !state.document.is_known() && desired.document.known() == Some(&true) {
        judge_document(judgement, mark, observation, &mut diagnostics);
    }
    if may_break_a_document(desired, transition) {
        judge_remaining(judgement, observation, &mut diagnostics).await;
    }
    for unread in existing::unread(desired, observation) {
        if unread.is_denied() {
            unread.warn(&mut diagnostics);
        } else {
            unreadable(unread.error, &mut diagnostics);
        }
    }
    for fault in existing::faults(desired, state, observation) {
        diagnostics.error_at(fault.path, fault.summary, format!("{} {REFRESH_FALSE}", fault.detail));
    }
    diagnostics
}

/// The alias that a key which stands, or comes back, is to get, where it has another or none.
pub(crate) fn moving_alias<'w>(desired: &'w Desired, transition: &Transition) -> Option<&'w str> {
    let Some(DesiredKey::Managed(managed)) = desired.key.known() else { return None };
    let has = match (transition.standing.kms_key.known(), transition.taken_back(PartKind::KmsKey)) {
        (Some(key), _) => key.alias_name.text(),
        (None, Some(again)) => Some(again.name.as_str()),
        (None, None) => return None,
    };
    Some(managed.alias_name.as_str()).filter(|alias| has != Some(alias))
}

/// An alias that another key has is not taken from it, unless this setup has retired that key.
async fn judge_alias(judgement: &Judgement<'_>, alias: &str, diagnostics: &mut Diagnostics) {
    let Judgement { parts, transition, run, .. } = judgement;
    let standing = &transition.standing;
    let again = transition.taken_back(PartKind::KmsKey).map(|held| held.arn.as_str());
    let own_arn = standing.kms_key.fields().arn.text().or(again);
    let holder = match parts.keys.observe_existing(alias, run).await {
        Ok(Some(holder)) if Some(holder.arn.as_str()) != own_arn => holder.arn,
        Ok(_) => return,
        Err(error) => return unreadable(&error, diagnostics),
    };
    if transition.retires(&holder) {
        match parts.keys.observe_tags(&holder, run).await {
            Ok(Some(tags)) if has_stamp(&tags, standing.stamp.text()) => return,
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
    group: &DesiredLogGroup,
    held: &ObservedLogGroup,
    mark: &str,
    diagnostics: &mut Diagnostics,
) {
    let Judgement { inputs, desired, .. } = judgement;
    let derived = inputs.cloudwatch().log_group_name.is_null()
        || desired.names.system_name.known().is_some_and(|system_name| group.name == log_group_name(system_name));
    let empty = would_lose_nothing(judgement, held, group, diagnostics).await;
    claim_log_group(held, group, derived, mark, empty, diagnostics);
}

/// Whether the wanted retention deletes no event. A create that ended before it set the retention leaves a group that
/// keeps its events for ever, and has none.
async fn would_lose_nothing(
    judgement: &Judgement<'_>,
    held: &ObservedLogGroup,
    group: &DesiredLogGroup,
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
    managed: &ManagedBucket,
    mark: &str,
    observation: &Observation,
    diagnostics: &mut Diagnostics,
) {
    let Judgement { parts, desired, .. } = judgement;
    match &observation.bucket {
        Ok(Some(held)) => {
            let derived = desired
                .names
                .system_name
                .known()
                .is_some_and(|system_name| is_derived_bucket(&managed.name, system_name));
            let candidate = derived && !held.tags.contains_key(MARK_TAG);
            let empty = (candidate || !held.lifecycle_in_force && expires_sooner(held, managed).is_some())
                && is_empty_bucket(judgement, &managed.name, diagnostics).await;
            claim_bucket(held, managed, mark, candidate, empty, diagnostics);
            refuse_named(judgement, observation, mark, &held.tags, &held.name, &[&held.name], diagnostics).await;
        }
        Ok(None) => {}
        Err(CallError { bucket_region: Some(region), .. }) => diagnostics.error_at(
            Path::of("settings.bucket.name"),
            "The bucket exists in another region",
            format!(
                "{} exists in {region}, and a setup of {} never takes it. Give another name in settings.bucket.name, \
                 or use it as it is with settings.bucket.create = false. {REFRESH_FALSE}",
                managed.name, parts.place.region
            ),
        ),
        Err(error) if error.kind == ErrorKind::AccessDenied => diagnostics.warning(
            "The bucket may exist already",
            format!(
                "Whether {} is free could not be seen: either it belongs to another account, and the apply will fail \
                 (give another name in settings.bucket.name), or the caller may not read it. {error}.",
                managed.name
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
fn unreadable(error: &CallError, diagnostics: &mut Diagnostics) {
    if error.kind == ErrorKind::AccessDenied {
        diagnose::warning(diagnostics, "What exists already could not be seen", error);
    } else {
        let detail = format!("{}\n{REFRESH_FALSE}", diagnose::describe(error));
        diagnostics.error("What exists already could not be seen", detail);
    }
}

/// The same diagnostics with every error a warning, for `preflight = "warn"`.
pub(crate) fn as_warnings(diagnostics: Diagnostics) -> Diagnostics {
    let warning = |diagnostic| Diagnostic { severity: Severity::Warning, ..diagnostic };
    diagnostics.into_iter().map(warning).collect()
}
