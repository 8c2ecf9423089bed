//! The KMS key that encrypts sessions and their logs, with its alias.
//!
//! Follows the contract of [`super`]. Knows nothing of names or of what a policy should say. See the AWS KMS API
//! Reference (`CreateKey`, `EnableKeyRotation`, `CreateAlias`, `ScheduleKeyDeletion`) and the Developer Guide, "Key
//! states of AWS KMS keys" and "AWS KMS eventual consistency".

mod alias;
mod create;
mod diff;
mod fault;
mod find;
mod observe;
mod write;

use aws_sdk_kms::Client;
use aws_sdk_kms::error::BuildError;
use aws_sdk_kms::types::Tag;

use crate::arn::Arn;

use super::call::Call;
use super::error::{CallError, absent_is_none};
use super::quota::QuotaIsFinal;
use super::retry::Run;
use super::{Reached, Tags};

pub(crate) use diff::diff;
pub(crate) use fault::KeyFault;

const SERVICE: &str = "KMS";
const ENABLED: &str = "Enabled";
const DISABLED: &str = "Disabled";
const PENDING_DELETION: &str = "PendingDeletion";
/// States that end without a call.
const TRANSIENT_STATES: &[&str] = &["Creating", "Updating"];
/// The name of the one policy that a key has.
const POLICY_NAME: &str = "default";

/// The desired key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KmsKeySpec {
    /// Name of the alias, `alias/` included.
    pub(crate) alias_name: String,
    /// Description.
    pub(crate) description: String,
    /// Key policy as JSON.
    pub(crate) policy: String,
    /// Whether the key material is rotated.
    pub(crate) rotation_enabled: bool,
    /// Days between rotations, 90 to 2560. Has no effect without `rotation_enabled`.
    pub(crate) rotation_period_in_days: i32,
    /// Whether it is a multi-Region primary key. It cannot be changed on an existing key.
    pub(crate) multi_region: bool,
    /// All tags, mark and stamp included.
    pub(crate) tags: Tags,
}

/// A key as it is in AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "KMS has these four switches")]
pub(crate) struct ObservedKey {
    /// ARN.
    pub(crate) arn: String,
    /// Key id.
    pub(crate) key_id: String,
    /// The desired alias, if it points to this key.
    pub(crate) alias_name: Option<String>,
    /// ARN of that alias.
    pub(crate) alias_arn: Option<String>,
    /// Description.
    pub(crate) description: String,
    /// Key policy as JSON; `None` where it is not readable.
    pub(crate) policy: Option<String>,
    /// Whether the key material is rotated.
    pub(crate) rotation_enabled: bool,
    /// Days between rotations; `None` without rotation, or where AWS does not report it.
    pub(crate) rotation_period_in_days: Option<i32>,
    /// Whether it is a multi-Region key.
    pub(crate) multi_region: bool,
    /// State, such as `Enabled`, `Disabled`, `PendingDeletion`.
    pub(crate) state: String,
    /// Whether it is a customer managed key, not an AWS managed one (`aws/…`).
    pub(crate) customer_managed: bool,
    /// Whether it is a symmetric encryption key.
    pub(crate) symmetric: bool,
    /// Account that owns it.
    pub(crate) account_id: String,
    /// All tags but AWS's own; empty for an existing key that the setup only uses.
    pub(crate) tags: Tags,
}

/// The KMS keys of one account and region.
#[derive(Debug, Clone)]
pub(crate) struct KmsKeys {
    client: Client,
}

impl KmsKeys {
    /// Keys that this client reaches.
    pub(crate) fn new(client: &Client) -> Self {
        let config = client.config().to_builder().retry_classifier(QuotaIsFinal);
        Self { client: Client::from_conf(config.build()) }
    }

    /// Creates the key with its alias, or changes it as the spec says.
    ///
    /// Before each attempt to create a key, `ensure` searches for a key without an alias that carries the desired mark,
    /// and uses it. A key that is disabled or pending deletion is enabled again. The keys in `former` (ARNs) were used
    /// before: they are never used again, and the alias is taken from them.
    pub(crate) async fn ensure(
        &self,
        spec: &KmsKeySpec,
        observed: Option<ObservedKey>,
        former: &[String],
        run: &Run,
    ) -> Reached<ObservedKey> {
        let mut part = observed;
        let error = self.write(&mut part, spec, former, run).await.err();
        Reached { part, error }
    }

    /// Deletes the alias, where one is given, and schedules the key for deletion.
    ///
    /// # Errors
    /// Any error of `DeleteAlias` and `ScheduleKeyDeletion`, but neither not-found nor already scheduled.
    pub(crate) async fn remove(
        &self,
        key_arn: &str,
        alias_name: Option<&str>,
        deletion_window_in_days: i32,
        run: &Run,
    ) -> Result<(), CallError> {
        if let Some(alias_name) = alias_name {
            self.remove_alias(alias_name, run).await?;
        }
        let call = Call::write(SERVICE, "ScheduleKeyDeletion", key_arn);
        // A key of this account and region goes by its id in every write: servers other than AWS may take no ARN.
        let key_id = Arn::parse(key_arn).and_then(|arn| arn.key_id()).unwrap_or(key_arn);
        let scheduled = run.call(&call, || {
            self.client.schedule_key_deletion().key_id(key_id).pending_window_in_days(deletion_window_in_days).send()
        });
        match absent_is_none(scheduled.await) {
            Err(error) if error.has_code("KMSInvalidStateException") && error.message.contains("pending") => Ok(()),
            scheduled => scheduled.map(drop),
        }
    }
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, BuildError> {
    tags.iter().map(|(key, value)| Tag::builder().tag_key(key).tag_value(value).build()).collect()
}

#[cfg(test)]
mod tests;
