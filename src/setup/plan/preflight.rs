//! Preflight: what exists in AWS that would make the apply fail, as diagnostics and never as values.
//!
//! It checks only parts that the apply will create, and existing parts. If the caller may not read a part, that is a
//! warning. The same checks run before the first write of an apply.

mod document;
mod log_target;

use terraform_plugin::framework::diagnostics::{Diagnostic, Diagnostics, Severity};
use terraform_plugin::framework::path::Path;

use crate::account::Reconcilers;
use crate::account::diagnose;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::{CallError, ErrorKind, MARK_TAG, Run, Tags};
use crate::setup::desired::names::is_derived_bucket;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey, DesiredLogGroup, ManagedBucket};
use crate::setup::model::Inputs;
use crate::setup::model::state::PartKind;
use crate::setup::naming::log_group_name;
use crate::setup::naming::stamp::{Stamp, has_stamp};
use crate::setup::observe::Observation;
use crate::setup::observe::existing;
use crate::setup::ownership::{
    REFRESH_FALSE, claim_bucket, claim_key, claim_log_group, expires_sooner, keeps_shorter, shortens, warn_of_events,
    warn_of_objects,
};

use document::{check_document, check_former_document, refuse_named};
use log_target::check_log_target;

pub(crate) use document::{may_break_a_document, unusable};
pub(crate) use log_target::new_access_log;

/// Object ownership without ACLs.
pub(crate) const ENFORCED: &str = "BucketOwnerEnforced";

/// What is checked, and with what.
#[derive(Debug)]
pub(crate) struct Preflight<'a> {
    /// The reconcilers.
    pub(crate) parts: &'a Reconcilers,
    /// The inputs.
    pub(crate) inputs: &'a Inputs,
    /// The desired state.
    pub(crate) desired: &'a Desired,
    /// What becomes of the parts of the prior state.
    pub(crate) transition: &'a Transition,
    /// Whether a destroy in this process restored or kept the document that exists now.
    pub(crate) document_is_left: bool,
    /// The stamp of the state, or the one that its import drew.
    pub(crate) stamp: Option<&'a str>,
    /// Bounds of the work.
    pub(crate) run: &'a Run,
}

/// Checks what was observed.
pub(crate) async fn check(preflight: &Preflight<'_>, observation: &Observation) -> Diagnostics {
    let Preflight { desired, transition, stamp, .. } = preflight;
    let mut diagnostics = Diagnostics::new();
    let Some(mark) = desired.mark.known() else { return diagnostics };
    let state = &transition.remaining;
    let mut taken = Vec::new();
    // A part that this state retired, or created for an unfinished change, belongs to it.
    let is_taken_back = |kind, tags: &Tags| transition.taken_back(kind).is_some() && has_stamp(tags, *stamp);
    let was_retired = |arn: &str| {
        transition.retires(arn) || transition.taken_back(PartKind::KmsKey).is_some_and(|key| key.arn == arn)
    };
    if let (None, Some(DesiredKey::Managed(managed))) = (state.kms_key.known(), desired.key.known()) {
        match &observation.key {
            // A key that this state retired is taken back, or gives its alias to the new key. The ARN proves a key that
            // lost its tags.
            Ok(Some(key)) if was_retired(&key.arn) && Stamp::of(&key.tags, *stamp) != Stamp::Another => {}
            Ok(Some(key)) => {
                claim_key(key, managed, mark, &mut diagnostics);
                let arns = [key.arn.as_str(), key.key_id.as_str(), managed.alias_name.as_str()];
                refuse_named(preflight, observation, mark, &key.tags, &key.arn, &arns, &mut diagnostics).await;
                taken.push(format!("the key {} under {}", key.arn, managed.alias_name));
            }
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    if let (Some(DesiredKey::Existing(reference)), Ok(Some(key))) = (desired.key.known(), &observation.key)
        && transition.retires(&key.arn)
    {
        // The plan does not know which key a foreign alias points to.
        diagnostics.error_at(
            Path::of("settings.kms"),
            "The key is managed by this setup",
            format!(
                "{reference} points to {}, which this setup created: it would be listed in `retired`, and a destroy \
                 would schedule it for deletion. Set its ARN in settings.kms.key_id to release it. {REFRESH_FALSE}",
                key.arn
            ),
        );
    }
    if let Some(alias) = moving_alias(desired, transition) {
        check_alias(preflight, alias, &mut diagnostics).await;
    }
    if let (None, Some(Some(group))) = (state.log_group.known(), desired.log_group.known())
        && group.managed
    {
        match &observation.log_group {
            Ok(Some(observed)) if is_taken_back(PartKind::LogGroup, &observed.tags) => {
                if !would_lose_nothing(preflight, observed, group, &mut diagnostics).await {
                    warn_of_events(observed.retention_in_days, group.retention_in_days, &mut diagnostics);
                }
            }
            Ok(Some(observed)) => {
                check_log_group(preflight, group, observed, mark, &mut diagnostics).await;
                refuse_named(
                    preflight,
                    observation,
                    mark,
                    &observed.tags,
                    &observed.name,
                    &[&observed.name],
                    &mut diagnostics,
                )
                .await;
                taken.push(format!("the log group {}", group.name));
            }
            Ok(None) => {}
            Err(error) => unreadable(error, &mut diagnostics),
        }
    }
    if let (None, Some(DesiredBucket::Managed(managed))) = (state.bucket.known(), desired.bucket.known()) {
        match &observation.bucket {
            Ok(Some(observed)) if is_taken_back(PartKind::Bucket, &observed.tags) => {
                if keeps_shorter(observed, managed)
                    && !is_empty_bucket(preflight, &managed.name, &mut diagnostics).await
                {
                    warn_of_objects(observed, managed, &mut diagnostics);
                }
            }
            found => {
                check_bucket(preflight, managed, mark, observation, &mut diagnostics).await;
                taken.extend(
                    found
                        .as_ref()
                        .ok()
                        .and_then(Option::as_ref)
                        .map(|observed| format!("the bucket {}", observed.name)),
                );
            }
        }
    }
    if !taken.is_empty() && !diagnostics.has_errors() {
        diagnostics.warning(
            "Existing parts are taken over",
            format!(
                "This setup takes over {}. They remain from an unfinished apply or from a destroy that kept them, or \
                 another state uses them, which can no longer change them then.",
                taken.join(" and ")
            ),
        );
    }
    if let (Some(DesiredBucket::Managed(managed)), Ok(Some(observed))) = (desired.bucket.known(), &observation.bucket)
        && managed.object_ownership == ENFORCED
        && observed.object_ownership != ENFORCED
    {
        check_grants(preflight, &managed.name, &mut diagnostics).await;
    }
    check_log_target(preflight, &mut diagnostics).await;
    if !state.document.is_known() && desired.document.known() == Some(&true) {
        check_document(preflight, mark, observation, &mut diagnostics);
    }
    if may_break_a_document(desired, transition) {
        check_former_document(preflight, observation, &mut diagnostics).await;
    }
    for unread in existing::unread(desired, observation) {
        if unread.is_denied() {
            // A refresh warns of a part in the state.
            if !state.has(unread.kind) {
                unread.warn(&mut diagnostics);
            }
        } else {
            unreadable(unread.error, &mut diagnostics);
        }
    }
    for fault in existing::faults(desired, state, observation) {
        diagnostics.error_at(fault.path, fault.summary, format!("{} {REFRESH_FALSE}", fault.detail));
    }
    for doubt in existing::doubts(desired, observation) {
        diagnostics.warning_at(doubt.path, doubt.summary, doubt.detail);
    }
    diagnostics
}

/// The alias that the key in use, or a key that is taken back, is to get, if it has another alias or none.
pub(crate) fn moving_alias<'w>(desired: &'w Desired, transition: &Transition) -> Option<&'w str> {
    let Some(DesiredKey::Managed(managed)) = desired.key.known() else { return None };
    let current = match (transition.remaining.kms_key.known(), transition.taken_back(PartKind::KmsKey)) {
        (Some(key), _) => key.alias_name.text(),
        (None, Some(taken_back)) => Some(taken_back.name.as_str()),
        (None, None) => return None,
    };
    Some(managed.alias_name.as_str()).filter(|alias| current != Some(alias))
}

/// Refuses an alias that points to another key, unless this setup has retired that key.
async fn check_alias(preflight: &Preflight<'_>, alias: &str, diagnostics: &mut Diagnostics) {
    let Preflight { parts, transition, stamp, run, .. } = preflight;
    let remaining = &transition.remaining;
    let taken_back = transition.taken_back(PartKind::KmsKey).map(|key| key.arn.as_str());
    let managed_arn = remaining.kms_key.fields().arn.text().or(taken_back);
    let target_arn = match parts.keys.observe_existing(alias, run).await {
        Ok(Some(key)) if Some(key.arn.as_str()) != managed_arn => key.arn,
        Ok(_) => return,
        Err(error) => return unreadable(&error, diagnostics),
    };
    if transition.retires(&target_arn) {
        match parts.keys.observe_tags(&target_arn, run).await {
            Ok(Some(tags)) if Stamp::of(&tags, *stamp) != Stamp::Another => return,
            Ok(_) => {}
            Err(error) => return unreadable(&error, diagnostics),
        }
    }
    diagnostics.error_at(
        Path::of("settings.kms.alias_name"),
        "The alias belongs to another key",
        format!(
            "{alias} points to {target_arn}. Set another alias in settings.kms.alias_name, or delete that alias first. \
             {REFRESH_FALSE}"
        ),
    );
}

async fn check_log_group(
    preflight: &Preflight<'_>,
    group: &DesiredLogGroup,
    observed: &ObservedLogGroup,
    mark: &str,
    diagnostics: &mut Diagnostics,
) {
    let Preflight { inputs, desired, .. } = preflight;
    let derived = inputs.cloudwatch().log_group_name.is_null()
        || desired.names.system_name.known().is_some_and(|system_name| group.name == log_group_name(system_name));
    let empty = would_lose_nothing(preflight, observed, group, diagnostics).await;
    claim_log_group(observed, group, derived, mark, empty, diagnostics);
}

/// Whether the desired retention deletes no event. A create that stopped before it set the retention leaves a group
/// that keeps events forever, and has none.
async fn would_lose_nothing(
    preflight: &Preflight<'_>,
    observed: &ObservedLogGroup,
    group: &DesiredLogGroup,
    diagnostics: &mut Diagnostics,
) -> bool {
    let Preflight { parts, run, .. } = preflight;
    if !shortens(observed, group) {
        return true;
    }
    parts.log_groups.is_empty(&group.name, run).await.unwrap_or_else(|error| {
        unreadable(&error, diagnostics);
        false
    })
}

/// Checks the ACL of the bucket. S3 refuses to switch ACLs off while they grant access to others.
async fn check_grants(preflight: &Preflight<'_>, bucket: &str, diagnostics: &mut Diagnostics) {
    let Preflight { parts, run, .. } = preflight;
    match parts.buckets.foreign_grants(bucket, &parts.place.account_id, run).await {
        Ok(grants) if grants.is_empty() => {}
        Ok(grants) => diagnostics.error_at(
            Path::of("settings.bucket.object_ownership"),
            "The bucket's ACL grants access to others",
            format!(
                "settings.bucket.object_ownership is \"{ENFORCED}\", which switches ACLs off, and the ACL of {bucket} \
                 grants {}. S3 refuses that. Grant the access in the bucket policy (policy_statements) and remove it \
                 from the ACL first, or set object_ownership = \"BucketOwnerPreferred\". {REFRESH_FALSE}",
                grants.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            ),
        ),
        Err(error) => unreadable(&error, diagnostics),
    }
}

async fn check_bucket(
    preflight: &Preflight<'_>,
    managed: &ManagedBucket,
    mark: &str,
    observation: &Observation,
    diagnostics: &mut Diagnostics,
) {
    let Preflight { parts, desired, .. } = preflight;
    match &observation.bucket {
        Ok(Some(observed)) => {
            let derived = desired
                .names
                .system_name
                .known()
                .is_some_and(|system_name| is_derived_bucket(&managed.name, system_name));
            let candidate = derived && !observed.tags.contains_key(MARK_TAG);
            let empty = (candidate
                || observed.tags.is_empty()
                || observed.lifecycle_in_force().is_none() && expires_sooner(observed, managed).is_some())
                && is_empty_bucket(preflight, &managed.name, diagnostics).await;
            claim_bucket(observed, managed, mark, candidate, empty, diagnostics);
            refuse_named(preflight, observation, mark, &observed.tags, &observed.name, &[&observed.name], diagnostics)
                .await;
        }
        Ok(None) => {}
        Err(CallError { bucket_region: Some(region), .. }) => diagnostics.error_at(
            Path::of("settings.bucket.name"),
            "The bucket exists in another region",
            format!(
                "{} exists in {region}, and a setup in {} never takes it over. Set another name in \
                 settings.bucket.name, or use it as it is with settings.bucket.create = false. {REFRESH_FALSE}",
                managed.name, parts.place.region
            ),
        ),
        Err(error) if error.kind == ErrorKind::AccessDenied => diagnostics.warning(
            "The bucket may exist already",
            format!(
                "It is not known whether the name {} is free: either the bucket belongs to another account, and the \
                 apply will fail (set another name in settings.bucket.name), or the caller may not read it. {}",
                managed.name,
                diagnose::sentence(&error.to_string())
            ),
        ),
        Err(error) => unreadable(error, diagnostics),
    }
}

async fn is_empty_bucket(preflight: &Preflight<'_>, name: &str, diagnostics: &mut Diagnostics) -> bool {
    let Preflight { parts, run, .. } = preflight;
    parts.buckets.is_empty(name, &parts.place.account_id, run).await.unwrap_or_else(|error| {
        unreadable(&error, diagnostics);
        false
    })
}

/// Adds a part that could not be observed. If the caller may not read it, that is a warning.
fn unreadable(error: &CallError, diagnostics: &mut Diagnostics) {
    if error.kind == ErrorKind::AccessDenied {
        diagnose::warning(diagnostics, "Existing parts cannot be read", error);
    } else {
        let detail = format!("{}\n{REFRESH_FALSE}", diagnose::describe(error));
        diagnostics.error("Existing parts cannot be read", detail);
    }
}

/// The same diagnostics with every error turned into a warning, for `preflight = "warn"`.
pub(crate) fn as_warnings(diagnostics: Diagnostics) -> Diagnostics {
    let warning = |diagnostic| Diagnostic { severity: Severity::Warning, ..diagnostic };
    diagnostics.into_iter().map(warning).collect()
}
