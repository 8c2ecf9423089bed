//! The inputs of an imported setup, derived from what was observed. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use terraform_plugin::framework::defaults::with_defaults;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;
use terraform_plugin::framework::model::Model;

use crate::account::document_inputs::{Minutes, is_parameter, named};
use crate::account::{DocumentInputs, Place};
use crate::reconcile::Tags;
use crate::setup::model::inputs::{
    AccessLogSettings, AuditSettings, BucketSettings, CloudwatchSettings, KmsSettings, ObjectLockSettings, Org,
    SessionSettings, Settings, ShellProfile,
};
use crate::setup::model::observed::visible;
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::naming::{self, Organization, tags as standard_tags};
use crate::setup::policies::{ALLOW_ROLES_SID, added_statements, managed_bucket_policy, managed_key_policy};
use crate::setup::schema::SCHEMA;

use super::{Id, ImportObservation};

/// The inputs of an empty configuration: the defaults of the schema.
///
/// # Errors
/// If a default does not fit its own attribute, which is a bug.
pub(crate) fn defaults() -> Result<Inputs, Diagnostics> {
    let nothing = SetupModel::default().write();
    Ok(SetupModel::parse(&with_defaults(&SCHEMA.block.attributes, &nothing))?.inputs)
}

/// The inputs of a setup.
pub(super) fn inputs(
    observed: &ImportObservation,
    id: &Id,
    default_tags: &Tags,
    place: &Place,
) -> Result<Inputs, Diagnostics> {
    let defaults = defaults()?;
    let roles = allowed_roles(observed, place);
    let document = DocumentInputs::parse(&observed.document.content);
    let settings = Settings {
        random_bucket_suffix: random_suffix(observed, place)
            .map_or(defaults.settings().random_bucket_suffix, Field::from),
        kms: kms(defaults.kms(), observed, &roles, place).into(),
        session: session(defaults.session(), observed, &document).into(),
        audit: audit(defaults.audit(), observed, place).into(),
        cloudwatch: cloudwatch(defaults.cloudwatch(), observed, &document, place).into(),
        bucket: bucket(defaults.bucket(), observed, &document, &roles, place).into(),
        allowed_iam_role_arns: Field::Known(roles.into_iter().collect()),
        ..defaults.settings().clone()
    };
    Ok(Inputs {
        org: org(observed.tags(place)).into(),
        spoke_def: spoke(observed).into(),
        extra_tags: extra_tags(observed.tags(place), default_tags).into(),
        region: place.region.clone().into(),
        assume_role: id.assume_role.clone().into(),
        settings: settings.into(),
        ..defaults
    })
}

/// `org` from tags. Values without a tag are null, and the configuration fills them in.
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
fn spoke(observed: &ImportObservation) -> Option<String> {
    let (rest, _) = observed.system_name.as_deref()?.rsplit_once('-')?;
    let (_, spoke) = rest.rsplit_once('-')?;
    let digits = spoke.len() == 3 && spoke.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| spoke.to_owned())
}

/// The tags beyond the standard ones and the provider's.
fn extra_tags(tags: Option<&Tags>, default_tags: &Tags) -> BTreeMap<String, Field<String>> {
    let Some(tags) = tags else { return BTreeMap::new() };
    let org = org(Some(tags));
    let organization = Organization {
        name: org.organization_name.text().unwrap_or_default(),
        unit: org.organization_unit.text().unwrap_or_default(),
        environment_name: org.environment_name.text().unwrap_or_default(),
        environment_type: org.environment_type.text().unwrap_or_default(),
    };
    let expected = standard_tags(&organization, default_tags, &BTreeMap::new());
    let extra = visible(tags).into_iter().filter(|(key, value)| expected.get(key) != Some(value));
    extra.map(|(key, value)| (key, Field::from(value))).collect()
}

fn session(defaults: &SessionSettings, observed: &ImportObservation, document: &DocumentInputs) -> SessionSettings {
    let minutes = |minutes: &Minutes| minutes.known().and_then(|minutes| u32::try_from(minutes).ok());
    SessionSettings {
        timeout: minutes(&document.idle_session_timeout).map_or(defaults.timeout, Field::from),
        max_duration: minutes(&document.max_session_duration).unwrap_or(0).into(),
        run_as: named(&document.run_as_default_user).unwrap_or_default().into(),
        run_as_enabled: (document.run_as_enabled == Some(true)).into(),
        kms_encryption: (!document.kms_key_id.is_empty() || observed.key.is_none()).into(),
        shell_profile: ShellProfile {
            linux: document.shell_profile_linux.clone().into(),
            windows: document.shell_profile_windows.clone().into(),
        }
        .into(),
        ..defaults.clone()
    }
}

fn kms(defaults: &KmsSettings, observed: &ImportObservation, roles: &BTreeSet<String>, place: &Place) -> KmsSettings {
    // If the alias is not known, the derived one is used.
    let derived = observed.system_name.as_deref().map(naming::derived_alias_name);
    let bare = |alias: &str| alias.trim_start_matches("alias/").to_owned();
    let Some(key) = observed.managed_key(place) else {
        return KmsSettings {
            enabled: false.into(),
            key_id: observed.key.as_ref().map_or_else(|| defaults.key_id.clone(), |key| key.arn.clone().into()),
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
        policy_statements: key
            .policy
            .as_deref()
            .and_then(|policy| key_statements(policy, observed, roles, place))
            .into(),
        ..defaults.clone()
    }
}

/// The statements of the key's policy that this resource does not write.
fn key_statements(
    policy: &str,
    observed: &ImportObservation,
    roles: &BTreeSet<String>,
    place: &Place,
) -> Option<String> {
    // The module's first releases name the derived group even if there is none.
    let derived = || observed.system_name.as_deref().map(naming::log_group_name);
    let group = observed.names.log_group.clone().or_else(derived);
    let groups = group.iter().map(|name| place.log_group_arn(name)).collect();
    added_statements(policy, &managed_key_policy(place, &groups, roles, None)?)
}

fn cloudwatch(
    defaults: &CloudwatchSettings,
    observed: &ImportObservation,
    document: &DocumentInputs,
    place: &Place,
) -> CloudwatchSettings {
    let name = observed.names.log_group.clone();
    let managed = observed.managed_log_group(place);
    let derived = || observed.system_name.as_deref().map(naming::log_group_name);
    CloudwatchSettings {
        enabled: name.is_some().into(),
        create: (managed.is_some() || name.is_none()).into(),
        retention: managed.map_or(defaults.retention, |group| group.retention_in_days.unwrap_or(0).into()),
        streaming: (document.cloudwatch_streaming_enabled == Some(true)).into(),
        log_group_name: name.or_else(derived).into(),
        ..defaults.clone()
    }
}

/// Whether the bucket's name has a suffix; `None` if the bucket is not managed.
fn random_suffix(observed: &ImportObservation, place: &Place) -> Option<bool> {
    let bucket = observed.managed_bucket(place)?;
    Some(observed.system_name.as_ref().is_none_or(|name| !bucket.name.ends_with(name.as_str())))
}

fn bucket(
    defaults: &BucketSettings,
    observed: &ImportObservation,
    document: &DocumentInputs,
    roles: &BTreeSet<String>,
    place: &Place,
) -> BucketSettings {
    let Some(name) = observed.names.bucket.clone() else {
        // A setup always has a bucket; the next apply creates it.
        return BucketSettings { versioning: false.into(), ..defaults.clone() };
    };
    let managed = observed.managed_bucket(place);
    let prefix = Some(&document.s3_key_prefix).filter(|prefix| !is_parameter(prefix));
    let named = BucketSettings {
        name: name.into(),
        create: managed.is_some().into(),
        key_prefix: prefix.cloned().map_or_else(|| defaults.key_prefix.clone(), Field::from),
        versioning: false.into(),
        ..defaults.clone()
    };
    let Some(bucket) = managed else { return named };
    let statements = |policy: &str| {
        let managed = managed_bucket_policy(place, &bucket.name, roles, None)?;
        added_statements(policy, &managed)
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

fn audit(defaults: &AuditSettings, observed: &ImportObservation, place: &Place) -> AuditSettings {
    let Some(bucket) = observed.managed_bucket(place) else { return defaults.clone() };
    let lifecycle = bucket.lifecycle.clone().unwrap_or_default();
    let days = |days: Option<i32>| days.unwrap_or(0).into();
    AuditSettings {
        transition_days: days(lifecycle.transition_days),
        archive_days: days(lifecycle.archive_days),
        // Years are rounded up, so that no plan shortens the retention unasked.
        retention_years: days(lifecycle.expiration_days.map(|days| (days + 364) / 365)),
        noncurrent_days: lifecycle.noncurrent_days.map_or(defaults.noncurrent_days, Field::from),
        prefix: lifecycle.prefix.into(),
    }
}

/// The allowed roles, from the statement that this resource and the module write.
fn allowed_roles(observed: &ImportObservation, place: &Place) -> BTreeSet<String> {
    let key = observed.managed_key(place).and_then(|key| key.policy.as_deref());
    let bucket = observed.managed_bucket(place).and_then(|bucket| bucket.policy.as_deref());
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
