//! The writes that make a log group as its spec says, each only where it is needed.
//!
//! See the Amazon CloudWatch Logs API Reference, `CreateLogGroup`, `AssociateKmsKey` and `PutRetentionPolicy`.

use crate::reconcile::call::{Call, Transient};
use crate::reconcile::error::CallError;
use crate::reconcile::retry::Run;
use crate::reconcile::tags::{self, Tags};

use super::diff::retention_differs;
use super::{LogGroupClass, LogGroupSpec, LogGroups, ObservedLogGroup, SERVICE};

/// What is transient on a new log group: AWS may not find it yet, and permissions that depend on its tags may not apply
/// yet.
const NEW_GROUP: &[Transient] = &[
    Transient::code("ResourceNotFoundException"),
    Transient::message("AccessDeniedException", "no identity-based policy allows"),
];

/// What is transient while a change of the key's policy propagates.
const KEY_JUST_CHANGED: &[Transient] =
    &[Transient::message("AccessDeniedException", "specified KMS key does not exist or is not allowed")];

impl LogGroups {
    pub(super) async fn write(
        &self,
        part: &mut Option<ObservedLogGroup>,
        spec: &LogGroupSpec,
        key_just_changed: bool,
        run: &Run,
    ) -> Result<(), CallError> {
        let key_transient = if key_just_changed { KEY_JUST_CHANGED } else { &[] };
        let is_new = part.is_none();
        let (group, transient) = match part {
            Some(group) => (group, [].as_slice()),
            None => (part.insert(self.create(spec, key_transient, run).await?), NEW_GROUP),
        };
        self.write_tags(group, spec, transient, run).await?;
        if group.kms_key_arn != spec.kms_key_arn {
            self.write_key(spec, key_transient, run).await?;
            group.kms_key_arn.clone_from(&spec.kms_key_arn);
        }
        if retention_differs(group, spec) {
            self.write_retention(spec, transient, run).await?;
            group.retention_in_days = spec.retention_in_days;
        }
        if is_new && group.creation_time.is_none() {
            // The response to CreateLogGroup lacks it. The group is complete without, and the next observation tells.
            group.creation_time = self.creation_time(&spec.name, run).await.unwrap_or_default();
        }
        Ok(())
    }

    async fn create(
        &self,
        spec: &LogGroupSpec,
        key_transient: &[Transient],
        run: &Run,
    ) -> Result<ObservedLogGroup, CallError> {
        let call = Call::write(SERVICE, "CreateLogGroup", &spec.name).retrying(key_transient);
        let created = run.call(&call, || {
            self.client
                .create_log_group()
                .log_group_name(&spec.name)
                .set_kms_key_id(spec.kms_key_arn.clone())
                .set_tags(Some(spec.tags.clone().into_iter().collect()))
                .send()
        });
        match created.await {
            Ok(_) => Ok(ObservedLogGroup {
                name: spec.name.clone(),
                arn: spec.arn.clone(),
                creation_time: None,
                retention_in_days: None,
                retention_by_account_policy: false,
                kms_key_arn: spec.kms_key_arn.clone(),
                deletion_protected: false,
                class: LogGroupClass::TakesEvents,
                tags: spec.tags.clone(),
            }),
            Err(error) if error.may_have_created() => match self.observe(&spec.name, run).await {
                Ok(Some(group)) if tags::same_stamp(&group.tags, &spec.tags) => Ok(group),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    async fn write_tags(
        &self,
        group: &mut ObservedLogGroup,
        spec: &LogGroupSpec,
        transient: &[Transient],
        run: &Run,
    ) -> Result<(), CallError> {
        let arn = group.arn.as_str();
        let set = |tags: Tags| async move {
            let call = Call::write(SERVICE, "TagResource", arn).retrying(transient);
            let request = || self.client.tag_resource().resource_arn(arn);
            let set = run.call(&call, || request().set_tags(Some(tags.clone().into_iter().collect())).send());
            set.await.map(drop)
        };
        let remove = |keys: Vec<String>| async move {
            let call = Call::write(SERVICE, "UntagResource", arn).retrying(transient);
            let request = || self.client.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.clone()));
            run.call(&call, || request().send()).await.map(drop)
        };
        tags::ensure(&mut group.tags, &spec.tags, set, remove).await
    }

    async fn write_key(&self, spec: &LogGroupSpec, transient: &[Transient], run: &Run) -> Result<(), CallError> {
        let name = &spec.name;
        if let Some(key) = &spec.kms_key_arn {
            let call = Call::write(SERVICE, "AssociateKmsKey", name).retrying(transient);
            run.call(&call, || self.client.associate_kms_key().log_group_name(name).kms_key_id(key).send())
                .await
                .map(drop)
        } else {
            let call = Call::write(SERVICE, "DisassociateKmsKey", name);
            run.call(&call, || self.client.disassociate_kms_key().log_group_name(name).send()).await.map(drop)
        }
    }

    async fn write_retention(&self, spec: &LogGroupSpec, transient: &[Transient], run: &Run) -> Result<(), CallError> {
        let name = &spec.name;
        if let Some(days) = spec.retention_in_days {
            let call = Call::write(SERVICE, "PutRetentionPolicy", name).retrying(transient);
            run.call(&call, || self.client.put_retention_policy().log_group_name(name).retention_in_days(days).send())
                .await
                .map(drop)
        } else {
            let call = Call::write(SERVICE, "DeleteRetentionPolicy", name);
            run.call(&call, || self.client.delete_retention_policy().log_group_name(name).send()).await.map(drop)
        }
    }
}
