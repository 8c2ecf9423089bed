//! What a plan has to say: replacements, values that only the caller's place tells to be wrong, what AWS cannot take
//! back, and warnings.

use super::super::diagnose::sentence;
use super::super::model::{Inputs, Known};
use super::super::naming::{self, Derived, Place};
use super::super::ownership::warn_of_shortening;
use super::super::policies;
use super::super::state::{PartKind, Retired, State};
use super::super::transition::Transition;
use super::super::wanted::{Bucket, Key, Wanted};
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::value::Value;
use crate::reconcile::session_document::NAME as DOCUMENT_NAME;

/// What Systems Manager takes as content (API reference, `MaxDocumentSizeExceeded`).
const MAX_DOCUMENT_BYTES: usize = 64 * 1024;

/// The attributes whose change makes a setup in another place. A prior that is null, as after an import, is no
/// change; what is unknown is planned in place.
pub(super) fn replacement(planned: &Value, prior: &Value, place: &Known<Place>) -> Vec<Path> {
    if prior.is_null() {
        return Vec::new();
    }
    let mut replace = Vec::new();
    let region = planned.at("region");
    if !prior.at("region").is_null() && !region.is_unknown() && region != prior.at("region") {
        replace.push(Path::of("region"));
    }
    if account_moved(prior, place) && planned.at("assume_role") != prior.at("assume_role") {
        replace.push(Path::of("assume_role"));
    }
    replace
}

/// Whether the caller's account is another one than the setup's.
#[must_use]
pub fn account_moved(prior: &Value, place: &Known<Place>) -> bool {
    match (prior.at("account_id").as_str(), place.known()) {
        (Some(prior), Some(place)) => prior != place.account_id,
        _ => false,
    }
}

/// Errors and warnings about a planned state.
pub(super) fn check(
    inputs: &Inputs,
    planned: &Value,
    prior: &Value,
    prior_state: &State,
    transition: &Transition,
    wanted: &Wanted,
) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    check_names(inputs, wanted, &mut diagnostics);
    check_place(inputs, wanted, &mut diagnostics);
    check_access_log(wanted, &mut diagnostics);
    check_document(inputs, planned, wanted, &mut diagnostics);
    if let Some(tags) = wanted.tags.known()
        && let Err(problem) = naming::validate_tags(tags)
    {
        // The values of `org` were judged one by one; the tag that joins them may be too long all the same.
        let by_org = problem.contains("organization-full-name");
        diagnostics.error_at(
            Path::of(if by_org { "org" } else { "extra_tags" }),
            "Tags cannot be set",
            format!("{}.", sentence(&problem)),
        );
    }
    if !prior.is_null() {
        refuse_unlocking(prior, planned, transition, &mut diagnostics);
        warn(planned, prior, transition, &mut diagnostics);
        warn_of_moves(prior_state, transition, wanted, &mut diagnostics);
    }
    diagnostics
}

fn check_names(inputs: &Inputs, wanted: &Wanted, diagnostics: &mut Diagnostics) {
    let names = &wanted.names;
    let mut judge = |path: &str, kind, name: Option<&String>| {
        if let Some(name) = name
            && let Err(problem) = naming::validate_derived(kind, name)
        {
            diagnostics.error_at(Path::of(path), "Derived name is not valid", format!("{}.", sentence(&problem)));
        }
    };
    if inputs.bucket.known().is_some_and(|bucket| bucket.name.is_none() && bucket.create) {
        judge("settings.bucket.name", Derived::Bucket, names.bucket.known());
    }
    if inputs.kms.known().is_some_and(|kms| kms.alias_name.is_none() && kms.enabled) {
        judge("settings.kms.alias_name", Derived::Alias, names.alias_name.known());
    }
    if inputs.cloudwatch.known().is_some_and(|logs| logs.log_group_name.is_none() && logs.enabled && logs.create) {
        judge("settings.cloudwatch.log_group_name", Derived::LogGroup, names.log_group.known());
    }
}

/// Checks what only the caller's account, partition and region tell.
fn check_place(inputs: &Inputs, wanted: &Wanted, diagnostics: &mut Diagnostics) {
    let Some(place) = wanted.place.known() else { return };
    let roles = inputs.allowed_roles.known().into_iter().flatten();
    let roles_path = || Path::of("settings.allowed_iam_role_arns");
    for role in roles {
        if let Err(problem) = naming::validate_role_arn(role, &place.partition) {
            diagnostics.error_at(roles_path(), "Role cannot be allowed", format!("{}.", sentence(&problem)));
        } else if wanted.key.known() == Some(&Key::None) && role.split(':').nth(4) != Some(&place.account_id) {
            diagnostics.error_at(
                roles_path(),
                "Role of another account needs a customer key",
                format!(
                    "{role} is not of account {}. Without a customer key the bucket is encrypted with aws/s3, which \
                     other accounts cannot use. Set settings.kms.enabled = true, give key_id or key_alias, or leave \
                     the role out.",
                    place.account_id
                ),
            );
        }
    }
    if let Some(kms) = inputs.kms.known()
        && !kms.key_id.is_empty()
        && let Err(problem) = naming::validate_key_id(&kms.key_id, &place.partition, &place.region)
    {
        diagnostics.error_at(Path::of("settings.kms.key_id"), "Key cannot be used", format!("{}.", sentence(&problem)));
    }
    if let Some(key_arn) = inputs.bucket.known().and_then(|bucket| bucket.kms_key_arn.as_ref())
        && let Err(problem) = naming::validate_key_arn(key_arn, &place.partition)
    {
        diagnostics.error_at(
            Path::of("settings.bucket.kms_key_arn"),
            "Key cannot be used",
            format!("{}.", sentence(&problem)),
        );
    }
    if let Some(Key::Own(own)) = wanted.key.known()
        && let Some(Err(problem)) = own.policy.known().map(|policy| policies::validate_key_policy(policy))
    {
        let path = Path::of("settings.kms.policy_statements");
        diagnostics.error_at(path, "Key policy is not valid", format!("{}.", sentence(&problem)));
    }
    if let Some(Bucket::Own(own)) = wanted.bucket.known()
        && let Some(Err(problem)) = own.policy.known().map(|policy| policies::validate_bucket_policy(policy))
    {
        let path = Path::of("settings.bucket.policy_statements");
        diagnostics.error_at(path, "Bucket policy is not valid", format!("{}.", sentence(&problem)));
    }
}

/// Checks the bucket's access logs, whose target may turn out to be the bucket's derived name.
fn check_access_log(wanted: &Wanted, diagnostics: &mut Diagnostics) {
    if let Some(Bucket::Own(own)) = wanted.bucket.known()
        && own.access_log.as_ref().is_some_and(|log| log.target_bucket == own.name)
    {
        diagnostics.error_at(
            Path::of("settings.bucket.access_log.target_bucket"),
            "A bucket cannot log to itself",
            format!(
                "settings.bucket.access_log.target_bucket is {:?}, which is the bucket of the setup. Name another \
                 bucket.",
                own.name
            ),
        );
    }
}

/// Checks the size of the document, which long shell profiles exceed. Without the ARN of a key that is yet to be made
/// it is a little short.
fn check_document(inputs: &Inputs, planned: &Value, wanted: &Wanted, diagnostics: &mut Diagnostics) {
    let without_key =
        || wanted.content(inputs, &Known::Value(None)).known().map_or(0, |content| content.to_string().len());
    let bytes = match planned.at("document") {
        Value::Map(_) => planned.at("document.content").as_str().map_or_else(without_key, str::len),
        _ => 0,
    };
    if bytes > MAX_DOCUMENT_BYTES {
        diagnostics.error_at(
            Path::of("settings.session.shell_profile"),
            "The document is too long",
            format!(
                "The content of {DOCUMENT_NAME} would have {bytes} bytes, and Systems Manager takes \
                 {MAX_DOCUMENT_BYTES}. Shorten settings.session.shell_profile; it may call a script on the nodes."
            ),
        );
    }
}

/// Refuses what AWS cannot take back.
fn refuse_unlocking(prior: &Value, planned: &Value, transition: &Transition, diagnostics: &mut Diagnostics) {
    if transition.standing.bucket.is_none() {
        return;
    }
    let lock = prior.at("bucket.object_lock");
    if lock.as_map().is_some() && planned.at("bucket.object_lock").is_null() {
        diagnostics.error_at(
            Path::of("settings.bucket.object_lock"),
            "An object lock cannot be switched off",
            format!(
                "The bucket has the default retention {}. S3 never takes it back: give it again, or another bucket in \
                 settings.bucket.name.",
                lock.describe()
            ),
        );
    }
}

/// Warns of what logs and sessions will notice.
fn warn(planned: &Value, prior: &Value, transition: &Transition, diagnostics: &mut Diagnostics) {
    let standing = &transition.standing;
    let days = |value: &Value, path: &str| value.at(path).as_i64();
    let mut shortened = |path: &str, what: &str, was: Option<i64>, will: Option<i64>| {
        // No number means for ever.
        if let Some(will) = will
            && was.is_none_or(|was| was > will)
        {
            warn_of_shortening(path, what, was, will, diagnostics);
        }
    };
    if standing.log_group.is_some() && planned.at("log_group").as_map().is_some() {
        let path = "log_group.retention_in_days";
        shortened("settings.cloudwatch.retention", "Events in CloudWatch Logs", days(prior, path), days(planned, path));
    }
    if standing.bucket.is_some() && planned.at("bucket.lifecycle").is_wholly_known() {
        let path = "bucket.lifecycle.expiration_days";
        shortened("settings.audit.retention_years", "Logs in the bucket", days(prior, path), days(planned, path));
        // A bucket that never kept versions has none to lose.
        if prior.at("bucket.versioning").as_str().is_some_and(|versioning| !versioning.is_empty()) {
            let path = "bucket.lifecycle.noncurrent_days";
            let what = "Noncurrent versions in the bucket";
            shortened("settings.audit.noncurrent_days", what, days(prior, path), days(planned, path));
        }
    }
    if let (Some(was), Some(will)) = (days(prior, "bucket.object_lock.days"), days(planned, "bucket.object_lock.days"))
        && standing.bucket.is_some()
        && was > will
    {
        diagnostics.warning_at(
            Path::of("settings.bucket.object_lock.days"),
            "New logs will be locked for less time",
            format!(
                "New logs were locked for {was} days and will be locked for {will}. Those that are there stay locked."
            ),
        );
    }
    let prefix = "settings.bucket.key_prefix";
    if let (Some(was), Some(will)) = (prior.at(prefix).as_str(), planned.at(prefix).as_str())
        && standing.document.is_some()
        && was != will
    {
        diagnostics.warning_at(
            Path::of(prefix),
            "Logs will go to another prefix",
            format!(
                "Logs went to {was:?} and will go to {will:?}: nodes will need s3:PutObject there. What was handed out \
                 of `policies` covers the old prefix alone."
            ),
        );
    }
    let on = |value: &Value, path: &str| value.at(path).as_bool() == Some(true);
    let encryption = "settings.session.kms_encryption";
    if on(planned, encryption) && prior.at(encryption).as_bool() == Some(false) && standing.key.is_some() {
        diagnostics.warning_at(
            Path::of(encryption),
            "Sessions will need the key",
            "Sessions will be encrypted with the key: nodes will need kms:Decrypt on it, and those who start sessions \
             kms:GenerateDataKey. Sessions fail where they lack.",
        );
    }
    let run_as = "settings.session.run_as_enabled";
    if on(planned, run_as) && !on(prior, run_as) {
        diagnostics.warning_at(
            Path::of(run_as),
            "Sessions will run as another user",
            "Run As is switched on: sessions fail on nodes where the user does not exist.",
        );
    }
}

/// Warns of parts that come new into use, and of those that go out of it.
fn warn_of_moves(prior: &State, transition: &Transition, wanted: &Wanted, diagnostics: &mut Diagnostics) {
    let standing = &transition.standing;
    let is_new = |stands: bool, part| !stands && !transition.releases(part);
    if is_new(standing.key.is_some(), PartKind::KmsKey) && !matches!(wanted.key.known(), None | Some(Key::None)) {
        diagnostics.warning_at(
            Path::of("settings.kms"),
            "Sessions will need another key",
            "Nodes will need kms:Decrypt and kms:GenerateDataKey, and those who start sessions kms:GenerateDataKey, on \
             the key that comes into use.",
        );
    }
    if is_new(standing.log_group.is_some(), PartKind::LogGroup) && matches!(wanted.log_group.known(), Some(Some(_))) {
        diagnostics.warning_at(
            Path::of("settings.cloudwatch"),
            "Sessions will need another log group",
            "Nodes will need logs:CreateLogStream, logs:PutLogEvents, logs:DescribeLogGroups and \
             logs:DescribeLogStreams on it; sessions are refused where they lack.",
        );
    }
    if is_new(standing.bucket.is_some(), PartKind::Bucket) && prior.bucket.is_some() {
        diagnostics.warning_at(
            Path::of("settings.bucket"),
            "Sessions will need another bucket",
            "Nodes will need s3:PutObject and s3:GetEncryptionConfiguration on it; sessions are refused where they lack.",
        );
    }
    if prior.document.is_some() && standing.document.is_none() {
        diagnostics.warning_at(
            Path::of("settings.document.enabled"),
            "Sessions will no longer be logged",
            "settings.document.enabled is false: the preferences go as settings.document.on_destroy says, and sessions \
             run as AWS lets them run without any.",
        );
    }
    let kind_of = |part: &Retired| match part.part {
        PartKind::KmsKey => "key",
        PartKind::Bucket => "bucket",
        PartKind::LogGroup => "log group",
    };
    for part in &transition.released {
        let kind = kind_of(part);
        diagnostics.warning(
            format!("A {kind} is released"),
            format!(
                "{} ({}) stays as it is and is only read from now on: the setup no longer looks after it, and no \
                 destroy removes it any more. Wanted as a {kind} of its own again, the setup takes it back.",
                part.name, part.arn
            ),
        );
    }
    for part in &transition.retiring {
        let kind = kind_of(part);
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
