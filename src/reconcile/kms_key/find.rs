//! A key of ours that lost its way: made, but never given its alias.
//!
//! Keys have no names. When the process dies between `CreateKey` and `CreateAlias`, only the mark
//! among its tags tells whom a key belongs to. See the AWS KMS API Reference, `ListKeys`,
//! `ListAliases` and `ListResourceTags`.

use std::collections::BTreeSet;

use aws_sdk_kms::primitives::DateTime;
use futures_util::StreamExt;
use futures_util::stream;

use super::{DISABLED, ENABLED, KmsKeys, ObservedKey, PASSING_STATES, PENDING_DELETION, SERVICE, from_metadata};
use crate::reconcile::MARK_TAG;
use crate::reconcile::error::{CallError, ErrorKind};
use crate::reconcile::retry::{Call, Run};

/// How many keys are looked at side by side.
const SIDE_BY_SIDE: usize = 10;

impl KmsKeys {
    /// The newest key without an alias that carries the mark, pending deletion or not; keys
    /// named in `excluding` (ARNs) and keys that cannot be used do not count.
    ///
    /// # Errors
    /// Any error of `ListKeys`, `ListAliases` and of reading a key. A key that the caller may not
    /// look at is nobody's.
    pub(crate) async fn find_unaliased(
        &self,
        mark: &str,
        multi_region: bool,
        excluding: &[String],
        run: &Run,
    ) -> Result<Option<ObservedKey>, CallError> {
        let (keys, aliased) = tokio::join!(self.key_arns(run), self.aliased_key_ids(run));
        let aliased = aliased?;
        let candidates = keys?.into_iter().filter(|(id, arn)| !aliased.contains(id) && !excluding.contains(arn));
        let marked = stream::iter(candidates)
            .map(|(_, arn)| async move { self.marked(&arn, mark, run).await })
            .buffer_unordered(SIDE_BY_SIDE)
            .collect::<Vec<_>>()
            .await;
        let mut newest: Option<(DateTime, ObservedKey)> = None;
        for found in marked {
            let Some((made, key)) = found? else { continue };
            let usable = key.customer_managed
                && key.symmetric
                && key.multi_region == multi_region
                && ([ENABLED, DISABLED, PENDING_DELETION].contains(&key.state.as_str())
                    || PASSING_STATES.contains(&key.state.as_str()));
            if usable && newest.as_ref().is_none_or(|(before, _)| *before < made) {
                newest = Some((made, key));
            }
        }
        match newest {
            Some((_, key)) => self.complete(key, run).await.map(Some),
            None => Ok(None),
        }
    }

    /// The key and when it was made, if it carries the mark.
    async fn marked(&self, arn: &str, mark: &str, run: &Run) -> Result<Option<(DateTime, ObservedKey)>, CallError> {
        match self.tags(arn, run).await {
            Ok(tags) if tags.get(MARK_TAG).is_some_and(|is| is == mark) => {}
            Ok(_) => return Ok(None),
            Err(error) if matches!(error.kind, ErrorKind::AccessDenied | ErrorKind::NotFound) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
        let call = Call::read(SERVICE, "DescribeKey", arn);
        let output = run.call(&call, || self.client.describe_key().key_id(arn).send()).await?;
        let made =
            output.key_metadata.as_ref().and_then(|key| key.creation_date).unwrap_or_else(|| DateTime::from_secs(0));
        Ok(Some((made, from_metadata(&call, output.key_metadata)?)))
    }

    /// Ids and ARNs of all keys.
    async fn key_arns(&self, run: &Run) -> Result<Vec<(String, String)>, CallError> {
        let call = Call::read(SERVICE, "ListKeys", "all keys");
        let mut keys = Vec::new();
        let mut marker = None;
        loop {
            let page =
                run.call(&call, || self.client.list_keys().limit(1000).set_marker(marker.clone()).send()).await?;
            let found = page.keys.unwrap_or_default().into_iter();
            keys.extend(found.filter_map(|key| Some((key.key_id?, key.key_arn?))));
            marker = page.next_marker.filter(|_| page.truncated);
            if marker.is_none() {
                return Ok(keys);
            }
        }
    }

    /// Ids of all keys that an alias points to.
    async fn aliased_key_ids(&self, run: &Run) -> Result<BTreeSet<String>, CallError> {
        let call = Call::read(SERVICE, "ListAliases", "all keys");
        let mut ids = BTreeSet::new();
        let mut marker = None;
        loop {
            let page =
                run.call(&call, || self.client.list_aliases().limit(100).set_marker(marker.clone()).send()).await?;
            let found = page.aliases.unwrap_or_default().into_iter();
            ids.extend(found.filter_map(|alias| alias.target_key_id));
            marker = page.next_marker.filter(|_| page.truncated);
            if marker.is_none() {
                return Ok(ids);
            }
        }
    }
}
