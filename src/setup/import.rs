//! Takes a setup that exists into a state: what AWS shows becomes inputs, so that the next plan is empty or one update
//! in place, and never a replacement.
//!
//! The document names bucket, log group and key; their names and tags say whose setup it is. A part counts as made by
//! this resource where it carries the mark, or the module's names, description and tags ([`proof`]); any other is
//! imported as given from outside. What nothing proves stays null.

mod id;
mod inputs;
mod proof;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::value::Value;
use crate::reconcile::bucket::{ExpectedBucket, ObservedBucket};
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::session_document::{NAME as DOCUMENT_NAME, ObservedDocument};
use crate::reconcile::{Error, Kind, MARK_TAG, Run, STAMP_TAG, Tags};

pub use id::{FORMS, Id};
pub use inputs::org;

use super::adoption::{self, Names};
use super::diagnose;
use super::naming::{self, Place};
use super::parts::Parts;
use super::preflight;
use super::schema::SCHEMA;
use super::state::{self, PartKind, Retired, State};
use super::transition::HOLDS_LOGS;
use super::wanted;

/// What was found of a setup.
#[derive(Debug)]
struct Found {
    document: ObservedDocument,
    bucket: Option<ObservedBucket>,
    log_group: Option<ObservedLogGroup>,
    key: Option<ObservedKey>,
    previous_document: Option<String>,
    /// Log groups that were retired: the key's policy still names them.
    retired: Vec<Retired>,
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
    if let Some((summary, detail)) = preflight::unusable(&found.document) {
        let mut diagnostics = Diagnostics::new();
        diagnostics.error(summary, detail);
        return Err(diagnostics);
    }
    let place = &parts.place;
    let mut value = Value::map(SCHEMA.block.attributes.iter().map(|attribute| (attribute.name.as_str(), Value::Null)));
    inputs::write(&mut value, &found, id, default_tags, place);
    computed(&found, place).write(&mut value);
    value.put("id", Value::from(format!("{}/{}", place.account_id, place.region)));
    value.put("account_id", Value::from(place.account_id.as_str()));
    value.put("partition", Value::from(place.partition.as_str()));
    value.put("system_name", found.system_name.clone().into());
    let tags = found.tags(place).map(|tags| tags.iter().filter(|(key, _)| *key != MARK_TAG && *key != STAMP_TAG));
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
                Ok(_) => Ok(None),
                Err(error) if error.kind == Kind::AccessDenied => Ok(None),
                Err(error) => Err(error),
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
    let system_name = proof::system_name(&document, bucket.as_ref(), log_group.as_ref(), place);
    let key = names.key.clone().or_else(|| bucket.as_ref().and_then(|bucket| bucket.kms_key_arn.clone()));
    let key = match key {
        None => None,
        Some(key) => match parts.keys.observe_given(&key, run).await? {
            // The whole look is only for keys of this account that may be ours.
            Some(given) if given.customer_managed && given.account_id == place.account_id => {
                let derived = system_name.as_deref().map(naming::derived_alias_name);
                let alias = alias_of(parts, &given.arn, derived, run).await?;
                parts.keys.observe(&alias.unwrap_or_default(), Some(&given.arn), run).await?
            }
            given => given.filter(|key| key.customer_managed),
        },
    };
    let aliased = || key.as_ref()?.alias_name.as_deref()?.strip_prefix(naming::derived_alias_name("").as_str());
    let system_name = system_name.or_else(|| aliased().map(str::to_owned));
    let mark = document.tags.get(MARK_TAG).cloned().unwrap_or_default();
    let previous_document = if mark.is_empty() {
        None
    } else {
        adoption::previous(&parts.documents, &document, &mark, run).await?.map(|previous| previous.content)
    };
    let retired = match &key {
        Some(key) => retired_groups(parts, key, names.log_group.as_deref(), system_name.as_deref(), run).await?,
        None => Vec::new(),
    };
    Ok(Some(Found { document, bucket, log_group, key, previous_document, retired, system_name }))
}

/// Log groups of this setup that the key's policy names beside the one in use: their events stay readable while it does.
async fn retired_groups(
    parts: &Parts,
    key: &ObservedKey,
    in_use: Option<&str>,
    system_name: Option<&str>,
    run: &Run,
) -> Result<Vec<Retired>, Error> {
    let mut retired = Vec::new();
    for arn in key.policy.as_deref().map(proof::log_groups_of_policy).unwrap_or_default() {
        let Some(name) = arn.rsplit(':').next().filter(|name| Some(*name) != in_use) else { continue };
        let Some(group) = parts.log_groups.observe(name, run).await? else { continue };
        if proof::is_own_group(&group, system_name, &parts.place) {
            retired.push(Retired::new(PartKind::LogGroup, name, &group.arn, HOLDS_LOGS));
        }
    }
    Ok(retired)
}

/// The alias of a key: the derived one if it has it, else its only one. Without the permission to list aliases there is
/// none.
async fn alias_of(parts: &Parts, key_arn: &str, derived: Option<String>, run: &Run) -> Result<Option<String>, Error> {
    let aliases = match parts.keys.aliases_of(key_arn, run).await {
        Ok(aliases) => aliases,
        Err(error) if error.kind == Kind::AccessDenied => return Ok(derived),
        Err(error) => return Err(error),
    };
    Ok(match (derived, aliases.as_slice()) {
        (Some(derived), _) if aliases.contains(&derived) => Some(derived),
        (_, [only]) => Some(only.clone()),
        _ => None,
    })
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
        stamp: found.stamp(place),
        retired: found.retired.clone(),
        ..State::default()
    }
}

fn nothing(place: &Place) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.error(
        "There is nothing to import",
        format!(
            "Account {} has no document {DOCUMENT_NAME} in {}. Make the setup with an apply; parts of a \
             former one that carry its mark are taken over.",
            place.account_id, place.region
        ),
    );
    diagnostics
}
