//! What is wrong with existing parts, which are only read: what would make sessions fail or lose their logs. A fault is
//! an error before the part is used, and a warning while it is. Pure.

use serde_json::Value as Json;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;

use crate::account::diagnose;
use crate::reconcile::bucket::counts_as_encrypted;
use crate::reconcile::kms_key::KeyFault;
use crate::reconcile::log_group::LogGroupClass;
use crate::reconcile::{CallError, ErrorKind, policy};
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey};
use crate::setup::model::state::{PartKind, State};

use super::{Observation, part};

/// Something that is wrong with an existing part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The setting that names the part.
    pub(crate) path: Path,
    /// What is wrong.
    pub(crate) summary: String,
    /// Which part, what the fault leads to, and what to do.
    pub(crate) detail: String,
}

/// Whether a key policy allows anything to a service. Only AWS evaluates conditions and actions; a policy that does not
/// even name the service is certainly wrong.
fn admits(policy: &str, service: &str) -> bool {
    let Ok(policy) = serde_json::from_str::<Json>(policy) else { return true };
    let names = |principal: &Json| match principal {
        Json::String(name) => name == service || name == "*",
        Json::Array(names) => names.iter().any(|name| name.as_str() == Some(service)),
        _ => false,
    };
    policy::elements(policy.get("Statement")).any(|statement| {
        let principal = statement.get("Principal").unwrap_or(&Json::Null);
        statement.get("Effect").and_then(Json::as_str) == Some("Allow")
            && (names(principal) || principal.get("Service").is_some_and(names))
    })
}

/// An existing part that could not be observed.
#[derive(Debug)]
pub(crate) struct Unread<'a> {
    /// The kind of part.
    pub(crate) kind: PartKind,
    /// The setting that names the part.
    pub(crate) path: Path,
    /// The part, as the configuration names it.
    pub(crate) name: &'a str,
    /// Why it could not be observed.
    pub(crate) error: &'a CallError,
    /// What to do if the caller may not read it.
    advice: &'static str,
}

impl Unread<'_> {
    /// Whether the caller may not read the part. That is no reason to stop: nodes and users have their own permissions.
    pub(crate) fn is_denied(&self) -> bool {
        self.error.kind == ErrorKind::AccessDenied
    }

    /// Adds a warning.
    pub(crate) fn warn(&self, diagnostics: &mut Diagnostics) {
        diagnostics.warning_at(
            self.path.clone(),
            format!("{} cannot be read", self.name),
            format!(
                "{} If anything is wrong with it, that shows only when sessions fail. {}",
                diagnose::describe(self.error),
                self.advice
            ),
        );
    }
}

/// The existing parts that could not be observed, except for a bucket whose owner or key the configuration sets.
pub(crate) fn unread<'a>(desired: &'a Desired, observation: &'a Observation) -> Vec<Unread<'a>> {
    let mut unread = Vec::new();
    let mut note = |kind, path: &str, name: &'a str, error: Option<&'a CallError>, advice| {
        unread.extend(error.map(|error| Unread { kind, path: Path::of(path), name, error, advice }));
    };
    if let Some(DesiredKey::Existing(reference)) = desired.key.known() {
        let advice = "Allow the caller kms:DescribeKey on it.";
        note(PartKind::KmsKey, "settings.kms", reference, observation.key.as_ref().err(), advice);
    }
    if let Some(Some(group)) = desired.log_group.known()
        && !group.managed
    {
        let advice = "Allow the caller logs:DescribeLogGroups.";
        let error = observation.log_group.as_ref().err();
        note(PartKind::LogGroup, "settings.cloudwatch.log_group_name", &group.name, error, advice);
    }
    if let Some(DesiredBucket::Existing(existing)) = desired.bucket.known() {
        let error = observation.existing_bucket.as_ref().err();
        let error = error.filter(|error| error.kind != ErrorKind::AccessDenied || !existing.is_described());
        let advice = "Allow the caller s3:GetEncryptionConfiguration on it, or set its owner in \
                      settings.bucket.account_id and its key in settings.bucket.kms_key_arn.";
        note(PartKind::Bucket, "settings.bucket.name", &existing.name, error, advice);
    }
    unread
}

/// What is wrong with the existing parts that were observed. A part that could not be read has no faults.
pub(crate) fn faults(desired: &Desired, state: &State, observation: &Observation) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut note = |path: &str, summary: &str, detail: String| {
        faults.push(Fault { path: Path::of(path), summary: summary.into(), detail });
    };
    if let Some(DesiredKey::Existing(reference)) = desired.key.known() {
        let path = "settings.kms";
        match &observation.key {
            Ok(None) => note(
                path,
                "The key does not exist",
                format!(
                    "No key {reference} exists in this account and region. Name a key of another account by its ARN, \
                     not by its id."
                ),
            ),
            Ok(Some(key)) => match KeyFault::of(key) {
                Some(KeyFault::NotEnabled) => note(
                    path,
                    "The key cannot be used",
                    format!("{} is {}: every session would fail. Enable it, or name another key.", key.arn, key.state),
                ),
                Some(KeyFault::AwsManaged) => note(
                    path,
                    "The key is an AWS managed key",
                    format!("{} is managed by AWS: CloudWatch Logs and sessions cannot use it.", key.arn),
                ),
                Some(KeyFault::NotSymmetric) => note(
                    path,
                    "The key is not symmetric",
                    format!("{} is not a symmetric encryption key: logs and sessions cannot use it.", key.arn),
                ),
                None => {
                    let makes_group = matches!(desired.log_group.known(), Some(Some(group)) if group.managed);
                    let service =
                        desired.place.known().map(|place| format!("logs.{}.{}", place.region, place.dns_suffix));
                    if let (true, Some(service), Some(policy)) = (makes_group, service, &key.policy)
                        && !admits(policy, &service)
                    {
                        note(
                            path,
                            "The key policy does not allow CloudWatch Logs",
                            format!(
                                "The policy of {} allows nothing to {service}: the log group cannot be encrypted with \
                                 the key. Allow that principal kms:Encrypt*, kms:Decrypt*, kms:ReEncrypt*, \
                                 kms:GenerateDataKey* and kms:Describe*, or set settings.cloudwatch.enabled = false.",
                                key.arn
                            ),
                        );
                    }
                }
            },
            Err(_) => {}
        }
    }
    if let Some(Some(group)) = desired.log_group.known()
        && !group.managed
    {
        let encrypted = desired.key.known() != Some(&DesiredKey::None) || state.kms_key.is_known();
        match &observation.log_group {
            Ok(None) => note(
                "settings.cloudwatch.log_group_name",
                "The log group does not exist",
                format!(
                    "{} does not exist: every session would be refused. Create it, or set create = true.",
                    group.name
                ),
            ),
            Ok(Some(observed)) if observed.class == LogGroupClass::Delivery => note(
                "settings.cloudwatch.log_group_name",
                "The log group takes no session logs",
                format!(
                    "{} is of the class DELIVERY, which only passes on logs of AWS services: session logs would be \
                     lost. Name a group of the class STANDARD or INFREQUENT_ACCESS; the class of a group cannot be \
                     changed.",
                    group.name
                ),
            ),
            Ok(Some(observed)) if encrypted && observed.kms_key_arn.is_none() => note(
                "settings.cloudwatch.log_group_name",
                "The log group is not encrypted",
                format!(
                    "{} has no KMS key, and the document requires encryption: every session would be refused. \
                     Associate a key with the group, or set settings.kms.enabled = false.",
                    group.name
                ),
            ),
            _ => {}
        }
    }
    if let Some(DesiredBucket::Existing(existing)) = desired.bucket.known() {
        match &observation.existing_bucket {
            Ok(None) => note(
                "settings.bucket.name",
                "The bucket does not exist",
                format!(
                    "{} does not exist: every session would be refused. Create it, or set create = true.",
                    existing.name
                ),
            ),
            Ok(Some(observed)) if !counts_as_encrypted(&observed.sse_algorithm) => note(
                "settings.bucket.name",
                "The bucket's encryption does not suit Session Manager",
                format!(
                    "{} is encrypted with {:?}; nodes accept only AES256 and aws:kms, and every session would be \
                     refused. Change the bucket's default encryption.",
                    existing.name, observed.sse_algorithm
                ),
            ),
            _ => {}
        }
    }
    faults
}

/// What may be wrong with the existing parts that were observed.
pub(crate) fn doubts(desired: &Desired, observation: &Observation) -> Vec<Fault> {
    let group = desired.log_group.known().and_then(Option::as_ref).filter(|group| !group.managed);
    let class = part(&observation.log_group).map(|group| &group.class);
    let (Some(group), Some(LogGroupClass::Unknown(class))) = (group, class) else { return Vec::new() };
    vec![Fault {
        path: Path::of("settings.cloudwatch.log_group_name"),
        summary: "The class of the log group is not known".to_owned(),
        detail: format!(
            "{} is of the class {class}, which this release does not know: it may not take the logs that nodes send. \
             Look it up in the CloudWatch Logs User Guide, \"Log classes\", or name a group of the class STANDARD.",
            group.name
        ),
    }]
}

#[cfg(test)]
mod tests {
    use super::admits;

    #[test]
    fn a_policy_admits_a_service_that_it_allows_anything() {
        let policy = |effect: &str, principal: &str| {
            format!("{{\"Statement\":[{{\"Effect\":\"{effect}\",\"Principal\":{principal},\"Action\":\"kms:*\"}}]}}")
        };
        let logs = "logs.eu-west-1.amazonaws.com";
        assert!(admits(&policy("Allow", &format!("{{\"Service\":\"{logs}\"}}")), logs));
        assert!(admits(&policy("Allow", &format!("{{\"Service\":[\"x\",\"{logs}\"]}}")), logs));
        assert!(admits(&policy("Allow", "\"*\""), logs));
        assert!(!admits(&policy("Deny", &format!("{{\"Service\":\"{logs}\"}}")), logs));
        assert!(!admits(&policy("Allow", "{\"Service\":\"logs.us-east-1.amazonaws.com\"}"), logs));
        assert!(!admits(&policy("Allow", "{\"AWS\":\"arn:aws:iam::1:root\"}"), logs));
    }
}
