//! Tags of a part: what differs, how it is written, and which setup and state a part belongs to.
//!
//! Tags whose key begins with `aws:` are AWS's own: they can be neither written nor removed (AWS General Reference,
//! "Tagging your AWS resources"). They are left out everywhere.

use std::collections::BTreeMap;
use std::future::Future;

use super::difference::{Differences, NONE};
use super::error::CallError;

/// Tags by key.
pub(crate) type Tags = BTreeMap<String, String>;

/// Key of the tag that names the setup that a part belongs to.
pub(crate) const MARK_TAG: &str = "ssm-session-setup";

/// Key of the tag that names the state that a part belongs to.
pub(crate) const STAMP_TAG: &str = "ssm-session-setup-stamp";

/// The difference between observed and desired tags.
#[derive(Debug, PartialEq, Eq)]
struct TagChanges {
    /// Tags to write.
    set: Tags,
    /// Keys to remove.
    remove: Vec<String>,
}

/// Whether a tag is AWS's own.
pub(super) fn is_system(key: &str) -> bool {
    key.starts_with("aws:")
}

/// Tags without AWS's own.
pub(super) fn without_system(tags: impl IntoIterator<Item = (String, String)>) -> Tags {
    tags.into_iter().filter(|(key, _)| !is_system(key)).collect()
}

/// Notes every tag that differs.
pub(super) fn compare(differences: &mut Differences, observed: &Tags, desired: &Tags) {
    let TagChanges { set, remove } = changes(observed, desired);
    for (key, value) in set {
        let present = observed.get(&key).map_or(NONE, String::as_str);
        differences.note(format!("tags.{key}"), present, value);
    }
    for key in remove {
        let present = observed.get(&key).map_or(NONE, String::as_str);
        differences.note(format!("tags.{key}"), present, NONE);
    }
}

/// Writes the tags that differ and removes those that are not desired, each by one call, and keeps `observed` up to
/// date.
///
/// # Errors
/// Any error of the calls.
pub(super) async fn ensure<S, R>(
    observed: &mut Tags,
    desired: &Tags,
    set: impl FnOnce(Tags) -> S,
    remove: impl FnOnce(Vec<String>) -> R,
) -> Result<(), CallError>
where
    S: Future<Output = Result<(), CallError>>,
    R: Future<Output = Result<(), CallError>>,
{
    let changes = changes(observed, desired);
    if !changes.set.is_empty() {
        set(changes.set.clone()).await?;
        observed.extend(changes.set);
    }
    if !changes.remove.is_empty() {
        remove(changes.remove).await?;
        observed.clone_from(desired);
    }
    Ok(())
}

fn changes(observed: &Tags, desired: &Tags) -> TagChanges {
    TagChanges {
        set: desired
            .iter()
            .filter(|(key, value)| observed.get(*key) != Some(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        remove: observed.keys().filter(|key| !desired.contains_key(*key)).cloned().collect(),
    }
}

/// Whether a resource belongs to the state of the desired tags: it has the same stamp.
pub(super) fn same_stamp(observed: &Tags, desired: &Tags) -> bool {
    desired.get(STAMP_TAG).is_some_and(|stamp| observed.get(STAMP_TAG) == Some(stamp))
}
