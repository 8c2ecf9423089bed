//! The inputs that a setup in AWS amounts to. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use terraform_plugin::framework::defaults::with_defaults;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;
use terraform_plugin::framework::model::Model;

use crate::account::Place;
use crate::reconcile::policy::{self, canonical_json};
use crate::reconcile::{MARK_TAG, STAMP_TAG, Tags};
use crate::setup::import::{Found, Id};
use crate::setup::model::inputs::{
    AccessLogSettings, AuditSettings, BucketSettings, CloudwatchSettings, KmsSettings, ObjectLockSettings, Org,
    SessionSettings, Settings, ShellProfile,
};
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::naming::{self, Organization, tags as standard_tags};
use crate::setup::ownership::adoption::DocumentReferences;
use crate::setup::policies::{ALLOW_ROLES_SID, MANAGED_SIDS, managed_bucket_policy, managed_key_policy};
use crate::setup::schema::SCHEMA;

/// The inputs of a configuration that gives nothing: the defaults of the schema.
///
/// # Errors
/// Where a default does not fit its own attribute, which is a bug.
pub(crate) fn defaults() -> Result<Inputs, Diagnostics> {
    let nothing = SetupModel::default().write();
    Ok(SetupModel::parse(&with_defaults(&SCHEMA.block.attributes, &nothing))?.inputs)
}

/// The inputs of a setup.
pub(super) fn inputs(found: &Found, id: &Id, default_tags: &Tags, place: &Place) -> Result<Inputs, Diagnostics> {
    let defaults = defaults()?;
    let roles = allowed_roles(found, place);
    let settings = Settings {
        random_bucket_suffix: random_suffix(found, place).map_or(defaults.settings().random_bucket_suffix, Field::from),
        kms: kms(defaults.kms(), found, &roles, place).into(),
        session: session(defaults.session(), found).into(),
        audit: audit(defaults.audit(), found, place).into(),
        cloudwatch: cloudwatch(defaults.cloudwatch(), found, place).into(),
        bucket: bucket(defaults.bucket(), found, &roles, place).into(),
        allowed_iam_role_arns: Field::Known(roles.into_iter().collect()),
        ..defaults.settings().clone()
    };
    Ok(Inputs {
        org: org(found.tags(place)).into(),
        spoke_def: spoke(found).into(),
        extra_tags: extra_tags(found.tags(place), default_tags).into(),
        region: place.region.clone().into(),
        assume_role: id.assume_role.clone().into(),
        settings: settings.into(),
        ..defaults
    })
}

/// `org` as tags tell it; without them its values are null, for the configuration to fill in.
pub(crate) fn org(tags: Option<&Tags>) -> Org {
    let tag = |key: &str| tags.and_then(|tags| tags.get(key)).cloned().into();
    Org {
        organization_name: tag("organization"),
        organization_unit: tag("organization-unit"),
        environment_name: tag("application-name"),
        environment_type: tag("application-type"),
    }
}

/// The three digits before the region's code.
fn spoke(found: &Found) -> Option<String> {
    let (rest, _) = found.system_name.as_deref()?.rsplit_once('-')?;
    let (_, spoke) = rest.rsplit_once('-')?;
    let digits = spoke.len() == 3 && spoke.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| spoke.to_owned())
}

/// The tags beyond the standard ones and the provider's.
fn extra_tags(tags: Option<&Tags>, default_tags: &Tags) -> BTreeMap<String, Field<String>> {
    let Some(tags) = tags else { return BTreeMap::new() };
    let tag = |key: &str| tags.get(key).map(String::as_str).unwrap_or_default();
    let organization = Organization {
        name: tag("organization"),
        unit: tag("organization-unit"),
        environment_name: tag("application-name"),
        environment_type: tag("application-type"),
    };
    let expected = standard_tags(&organization, default_tags, &Tags::new());
    let extra = tags.iter().filter(|(key, value)| {
        expected.get(*key) != Some(value) && key.as_str() != MARK_TAG && key.as_str() != STAMP_TAG
    });
    extra.map(|(key, value)| (key.clone(), Field::from(value.clone()))).collect()
}

/// The inputs of the document. Some tools write numbers and booleans as strings, or the other way round.
struct DocumentInputs<'a>(&'a Json);

impl DocumentInputs<'_> {
    fn get(&self, name: &str) -> Option<&Json> {
        self.0.pointer(&format!("/inputs/{name}"))
    }

    fn text(&self, name: &str) -> &str {
        self.get(name).and_then(Json::as_str).unwrap_or_default()
    }

    fn minutes(&self, name: &str) -> Option<u32> {
        match self.get(name) {
            Some(Json::Number(number)) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
            Some(Json::String(text)) => text.parse().ok(),
            _ => None,
        }
    }

    fn is_on(&self, name: &str) -> bool {
        match self.get(name) {
            Some(Json::Bool(on)) => *on,
            Some(Json::String(text)) => text == "true",
            _ => false,
        }
    }
}

fn session(defaults: &SessionSettings, found: &Found) -> SessionSettings {
    let document = DocumentInputs(&found.document.content);
    SessionSettings {
        run_as: document.text("runAsDefaultUser").into(),
        run_as_enabled: document.is_on("runAsEnabled").into(),
        timeout: document.minutes("idleSessionTimeout").map_or(defaults.timeout, Field::from),
        max_duration: document.minutes("maxSessionDuration").unwrap_or(0).into(),
        kms_encryption: (!document.text("kmsKeyId").is_empty() || found.key.is_none()).into(),
        shell_profile: ShellProfile {
            linux: document.text("shellProfile/linux").into(),
            windows: document.text("shellProfile/windows").into(),
        }
        .into(),
        ..defaults.clone()
    }
}

fn kms(defaults: &KmsSettings, found: &Found, roles: &BTreeSet<String>, place: &Place) -> KmsSettings {
    // Where nothing shows the alias, the one that would be derived stands.
    let derived = found.system_name.as_deref().map(naming::derived_alias_name);
    let bare = |alias: &str| alias.trim_start_matches("alias/").to_owned();
    let Some(key) = found.managed_key(place) else {
        return KmsSettings {
            enabled: false.into(),
            key_id: found.key.as_ref().map_or_else(|| defaults.key_id.clone(), |key| key.arn.clone().into()),
            alias_name: derived.as_deref().map(bare).into(),
            ..defaults.clone()
        };
    };
    KmsSettings {
        enabled: true.into(),
        alias_name: key.alias_name.as_ref().or(derived.as_ref()).map(|alias| bare(alias)).into(),
        enable_key_rotation: key.rotation_enabled.into(),
        rotation_period_in_days: key.rotation_period_in_days.map_or(defaults.rotation_period_in_days, Field::from),
        multi_region: key.multi_region.into(),
        policy_statements: key.policy.as_deref().and_then(|policy| key_statements(policy, found, roles, place)).into(),
        ..defaults.clone()
    }
}

/// The statements that somebody added to the key's policy.
fn key_statements(policy: &str, found: &Found, roles: &BTreeSet<String>, place: &Place) -> Option<String> {
    // The module's first releases name the group even where there is none.
    let derived = || found.system_name.as_deref().map(naming::log_group_name);
    let group = DocumentReferences::of(&found.document.content).log_group.or_else(derived);
    let groups = group.iter().map(|name| place.log_group_arn(name)).collect();
    added(policy, &managed_key_policy(place, &groups, roles, None)?)
}

fn cloudwatch(defaults: &CloudwatchSettings, found: &Found, place: &Place) -> CloudwatchSettings {
    let name = DocumentReferences::of(&found.document.content).log_group;
    let managed = found.managed_log_group(place);
    let derived = || found.system_name.as_deref().map(naming::log_group_name);
    CloudwatchSettings {
        enabled: name.is_some().into(),
        create: (managed.is_some() || name.is_none()).into(),
        retention: managed.map_or(defaults.retention, |group| group.retention_in_days.unwrap_or(0).into()),
        streaming: DocumentInputs(&found.document.content).is_on("cloudWatchStreamingEnabled").into(),
        log_group_name: name.or_else(derived).into(),
        ..defaults.clone()
    }
}

/// Whether the bucket's name has a suffix; `None` where this setup did not make it.
fn random_suffix(found: &Found, place: &Place) -> Option<bool> {
    let bucket = found.managed_bucket(place)?;
    Some(found.system_name.as_ref().is_none_or(|name| !bucket.name.ends_with(name.as_str())))
}

fn bucket(defaults: &BucketSettings, found: &Found, roles: &BTreeSet<String>, place: &Place) -> BucketSettings {
    let Some(name) = DocumentReferences::of(&found.document.content).bucket else {
        // A setup always has a bucket; the next apply makes it.
        return BucketSettings { versioning: false.into(), ..defaults.clone() };
    };
    let managed = found.managed_bucket(place);
    let named = BucketSettings {
        name: name.into(),
        create: managed.is_some().into(),
        key_prefix: DocumentInputs(&found.document.content).text("s3KeyPrefix").into(),
        versioning: false.into(),
        ..defaults.clone()
    };
    let Some(bucket) = managed else { return named };
    let statements = |policy: &str| {
        let ours = managed_bucket_policy(place, &bucket.name, roles, None)?;
        added(policy, &ours)
    };
    BucketSettings {
        versioning: (bucket.versioning == "Enabled").into(),
        bucket_key_enabled: bucket.bucket_key_enabled.into(),
        object_ownership: bucket.object_ownership.clone().into(),
        object_lock: bucket
            .object_lock
            .as_ref()
            .map(|lock| ObjectLockSettings { mode: lock.mode.clone().into(), days: lock.days.into() })
            .into(),
        access_log: bucket
            .access_log
            .as_ref()
            .map(|log| AccessLogSettings {
                target_bucket: log.target_bucket.clone().into(),
                target_prefix: Some(log.target_prefix.clone()).filter(|prefix| !prefix.is_empty()).into(),
            })
            .into(),
        policy_statements: bucket.policy.as_deref().and_then(statements).into(),
        ..named
    }
}

fn audit(defaults: &AuditSettings, found: &Found, place: &Place) -> AuditSettings {
    let Some(bucket) = found.managed_bucket(place) else { return defaults.clone() };
    let lifecycle = bucket.lifecycle.unwrap_or_default();
    let days = |days: Option<i32>| days.unwrap_or(0).into();
    AuditSettings {
        transition_days: days(lifecycle.transition_days),
        archive_days: days(lifecycle.archive_days),
        // Years that are not whole become more, so that no plan shortens what is kept unasked.
        retention_years: days(lifecycle.expiration_days.map(|days| (days + 364) / 365)),
        noncurrent_days: lifecycle.noncurrent_days.map_or(defaults.noncurrent_days, Field::from),
    }
}

/// The roles that are allowed, by the statement that this resource and the module write.
fn allowed_roles(found: &Found, place: &Place) -> BTreeSet<String> {
    let key = found.managed_key(place).and_then(|key| key.policy.as_deref());
    let bucket = found.managed_bucket(place).and_then(|bucket| bucket.policy.as_deref());
    key.into_iter().chain(bucket).find_map(allowed_roles_of).unwrap_or_default()
}

fn allowed_roles_of(policy: &str) -> Option<BTreeSet<String>> {
    let policy: Json = serde_json::from_str(policy).ok()?;
    let mut statements = policy.get("Statement")?.as_array()?.iter();
    let allowed = statements.find(|one| one.get("Sid").and_then(Json::as_str) == Some(ALLOW_ROLES_SID))?;
    match allowed.pointer("/Principal/AWS")? {
        Json::String(role) => Some([role.clone()].into()),
        Json::Array(roles) => Some(roles.iter().filter_map(Json::as_str).map(str::to_owned).collect()),
        _ => None,
    }
}

/// A policy document of the statements that are in a policy beside those that this resource writes. One that has the
/// name of one of those is not somebody's addition, but out of date.
fn added(policy: &str, managed: &str) -> Option<String> {
    let mut statements = policy::statements_beyond(policy, managed);
    statements.retain(|one| !one.get("Sid").and_then(Json::as_str).is_some_and(|sid| MANAGED_SIDS.contains(&sid)));
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    (!statements.is_empty()).then(|| canonical_json(&document))
}
