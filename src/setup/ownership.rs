//! Whose a part is: what this setup may make, take over, change and delete.
//!
//! Pure. Two tags decide. The *mark* names the setup, so that an interrupted apply or a lost state finds its parts
//! again; the *stamp* names the state, so that two states never work on the same part.

use std::collections::BTreeMap;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;
use crate::reconcile::bucket::ObservedBucket;
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document::{NAME as DOCUMENT_NAME, ObservedDocument};
use crate::reconcile::{MARK_TAG, STAMP_TAG};

use super::parts::Observation;
use super::state::State;
use super::wanted::{LogGroup, OwnBucket, OwnKey};

type Tags = BTreeMap<String, String>;

/// Whether a part carries this mark.
#[must_use]
pub fn has_mark(tags: &Tags, mark: &str) -> bool {
    tags.get(MARK_TAG).map(String::as_str) == Some(mark)
}

/// The stamp of a document: the state's, and the version that stood before it was adopted.
#[must_use]
pub fn document_stamp(stamp: &str, former_version: &str) -> String {
    format!("{stamp}/{former_version}")
}

/// The version that stood before the document with this stamp was adopted; none where nothing did.
#[must_use]
pub fn former_version(document_stamp: &str) -> Option<String> {
    let (_, version) = document_stamp.rsplit_once('/')?;
    (version != NOTHING_STOOD).then(|| version.to_owned())
}

/// The former version of a document that was not adopted.
pub const NOTHING_STOOD: &str = "0";

/// Whether a part carries this state's stamp. A state without a stamp, as after an import, is nobody's rival yet.
#[must_use]
pub fn has_stamp(tags: &Tags, stamp: Option<&str>) -> bool {
    let Some(stamp) = stamp else { return true };
    let held = tags.get(STAMP_TAG).map(String::as_str).unwrap_or_default();
    held == stamp || held.strip_prefix(stamp).is_some_and(|rest| rest.starts_with('/'))
}

/// Refuses to take over a key under the wanted alias that is not ours.
pub fn claim_key(observed: &ObservedKey, own: &OwnKey, mark: &str, diagnostics: &mut Diagnostics) {
    let alias = &own.alias_name;
    if !has_mark(&observed.tags, mark) {
        diagnostics.error_at(
            Path::of("settings.kms.alias_name"),
            "The alias belongs to another key",
            format!(
                "{alias} points to {}, which does not carry the tag {MARK_TAG} = {mark} of this setup. Give another \
                 alias in settings.kms.alias_name, or use that key with settings.kms.enabled = false and key_alias. \
                 {REFRESH_FALSE}",
                observed.arn
            ),
        );
    } else if observed.multi_region != own.multi_region {
        diagnostics.error_at(
            Path::of("settings.kms.multi_region"),
            "The key under the alias is of another kind",
            format!(
                "{} with multi_region = {} is left of an earlier apply of this setup, and settings.kms.multi_region \
                 is {}. Set it to what the key is, or give another alias in settings.kms.alias_name. {REFRESH_FALSE}",
                observed.arn, observed.multi_region, own.multi_region
            ),
        );
    }
}

/// Refuses to take over a log group that is not ours, or to keep its events shorter where it is not `empty`.
pub fn claim_log_group(
    observed: &ObservedLogGroup,
    group: &LogGroup,
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
                 settings.cloudwatch.create = false, or give another name in settings.cloudwatch.log_group_name. \
                 {REFRESH_FALSE}"
            ),
        );
    } else if let Some(wanted) = group.retention_in_days.filter(|_| !empty && shortens(observed, group)) {
        let now = observed.retention_in_days.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"));
        diagnostics.error_at(
            Path::of("settings.cloudwatch.retention"),
            "Taking over the log group would delete logs",
            format!(
                "{name} exists and keeps events {now}; settings.cloudwatch.retention is {wanted} days. Set it to what \
                 the group has; once the group is in the state, it can be lowered. {REFRESH_FALSE}"
            ),
        );
    }
}

/// Whether the group would keep events for less time than now.
#[must_use]
pub fn shortens(observed: &ObservedLogGroup, group: &LogGroup) -> bool {
    group.retention_in_days.is_some_and(|wanted| observed.retention_in_days.is_none_or(|days| days > wanted))
}

/// The days that the bucket keeps objects now, none for ever, and those that it would, where that is less.
#[must_use]
pub fn expires_sooner(observed: &ObservedBucket, own: &OwnBucket) -> Option<(Option<i32>, i32)> {
    let wanted = own.lifecycle.known()?.expiration_days?;
    let now = observed.lifecycle.filter(|_| observed.lifecycle_in_force).and_then(|rule| rule.expiration_days);
    now.is_none_or(|days| days > wanted).then_some((now, wanted))
}

/// The same for versions that are no longer current, in a bucket that has or had versions.
fn versions_expire_sooner(observed: &ObservedBucket, own: &OwnBucket) -> Option<(Option<i32>, i32)> {
    let now = observed.lifecycle.filter(|_| observed.lifecycle_in_force).and_then(|rule| rule.noncurrent_days);
    let expire = !observed.versioning.is_empty() && (own.versioning || now.is_some());
    let wanted = own.lifecycle.known()?.noncurrent_days.filter(|_| expire)?;
    now.is_none_or(|days| days > wanted).then_some((now, wanted))
}

/// Whether the bucket would keep anything for less time than now.
#[must_use]
pub fn keeps_shorter(observed: &ObservedBucket, own: &OwnBucket) -> bool {
    expires_sooner(observed, own).is_some() || versions_expire_sooner(observed, own).is_some()
}

/// Warns that something is kept for less time than before; no days: for ever.
pub fn warn_of_shortening(path: &str, what: &str, was: Option<i64>, will: i64, diagnostics: &mut Diagnostics) {
    let was = was.map_or_else(|| "for ever".to_owned(), |was| format!("{was} days"));
    diagnostics.warning_at(
        Path::of(path),
        format!("{what} will be kept shorter"),
        format!("{what} were kept {was} and will be kept {will} days. Those that are older go for good."),
    );
}

/// Warns of a log group that would keep events shorter.
pub fn warn_of_events(was: Option<i32>, will: Option<i32>, diagnostics: &mut Diagnostics) {
    if let Some(will) = will {
        let path = "settings.cloudwatch.retention";
        warn_of_shortening(path, "Events in CloudWatch Logs", was.map(i64::from), will.into(), diagnostics);
    }
}

/// Warns of a bucket that would keep objects or versions shorter.
pub fn warn_of_objects(observed: &ObservedBucket, own: &OwnBucket, diagnostics: &mut Diagnostics) {
    if let Some((was, will)) = expires_sooner(observed, own) {
        let path = "settings.audit.retention_years";
        warn_of_shortening(path, "Logs in the bucket", was.map(i64::from), will.into(), diagnostics);
    }
    if let Some((was, will)) = versions_expire_sooner(observed, own) {
        let (path, what) = ("settings.audit.noncurrent_days", "Noncurrent versions in the bucket");
        warn_of_shortening(path, what, was.map(i64::from), will.into(), diagnostics);
    }
}

/// Refuses to take over a bucket that is not ours, or to keep its objects shorter where it is not `empty`.
pub fn claim_bucket(
    observed: &ObservedBucket,
    own: &OwnBucket,
    mark: &str,
    derived_and_unmarked: bool,
    empty: bool,
    diagnostics: &mut Diagnostics,
) {
    let name = &own.name;
    let takes_unmarked = derived_and_unmarked && empty;
    if !takes_unmarked && !has_mark(&observed.tags, mark) {
        diagnostics.error_at(
            Path::of("settings.bucket.name"),
            "The bucket exists already",
            format!(
                "{name} exists in this account and does not carry the tag {MARK_TAG} = {mark} of this setup. Use it \
                 as it is with settings.bucket.create = false, or give another name in settings.bucket.name. \
                 {REFRESH_FALSE}"
            ),
        );
        return;
    }
    // An apply that stopped before it wrote the rule leaves none, and nothing that it could delete.
    let unfinished = empty && !observed.lifecycle_in_force;
    if let Some((now, wanted)) = expires_sooner(observed, own).filter(|_| !unfinished) {
        let now = now.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"));
        diagnostics.error_at(
            Path::of("settings.audit.retention_years"),
            "Taking over the bucket would delete logs",
            format!(
                "{name} exists and keeps objects {now}; settings.audit.retention_years comes to {wanted} days. Set it \
                 to what the bucket has; once the bucket is in the state, it can be lowered. {REFRESH_FALSE}"
            ),
        );
    }
    if observed.versioning == "Enabled" && !own.versioning {
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

/// The parts of our own that do not carry the state's stamp any more, each by kind and name.
#[must_use]
pub fn foreign(standing: &State, prior: &State, seen: &Observation) -> Vec<(&'static str, String)> {
    let stamp = prior.stamp.as_deref();
    let mut foreign = Vec::new();
    let mut judge = |kind, name: &str, tags: &Tags| {
        if !has_stamp(tags, stamp) {
            foreign.push((kind, name.to_owned()));
        }
    };
    if let (Some(held), Ok(Some(key))) = (standing.key.as_ref().filter(|key| key.created), &seen.key) {
        judge("key", &held.arn, &key.tags);
    }
    if let (Some(held), Ok(Some(group))) = (standing.log_group.as_ref().filter(|group| group.created), &seen.log_group)
    {
        judge("log group", &held.name, &group.tags);
    }
    if let (Some(held), Ok(Some(bucket))) = (standing.bucket.as_ref().filter(|bucket| bucket.created), &seen.bucket) {
        judge("bucket", &held.name, &bucket.tags);
    }
    if let (Some(held), Ok(Some(document))) = (&prior.document, &seen.document) {
        judge("document", &held.name, &document.tags);
    }
    foreign
}

/// Refuses to write to parts that somebody else has taken over.
pub fn refuse_foreign(foreign: &[(&str, String)], diagnostics: &mut Diagnostics) {
    for (kind, name) in foreign {
        diagnostics.error(
            format!("The {kind} has been taken over"),
            format!(
                "{name} does not carry the stamp of this state any more: another state, or somebody by hand, has taken \
                 it over. Nothing was changed. If it belongs here, remove the resource from the other state and import \
                 it here again; if it belongs there, remove it from this state with `state rm`."
            ),
        );
    }
}

/// Warns of parts that somebody else has taken over. A destroy releases them, so a plan must not fail for them.
pub fn warn_of_foreign(foreign: &[(&str, String)], diagnostics: &mut Diagnostics) {
    for (kind, name) in foreign {
        diagnostics.warning(
            format!("The {kind} has been taken over"),
            format!(
                "{name} does not carry the stamp of this state any more. An apply will refuse to change it, and a \
                 destroy will leave it as it is."
            ),
        );
    }
}

/// Refuses a document that exists without state.
pub fn claim_document(
    observed: &ObservedDocument,
    changes: &str,
    mark: &str,
    place: &str,
    import_id: &str,
    diagnostics: &mut Diagnostics,
) {
    let whose = if has_mark(&observed.tags, mark) {
        "It carries the mark of this setup: it is left of an apply whose state was lost, or of another configuration \
         with the same names."
    } else {
        "It does not carry the mark of this setup: the console, Quick Setup or another tool made it."
    };
    diagnostics.error_at(
        Path::of("settings.document.on_existing"),
        "Session Manager preferences exist already",
        format!(
            "The document {DOCUMENT_NAME} exists in {place} and is not in the state. {whose} {changes}\nWhere the resource stands \
             in the state but is tainted: `terraform untaint <address>`. Else take the document into the state with \
             `terraform import <address> {import_id}`, or have it adopted with settings.document.on_existing = \"adopt\": \
             what it holds is then kept in previous_document and put back by a destroy. {REFRESH_FALSE}"
        ),
    );
}

/// What every error says that can stand in the way of a destroy's refresh.
pub const REFRESH_FALSE: &str = "If you came here to destroy: `destroy -refresh=false` works.";

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(stamp: &str) -> Tags {
        [(STAMP_TAG.to_owned(), stamp.to_owned())].into()
    }

    #[test]
    fn the_stamp_of_a_document_tells_the_version_that_stood_before() {
        assert_eq!(former_version(&document_stamp("abc", "3")).as_deref(), Some("3"));
        assert_eq!(former_version(&document_stamp("abc", NOTHING_STOOD)), None);
        assert_eq!(former_version("abc"), None);
    }

    #[test]
    fn a_stamp_is_the_states_with_or_without_a_version() {
        assert!(has_stamp(&tags("abc"), Some("abc")));
        assert!(has_stamp(&tags("abc/3"), Some("abc")));
        assert!(!has_stamp(&tags("abcd"), Some("abc")));
        assert!(!has_stamp(&Tags::new(), Some("abc")));
        assert!(has_stamp(&tags("abc"), None));
    }
}
