//! Tags of a part: what differs, and whom a part belongs to.
//!
//! Tags whose key begins with `aws:` are AWS's own: they can be neither written nor removed
//! (AWS General Reference, "Tagging your AWS resources") and are left out everywhere.

use super::error::{CallError, ErrorKind};
use super::{Differences, NONE, STAMP_TAG, Tags};

/// What has to be written so that the tags are as wanted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TagChanges {
    /// Tags to write.
    pub(super) set: Tags,
    /// Keys to remove.
    pub(super) remove: Vec<String>,
}

/// Whether a tag is AWS's own.
pub(super) fn is_system(key: &str) -> bool {
    key.starts_with("aws:")
}

/// Collects observed tags, without AWS's own.
pub(super) fn own(tags: impl IntoIterator<Item = (String, String)>) -> Tags {
    tags.into_iter().filter(|(key, _)| !is_system(key)).collect()
}

/// Notes every tag that differs.
pub(super) fn compare(differences: &mut Differences, is: &Tags, want: &Tags) {
    let TagChanges { set, remove } = changes(is, want);
    for (key, value) in set {
        let present = is.get(&key).map_or(NONE, String::as_str);
        differences.note(format!("tags.{key}"), present, value);
    }
    for key in remove {
        let present = is.get(&key).map_or(NONE, String::as_str);
        differences.note(format!("tags.{key}"), present, NONE);
    }
}

/// What has to be written so that the tags are as wanted.
pub(super) fn changes(is: &Tags, want: &Tags) -> TagChanges {
    TagChanges {
        set: want
            .iter()
            .filter(|(key, value)| is.get(*key) != Some(value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        remove: is.keys().filter(|key| !want.contains_key(*key)).cloned().collect(),
    }
}

/// Whether a resource was made by whoever wants these tags: it carries the same stamp.
pub(super) fn same_stamp(is: &Tags, want: &Tags) -> bool {
    want.get(STAMP_TAG).is_some_and(|stamp| is.get(STAMP_TAG) == Some(stamp))
}

/// Whether a failed create is worth a look: it may be this very call that made the thing.
pub(super) fn may_be_ours(error: &CallError) -> bool {
    matches!(error.kind, ErrorKind::AlreadyExists | ErrorKind::EffectUnknown)
}
