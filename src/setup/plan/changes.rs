//! The replacements, errors and warnings of a plan: values that are wrong only in the caller's account, partition or
//! region, changes that AWS cannot undo, and effects on logs and sessions. Pure.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::{Field, MaybeUnknown};
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::path::Path;

use crate::account::Place;
use crate::account::diagnose::sentence;
use crate::account::rules::validate_role_arn;
use crate::arn::Arn;
use crate::reconcile::session_document::NAME as DOCUMENT_NAME;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey};
use crate::setup::model::state::PartKind;
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::naming::{self, DerivedName};
use crate::setup::ownership::warn_of_shortening;
use crate::setup::policies;

use super::losses::below;

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
    check_prefix(inputs, desired, &mut diagnostics);
    check_document(planned, desired, &mut diagnostics);
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
        warn(planned, prior, transition, &mut diagnostics);
        warn_of_moves(prior, transition, desired, &mut diagnostics);
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
        && let Some(Err(problem)) = managed.policy.known().map(|policy| policies::validate_key_policy(policy))
    {
        let path = Path::of("settings.kms.policy_statements");
        diagnostics.error_at(path, "Key policy is not valid", sentence(&problem));
    }
    if let Some(DesiredBucket::Managed(managed)) = desired.bucket.known()
        && let Some(Err(problem)) = managed.policy.known().map(|policy| policies::validate_bucket_policy(policy))
    {
        let path = Path::of("settings.bucket.policy_statements");
        diagnostics.error_at(path, "Bucket policy is not valid", sentence(&problem));
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

/// Warns of logs that the lifecycle rule is not for.
fn check_prefix(inputs: &Inputs, desired: &Desired, diagnostics: &mut Diagnostics) {
    let (audit, logs) = (inputs.audit().prefix.text(), inputs.bucket().key_prefix.text());
    if let (Some(DesiredBucket::Managed(_)), Some(audit), Some(logs)) = (desired.bucket.known(), audit, logs)
        && !logs.starts_with(audit)
    {
        diagnostics.warning_at(
            Path::of("settings.audit.prefix"),
            "The lifecycle rule is not for the logs",
            format!(
                "settings.audit.prefix is {audit:?}, and logs go to {logs:?} (settings.bucket.key_prefix): they never \
                 move or expire. Set a prefix that key_prefix begins with, or \"\"."
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
    if lock.is_known() && planned.state.bucket.fields().object_lock.is_null() {
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

/// Warns of effects on logs and sessions.
fn warn(planned: &SetupModel, prior: &SetupModel, transition: &Transition, diagnostics: &mut Diagnostics) {
    let remaining = &transition.remaining;
    warn_of_retention(planned, prior, transition, diagnostics);
    warn_of_widening(planned, prior, transition, diagnostics);
    let (bucket_was, bucket_will) = (prior.state.bucket.fields(), planned.state.bucket.fields());
    if let (Some(was), Some(will)) = (bucket_was.object_lock.known(), bucket_will.object_lock.known())
        && remaining.bucket.is_known()
        && was.days > will.days
    {
        diagnostics.warning_at(
            Path::of("settings.bucket.object_lock.days"),
            "New logs will be locked for less time",
            format!(
                "New logs were locked for {} days and will be locked for {}. Existing logs stay locked.",
                was.days, will.days
            ),
        );
    }
    let prefixes = (prior.inputs.bucket().key_prefix.text(), planned.inputs.bucket().key_prefix.text());
    if let (Some(was), Some(will)) = prefixes
        && remaining.document.is_known()
        && was != will
    {
        diagnostics.warning_at(
            Path::of("settings.bucket.key_prefix"),
            "Logs will go to another prefix",
            format!(
                "Logs went to {was:?} and will go to {will:?}: nodes will need s3:PutObject there. Copies of \
                 `policies` that are already in use allow only the old prefix."
            ),
        );
    }
    let (session_was, session_will) = (prior.inputs.session(), planned.inputs.session());
    let encrypts_now = session_will.kms_encryption.is_true() && session_was.kms_encryption.is_false();
    if encrypts_now && remaining.kms_key.is_known() {
        diagnostics.warning_at(
            Path::of("settings.session.kms_encryption"),
            "Sessions will need the key",
            "Sessions will be encrypted with the key: nodes will need kms:Decrypt on it, and users who start \
             sessions will need kms:GenerateDataKey. Sessions fail without these permissions.",
        );
    }
    if session_will.run_as_enabled.is_true() && !session_was.run_as_enabled.is_true() {
        diagnostics.warning_at(
            Path::of("settings.session.run_as_enabled"),
            "Sessions will run as another user",
            "Run As is switched on: sessions fail on nodes where the user does not exist.",
        );
    }
}

/// Warns of logs that will be kept for less time.
fn warn_of_retention(planned: &SetupModel, prior: &SetupModel, transition: &Transition, diagnostics: &mut Diagnostics) {
    let remaining = &transition.remaining;
    let mut shortened = |path: &str, what: &str, was: &Field<i32>, will: &Field<i32>| {
        // No number means forever.
        let was = was.known().copied();
        if let Some(will) = will.known().copied()
            && was.is_none_or(|was| was > will)
        {
            warn_of_shortening(path, what, was, will, diagnostics);
        }
    };
    if remaining.log_group.is_known()
        && let Some(group) = planned.state.log_group.known()
    {
        let was = &prior.state.log_group.fields().retention_in_days;
        shortened("settings.cloudwatch.retention", "Events in CloudWatch Logs", was, &group.retention_in_days);
    }
    let lifecycle = &planned.state.bucket.fields().lifecycle;
    if remaining.bucket.is_known() && lifecycle.write().is_wholly_known() {
        let bucket = prior.state.bucket.fields();
        let (was, will) = (bucket.lifecycle.fields(), lifecycle.fields());
        let path = "settings.audit.retention_years";
        shortened(path, "Logs in the bucket", &was.expiration_days, &will.expiration_days);
        // A bucket that never kept versions has none to lose.
        if bucket.versioning.text().is_some_and(|versioning| !versioning.is_empty()) {
            let path = "settings.audit.noncurrent_days";
            shortened(path, "Noncurrent versions in the bucket", &was.noncurrent_days, &will.noncurrent_days);
        }
    }
}

/// Warns of a lifecycle rule that will be for objects that it was not for.
fn warn_of_widening(planned: &SetupModel, prior: &SetupModel, transition: &Transition, diagnostics: &mut Diagnostics) {
    let bucket = prior.state.bucket.fields();
    let will = &planned.state.bucket.fields().lifecycle.fields().prefix;
    if let (Some(was), Some(will)) = (bucket.lifecycle.fields().prefix.text(), will.text())
        && transition.remaining.bucket.is_known()
        && !will.starts_with(was)
    {
        diagnostics.warning_at(
            Path::of("settings.audit.prefix"),
            "The lifecycle rule will be for more objects",
            format!(
                "The lifecycle rule of {} was for {} and will be for {}: they will move and expire as settings.audit \
                 says.",
                bucket.name.text().unwrap_or_default(),
                below(was),
                below(will)
            ),
        );
    }
}

/// Warns of parts that come into use, and of parts that are no longer used.
fn warn_of_moves(prior: &SetupModel, transition: &Transition, desired: &Desired, diagnostics: &mut Diagnostics) {
    let remaining = &transition.remaining;
    let is_new = |exists: bool, kind| !exists && !transition.releases(kind);
    if is_new(remaining.kms_key.is_known(), PartKind::KmsKey)
        && !matches!(desired.key.known(), None | Some(DesiredKey::None))
    {
        diagnostics.warning_at(
            Path::of("settings.kms"),
            "Sessions will need another key",
            "Nodes will need kms:Decrypt and kms:GenerateDataKey, and users who start sessions will need \
             kms:GenerateDataKey, on the new key.",
        );
    }
    if is_new(remaining.log_group.is_known(), PartKind::LogGroup) && matches!(desired.log_group.known(), Some(Some(_)))
    {
        diagnostics.warning_at(
            Path::of("settings.cloudwatch"),
            "Sessions will need another log group",
            "Nodes will need logs:CreateLogStream, logs:PutLogEvents, logs:DescribeLogGroups and \
             logs:DescribeLogStreams on it; sessions are refused without these permissions.",
        );
    }
    if is_new(remaining.bucket.is_known(), PartKind::Bucket) && prior.state.bucket.is_known() {
        diagnostics.warning_at(
            Path::of("settings.bucket"),
            "Sessions will need another bucket",
            "Nodes will need s3:PutObject and s3:GetEncryptionConfiguration on it; sessions are refused without these \
             permissions.",
        );
    }
    if prior.state.document.is_known() && !remaining.document.is_known() {
        diagnostics.warning_at(
            Path::of("settings.document.enabled"),
            "Sessions will no longer be logged",
            "settings.document.enabled is false: the document is withdrawn as settings.document.on_destroy says. \
             Without preferences, sessions run with the defaults of AWS.",
        );
    }
    for part in &transition.released {
        let kind = part.part.in_words();
        diagnostics.warning(
            format!("A {kind} is released"),
            format!(
                "{} ({}) is only read from now on: the setup no longer manages it, and no destroy removes it. If it is \
                 configured as a managed {kind} again, the setup takes it back.",
                part.name, part.arn
            ),
        );
    }
    for part in &transition.retiring {
        let kind = part.part.in_words();
        diagnostics.warning(
            format!("A {kind} is retired"),
            format!(
                "{} ({}) will no longer be used. It is kept, because {}; it is listed in `retired`, and only a destroy \
                 of the setup removes it.",
                part.name, part.arn, part.reason
            ),
        );
    }
    if let Some(group) = &transition.deleting {
        diagnostics.warning_at(
            Path::of("settings.cloudwatch.skip_destroy"),
            "A log group is deleted",
            format!(
                "{} will no longer be used and settings.cloudwatch.skip_destroy is false: it is deleted with all its \
                 events.",
                group.name
            ),
        );
    }
}

#[cfg(test)]
mod tests;
