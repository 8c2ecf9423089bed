//! The writes that make a key as its spec says, each only where it is needed.
//!
//! First the key is enabled, because nothing else can be written to one that is pending deletion. Then come the tags,
//! because they name the owner, then the rest. The alias is the last, because others find the key by it. See the
//! Developer Guide, "Key states of AWS KMS keys".

use aws_sdk_kms::error::SdkError;

use crate::reconcile::call::{Call, Transient};
use crate::reconcile::error::{CallError, ErrorKind};
use crate::reconcile::retry::Run;
use crate::reconcile::{policy, tags};

use super::create::{Created, PRINCIPAL_PROPAGATION, UNKNOWN_PRINCIPAL};
use super::diff::rotation_differs;
use super::{
    DISABLED, ENABLED, KmsKeySpec, KmsKeys, ObservedKey, PENDING_DELETION, POLICY_NAME, SERVICE, TRANSIENT_STATES,
    sdk_tags,
};

/// What is transient on a key that is new, or was just enabled.
const JUST_CHANGED: &[Transient] = &[
    Transient::code("NotFoundException"),
    Transient::code("KMSInvalidStateException"),
    Transient::code("DisabledException"),
];

/// What is transient with new principals, and on a new key.
const NEW_PRINCIPALS: &[Transient] = &[UNKNOWN_PRINCIPAL, Transient::code("NotFoundException")];

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
            let Created { key, is_new } = self.create(spec, former, run).await?;
            just_changed = is_new;
            part.insert(key)
        };
        usable(key, spec)?;
        just_changed |= self.enable(key, run).await?;
        let transient = if just_changed { JUST_CHANGED } else { &[] };
        self.write_tags(key, spec, transient, run).await?;
        if !policy::same(key.policy.as_deref(), Some(&spec.policy)) {
            self.write_policy(key, spec, run).await?;
        }
        if key.description != spec.description {
            self.write_description(key, spec, transient, run).await?;
        }
        if rotation_differs(key, spec) {
            self.write_rotation(key, spec, transient, run).await?;
        }
        if key.alias_name.as_ref() != Some(&spec.alias_name) {
            self.write_alias(key, &spec.alias_name, former, transient, run).await?;
        }
        Ok(())
    }

    /// Enables a key that is disabled or pending deletion, and returns whether it did.
    async fn enable(&self, key: &mut ObservedKey, run: &Run) -> Result<bool, CallError> {
        let (arn, key_id) = (key.arn.clone(), key.key_id.clone());
        if key.state == PENDING_DELETION {
            let call = Call::write(SERVICE, "CancelKeyDeletion", &arn);
            run.call(&call, || self.client.cancel_key_deletion().key_id(&key_id).send()).await?;
            DISABLED.clone_into(&mut key.state);
            // KMS reports no rotation of a key that is pending deletion. It does again now.
            (key.rotation_enabled, key.rotation_period_in_days) = self.rotation(&arn, run).await?;
        }
        if key.state != DISABLED {
            return Ok(false);
        }
        let call = Call::write(SERVICE, "EnableKey", &arn).retrying(JUST_CHANGED);
        run.call(&call, || self.client.enable_key().key_id(&key_id).send()).await?;
        ENABLED.clone_into(&mut key.state);
        Ok(true)
    }

    async fn write_tags(
        &self,
        key: &mut ObservedKey,
        spec: &KmsKeySpec,
        transient: &[Transient],
        run: &Run,
    ) -> Result<(), CallError> {
        let (arn, key_id) = (key.arn.as_str(), key.key_id.as_str());
        let set = |tags| async move {
            let call = Call::write(SERVICE, "TagResource", arn).retrying(transient);
            let set = run.call(&call, || async {
                let tags = sdk_tags(&tags).map_err(SdkError::construction_failure)?;
                self.client.tag_resource().key_id(key_id).set_tags(Some(tags)).send().await
            });
            set.await.map(drop)
        };
        let remove = |keys: Vec<String>| async move {
            let call = Call::write(SERVICE, "UntagResource", arn).retrying(transient);
            let request = || self.client.untag_resource().key_id(key_id).set_tag_keys(Some(keys.clone()));
            run.call(&call, || request().send()).await.map(drop)
        };
        tags::ensure(&mut key.tags, &spec.tags, set, remove).await
    }

    async fn write_policy(&self, key: &mut ObservedKey, spec: &KmsKeySpec, run: &Run) -> Result<(), CallError> {
        let call =
            Call::write(SERVICE, "PutKeyPolicy", &key.arn).retrying(NEW_PRINCIPALS).within(PRINCIPAL_PROPAGATION);
        run.call(&call, || {
            self.client.put_key_policy().key_id(&key.key_id).policy_name(POLICY_NAME).policy(&spec.policy).send()
        })
        .await?;
        key.policy = Some(spec.policy.clone());
        Ok(())
    }

    async fn write_description(
        &self,
        key: &mut ObservedKey,
        spec: &KmsKeySpec,
        transient: &[Transient],
        run: &Run,
    ) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "UpdateKeyDescription", &key.arn).retrying(transient);
        run.call(&call, || {
            self.client.update_key_description().key_id(&key.key_id).description(&spec.description).send()
        })
        .await?;
        key.description.clone_from(&spec.description);
        Ok(())
    }

    async fn write_rotation(
        &self,
        key: &mut ObservedKey,
        spec: &KmsKeySpec,
        transient: &[Transient],
        run: &Run,
    ) -> Result<(), CallError> {
        if spec.rotation_enabled {
            let call = Call::write(SERVICE, "EnableKeyRotation", &key.arn).retrying(transient);
            run.call(&call, || {
                self.client
                    .enable_key_rotation()
                    .key_id(&key.key_id)
                    .rotation_period_in_days(spec.rotation_period_in_days)
                    .send()
            })
            .await?;
            key.rotation_period_in_days = Some(spec.rotation_period_in_days);
        } else {
            let call = Call::write(SERVICE, "DisableKeyRotation", &key.arn).retrying(transient);
            run.call(&call, || self.client.disable_key_rotation().key_id(&key.key_id).send()).await?;
            key.rotation_period_in_days = None;
        }
        key.rotation_enabled = spec.rotation_enabled;
        Ok(())
    }
}

/// Checks that the key can become what the spec says.
fn usable(key: &ObservedKey, spec: &KmsKeySpec) -> Result<(), CallError> {
    let call = Call::write(SERVICE, "DescribeKey", &key.arn);
    let (kind, message) = if !key.customer_managed {
        (ErrorKind::Conflict, "AWS manages this key".to_owned())
    } else if !key.symmetric {
        (ErrorKind::Conflict, "it is not a symmetric encryption key".to_owned())
    } else if key.multi_region != spec.multi_region {
        let message = "whether a key is a multi-Region key cannot be changed".to_owned();
        (ErrorKind::Conflict, message)
    } else if ![ENABLED, DISABLED, PENDING_DELETION].contains(&key.state.as_str())
        && !TRANSIENT_STATES.contains(&key.state.as_str())
    {
        (ErrorKind::Status, format!("the key is {}", key.state))
    } else {
        return Ok(());
    };
    Err(CallError::new(kind, &call, message))
}
