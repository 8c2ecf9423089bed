//! Reading a log group.
//!
//! See the Amazon CloudWatch Logs API Reference, `DescribeLogGroups`, `DescribeLogStreams` and `ListTagsForResource`.

use std::collections::HashMap;

use aws_sdk_cloudwatchlogs::types::LogGroup;

use crate::arn::Arn;
use crate::reconcile::call::Call;
use crate::reconcile::error::{CallError, ErrorKind, absent_is_none};
use crate::reconcile::retry::Run;
use crate::reconcile::tags::{self, Tags};

use super::{LogGroups, ObservedLogGroup, SERVICE};

impl LogGroups {
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
            .or_else(|| Some(Arn::parse(group.arn.as_deref()?)?.without_streams().to_string()))
            .ok_or_else(|| CallError::new(ErrorKind::Other, &call, "the response has no ARN"))?;
        let tags = if takes_tags(&arn) {
            let Some(tags) = absent_is_none(self.tags(&arn, run).await)? else {
                return Ok(None);
            };
            tags
        } else {
            HashMap::new()
        };
        Ok(Some(ObservedLogGroup {
            name: name.to_owned(),
            arn,
            retention_in_days: group.retention_in_days,
            retention_by_account_policy: group.retention_policy_name.is_some(),
            kms_key_arn: group.kms_key_id,
            deletion_protected: group.deletion_protection_enabled.unwrap_or(false),
            tags: tags::without_system(tags),
        }))
    }

    /// The tags of a log group; `None`: it does not exist.
    ///
    /// # Errors
    /// Any error of `ListTagsForResource` (of `DescribeLogGroups` for a name without readable tags) but not-found.
    pub(crate) async fn observe_tags(&self, arn: &str, run: &Run) -> Result<Option<Tags>, CallError> {
        if !takes_tags(arn) {
            let name = Arn::parse(arn).and_then(|arn| arn.resource.strip_prefix("log-group:"));
            return Ok(self.describe(name.unwrap_or(arn), run).await?.map(|_| Tags::new()));
        }
        Ok(absent_is_none(self.tags(arn, run).await)?.map(tags::without_system))
    }

    /// Whether nothing was ever logged to the group. A group that does not exist is empty.
    ///
    /// # Errors
    /// Any error of `DescribeLogStreams` but not-found.
    pub(crate) async fn is_empty(&self, name: &str, run: &Run) -> Result<bool, CallError> {
        let call = Call::read(SERVICE, "DescribeLogStreams", name);
        let page = run.call(&call, || self.client.describe_log_streams().log_group_name(name).limit(1).send());
        Ok(absent_is_none(page.await)?.is_none_or(|page| page.log_streams().is_empty()))
    }

    /// Whether AWS refuses to delete the group. A group that does not exist is not protected.
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

    /// All tags, AWS's own included.
    async fn tags(&self, arn: &str, run: &Run) -> Result<HashMap<String, String>, CallError> {
        let call = Call::read(SERVICE, "ListTagsForResource", arn);
        let tagged = run.call(&call, || self.client.list_tags_for_resource().resource_arn(arn).send());
        Ok(tagged.await?.tags.unwrap_or_default())
    }
}

/// Whether the calls for tags take the ARN of this log group. Their pattern has no "#", which names may contain (API
/// Reference, `ListTagsForResource`).
fn takes_tags(arn: &str) -> bool {
    !arn.contains('#')
}
