//! A managed key without its alias.
//!
//! Keys have no names. When the process ends between `CreateKey` and `CreateAlias`, only the mark among its tags tells
//! which setup a key belongs to. See the AWS KMS API Reference, `ListKeys`, `ListAliases` and `ListResourceTags`.

use std::collections::BTreeSet;

use aws_sdk_kms::primitives::DateTime;
use futures_util::StreamExt;
use futures_util::stream;

use crate::reconcile::call::Call;
use crate::reconcile::error::{CallError, ErrorKind};
use crate::reconcile::retry::Run;
use crate::reconcile::tags::MARK_TAG;

use super::observe::from_metadata;
use super::{DISABLED, ENABLED, KmsKeys, ObservedKey, PENDING_DELETION, SERVICE, TRANSIENT_STATES};

/// How many keys are read side by side.
const CONCURRENT_KEYS: usize = 10;

/// The target of a call that lists.
const ALL_KEYS: &str = "all keys";

impl KmsKeys {
    /// The newest key without an alias that carries the mark, pending deletion or not. The keys in `excluding` (ARNs)
    /// and keys that cannot be used do not count.
    ///
    /// # Errors
    /// Any error of `ListKeys`, `ListAliases` and of reading a key. A key that the caller may not read does not count.
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
            .buffer_unordered(CONCURRENT_KEYS)
            .collect::<Vec<_>>()
            .await;
        let mut newest: Option<(DateTime, ObservedKey)> = None;
        for found in marked {
            let Some((created, key)) = found? else { continue };
            let usable = key.customer_managed
                && key.symmetric
                && key.multi_region == multi_region
                && ([ENABLED, DISABLED, PENDING_DELETION].contains(&key.state.as_str())
                    || TRANSIENT_STATES.contains(&key.state.as_str()));
            if usable && newest.as_ref().is_none_or(|(before, _)| *before < created) {
                newest = Some((created, key));
            }
        }
        match newest {
            Some((_, key)) => self.complete(key, run).await.map(Some),
            None => Ok(None),
        }
    }

    /// The key and the date of its creation, if it carries the mark.
    async fn marked(&self, arn: &str, mark: &str, run: &Run) -> Result<Option<(DateTime, ObservedKey)>, CallError> {
        match self.tags(arn, run).await {
            Ok(tags) if tags.get(MARK_TAG).is_some_and(|observed| observed == mark) => {}
            Ok(_) => return Ok(None),
            Err(error) if matches!(error.kind, ErrorKind::AccessDenied | ErrorKind::NotFound) => {
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
        let call = Call::read(SERVICE, "DescribeKey", arn);
        let output = run.call(&call, || self.client.describe_key().key_id(arn).send()).await?;
        let created =
            output.key_metadata.as_ref().and_then(|key| key.creation_date).unwrap_or_else(|| DateTime::from_secs(0));
        Ok(Some((created, from_metadata(&call, output.key_metadata)?)))
    }

    /// Ids and ARNs of all keys.
    async fn key_arns(&self, run: &Run) -> Result<Vec<(String, String)>, CallError> {
        let call = Call::read(SERVICE, "ListKeys", ALL_KEYS);
        let list = |marker| self.client.list_keys().limit(1000).set_marker(marker).send();
        let pages = run.pages(&call, list, |page| page.next_marker.clone().filter(|_| page.truncated)).await?;
        let keys = pages.into_iter().flat_map(|page| page.keys.unwrap_or_default());
        Ok(keys.filter_map(|key| Some((key.key_id?, key.key_arn?))).collect())
    }

    /// Ids of all keys that an alias points to.
    async fn aliased_key_ids(&self, run: &Run) -> Result<BTreeSet<String>, CallError> {
        let call = Call::read(SERVICE, "ListAliases", ALL_KEYS);
        let aliases = self.list_aliases(&call, None, Some(100), run).await?;
        Ok(aliases.into_iter().filter_map(|alias| alias.target_key_id).collect())
    }
}
