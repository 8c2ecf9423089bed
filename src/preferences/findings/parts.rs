//! What is wrong with the bucket, the log group and the keys that session preferences name. Pure.
//!
//! If the document requires encryption, the agent checks the bucket and the log group before a session, and refuses the
//! session if they are not encrypted. If it does not, the session runs and its log is lost.

use std::collections::BTreeMap;

use crate::account::diagnose;
use crate::preferences::observe::{Observed, PartResult, Preferences};
use crate::reconcile::bucket::counts_as_encrypted;
use crate::reconcile::kms_key::{KeyFault, ObservedKey};
use crate::reconcile::log_group::LogGroupClass;
use crate::reconcile::{CallError, ErrorKind};

use super::{Finding, FindingSeverity, unreadable};

pub(super) fn bucket(preferences: &Preferences<'_>, findings: &mut Vec<Finding>) {
    let (inputs, name) = (preferences.inputs, preferences.inputs.s3_bucket_name.as_str());
    let required = inputs.s3_encryption_enabled == Some(true);
    match &preferences.observed.bucket {
        None => {}
        Some(Err(error)) => findings.extend(failed("bucket", error)),
        Some(Ok(None)) => findings.push(Finding::new(
            FindingSeverity::Error,
            "bucket_missing",
            "The bucket does not exist",
            if required {
                format!("{name} does not exist, and the document requires its encryption: every session is refused.")
            } else {
                format!("{name} does not exist: the logs of sessions are lost.")
            },
            "Create the bucket, or name another one.",
        )),
        Some(Ok(Some(bucket))) if !counts_as_encrypted(&bucket.sse_algorithm) => {
            let encryption =
                if bucket.sse_algorithm.is_empty() { "not encrypted" } else { bucket.sse_algorithm.as_str() };
            if required {
                findings.push(Finding::new(
                    FindingSeverity::Error,
                    "bucket_encryption",
                    "The bucket's encryption does not suit Session Manager",
                    format!("{name} is {encryption}; nodes accept only aws:kms and AES256: every session is refused."),
                    "Change the bucket's default encryption to aws:kms.",
                ));
            } else if bucket.sse_algorithm.is_empty() {
                findings.push(Finding::new(
                    FindingSeverity::Warning,
                    "bucket_encryption",
                    "The bucket is not encrypted",
                    format!("{name} has no default encryption: the logs of sessions are stored in clear text."),
                    "Set the bucket's default encryption to aws:kms.",
                ));
            }
        }
        Some(Ok(Some(_))) => {}
    }
}

pub(super) fn log_group(preferences: &Preferences<'_>, findings: &mut Vec<Finding>) {
    let (inputs, name) = (preferences.inputs, preferences.inputs.cloudwatch_log_group_name.as_str());
    let required = inputs.cloudwatch_encryption_enabled == Some(true);
    match &preferences.observed.log_group {
        None => {}
        Some(Err(error)) => findings.extend(failed("log_group", error)),
        Some(Ok(None)) => findings.push(Finding::new(
            FindingSeverity::Error,
            "log_group_missing",
            "The log group does not exist",
            if required {
                format!("{name} does not exist, and the document requires its encryption: every session is refused.")
            } else {
                format!("{name} does not exist, and nodes do not create it: the logs of sessions are lost.")
            },
            "Create the log group, or name another one.",
        )),
        Some(Ok(Some(group))) if group.class == LogGroupClass::Delivery => findings.push(Finding::new(
            FindingSeverity::Error,
            "log_group_class",
            "The log group takes no session logs",
            format!(
                "{name} is of the class DELIVERY, which only passes on logs of AWS services: session logs are lost."
            ),
            "Name a log group of the class STANDARD or INFREQUENT_ACCESS.",
        )),
        Some(Ok(Some(group))) if required && group.kms_key_arn.is_none() => findings.push(Finding::new(
            FindingSeverity::Error,
            "log_group_unencrypted",
            "The log group has no KMS key",
            format!(
                "{name} has no KMS key, and the document requires encryption: every session is refused. The default \
                 encryption of CloudWatch Logs does not count."
            ),
            "Associate a KMS key with the log group, or set cloudWatchEncryptionEnabled to false.",
        )),
        Some(Ok(Some(group))) => {
            if let LogGroupClass::Unknown(class) = &group.class {
                findings.push(Finding::new(
                    FindingSeverity::Unknown,
                    "log_group_class",
                    "The class of the log group is not known",
                    format!("{name} is of the class {class}: it may not take the logs that nodes send."),
                    "Look the class up in the CloudWatch Logs User Guide, \"Log classes\".",
                ));
            }
        }
    }
}

pub(super) fn keys(preferences: &Preferences<'_>, findings: &mut Vec<Finding>) {
    let Preferences { inputs, observed, .. } = *preferences;
    if let Some(result) = &observed.session_key {
        let effect = "every session fails";
        match result {
            Ok(Some(key)) => findings.extend(key_fault(key, "sessions", effect)),
            _ => findings.extend(key_absent(result, &inputs.kms_key_id, "sessions", effect)),
        }
    }
    let uses = storage_uses(observed);
    for (arn, result) in &observed.storage_keys {
        let encrypts = uses.get(arn.as_str()).map(|names| names.join(" and ")).unwrap_or_default();
        let effect = "new logs are lost and old ones cannot be read";
        match result {
            // An AWS managed key is fine for a bucket.
            Ok(Some(key)) if key.customer_managed || key.state != "Enabled" => {
                findings.extend(key_fault(key, &encrypts, effect));
            }
            Ok(Some(_)) => {}
            _ => findings.extend(key_absent(result, arn, &encrypts, effect)),
        }
    }
}

/// The names of what each key encrypts.
fn storage_uses(observed: &Observed) -> BTreeMap<&str, Vec<&str>> {
    let bucket = observed.found_bucket().map(|bucket| (bucket.kms_key_arn.as_deref(), bucket.name.as_str()));
    let log_group = observed.found_log_group().map(|group| (group.kms_key_arn.as_deref(), group.name.as_str()));
    let mut uses: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (key, name) in [bucket, log_group].into_iter().flatten() {
        if let Some(key) = key {
            uses.entry(key).or_default().push(name);
        }
    }
    uses
}

fn key_absent(result: &PartResult<ObservedKey>, reference: &str, encrypts: &str, effect: &str) -> Option<Finding> {
    match result {
        Ok(Some(_)) => None,
        Ok(None) => Some(Finding::new(
            FindingSeverity::Error,
            "key_missing",
            "The key does not exist",
            format!(
                "{reference} is to encrypt {encrypts}, and no such key exists in this account and region: {effect}."
            ),
            "Name a key of this region; name a key of another account by its ARN, not by its id.",
        )),
        Err(error) => failed("key", error),
    }
}

fn key_fault(key: &ObservedKey, encrypts: &str, effect: &str) -> Option<Finding> {
    let error = |code: &str, summary: &str, fault: &str, remedy: &str| {
        let detail = format!("{} is to encrypt {encrypts} and is {fault}: {effect}.", key.arn);
        Some(Finding::new(FindingSeverity::Error, code, summary, detail, remedy))
    };
    match KeyFault::of(key)? {
        KeyFault::NotEnabled => match key.state.as_str() {
            "Disabled" => error("key_disabled", "The key is disabled", "disabled", "Enable the key (kms:EnableKey)."),
            "PendingDeletion" | "PendingReplicaDeletion" => error(
                "key_pending_deletion",
                "The key is pending deletion",
                "pending deletion, after which nothing that it encrypted can be read",
                "Cancel the deletion (kms:CancelKeyDeletion), then enable the key.",
            ),
            state => error("key_unavailable", "The key cannot be used", state, "Bring the key to the state Enabled."),
        },
        KeyFault::AwsManaged => {
            error("key_aws_managed", "The key is an AWS managed key", "managed by AWS", "Name a customer managed key.")
        }
        KeyFault::NotSymmetric => error(
            "key_not_symmetric",
            "The key is not symmetric",
            "not a symmetric encryption key",
            "Name a symmetric encryption key.",
        ),
    }
}

/// The finding for an error that is about the part itself; `None` for any other error.
fn failed(what: &str, error: &CallError) -> Option<Finding> {
    match error.kind {
        ErrorKind::AccessDenied => Some(unreadable(what, error)),
        ErrorKind::Invalid => Some(Finding::new(
            FindingSeverity::Error,
            &format!("{what}_invalid"),
            "AWS does not accept the name",
            diagnose::sentence(&error.to_string()),
            "Correct the name in the document.",
        )),
        _ => None,
    }
}
