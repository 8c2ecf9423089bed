//! The planned state, from configuration, prior state, provider configuration and the caller's place. Pure.
//!
//! Hosts plan again before they apply and refuse any value that changed, so nothing here may look at a clock, at
//! chance or at AWS. Everything that can be known is known; what AWS or the apply decides is unknown.
//! Follows the plan checks of Terraform's core (`objchange.AssertPlanValid`).

mod changes;

use std::collections::BTreeMap;

use serde::Serialize;

use super::access;
use super::model::{Inputs, Known};
use super::naming::{self, Place};
use super::policies::canonical_json;
use super::schema::SCHEMA;
use super::state::{self, PartKind, State};
use super::transition::Transition;
use super::wanted::{Bucket, KEY_DESCRIPTION, Key, LogGroup, OwnBucket, Tags, Wanted};
use terraform_plugin::framework::defaults::{keep_spelling, with_defaults};
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::schema::Attribute;
use terraform_plugin::framework::value::Value;
use crate::reconcile::policy;
use crate::reconcile::session_document::{NAME as DOCUMENT_NAME, same_content};

pub use changes::account_moved;

/// A planned state and what it was made from.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The planned state.
    pub planned: Value,
    /// What can only change by a replacement.
    pub replace: Vec<Path>,
    /// What is wanted of each part.
    pub wanted: Wanted,
    /// What becomes of the parts that stand.
    pub transition: Transition,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// The inputs as they are planned, but for those that are derived from names: defaults where configuration is null,
/// and the prior's spelling where it means the same.
#[must_use]
pub fn inputs(config: &Value, prior: &Value, provider_region: &Known<Option<String>>) -> Value {
    let mut inputs = with_defaults(&SCHEMA.block.attributes, config);
    if inputs.at("region").is_null() {
        inputs.put("region", provider_region.clone().into());
    }
    keep_spelling(&SCHEMA.block.attributes, &inputs, prior)
}

/// Plans a create or, where `prior` is not null, an update.
#[must_use]
pub fn plan(mut planned: Value, prior: &Value, place: &Known<Place>, default_tags: &Known<Tags>) -> Plan {
    let inputs = Inputs::read(&planned);
    let replace = changes::replacement(&planned, prior, place);
    // A replacement is planned as what it ends in, a create.
    let null = Value::Null;
    let prior = if replace.is_empty() { prior } else { &null };
    let prior_state = State::read(prior);
    let wanted = Wanted::derive(&inputs, place, default_tags, &prior_state);
    let transition = Transition::between(&prior_state, &wanted, &inputs);
    derive_inputs(&mut planned, &wanted);
    let mut planned = keep_spelling(&SCHEMA.block.attributes, &planned, prior);
    let key_arn = plan_computed(&mut planned, prior, &transition, &wanted);
    plan_document(&mut planned, prior, &transition.standing, &wanted, &inputs, &key_arn);
    plan_kept(&mut planned, prior, &prior_state, &transition, &wanted);
    access::write(&mut planned, prior, &inputs, &wanted);
    let diagnostics = changes::check(&inputs, &planned, prior, &prior_state, &transition, &wanted);
    Plan { planned, replace, wanted, transition, diagnostics }
}

/// Fills in the inputs whose default is derived.
fn derive_inputs(planned: &mut Value, wanted: &Wanted) {
    let run_as_enabled = match planned.at("settings.session.run_as") {
        Value::Unknown => Value::Unknown,
        run_as => Value::Bool(run_as.as_str().is_some_and(|user| !user.is_empty())),
    };
    let versioning = match planned.at("settings.bucket.object_lock") {
        Value::Unknown => Value::Unknown,
        lock => Value::Bool(!lock.is_null()),
    };
    let mut fill = |path: &str, value: Value| {
        if planned.at(path).is_null() {
            planned.put(path, value);
        }
    };
    // What is derived hangs on one setting each, and not on what else is unknown in its group.
    let system_name = |of: fn(&str) -> String| wanted.names.system_name.map(|name| of(name)).into();
    let bare_alias = |name: &str| naming::derived_alias_name(name).trim_start_matches("alias/").to_owned();
    fill("settings.kms.alias_name", system_name(bare_alias));
    fill("settings.cloudwatch.log_group_name", system_name(naming::log_group_name));
    fill("settings.bucket.name", wanted.names.bucket.clone().into());
    fill("settings.session.run_as_enabled", run_as_enabled);
    fill("settings.bucket.versioning", versioning);
}

/// Plans everything computed but the document; answers the ARN of the key, none where there is no customer key.
fn plan_computed(
    planned: &mut Value,
    prior: &Value,
    transition: &Transition,
    wanted: &Wanted,
) -> Known<Option<String>> {
    let state = &transition.standing;
    let place = &wanted.place;
    planned.put("id", place.map(|place| format!("{}/{}", place.account_id, place.region)).into());
    planned.put("account_id", place.map(|place| place.account_id.clone()).into());
    planned.put("partition", place.map(|place| place.partition.clone()).into());
    planned.put("system_name", wanted.names.system_name.clone().into());
    planned.put("tags_all", tags_value(&wanted.tags));
    planned.put("stamp", state.stamp.clone().map_or(Value::Unknown, Value::from));
    planned.put("drift", Value::List(Vec::new()));
    planned.put("delegations", Value::Null);
    let (key, key_arn) = plan_key(wanted, prior, transition);
    planned.put("kms_key", key);
    planned.put("log_group", plan_log_group(wanted, prior, state, &key_arn));
    let told = ["settings.bucket.name", "settings.bucket.account_id", "settings.bucket.kms_key_arn"];
    let same_bucket = told.iter().all(|path| planned.at(path) == prior.at(path));
    let bucket = match &wanted.bucket {
        Known::Unknown => Value::Unknown,
        Known::Value(Bucket::Own(own)) => plan_bucket(own, wanted, state, &key_arn),
        Known::Value(Bucket::Given(_)) if same_bucket && state.bucket.is_some() => prior.at("bucket").clone(),
        Known::Value(Bucket::Given(given)) => {
            let mut bucket = unknown("bucket");
            bucket.put("name", Value::from(given.name.as_str()));
            bucket.put("arn", place.map(|place| place.bucket_arn(&given.name)).into());
            bucket.put("created", Value::Bool(false));
            for unread in
                ["policy", "object_ownership", "public_access_block", "lifecycle", "object_lock", "access_log"]
            {
                bucket.put(unread, Value::Null);
            }
            bucket.put("tags", Value::Null);
            bucket.put("versioning", Value::from(""));
            bucket
        }
    };
    planned.put("bucket", bucket);
    key_arn
}

fn plan_key(wanted: &Wanted, prior: &Value, transition: &Transition) -> (Value, Known<Option<String>>) {
    let state = &transition.standing;
    match &wanted.key {
        Known::Unknown => (Value::Unknown, Known::Unknown),
        Known::Value(Key::None) => (Value::Null, Known::Value(None)),
        Known::Value(Key::Given(_)) if state.key.is_some() => {
            (prior.at("kms_key").clone(), Known::Value(state.key.as_ref().map(|key| key.arn.clone())))
        }
        Known::Value(Key::Given(reference)) => {
            let mut key = unknown("kms_key");
            key.put("created", Value::Bool(false));
            for unread in ["policy", "rotation_enabled", "rotation_period_in_days", "tags"] {
                key.put(unread, Value::Null);
            }
            let arn = wanted.place.and_then(|place| given_key_arn(place, reference));
            key.put("arn", arn.clone().into());
            let (alias_name, alias_arn) = state::Key::alias_of(reference);
            key.put("alias_name", alias_name.into());
            key.put("alias_arn", alias_arn.into());
            (key, arn.map(|arn| Some(arn.clone())))
        }
        Known::Value(Key::Own(own)) => {
            let mine = state.key.as_ref();
            let mut key = unknown("kms_key");
            let again = transition.taken_back(PartKind::KmsKey);
            let known_arn = mine.map(|key| &key.arn).or_else(|| again.map(|held| &held.arn));
            if let Some(arn) = known_arn {
                key.put("arn", Value::from(arn.as_str()));
                key.put("key_id", arn.rsplit('/').next().into());
            }
            key.put("alias_name", Value::from(own.alias_name.as_str()));
            let alias_arn = wanted.place.map(|place| place.alias_arn(&own.alias_name));
            key.put("alias_arn", alias_arn.into());
            key.put("created", Value::Bool(true));
            key.put("description", Value::from(KEY_DESCRIPTION));
            key.put("policy", policy_value(&own.policy, mine.and_then(|key| key.policy.as_deref())));
            key.put("rotation_enabled", Value::Bool(own.rotation_enabled));
            let period = own.rotation_enabled.then_some(i64::from(own.rotation_period_in_days));
            key.put("rotation_period_in_days", period.map_or(Value::Null, Value::number));
            key.put("multi_region", Value::Bool(own.multi_region));
            key.put("state", Value::from("Enabled"));
            key.put("tags", tags_value(&wanted.tags));
            let arn = known_arn.map_or(Known::Unknown, |arn| Known::Value(Some(arn.clone())));
            (key, arn)
        }
    }
}

fn plan_log_group(wanted: &Wanted, prior: &Value, state: &State, key_arn: &Known<Option<String>>) -> Value {
    let group = match &wanted.log_group {
        Known::Unknown => return Value::Unknown,
        Known::Value(None) => return Value::Null,
        Known::Value(Some(group)) => group,
    };
    let LogGroup { name, own, retention_in_days } = group;
    if !own && state.log_group.is_some() {
        return prior.at("log_group").clone();
    }
    let mut value = unknown("log_group");
    value.put("name", Value::from(name.as_str()));
    let arn = wanted.place.map(|place| place.log_group_arn(name));
    value.put("arn", arn.into());
    value.put("created", Value::Bool(*own));
    if *own {
        value.put("retention_in_days", retention_in_days.map_or(Value::Null, Value::number));
        value.put("kms_key_arn", key_arn.clone().into());
        value.put("tags", tags_value(&wanted.tags));
    } else {
        value.put("tags", Value::Null);
    }
    value
}

fn plan_bucket(own: &OwnBucket, wanted: &Wanted, state: &State, key_arn: &Known<Option<String>>) -> Value {
    let mine = state.bucket.as_ref();
    let mut bucket = unknown("bucket");
    bucket.put("name", Value::from(own.name.as_str()));
    bucket.put("arn", wanted.place.map(|place| place.bucket_arn(&own.name)).into());
    bucket.put("region", wanted.place.map(|place| place.region.clone()).into());
    bucket.put("created", Value::Bool(true));
    bucket.put("policy", policy_value(&own.policy, mine.and_then(|bucket| bucket.policy.as_deref())));
    bucket.put("sse_algorithm", Value::from("aws:kms"));
    bucket.put("kms_key_arn", key_arn.clone().into());
    bucket.put("bucket_key_enabled", Value::Bool(own.bucket_key_enabled));
    bucket.put("object_ownership", Value::from(own.object_ownership.as_str()));
    // A bucket that never kept versions and one that no longer does are both as wanted; which one a bucket that is
    // taken over turns out to be is not known here.
    let versioning = match (own.versioning, mine.map(|bucket| bucket.versioning.as_str())) {
        (true, _) => Value::from("Enabled"),
        (false, Some("Enabled")) => Value::from("Suspended"),
        (false, Some(now)) => Value::from(now),
        (false, None) => Value::Unknown,
    };
    bucket.put("versioning", versioning);
    let blocked = state::PublicAccessBlock {
        block_public_acls: true,
        block_public_policy: true,
        ignore_public_acls: true,
        restrict_public_buckets: true,
    };
    bucket.put("public_access_block", part_of("bucket", "public_access_block", &Some(blocked)));
    bucket.put("lifecycle", plan_lifecycle(own));
    let lock = own.object_lock.as_ref();
    let lock = lock.map(|lock| state::ObjectLock { mode: lock.mode.clone(), days: lock.days });
    bucket.put("object_lock", part_of("bucket", "object_lock", &lock));
    let log = own.access_log.as_ref().map(|log| state::AccessLog {
        target_bucket: log.target_bucket.clone(),
        target_prefix: Some(log.target_prefix.clone().unwrap_or_default()),
    });
    bucket.put("access_log", part_of("bucket", "access_log", &log));
    bucket.put("tags", tags_value(&wanted.tags));
    bucket
}

/// Plans the lifecycle. A bucket that is taken over or taken back may hold versions although no more are kept.
fn plan_lifecycle(own: &OwnBucket) -> Value {
    let known = own.versions_expire.known();
    let Known::Value(lifecycle) = own.lifecycle_of(known == Some(&true)) else { return Value::Unknown };
    if lifecycle.is_none() && known.is_none() {
        return Value::Unknown;
    }
    let mut value = part_of("bucket", "lifecycle", &lifecycle);
    if known.is_none() {
        value.put("noncurrent_days", Value::Unknown);
    }
    value
}

fn plan_document(
    planned: &mut Value,
    prior: &Value,
    state: &State,
    wanted: &Wanted,
    inputs: &Inputs,
    key_arn: &Known<Option<String>>,
) {
    let document = match wanted.document {
        Known::Unknown => Value::Unknown,
        Known::Value(false) => Value::Null,
        Known::Value(true) => {
            let mut document = unknown("document");
            document.put("name", Value::from(DOCUMENT_NAME));
            let arn = wanted.place.map(|place| place.document_arn(DOCUMENT_NAME));
            document.put("arn", arn.into());
            document.put("tags", tags_value(&wanted.tags));
            let content = wanted.content(inputs, key_arn);
            if let Some(mine) = &state.document {
                document.put("adopted", Value::Bool(mine.adopted));
                let unchanged = content.known().is_some_and(|content| {
                    serde_json::from_str(&mine.content).is_ok_and(|held| same_content(&held, content))
                });
                if unchanged && mine.status.as_deref() == Some("Active") {
                    document.put("content", prior.at("document.content").clone());
                    document.put("latest_version", prior.at("document.latest_version").clone());
                    // A default version that was moved back follows the latest again.
                    document.put("default_version", prior.at("document.latest_version").clone());
                    document.put("hash", prior.at("document.hash").clone());
                    document.put("status", prior.at("document.status").clone());
                } else {
                    document.put("content", content.map(canonical_json).into());
                }
            } else {
                document.put("content", content.map(canonical_json).into());
            }
            document
        }
    };
    planned.put("document", document);
}

/// Plans what is kept of former times: retired parts, and the document that stood before ours.
fn plan_kept(planned: &mut Value, prior: &Value, prior_state: &State, transition: &Transition, wanted: &Wanted) {
    let undecided =
        wanted.key.known().is_none() || wanted.bucket.known().is_none() || wanted.log_group.known().is_none();
    // A log group that cannot be deleted is retired instead.
    let retired = if undecided && !prior.is_null() || transition.deleting.is_some() {
        Value::Unknown
    } else {
        state::computed("retired", &transition.retired())
    };
    planned.put("retired", retired);
    let previous = match (wanted.document.known(), &prior_state.document) {
        (Some(false), _) => Value::Null,
        (_, Some(_)) => prior.at("previous_document").clone(),
        // A document that exists may be adopted; what it holds is not for the plan to know.
        (_, None) => Value::Unknown,
    };
    planned.put("previous_document", previous);
}

/// The ARN that a reference to an existing key stands for; an alias does not tell.
fn given_key_arn(place: &Place, reference: &str) -> Known<String> {
    match (reference.starts_with("arn:"), reference.contains("alias/")) {
        (_, true) => Known::Unknown,
        (true, false) => Known::Value(reference.to_owned()),
        (false, false) => Known::Value(place.key_arn(reference)),
    }
}

/// An object in which every attribute is unknown.
fn unknown(name: &str) -> Value {
    let attribute = SCHEMA.block.attributes.iter().find(|attribute| attribute.name == name);
    match attribute.map(Attribute::ty) {
        Some(terraform_plugin::framework::types::Type::Object { attributes, .. }) => {
            Value::map(attributes.into_keys().map(|name| (name, Value::Unknown)))
        }
        _ => Value::Unknown,
    }
}

/// A nested object of a part as a value.
fn part_of<T: Serialize>(part: &str, name: &str, of: &T) -> Value {
    state::computed(part, &BTreeMap::from([(name, of)])).at(name).clone()
}

fn tags_value(tags: &Known<Tags>) -> Value {
    match tags {
        Known::Unknown => Value::Unknown,
        Known::Value(tags) => Value::map(tags.iter().map(|(key, value)| (key.as_str(), Value::from(value.as_str())))),
    }
}

/// A wanted policy, in the prior's words where they mean the same.
fn policy_value(wanted: &Known<String>, prior: Option<&str>) -> Value {
    match (wanted, prior) {
        (Known::Unknown, _) => Value::Unknown,
        (Known::Value(wanted), Some(prior)) if policy::same(Some(prior), Some(wanted)) => Value::from(prior),
        (Known::Value(wanted), _) => Value::from(wanted.as_str()),
    }
}

#[cfg(test)]
mod tests;
