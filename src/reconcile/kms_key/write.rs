//! The writes that bring a key to what is wanted, each only where it is needed.
//!
//! The order is: bring the key back, because nothing else can be written to one that is pending
//! deletion; tags, because they say whose it is; then the rest, and the alias last, because it is
//! what others find the key by. See the Developer Guide, "Key states of AWS KMS keys".

use aws_sdk_kms::error::SdkError;

use super::create::{Made, PRINCIPALS_SPREAD, UNSEEN_PRINCIPAL};
use super::{
    DISABLED, ENABLED, KmsKeySpec, KmsKeys, ObservedKey, PASSING_STATES, PENDING_DELETION, POLICY_NAME, SERVICE,
    rotation_differs, sdk_tags,
};
use crate::reconcile::error::{CallError, ErrorKind};
use crate::reconcile::retry::{Call, Passing, Run};
use crate::reconcile::{policy, tags};

/// What passes by itself on a key that was only just made or brought back.
const JUST_CHANGED: &[Passing] = &[
    Passing::code("NotFoundException"),
    Passing::code("KMSInvalidStateException"),
    Passing::code("DisabledException"),
];

/// What passes by itself while principals, and a key, that were only just made spread.
const NEW_PRINCIPALS: &[Passing] = &[UNSEEN_PRINCIPAL, Passing::code("NotFoundException")];

impl KmsKeys {
    pub(super) async fn write(
        &self,
        part: &mut Option<ObservedKey>,
        spec: &KmsKeySpec,
        former: &[String],
        run: &Run,
    ) -> Result<(), CallError> {
        let mut just_changed = false;
        let key = if let Some(key) = part {
            key
        } else {
            let Made { key, just_now } = self.create(spec, former, run).await?;
            just_changed = just_now;
            part.insert(key)
        };
        usable(key, spec)?;
        just_changed |= self.bring_back(key, run).await?;
        let passing = if just_changed { JUST_CHANGED } else { &[] };
        self.write_tags(key, spec, passing, run).await?;
        if !policy::same(key.policy.as_deref(), Some(&spec.policy)) {
            self.write_policy(key, spec, run).await?;
        }
        if key.description != spec.description {
            self.write_description(key, spec, passing, run).await?;
        }
        if rotation_differs(key, spec) {
            self.write_rotation(key, spec, passing, run).await?;
        }
        if key.alias_name.as_ref() != Some(&spec.alias_name) {
            self.write_alias(key, &spec.alias_name, former, passing, run).await?;
        }
        Ok(())
    }

    /// Enables a key that is disabled or pending deletion; whether it did.
    async fn bring_back(&self, key: &mut ObservedKey, run: &Run) -> Result<bool, CallError> {
        let arn = key.arn.clone();
        if key.state == PENDING_DELETION {
            let call = Call::write(SERVICE, "CancelKeyDeletion", &arn);
            run.call(&call, || self.client.cancel_key_deletion().key_id(&arn).send()).await?;
            DISABLED.clone_into(&mut key.state);
            // A key that waits for its deletion shows no rotation; it comes back with the key.
            (key.rotation_enabled, key.rotation_period_in_days) = self.rotation(&arn, run).await?;
        }
        if key.state != DISABLED {
            return Ok(false);
        }
        let call = Call::write(SERVICE, "EnableKey", &arn).retrying(JUST_CHANGED);
        run.call(&call, || self.client.enable_key().key_id(&arn).send()).await?;
        ENABLED.clone_into(&mut key.state);
        Ok(true)
    }

    async fn write_tags(
        &self,
        key: &mut ObservedKey,
        spec: &KmsKeySpec,
        passing: &[Passing],
        run: &Run,
    ) -> Result<(), CallError> {
        let tags::TagChanges { set, remove } = tags::changes(&key.tags, &spec.tags);
        if !set.is_empty() {
            let call = Call::write(SERVICE, "TagResource", &key.arn).retrying(passing);
            run.call(&call, || async {
                self.client
                    .tag_resource()
                    .key_id(&key.arn)
                    .set_tags(Some(sdk_tags(&set).map_err(SdkError::construction_failure)?))
                    .send()
                    .await
            })
            .await?;
            key.tags.extend(set);
        }
        if !remove.is_empty() {
            let call = Call::write(SERVICE, "UntagResource", &key.arn).retrying(passing);
            run.call(&call, || self.client.untag_resource().key_id(&key.arn).set_tag_keys(Some(remove.clone())).send())
                .await?;
            key.tags.clone_from(&spec.tags);
        }
        Ok(())
    }

    async fn write_policy(&self, key: &mut ObservedKey, spec: &KmsKeySpec, run: &Run) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "PutKeyPolicy", &key.arn).retrying(NEW_PRINCIPALS).within(PRINCIPALS_SPREAD);
        run.call(&call, || {
            self.client.put_key_policy().key_id(&key.arn).policy_name(POLICY_NAME).policy(&spec.policy).send()
        })
        .await?;
        key.policy = Some(spec.policy.clone());
        Ok(())
    }

    async fn write_description(
        &self,
        key: &mut ObservedKey,
        spec: &KmsKeySpec,
        passing: &[Passing],
        run: &Run,
    ) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "UpdateKeyDescription", &key.arn).retrying(passing);
        run.call(&call, || self.client.update_key_description().key_id(&key.arn).description(&spec.description).send())
            .await?;
        key.description.clone_from(&spec.description);
        Ok(())
    }

    async fn write_rotation(
        &self,
        key: &mut ObservedKey,
        spec: &KmsKeySpec,
        passing: &[Passing],
        run: &Run,
    ) -> Result<(), CallError> {
        if spec.rotation_enabled {
            let call = Call::write(SERVICE, "EnableKeyRotation", &key.arn).retrying(passing);
            run.call(&call, || {
                self.client
                    .enable_key_rotation()
                    .key_id(&key.arn)
                    .rotation_period_in_days(spec.rotation_period_in_days)
                    .send()
            })
            .await?;
            key.rotation_period_in_days = Some(spec.rotation_period_in_days);
        } else {
            let call = Call::write(SERVICE, "DisableKeyRotation", &key.arn).retrying(passing);
            run.call(&call, || self.client.disable_key_rotation().key_id(&key.arn).send()).await?;
            key.rotation_period_in_days = None;
        }
        key.rotation_enabled = spec.rotation_enabled;
        Ok(())
    }
}

/// Whether the key can ever become what is wanted.
fn usable(key: &ObservedKey, spec: &KmsKeySpec) -> Result<(), CallError> {
    let call = Call::write(SERVICE, "DescribeKey", &key.arn);
    let (kind, message) = if !key.customer_managed {
        (ErrorKind::Conflict, "AWS manages this key".to_owned())
    } else if !key.symmetric {
        (ErrorKind::Conflict, "it is no symmetric encryption key".to_owned())
    } else if key.multi_region != spec.multi_region {
        let message = "whether a key is a multi-Region key cannot be changed".to_owned();
        (ErrorKind::Conflict, message)
    } else if ![ENABLED, DISABLED, PENDING_DELETION].contains(&key.state.as_str())
        && !PASSING_STATES.contains(&key.state.as_str())
    {
        (ErrorKind::Status, format!("the key is {}", key.state))
    } else {
        return Ok(());
    };
    Err(CallError::new(kind, &call, message))
}
