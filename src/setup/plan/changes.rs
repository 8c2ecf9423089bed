//! What a plan has to say: replacements, values that only the caller's place tells to be wrong, changes that this
//! release does not make, and warnings.

use super::super::diagnose::sentence;
use super::super::model::{Inputs, Known};
use super::super::naming::{self, Derived, Place};
use super::super::policies;
use super::super::state::State;
use super::super::wanted::{Bucket, Key, Wanted};
use crate::framework::diagnostics::Diagnostics;
use crate::framework::path::Path;
use crate::framework::value::Value;

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
    if inputs.organization.known().is_some_and(|organization| organization.delegated) {
        diagnostics.error_at(
            Path::of("settings.organization.delegated"),
            "Delegated mode is not available",
            "settings.organization.delegated is true. This release sets up accounts only; leave it false.",
        );
    }
    if !prior.is_null() {
        refuse_unsupported(prior_state, wanted, planned, prior, &mut diagnostics);
        warn(planned, prior, prior_state, &mut diagnostics);
    }
    diagnostics
}

fn check_names(inputs: &Inputs, wanted: &Wanted, diagnostics: &mut Diagnostics) {
    let Some(names) = wanted.names.known() else { return };
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
                "The content of {} would have {bytes} bytes, and Systems Manager takes {MAX_DOCUMENT_BYTES}. Shorten \
                 settings.session.shell_profile; it may call a script on the nodes.",
                naming::DOCUMENT_NAME
            ),
        );
    }
}

/// Refuses changes that would need a second key, bucket or log group beside the one in use.
fn refuse_unsupported(
    prior_state: &State,
    wanted: &Wanted,
    planned: &Value,
    prior: &Value,
    diagnostics: &mut Diagnostics,
) {
    let mut refuse = |path: &str, what: &str, from: &str, to: &str| {
        diagnostics.error_at(
            Path::of(path),
            format!("{what} of a setup cannot be changed"),
            format!(
                "The {} in use is {from}; the configuration asks for {to}. This release cannot move a setup to another \
                 one without leaving sessions unlogged in between. Nothing was changed. Keep what is in use, or \
                 destroy the setup and make it anew.",
                what.to_lowercase()
            ),
        );
    };
    let names_key = ["settings.kms.enabled", "settings.kms.key_alias", "settings.kms.key_id"];
    let same_key = names_key.iter().all(|path| planned.at(path) == prior.at(path));
    if let (Some(key), Some(want)) = (&prior_state.key, wanted.key.known()) {
        match want {
            Key::Own(own) if key.created && key.multi_region != Some(own.multi_region) => {
                let words = |multi: Option<bool>| {
                    if multi == Some(true) { "a multi-Region key" } else { "a single-Region key" }
                };
                refuse("settings.kms.multi_region", "Key", words(key.multi_region), words(Some(own.multi_region)));
            }
            Key::Own(_) if key.created => {}
            Key::Own(_) => refuse("settings.kms.enabled", "Key", &key.arn, "a key of its own"),
            Key::Given(_) if !key.created && same_key => {}
            Key::Given(reference) => refuse("settings.kms", "Key", &key.arn, reference),
            Key::None => refuse("settings.kms", "Key", &key.arn, "no customer key"),
        }
    }
    if let (Some(bucket), Some(want)) = (&prior_state.bucket, wanted.bucket.known()) {
        let own = matches!(want, Bucket::Own(_));
        if own != bucket.created {
            let words = |created| if created { "one of its own" } else { "an existing one" };
            refuse("settings.bucket.create", "Bucket", words(bucket.created), words(own));
        } else if want.name() != bucket.name {
            refuse("settings.bucket.name", "Bucket", &bucket.name, want.name());
        }
    }
    if let (Some(group), Some(want)) = (&prior_state.log_group, wanted.log_group.known()) {
        match want {
            None if group.created => {
                refuse("settings.cloudwatch.enabled", "Log group", &group.name, "none");
            }
            None => {}
            Some(want) if want.own != group.created => {
                let words = |created| if created { "one of its own" } else { "an existing one" };
                refuse("settings.cloudwatch.create", "Log group", words(group.created), words(want.own));
            }
            Some(want) if want.name != group.name => {
                refuse("settings.cloudwatch.log_group_name", "Log group", &group.name, &want.name);
            }
            Some(_) => {}
        }
    }
}

/// Warns of what logs and sessions will notice.
fn warn(planned: &Value, prior: &Value, prior_state: &State, diagnostics: &mut Diagnostics) {
    let days = |value: &Value, path: &str| value.at(path).as_i64();
    let mut shortened = |path: &str, what: &str, was: Option<i64>, will: Option<i64>| {
        // No number means for ever.
        if let Some(will) = will
            && was.is_none_or(|was| was > will)
        {
            let was = was.map_or_else(|| "for ever".to_owned(), |was| format!("{was} days"));
            diagnostics.warning_at(
                Path::of(path),
                format!("{what} will be kept shorter"),
                format!("{what} were kept {was} and will be kept {will} days. Those that are older go for good."),
            );
        }
    };
    if prior_state.log_group.is_some() && planned.at("log_group").as_map().is_some() {
        let path = "log_group.retention_in_days";
        shortened("settings.cloudwatch.retention", "Events in CloudWatch Logs", days(prior, path), days(planned, path));
    }
    if prior_state.bucket.is_some() && planned.at("bucket.lifecycle").is_wholly_known() {
        let path = "bucket.lifecycle.expiration_days";
        shortened("settings.audit.retention_years", "Logs in the bucket", days(prior, path), days(planned, path));
    }
    let on = |value: &Value, path: &str| value.at(path).as_bool() == Some(true);
    let run_as = "settings.session.run_as_enabled";
    if on(planned, run_as) && !on(prior, run_as) {
        diagnostics.warning_at(
            Path::of(run_as),
            "Sessions will run as another user",
            "Run As is switched on: sessions fail on nodes where the user does not exist.",
        );
    }
    if prior_state.key.is_none() && planned.at("kms_key").as_map().is_some() {
        diagnostics.warning_at(
            Path::of("settings.kms"),
            "Sessions will need the key",
            "Nodes will need kms:Decrypt and kms:GenerateDataKey, and those who start sessions kms:GenerateDataKey, on \
             the key of the setup.",
        );
    }
    if prior_state.log_group.is_none() && planned.at("log_group").as_map().is_some() {
        diagnostics.warning_at(
            Path::of("settings.cloudwatch.enabled"),
            "Sessions will need CloudWatch Logs",
            "Nodes will need logs:CreateLogStream, logs:PutLogEvents, logs:DescribeLogGroups and \
             logs:DescribeLogStreams; sessions are refused where they lack.",
        );
    }
}

#[cfg(test)]
mod tests;
