//! The warnings of a plan about effects on logs and parts. Pure.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::path::Path;

use crate::account::diagnose::listed;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredBucket};
use crate::setup::model::SetupModel;
use crate::setup::model::state::Retired;
use crate::setup::ownership::warn_of_shortening;

use super::needs::Standing;

/// Warns of what a change does to logs, parts and sessions.
pub(super) fn warn(
    planned: &SetupModel,
    prior: &SetupModel,
    transition: &Transition,
    desired: &Desired,
    diagnostics: &mut Diagnostics,
) {
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
    if let Some(standing) = Standing::of_state(prior, planned, transition) {
        standing.warn(planned, desired, diagnostics);
    }
    warn_of_moves(prior, transition, diagnostics);
}

/// Warns of settings that have no effect.
pub(super) fn warn_of_unused(planned: &SetupModel, desired: &Desired, diagnostics: &mut Diagnostics) {
    let inputs = &planned.inputs;
    let session = inputs.session();
    if let Some(run_as) = session.run_as.text().filter(|user| !user.is_empty() && session.run_as_enabled.is_false()) {
        diagnostics.warning_at(
            Path::of("settings.session.run_as"),
            "The Run As user is not used",
            format!("settings.session.run_as is {run_as:?}, and run_as_enabled is false: sessions run as ssm-user."),
        );
    }
    if session.run_as.is("ssm-user") && session.run_as_enabled.is_true() {
        diagnostics.warning_at(
            Path::of("settings.session.run_as"),
            "The agent does not create the Run As user",
            "settings.session.run_as is \"ssm-user\". With Run As the agent does not create that user: sessions fail on \
             nodes where it does not exist. Create it there, or remove run_as, so that the agent creates it.",
        );
    }
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

/// Warns of a document that is withdrawn, and of parts that are no longer used.
fn warn_of_moves(prior: &SetupModel, transition: &Transition, diagnostics: &mut Diagnostics) {
    let remaining = &transition.remaining;
    if prior.state.document.is_known() && !remaining.document.is_known() {
        diagnostics.warning_at(
            Path::of("settings.document.enabled"),
            "Sessions will no longer be logged",
            "settings.document.enabled is false: the document is withdrawn as settings.document.on_destroy says. \
             Without preferences, sessions run with the defaults of AWS.",
        );
    }
    let each = |parts: &[Retired], reasons: bool| {
        let lines = parts.iter().map(|part| {
            let reason = if reasons { format!(", because {}", part.reason) } else { String::new() };
            format!("the {} {} ({}){reason}", part.part.in_words(), part.name, part.arn)
        });
        listed(&lines.collect::<Vec<_>>())
    };
    if !transition.released.is_empty() {
        diagnostics.warning(
            "Parts are released",
            format!(
                "They are only read from now on: the setup no longer manages them, and no destroy removes them. If one \
                 is configured as a managed part again, the setup takes it back.\n{}",
                each(&transition.released, false)
            ),
        );
    }
    if !transition.retiring.is_empty() {
        diagnostics.warning(
            "Parts are retired",
            format!(
                "They will no longer be used. They are kept and listed in `retired`, and only a destroy of the setup \
                 removes them.\n{}",
                each(&transition.retiring, true)
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

/// The objects that a prefix is for, in words.
pub(super) fn below(prefix: &str) -> String {
    if prefix.is_empty() { "the whole bucket".to_owned() } else { format!("objects below {prefix:?}") }
}
