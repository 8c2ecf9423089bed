//! The policies and the document: key policy, bucket policy, session preferences, and the policies for nodes, users and
//! administrators.
//!
//! Pure. Everything is rendered as canonical JSON (sorted keys, no spaces, sorted sets), so that equal meaning is equal
//! text. The key policy does not contain the key's ARN, because it is written in the call that creates the key.
//! Follows <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html> and
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html>.

mod additions;
mod central;
mod instance;
mod preferences_lock;
mod provisioner;
mod statement;
mod user;
mod user_statements;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::account::Place;
use crate::arn::Arn;
use crate::reconcile::policy::canonical_json;

pub(crate) use additions::{added_statements, as_expression, statements_lost};
pub(crate) use central::{ExistingKeys, bucket_owner_policy, key_owner_policy};
pub(crate) use instance::{Logging, instance_policy};
pub(crate) use preferences_lock::{Locked, preferences_lock};
pub(crate) use provisioner::{Provisioned, provisioner_policy};
pub(crate) use statement::KeyName;
pub(crate) use user::user_policy;
pub(crate) use user_statements::{MANAGED_SIDS, parse_policy_statements};

/// The condition key by which a key policy names log groups.
pub(crate) const LOG_GROUP_CONDITION: &str = "kms:EncryptionContext:aws:logs:arn";
/// Sid of the statement for `settings.allowed_iam_role_arns`, in both policies.
pub(crate) const ALLOW_ROLES_SID: &str = "AllowIAMRolesAccess";

/// What CloudWatch Logs and the allowed roles may do with the key.
const KEY_USE_ACTIONS: [&str; 5] =
    ["kms:Decrypt", "kms:Describe*", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];

/// The limit of IAM, in characters.
const MAX_MANAGED_POLICY_CHARACTERS: usize = 6144;
/// The limit of KMS.
const MAX_KEY_POLICY_BYTES: usize = 32 * 1024;
/// The limit of S3.
const MAX_BUCKET_POLICY_BYTES: usize = 20 * 1024;

/// The policy of a managed key.
///
/// `log_group_arns` are the log groups that it encrypts, retired ones too; `role_arns` are
/// `settings.allowed_iam_role_arns`; `extra_statements` come from [`parse_policy_statements`].
pub(crate) fn key_policy(
    place: &Place,
    log_group_arns: &[String],
    role_arns: &[String],
    extra_statements: &[Value],
) -> String {
    let mut statements = vec![json!({
        "Sid": "AllowAccountAdministration",
        "Effect": "Allow",
        "Principal": {"AWS": place.root_arn()},
        "Action": "kms:*",
        "Resource": "*",
    })];
    if !log_group_arns.is_empty() {
        // The only service principal here whose name depends on the region and the partition.
        let logs = format!("logs.{}.{}", place.region, place.dns_suffix);
        statements.push(json!({
            "Sid": "AllowCloudWatchLogs",
            "Effect": "Allow",
            "Principal": {"Service": logs},
            "Action": KEY_USE_ACTIONS,
            "Resource": "*",
            "Condition": {"ArnEquals": {LOG_GROUP_CONDITION: sorted(log_group_arns)}},
        }));
    }
    if !role_arns.is_empty() {
        statements.push(json!({
            "Sid": ALLOW_ROLES_SID,
            "Effect": "Allow",
            "Principal": {"AWS": sorted(role_arns)},
            "Action": KEY_USE_ACTIONS,
            "Resource": "*",
        }));
    }
    policy(statements, extra_statements)
}

/// The policy of a managed bucket; arguments as in [`key_policy`].
pub(crate) fn bucket_policy(
    place: &Place,
    bucket_name: &str,
    role_arns: &[String],
    extra_statements: &[Value],
) -> String {
    let bucket = place.bucket_arn(bucket_name);
    let objects = format!("{bucket}/*");
    let deny_when = |sid: &str, condition: Value| {
        json!({
            "Sid": sid,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [bucket, objects],
            "Condition": condition,
        })
    };
    let mut statements = vec![
        deny_when("DenyInsecureTransport", json!({"Bool": {"aws:SecureTransport": "false"}})),
        deny_when("DenyOutdatedTLS", json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}})),
    ];
    if !role_arns.is_empty() {
        statements.push(json!({
            "Sid": ALLOW_ROLES_SID,
            "Effect": "Allow",
            "Principal": {"AWS": sorted(role_arns)},
            "Action": ["s3:GetEncryptionConfiguration", "s3:PutObject"],
            "Resource": [bucket, objects],
        }));
    }
    // The agent sends an ACL with every upload, which needs a permission of its own from another account.
    let is_foreign = |arn: &&String| Arn::parse(arn).is_none_or(|arn| arn.account_id != place.account_id);
    let foreign: Vec<String> = role_arns.iter().filter(is_foreign).cloned().collect();
    if !foreign.is_empty() {
        statements.push(json!({
            "Sid": "AllowIAMRolesObjectAcl",
            "Effect": "Allow",
            "Principal": {"AWS": sorted(&foreign)},
            "Action": "s3:PutObjectAcl",
            "Resource": objects,
        }));
    }
    policy(statements, extra_statements)
}

/// The policy of a managed key with the statements of a policy document as text; `None` if the text is not a policy
/// document, which validation refuses.
pub(crate) fn managed_key_policy(
    place: &Place,
    log_group_arns: &BTreeSet<String>,
    role_arns: &BTreeSet<String>,
    statements: Option<&str>,
) -> Option<String> {
    let (groups, roles) = (listed(log_group_arns), listed(role_arns));
    Some(key_policy(place, &groups, &roles, &extra_statements(statements)?))
}

/// The policy of a managed bucket; arguments and result as in [`managed_key_policy`].
pub(crate) fn managed_bucket_policy(
    place: &Place,
    bucket_name: &str,
    role_arns: &BTreeSet<String>,
    statements: Option<&str>,
) -> Option<String> {
    Some(bucket_policy(place, bucket_name, &listed(role_arns), &extra_statements(statements)?))
}

fn listed(texts: &BTreeSet<String>) -> Vec<String> {
    texts.iter().cloned().collect()
}

/// The statements of a policy document. An empty text has none, as opposed to a text that is not written.
fn extra_statements(document: Option<&str>) -> Option<Vec<Value>> {
    document
        .filter(|document| !document.is_empty())
        .map_or_else(|| Some(Vec::new()), |document| parse_policy_statements(document).ok())
}

/// Checks that IAM and KMS accept every character of a text in a policy; S3 accepts all characters.
pub(crate) fn validate_characters(text: &str) -> Result<(), String> {
    match text.chars().find(|c| *c > '\u{ff}') {
        Some(c) => Err(format!("it contains {c:?}, and policies of IAM and KMS take only characters up to U+00FF")),
        None => Ok(()),
    }
}

/// What a policy is attached to, which limits its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyKind {
    /// A customer managed policy of IAM.
    Managed,
    /// A key.
    Key,
    /// A bucket.
    Bucket,
}

/// Checks the size of a policy; `setting` is the one that makes it long.
pub(crate) fn validate_size(kind: PolicyKind, policy: &str, setting: &str) -> Result<(), String> {
    // IAM counts characters, the others bytes.
    let (what, max, length) = match kind {
        PolicyKind::Managed => ("managed policy", MAX_MANAGED_POLICY_CHARACTERS, policy.chars().count()),
        PolicyKind::Key => ("key policy", MAX_KEY_POLICY_BYTES, policy.len()),
        PolicyKind::Bucket => ("bucket policy", MAX_BUCKET_POLICY_BYTES, policy.len()),
    };
    if length <= max {
        return Ok(());
    }
    Err(format!("the {what} has a length of {length} and AWS accepts {max}: shorten {setting}"))
}

fn policy(mut statements: Vec<Value>, extra_statements: &[Value]) -> String {
    statements.extend_from_slice(extra_statements);
    canonical_json(&json!({"Version": "2012-10-17", "Statement": statements}))
}

fn sorted(texts: &[String]) -> Vec<&str> {
    let mut sorted: Vec<&str> = texts.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
}

/// The session preferences of an account and region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SessionPreferences {
    /// Bucket for the logs.
    pub(crate) s3_bucket_name: String,
    /// Prefix of the logs in the bucket.
    pub(crate) s3_key_prefix: String,
    /// Log group; `None` turns CloudWatch Logs off.
    pub(crate) log_group_name: Option<String>,
    /// Whether the log group is encrypted with a customer key. If this is true and the group is not encrypted, sessions
    /// are refused.
    pub(crate) log_group_encrypted: bool,
    /// Whether events are streamed while a session runs, instead of one log at its end.
    pub(crate) log_group_streaming: bool,
    /// ARN of the key that encrypts sessions in addition to TLS; `None`: no key.
    pub(crate) kms_key_arn: Option<String>,
    /// Whether sessions run as an operating-system user other than ssm-user.
    pub(crate) run_as_enabled: bool,
    /// The Run As user of callers without the tag `SSMSessionRunAs`.
    pub(crate) run_as_default_user: String,
    /// Minutes without input until a session ends.
    pub(crate) idle_timeout_minutes: u32,
    /// Minutes until a session ends in any case; 0 for no maximum.
    pub(crate) max_duration_minutes: u32,
    /// Commands at the start of a session on Linux and macOS.
    pub(crate) shell_profile_linux: String,
    /// Commands at the start of a session on Windows.
    pub(crate) shell_profile_windows: String,
}

/// The content of the document SSM-SessionManagerRunShell.
///
/// The two time limits are strings and the switches are JSON booleans, as AWS writes them; the agent accepts only a
/// boolean in `cloudWatchStreamingEnabled`.
pub(crate) fn document_content(preferences: &SessionPreferences) -> Value {
    let log_group = preferences.log_group_name.as_deref().unwrap_or_default();
    let logs = !log_group.is_empty();
    let mut inputs = json!({
        "s3BucketName": preferences.s3_bucket_name,
        "s3KeyPrefix": preferences.s3_key_prefix,
        "s3EncryptionEnabled": true,
        "cloudWatchLogGroupName": log_group,
        "cloudWatchEncryptionEnabled": logs && preferences.log_group_encrypted,
        "cloudWatchStreamingEnabled": logs && preferences.log_group_streaming,
        "kmsKeyId": preferences.kms_key_arn.as_deref().unwrap_or_default(),
        "runAsEnabled": preferences.run_as_enabled,
        "runAsDefaultUser": preferences.run_as_default_user,
        "idleSessionTimeout": minutes(preferences.idle_timeout_minutes),
        "maxSessionDuration": minutes(preferences.max_duration_minutes),
    });
    let (linux, windows) = (&preferences.shell_profile_linux, &preferences.shell_profile_windows);
    if let Some(inputs) = inputs.as_object_mut()
        && !(linux.is_empty() && windows.is_empty())
    {
        inputs.insert("shellProfile".to_owned(), json!({"linux": linux, "windows": windows}));
    }
    json!({
        "schemaVersion": "1.0",
        "description": "Document to hold regional settings for Session Manager",
        "sessionType": "Standard_Stream",
        "inputs": inputs,
    })
}

fn minutes(minutes: u32) -> String {
    if minutes == 0 { String::new() } else { minutes.to_string() }
}

#[cfg(test)]
mod tests;
