//! Ownership: which parts this setup may create, take over, change and delete.
//!
//! Pure. Two tags decide. The *mark* names the setup, so that an apply finds its parts after an interruption or a lost
//! state. The *stamp* names the state, so that two states never write to the same part ([`whose`]).

pub(crate) mod adoption;
pub(crate) mod whose;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;

use crate::reconcile::MARK_TAG;
use crate::reconcile::bucket::{Lifecycle, ObservedBucket};
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::{LogGroupClass, ObservedLogGroup};
use crate::reconcile::session_document::{NAME as DOCUMENT_NAME, ObservedDocument};
use crate::setup::desired::{DesiredLogGroup, ManagedBucket, ManagedKey};
use crate::setup::naming::stamp::has_mark;

/// Refuses to take over a key under the desired alias that does not carry the mark.
pub(crate) fn claim_key(observed: &ObservedKey, managed: &ManagedKey, mark: &str, diagnostics: &mut Diagnostics) {
    let alias = &managed.alias_name;
    if !has_mark(&observed.tags, mark) {
        diagnostics.error_at(
            Path::of("settings.kms.alias_name"),
            "The alias belongs to another key",
            format!(
                "{alias} points to {}, which does not carry the tag {MARK_TAG} = {mark} of this setup. Set another \
                 alias in settings.kms.alias_name, or use that key with settings.kms.enabled = false and key_alias. \
                 {REFRESH_FALSE}",
                observed.arn
            ),
        );
    } else if observed.multi_region != managed.multi_region {
        diagnostics.error_at(
            Path::of("settings.kms.multi_region"),
            "The key under the alias is of another kind",
            format!(
                "{} with multi_region = {} remains from an earlier apply of this setup, and \
                 settings.kms.multi_region is {}. Set it to the value of the key, or set another alias in \
                 settings.kms.alias_name. {REFRESH_FALSE}",
                observed.arn, observed.multi_region, managed.multi_region
            ),
        );
    }
}

/// Refuses to take over a log group that does not carry the mark, or to shorten its retention if it is not `empty`.
pub(crate) fn claim_log_group(
    observed: &ObservedLogGroup,
    group: &DesiredLogGroup,
    derived: bool,
    mark: &str,
    empty: bool,
    diagnostics: &mut Diagnostics,
) {
    let name = &group.name;
    let takes_unmarked = derived && !observed.tags.contains_key(MARK_TAG);
    if !takes_unmarked && !has_mark(&observed.tags, mark) {
        diagnostics.error_at(
            Path::of("settings.cloudwatch.log_group_name"),
            "The log group exists already",
            format!(
                "{name} exists and does not carry the tag {MARK_TAG} = {mark} of this setup. Use it as it is with \
                 settings.cloudwatch.create = false, or set another name in settings.cloudwatch.log_group_name. \
                 {REFRESH_FALSE}"
            ),
        );
    } else if observed.class == LogGroupClass::Delivery {
        diagnostics.error_at(
            Path::of("settings.cloudwatch.log_group_name"),
            "The log group takes no session logs",
            format!(
                "{name} exists and is of the class DELIVERY, which only passes on logs of AWS services. Set another \
                 name in settings.cloudwatch.log_group_name, or delete the group first. {REFRESH_FALSE}"
            ),
        );
    } else if let Some(desired) = group.retention_in_days.filter(|_| !empty && shortens(observed, group)) {
        let now = duration(observed.retention_in_days);
        diagnostics.error_at(
            Path::of("settings.cloudwatch.retention"),
            "Taking over the log group would delete logs",
            format!(
                "{name} exists and keeps events {now}; settings.cloudwatch.retention is {desired} days. Set it to the \
                 retention of the group; once the group is in the state, it can be lowered. {REFRESH_FALSE}"
            ),
        );
    }
}

/// Whether the log group would keep events for less time than now.
pub(crate) fn shortens(observed: &ObservedLogGroup, group: &DesiredLogGroup) -> bool {
    group.retention_in_days.is_some_and(|desired| observed.retention_in_days.is_none_or(|days| days > desired))
}

/// The current and the desired expiration days of objects, if the desired ones are fewer; `None` as the current days
/// means forever.
pub(crate) fn expires_sooner(observed: &ObservedBucket, managed: &ManagedBucket) -> Option<(Option<i32>, i32)> {
    let lifecycle = managed.lifecycle.known()?;
    let desired = lifecycle.expiration_days?;
    let now = overlapping(observed, lifecycle).and_then(|rule| rule.expiration_days);
    now.is_none_or(|days| days > desired).then_some((now, desired))
}

/// The bucket's own lifecycle, if it is in force for what the desired one is for, or for a part of it. That the desired
/// one is for more is not a matter of days.
fn overlapping<'o>(observed: &'o ObservedBucket, desired: &Lifecycle) -> Option<&'o Lifecycle> {
    observed.lifecycle_in_force().filter(|rule| rule.covers(&desired.prefix) || desired.covers(&rule.prefix))
}

/// The same for noncurrent versions, in a bucket that has or had versions.
fn versions_expire_sooner(observed: &ObservedBucket, managed: &ManagedBucket) -> Option<(Option<i32>, i32)> {
    let lifecycle = managed.lifecycle.known()?;
    let now = overlapping(observed, lifecycle).and_then(|rule| rule.noncurrent_days);
    let expire = !observed.versioning.is_empty() && (managed.versioning || now.is_some());
    let desired = lifecycle.noncurrent_days.filter(|_| expire)?;
    now.is_none_or(|days| days > desired).then_some((now, desired))
}

/// Whether the bucket would keep anything for less time than now.
pub(crate) fn keeps_shorter(observed: &ObservedBucket, managed: &ManagedBucket) -> bool {
    expires_sooner(observed, managed).is_some() || versions_expire_sooner(observed, managed).is_some()
}

/// How long something is kept, in words.
fn duration(days: Option<i32>) -> String {
    days.map_or_else(|| "forever".to_owned(), |days| format!("{days} days"))
}

/// Warns that something is kept for less time than before; `None` means forever.
pub(crate) fn warn_of_shortening(path: &str, what: &str, was: Option<i32>, will: i32, diagnostics: &mut Diagnostics) {
    let was = duration(was);
    diagnostics.warning_at(
        Path::of(path),
        format!("{what} will be kept for less time"),
        format!("{what} were kept {was} and will be kept {will} days. Older ones are deleted permanently."),
    );
}

/// Warns of a log group that would keep events for less time.
pub(crate) fn warn_of_events(was: Option<i32>, will: Option<i32>, diagnostics: &mut Diagnostics) {
    if let Some(will) = will {
        let path = "settings.cloudwatch.retention";
        warn_of_shortening(path, "Events in CloudWatch Logs", was, will, diagnostics);
    }
}

/// Warns of a bucket that would keep objects or versions for less time.
pub(crate) fn warn_of_objects(observed: &ObservedBucket, managed: &ManagedBucket, diagnostics: &mut Diagnostics) {
    if let Some((was, will)) = expires_sooner(observed, managed) {
        let path = "settings.audit.retention_years";
        warn_of_shortening(path, "Logs in the bucket", was, will, diagnostics);
    }
    if let Some((was, will)) = versions_expire_sooner(observed, managed) {
        let (path, what) = ("settings.audit.noncurrent_days", "Noncurrent versions in the bucket");
        warn_of_shortening(path, what, was, will, diagnostics);
    }
}

/// Refuses to take over a bucket that does not carry the mark, or to shorten its expiration if it is not `empty`.
pub(crate) fn claim_bucket(
    observed: &ObservedBucket,
    managed: &ManagedBucket,
    mark: &str,
    derived_and_unmarked: bool,
    empty: bool,
    diagnostics: &mut Diagnostics,
) {
    let name = &managed.name;
    let takes_unmarked = derived_and_unmarked && empty;
    if !takes_unmarked && !has_mark(&observed.tags, mark) {
        let left_over = if observed.tags.is_empty() && empty {
            " It has neither tags nor objects: it may remain from an apply that was interrupted where S3 refuses tags \
             at creation. If so, delete it and apply again."
        } else {
            ""
        };
        diagnostics.error_at(
            Path::of("settings.bucket.name"),
            "The bucket exists already",
            format!(
                "{name} exists in this account and does not carry the tag {MARK_TAG} = {mark} of this \
                 setup.{left_over} Use it as it is with settings.bucket.create = false, or set another name in \
                 settings.bucket.name. {REFRESH_FALSE}"
            ),
        );
        return;
    }
    // An apply that stopped before it wrote the lifecycle rule leaves an empty bucket without one.
    let unfinished = empty && observed.lifecycle_in_force().is_none();
    if let Some((now, desired)) = expires_sooner(observed, managed).filter(|_| !unfinished) {
        let now = duration(now);
        diagnostics.error_at(
            Path::of("settings.audit.retention_years"),
            "Taking over the bucket would delete logs",
            format!(
                "{name} exists and keeps objects {now}; settings.audit.retention_years is {desired} days. Set it \
                 to the expiration of the bucket; once the bucket is in the state, it can be lowered. {REFRESH_FALSE}"
            ),
        );
    }
    if observed.versioning == "Enabled" && !managed.versioning {
        diagnostics.error_at(
            Path::of("settings.bucket.versioning"),
            "Taking over the bucket would suspend versioning",
            format!(
                "{name} exists with versioning Enabled; settings.bucket.versioning is false. Set it to true; once the \
                 bucket is in the state, it can be switched off. {REFRESH_FALSE}"
            ),
        );
    }
}

/// Refuses a document that exists and is not in the state.
pub(crate) fn claim_document(
    observed: &ObservedDocument,
    changes: &str,
    mark: &str,
    place: &str,
    import_id: &str,
    diagnostics: &mut Diagnostics,
) {
    let origin = if has_mark(&observed.tags, mark) {
        "It carries the mark of this setup: it remains from an apply whose state was lost, or belongs to another \
         configuration with the same names."
    } else {
        "It does not carry the mark of this setup: the console, Quick Setup or another tool created it."
    };
    diagnostics.error_at(
        Path::of("settings.document.on_existing"),
        "Session Manager preferences exist already",
        format!(
            "The document {DOCUMENT_NAME} exists in {place} and is not in the state. {origin} {changes}\nIf the \
             resource is in the state and tainted, run `terraform untaint <address>`. Otherwise import the document \
             with `terraform import <address> {import_id}`, or adopt it with settings.document.on_existing = \
             \"adopt\": its content is then kept in previous_document, and a destroy restores it. After `-replace` with \
             create_before_destroy the state holds only a deposed object: adopt, or run `terraform state rm <address>` \
             and import. {REFRESH_FALSE}"
        ),
    );
}

/// The hint in every error that can make the refresh of a destroy fail.
pub(crate) const REFRESH_FALSE: &str = "To destroy the setup despite this error, use `destroy -refresh=false`.";
