//! The inputs that a setup in AWS amounts to.

use serde_json::Value as Json;

use super::{Found, Id};
use crate::framework::defaults::with_defaults;
use crate::framework::value::Value;
use crate::reconcile::{MARK_TAG, STAMP_TAG, Tags};
use crate::setup::adoption::Names;
use crate::setup::naming::{Organization, Place, derived_alias_name, tags as standard_tags};
use crate::setup::schema::SCHEMA;

/// Writes the inputs of a setup into a state whose attributes are null.
pub(super) fn write(value: &mut Value, found: &Found, id: &Id, default_tags: &Tags, place: &Place) {
    value.put("org", org(found.tags()));
    value.put("settings", Value::Null);
    *value = with_defaults(&SCHEMA.block.attributes, value);
    value.put("region", Value::from(place.region.as_str()));
    if let Some(role) = &id.assume_role {
        value.put("assume_role", role.into());
    }
    value.put("spoke_def", spoke(found).into());
    value.put("extra_tags", extra_tags(found, default_tags));
    session(value, found);
    key(value, found, place);
    log_group(value, found, place);
    bucket(value, found, place);
    roles(value, found);
}

fn org(tags: Option<&Tags>) -> Value {
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
fn extra_tags(found: &Found, default_tags: &Tags) -> Value {
    let Some(tags) = found.tags() else { return Value::map::<String>([]) };
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
    value.put("settings.bucket.key_prefix", Value::from(text("s3KeyPrefix")));
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
        let derived = found.system_name.as_deref().map(derived_alias_name);
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
    let derived = || found.system_name.as_deref().map(crate::setup::naming::log_group_name);
    value.put("settings.cloudwatch.log_group_name", name.or_else(derived).into());
}

fn bucket(value: &mut Value, found: &Found, place: &Place) {
    let own = found.own_bucket(place);
    let name = Names::of(&found.document.content).bucket;
    value.put("settings.bucket.name", name.into());
    value.put("settings.bucket.create", Value::Bool(own.is_some()));
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
            ("target_prefix", Value::from(log.target_prefix.as_str())),
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

/// The roles that the key's or the bucket's policy allows by the statement that this resource and the module write.
fn roles(value: &mut Value, found: &Found) {
    let key = found.key.iter().filter_map(|key| key.policy.as_deref());
    let bucket = found.bucket.iter().filter_map(|bucket| bucket.policy.as_deref());
    let roles = key.chain(bucket).find_map(|policy| {
        let policy: Json = serde_json::from_str(policy).ok()?;
        let statements = policy.get("Statement")?.as_array()?.clone();
        let allowed = statements
            .into_iter()
            .find(|statement| statement.get("Sid").and_then(Json::as_str) == Some("AllowIAMRolesAccess"))?;
        match allowed.pointer("/Principal/AWS")? {
            Json::String(role) => Some(vec![Value::from(role.as_str())]),
            Json::Array(roles) => Some(roles.iter().filter_map(Json::as_str).map(Value::from).collect()),
            _ => None,
        }
    });
    if let Some(roles) = roles {
        value.put("settings.allowed_iam_role_arns", Value::set(roles));
    }
}
