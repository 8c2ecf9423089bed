//! The wanted parts in the form in which reconcilers take them, and how far AWS is from them.
//!
//! Pure. `None` stands for something that is not known yet; at apply time nothing is.

use crate::reconcile::bucket::{self, AccessLog, ObjectLock, ObservedBucket, WantedBucket};
use crate::reconcile::kms_key::{self, WantedKey};
use crate::reconcile::log_group::{self, WantedLogGroup};
use crate::reconcile::session_document::{self, ObservedDocument, WantedDocument};
use crate::reconcile::{Difference, MARK_TAG, STAMP_TAG};

use super::model::{Inputs, Known};
use super::ownership::{NOTHING_STOOD, document_stamp, has_stamp};
use super::parts::Observation;
use super::state::State;
use super::wanted::{Bucket, KEY_DESCRIPTION, Key, LogGroup, OwnBucket, OwnKey, Tags, Wanted};

/// What every part is written with: the tags with mark and stamp, and the ARN of the key.
#[derive(Clone, Debug)]
pub struct Writes<'a> {
    wanted: &'a Wanted,
    tags: Tags,
}

impl<'a> Writes<'a> {
    /// For the parts of a state with this stamp.
    #[must_use]
    pub fn new(wanted: &'a Wanted, stamp: Option<&str>) -> Option<Self> {
        let mut tags = wanted.tags.known()?.clone();
        tags.insert(MARK_TAG.to_owned(), wanted.mark.known()?.clone());
        if let Some(stamp) = stamp {
            tags.insert(STAMP_TAG.to_owned(), stamp.to_owned());
        }
        Some(Self { wanted, tags })
    }

    /// The key.
    #[must_use]
    pub fn key(&self, own: &OwnKey) -> Option<WantedKey> {
        Some(WantedKey {
            alias_name: own.alias_name.clone(),
            description: KEY_DESCRIPTION.to_owned(),
            policy: own.policy.known()?.clone(),
            rotation_enabled: own.rotation_enabled,
            rotation_period_in_days: own.rotation_period_in_days,
            multi_region: own.multi_region,
            tags: self.tags.clone(),
        })
    }

    /// The log group, encrypted with a key.
    #[must_use]
    pub fn log_group(&self, group: &LogGroup, key_arn: Option<&str>) -> Option<WantedLogGroup> {
        Some(WantedLogGroup {
            name: group.name.clone(),
            arn: self.wanted.place.known()?.log_group_arn(&group.name),
            retention_in_days: group.retention_in_days,
            kms_key_arn: key_arn.map(str::to_owned),
            tags: self.tags.clone(),
        })
    }

    /// The bucket, encrypted with a key. Whether it holds versions of former times decides about their rule.
    #[must_use]
    pub fn bucket(
        &self,
        own: &OwnBucket,
        key_arn: Option<&str>,
        observed: Option<&ObservedBucket>,
    ) -> Option<WantedBucket> {
        let place = self.wanted.place.known()?;
        let rule = observed.and_then(|bucket| bucket.lifecycle);
        let versions_expire = own.versioning || rule.is_some_and(|rule| rule.noncurrent_days.is_some());
        Some(WantedBucket {
            name: own.name.clone(),
            region: place.region.clone(),
            account_id: place.account_id.clone(),
            policy: own.policy.known()?.clone(),
            kms_key_arn: key_arn.map(str::to_owned),
            bucket_key_enabled: own.bucket_key_enabled,
            object_ownership: own.object_ownership.clone(),
            versioning: own.versioning,
            lifecycle: own.lifecycle_of(versions_expire).known()?.as_ref().map(|lifecycle| bucket::Lifecycle {
                transition_days: lifecycle.transition_days,
                archive_days: lifecycle.archive_days,
                expiration_days: lifecycle.expiration_days,
                noncurrent_days: lifecycle.noncurrent_days,
            }),
            object_lock: own.object_lock.as_ref().map(|lock| ObjectLock { mode: lock.mode.clone(), days: lock.days }),
            access_log: own.access_log.as_ref().map(|log| AccessLog {
                target_bucket: log.target_bucket.clone(),
                target_prefix: log.target_prefix.clone().unwrap_or_default(),
            }),
            tags: self.tags.clone(),
        })
    }

    /// The document, naming a key. Its stamp goes on with the version that stood before it was adopted.
    #[must_use]
    pub fn document(
        &self,
        inputs: &Inputs,
        key_arn: Option<&str>,
        observed: Option<&ObservedDocument>,
    ) -> Option<WantedDocument> {
        let key_arn = Known::Value(key_arn.map(str::to_owned));
        let mut tags = self.tags.clone();
        if let Some(stamp) = tags.get(STAMP_TAG).cloned() {
            let held = observed.filter(|document| has_stamp(&document.tags, Some(&stamp)));
            let held = held.and_then(|document| document.tags.get(STAMP_TAG)).filter(|held| held.contains('/'));
            tags.insert(STAMP_TAG.to_owned(), held.cloned().unwrap_or_else(|| document_stamp(&stamp, NOTHING_STOOD)));
        }
        Some(WantedDocument { content: self.wanted.content(inputs, &key_arn).known()?.clone(), tags })
    }
}

/// Every difference between what is wanted and what stands, in what this setup may write.
#[must_use]
pub fn drift(wanted: &Wanted, inputs: &Inputs, state: &State, seen: &Observation) -> Vec<String> {
    let Some(writes) = Writes::new(wanted, state.stamp.as_deref()) else { return Vec::new() };
    let mut lines = Vec::new();
    let mut note = |part: &str, differences: Vec<Difference>| {
        lines.extend(differences.into_iter().map(|one| format!("{part}.{}: {}, want {}", one.path, one.is, one.want)));
    };
    let missing = |name: &str| vec![Difference { path: "exists".into(), is: "no".into(), want: name.into() }];
    let key_arn = state.key.as_ref().map(|key| key.arn.as_str());
    if let Some(Key::Own(own)) = wanted.key.known() {
        match (&seen.key, &state.key, writes.key(own)) {
            (Ok(Some(key)), Some(_), Some(want)) => note("kms_key", kms_key::diff(key, &want)),
            (Ok(_), None, _) => note("kms_key", missing(&own.alias_name)),
            _ => {}
        }
    }
    // Without its key, what encrypts the other parts is not known to be wrong.
    let has_key = key_arn.is_some() || wanted.key.known() == Some(&Key::None);
    if let Some(Some(group)) = wanted.log_group.known()
        && group.own
    {
        match (&seen.log_group, &state.log_group, writes.log_group(group, key_arn)) {
            (Ok(Some(held)), Some(_), Some(want)) if has_key => note("log_group", log_group::diff(held, &want)),
            (Ok(_), None, _) => note("log_group", missing(&group.name)),
            _ => {}
        }
    }
    if let Some(Bucket::Own(own)) = wanted.bucket.known() {
        let held = seen.bucket.as_ref().ok().and_then(Option::as_ref);
        match (&seen.bucket, &state.bucket, writes.bucket(own, key_arn, held)) {
            (Ok(Some(held)), Some(_), Some(want)) if has_key => note("bucket", bucket::diff(held, &want)),
            (Ok(_), None, _) => note("bucket", missing(&own.name)),
            _ => {}
        }
    }
    if wanted.document.known() == Some(&true) {
        let held = seen.document.as_ref().ok().and_then(Option::as_ref);
        match (held, &state.document, writes.document(inputs, key_arn, held)) {
            (Some(held), Some(_), Some(want)) if has_key => note("document", session_document::diff(held, &want)),
            (_, None, _) => note("document", missing(session_document::NAME)),
            _ => {}
        }
    }
    lines
}
