//! The CloudWatch Logs log group that session logs are streamed to.
//!
//! Follows the contract of [`super`]. Knows nothing of names, defaults or policies. See the Amazon CloudWatch Logs API
//! Reference (`CreateLogGroup`, `PutRetentionPolicy`, `AssociateKmsKey`) and the User Guide, "Encrypt log data in
//! CloudWatch Logs using AWS KMS" and "Log classes".

mod diff;
mod observe;
mod write;

use aws_sdk_cloudwatchlogs::Client;

use super::call::Call;
use super::error::{CallError, absent_is_none};
use super::quota::QuotaIsFinal;
use super::retry::Run;
use super::{Reached, Tags};

pub(crate) use diff::diff;

const SERVICE: &str = "CloudWatch Logs";

/// The desired log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogGroupSpec {
    /// Name.
    pub(crate) name: String,
    /// ARN, without `:*` at the end. It follows from the name.
    pub(crate) arn: String,
    /// Days until events expire, one of the values that CloudWatch Logs accepts; `None`: never.
    pub(crate) retention_in_days: Option<i32>,
    /// ARN of the KMS key; `None`: the encryption of CloudWatch Logs itself.
    pub(crate) kms_key_arn: Option<String>,
    /// All tags, mark and stamp included.
    pub(crate) tags: Tags,
}

/// A log group as it is in AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObservedLogGroup {
    /// Name.
    pub(crate) name: String,
    /// ARN, without `:*` at the end.
    pub(crate) arn: String,
    /// When it was created, in milliseconds since 1970; `None` where AWS does not say. A group that is deleted and
    /// created again under the same name has another one.
    pub(crate) creation_time: Option<i64>,
    /// Days until events expire; `None`: never.
    pub(crate) retention_in_days: Option<i32>,
    /// Whether the retention is that of a policy of the account, which overrides the group's own.
    pub(crate) retention_by_account_policy: bool,
    /// ARN of the KMS key; `None`: the encryption of CloudWatch Logs itself.
    pub(crate) kms_key_arn: Option<String>,
    /// Whether AWS refuses to delete it.
    pub(crate) deletion_protected: bool,
    /// What its class means for session logs.
    pub(crate) class: LogGroupClass,
    /// All tags but AWS's own.
    pub(crate) tags: Tags,
}

/// What the class of a log group means for session logs. The class is fixed when the group is created.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum LogGroupClass {
    /// It takes the events that nodes send.
    #[default]
    TakesEvents,
    /// It only passes logs of AWS services on, and keeps them for a day.
    Delivery,
    /// A class that is not known here, by AWS's name.
    Unknown(String),
}

impl LogGroupClass {
    /// The class by AWS's name for it; a group without one is of the standard class.
    fn of(name: Option<&str>) -> Self {
        match name {
            None | Some("STANDARD" | "INFREQUENT_ACCESS") => Self::TakesEvents,
            Some("DELIVERY") => Self::Delivery,
            Some(name) => Self::Unknown(name.to_owned()),
        }
    }
}

/// The log groups of one account and region.
#[derive(Debug, Clone)]
pub(crate) struct LogGroups {
    client: Client,
}

impl LogGroups {
    /// Log groups that this client reaches.
    pub(crate) fn new(client: &Client) -> Self {
        let config = client.config().to_builder().retry_classifier(QuotaIsFinal);
        Self { client: Client::from_conf(config.build()) }
    }

    /// Creates the log group, or changes it as the spec says.
    ///
    /// With `key_just_changed`, a key that CloudWatch Logs may not use yet is waited for.
    pub(crate) async fn ensure(
        &self,
        spec: &LogGroupSpec,
        observed: Option<ObservedLogGroup>,
        key_just_changed: bool,
        run: &Run,
    ) -> Reached<ObservedLogGroup> {
        let mut part = observed;
        let error = self.write(&mut part, spec, key_just_changed, run).await.err();
        Reached { part, error }
    }

    /// Deletes the log group and all its events.
    ///
    /// # Errors
    /// Any error of `DeleteLogGroup` but not-found, such as `Invalid` where it is protected.
    pub(crate) async fn remove(&self, name: &str, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "DeleteLogGroup", name);
        let deleted = run.call(&call, || self.client.delete_log_group().log_group_name(name).send());
        absent_is_none(deleted.await).map(drop)
    }
}

#[cfg(test)]
mod tests;
