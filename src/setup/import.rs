//! Takes a setup that exists into a state: what AWS shows becomes inputs, so that the next plan is empty or one update
//! in place, and never a replacement.
//!
//! The document names bucket, log group and key; their names and tags say whose setup it is. A part counts as made by
//! this resource where it carries the mark, or the module's names, description and tags; any other is imported as
//! given from outside. What nothing proves stays null.

mod id;
mod inputs;

use crate::framework::diagnostics::Diagnostics;
use crate::framework::value::Value;
use crate::reconcile::bucket::{ExpectedBucket, ObservedBucket};
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document::ObservedDocument;
use crate::reconcile::{Error, MARK_TAG, Run, STAMP_TAG, Tags};

pub use id::{FORMS, Id};

use super::adoption::{self, Names};
use super::diagnose;
use super::naming::{self, Place};
use super::parts::Parts;
use super::schema::SCHEMA;
use super::state::{self, State};
use super::wanted::{self, KEY_DESCRIPTION};

/// What was found of a setup.
#[derive(Debug)]
struct Found {
    document: ObservedDocument,
    bucket: Option<ObservedBucket>,
    log_group: Option<ObservedLogGroup>,
    key: Option<ObservedKey>,
    previous_document: Option<String>,
    /// What the system name is by the names of parts.
    system_name: Option<String>,
}

/// Makes the state of the setup that stands at the place of these reconcilers.
///
/// # Errors
/// The diagnostics that say why there is nothing to import, or what could not be read.
pub async fn import(parts: &Parts, id: &Id, default_tags: &Tags, run: &Run) -> Result<Value, Diagnostics> {
    let found = match look(parts, run).await {
        Ok(Some(found)) => found,
        Ok(None) => return Err(nothing(&parts.place)),
        Err(error) => {
            let mut diagnostics = Diagnostics::new();
            diagnose::error(&mut diagnostics, "The setup cannot be imported", &error);
            return Err(diagnostics);
        }
    };
    let place = &parts.place;
    let mut value = Value::map(SCHEMA.block.attributes.iter().map(|attribute| (attribute.name.as_str(), Value::Null)));
    inputs::write(&mut value, &found, id, default_tags, place);
    computed(&found, place).write(&mut value);
    value.put("id", Value::from(format!("{}/{}", place.account_id, place.region)));
    value.put("account_id", Value::from(place.account_id.as_str()));
    value.put("partition", Value::from(place.partition.as_str()));
    value.put("system_name", found.system_name.clone().into());
    let tags = found.tags().map(|tags| tags.iter().filter(|(key, _)| *key != MARK_TAG && *key != STAMP_TAG));
    let tags = tags.map(|tags| Value::map(tags.map(|(key, value)| (key.as_str(), Value::from(value.as_str())))));
    value.put("tags_all", tags.into());
    Ok(value)
}

async fn look(parts: &Parts, run: &Run) -> Result<Option<Found>, Error> {
    let Some(document) = parts.documents.observe(run).await? else { return Ok(None) };
    let place = &parts.place;
    let names = Names::of(&document.content);
    let bucket = async {
        match &names.bucket {
            // A bucket of another account or region is one that was given.
            Some(name) => match parts.buckets.observe_given(name, Some(&place.account_id), run).await {
                Ok(Some(given)) if given.region == place.region => {
                    let expected = ExpectedBucket { object_lock: true, lifecycle: false };
                    parts.buckets.observe(name, &place.region, &place.account_id, expected, run).await
                }
                _ => Ok(None),
            },
            None => Ok(None),
        }
    };
    let log_group = async {
        match &names.log_group {
            Some(name) => parts.log_groups.observe(name, run).await,
            None => Ok(None),
        }
    };
    let (bucket, log_group) = tokio::join!(Box::pin(bucket), Box::pin(log_group));
    let (bucket, log_group) = (bucket?, log_group?);
    let system_name = names.bucket.as_deref().and_then(system_name_of).map(str::to_owned);
    let key = names.key.clone().or_else(|| bucket.as_ref().and_then(|bucket| bucket.kms_key_arn.clone()));
    let key = match key {
        None => None,
        Some(key) => match parts.keys.observe_given(&key, run).await? {
            // The whole look is only for keys of this account that may be ours.
            Some(given) if given.customer_managed && given.account_id == place.account_id => {
                let alias = system_name.as_deref().map(naming::derived_alias_name).unwrap_or_default();
                parts.keys.observe(&alias, Some(&given.arn), run).await?
            }
            given => given.filter(|key| key.customer_managed),
        },
    };
    let mark = document.tags.get(MARK_TAG).cloned().unwrap_or_default();
    let previous_document = if mark.is_empty() {
        None
    } else {
        adoption::previous(&parts.documents, &document, &mark, run).await?.map(|previous| previous.content)
    };
    Ok(Some(Found { document, bucket, log_group, key, previous_document, system_name }))
}

/// The system name in the name of a bucket, as this resource and the module derive it.
fn system_name_of(bucket: &str) -> Option<&str> {
    let rest = bucket.strip_prefix(naming::bucket_name("", None).as_str())?;
    match rest.rsplit_once('-') {
        Some((name, _)) if wanted::is_derived_bucket(bucket, name) => Some(name),
        _ => Some(rest),
    }
}

impl Found {
    fn is_ours(tags: &Tags, place: &Place) -> bool {
        let here = format!("{}/{}/", place.account_id, place.region);
        tags.get(MARK_TAG).is_some_and(|mark| mark.starts_with(&here))
    }

    /// Whether the tags are those that this resource and the module give to every part.
    fn has_standard_tags(tags: &Tags) -> bool {
        ["organization", "organization-unit", "application-name", "application-type"]
            .iter()
            .all(|key| tags.contains_key(*key))
    }

    /// The bucket, where it was made by this resource or the module.
    fn own_bucket(&self, place: &Place) -> Option<&ObservedBucket> {
        self.bucket.as_ref().filter(|bucket| {
            Self::is_ours(&bucket.tags, place) || (self.system_name.is_some() && Self::has_standard_tags(&bucket.tags))
        })
    }

    /// The log group, where it was made by this resource or the module.
    fn own_log_group(&self, place: &Place) -> Option<&ObservedLogGroup> {
        let derived = self.system_name.as_deref().map(naming::log_group_name);
        self.log_group.as_ref().filter(|group| {
            Self::is_ours(&group.tags, place)
                || (Some(&group.name) == derived.as_ref() && Self::has_standard_tags(&group.tags))
        })
    }

    /// The key, where it was made by this resource or the module.
    fn own_key(&self, place: &Place) -> Option<&ObservedKey> {
        self.key.as_ref().filter(|key| {
            Self::is_ours(&key.tags, place)
                || (key.alias_name.is_some()
                    && key.description == KEY_DESCRIPTION
                    && Self::has_standard_tags(&key.tags))
        })
    }

    /// The tags that say whose setup it is, from whichever part has them.
    fn tags(&self) -> Option<&Tags> {
        let bucket = self.bucket.iter().map(|bucket| &bucket.tags);
        let key = self.key.iter().map(|key| &key.tags);
        let group = self.log_group.iter().map(|group| &group.tags);
        bucket.chain(key).chain(group).chain([&self.document.tags]).find(|tags| Self::has_standard_tags(tags))
    }

    fn stamp(&self) -> Option<String> {
        let bucket = self.bucket.iter().map(|bucket| &bucket.tags);
        let key = self.key.iter().map(|key| &key.tags);
        let group = self.log_group.iter().map(|group| &group.tags);
        let stamp = bucket.chain(key).chain(group).find_map(|tags| tags.get(STAMP_TAG).cloned());
        stamp.or_else(|| {
            let stamp = self.document.tags.get(STAMP_TAG)?;
            Some(stamp.split('/').next().unwrap_or(stamp).to_owned())
        })
    }
}

/// The computed parts; a refresh follows at once.
fn computed(found: &Found, place: &Place) -> State {
    let key = found.own_key(place).map(state::Key::own);
    let given_key = || found.key.as_ref().map(|key| state::Key::given(key, &key.arn));
    let group = found.own_log_group(place).map(state::LogGroup::own);
    let given_group = || found.log_group.as_ref().map(state::LogGroup::given);
    let bucket = found.own_bucket(place).map(|bucket| state::Bucket::own(bucket, place));
    let given_bucket = || {
        let name = Names::of(&found.document.content).bucket?;
        let given = wanted::GivenBucket { name, account_id: None, kms_key_arn: None };
        Some(state::Bucket::given(&given, None, place))
    };
    State {
        key: key.or_else(given_key),
        log_group: group.or_else(given_group),
        bucket: bucket.or_else(given_bucket),
        document: Some(state::Document::observed(&found.document, found.previous_document.is_some(), place)),
        previous_document: found.previous_document.clone(),
        stamp: found.stamp(),
        ..State::default()
    }
}

fn nothing(place: &Place) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.error(
        "There is nothing to import",
        format!(
            "Account {} has no document SSM-SessionManagerRunShell in {}. Make the setup with an apply; parts of a \
             former one that carry its mark are taken over.",
            place.account_id, place.region
        ),
    );
    diagnostics
}
