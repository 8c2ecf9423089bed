//! The inputs of a setup as types, each group of settings known or unknown.
//!
//! A group of settings with an unknown value in it is unknown as a whole: what depends on it is planned unknown and
//! decided when the apply plans again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use terraform_plugin::framework::duration::parse_duration;
use terraform_plugin::framework::json;
use terraform_plugin::framework::value::Value;

/// A value that may be known only later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<T> {
    /// Known only later.
    Unknown,
    /// Known.
    Value(T),
}

impl<T> Known<T> {
    /// The value, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Unknown => None,
            Self::Value(value) => Some(value),
        }
    }

    /// Another value made of this one.
    pub fn map<U>(&self, of: impl FnOnce(&T) -> U) -> Known<U> {
        match self {
            Self::Unknown => Known::Unknown,
            Self::Value(value) => Known::Value(of(value)),
        }
    }

    /// Another value made of this one and of something that may be unknown itself.
    pub fn and_then<U>(&self, of: impl FnOnce(&T) -> Known<U>) -> Known<U> {
        match self {
            Self::Unknown => Known::Unknown,
            Self::Value(value) => of(value),
        }
    }

    /// Both, where both are known.
    pub fn zip<U: Clone>(&self, other: &Known<U>) -> Known<(T, U)>
    where
        T: Clone,
    {
        match (self, other) {
            (Self::Value(one), Known::Value(two)) => Known::Value((one.clone(), two.clone())),
            _ => Known::Unknown,
        }
    }
}

impl<T: Into<Value>> From<Known<T>> for Value {
    fn from(known: Known<T>) -> Self {
        match known {
            Known::Unknown => Value::Unknown,
            Known::Value(value) => value.into(),
        }
    }
}

/// Reads a value by its type. What the schema has checked reads; anything else counts as unknown, which makes the
/// plan cautious rather than wrong.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Known<T> {
    json::to_json(value).and_then(|json| serde_json::from_value(json).ok()).map_or(Known::Unknown, Known::Value)
}

/// A group without one attribute, which is often known later than the rest and concerns less.
fn without(group: &Value, attribute: &str) -> Value {
    match group {
        Value::Map(entries) => {
            let rest = entries.iter().filter(|(name, _)| *name != attribute);
            Value::map(rest.map(|(name, value)| (name.as_str(), value.clone())))
        }
        other => other.clone(),
    }
}

/// `org`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Org {
    /// The organization; in tags only.
    pub organization_name: String,
    /// The organizational unit.
    pub organization_unit: String,
    /// The kind of environment.
    pub environment_type: String,
    /// The environment.
    pub environment_name: String,
}

/// `assume_role`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct AssumeRole {
    /// The role.
    pub role_arn: String,
    /// The external id that its trust policy asks for.
    pub external_id: Option<String>,
    /// The name of the session.
    pub session_name: Option<String>,
}

impl From<&AssumeRole> for Value {
    fn from(role: &AssumeRole) -> Self {
        Self::map([
            ("role_arn", Value::from(role.role_arn.as_str())),
            ("external_id", role.external_id.clone().into()),
            ("session_name", role.session_name.clone().into()),
        ])
    }
}

/// `settings.kms`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Kms {
    /// Whether a key of our own is made.
    pub enabled: bool,
    /// The alias of an existing key, or empty.
    pub key_alias: String,
    /// The id or ARN of an existing key, or empty.
    pub key_id: String,
    /// Days between destroy and deletion.
    pub deletion_window: i32,
    /// Whether material is rotated.
    pub enable_key_rotation: bool,
    /// Days between rotations.
    pub rotation_period_in_days: i32,
    /// Whether the key is multi-Region.
    pub multi_region: bool,
    /// The alias, with or without "alias/"; null while it is not derived yet.
    pub alias_name: Option<String>,
    /// Whether a destroy keeps the key.
    pub skip_destroy: Option<bool>,
}

/// The parts of `org` that names are made of.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct NameParts {
    /// The organizational unit.
    pub organization_unit: String,
    /// The kind of environment.
    pub environment_type: String,
    /// The environment.
    pub environment_name: String,
}

/// `settings.session`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Session {
    /// The operating-system user, or empty.
    pub run_as: String,
    /// Whether Run As is on; null while it is not derived yet.
    pub run_as_enabled: Option<bool>,
    /// Idle minutes.
    pub timeout: u32,
    /// Minutes; 0: no maximum.
    pub max_duration: u32,
    /// Whether sessions are encrypted with the key.
    pub kms_encryption: bool,
    /// Commands at the start.
    pub shell_profile: ShellProfile,
    /// What limits `policies.user` to nodes.
    pub node_tags: BTreeMap<String, String>,
}

/// `settings.session.shell_profile`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct ShellProfile {
    /// Commands on Linux and macOS.
    pub linux: String,
    /// Commands on Windows.
    pub windows: String,
}

/// `settings.audit`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Audit {
    /// Days until `STANDARD_IA`; 0: never.
    pub transition_days: i32,
    /// Days until `GLACIER`; 0: never.
    pub archive_days: i32,
    /// Years until expiration; 0: never.
    pub retention_years: i32,
    /// Days until noncurrent versions expire.
    pub noncurrent_days: i32,
}

/// `settings.cloudwatch`.
#[expect(clippy::struct_excessive_bools, reason = "the configuration has these switches")]
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Cloudwatch {
    /// Whether logs go to CloudWatch Logs.
    pub enabled: bool,
    /// Whether the group is ours to make.
    pub create: bool,
    /// Days; 0: never expire.
    pub retention: i32,
    /// Whether events are streamed.
    pub streaming: bool,
    /// The name; null while it is not derived yet.
    pub log_group_name: Option<String>,
    /// Whether a destroy keeps the group.
    pub skip_destroy: bool,
}

/// `settings.bucket`.
#[expect(clippy::struct_excessive_bools, reason = "the configuration has these switches")]
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Bucket {
    /// The name; null while it is not derived yet.
    pub name: Option<String>,
    /// Whether the bucket is ours to make.
    pub create: bool,
    /// The owner of an existing bucket that cannot be read from here.
    pub account_id: Option<String>,
    /// The key of an existing bucket that cannot be read from here.
    pub kms_key_arn: Option<String>,
    /// What names of objects start with.
    pub key_prefix: String,
    /// Whether a destroy empties the bucket.
    pub force_destroy: bool,
    /// Whether a destroy keeps the bucket.
    pub skip_destroy: bool,
    /// Whether versions are kept; null while it is not derived yet.
    pub versioning: Option<bool>,
    /// Whether S3 uses a bucket key.
    pub bucket_key_enabled: bool,
    /// Who owns objects.
    pub object_ownership: String,
    /// The default retention.
    pub object_lock: Option<ObjectLock>,
    /// Where access logs go.
    pub access_log: Option<AccessLog>,
}

/// `settings.bucket.object_lock`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct ObjectLock {
    /// `GOVERNANCE` or `COMPLIANCE`.
    pub mode: String,
    /// The days.
    pub days: i32,
}

/// `settings.bucket.access_log`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct AccessLog {
    /// The bucket that takes them.
    pub target_bucket: String,
    /// The prefix.
    pub target_prefix: Option<String>,
}

/// `settings.document`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Document {
    /// Whether the document is written.
    pub enabled: bool,
    /// What happens to one that exists.
    pub on_existing: String,
    /// What a destroy does with it.
    pub on_destroy: String,
}

/// `settings.organization`, each part known or not: the member account is often made in the same run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organization {
    /// The member account.
    pub account_id: Known<Option<String>>,
    /// The services that are delegated.
    pub service_principals: Known<BTreeSet<String>>,
    /// Whether trusted access is enabled first where it lacks.
    pub enable_trusted_access: Known<bool>,
}

/// `timeouts`.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Timeouts {
    /// For a create.
    pub create: Option<String>,
    /// For a read.
    pub read: Option<String>,
    /// For an update.
    pub update: Option<String>,
    /// For a destroy.
    pub delete: Option<String>,
}

/// What is bounded by [`Timeouts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A create.
    Create,
    /// A read.
    Read,
    /// An update.
    Update,
    /// A destroy.
    Delete,
}

impl Timeouts {
    /// How long an operation may take.
    #[must_use]
    pub fn of(&self, operation: Operation) -> Duration {
        let (given, default) = match operation {
            Operation::Create => (&self.create, Duration::from_mins(20)),
            Operation::Read => (&self.read, Duration::from_mins(5)),
            Operation::Update => (&self.update, Duration::from_mins(20)),
            Operation::Delete => (&self.delete, Duration::from_mins(20)),
        };
        given.as_deref().and_then(parse_duration).unwrap_or(default)
    }
}

/// All inputs, each group known or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// `org`.
    pub org: Known<Org>,
    /// `org` as far as names are made of it.
    pub name_parts: Known<NameParts>,
    /// `spoke_def`.
    pub spoke_def: Known<String>,
    /// `extra_tags`.
    pub extra_tags: Known<BTreeMap<String, String>>,
    /// `region`; null: the provider's.
    pub region: Known<Option<String>>,
    /// `assume_role`.
    pub assume_role: Known<Option<AssumeRole>>,
    /// Whether a derived bucket name has a suffix.
    pub bucket_suffix: Known<bool>,
    /// `settings.allowed_iam_role_arns`.
    pub allowed_roles: Known<BTreeSet<String>>,
    /// `settings.kms`.
    pub kms: Known<Kms>,
    /// `settings.kms.policy_statements`.
    pub key_statements: Known<Option<String>>,
    /// `settings.session`.
    pub session: Known<Session>,
    /// `settings.audit`.
    pub audit: Known<Audit>,
    /// `settings.cloudwatch`.
    pub cloudwatch: Known<Cloudwatch>,
    /// `settings.bucket`.
    pub bucket: Known<Bucket>,
    /// `settings.bucket.policy_statements`.
    pub bucket_statements: Known<Option<String>>,
    /// `settings.document`.
    pub document: Known<Document>,
    /// `settings.organization`.
    pub organization: Organization,
    /// `timeouts`; the defaults while they are unknown.
    pub timeouts: Timeouts,
}

impl Inputs {
    /// Reads inputs in which the fixed defaults stand already.
    #[must_use]
    pub fn read(value: &Value) -> Self {
        let suffix = |path| read::<bool>(value.at(path));
        Self {
            org: read(value.at("org")),
            name_parts: read(&without(value.at("org"), "organization_name")),
            spoke_def: read(value.at("spoke_def")),
            extra_tags: read(value.at("extra_tags")),
            region: read(value.at("region")),
            assume_role: read(value.at("assume_role")),
            bucket_suffix: suffix("settings.random_bucket_suffix")
                .zip(&suffix("settings.bucket.random_suffix"))
                .map(|(one, two)| *one && *two),
            allowed_roles: read(value.at("settings.allowed_iam_role_arns")),
            kms: read(&without(value.at("settings.kms"), "policy_statements")),
            key_statements: read(value.at("settings.kms.policy_statements")),
            session: read(value.at("settings.session")),
            audit: read(value.at("settings.audit")),
            cloudwatch: read(value.at("settings.cloudwatch")),
            bucket: read(&without(value.at("settings.bucket"), "policy_statements")),
            bucket_statements: read(value.at("settings.bucket.policy_statements")),
            document: read(value.at("settings.document")),
            organization: Organization {
                account_id: read(value.at("settings.organization.account_id")),
                service_principals: read(value.at("settings.organization.service_principals")),
                enable_trusted_access: read(value.at("settings.organization.enable_trusted_access")),
            },
            timeouts: read::<Option<Timeouts>>(value.at("timeouts")).known().cloned().flatten().unwrap_or_default(),
        }
    }
}
