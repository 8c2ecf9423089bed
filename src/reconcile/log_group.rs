//! The CloudWatch Logs log group that session logs are streamed to.
//!
//! Follows the contract of [`super`]. Knows nothing of names, defaults or policies. See the Amazon
//! CloudWatch Logs API Reference (`CreateLogGroup`, `PutRetentionPolicy`, `AssociateKmsKey`) and the
//! User Guide, "Encrypt log data in CloudWatch Logs using AWS KMS".

use std::collections::HashMap;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::types::LogGroup;

use super::error::{CallError, ErrorKind, absent_is_none};
use super::retry::{Call, Passing, QuotaIsFinal, Run};
use super::{Difference, Differences, Reached, Tags, tags};

const SERVICE: &str = "CloudWatch Logs";

/// What passes by itself on a log group that was only just made: AWS's own view of it, and the
/// caller's permissions where they are bound to its tags.
const JUST_MADE: &[Passing] = &[
    Passing::code("ResourceNotFoundException"),
    Passing::message("AccessDeniedException", "no identity-based policy allows"),
];

/// What passes by itself while a change of the key's policy spreads.
const KEY_JUST_CHANGED: &[Passing] =
    &[Passing::message("AccessDeniedException", "specified KMS key does not exist or is not allowed")];

/// A log group as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogGroupSpec {
    /// Name.
    pub(crate) name: String,
    /// ARN, without `:*` at the end; it follows from the name.
    pub(crate) arn: String,
    /// Days until events expire, one of the values that CloudWatch Logs takes; `None`: never.
    pub(crate) retention_in_days: Option<i32>,
    /// ARN of the KMS key; `None`: the encryption of CloudWatch Logs itself.
    pub(crate) kms_key_arn: Option<String>,
    /// All tags, mark and stamp included.
    pub(crate) tags: Tags,
}

/// A log group as it stands in AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ObservedLogGroup {
    /// Name.
    pub(crate) name: String,
    /// ARN, without `:*` at the end.
    pub(crate) arn: String,
    /// Days until events expire; `None`: never.
    pub(crate) retention_in_days: Option<i32>,
    /// The retention is that of a policy of the account, which overrides the group's own.
    pub(crate) retention_by_account_policy: bool,
    /// ARN of the KMS key; `None`: the encryption of CloudWatch Logs itself.
    pub(crate) kms_key_arn: Option<String>,
    /// AWS refuses to delete it.
    pub(crate) deletion_protected: bool,
    /// All tags but AWS's own.
    pub(crate) tags: Tags,
}

/// The log groups of one account and region.
#[derive(Debug, Clone)]
pub(crate) struct LogGroups {
    client: Client,
}

impl LogGroups {
    /// Log groups as this client reaches them.
    pub(crate) fn new(client: &Client) -> Self {
        let config = client.config().to_builder().retry_classifier(QuotaIsFinal);
        Self { client: Client::from_conf(config.build()) }
    }

    /// Reads a log group: two calls, one when it does not exist.
    ///
    /// # Errors
    /// Any error of `DescribeLogGroups` and `ListTagsForResource`; not-found is `None`.
    pub(crate) async fn observe(&self, name: &str, run: &Run) -> Result<Option<ObservedLogGroup>, CallError> {
        let Some(group) = self.describe(name, run).await? else {
            return Ok(None);
        };
        let call = Call::read(SERVICE, "DescribeLogGroups", name);
        let arn = group
            .log_group_arn
            .or_else(|| group.arn.map(|arn| arn.trim_end_matches(":*").to_owned()))
            .ok_or_else(|| CallError::new(ErrorKind::Other, &call, "the answer names no ARN"))?;
        let Some(tags) = absent_is_none(self.tags(&arn, run).await)? else {
            return Ok(None);
        };
        Ok(Some(ObservedLogGroup {
            name: name.to_owned(),
            arn,
            retention_in_days: group.retention_in_days,
            retention_by_account_policy: group.retention_policy_name.is_some(),
            kms_key_arn: group.kms_key_id,
            deletion_protected: group.deletion_protection_enabled.unwrap_or(false),
            tags: tags::own(tags),
        }))
    }

    /// Whether nothing was ever logged to the group; one that does not exist is empty.
    ///
    /// # Errors
    /// Any error of `DescribeLogStreams` but not-found.
    pub(crate) async fn is_empty(&self, name: &str, run: &Run) -> Result<bool, CallError> {
        let call = Call::read(SERVICE, "DescribeLogStreams", name);
        let page = run.call(&call, || self.client.describe_log_streams().log_group_name(name).limit(1).send());
        Ok(absent_is_none(page.await)?.is_none_or(|page| page.log_streams().is_empty()))
    }

    /// Whether AWS refuses to delete the group; one that does not exist is not protected.
    ///
    /// # Errors
    /// Any error of `DescribeLogGroups` but not-found.
    pub(crate) async fn is_protected(&self, name: &str, run: &Run) -> Result<bool, CallError> {
        let group = self.describe(name, run).await?;
        Ok(group.and_then(|group| group.deletion_protection_enabled).unwrap_or(false))
    }

    async fn describe(&self, name: &str, run: &Run) -> Result<Option<LogGroup>, CallError> {
        let call = Call::read(SERVICE, "DescribeLogGroups", name);
        let described = run.call(&call, || self.client.describe_log_groups().log_group_identifiers(name).send());
        let groups = absent_is_none(described.await)?.and_then(|described| described.log_groups).unwrap_or_default();
        Ok(groups.into_iter().find(|group| group.log_group_name.as_deref() == Some(name)))
    }

    /// All tags, AWS's own too.
    pub(super) async fn tags(&self, arn: &str, run: &Run) -> Result<HashMap<String, String>, CallError> {
        let call = Call::read(SERVICE, "ListTagsForResource", arn);
        let tagged = run.call(&call, || self.client.list_tags_for_resource().resource_arn(arn).send());
        Ok(tagged.await?.tags.unwrap_or_default())
    }

    /// Makes the log group, or changes it to what is wanted.
    ///
    /// With `key_just_changed`, a key that AWS does not yet let CloudWatch Logs use is waited for.
    pub(crate) async fn ensure(
        &self,
        spec: &LogGroupSpec,
        observed: Option<ObservedLogGroup>,
        key_just_changed: bool,
        run: &Run,
    ) -> Reached<ObservedLogGroup> {
        let mut part = observed;
        let key_passing = if key_just_changed { KEY_JUST_CHANGED } else { &[] };
        let error = self.write(&mut part, spec, key_passing, run).await.err();
        Reached { part, error }
    }

    /// Deletes the log group and all its events.
    ///
    /// # Errors
    /// Any error of `DeleteLogGroup`, such as `Invalid` where it is protected; not-found is success.
    pub(crate) async fn remove(&self, name: &str, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "DeleteLogGroup", name);
        let deleted = run.call(&call, || self.client.delete_log_group().log_group_name(name).send());
        absent_is_none(deleted.await).map(drop)
    }

    async fn write(
        &self,
        part: &mut Option<ObservedLogGroup>,
        spec: &LogGroupSpec,
        key_passing: &[Passing],
        run: &Run,
    ) -> Result<(), CallError> {
        let (group, passing) = match part {
            Some(group) => (group, [].as_slice()),
            None => (part.insert(self.create(spec, key_passing, run).await?), JUST_MADE),
        };
        self.write_tags(group, spec, passing, run).await?;
        if group.kms_key_arn != spec.kms_key_arn {
            self.write_key(spec, key_passing, run).await?;
            group.kms_key_arn.clone_from(&spec.kms_key_arn);
        }
        if retention_differs(group, spec) {
            self.write_retention(spec, passing, run).await?;
            group.retention_in_days = spec.retention_in_days;
        }
        Ok(())
    }

    async fn create(
        &self,
        spec: &LogGroupSpec,
        key_passing: &[Passing],
        run: &Run,
    ) -> Result<ObservedLogGroup, CallError> {
        let call = Call::write(SERVICE, "CreateLogGroup", &spec.name).retrying(key_passing);
        let created = run.call(&call, || {
            self.client
                .create_log_group()
                .log_group_name(&spec.name)
                .set_kms_key_id(spec.kms_key_arn.clone())
                .set_tags(Some(spec.tags.clone().into_iter().collect()))
                .send()
        });
        match created.await {
            Ok(_) => Ok(ObservedLogGroup {
                name: spec.name.clone(),
                arn: spec.arn.clone(),
                retention_in_days: None,
                retention_by_account_policy: false,
                kms_key_arn: spec.kms_key_arn.clone(),
                deletion_protected: false,
                tags: spec.tags.clone(),
            }),
            Err(error) if tags::may_be_ours(&error) => match self.observe(&spec.name, run).await {
                Ok(Some(group)) if tags::same_stamp(&group.tags, &spec.tags) => Ok(group),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    async fn write_tags(
        &self,
        group: &mut ObservedLogGroup,
        spec: &LogGroupSpec,
        passing: &[Passing],
        run: &Run,
    ) -> Result<(), CallError> {
        let tags::TagChanges { set, remove } = tags::changes(&group.tags, &spec.tags);
        if !set.is_empty() {
            let call = Call::write(SERVICE, "TagResource", &group.arn).retrying(passing);
            run.call(&call, || {
                self.client
                    .tag_resource()
                    .resource_arn(&group.arn)
                    .set_tags(Some(set.clone().into_iter().collect()))
                    .send()
            })
            .await?;
            group.tags.extend(set);
        }
        if !remove.is_empty() {
            let call = Call::write(SERVICE, "UntagResource", &group.arn).retrying(passing);
            run.call(&call, || {
                self.client.untag_resource().resource_arn(&group.arn).set_tag_keys(Some(remove.clone())).send()
            })
            .await?;
            group.tags.clone_from(&spec.tags);
        }
        Ok(())
    }

    async fn write_key(&self, spec: &LogGroupSpec, passing: &[Passing], run: &Run) -> Result<(), CallError> {
        let name = &spec.name;
        if let Some(key) = &spec.kms_key_arn {
            let call = Call::write(SERVICE, "AssociateKmsKey", name).retrying(passing);
            run.call(&call, || self.client.associate_kms_key().log_group_name(name).kms_key_id(key).send())
                .await
                .map(drop)
        } else {
            let call = Call::write(SERVICE, "DisassociateKmsKey", name);
            run.call(&call, || self.client.disassociate_kms_key().log_group_name(name).send()).await.map(drop)
        }
    }

    async fn write_retention(&self, spec: &LogGroupSpec, passing: &[Passing], run: &Run) -> Result<(), CallError> {
        let name = &spec.name;
        if let Some(days) = spec.retention_in_days {
            let call = Call::write(SERVICE, "PutRetentionPolicy", name).retrying(passing);
            run.call(&call, || self.client.put_retention_policy().log_group_name(name).retention_in_days(days).send())
                .await
                .map(drop)
        } else {
            let call = Call::write(SERVICE, "DeleteRetentionPolicy", name);
            run.call(&call, || self.client.delete_retention_policy().log_group_name(name).send()).await.map(drop)
        }
    }
}

/// Every deviation that [`LogGroups::ensure`] would repair.
pub(crate) fn diff(observed: &ObservedLogGroup, spec: &LogGroupSpec) -> Vec<Difference> {
    let mut differences = Differences::default();
    tags::compare(&mut differences, &observed.tags, &spec.tags);
    differences.compare_optional("kms_key_arn", observed.kms_key_arn.as_ref(), spec.kms_key_arn.as_ref());
    if retention_differs(observed, spec) {
        differences.compare_optional("retention_in_days", observed.retention_in_days, spec.retention_in_days);
    }
    differences.0
}

/// A retention that a policy of the account imposes is not the group's own and no deviation.
fn retention_differs(observed: &ObservedLogGroup, spec: &LogGroupSpec) -> bool {
    !observed.retention_by_account_policy && observed.retention_in_days != spec.retention_in_days
}

#[cfg(test)]
mod tests;
