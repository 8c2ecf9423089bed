//! The replacements and errors of a plan: values that are wrong only in the caller's account, partition or region, and
//! changes that AWS cannot undo. Pure.

use std::collections::BTreeSet;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::{Field, MaybeUnknown};
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::path::Path;

use crate::account::Place;
use crate::account::diagnose::sentence;
use crate::account::rules::validate_role_arn;
use crate::arn::Arn;
use crate::reconcile::session_document::NAME as DOCUMENT_NAME;
use crate::setup::access;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey};
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::naming::{self, DerivedName};
use crate::setup::policies::{self, PolicyKind};

use super::warnings::{warn, warn_of_unused};

/// The maximum size of a document's content (Systems Manager API Reference, `MaxDocumentSizeExceeded`).
const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

/// The attributes whose change moves the setup to another place. A null prior value, as after an import, is no change;
/// an unknown value is planned in place.
pub(super) fn replacement(inputs: &Inputs, prior: Option<&SetupModel>, place: &MaybeUnknown<Place>) -> Vec<Path> {
    let Some(prior) = prior else { return Vec::new() };
    let mut replace = Vec::new();
    let moves = |prior_region: &String| !inputs.region.is_unknown() && !inputs.region.is(prior_region);
    if prior.inputs.region.known().is_some_and(moves) {
        replace.push(Path::of("region"));
    }
    if prior.is_left_by_role(inputs, place) {
        replace.push(Path::of("assume_role"));
    }
    replace
}

/// The errors and warnings of a planned state; `inputs` are those before names are derived.
pub(super) fn check(
    inputs: &Inputs,
    planned: &SetupModel,
    prior: Option<&SetupModel>,
    transition: &Transition,
    desired: &Desired,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    check_names(inputs, desired, &mut diagnostics);
    check_place(inputs, desired, &mut diagnostics);
    check_access_log(desired, &mut diagnostics);
    warn_of_unused(planned, desired, &mut diagnostics);
    check_document(planned, desired, &mut diagnostics);
    access::check_sizes(&planned.state, &mut diagnostics);
    warn_of_compliance(planned, prior, desired, &mut diagnostics);
    if let Some(tags) = desired.tags.known()
        && let Err(problem) = naming::validate_tags(tags)
    {
        // Each value of `org` is checked on its own; the tag that joins them may still be too long.
        let by_org = problem.contains("organization-full-name");
        diagnostics.error_at(
            Path::of(if by_org { "org" } else { "extra_tags" }),
            "Tags cannot be set",
            sentence(&problem),
        );
    }
    if let Some(prior) = prior {
        refuse_unlocking(prior, planned, transition, &mut diagnostics);
        warn(planned, prior, transition, desired, &mut diagnostics);
    }
    diagnostics
}

fn check_names(inputs: &Inputs, desired: &Desired, diagnostics: &mut Diagnostics) {
    let names = &desired.names;
    let mut check = |path: &str, kind, name: Option<&String>| {
        if let Some(name) = name
            && let Err(problem) = naming::validate_derived(kind, name)
        {
            diagnostics.error_at(Path::of(path), "Derived name is not valid", sentence(&problem));
        }
    };
    let (bucket, kms, logs) = (inputs.bucket(), inputs.kms(), inputs.cloudwatch());
    if bucket.name.is_null() && bucket.create.is_true() {
        check("settings.bucket.name", DerivedName::Bucket, names.bucket.known());
    }
    if kms.alias_name.is_null() && kms.enabled.is_true() {
        check("settings.kms.alias_name", DerivedName::Alias, names.alias_name.known());
    }
    if logs.log_group_name.is_null() && logs.enabled.is_true() && logs.create.is_true() {
        check("settings.cloudwatch.log_group_name", DerivedName::LogGroup, names.log_group.known());
    }
}

/// Checks what depends on the caller's account, partition and region.
fn check_place(inputs: &Inputs, desired: &Desired, diagnostics: &mut Diagnostics) {
    let Some(place) = desired.place.known() else { return };
    let roles = inputs.settings().allowed_iam_role_arns.elements().unwrap_or_default();
    let roles_path = || Path::of("settings.allowed_iam_role_arns");
    for role in &roles {
        let is_foreign = || Arn::parse(role).is_none_or(|arn| arn.account_id != place.account_id);
        if let Err(problem) = validate_role_arn(role, &place.partition) {
            diagnostics.error_at(roles_path(), "Role cannot be allowed", sentence(&problem));
        } else if desired.key.is(&DesiredKey::None) && is_foreign() {
            diagnostics.error_at(
                roles_path(),
                "Role of another account needs a customer key",
                format!(
                    "{role} does not belong to account {}. Without a customer key the bucket is encrypted with aws/s3, \
                     which other accounts cannot use. Set settings.kms.enabled = true, set key_id or key_alias, or \
                     remove the role.",
                    place.account_id
                ),
            );
        }
    }
    if let Some(key_id) = inputs.kms().key_id.text().filter(|key_id| !key_id.is_empty())
        && let Err(problem) = naming::validate_key_id(key_id, &place.partition, &place.region)
    {
        diagnostics.error_at(Path::of("settings.kms.key_id"), "Key cannot be used", sentence(&problem));
    }
    if let Some(key_arn) = inputs.bucket().kms_key_arn.text()
        && let Err(problem) = naming::validate_key_arn(key_arn, &place.partition)
    {
        diagnostics.error_at(Path::of("settings.bucket.kms_key_arn"), "Key cannot be used", sentence(&problem));
    }
    if let Some(DesiredKey::Managed(managed)) = desired.key.known()
        && let Some(policy) = managed.policy.known()
    {
        let setting = longer(&roles, &inputs.kms().policy_statements, "settings.kms.policy_statements");
        if let Err(problem) = policies::validate_size(PolicyKind::Key, policy, setting) {
            diagnostics.error_at(Path::of(setting), "Key policy is not valid", sentence(&problem));
        }
    }
    if let Some(DesiredBucket::Managed(managed)) = desired.bucket.known()
        && let Some(policy) = managed.policy.known()
    {
        let setting = longer(&roles, &inputs.bucket().policy_statements, "settings.bucket.policy_statements");
        if let Err(problem) = policies::validate_size(PolicyKind::Bucket, policy, setting) {
            diagnostics.error_at(Path::of(setting), "Bucket policy is not valid", sentence(&problem));
        }
    }
}

/// Which of the two settings makes a policy longer.
fn longer(roles: &BTreeSet<String>, statements: &Field<String>, statements_setting: &'static str) -> &'static str {
    let of_roles: usize = roles.iter().map(String::len).sum();
    if statements.text().map_or(0, str::len) > of_roles { statements_setting } else { "settings.allowed_iam_role_arns" }
}

/// Warns of a lock that nobody can undo, where it begins or changes.
fn warn_of_compliance(
    planned: &SetupModel,
    prior: Option<&SetupModel>,
    desired: &Desired,
    diagnostics: &mut Diagnostics,
) {
    let lock = &planned.state.bucket.fields().object_lock;
    let stands = prior.is_some_and(|prior| prior.state.bucket.fields().object_lock == *lock);
    if let Some(lock) = lock.known()
        && !desired.place.is_unknown()
        && lock.mode == "COMPLIANCE"
        && !stands
    {
        diagnostics.warning_at(
            Path::of("settings.bucket.object_lock"),
            "Logs will be locked in COMPLIANCE mode",
            format!(
                "Each log is locked for {} days from when it is written. Until then nobody can delete it or shorten its \
                 lock, not even the account's root, and no destroy can empty the bucket. The mode GOVERNANCE can be \
                 bypassed by those who are allowed to.",
                lock.days
            ),
        );
    }
}

/// Checks that the bucket does not log to itself: the target may be its derived name.
fn check_access_log(desired: &Desired, diagnostics: &mut Diagnostics) {
    if let Some(DesiredBucket::Managed(managed)) = desired.bucket.known()
        && managed.access_log.as_ref().is_some_and(|log| log.target_bucket == managed.name)
    {
        diagnostics.error_at(
            Path::of("settings.bucket.access_log.target_bucket"),
            "A bucket cannot log to itself",
            format!(
                "settings.bucket.access_log.target_bucket is {:?}, which is the bucket of the setup. Name another \
                 bucket.",
                managed.name
            ),
        );
    }
}

/// Checks the size of the document, which long shell profiles exceed. While the ARN of a new key is unknown, the size
/// is a little too small.
fn check_document(planned: &SetupModel, desired: &Desired, diagnostics: &mut Diagnostics) {
    let without_key = || {
        let content = desired.content(&planned.inputs, &Field::Null);
        content.known().map_or(0, |content| content.to_string().len())
    };
    let document = planned.state.document.known();
    let bytes = document.map_or(0, |document| document.content.text().map_or_else(without_key, str::len));
    if bytes > MAX_DOCUMENT_BYTES {
        diagnostics.error_at(
            Path::of("settings.session.shell_profile"),
            "The document is too long",
            format!(
                "The content of {DOCUMENT_NAME} would have {bytes} bytes, and Systems Manager accepts \
                 {MAX_DOCUMENT_BYTES}. Shorten settings.session.shell_profile; it can call a script on the nodes."
            ),
        );
    }
}

/// Refuses changes that AWS cannot make.
fn refuse_unlocking(prior: &SetupModel, planned: &SetupModel, transition: &Transition, diagnostics: &mut Diagnostics) {
    if !transition.remaining.bucket.is_known() {
        return;
    }
    let lock = &prior.state.bucket.fields().object_lock;
    let is_unset = prior.inputs.bucket().object_lock.is_known() && planned.inputs.bucket().object_lock.is_null();
    if is_unset && lock.is_known() {
        diagnostics.error_at(
            Path::of("settings.bucket.object_lock"),
            "An object lock cannot be switched off",
            format!(
                "The bucket has the default retention {}. S3 cannot remove it. Set it again, or set another bucket \
                 in settings.bucket.name.",
                lock.write().describe()
            ),
        );
    }
}

#[cfg(test)]
mod tests;
