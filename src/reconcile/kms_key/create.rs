//! Making a key, at most once.
//!
//! `CreateKey` has no token that would make it safe to repeat, and every key costs money until it is
//! deleted. So the SDK's own retries are off for it, and before each attempt a key that an earlier
//! attempt (or an earlier run) made is looked for. See the AWS KMS API Reference, `CreateKey`.

use std::time::Duration;

use aws_sdk_kms::config::{Builder, retry::RetryConfig};
use aws_sdk_kms::error::SdkError;

use super::{KmsKeySpec, KmsKeys, ObservedKey, SERVICE, from_metadata, sdk_tags};
use crate::reconcile::error::{CallError, ErrorKind};
use crate::reconcile::retry::{Call, Passing, Pauses, Run};
use crate::reconcile::{MARK_TAG, tags};

/// How long attempts go on: about as many as the SDK makes of other calls, so that twenty throttled ones are no failure.
const ATTEMPTS: Duration = Duration::from_mins(5);

/// A policy with a principal that AWS does not see, perhaps not yet. Malformed otherwise is malformed for ever.
pub(super) const UNSEEN_PRINCIPAL: Passing = Passing::message("MalformedPolicyDocumentException", "principal");

/// How long a principal may be unseen; one that does not exist costs as long.
pub(super) const PRINCIPALS_SPREAD: Duration = Duration::from_mins(1);

/// A key, and whether it was made just now.
pub(super) struct Made {
    pub(super) key: ObservedKey,
    pub(super) just_now: bool,
}

impl KmsKeys {
    pub(super) async fn create(&self, spec: &KmsKeySpec, excluding: &[String], run: &Run) -> Result<Made, CallError> {
        let call = Call::write(SERVICE, "CreateKey", &spec.alias_name);
        let mut pauses = Pauses::within(ATTEMPTS);
        let mut principal_pauses = Pauses::within(PRINCIPALS_SPREAD);
        loop {
            if let Some(key) = self.left_behind(spec, excluding, run).await? {
                tracing::info!("using the key {} that has no alias yet", key.arn);
                return Ok(Made { key, just_now: false });
            }
            match self.create_once(&call, spec, run).await {
                Ok(key) => {
                    return Ok(Made { key, just_now: true });
                }
                Err(error) if UNSEEN_PRINCIPAL.is(&error) => {
                    run.pause(&call, error, &mut principal_pauses).await?;
                }
                Err(error) if matches!(error.kind, ErrorKind::Throttled | ErrorKind::Unreachable) => {
                    run.pause(&call, error, &mut pauses).await?;
                }
                Err(error) if error.kind == ErrorKind::EffectUnknown => {
                    return match self.left_behind(spec, excluding, run).await {
                        Ok(Some(key)) if tags::same_stamp(&key.tags, &spec.tags) => Ok(Made { key, just_now: true }),
                        _ => Err(error),
                    };
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn create_once(&self, call: &Call<'_>, spec: &KmsKeySpec, run: &Run) -> Result<ObservedKey, CallError> {
        tracing::info!("making a KMS key for {}", spec.alias_name);
        let answer = async {
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
        let output = run.attempt(call, Box::pin(answer)).await?;
        Ok(ObservedKey {
            policy: Some(spec.policy.clone()),
            tags: spec.tags.clone(),
            ..from_metadata(call, output.key_metadata)?
        })
    }

    async fn left_behind(
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
