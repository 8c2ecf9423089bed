//! What a setup wants of each part, from inputs, place and what stands already. Pure.
//!
//! Plan and apply both start from here, so that what is planned and what is written cannot part.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::model::{self, Inputs, Known};
use super::naming::{self, Organization, Place, System};
use super::policies::{self, SessionPreferences};
use super::state::{Lifecycle, PartKind, State};

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// The description of a key of our own.
pub const KEY_DESCRIPTION: &str = "KMS Key for SSM Documents managed by Session Management Module";

/// The names that everything else is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// `<unit>-<environment name>-<environment type>-<spoke>-<region code>`.
    pub system_name: Known<String>,
    /// The alias of a key of our own, with "alias/".
    pub alias_name: Known<String>,
    /// The log group, ours or given.
    pub log_group: Known<String>,
    /// The bucket, ours or given.
    pub bucket: Known<String>,
}

/// The key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// A key of our own.
    Own(OwnKey),
    /// An existing one: id, ARN, alias or alias ARN as AWS takes them.
    Given(String),
    /// No customer key.
    None,
}

impl Key {
    /// Whether it is a key of our own under this alias.
    #[must_use]
    pub fn has_alias(&self, alias: &str) -> bool {
        matches!(self, Self::Own(own) if own.alias_name == alias)
    }
}

/// A key of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnKey {
    /// The alias, with "alias/".
    pub alias_name: String,
    /// The policy.
    pub policy: Known<String>,
    /// Whether material is rotated.
    pub rotation_enabled: bool,
    /// Days between rotations.
    pub rotation_period_in_days: i32,
    /// Whether it is multi-Region.
    pub multi_region: bool,
}

/// The log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogGroup {
    /// The name.
    pub name: String,
    /// Whether it is ours to make.
    pub own: bool,
    /// Days that events are kept; none: for ever.
    pub retention_in_days: Option<i32>,
}

/// The bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// A bucket of our own.
    Own(OwnBucket),
    /// An existing one.
    Given(GivenBucket),
}

impl Bucket {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Own(own) => &own.name,
            Self::Given(given) => &given.name,
        }
    }
}

/// A bucket of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnBucket {
    /// The name.
    pub name: String,
    /// The policy.
    pub policy: Known<String>,
    /// What happens to objects with time, where versions are kept.
    pub lifecycle: Known<Lifecycle>,
    /// Whether versions are kept.
    pub versioning: bool,
    /// Whether versions that are no longer current expire: those that are kept stay after versioning is suspended, and
    /// so does the rule that expires them. Of a bucket that is yet to be found nobody knows.
    pub versions_expire: Known<bool>,
    /// Whether S3 uses a bucket key.
    pub bucket_key_enabled: bool,
    /// Who owns objects.
    pub object_ownership: String,
    /// The default retention.
    pub object_lock: Option<model::ObjectLock>,
    /// Where access logs go.
    pub access_log: Option<model::AccessLog>,
}

impl OwnBucket {
    /// The lifecycle with a rule for versions or without; none where nothing ever happens to objects.
    #[must_use]
    pub fn lifecycle_of(&self, versions_expire: bool) -> Known<Option<Lifecycle>> {
        self.lifecycle.map(|lifecycle| {
            let noncurrent_days = lifecycle.noncurrent_days.filter(|_| versions_expire);
            let lifecycle = Lifecycle { noncurrent_days, ..lifecycle.clone() };
            (lifecycle != Lifecycle::default()).then_some(lifecycle)
        })
    }
}

/// An existing bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenBucket {
    /// The name.
    pub name: String,
    /// The owner, where it is told.
    pub account_id: Option<String>,
    /// The key, where it is told.
    pub kms_key_arn: Option<String>,
}

impl GivenBucket {
    /// Whether the configuration tells what cannot be read of it from here.
    #[must_use]
    pub fn is_told(&self) -> bool {
        self.account_id.is_some() || self.kms_key_arn.is_some()
    }
}

/// Everything wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where.
    pub place: Known<Place>,
    /// The names.
    pub names: Names,
    /// The mark that all parts carry.
    pub mark: Known<String>,
    /// The tags of all parts, without mark and stamp.
    pub tags: Known<Tags>,
    /// The key.
    pub key: Known<Key>,
    /// The log group; none while CloudWatch is off.
    pub log_group: Known<Option<LogGroup>>,
    /// The bucket.
    pub bucket: Known<Bucket>,
    /// Whether the document is written.
    pub document: Known<bool>,
}

impl Wanted {
    /// What `inputs` want at `place`, where `prior` stands already.
    #[must_use]
    pub fn derive(inputs: &Inputs, place: &Known<Place>, default_tags: &Known<Tags>, prior: &State) -> Self {
        let names = names(inputs, place, prior);
        let mark = place.zip(&names.system_name).map(|(place, system_name)| naming::mark(place, system_name));
        let tags = inputs.org.zip(&inputs.extra_tags).zip(default_tags).map(|((org, extra), default)| {
            let org = Organization {
                name: &org.organization_name,
                unit: &org.organization_unit,
                environment_name: &org.environment_name,
                environment_type: &org.environment_type,
            };
            naming::tags(&org, default, extra)
        });
        let log_group = inputs.cloudwatch.and_then(|cloudwatch| log_group(cloudwatch, &names));
        let key = inputs.kms.and_then(|kms| key(kms, inputs, place, &names, &log_group, prior));
        let bucket = inputs.bucket.and_then(|bucket| self::bucket(bucket, inputs, place, &names, prior));
        let document = inputs.document.map(|document| document.enabled);
        Self { place: place.clone(), names, mark, tags, key, log_group, bucket, document }
    }

    /// The document's content, once the ARN of the key is known (none: no customer key).
    #[must_use]
    pub fn content(&self, inputs: &Inputs, key_arn: &Known<Option<String>>) -> Known<Json> {
        let parts = inputs.session.zip(&inputs.bucket).zip(&self.bucket).zip(&self.log_group);
        let parts = parts.zip(&inputs.cloudwatch).zip(key_arn);
        parts.map(|(((((session, settings), bucket), log_group), cloudwatch), key_arn)| {
            policies::document_content(&SessionPreferences {
                s3_bucket_name: bucket.name().to_owned(),
                s3_key_prefix: settings.key_prefix.clone(),
                log_group_name: log_group.as_ref().map(|group| group.name.clone()),
                log_group_encrypted: key_arn.is_some(),
                log_group_streaming: cloudwatch.streaming,
                kms_key_arn: key_arn.clone().filter(|_| session.kms_encryption),
                run_as_enabled: session.run_as_enabled.unwrap_or(!session.run_as.is_empty()),
                run_as_default_user: session.run_as.clone(),
                idle_timeout_minutes: session.timeout,
                max_duration_minutes: session.max_duration,
                shell_profile_linux: session.shell_profile.linux.clone(),
                shell_profile_windows: session.shell_profile.windows.clone(),
            })
        })
    }
}

fn names(inputs: &Inputs, place: &Known<Place>, prior: &State) -> Names {
    let system_name = inputs.name_parts.zip(&inputs.spoke_def).zip(place).map(|((org, spoke), place)| {
        naming::system_name(&System {
            organization_unit: &org.organization_unit,
            environment_name: &org.environment_name,
            environment_type: &org.environment_type,
            spoke,
            region: &place.region,
        })
    });
    let given = |name: Option<&String>, derived: Known<String>| name.map_or(derived, |name| Known::Value(name.clone()));
    let derived_bucket = system_name.zip(&inputs.bucket_suffix).zip(place).map(|((system_name, suffix), place)| {
        let prior_name = prior.bucket_name.as_deref();
        let prior_name = prior_name.filter(|name| derived_suffix(name, system_name) == Some(*suffix));
        let derived = || {
            let suffix = suffix.then(|| naming::bucket_suffix(place, system_name));
            naming::bucket_name(system_name, suffix.as_deref())
        };
        prior_name.map_or_else(derived, str::to_owned)
    });
    Names {
        alias_name: inputs.kms.and_then(|kms| {
            let derived = system_name.map(|system_name| naming::derived_alias_name(system_name));
            given(kms.alias_name.as_ref(), derived).map(|name| naming::alias_name(name))
        }),
        log_group: inputs.cloudwatch.and_then(|logs| {
            given(logs.log_group_name.as_ref(), system_name.map(|system_name| naming::log_group_name(system_name)))
        }),
        bucket: inputs.bucket.and_then(|bucket| given(bucket.name.as_ref(), derived_bucket)),
        system_name,
    }
}

fn log_group(cloudwatch: &model::Cloudwatch, names: &Names) -> Known<Option<LogGroup>> {
    if !cloudwatch.enabled {
        return Known::Value(None);
    }
    names.log_group.map(|name| {
        Some(LogGroup {
            name: name.clone(),
            own: cloudwatch.create,
            retention_in_days: (cloudwatch.retention != 0).then_some(cloudwatch.retention),
        })
    })
}

fn key(
    kms: &model::Kms,
    inputs: &Inputs,
    place: &Known<Place>,
    names: &Names,
    log_group: &Known<Option<LogGroup>>,
    prior: &State,
) -> Known<Key> {
    if !kms.enabled {
        return Known::Value(if !kms.key_id.is_empty() {
            Key::Given(kms.key_id.clone())
        } else if kms.key_alias.is_empty() {
            Key::None
        } else {
            Key::Given(naming::alias_name(&kms.key_alias))
        });
    }
    names.alias_name.map(|alias_name| {
        let policy = place.zip(log_group).zip(&inputs.allowed_roles).zip(&inputs.key_statements);
        let policy = policy.map(|(((place, log_group), roles), statements)| {
            let mut groups: BTreeSet<_> = log_group.iter().map(|group| place.log_group_arn(&group.name)).collect();
            groups.extend(kept_groups(inputs, log_group.as_ref(), prior));
            key_policy(place, &groups, roles, statements.as_deref())
        });
        Key::Own(OwnKey {
            alias_name: alias_name.clone(),
            policy,
            rotation_enabled: kms.enable_key_rotation,
            rotation_period_in_days: kms.rotation_period_in_days,
            multi_region: kms.multi_region,
        })
    })
}

fn bucket(
    bucket: &model::Bucket,
    inputs: &Inputs,
    place: &Known<Place>,
    names: &Names,
    prior: &State,
) -> Known<Bucket> {
    let name = &names.bucket;
    if !bucket.create {
        return name.map(|name| {
            Bucket::Given(GivenBucket {
                name: name.clone(),
                account_id: bucket.account_id.clone(),
                kms_key_arn: bucket.kms_key_arn.clone(),
            })
        });
    }
    name.map(|name| {
        // A suspended bucket without such a rule, as the module makes them, gets none: what is kept for ever stays so
        // unless somebody asks.
        let stands = prior.bucket.as_ref().filter(|bucket| bucket.created && bucket.name == *name);
        let versioning = bucket.versioning.unwrap_or(bucket.object_lock.is_some());
        let versions_expire = match stands {
            _ if versioning => Known::Value(true),
            Some(bucket) => Known::Value(bucket.lifecycle.as_ref().is_some_and(|rule| rule.noncurrent_days.is_some())),
            None => Known::Unknown,
        };
        let policy = place.zip(&inputs.allowed_roles).zip(&inputs.bucket_statements);
        let policy =
            policy.map(|((place, roles), statements)| bucket_policy(place, name, roles, statements.as_deref()));
        Bucket::Own(OwnBucket {
            name: name.clone(),
            policy,
            lifecycle: inputs.audit.map(lifecycle),
            versioning,
            versions_expire,
            bucket_key_enabled: bucket.bucket_key_enabled,
            object_ownership: bucket.object_ownership.clone(),
            object_lock: bucket.object_lock.clone(),
            access_log: bucket.access_log.clone(),
        })
    })
}

fn lifecycle(audit: &model::Audit) -> Lifecycle {
    let days = |days: i32| (days != 0).then_some(days);
    Lifecycle {
        transition_days: days(audit.transition_days),
        archive_days: days(audit.archive_days),
        expiration_days: days(audit.retention_years * 365),
        noncurrent_days: Some(audit.noncurrent_days),
    }
}

/// ARNs of log groups that are retired, or will be: their events stay encrypted with the key.
fn kept_groups(inputs: &Inputs, wanted: Option<&LogGroup>, prior: &State) -> BTreeSet<String> {
    let is_wanted = |name: &str| wanted.is_some_and(|wanted| wanted.name == name);
    let retired = prior.retired.iter().filter(|held| held.part == PartKind::LogGroup && !is_wanted(&held.name));
    let kept = inputs.cloudwatch.known().is_none_or(|logs| logs.skip_destroy);
    let retiring = prior.log_group.iter().filter(|group| group.created && kept && !is_wanted(&group.name));
    retired.map(|held| held.arn.clone()).chain(retiring.map(|group| group.arn.clone())).collect()
}

/// The policy of a key of our own.
#[must_use]
pub fn key_policy(place: &Place, groups: &BTreeSet<String>, roles: &BTreeSet<String>, own: Option<&str>) -> String {
    let groups: Vec<_> = groups.iter().cloned().collect();
    let roles: Vec<_> = roles.iter().cloned().collect();
    policies::key_policy(place, &groups, &roles, &statements(own))
}

/// The policy of a bucket of our own.
#[must_use]
pub fn bucket_policy(place: &Place, name: &str, roles: &BTreeSet<String>, own: Option<&str>) -> String {
    let roles: Vec<_> = roles.iter().cloned().collect();
    policies::bucket_policy(place, name, &roles, &statements(own))
}

/// The user's own statements. Documents that are none have been refused by validation.
fn statements(document: Option<&str>) -> Vec<Json> {
    document.and_then(|document| policies::parse_policy_statements(document).ok()).unwrap_or_default()
}

/// Whether a bucket's name is one that was derived from this system name.
#[must_use]
pub fn is_derived_bucket(name: &str, system_name: &str) -> bool {
    derived_suffix(name, system_name).is_some()
}

/// Whether a name that was derived from this system name has a suffix; `None`: it was not derived from it. A suffix
/// that another tool drew by chance counts, so that an imported bucket keeps its name.
fn derived_suffix(name: &str, system_name: &str) -> Option<bool> {
    let rest = name.strip_prefix(&naming::bucket_name(system_name, None))?;
    if rest.is_empty() {
        return Some(false);
    }
    let drawn = rest.strip_prefix('-')?;
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (drawn.len() == 8 && drawn.chars().all(good)).then_some(true)
}
