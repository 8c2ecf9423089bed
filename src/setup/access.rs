//! `policies` and `vpc_endpoint_services`: what nodes, users and administrators of a setup need.
//!
//! Pure. Both are planned with everything else, and are unknown only while their sources are. A refresh does not change
//! them, because nothing in AWS affects them; it only fills in what a state does not have yet, as after an import.
//! Follows <https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html>.

use std::collections::BTreeSet;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::{Field, MaybeUnknown};
use terraform_plugin::framework::model::Fields as _;
use terraform_plugin::framework::path::Path;

use crate::account::diagnose::sentence;
use crate::account::{AssumeRole, Place};
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey};
use crate::setup::model::Inputs;
use crate::setup::model::inputs::known_tags;
use crate::setup::model::state::{PartKind, Policies, State, spelled_as};
use crate::setup::policies::{self, ExistingKeys, KeyName, Locked, Logging, PolicyKind, Provisioned};

/// Writes both attributes into a state that already has `retired` and the bucket. A policy keeps its spelling in
/// `prior` if it means the same.
pub(crate) fn write(state: &mut State, prior: &State, inputs: &Inputs, desired: &Desired) {
    let access = Access::of(state, inputs, desired);
    let (policies, services) = (access.policies(), access.vpc_endpoint_services());
    state.policies = each(policies, prior.policies.fields(), spelled_as).into();
    state.vpc_endpoint_services = services.into();
}

/// Checks that AWS takes the policies in their size; the errors name the setting that makes one long.
pub(crate) fn check_sizes(state: &State, diagnostics: &mut Diagnostics) {
    let made = state.policies.fields();
    let (prefix, roles) = ("settings.bucket.key_prefix", "settings.allowed_iam_role_arns");
    for (name, policy, kind, setting) in [
        ("instance", &made.instance, PolicyKind::Managed, prefix),
        ("user", &made.user, PolicyKind::Managed, "settings.session.node_tags"),
        ("preferences_lock", &made.preferences_lock, PolicyKind::Managed, prefix),
        ("bucket_owner", &made.bucket_owner, PolicyKind::Bucket, roles),
        ("key_owner", &made.key_owner, PolicyKind::Key, roles),
    ] {
        if let Some(policy) = policy.text()
            && let Err(problem) = policies::validate_size(kind, policy, setting)
        {
            diagnostics.error_at(Path::of(setting), format!("policies.{name} is too long"), sentence(&problem));
        }
    }
}

/// Fills in the attributes that a state does not have yet, as far as they are known.
pub(crate) fn fill(state: &mut State, inputs: &Inputs, desired: &Desired) {
    if state.policies.is_null() {
        let known = |_: &Field<String>, policy: Field<String>| if policy.is_unknown() { Field::Null } else { policy };
        let policies = Access::of(state, inputs, desired).policies();
        state.policies = each(policies, Policies::of_null(), known).into();
    }
    if state.vpc_endpoint_services.is_null() {
        let services = Access::of(state, inputs, desired).vpc_endpoint_services();
        state.vpc_endpoint_services = services.known().cloned().into();
    }
}

/// Policies that are each made of a prior one and a new one.
fn each(policies: Policies, prior: &Policies, of: impl Fn(&Field<String>, Field<String>) -> Field<String>) -> Policies {
    Policies {
        instance: of(&prior.instance, policies.instance),
        user: of(&prior.user, policies.user),
        preferences_lock: of(&prior.preferences_lock, policies.preferences_lock),
        provisioner: of(&prior.provisioner, policies.provisioner),
        bucket_owner: of(&prior.bucket_owner, policies.bucket_owner),
        key_owner: of(&prior.key_owner, policies.key_owner),
    }
}

/// The sources of both attributes.
struct Access<'a> {
    inputs: &'a Inputs,
    desired: &'a Desired,
    state: &'a State,
    /// The key of sessions and logs.
    key: MaybeUnknown<Option<KeyName>>,
    /// Where logs go, and which keys encrypt them.
    logging: MaybeUnknown<Logging>,
}

impl<'a> Access<'a> {
    fn of(state: &'a State, inputs: &'a Inputs, desired: &'a Desired) -> Self {
        let key = MaybeUnknown::from_known(|| Some(key_name(desired.place.known()?, desired.key.known()?)));
        let logging = MaybeUnknown::from_known(|| {
            let (place, bucket) = (desired.place.known()?, desired.bucket.known()?);
            let encrypts = *inputs.session().kms_encryption.known()?;
            Some(Logging {
                bucket_name: bucket.name().to_owned(),
                key_prefix: inputs.bucket().key_prefix.known()?.clone(),
                may_be_foreign: may_be_foreign(place, bucket),
                bucket_key: bucket_key(state, place, bucket, &key).known()?.clone(),
                session_key: if encrypts { key.known()?.clone() } else { None },
                log_group_name: desired.log_group.known()?.as_ref().map(|group| group.name.clone()),
            })
        });
        Self { inputs, desired, state, key, logging }
    }

    /// The policies; null if nobody needs one.
    fn policies(&self) -> Policies {
        let place = || self.desired.place.known();
        let user = || {
            let session = self.inputs.session();
            let key = self.key.known()?.as_ref().filter(|_| session.kms_encryption.is_true());
            session.kms_encryption.known()?;
            Some(policies::user_policy(place()?, key, &known_tags(&session.node_tags)?))
        };
        Policies {
            instance: from_known(|| Some(policies::instance_policy(place()?, self.logging.known()?))),
            user: from_known(user),
            preferences_lock: from_known(|| self.preferences_lock()),
            provisioner: from_known(|| self.provisioner()),
            bucket_owner: self.bucket_owner().into(),
            key_owner: self.key_owner().into(),
        }
    }

    fn preferences_lock(&self) -> Option<String> {
        let Self { inputs, desired, .. } = self;
        let role = inputs.assume_role.resolved()?.map(AssumeRole::known);
        let role = match role {
            Some(role) => Some(role?),
            None => None,
        };
        let locked = Locked {
            bucket_name: desired.bucket.known()?.name().to_owned(),
            key_prefix: inputs.bucket().key_prefix.known()?.clone(),
            key: self.key.known()?.clone(),
            log_group_name: desired.log_group.known()?.as_ref().map(|group| group.name.clone()),
            provisioner_arn: role.map(|role| role.role_arn),
        };
        Some(policies::preferences_lock(desired.place.known()?, &locked))
    }

    fn provisioner(&self) -> Option<String> {
        let Self { inputs, desired, .. } = self;
        let retired = self.state.retired.resolved()?.map(Vec::as_slice).unwrap_or_default();
        let names = |part, managed: Option<&String>| -> BTreeSet<String> {
            let retired = retired.iter().filter(|retired| retired.part == part).map(|retired| retired.name.clone());
            managed.cloned().into_iter().chain(retired).collect()
        };
        let managed_key = match desired.key.known()? {
            DesiredKey::Managed(key) => Some(key),
            DesiredKey::Existing(_) | DesiredKey::None => None,
        };
        let keys = names(PartKind::KmsKey, managed_key.map(|key| &key.alias_name));
        let (managed_bucket, existing_bucket) = match desired.bucket.known()? {
            DesiredBucket::Managed(bucket) => (Some(&bucket.name), None),
            DesiredBucket::Existing(bucket) => (None, Some(bucket.name.clone())),
        };
        let log_group = desired.log_group.known()?.as_ref();
        let managed_group = log_group.filter(|group| group.managed).map(|group| &group.name);
        let provisioned = Provisioned {
            has_keys: !keys.is_empty(),
            // A retired key without an alias is listed by its id.
            alias_names: keys.into_iter().filter(|name| name.starts_with("alias/")).collect(),
            multi_region: managed_key.is_some_and(|key| key.multi_region),
            existing_key: self.key.known()?.clone().filter(|_| managed_key.is_none()),
            buckets: names(PartKind::Bucket, managed_bucket).into_iter().collect(),
            empties_buckets: *inputs.bucket().force_destroy.known()?,
            existing_bucket,
            log_groups: names(PartKind::LogGroup, managed_group).into_iter().collect(),
            existing_log_group: log_group.filter(|group| !group.managed).map(|group| group.name.clone()),
        };
        Some(policies::provisioner_policy(desired.place.known()?, &provisioned))
    }

    fn bucket_owner(&self) -> MaybeUnknown<Option<String>> {
        MaybeUnknown::from_known(|| match self.desired.bucket.known()? {
            DesiredBucket::Managed(_) => Some(None),
            DesiredBucket::Existing(_) => {
                let (place, logging, roles) = self.for_owners()?;
                Some(Some(policies::bucket_owner_policy(place, logging, &roles)))
            }
        })
    }

    fn key_owner(&self) -> MaybeUnknown<Option<String>> {
        MaybeUnknown::from_known(|| {
            let sessions = matches!(self.desired.key.known()?, DesiredKey::Existing(_));
            let bucket_is_existing = matches!(self.desired.bucket.known()?, DesiredBucket::Existing(_));
            if !sessions && !bucket_is_existing {
                return Some(None);
            }
            let (place, logging, roles) = self.for_owners()?;
            let bucket = logging.bucket_key.is_some() && (bucket_is_existing || sessions);
            let existing = ExistingKeys { sessions, bucket };
            let is_needed = existing.sessions || existing.bucket;
            Some(is_needed.then(|| policies::key_owner_policy(place, logging, existing, &roles)))
        })
    }

    fn for_owners(&self) -> Option<(&Place, &Logging, Vec<String>)> {
        let roles = self.inputs.settings().allowed_iam_role_arns.elements()?;
        Some((self.desired.place.known()?, self.logging.known()?, roles.into_iter().collect()))
    }

    /// These five have the same names in every partition; the one of S3 is a gateway endpoint. Session Manager does not
    /// need `ec2messages`, which newer regions do not have.
    fn vpc_endpoint_services(&self) -> MaybeUnknown<BTreeSet<String>> {
        MaybeUnknown::from_known(|| {
            let mut services = vec!["ssm", "ssmmessages", "s3"];
            services.extend(self.desired.log_group.known()?.as_ref().map(|_| "logs"));
            let encrypts = *self.inputs.session().kms_encryption.known()?;
            services.extend((*self.desired.key.known()? != DesiredKey::None && encrypts).then_some("kms"));
            let region = &self.desired.place.known()?.region;
            Some(services.into_iter().map(|name| format!("com.amazonaws.{region}.{name}")).collect())
        })
    }
}

fn from_known(of: impl FnOnce() -> Option<String>) -> Field<String> {
    MaybeUnknown::from_known(of).into()
}

fn key_name(place: &Place, key: &DesiredKey) -> Option<KeyName> {
    match key {
        DesiredKey::Managed(key) => Some(KeyName::alias(place, &key.alias_name)),
        DesiredKey::Existing(reference) => KeyName::of(place, reference),
        DesiredKey::None => None,
    }
}

/// The key of the bucket: the setup's key, or the key of an existing bucket from the configuration or from AWS.
fn bucket_key(
    state: &State,
    place: &Place,
    bucket: &DesiredBucket,
    key: &MaybeUnknown<Option<KeyName>>,
) -> MaybeUnknown<Option<KeyName>> {
    let DesiredBucket::Existing(existing) = bucket else { return key.clone() };
    MaybeUnknown::from_known(|| {
        let reference = match &existing.kms_key_arn {
            Some(configured) => Some(configured),
            None => state.bucket.fields().kms_key_arn.resolved()?,
        };
        Some(reference.and_then(|reference| KeyName::of(place, reference)))
    })
}

/// Whether a bucket may belong to another account. An existing bucket may, unless the configuration says that it
/// belongs to this one.
fn may_be_foreign(place: &Place, bucket: &DesiredBucket) -> bool {
    match bucket {
        DesiredBucket::Managed(_) => false,
        DesiredBucket::Existing(existing) => existing.account_id.as_ref() != Some(&place.account_id),
    }
}

#[cfg(test)]
mod tests;
