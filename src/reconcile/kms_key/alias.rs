//! The alias of a key: its name in the account and region.
//!
//! See the AWS KMS API Reference, `ListAliases`, `CreateAlias`, `UpdateAlias` and `DeleteAlias`.

use aws_sdk_kms::types::AliasListEntry;

use crate::arn::Arn;
use crate::reconcile::call::{Call, Transient};
use crate::reconcile::error::{CallError, ErrorKind, absent_is_none};
use crate::reconcile::retry::Run;

use super::{KmsKeys, ObservedKey, SERVICE};

impl KmsKeys {
    /// The names of a key's aliases.
    ///
    /// # Errors
    /// Any error of `ListAliases`.
    pub(crate) async fn aliases_of(&self, key_arn: &str, run: &Run) -> Result<Vec<String>, CallError> {
        let call = Call::read(SERVICE, "ListAliases", key_arn);
        let aliases = self.list_aliases(&call, Some(key_arn), None, run).await?;
        Ok(aliases.into_iter().filter_map(|alias| alias.alias_name).collect())
    }

    /// The aliases of a key or of all keys, with a number of them per page.
    pub(super) async fn list_aliases(
        &self,
        call: &Call<'_>,
        key_arn: Option<&str>,
        limit: Option<i32>,
        run: &Run,
    ) -> Result<Vec<AliasListEntry>, CallError> {
        let list = |marker| {
            self.client.list_aliases().set_key_id(key_arn.map(str::to_owned)).set_limit(limit).set_marker(marker).send()
        };
        let pages = run.pages(call, list, |page| page.next_marker.clone().filter(|_| page.truncated)).await?;
        Ok(pages.into_iter().flat_map(|page| page.aliases.unwrap_or_default()).collect())
    }

    /// Deletes an alias, but not its key.
    ///
    /// # Errors
    /// Any error of `DeleteAlias` but not-found.
    pub(crate) async fn remove_alias(&self, alias_name: &str, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "DeleteAlias", alias_name);
        let deleted = run.call(&call, || self.client.delete_alias().alias_name(alias_name).send());
        absent_is_none(deleted.await).map(drop)
    }

    /// Makes the alias point to the key. It is taken from no other key than a former one.
    pub(super) async fn write_alias(
        &self,
        key: &mut ObservedKey,
        alias_name: &str,
        former: &[String],
        transient: &[Transient],
        run: &Run,
    ) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "CreateAlias", alias_name).retrying(transient);
        let created =
            run.call(&call, || self.client.create_alias().alias_name(alias_name).target_key_id(&key.key_id).send());
        match created.await {
            Ok(_) => {}
            Err(error) if error.may_have_created() => {
                self.settle_alias(key, alias_name, former, error, run).await?;
            }
            Err(error) => return Err(error),
        }
        *key = with_alias(key.clone(), alias_name);
        Ok(())
    }

    /// Continues after a create without a response, or one that found an existing alias.
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

/// The key with the alias that points to it, which is in the key's account and region.
pub(super) fn with_alias(key: ObservedKey, alias_name: &str) -> ObservedKey {
    let alias_arn = Arn::parse(&key.arn).map(|arn| arn.beside(alias_name).to_string());
    ObservedKey { alias_arn, alias_name: Some(alias_name.to_owned()), ..key }
}
