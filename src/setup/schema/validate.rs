//! Rules across attributes, for the known values of a configuration. Pure.

use terraform_plugin::framework::defaults::with_defaults;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::value::Value;

use crate::account::diagnose::sentence;
use crate::setup::model::Inputs;
use crate::setup::model::inputs::{
    AuditSettings, BucketSettings, CloudwatchSettings, KmsSettings, OrganizationSettings,
};
use crate::setup::naming;

use super::SCHEMA;

/// Days between the transition to `STANDARD_IA` and the one to `GLACIER` (S3 User Guide, lifecycle transitions).
const DAYS_IN_STANDARD_IA: i32 = 30;

/// Checks a configuration whose attributes were already checked one by one.
pub(crate) fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    // A value that does not fit its type, such as half a day, is already an error of the schema's rules.
    if let Ok(inputs) = Inputs::read(&with_defaults(&SCHEMA.block.attributes, config)) {
        key(inputs.kms(), &mut diagnostics);
        audit(inputs.audit(), &mut diagnostics);
        bucket(inputs.bucket(), &mut diagnostics);
        log_group(inputs.cloudwatch(), &mut diagnostics);
        organization(inputs.organization(), &mut diagnostics);
    }
    diagnostics
}

/// A text that is set: neither null nor empty nor unknown.
fn configured(text: &Field<String>) -> Option<&str> {
    text.text().filter(|text| !text.is_empty())
}

fn key(settings: &KmsSettings, diagnostics: &mut Diagnostics) {
    if let (Some(alias), Some(id)) = (configured(&settings.key_alias), configured(&settings.key_id)) {
        diagnostics.error_at(
            Path::of("settings.kms.key_id"),
            "Two keys are set",
            format!("settings.kms.key_id is {id:?} and settings.kms.key_alias is {alias:?}. Set only one of them."),
        );
    }
    if !settings.enabled.is_true() {
        return;
    }
    for (name, text) in [("key_alias", &settings.key_alias), ("key_id", &settings.key_id)] {
        if let Some(text) = configured(text) {
            diagnostics.error_at(
                Path::of("settings.kms").attribute(name),
                "An existing key is set and a key is to be created",
                format!(
                    "settings.kms.{name} is {text:?}, and settings.kms.enabled is true, which creates a key. Set \
                     enabled = false to use the existing key, or remove {name}."
                ),
            );
        }
    }
}

fn audit(settings: &AuditSettings, diagnostics: &mut Diagnostics) {
    let days = |days: &Field<i32>| days.known().copied().filter(|days| *days > 0);
    let transition = days(&settings.transition_days);
    let archive = days(&settings.archive_days);
    if let (Some(transition), Some(archive)) = (transition, archive)
        && archive < transition + DAYS_IN_STANDARD_IA
    {
        diagnostics.error_at(
            Path::of("settings.audit.archive_days"),
            "Logs cannot be archived so soon",
            format!(
                "settings.audit.archive_days is {archive} and transition_days is {transition}. S3 requires {} or more, \
                 {DAYS_IN_STANDARD_IA} days after the transition; 0 switches either off.",
                transition + DAYS_IN_STANDARD_IA
            ),
        );
    }
    if let Some(years) = days(&settings.retention_years) {
        let expiration = years * 365;
        for (name, at) in [("transition_days", transition), ("archive_days", archive)] {
            if let Some(at) = at.filter(|at| *at >= expiration) {
                diagnostics.error_at(
                    Path::of("settings.audit.retention_years"),
                    "Logs would expire before they move",
                    format!(
                        "settings.audit.retention_years is {years}, which is {expiration} days, and {name} is {at}. S3 \
                         requires the expiration to be after every transition: keep logs longer, or set {name} below \
                         {expiration}."
                    ),
                );
            }
        }
    }
}

fn bucket(settings: &BucketSettings, diagnostics: &mut Diagnostics) {
    if settings.create.is_true()
        && let Some(name) = settings.name.text()
        && naming::validate_existing_bucket_name(name).is_ok()
        && let Err(problem) = naming::validate_bucket_name(name)
    {
        diagnostics.error_at(
            Path::of("settings.bucket.name"),
            "The bucket cannot be created",
            sentence(&format!("{problem}, or set settings.bucket.create = false if the bucket exists")),
        );
    }
    if settings.create.is_false() && settings.name.is_null() {
        diagnostics.error_at(
            Path::of("settings.bucket.name"),
            "The existing bucket is not named",
            "settings.bucket.create is false. Set the name of the bucket in settings.bucket.name.",
        );
    }
    for (name, text) in [("account_id", &settings.account_id), ("kms_key_arn", &settings.kms_key_arn)] {
        if let Some(text) = configured(text).filter(|_| settings.create.is_true()) {
            diagnostics.error_at(
                Path::of("settings.bucket").attribute(name),
                "Only for an existing bucket",
                format!(
                    "settings.bucket.{name} is {text:?}. It is for an existing bucket: set \
                     settings.bucket.create = false, or remove it."
                ),
            );
        }
    }
    if settings.object_lock.is_known() && settings.versioning.is_false() {
        diagnostics.error_at(
            Path::of("settings.bucket.versioning"),
            "An object lock needs versioning",
            "settings.bucket.versioning is false and settings.bucket.object_lock is set. Remove versioning.",
        );
    }
    if let Some(target) =
        configured(&settings.access_log.fields().target_bucket).filter(|target| settings.name.is(*target))
    {
        diagnostics.error_at(
            Path::of("settings.bucket.access_log.target_bucket"),
            "A bucket cannot log to itself",
            format!(
                "settings.bucket.access_log.target_bucket is {target:?}, which is also settings.bucket.name. Name \
                 another bucket."
            ),
        );
    }
}

fn log_group(settings: &CloudwatchSettings, diagnostics: &mut Diagnostics) {
    if let Some(name) = configured(&settings.log_group_name).filter(|name| name.contains('#'))
        && settings.create.is_true()
    {
        diagnostics.error_at(
            Path::of("settings.cloudwatch.log_group_name"),
            "The log group could not be tagged",
            format!(
                "settings.cloudwatch.log_group_name is {name:?}. The calls for tags take no name with \"#\", and a log \
                 group of this setup is known by its tags. Use another name, or set settings.cloudwatch.create = false \
                 if the log group exists."
            ),
        );
    }
    if settings.enabled.is_true() && settings.create.is_false() && settings.log_group_name.is_null() {
        diagnostics.error_at(
            Path::of("settings.cloudwatch.log_group_name"),
            "The existing log group is not named",
            "settings.cloudwatch.create is false. Set the name of the log group in settings.cloudwatch.log_group_name.",
        );
    }
}

fn organization(settings: &OrganizationSettings, diagnostics: &mut Diagnostics) {
    if !settings.delegated.is_true() {
        return;
    }
    if settings.account_id.is_null() {
        diagnostics.error_at(
            Path::of("settings.organization.account_id"),
            "The delegated administrator is not named",
            "settings.organization.delegated is true. Set the member account in settings.organization.account_id.",
        );
    }
    if settings.service_principals.elements().is_some_and(|services| services.is_empty()) {
        diagnostics.error_at(
            Path::of("settings.organization.service_principals"),
            "Nothing is delegated",
            "settings.organization.delegated is true and settings.organization.service_principals is empty. Name a \
             service, or remove it to delegate the four that Session Manager works with across accounts.",
        );
    }
}

#[cfg(test)]
mod tests;
