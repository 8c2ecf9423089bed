//! Rules across attributes, for what is known of a configuration. Pure.

use terraform_plugin::framework::defaults::with_defaults;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::value::Value;

use super::schema::SCHEMA;

/// Days between the transition to `STANDARD_IA` and the one to `GLACIER` (S3 User Guide, lifecycle transitions).
const DAYS_IN_STANDARD_IA: i64 = 30;

/// Checks a configuration whose single attributes have been checked against the schema.
#[must_use]
pub fn validate(config: &Value) -> Diagnostics {
    let config = with_defaults(&SCHEMA.block.attributes, config);
    let mut diagnostics = Diagnostics::new();
    key(&config, &mut diagnostics);
    session(&config, &mut diagnostics);
    audit(&config, &mut diagnostics);
    bucket(&config, &mut diagnostics);
    log_group(&config, &mut diagnostics);
    organization(&config, &mut diagnostics);
    diagnostics
}

/// Whether something is given: neither null nor empty nor unknown.
fn given(value: &Value) -> bool {
    !value.is_null() && !value.is_unknown() && value.as_str() != Some("")
}

fn key(config: &Value, diagnostics: &mut Diagnostics) {
    let (alias, id) = (config.at("settings.kms.key_alias"), config.at("settings.kms.key_id"));
    if given(alias) && given(id) {
        diagnostics.error_at(
            Path::of("settings.kms.key_id"),
            "Two keys are given",
            format!(
                "settings.kms.key_id is {} and settings.kms.key_alias is {}. Give one of them.",
                id.describe(),
                alias.describe()
            ),
        );
    }
    if config.at("settings.kms.enabled").as_bool() == Some(true) {
        for name in ["key_alias", "key_id"] {
            let path = format!("settings.kms.{name}");
            if given(config.at(&path)) {
                diagnostics.error_at(
                    Path::of(&path),
                    "A key is given and one is to be made",
                    format!(
                        "{path} is {}, and settings.kms.enabled is true, which makes a key. Set enabled = false to \
                         use the existing key, or leave {name} out.",
                        config.at(&path).describe()
                    ),
                );
            }
        }
    }
}

fn session(config: &Value, diagnostics: &mut Diagnostics) {
    let run_as = config.at("settings.session.run_as");
    if given(run_as) && config.at("settings.session.run_as_enabled").as_bool() == Some(false) {
        diagnostics.warning_at(
            Path::of("settings.session.run_as"),
            "The Run As user is not used",
            format!(
                "settings.session.run_as is {}, and run_as_enabled is false: sessions run as ssm-user.",
                run_as.describe()
            ),
        );
    }
}

fn audit(config: &Value, diagnostics: &mut Diagnostics) {
    let days = |name: &str| config.at(&format!("settings.audit.{name}")).as_i64().filter(|days| *days > 0);
    let transition = days("transition_days");
    let archive = days("archive_days");
    if let (Some(transition), Some(archive)) = (transition, archive)
        && archive < transition + DAYS_IN_STANDARD_IA
    {
        diagnostics.error_at(
            Path::of("settings.audit.archive_days"),
            "Logs cannot be archived so soon",
            format!(
                "settings.audit.archive_days is {archive} and transition_days is {transition}. S3 wants {} or more, \
                 {DAYS_IN_STANDARD_IA} days after the transition; 0 switches either off.",
                transition + DAYS_IN_STANDARD_IA
            ),
        );
    }
    if let Some(years) = days("retention_years") {
        let expiration = years * 365;
        for (name, at) in [("transition_days", transition), ("archive_days", archive)] {
            if let Some(at) = at.filter(|at| *at >= expiration) {
                diagnostics.error_at(
                    Path::of("settings.audit.retention_years"),
                    "Logs would expire before they move",
                    format!(
                        "settings.audit.retention_years is {years}, which is {expiration} days, and {name} is {at}. S3 \
                         wants the expiration after every transition: keep logs longer, or set {name} below \
                         {expiration}."
                    ),
                );
            }
        }
    }
}

fn bucket(config: &Value, diagnostics: &mut Diagnostics) {
    let name = config.at("settings.bucket.name");
    let create = config.at("settings.bucket.create").as_bool();
    if create == Some(false) && name.is_null() {
        diagnostics.error_at(
            Path::of("settings.bucket.name"),
            "The existing bucket is not named",
            "settings.bucket.create is false. Give the name of the bucket in settings.bucket.name.",
        );
    }
    if create == Some(true) {
        for only_given in ["account_id", "kms_key_arn"] {
            let path = format!("settings.bucket.{only_given}");
            if given(config.at(&path)) {
                diagnostics.error_at(
                    Path::of(&path),
                    "Only for an existing bucket",
                    format!(
                        "{path} is {}. It is for a bucket that exists already: set settings.bucket.create = false, \
                         or leave it out.",
                        config.at(&path).describe()
                    ),
                );
            }
        }
    }
    if config.at("settings.bucket.object_lock").as_map().is_some()
        && config.at("settings.bucket.versioning").as_bool() == Some(false)
    {
        diagnostics.error_at(
            Path::of("settings.bucket.versioning"),
            "An object lock needs versioning",
            "settings.bucket.versioning is false and settings.bucket.object_lock is given. Leave versioning out.",
        );
    }
    let target = config.at("settings.bucket.access_log.target_bucket");
    if given(target) && target == name {
        diagnostics.error_at(
            Path::of("settings.bucket.access_log.target_bucket"),
            "A bucket cannot log to itself",
            format!(
                "settings.bucket.access_log.target_bucket is {}, which is settings.bucket.name, too. Name another \
                 bucket.",
                target.describe()
            ),
        );
    }
}

fn log_group(config: &Value, diagnostics: &mut Diagnostics) {
    let is = |name: &str| config.at(&format!("settings.cloudwatch.{name}")).as_bool();
    if is("enabled") == Some(true) && is("create") == Some(false) {
        let name = config.at("settings.cloudwatch.log_group_name");
        if name.is_null() {
            diagnostics.error_at(
                Path::of("settings.cloudwatch.log_group_name"),
                "The existing log group is not named",
                "settings.cloudwatch.create is false. Give the name of the group in \
                 settings.cloudwatch.log_group_name.",
            );
        }
    }
}

fn organization(config: &Value, diagnostics: &mut Diagnostics) {
    let delegated = config.at("settings.organization.delegated").as_bool() == Some(true);
    if delegated && config.at("settings.organization.account_id").is_null() {
        diagnostics.error_at(
            Path::of("settings.organization.account_id"),
            "The delegated administrator is not named",
            "settings.organization.delegated is true. Give the member account in settings.organization.account_id.",
        );
    }
    if delegated && config.at("settings.organization.service_principals").as_list().is_some_and(<[Value]>::is_empty) {
        diagnostics.error_at(
            Path::of("settings.organization.service_principals"),
            "Nothing is delegated",
            "settings.organization.delegated is true and settings.organization.service_principals is empty. Name a \
             service, or leave it out for the four that Session Manager works with across accounts.",
        );
    }
}

#[cfg(test)]
mod tests;
