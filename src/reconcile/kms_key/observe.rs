//! Reading a key.
//!
//! See the AWS KMS API Reference, `DescribeKey`, `GetKeyPolicy`, `GetKeyRotationStatus` and `ListResourceTags`.

use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeySpec};

use crate::reconcile::call::Call;
use crate::reconcile::error::{CallError, ErrorKind, absent_is_none};
use crate::reconcile::retry::Run;
use crate::reconcile::tags::{self, Tags};

use super::alias::with_alias;
use super::{KmsKeys, ObservedKey, POLICY_NAME, SERVICE};

impl KmsKeys {
    /// Reads the key that the alias points to, or the one with the known ARN: four calls, and one more when the alias
    /// does not point to the known key.
    ///
    /// # Errors
    /// Any error of `DescribeKey`, `GetKeyPolicy`, `GetKeyRotationStatus` and `ListResourceTags`; not-found is `None`.
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

    /// Reads an existing key that the setup only uses: by id, ARN, alias or alias ARN. The policy is read where the
    /// caller may read it. Rotation and tags are not read.
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

    /// The ARN of the key with an id, ARN, alias or alias ARN; `None`: there is no such key.
    ///
    /// # Errors
    /// Any error of `DescribeKey` but not-found.
    pub(crate) async fn arn_of(&self, key: &str, run: &Run) -> Result<Option<String>, CallError> {
        Ok(absent_is_none(self.describe(key, run).await)?.map(|key| key.arn))
    }

    /// The tags of a key; `None`: it does not exist.
    ///
    /// # Errors
    /// Any error of `ListResourceTags` but not-found.
    pub(crate) async fn observe_tags(&self, arn: &str, run: &Run) -> Result<Option<Tags>, CallError> {
        absent_is_none(self.tags(arn, run).await)
    }

    /// `DescribeKey` alone: policy, rotation and tags are not read.
    pub(super) async fn describe(&self, key: &str, run: &Run) -> Result<ObservedKey, CallError> {
        let call = Call::read(SERVICE, "DescribeKey", key);
        let output = run.call(&call, || self.client.describe_key().key_id(key).send()).await?;
        from_metadata(&call, output.key_metadata)
    }

    /// Adds policy, rotation and tags, which are read side by side.
    pub(super) async fn complete(&self, key: ObservedKey, run: &Run) -> Result<ObservedKey, CallError> {
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

    /// Whether the key material is rotated, and the days between rotations.
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

    /// All tags but AWS's own.
    pub(super) async fn tags(&self, arn: &str, run: &Run) -> Result<Tags, CallError> {
        let call = Call::read(SERVICE, "ListResourceTags", arn);
        let list = |marker| self.client.list_resource_tags().key_id(arn).set_marker(marker).send();
        let pages = run.pages(&call, list, |page| page.next_marker.clone().filter(|_| page.truncated)).await?;
        let listed = pages.into_iter().flat_map(|page| page.tags.unwrap_or_default());
        Ok(tags::without_system(listed.map(|tag| (tag.tag_key, tag.tag_value))))
    }
}

/// A key of which `DescribeKey` or `CreateKey` returned the metadata.
pub(super) fn from_metadata(call: &Call<'_>, key: Option<KeyMetadata>) -> Result<ObservedKey, CallError> {
    let incomplete = || CallError::new(ErrorKind::Other, call, "the response describes no key");
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
        // Keys of this spec encrypt and decrypt. They have no other use.
        symmetric: key.key_spec == Some(KeySpec::SymmetricDefault),
        account_id: key.aws_account_id.unwrap_or_default(),
        tags: Tags::new(),
    })
}
