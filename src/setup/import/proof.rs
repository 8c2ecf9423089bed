//! What proves that a part was created by this resource or by the module, and which setup it belongs to.
//!
//! Pure. The mark alone is proof. Without it, names, description and tags must be those of the module; a bucket with a
//! chosen name must have the module's lifecycle rule and the same tags as the document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::account::Place;
use crate::reconcile::bucket::ObservedBucket;
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document::ObservedDocument;
use crate::reconcile::{MARK_TAG, STAMP_TAG, Tags, policy};
use crate::setup::desired::KEY_DESCRIPTION;
use crate::setup::desired::names::is_derived_bucket;
use crate::setup::naming;
use crate::setup::naming::stamp::state_of;
use crate::setup::policies::LOG_GROUP_CONDITION;

use super::ImportObservation;

/// The tags that this resource and the module give to every part.
const STANDARD_TAGS: [&str; 4] = ["organization", "organization-unit", "application-name", "application-type"];

/// The system name from the mark, or from the name of the bucket or of the log group.
pub(super) fn system_name(
    document: &ObservedDocument,
    bucket: Option<&ObservedBucket>,
    log_group: Option<&ObservedLogGroup>,
    place: &Place,
) -> Option<String> {
    let marked = marked_name(&document.tags, place);
    let by_bucket = || of_bucket(&bucket?.name);
    let by_log_group = || log_group?.name.strip_prefix(naming::log_group_name("").as_str());
    marked.or_else(by_bucket).or_else(by_log_group).map(str::to_owned)
}

/// The system name in a mark of this place.
fn marked_name<'a>(tags: &'a Tags, place: &Place) -> Option<&'a str> {
    tags.get(MARK_TAG)?.strip_prefix(&naming::mark(place, ""))
}

/// The system name in the name of a bucket, as this resource and the module derive it.
fn of_bucket(bucket: &str) -> Option<&str> {
    let rest = bucket.strip_prefix(naming::bucket_name("", None).as_str())?;
    match rest.rsplit_once('-') {
        Some((name, _)) if is_derived_bucket(bucket, name) => Some(name),
        _ => Some(rest),
    }
}

fn is_marked(tags: &Tags, place: &Place) -> bool {
    marked_name(tags, place).is_some()
}

/// The ARNs of the log groups that a key's policy names.
pub(super) fn log_groups_of_policy(policy: &str) -> BTreeSet<String> {
    let Ok(policy) = serde_json::from_str::<Json>(policy) else { return BTreeSet::new() };
    let statements = policy.get("Statement").and_then(Json::as_array).into_iter().flatten();
    let named = statements.filter_map(|one| one.get("Condition")?.get("ArnEquals")?.get(LOG_GROUP_CONDITION));
    named.flat_map(|arns| policy::elements(Some(arns))).filter_map(Json::as_str).map(str::to_owned).collect()
}

/// Whether a log group was created by this resource or the module for this system name.
pub(super) fn is_managed_group(group: &ObservedLogGroup, system_name: Option<&str>, place: &Place) -> bool {
    let derived = system_name.is_some_and(|system_name| group.name == naming::log_group_name(system_name));
    is_marked(&group.tags, place) || (derived && has_standard_tags(&group.tags))
}

fn has_standard_tags(tags: &Tags) -> bool {
    STANDARD_TAGS.iter().all(|key| tags.contains_key(*key))
}

impl ImportObservation {
    /// The bucket, if it was created by this resource or the module.
    pub(super) fn managed_bucket(&self, place: &Place) -> Option<&ObservedBucket> {
        let document = &self.document.tags;
        let same_tags = |tags: &Tags| STANDARD_TAGS.iter().all(|key| tags.get(*key) == document.get(*key));
        self.bucket.as_ref().filter(|bucket| {
            let named = of_bucket(&bucket.name).is_some();
            let chosen = bucket.lifecycle.is_some() && same_tags(&bucket.tags);
            is_marked(&bucket.tags, place) || (has_standard_tags(&bucket.tags) && (named || chosen))
        })
    }

    /// The log group, if it was created by this resource or the module.
    pub(super) fn managed_log_group(&self, place: &Place) -> Option<&ObservedLogGroup> {
        self.log_group.as_ref().filter(|group| is_managed_group(group, self.system_name.as_deref(), place))
    }

    /// The key, if it was created by this resource or the module.
    pub(super) fn managed_key(&self, place: &Place) -> Option<&ObservedKey> {
        self.key.as_ref().filter(|key| {
            is_marked(&key.tags, place)
                || (key.alias_name.is_some() && key.description == KEY_DESCRIPTION && has_standard_tags(&key.tags))
        })
    }

    /// The tags that say which setup it is, from the first managed part that has them.
    pub(super) fn tags(&self, place: &Place) -> Option<&Tags> {
        let tags = self.tags_of_managed(place).into_iter().map(|(_, tags)| tags);
        tags.into_iter().find(|tags| has_standard_tags(tags))
    }

    /// The stamps of the states that manage parts of the setup, each with those parts.
    pub(super) fn stamps(&self, place: &Place) -> BTreeMap<&str, Vec<String>> {
        let mut stamps = BTreeMap::<_, Vec<_>>::new();
        for (part, tags) in self.tags_of_managed(place) {
            if let Some(stamp) = tags.get(STAMP_TAG) {
                stamps.entry(state_of(stamp)).or_default().push(part);
            }
        }
        stamps
    }

    /// The managed parts, each with its tags.
    fn tags_of_managed(&self, place: &Place) -> Vec<(String, &Tags)> {
        let document = Some(("the document".to_owned(), &self.document.tags));
        let key = self.managed_key(place).map(|key| (format!("the key {}", key.arn), &key.tags));
        let bucket = self.managed_bucket(place).map(|bucket| (format!("the bucket {}", bucket.name), &bucket.tags));
        let group = self.managed_log_group(place).map(|group| (format!("the log group {}", group.name), &group.tags));
        [document, key, bucket, group].into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests;
