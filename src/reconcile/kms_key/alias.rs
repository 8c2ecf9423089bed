//! The alias of a key: its name in the account and region.
//!
//! See the AWS KMS API Reference, `ListAliases`, `CreateAlias`, `UpdateAlias` and `DeleteAlias`.

use super::{KmsKeys, ObservedKey, SERVICE, with_alias};
use crate::reconcile::error::{CallError, ErrorKind, absent_is_none};
use crate::reconcile::retry::{Call, Passing, Run};
use crate::reconcile::tags;

impl KmsKeys {
    /// The names of a key's aliases.
    ///
    /// # Errors
    /// Any error of `ListAliases`.
    pub(crate) async fn aliases_of(&self, key_arn: &str, run: &Run) -> Result<Vec<String>, CallError> {
        let call = Call::read(SERVICE, "ListAliases", key_arn);
        let mut names = Vec::new();
        let mut marker = None;
        loop {
            let list = || self.client.list_aliases().key_id(key_arn).set_marker(marker.clone()).send();
            let page = run.call(&call, list).await?;
            names.extend(page.aliases.unwrap_or_default().into_iter().filter_map(|alias| alias.alias_name));
            marker = page.next_marker.filter(|_| page.truncated);
            if marker.is_none() {
                return Ok(names);
            }
        }
    }

    /// Deletes an alias; the key that it points to stays.
    ///
    /// # Errors
    /// Any error of `DeleteAlias`; not-found is success.
    pub(crate) async fn remove_alias(&self, alias_name: &str, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "DeleteAlias", alias_name);
        let deleted = run.call(&call, || self.client.delete_alias().alias_name(alias_name).send());
        absent_is_none(deleted.await).map(drop)
    }

    /// Lets the alias point to the key; it is taken from no other than a former one.
    pub(super) async fn write_alias(
        &self,
        key: &mut ObservedKey,
        alias_name: &str,
        former: &[String],
        passing: &[Passing],
        run: &Run,
    ) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "CreateAlias", alias_name).retrying(passing);
        let created =
            run.call(&call, || self.client.create_alias().alias_name(alias_name).target_key_id(&key.key_id).send());
        match created.await {
            Ok(_) => {}
            Err(error) if tags::may_be_ours(&error) => {
                self.settle_alias(key, alias_name, former, error, run).await?;
            }
            Err(error) => return Err(error),
        }
        *key = with_alias(key.clone(), alias_name);
        Ok(())
    }

    /// After a create that did not answer, or that found the alias taken.
    async fn settle_alias(
        &self,
        key: &ObservedKey,
        alias_name: &str,
        former: &[String],
        error: CallError,
        run: &Run,
    ) -> Result<(), CallError> {
        let Ok(holder) = self.describe(alias_name, run).await else {
            return Err(error);
        };
        if holder.arn == key.arn {
            return Ok(());
        }
        if !former.contains(&holder.arn) {
            return Err(CallError {
                kind: ErrorKind::AlreadyExists,
                message: format!("the alias points to another key, {}", holder.arn),
                ..error
            });
        }
        let call = Call::write(SERVICE, "UpdateAlias", alias_name);
        run.call(&call, || self.client.update_alias().alias_name(alias_name).target_key_id(&key.key_id).send())
            .await
            .map(drop)
    }
}

/// The ARN of an alias: it stands beside the keys of its account and region.
pub(super) fn arn(key_arn: &str, alias_name: &str) -> Option<String> {
    let (place, _) = key_arn.split_once(":key/")?;
    Some(format!("{place}:{alias_name}"))
}
