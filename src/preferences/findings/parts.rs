//! What is wrong with the bucket, the log group and the keys that session preferences name. Pure.
//!
//! With encryption demanded, the agent looks at bucket and log group before a session and refuses it where it does not
//! find what is demanded. Without, the session goes on and its log is lost.

use std::collections::BTreeMap;

use crate::account::diagnose;
use crate::reconcile::bucket::counts_as_encrypted;
use crate::reconcile::kms_key::{KeyFault, ObservedKey};
use crate::reconcile::{CallError, ErrorKind};

use super::{Finding, Severity, unreadable};
use crate::preferences::observe::{Answer, Observed, Preferences};

pub(super) fn bucket(preferences: &Preferences<'_>, found: &mut Vec<Finding>) {
    let (inputs, name) = (preferences.inputs, preferences.inputs.s3_bucket_name.as_str());
    let demanded = inputs.s3_encryption_enabled == Some(true);
    match &preferences.observed.bucket {
        None => {}
        Some(Err(error)) => found.extend(failed("bucket", error)),
        Some(Ok(None)) => found.push(Finding::new(
            Severity::Error,
            "bucket_missing",
            "The bucket does not exist",
            if demanded {
                format!("{name} is not there, and its encryption is demanded: every session is refused.")
            } else {
                format!("{name} is not there: the logs of sessions are lost.")
            },
            "Make the bucket, or name another one.",
        )),
        Some(Ok(Some(held))) if !counts_as_encrypted(&held.sse_algorithm) => {
            let is = if held.sse_algorithm.is_empty() { "not encrypted" } else { held.sse_algorithm.as_str() };
            if demanded {
                found.push(Finding::new(
                    Severity::Error,
                    "bucket_encryption",
                    "The bucket's encryption is not what is demanded",
                    format!("{name} is {is}; nodes take aws:kms and AES256 only: every session is refused."),
                    "Change the bucket's default encryption to aws:kms.",
                ));
            } else if held.sse_algorithm.is_empty() {
                found.push(Finding::new(
                    Severity::Warning,
                    "bucket_encryption",
                    "The bucket is not encrypted",
                    format!("{name} has no default encryption: the logs of sessions lie there in clear."),
                    "Set the bucket's default encryption to aws:kms.",
                ));
            }
        }
        Some(Ok(Some(_))) => {}
    }
}

pub(super) fn log_group(preferences: &Preferences<'_>, found: &mut Vec<Finding>) {
    let (inputs, name) = (preferences.inputs, preferences.inputs.cloudwatch_log_group_name.as_str());
    let demanded = inputs.cloudwatch_encryption_enabled == Some(true);
    match &preferences.observed.log_group {
        None => {}
        Some(Err(error)) => found.extend(failed("log_group", error)),
        Some(Ok(None)) => found.push(Finding::new(
            Severity::Error,
            "log_group_missing",
            "The log group does not exist",
            if demanded {
                format!("{name} is not there, and its encryption is demanded: every session is refused.")
            } else {
                format!("{name} is not there, and nodes do not make it: the logs of sessions are lost.")
            },
            "Make the log group, or name another one.",
        )),
        Some(Ok(Some(held))) if demanded && held.kms_key_arn.is_none() => found.push(Finding::new(
            Severity::Error,
            "log_group_unencrypted",
            "The log group has no KMS key",
            format!(
                "{name} has no KMS key, and the document demands encryption: every session is refused. The encryption \
                 of CloudWatch Logs itself does not count."
            ),
            "Associate a KMS key with the log group, or set cloudWatchEncryptionEnabled to false.",
        )),
        Some(Ok(Some(_))) => {}
    }
}

pub(super) fn keys(preferences: &Preferences<'_>, found: &mut Vec<Finding>) {
    let Preferences { inputs, observed, .. } = *preferences;
    if let Some(answer) = &observed.session_key {
        let effect = "every session fails";
        match answer {
            Ok(Some(key)) => found.extend(key_fault(key, "sessions", effect)),
            _ => found.extend(key_absent(answer, &inputs.kms_key_id, "sessions", effect)),
        }
    }
    let uses = storage_uses(observed);
    for (arn, answer) in &observed.storage_keys {
        let encrypts = uses.get(arn.as_str()).map(|names| names.join(" and ")).unwrap_or_default();
        let effect = "new logs are lost and old ones cannot be read";
        match answer {
            // AWS's own keys are good for buckets.
            Ok(Some(key)) if key.customer_managed || key.state != "Enabled" => {
                found.extend(key_fault(key, &encrypts, effect));
            }
            Ok(Some(_)) => {}
            _ => found.extend(key_absent(answer, arn, &encrypts, effect)),
        }
    }
}

/// The names of what each key encrypts.
fn storage_uses(observed: &Observed) -> BTreeMap<&str, Vec<&str>> {
    let bucket = observed.found_bucket().map(|held| (held.kms_key_arn.as_deref(), held.name.as_str()));
    let log_group = observed.found_log_group().map(|held| (held.kms_key_arn.as_deref(), held.name.as_str()));
    let mut uses: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, name) in [bucket, log_group].into_iter().flatten() {
        if let Some(key) = key {
            uses.entry(key).or_default().push(name);
        }
    }
    uses
}

fn key_absent(answer: &Answer<ObservedKey>, reference: &str, encrypts: &str, effect: &str) -> Option<Finding> {
    match answer {
        Ok(Some(_)) => None,
        Ok(None) => Some(Finding::new(
            Severity::Error,
            "key_missing",
            "The key does not exist",
            format!("{reference} is to encrypt {encrypts} and names no key here: {effect}."),
            "Name a key of this region; one of another account by its ARN, not its id.",
        )),
        Err(error) => failed("key", error),
    }
}

fn key_fault(key: &ObservedKey, encrypts: &str, effect: &str) -> Option<Finding> {
    let error = |code: &str, summary: &str, is: &str, remedy: &str| {
        let detail = format!("{} is to encrypt {encrypts} and is {is}: {effect}.", key.arn);
        Some(Finding::new(Severity::Error, code, summary, detail, remedy))
    };
    match KeyFault::of(key)? {
        KeyFault::NotEnabled => match key.state.as_str() {
            "Disabled" => error("key_disabled", "The key is disabled", "disabled", "Enable the key (kms:EnableKey)."),
            "PendingDeletion" | "PendingReplicaDeletion" => error(
                "key_pending_deletion",
                "The key is pending deletion",
                "pending deletion, after which nothing that it encrypted can be read any more",
                "Cancel the deletion (kms:CancelKeyDeletion), then enable the key.",
            ),
            state => error("key_unavailable", "The key cannot be used", state, "Bring the key into the state Enabled."),
        },
        KeyFault::AwsManaged => {
            error("key_aws_managed", "The key is AWS's own", "managed by AWS", "Name a customer managed key.")
        }
        KeyFault::NotSymmetric => error(
            "key_not_symmetric",
            "The key is not symmetric",
            "no symmetric encryption key",
            "Name a symmetric encryption key.",
        ),
    }
}

/// The finding of an error that says something of the part; `None` for one that does not.
fn failed(what: &str, error: &CallError) -> Option<Finding> {
    match error.kind {
        ErrorKind::AccessDenied => Some(unreadable(what, error)),
        ErrorKind::Invalid => Some(Finding::new(
            Severity::Error,
            &format!("{what}_invalid"),
            "AWS does not accept a name",
            format!("{}.", diagnose::sentence(&error.to_string())),
            "Correct the name in the document.",
        )),
        _ => None,
    }
}
