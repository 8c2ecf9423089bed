//! Creating a key, at most once.
//!
//! `CreateKey` has no token that makes it safe to repeat, and every key costs money until it is deleted. So the SDK's
//! own retries are off for it, and before each attempt the keys are searched for one that an earlier attempt (or an
//! earlier run) created. See the AWS KMS API Reference, `CreateKey`.

use std::time::Duration;

use aws_sdk_kms::config::{Builder, retry::RetryConfig};
use aws_sdk_kms::error::SdkError;

use crate::reconcile::call::{Call, Transient};
use crate::reconcile::error::{CallError, ErrorKind};
use crate::reconcile::retry::{Backoff, Run};
use crate::reconcile::tags::{self, MARK_TAG};

use super::observe::from_metadata;
use super::{KmsKeySpec, KmsKeys, ObservedKey, SERVICE, sdk_tags};

/// A policy with a principal that is unknown to KMS, perhaps because it is new. A policy that is malformed otherwise
/// stays malformed.
pub(super) const UNKNOWN_PRINCIPAL: Transient = Transient::message("MalformedPolicyDocumentException", "principal");

/// How long a new principal may be unknown to KMS. A principal that does not exist costs the same time.
pub(super) const PRINCIPAL_PROPAGATION: Duration = Duration::from_mins(1);

/// A key that was created or found.
pub(super) struct Created {
    pub(super) key: ObservedKey,
    /// Whether this run created it.
    pub(super) is_new: bool,
}

impl KmsKeys {
    pub(super) async fn create(
        &self,
        spec: &KmsKeySpec,
        excluding: &[String],
        run: &Run,
    ) -> Result<Created, CallError> {
        let call = Call::write(SERVICE, "CreateKey", &spec.alias_name);
        // The attempts that the SDK would make.
        let attempts = self.client.config().retry_config().map_or(1, RetryConfig::max_attempts);
        let mut backoff = Backoff::of_attempts(attempts);
        let mut principal_backoff = Backoff::within(PRINCIPAL_PROPAGATION);
        loop {
            if let Some(key) = self.find_left_over(spec, excluding, run).await? {
                tracing::info!("using the KMS key {} that has no alias yet", key.arn);
                return Ok(Created { key, is_new: false });
            }
            match self.create_once(&call, spec, run).await {
                Ok(key) => {
                    return Ok(Created { key, is_new: true });
                }
                Err(error) if error.is(&UNKNOWN_PRINCIPAL) => {
                    run.back_off(&call, error, &mut principal_backoff).await?;
                }
                Err(error) if matches!(error.kind, ErrorKind::Throttled | ErrorKind::Unreachable) => {
                    run.back_off(&call, error, &mut backoff).await?;
                }
                Err(error) if error.kind == ErrorKind::EffectUnknown => {
                    return match self.find_left_over(spec, excluding, run).await {
                        Ok(Some(key)) if tags::same_stamp(&key.tags, &spec.tags) => Ok(Created { key, is_new: true }),
                        _ => Err(error),
                    };
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn create_once(&self, call: &Call<'_>, spec: &KmsKeySpec, run: &Run) -> Result<ObservedKey, CallError> {
        tracing::info!("creating a KMS key for {}", spec.alias_name);
        let response = async {
            self.client
                .create_key()
                .policy(&spec.policy)
                .description(&spec.description)
                .multi_region(spec.multi_region)
                .set_tags(Some(sdk_tags(&spec.tags).map_err(SdkError::construction_failure)?))
                .customize()
                .config_override(Builder::new().retry_config(RetryConfig::disabled()))
                .send()
                .await
        };
        let output = run.attempt(call, Box::pin(response)).await?;
        Ok(ObservedKey {
            policy: Some(spec.policy.clone()),
            tags: spec.tags.clone(),
            ..from_metadata(call, output.key_metadata)?
        })
    }

    /// A key with the desired mark and without an alias.
    async fn find_left_over(
        &self,
        spec: &KmsKeySpec,
        excluding: &[String],
        run: &Run,
    ) -> Result<Option<ObservedKey>, CallError> {
        match spec.tags.get(MARK_TAG) {
            Some(mark) => self.find_unaliased(mark, spec.multi_region, excluding, run).await,
            None => Ok(None),
        }
    }
}
