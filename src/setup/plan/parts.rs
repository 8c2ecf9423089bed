//! The planned state of each part. Pure.

use terraform_plugin::framework::field::{Field, MaybeUnknown};
use terraform_plugin::framework::model::Fields;

use crate::account::Place;
use crate::arn::Arn;
use crate::reconcile::bucket::PublicAccessBlock;
use crate::reconcile::policy::canonical_json;
use crate::reconcile::session_document::{NAME as DOCUMENT_NAME, same_content};
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{
    Desired, DesiredBucket, DesiredKey, ExistingBucket, KEY_DESCRIPTION, ManagedBucket, ManagedKey,
};
use crate::setup::model::state::{Bucket, Document, KmsKey, Lifecycle, LogGroup, PartKind, State, spelled_as};
use crate::setup::model::{Inputs, SetupModel};

pub(super) fn kms_key(desired: &Desired, prior: &State, transition: &Transition) -> Field<KmsKey> {
    match &desired.key {
        MaybeUnknown::Unknown => Field::Unknown,
        MaybeUnknown::Known(DesiredKey::None) => Field::Null,
        MaybeUnknown::Known(DesiredKey::Existing(_)) if transition.remaining.kms_key.is_known() => {
            prior.kms_key.clone()
        }
        MaybeUnknown::Known(DesiredKey::Existing(reference)) => existing_key(desired, reference).into(),
        MaybeUnknown::Known(DesiredKey::Managed(key)) => managed_key(desired, key, transition).into(),
    }
}

fn existing_key(desired: &Desired, reference: &str) -> KmsKey {
    let (alias_name, alias_arn) = KmsKey::alias_of(reference);
    KmsKey {
        arn: MaybeUnknown::from_known(|| existing_key_arn(desired.place.known()?, reference)).into(),
        alias_name: alias_name.into(),
        alias_arn: alias_arn.into(),
        created: false.into(),
        policy: Field::Null,
        rotation_enabled: Field::Null,
        rotation_period_in_days: Field::Null,
        tags: Field::Null,
        ..KmsKey::unknown()
    }
}

/// The ARN of an existing key, from a reference to it; `None` for an alias.
fn existing_key_arn(place: &Place, reference: &str) -> Option<String> {
    match (reference.starts_with("arn:"), reference.contains("alias/")) {
        (_, true) => None,
        (true, false) => Some(reference.to_owned()),
        (false, false) => Some(place.key_arn(reference)),
    }
}

fn managed_key(desired: &Desired, key: &ManagedKey, transition: &Transition) -> KmsKey {
    let remaining = transition.remaining.kms_key.fields();
    let taken_back = transition.taken_back(PartKind::KmsKey).map(|key| key.arn.as_str());
    let known_arn = remaining.arn.text().or(taken_back);
    let key_id = known_arn.and_then(|arn| Arn::parse(arn)?.key_id());
    KmsKey {
        arn: known_arn.map_or(Field::Unknown, Field::from),
        key_id: key_id.map_or(Field::Unknown, Field::from),
        alias_name: key.alias_name.clone().into(),
        alias_arn: desired.place.map(|place| place.alias_arn(&key.alias_name)).into(),
        created: true.into(),
        description: KEY_DESCRIPTION.into(),
        policy: spelled_as(&remaining.policy, key.policy.clone().into()),
        rotation_enabled: key.rotation_enabled.into(),
        rotation_period_in_days: key.rotation_enabled.then_some(key.rotation_period_in_days).into(),
        multi_region: key.multi_region.into(),
        state: "Enabled".into(),
        tags: desired.tags.clone().into(),
    }
}

pub(super) fn log_group(
    desired: &Desired,
    prior: &State,
    transition: &Transition,
    key_arn: &Field<String>,
) -> Field<LogGroup> {
    let group = match &desired.log_group {
        MaybeUnknown::Unknown => return Field::Unknown,
        MaybeUnknown::Known(None) => return Field::Null,
        MaybeUnknown::Known(Some(group)) => group,
    };
    if !group.managed && transition.remaining.log_group.is_known() {
        return prior.log_group.clone();
    }
    let named = LogGroup {
        name: group.name.clone().into(),
        arn: desired.place.map(|place| place.log_group_arn(&group.name)).into(),
        created: group.managed.into(),
        ..LogGroup::unknown()
    };
    let planned = if group.managed {
        LogGroup {
            creation_time: transition.remaining.log_group.known().map_or(Field::Unknown, |now| now.creation_time),
            retention_in_days: group.retention_in_days.into(),
            kms_key_arn: key_arn.clone(),
            tags: desired.tags.clone().into(),
            ..named
        }
    } else {
        LogGroup { tags: Field::Null, ..named }
    };
    planned.into()
}

pub(super) fn bucket(
    inputs: &Inputs,
    desired: &Desired,
    prior: &SetupModel,
    transition: &Transition,
    key_arn: &Field<String>,
) -> Field<Bucket> {
    let remaining = &transition.remaining.bucket;
    let configured = |inputs: &Inputs| {
        let settings = inputs.bucket();
        [&settings.name, &settings.account_id, &settings.kms_key_arn].map(Clone::clone)
    };
    match &desired.bucket {
        MaybeUnknown::Unknown => Field::Unknown,
        MaybeUnknown::Known(DesiredBucket::Managed(bucket)) => {
            managed_bucket(desired, bucket, remaining.fields(), key_arn).into()
        }
        MaybeUnknown::Known(DesiredBucket::Existing(_))
            if remaining.is_known() && configured(inputs) == configured(&prior.inputs) =>
        {
            prior.state.bucket.clone()
        }
        MaybeUnknown::Known(DesiredBucket::Existing(bucket)) => existing_bucket(desired, bucket).into(),
    }
}

fn existing_bucket(desired: &Desired, bucket: &ExistingBucket) -> Bucket {
    Bucket {
        name: bucket.name.clone().into(),
        arn: desired.place.map(|place| place.bucket_arn(&bucket.name)).into(),
        created: false.into(),
        policy: Field::Null,
        object_ownership: Field::Null,
        public_access_block: Field::Null,
        lifecycle: Field::Null,
        object_lock: Field::Null,
        access_log: Field::Null,
        tags: Field::Null,
        versioning: "".into(),
        ..Bucket::unknown()
    }
}

fn managed_bucket(desired: &Desired, bucket: &ManagedBucket, remaining: &Bucket, key_arn: &Field<String>) -> Bucket {
    // Without versioning, a bucket that never kept versions and a suspended one are both as desired. Which of them a
    // bucket is that will be taken over is not known here.
    let versioning = match (bucket.versioning || remaining.object_lock.is_known(), remaining.versioning.text()) {
        (true, _) => Field::from("Enabled"),
        (false, Some("Enabled")) => Field::from("Suspended"),
        (false, Some(now)) => Field::from(now),
        (false, None) => Field::Unknown,
    };
    Bucket {
        name: bucket.name.clone().into(),
        arn: desired.place.map(|place| place.bucket_arn(&bucket.name)).into(),
        region: desired.place.map(|place| place.region.clone()).into(),
        created: true.into(),
        policy: spelled_as(&remaining.policy, bucket.policy.clone().into()),
        sse_algorithm: "aws:kms".into(),
        kms_key_arn: key_arn.clone(),
        bucket_key_enabled: bucket.bucket_key_enabled.into(),
        object_ownership: bucket.object_ownership.clone().into(),
        versioning,
        public_access_block: PublicAccessBlock::ALL.into(),
        lifecycle: lifecycle(bucket),
        // A lock that somebody else set stays: S3 cannot remove it.
        object_lock: Field::from(bucket.object_lock.clone()).or(|| remaining.object_lock.clone()),
        access_log: bucket.access_log.clone().into(),
        tags: desired.tags.clone().into(),
    }
}

/// The lifecycle. A bucket that is taken over or taken back may have versions although it keeps no new ones.
fn lifecycle(bucket: &ManagedBucket) -> Field<Lifecycle> {
    let known = bucket.versions_expire.known();
    match (bucket.lifecycle_of(known == Some(&true)), known) {
        (MaybeUnknown::Unknown, _) => Field::Unknown,
        (MaybeUnknown::Known(lifecycle), Some(_)) => Lifecycle::from(&lifecycle).into(),
        (MaybeUnknown::Known(lifecycle), None) => {
            Lifecycle { noncurrent_days: Field::Unknown, ..Lifecycle::from(&lifecycle) }.into()
        }
    }
}

pub(super) fn document(
    inputs: &Inputs,
    desired: &Desired,
    remaining: &State,
    key_arn: &Field<String>,
) -> Field<Document> {
    match desired.document {
        MaybeUnknown::Unknown => return Field::Unknown,
        MaybeUnknown::Known(false) => return Field::Null,
        MaybeUnknown::Known(true) => {}
    }
    let content = desired.content(inputs, key_arn);
    let named = Document {
        name: DOCUMENT_NAME.into(),
        arn: desired.place.map(|place| place.document_arn(DOCUMENT_NAME)).into(),
        content: content.map(canonical_json).into(),
        tags: desired.tags.clone().into(),
        ..Document::unknown()
    };
    let Some(current) = remaining.document.known() else { return named.into() };
    let is_unchanged = content.known().is_some_and(|content| {
        current
            .content
            .text()
            .and_then(|text| serde_json::from_str(text).ok())
            .is_some_and(|current| same_content(&current, content))
    });
    let adopted = current.adopted;
    let planned = if is_unchanged && current.status.is("Active") {
        Document {
            adopted,
            content: current.content.clone(),
            latest_version: current.latest_version.clone(),
            // The apply makes the latest version the default again.
            default_version: current.latest_version.clone(),
            hash: current.hash.clone(),
            status: current.status.clone(),
            ..named
        }
    } else {
        Document { adopted, ..named }
    };
    planned.into()
}
