//! The computed attributes as types: what is known of each part, as it stands in Terraform's state.

mod observed;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::schema::SCHEMA;
use super::wanted::Tags;
use terraform_plugin::framework::json;
use terraform_plugin::framework::value::Value;

/// `kms_key`. What is only read of an existing key has no policy, rotation or tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every attribute")]
pub struct Key {
    pub arn: String,
    pub key_id: String,
    pub alias_name: Option<String>,
    pub alias_arn: Option<String>,
    pub created: bool,
    pub description: Option<String>,
    pub policy: Option<String>,
    pub rotation_enabled: Option<bool>,
    pub rotation_period_in_days: Option<i32>,
    pub multi_region: Option<bool>,
    pub state: Option<String>,
    pub tags: Option<Tags>,
}

/// `bucket`. What is only read of an existing bucket is its name, place and encryption.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every attribute")]
pub struct Bucket {
    pub name: String,
    pub arn: String,
    pub region: Option<String>,
    pub created: bool,
    pub policy: Option<String>,
    pub sse_algorithm: Option<String>,
    pub kms_key_arn: Option<String>,
    pub bucket_key_enabled: Option<bool>,
    pub object_ownership: Option<String>,
    #[serde(default, deserialize_with = "null_is_empty")]
    pub versioning: String,
    pub public_access_block: Option<PublicAccessBlock>,
    pub lifecycle: Option<Lifecycle>,
    pub object_lock: Option<ObjectLock>,
    pub access_log: Option<AccessLog>,
    pub tags: Option<Tags>,
}

fn null_is_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// `bucket.public_access_block`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every attribute")]
#[allow(clippy::struct_excessive_bools, reason = "AWS has these four")]
pub struct PublicAccessBlock {
    pub block_public_acls: bool,
    pub block_public_policy: bool,
    pub ignore_public_acls: bool,
    pub restrict_public_buckets: bool,
}

/// `bucket.lifecycle`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every attribute")]
pub struct Lifecycle {
    pub transition_days: Option<i32>,
    pub archive_days: Option<i32>,
    pub expiration_days: Option<i32>,
    pub noncurrent_days: Option<i32>,
}

/// `bucket.object_lock`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every attribute")]
pub struct ObjectLock {
    pub mode: String,
    pub days: i32,
}

/// `bucket.access_log`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every attribute")]
pub struct AccessLog {
    pub target_bucket: String,
    pub target_prefix: Option<String>,
}

/// `log_group`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every attribute")]
pub struct LogGroup {
    pub name: String,
    pub arn: String,
    pub created: bool,
    pub retention_in_days: Option<i32>,
    pub kms_key_arn: Option<String>,
    pub tags: Option<Tags>,
}

/// `document`. Hash, versions and status are unknown after a write that was never answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema describes every attribute")]
pub struct Document {
    pub name: String,
    pub arn: String,
    pub content: String,
    pub default_version: Option<String>,
    pub latest_version: Option<String>,
    pub status: Option<String>,
    pub hash: Option<String>,
    pub adopted: bool,
    pub tags: Option<Tags>,
}

/// An element of `retired`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// The kind of part.
    pub part: PartKind,
    /// The name: a bucket's, a log group's, a key's alias or id.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// Why it is kept.
    pub reason: String,
}

/// The kinds of parts that can be retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// A KMS key.
    KmsKey,
    /// A bucket.
    Bucket,
    /// A log group.
    LogGroup,
}

impl Retired {
    /// A retired part.
    #[must_use]
    pub fn new(part: PartKind, name: &str, arn: &str, reason: &str) -> Self {
        Self { part, name: name.to_owned(), arn: arn.to_owned(), reason: reason.to_owned() }
    }

    /// Whether it is the part of this kind and name.
    #[must_use]
    pub fn is(&self, part: PartKind, name: &str) -> bool {
        self.part == part && self.name == name
    }

    /// Whether it is the key that a reference as AWS takes it, an id, an ARN or an alias, means.
    #[must_use]
    pub fn is_key(&self, reference: &str) -> bool {
        let by_name = || reference.strip_suffix(&self.name).is_some_and(|place| self.arn.starts_with(place));
        self.part == PartKind::KmsKey
            && (reference == self.arn || self.arn.ends_with(&format!("/{reference}")) || by_name())
    }
}

/// All computed attributes that a setup decides by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The account the setup stands in.
    pub account_id: Option<String>,
    /// Its partition.
    pub partition: Option<String>,
    /// The name of the bucket among the inputs; it stays there while the bucket is missing.
    pub bucket_name: Option<String>,
    /// The system name that names were derived from.
    pub system_name: Option<String>,
    /// The tags of all parts, without mark and stamp.
    pub tags_all: Option<Tags>,
    /// The key.
    pub key: Option<Key>,
    /// The log group.
    pub log_group: Option<LogGroup>,
    /// The bucket.
    pub bucket: Option<Bucket>,
    /// The document.
    pub document: Option<Document>,
    /// What stood in the document before it was adopted.
    pub previous_document: Option<String>,
    /// Parts that are no longer used but kept.
    pub retired: Vec<Retired>,
    /// The stamp.
    pub stamp: Option<String>,
    /// What differs from what is wanted.
    pub drift: Vec<String>,
}

impl State {
    /// Reads the computed attributes of a state; null is an empty one.
    #[must_use]
    pub fn read(state: &Value) -> Self {
        Self {
            account_id: read(state, "account_id"),
            partition: read(state, "partition"),
            bucket_name: read(state, "settings.bucket.name"),
            system_name: read(state, "system_name"),
            tags_all: read(state, "tags_all"),
            key: read(state, "kms_key"),
            log_group: read(state, "log_group"),
            bucket: read(state, "bucket"),
            document: read(state, "document"),
            previous_document: read(state, "previous_document"),
            retired: read(state, "retired").unwrap_or_default(),
            stamp: read(state, "stamp"),
            drift: read(state, "drift").unwrap_or_default(),
        }
    }

    /// Whether nothing that this setup made is left.
    #[must_use]
    pub fn made_nothing(&self) -> bool {
        !self.key.as_ref().is_some_and(|key| key.created)
            && !self.log_group.as_ref().is_some_and(|group| group.created)
            && !self.bucket.as_ref().is_some_and(|bucket| bucket.created)
            && self.document.is_none()
            && self.retired.is_empty()
    }

    /// Writes the parts, the stamp and the drift into a state.
    pub fn write(&self, state: &mut Value) {
        state.put("kms_key", computed("kms_key", &self.key));
        state.put("log_group", computed("log_group", &self.log_group));
        state.put("bucket", computed("bucket", &self.bucket));
        state.put("document", computed("document", &self.document));
        state.put("previous_document", self.previous_document.clone().into());
        state.put("retired", computed("retired", &self.retired));
        state.put("stamp", self.stamp.clone().into());
        state.put("drift", Value::List(self.drift.iter().map(|line| Value::from(line.as_str())).collect()));
    }
}

/// Reads a computed attribute. State that does not read counts as nothing known; the next read finds out.
pub(super) fn read<T: DeserializeOwned>(state: &Value, name: &str) -> Option<T> {
    serde_json::from_value(json::to_json(state.at(name))?).ok()
}

/// A computed attribute as a value.
pub fn computed<T: Serialize>(name: &str, of: &T) -> Value {
    let attribute = SCHEMA.block.attributes.iter().find(|attribute| attribute.name == name);
    let json = serde_json::to_value(of).ok();
    attribute
        .zip(json)
        .and_then(|(attribute, json)| json::from_json(&attribute.ty(), &json).ok())
        .unwrap_or(Value::Null)
}
