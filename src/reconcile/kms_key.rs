//! The KMS key that encrypts sessions and their logs, with its alias.
//!
//! Follows the contract of [`super`]. Knows nothing of names or of what a policy should say. See the
//! AWS KMS API Reference (`CreateKey`, `EnableKeyRotation`, `CreateAlias`, `ScheduleKeyDeletion`) and
//! the Developer Guide, "Key states of AWS KMS keys" and "AWS KMS eventual consistency".

mod alias;
mod create;
mod find;
mod write;

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeySpec, Tag};

use super::error::{CallError, absent_is_none};
use super::retry::{Call, QuotaIsFinal, Run};
use super::{Difference, Differences, Reached, Tags, policy, tags};

const SERVICE: &str = "KMS";
const ENABLED: &str = "Enabled";
const DISABLED: &str = "Disabled";
const PENDING_DELETION: &str = "PendingDeletion";
/// States that pass by themselves.
const PASSING_STATES: &[&str] = &["Creating", "Updating"];
/// Every key has this one policy.
const POLICY_NAME: &str = "default";

/// A key as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KmsKeySpec {
    /// Name of the alias, with `alias/` in front.
    pub(crate) alias_name: String,
    /// Description.
    pub(crate) description: String,
    /// Key policy as JSON.
    pub(crate) policy: String,
    /// Whether the key material is rotated.
    pub(crate) rotation_enabled: bool,
    /// Days between rotations, 90 to 2560; only used with `rotation_enabled`.
    pub(crate) rotation_period_in_days: i32,
    /// Whether it is a multi-Region primary key; it cannot be changed on a key that exists.
    pub(crate) multi_region: bool,
    /// All tags, mark and stamp included.
    pub(crate) tags: Tags,
}

/// A key as it stands in AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "KMS has these four switches")]
pub(crate) struct ObservedKey {
    /// ARN.
    pub(crate) arn: String,
    /// Key id.
    pub(crate) key_id: String,
    /// The wanted alias, if it points to this key.
    pub(crate) alias_name: Option<String>,
    /// ARN of that alias.
    pub(crate) alias_arn: Option<String>,
    /// Description.
    pub(crate) description: String,
    /// Key policy as JSON; `None` where it was not readable.
    pub(crate) policy: Option<String>,
    /// Whether the key material is rotated.
    pub(crate) rotation_enabled: bool,
    /// Days between rotations; `None` without rotation, or where AWS does not tell.
    pub(crate) rotation_period_in_days: Option<i32>,
    /// Whether it is a multi-Region key.
    pub(crate) multi_region: bool,
    /// State, such as `Enabled`, `Disabled`, `PendingDeletion`.
    pub(crate) state: String,
    /// Whether it is a customer managed key, not one of AWS's (`aws/…`).
    pub(crate) customer_managed: bool,
    /// Whether it is a symmetric encryption key.
    pub(crate) symmetric: bool,
    /// Account that owns it.
    pub(crate) account_id: String,
    /// All tags but AWS's own; empty for a given key.
    pub(crate) tags: Tags,
}

/// The KMS keys of one account and region.
#[derive(Debug, Clone)]
pub(crate) struct KmsKeys {
    client: Client,
}

impl KmsKeys {
    /// Keys as this client reaches them.
    pub(crate) fn new(client: &Client) -> Self {
        let config = client.config().to_builder().retry_classifier(QuotaIsFinal);
        Self { client: Client::from_conf(config.build()) }
    }

    /// Reads the key that the alias points to, or the one that is known by its ARN: four calls,
    /// one more when the alias does not point to the known key.
    ///
    /// # Errors
    /// Any error of `DescribeKey`, `GetKeyPolicy`, `GetKeyRotationStatus` and `ListResourceTags`;
    /// not-found is `None`.
    pub(crate) async fn observe(
        &self,
        alias_name: &str,
        known_arn: Option<&str>,
        run: &Run,
    ) -> Result<Option<ObservedKey>, CallError> {
        let aliased = absent_is_none(self.describe(alias_name, run).await)?;
        let key = match (aliased, known_arn) {
            (Some(key), None) => Some(with_alias(key, alias_name)),
            (Some(key), Some(arn)) if key.arn == arn => Some(with_alias(key, alias_name)),
            (_, Some(arn)) => absent_is_none(self.describe(arn, run).await)?,
            (None, None) => None,
        };
        match key {
            Some(key) => absent_is_none(self.complete(key, run).await),
            None => Ok(None),
        }
    }

    /// Reads a key that is only used: by id, ARN, alias or alias ARN. The policy is read where the
    /// caller may; rotation and tags are not.
    ///
    /// # Errors
    /// Any error of `DescribeKey`; not-found is `None`.
    pub(crate) async fn observe_existing(&self, key: &str, run: &Run) -> Result<Option<ObservedKey>, CallError> {
        let Some(mut observed) = absent_is_none(self.describe(key, run).await)? else {
            return Ok(None);
        };
        observed.policy = self.policy(&observed.arn, run).await.ok().flatten();
        Ok(Some(observed))
    }

    /// The ARN of the key that an id, ARN, alias or alias ARN leads to; `None`: to none.
    ///
    /// # Errors
    /// Any error of `DescribeKey` but not-found.
    pub(crate) async fn arn_of(&self, key: &str, run: &Run) -> Result<Option<String>, CallError> {
        Ok(absent_is_none(self.describe(key, run).await)?.map(|key| key.arn))
    }

    /// Makes the key with its alias, or changes it to what is wanted.
    ///
    /// Before every attempt to make a key, one without an alias that carries the wanted mark is
    /// looked for and used. A key pending deletion or disabled is brought back. Keys named in `former`
    /// (ARNs) were used before: they are not taken for such a key, and give the alias up.
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

    /// Deletes the alias, where one is named, and schedules the key for deletion.
    ///
    /// # Errors
    /// Any error of `DeleteAlias` and `ScheduleKeyDeletion`; not-found and already scheduled are
    /// success.
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
        let scheduled = run.call(&call, || {
            self.client.schedule_key_deletion().key_id(key_arn).pending_window_in_days(deletion_window_in_days).send()
        });
        match absent_is_none(scheduled.await) {
            Err(error) if error.has_code("KMSInvalidStateException") && error.message.contains("pending") => Ok(()),
            scheduled => scheduled.map(drop),
        }
    }

    /// `DescribeKey` alone: policy, rotation and tags are still missing.
    async fn describe(&self, key: &str, run: &Run) -> Result<ObservedKey, CallError> {
        let call = Call::read(SERVICE, "DescribeKey", key);
        let output = run.call(&call, || self.client.describe_key().key_id(key).send()).await?;
        from_metadata(&call, output.key_metadata)
    }

    /// Adds policy, rotation and tags, which are read side by side.
    async fn complete(&self, key: ObservedKey, run: &Run) -> Result<ObservedKey, CallError> {
        let (policy, rotation, tags) =
            tokio::join!(self.policy(&key.arn, run), self.rotation(&key.arn, run), self.tags(&key.arn, run),);
        let (rotation_enabled, rotation_period_in_days) = rotation?;
        Ok(ObservedKey { policy: policy?, rotation_enabled, rotation_period_in_days, tags: tags?, ..key })
    }

    async fn policy(&self, arn: &str, run: &Run) -> Result<Option<String>, CallError> {
        let call = Call::read(SERVICE, "GetKeyPolicy", arn);
        let output = run.call(&call, || self.client.get_key_policy().key_id(arn).policy_name(POLICY_NAME).send());
        Ok(output.await?.policy)
    }

    pub(super) async fn rotation(&self, arn: &str, run: &Run) -> Result<(bool, Option<i32>), CallError> {
        let call = Call::read(SERVICE, "GetKeyRotationStatus", arn);
        let status = run.call(&call, || self.client.get_key_rotation_status().key_id(arn).send());
        match status.await {
            Ok(status) => Ok((status.key_rotation_enabled, status.rotation_period_in_days)),
            // Asymmetric keys and imported key material have no rotation.
            Err(error) if error.has_code("UnsupportedOperationException") => Ok((false, None)),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn tags(&self, arn: &str, run: &Run) -> Result<Tags, CallError> {
        let call = Call::read(SERVICE, "ListResourceTags", arn);
        let mut found = Tags::new();
        let mut marker = None;
        loop {
            let page = run
                .call(&call, || self.client.list_resource_tags().key_id(arn).set_marker(marker.clone()).send())
                .await?;
            let page_tags = page.tags.unwrap_or_default().into_iter();
            found.extend(tags::own(page_tags.map(|tag| (tag.tag_key, tag.tag_value))));
            marker = page.next_marker.filter(|_| page.truncated);
            if marker.is_none() {
                return Ok(found);
            }
        }
    }
}

/// Every deviation that [`KmsKeys::ensure`] would repair.
///
/// That the key is multi-Region or not is no such thing: another key is needed for it.
pub(crate) fn diff(observed: &ObservedKey, spec: &KmsKeySpec) -> Vec<Difference> {
    let mut differences = Differences::default();
    if !PASSING_STATES.contains(&observed.state.as_str()) {
        differences.compare("state", &observed.state, ENABLED);
    }
    tags::compare(&mut differences, &observed.tags, &spec.tags);
    policy::compare(&mut differences, observed.policy.as_deref(), Some(&spec.policy));
    differences.compare("description", &observed.description, &spec.description);
    if observed.rotation_enabled != spec.rotation_enabled {
        differences.compare("rotation_enabled", &observed.rotation_enabled, &spec.rotation_enabled);
    } else if rotation_differs(observed, spec) {
        differences.compare_optional(
            "rotation_period_in_days",
            observed.rotation_period_in_days,
            Some(spec.rotation_period_in_days),
        );
    }
    differences.compare_optional("alias_name", observed.alias_name.as_ref(), Some(&spec.alias_name));
    differences.0
}

/// A period that AWS does not tell is no deviation.
fn rotation_differs(observed: &ObservedKey, spec: &KmsKeySpec) -> bool {
    let period = observed.rotation_period_in_days;
    observed.rotation_enabled != spec.rotation_enabled
        || spec.rotation_enabled && period.is_some_and(|days| days != spec.rotation_period_in_days)
}

fn with_alias(key: ObservedKey, alias_name: &str) -> ObservedKey {
    ObservedKey { alias_arn: alias::arn(&key.arn, alias_name), alias_name: Some(alias_name.to_owned()), ..key }
}

fn from_metadata(call: &Call<'_>, key: Option<KeyMetadata>) -> Result<ObservedKey, CallError> {
    let incomplete = || {
        let message = "the answer describes no key";
        CallError::new(super::ErrorKind::Other, call, message)
    };
    let key = key.ok_or_else(incomplete)?;
    Ok(ObservedKey {
        arn: key.arn.ok_or_else(incomplete)?,
        key_id: key.key_id,
        alias_name: None,
        alias_arn: None,
        description: key.description.unwrap_or_default(),
        policy: None,
        rotation_enabled: false,
        rotation_period_in_days: None,
        multi_region: key.multi_region.unwrap_or(false),
        state: key.key_state.map_or_else(String::new, |state| state.as_str().to_owned()),
        customer_managed: key.key_manager == Some(KeyManagerType::Customer),
        // Keys of this spec encrypt and decrypt; they have no other use.
        symmetric: key.key_spec == Some(KeySpec::SymmetricDefault),
        account_id: key.aws_account_id.unwrap_or_default(),
        tags: Tags::new(),
    })
}

fn sdk_tags(tags: &Tags) -> Result<Vec<Tag>, aws_sdk_kms::error::BuildError> {
    tags.iter().map(|(key, value)| Tag::builder().tag_key(key).tag_value(value).build()).collect()
}

/// Why sessions and their logs cannot be encrypted with a key that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFault {
    /// It is disabled, pending deletion, or otherwise not enabled.
    NotEnabled,
    /// It is one of AWS's own.
    AwsManaged,
    /// It is of another kind than symmetric encryption keys.
    NotSymmetric,
}

impl KeyFault {
    /// What is wrong with a key, if anything is.
    pub(crate) fn of(key: &ObservedKey) -> Option<Self> {
        if key.state != "Enabled" {
            Some(Self::NotEnabled)
        } else if !key.customer_managed {
            Some(Self::AwsManaged)
        } else if !key.symmetric {
            Some(Self::NotSymmetric)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
