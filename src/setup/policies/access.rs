//! `policies` and `vpc_endpoint_services`: what those need who work with a setup.
//!
//! Pure. Planned with everything else, and unknown only where what they are made of is. A refresh lets them be, for
//! AWS has nothing to say about them; only what a state does not have yet, as after an import, is filled in.
//! Follows <https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html>.

use std::collections::BTreeSet;

use super::model::{Inputs, Known};
use super::naming::Place;
use super::policies::{self, GivenKeys, KeyName, Locked, Logging, Provisioned};
use super::state::{PartKind, Retired, State};
use super::wanted::{Bucket, Key, Wanted};
use terraform_plugin::framework::value::Value;
use crate::reconcile::policy;

/// Writes both attributes into a state in which `retired` and the bucket stand. A policy keeps the words it has in
/// `prior` where they mean the same.
pub fn write(value: &mut Value, prior: &Value, inputs: &Inputs, wanted: &Wanted) {
    let access = Access::of(value, inputs, wanted);
    let policies = access.policies().map(|(name, policy)| {
        let held = prior.at(&format!("policies.{name}"));
        let means_the_same = |policy: &Option<String>| policy::same(held.as_str(), policy.as_deref());
        let kept = !held.is_unknown() && policy.known().is_some_and(means_the_same);
        (name, if kept { held.clone() } else { policy.into() })
    });
    value.put("policies", Value::map(policies));
    value.put("vpc_endpoint_services", access.vpc_endpoint_services());
}

/// Fills in what a state does not have yet and what is known.
pub fn fill(value: &mut Value, inputs: &Inputs, wanted: &Wanted) {
    let mut filled = value.clone();
    write(&mut filled, &Value::Null, inputs, wanted);
    let known = |value: &Value| if value.is_unknown() { Value::Null } else { value.clone() };
    if value.at("policies").is_null() {
        let policies = filled.at("policies").as_map().into_iter().flatten();
        let policies = Value::map(policies.map(|(name, policy)| (name.as_str(), known(policy))));
        value.put("policies", policies);
    }
    if value.at("vpc_endpoint_services").is_null() {
        value.put("vpc_endpoint_services", known(filled.at("vpc_endpoint_services")));
    }
}

/// What both attributes are made of.
struct Access<'a> {
    inputs: &'a Inputs,
    wanted: &'a Wanted,
    /// The key of sessions and logs.
    key: Known<Option<KeyName>>,
    /// Where logs go, and what encrypts what.
    logging: Known<Logging>,
    /// Parts that are no longer used but kept.
    retired: Known<Vec<Retired>>,
}

impl<'a> Access<'a> {
    fn of(value: &Value, inputs: &'a Inputs, wanted: &'a Wanted) -> Self {
        let key = wanted.place.zip(&wanted.key).map(|(place, key)| key_name(place, key));
        let bucket_key = bucket_key(value, wanted, &key);
        let session_key =
            inputs.session.and_then(|session| if session.kms_encryption { key.clone() } else { Known::Value(None) });
        let logging = wanted.place.zip(&wanted.bucket).zip(&inputs.bucket).zip(&wanted.log_group);
        let logging = logging.zip(&bucket_key).zip(&session_key).map(
            |(((((place, bucket), settings), log_group), bucket_key), session_key)| Logging {
                bucket_name: bucket.name().to_owned(),
                key_prefix: settings.key_prefix.clone(),
                may_be_foreign: may_be_foreign(place, bucket),
                bucket_key: bucket_key.clone(),
                session_key: session_key.clone(),
                log_group_name: log_group.as_ref().map(|group| group.name.clone()),
            },
        );
        let retired =
            if value.at("retired").is_unknown() { Known::Unknown } else { Known::Value(State::read(value).retired) };
        Self { inputs, wanted, key, logging, retired }
    }

    /// The policies by name; none where there is nobody to hand it to.
    fn policies(&self) -> [(&'static str, Known<Option<String>>); 6] {
        let place = &self.wanted.place;
        let instance = place.zip(&self.logging).map(|(place, logging)| policies::instance_policy(place, logging));
        let session = place.zip(&self.inputs.session).zip(&self.key);
        let user = session.map(|((place, session), key)| {
            let key = key.as_ref().filter(|_| session.kms_encryption);
            policies::user_policy(place, key, &session.node_tags)
        });
        let some = |policy: Known<String>| policy.map(|policy| Some(policy.clone()));
        [
            ("instance", some(instance)),
            ("user", some(user)),
            ("preferences_lock", some(self.preferences_lock())),
            ("provisioner", some(self.provisioner())),
            ("bucket_owner", self.bucket_owner()),
            ("key_owner", self.key_owner()),
        ]
    }

    fn preferences_lock(&self) -> Known<String> {
        let Self { inputs, wanted, .. } = self;
        let parts = wanted.place.zip(&wanted.bucket).zip(&inputs.bucket).zip(&self.key).zip(&wanted.log_group);
        parts.zip(&inputs.assume_role).map(|(((((place, bucket), settings), key), log_group), role)| {
            let locked = Locked {
                bucket_name: bucket.name().to_owned(),
                key_prefix: settings.key_prefix.clone(),
                key: key.clone(),
                log_group_name: log_group.as_ref().map(|group| group.name.clone()),
                provisioner_arn: role.as_ref().map(|role| role.role_arn.clone()),
            };
            policies::preferences_lock(place, &locked)
        })
    }

    fn provisioner(&self) -> Known<String> {
        let Self { inputs, wanted, .. } = self;
        let parts = wanted.place.zip(&wanted.key).zip(&self.key).zip(&wanted.bucket);
        let parts = parts.zip(&inputs.bucket).zip(&wanted.log_group).zip(&self.retired);
        parts.map(|((((((place, key), name), bucket), settings), log_group), retired)| {
            let names = |part, wanted: Option<&String>| -> BTreeSet<String> {
                let retired = retired.iter().filter(|held| held.part == part).map(|held| held.name.clone());
                wanted.cloned().into_iter().chain(retired).collect()
            };
            let own = if let Key::Own(own) = key { Some(own) } else { None };
            let keys = names(PartKind::KmsKey, own.map(|own| &own.alias_name));
            let (own_bucket, given_bucket) = match bucket {
                Bucket::Own(own) => (Some(&own.name), None),
                Bucket::Given(given) => (None, Some(given.name.clone())),
            };
            let own_group = log_group.as_ref().filter(|group| group.own).map(|group| &group.name);
            let provisioned = Provisioned {
                has_keys: !keys.is_empty(),
                // A retired key that never had an alias is listed by its id.
                alias_names: keys.into_iter().filter(|name| name.starts_with("alias/")).collect(),
                multi_region: own.is_some_and(|own| own.multi_region),
                given_key: name.clone().filter(|_| own.is_none()),
                buckets: names(PartKind::Bucket, own_bucket).into_iter().collect(),
                empties_buckets: settings.force_destroy,
                given_bucket,
                log_groups: names(PartKind::LogGroup, own_group).into_iter().collect(),
                given_log_group: log_group.as_ref().filter(|group| !group.own).map(|group| group.name.clone()),
            };
            policies::provisioner_policy(place, &provisioned)
        })
    }

    fn bucket_owner(&self) -> Known<Option<String>> {
        match self.wanted.bucket.known() {
            None => Known::Unknown,
            Some(Bucket::Own(_)) => Known::Value(None),
            Some(Bucket::Given(_)) => {
                self.for_owners(|place, logging, roles| Some(policies::bucket_owner_policy(place, logging, roles)))
            }
        }
    }

    fn key_owner(&self) -> Known<Option<String>> {
        let (Some(key), Some(bucket)) = (self.wanted.key.known(), self.wanted.bucket.known()) else {
            return Known::Unknown;
        };
        let sessions = matches!(key, Key::Given(_));
        let bucket_is_given = matches!(bucket, Bucket::Given(_));
        if !sessions && !bucket_is_given {
            return Known::Value(None);
        }
        self.for_owners(|place, logging, roles| {
            let given = GivenKeys { sessions, bucket: logging.bucket_key.is_some() && (bucket_is_given || sessions) };
            (given.sessions || given.bucket).then(|| policies::key_owner_policy(place, logging, given, roles))
        })
    }

    fn for_owners(&self, of: impl FnOnce(&Place, &Logging, &[String]) -> Option<String>) -> Known<Option<String>> {
        self.wanted.place.zip(&self.logging).zip(&self.inputs.allowed_roles).map(|((place, logging), roles)| {
            let roles: Vec<_> = roles.iter().cloned().collect();
            of(place, logging, &roles)
        })
    }

    /// In every partition these five are named alike; S3's is that of a gateway endpoint. Session Manager itself does
    /// without `ec2messages`, which newer regions do not have.
    fn vpc_endpoint_services(&self) -> Value {
        let parts = self.wanted.place.zip(&self.wanted.log_group).zip(&self.wanted.key).zip(&self.inputs.session);
        match parts {
            Known::Unknown => Value::Unknown,
            Known::Value((((place, log_group), key), session)) => {
                let mut services = vec!["ssm", "ssmmessages", "s3"];
                services.extend(log_group.map(|_| "logs"));
                services.extend((key != Key::None && session.kms_encryption).then_some("kms"));
                Value::set(services.into_iter().map(|name| format!("com.amazonaws.{}.{name}", place.region).into()))
            }
        }
    }
}

fn key_name(place: &Place, key: &Key) -> Option<KeyName> {
    match key {
        Key::Own(own) => Some(KeyName::alias(place, &own.alias_name)),
        Key::Given(reference) => KeyName::of(place, reference),
        Key::None => None,
    }
}

/// What encrypts the bucket: the setup's key, or that of a given bucket as it was told or read.
fn bucket_key(value: &Value, wanted: &Wanted, key: &Known<Option<KeyName>>) -> Known<Option<KeyName>> {
    wanted.place.zip(&wanted.bucket).and_then(|(place, bucket)| {
        let Bucket::Given(given) = bucket else { return key.clone() };
        let read = value.at("bucket.kms_key_arn");
        match (&given.kms_key_arn, read) {
            (Some(told), _) => Known::Value(KeyName::of(place, told)),
            (None, Value::Unknown) => Known::Unknown,
            (None, read) => Known::Value(read.as_str().and_then(|reference| KeyName::of(place, reference))),
        }
    })
}

/// A given bucket is another account's unless it is told to be this one's.
fn may_be_foreign(place: &Place, bucket: &Bucket) -> bool {
    match bucket {
        Bucket::Own(_) => false,
        Bucket::Given(given) => given.account_id.as_ref() != Some(&place.account_id),
    }
}

#[cfg(test)]
mod tests;
