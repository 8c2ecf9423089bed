//! The inputs that a setup in AWS amounts to.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use super::{Found, Id};
use terraform_plugin::framework::defaults::with_defaults;
use terraform_plugin::framework::value::Value;
use crate::reconcile::{MARK_TAG, STAMP_TAG, Tags, policy};
use crate::setup::adoption::Names;
use crate::setup::naming::{self, Organization, Place, tags as standard_tags};
use crate::setup::policies::{ALLOW_ROLES_SID, OWN_SIDS, canonical_json};
use crate::setup::schema::SCHEMA;
use crate::setup::wanted;

/// Writes the inputs of a setup into a state whose attributes are null.
pub(super) fn write(value: &mut Value, found: &Found, id: &Id, default_tags: &Tags, place: &Place) {
    value.put("org", org(found.tags(place)));
    value.put("settings", Value::Null);
    *value = with_defaults(&SCHEMA.block.attributes, value);
    value.put("region", Value::from(place.region.as_str()));
    if let Some(role) = &id.assume_role {
        value.put("assume_role", role.into());
    }
    value.put("spoke_def", spoke(found).into());
    value.put("extra_tags", extra_tags(found.tags(place), default_tags));
    session(value, found);
    key(value, found, place);
    log_group(value, found, place);
    bucket(value, found, place);
    policies(value, found, place);
}

/// `org` as tags tell it; without them its values are null, for the configuration to fill in.
#[must_use]
pub fn org(tags: Option<&Tags>) -> Value {
    let tag = |key: &str| tags.and_then(|tags| tags.get(key)).cloned().into();
    Value::map([
        ("organization_name", tag("organization")),
        ("organization_unit", tag("organization-unit")),
        ("environment_name", tag("application-name")),
        ("environment_type", tag("application-type")),
    ])
}

/// The three digits before the region's code.
fn spoke(found: &Found) -> Option<String> {
    let (rest, _) = found.system_name.as_deref()?.rsplit_once('-')?;
    let (_, spoke) = rest.rsplit_once('-')?;
    let digits = spoke.len() == 3 && spoke.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| spoke.to_owned())
}

/// The tags beyond the standard ones and the provider's.
fn extra_tags(tags: Option<&Tags>, default_tags: &Tags) -> Value {
    let Some(tags) = tags else { return Value::map::<String>([]) };
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
    Value::map(extra.map(|(key, value)| (key.as_str(), Value::from(value.as_str()))))
}

fn session(value: &mut Value, found: &Found) {
    let content = &found.document.content;
    let text = |name: &str| content.pointer(&format!("/inputs/{name}")).and_then(Json::as_str).unwrap_or_default();
    // Some tools write numbers and booleans as strings, or the other way round.
    let minutes = |name: &str| match content.pointer(&format!("/inputs/{name}")) {
        Some(Json::Number(number)) => number.as_i64(),
        Some(Json::String(text)) => text.parse().ok(),
        _ => None,
    };
    let on = |name: &str| match content.pointer(&format!("/inputs/{name}")) {
        Some(Json::Bool(on)) => *on,
        Some(Json::String(text)) => text == "true",
        _ => false,
    };
    value.put("settings.session.run_as", Value::from(text("runAsDefaultUser")));
    value.put("settings.session.run_as_enabled", Value::Bool(on("runAsEnabled")));
    if let Some(timeout) = minutes("idleSessionTimeout") {
        value.put("settings.session.timeout", Value::number(timeout));
    }
    value.put("settings.session.max_duration", Value::number(minutes("maxSessionDuration").unwrap_or(0)));
    value.put("settings.session.kms_encryption", Value::Bool(!text("kmsKeyId").is_empty() || found.key.is_none()));
    value.put("settings.session.shell_profile.linux", Value::from(text("shellProfile/linux")));
    value.put("settings.session.shell_profile.windows", Value::from(text("shellProfile/windows")));
    value.put("settings.cloudwatch.streaming", Value::Bool(on("cloudWatchStreamingEnabled")));
}

fn key(value: &mut Value, found: &Found, place: &Place) {
    let own = found.own_key(place);
    value.put("settings.kms.enabled", Value::Bool(own.is_some()));
    if let Some(key) = own {
        let alias = key.alias_name.as_deref().map(|alias| alias.trim_start_matches("alias/"));
        value.put("settings.kms.alias_name", alias.into());
        value.put("settings.kms.enable_key_rotation", Value::Bool(key.rotation_enabled));
        if let Some(days) = key.rotation_period_in_days {
            value.put("settings.kms.rotation_period_in_days", Value::number(days));
        }
        value.put("settings.kms.multi_region", Value::Bool(key.multi_region));
    } else if let Some(key) = &found.key {
        value.put("settings.kms.key_id", Value::from(key.arn.as_str()));
    }
    // Where nothing shows the alias, the one that would be derived stands.
    if value.at("settings.kms.alias_name").is_null() {
        let derived = found.system_name.as_deref().map(naming::derived_alias_name);
        let derived = derived.as_deref().map(|alias| alias.trim_start_matches("alias/"));
        value.put("settings.kms.alias_name", derived.into());
    }
}

fn log_group(value: &mut Value, found: &Found, place: &Place) {
    let name = Names::of(&found.document.content).log_group;
    let own = found.own_log_group(place);
    value.put("settings.cloudwatch.enabled", Value::Bool(name.is_some()));
    value.put("settings.cloudwatch.create", Value::Bool(own.is_some() || name.is_none()));
    if let Some(group) = own {
        value.put("settings.cloudwatch.retention", Value::number(group.retention_in_days.unwrap_or(0)));
    }
    let derived = || found.system_name.as_deref().map(naming::log_group_name);
    value.put("settings.cloudwatch.log_group_name", name.or_else(derived).into());
}

fn bucket(value: &mut Value, found: &Found, place: &Place) {
    let own = found.own_bucket(place);
    let Some(name) = Names::of(&found.document.content).bucket else {
        // A setup always has a bucket; the next apply makes it.
        value.put("settings.bucket.versioning", Value::Bool(false));
        return;
    };
    value.put("settings.bucket.name", name.into());
    value.put("settings.bucket.create", Value::Bool(own.is_some()));
    let prefix = found.document.content.pointer("/inputs/s3KeyPrefix").and_then(Json::as_str);
    value.put("settings.bucket.key_prefix", Value::from(prefix.unwrap_or_default()));
    let Some(bucket) = own else {
        value.put("settings.bucket.versioning", Value::Bool(false));
        return;
    };
    let suffix = found.system_name.as_ref().is_none_or(|name| !bucket.name.ends_with(name.as_str()));
    value.put("settings.random_bucket_suffix", Value::Bool(suffix));
    value.put("settings.bucket.versioning", Value::Bool(bucket.versioning == "Enabled"));
    value.put("settings.bucket.bucket_key_enabled", Value::Bool(bucket.bucket_key_enabled));
    value.put("settings.bucket.object_ownership", Value::from(bucket.object_ownership.as_str()));
    if let Some(lock) = &bucket.object_lock {
        let lock = Value::map([("mode", Value::from(lock.mode.as_str())), ("days", Value::number(lock.days))]);
        value.put("settings.bucket.object_lock", lock);
    }
    if let Some(log) = &bucket.access_log {
        let log = Value::map([
            ("target_bucket", Value::from(log.target_bucket.as_str())),
            ("target_prefix", Some(log.target_prefix.as_str()).filter(|prefix| !prefix.is_empty()).into()),
        ]);
        value.put("settings.bucket.access_log", log);
    }
    let lifecycle = bucket.lifecycle.unwrap_or_default();
    let days = |days: Option<i32>| Value::number(days.unwrap_or(0));
    value.put("settings.audit.transition_days", days(lifecycle.transition_days));
    value.put("settings.audit.archive_days", days(lifecycle.archive_days));
    // Years that are not whole become more, so that no plan shortens what is kept unasked.
    let years = lifecycle.expiration_days.map(|days| (days + 364) / 365);
    value.put("settings.audit.retention_years", days(years));
    if let Some(noncurrent) = lifecycle.noncurrent_days {
        value.put("settings.audit.noncurrent_days", Value::number(noncurrent));
    }
}

/// What the policies of own parts tell: the roles that are allowed, by the statement that this resource and the module
/// write, and the statements that somebody added.
fn policies(value: &mut Value, found: &Found, place: &Place) {
    let key = found.own_key(place).and_then(|key| key.policy.as_deref());
    let bucket = found.own_bucket(place);
    let bucket_policy = bucket.and_then(|bucket| bucket.policy.as_deref());
    let roles = key.into_iter().chain(bucket_policy).find_map(allowed_roles).unwrap_or_default();
    value.put("settings.allowed_iam_role_arns", Value::set(roles.iter().map(|role| Value::from(role.as_str()))));
    if let Some(policy) = key {
        // The module's first releases name the group even where there is none.
        let derived = || found.system_name.as_deref().map(naming::log_group_name);
        let group = Names::of(&found.document.content).log_group.or_else(derived);
        let groups = group.iter().map(|name| place.log_group_arn(name)).collect();
        let added = added(policy, &wanted::key_policy(place, &groups, &roles, None));
        value.put("settings.kms.policy_statements", added.into());
    }
    if let Some((bucket, policy)) = bucket.zip(bucket_policy) {
        let added = added(policy, &wanted::bucket_policy(place, &bucket.name, &roles, None));
        value.put("settings.bucket.policy_statements", added.into());
    }
}

fn allowed_roles(policy: &str) -> Option<BTreeSet<String>> {
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
fn added(policy: &str, own: &str) -> Option<String> {
    let mut statements = policy::statements_beyond(policy, own);
    statements.retain(|one| !one.get("Sid").and_then(Json::as_str).is_some_and(|sid| OWN_SIDS.contains(&sid)));
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    (!statements.is_empty()).then(|| canonical_json(&document))
}
