//! The desired state of each part, derived from the inputs, the place and the prior state.
//!
//! Pure. Plan and apply both start from here, so that what is planned and what is written are the same.

pub(crate) mod content;
pub(crate) mod names;
pub(crate) mod specs;
pub(crate) mod transition;

use std::collections::BTreeSet;

use serde_json::Value as Json;
use terraform_plugin::framework::field::{Field, MaybeUnknown};

use crate::account::Place;
use crate::reconcile::Tags;
use crate::reconcile::bucket::{AccessLog, Lifecycle, ObjectLock};
use crate::setup::model::inputs::AuditSettings;
use crate::setup::model::state::{PartKind, State};
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::naming::{self, Organization};
use crate::setup::policies;

pub(crate) use names::DesiredNames;

/// The description of a managed key.
pub(crate) const KEY_DESCRIPTION: &str = "KMS Key for SSM Documents managed by Session Management Module";

/// The key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DesiredKey {
    /// A key that this setup creates.
    Managed(ManagedKey),
    /// An existing key: its id, ARN, alias or alias ARN.
    Existing(String),
    /// No customer key.
    None,
}

impl DesiredKey {
    /// Whether it is a managed key under this alias.
    pub(crate) fn has_alias(&self, alias: &str) -> bool {
        matches!(self, Self::Managed(key) if key.alias_name == alias)
    }
}

/// A key that this setup creates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ManagedKey {
    /// The alias, with "alias/".
    pub(crate) alias_name: String,
    /// The policy.
    pub(crate) policy: MaybeUnknown<String>,
    /// Whether the key material is rotated.
    pub(crate) rotation_enabled: bool,
    /// Days between rotations.
    pub(crate) rotation_period_in_days: i32,
    /// Whether it is multi-Region.
    pub(crate) multi_region: bool,
}

/// The log group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DesiredLogGroup {
    /// The name.
    pub(crate) name: String,
    /// Whether this setup creates it.
    pub(crate) managed: bool,
    /// Days that events are kept; `None`: forever.
    pub(crate) retention_in_days: Option<i32>,
}

/// The bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DesiredBucket {
    /// A bucket that this setup creates.
    Managed(ManagedBucket),
    /// An existing bucket.
    Existing(ExistingBucket),
}

impl DesiredBucket {
    /// The name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Managed(bucket) => &bucket.name,
            Self::Existing(bucket) => &bucket.name,
        }
    }
}

/// A bucket that this setup creates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ManagedBucket {
    /// The name.
    pub(crate) name: String,
    /// The policy.
    pub(crate) policy: MaybeUnknown<String>,
    /// The lifecycle of objects, for a bucket that keeps versions.
    pub(crate) lifecycle: MaybeUnknown<Lifecycle>,
    /// Whether versions are kept.
    pub(crate) versioning: bool,
    /// Whether noncurrent versions expire. Versions remain after versioning is suspended, and so does the rule that
    /// expires them. Unknown until the bucket is observed.
    pub(crate) versions_expire: MaybeUnknown<bool>,
    /// Whether S3 uses a bucket key.
    pub(crate) bucket_key_enabled: bool,
    /// Who owns objects.
    pub(crate) object_ownership: String,
    /// The default retention.
    pub(crate) object_lock: Option<ObjectLock>,
    /// Where access logs go.
    pub(crate) access_log: Option<AccessLog>,
}

impl ManagedBucket {
    /// The lifecycle with or without a rule for versions.
    pub(crate) fn lifecycle_of(&self, versions_expire: bool) -> MaybeUnknown<Lifecycle> {
        self.lifecycle.map(|lifecycle| Lifecycle {
            noncurrent_days: lifecycle.noncurrent_days.filter(|_| versions_expire),
            ..lifecycle.clone()
        })
    }
}

/// An existing bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExistingBucket {
    /// The name.
    pub(crate) name: String,
    /// The owner, if the configuration sets it.
    pub(crate) account_id: Option<String>,
    /// The key, if the configuration sets it.
    pub(crate) kms_key_arn: Option<String>,
}

impl ExistingBucket {
    /// Whether the configuration sets the owner or the key of a bucket that this account cannot read.
    pub(crate) fn is_described(&self) -> bool {
        self.account_id.is_some() || self.kms_key_arn.is_some()
    }
}

/// The desired state of all parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Desired {
    /// The account and region.
    pub(crate) place: MaybeUnknown<Place>,
    /// The names.
    pub(crate) names: DesiredNames,
    /// The mark that all parts carry.
    pub(crate) mark: MaybeUnknown<String>,
    /// The tags of all parts, without the mark and the stamp.
    pub(crate) tags: MaybeUnknown<Tags>,
    /// The key.
    pub(crate) key: MaybeUnknown<DesiredKey>,
    /// The log group; `None` while CloudWatch Logs is off.
    pub(crate) log_group: MaybeUnknown<Option<DesiredLogGroup>>,
    /// The bucket.
    pub(crate) bucket: MaybeUnknown<DesiredBucket>,
    /// Whether the document is written.
    pub(crate) document: MaybeUnknown<bool>,
}

/// The sources that the desired state of a part is derived from.
struct Sources<'a> {
    inputs: &'a Inputs,
    place: &'a MaybeUnknown<Place>,
    names: &'a DesiredNames,
    prior: &'a State,
}

impl Desired {
    /// Derives the desired state from `inputs` at `place`, for the prior state `prior`.
    pub(crate) fn derive(
        inputs: &Inputs,
        place: &MaybeUnknown<Place>,
        default_tags: &MaybeUnknown<Tags>,
        prior: &SetupModel,
    ) -> Self {
        let names = DesiredNames::derive(inputs, place, prior.inputs.bucket().name.text());
        let mark = MaybeUnknown::from_known(|| Some(naming::mark(place.known()?, names.system_name.known()?)));
        let sources = Sources { inputs, place, names: &names, prior: &prior.state };
        let log_group = sources.log_group();
        Self {
            place: place.clone(),
            mark,
            tags: MaybeUnknown::from_known(|| tags(inputs, default_tags)),
            key: MaybeUnknown::from_known(|| sources.key(&log_group)),
            log_group,
            bucket: MaybeUnknown::from_known(|| sources.bucket()),
            document: MaybeUnknown::from_known(|| inputs.document().enabled.known().copied()),
            names,
        }
    }
}

fn tags(inputs: &Inputs, default_tags: &MaybeUnknown<Tags>) -> Option<Tags> {
    let org = inputs.org.fields();
    let organization = Organization {
        name: org.organization_name.text()?,
        unit: org.organization_unit.text()?,
        environment_name: org.environment_name.text()?,
        environment_type: org.environment_type.text()?,
    };
    let extra = inputs.extra_tags.known()?.iter();
    let extra: Option<_> = extra.map(|(key, value)| Some((key.clone(), value.resolved()?.cloned()))).collect();
    Some(naming::tags(&organization, default_tags.known()?, &extra?))
}

impl Sources<'_> {
    fn log_group(&self) -> MaybeUnknown<Option<DesiredLogGroup>> {
        let settings = self.inputs.cloudwatch();
        MaybeUnknown::from_known(|| {
            // It decides what becomes of the log group in use, and so of the policies that name it.
            settings.skip_destroy.resolved()?;
            if !*settings.enabled.known()? {
                return Some(None);
            }
            let retention = *settings.retention.known()?;
            Some(Some(DesiredLogGroup {
                name: self.names.log_group.known()?.clone(),
                managed: *settings.create.known()?,
                retention_in_days: (retention != 0).then_some(retention),
            }))
        })
    }

    fn key(&self, log_group: &MaybeUnknown<Option<DesiredLogGroup>>) -> Option<DesiredKey> {
        let settings = self.inputs.kms();
        if !*settings.enabled.known()? {
            let (key_id, key_alias) = (settings.key_id.known()?, settings.key_alias.known()?);
            return Some(if !key_id.is_empty() {
                DesiredKey::Existing(key_id.clone())
            } else if key_alias.is_empty() {
                DesiredKey::None
            } else {
                DesiredKey::Existing(naming::alias_name(key_alias))
            });
        }
        let policy = MaybeUnknown::from_known(|| {
            let (place, log_group) = (self.place.known()?, log_group.known()?);
            let mut groups: BTreeSet<_> = log_group.iter().map(|group| place.log_group_arn(&group.name)).collect();
            groups.extend(self.kept_groups(log_group.as_ref()));
            let roles = &self.inputs.settings().allowed_iam_role_arns.elements()?;
            let statements = settings.policy_statements.resolved()?;
            policies::managed_key_policy(place, &groups, roles, statements.map(String::as_str))
        });
        Some(DesiredKey::Managed(ManagedKey {
            alias_name: self.names.alias_name.known()?.clone(),
            policy,
            rotation_enabled: *settings.enable_key_rotation.known()?,
            rotation_period_in_days: *settings.rotation_period_in_days.known()?,
            multi_region: *settings.multi_region.known()?,
        }))
    }

    /// The ARNs of log groups that are retired, or will be: their events stay encrypted with the key.
    fn kept_groups(&self, desired: Option<&DesiredLogGroup>) -> BTreeSet<String> {
        let is_desired = |name: &str| desired.is_some_and(|desired| desired.name == name);
        let retired = self.prior.retired().iter();
        let retired = retired.filter(|part| part.part == PartKind::LogGroup && !is_desired(&part.name));
        let kept = !self.inputs.cloudwatch().skip_destroy.is_false();
        let group = self.prior.managed_log_group().filter(|group| kept && !group.name.text().is_some_and(is_desired));
        retired.map(|part| &part.arn).chain(group.and_then(|group| group.arn.known())).cloned().collect()
    }

    fn bucket(&self) -> Option<DesiredBucket> {
        let settings = self.inputs.bucket();
        let name = self.names.bucket.known()?.clone();
        if !*settings.create.known()? {
            return Some(DesiredBucket::Existing(ExistingBucket {
                name,
                account_id: settings.account_id.resolved()?.cloned(),
                kms_key_arn: settings.kms_key_arn.resolved()?.cloned(),
            }));
        }
        let object_lock = settings.object_lock().resolved()?.cloned();
        let versioning = settings.versioning.resolved()?.copied().unwrap_or(object_lock.is_some());
        // A suspended bucket without such a rule, as the module creates it, gets none: what is kept forever is not
        // deleted unasked.
        let prior_bucket = self.prior.managed_bucket().filter(|bucket| bucket.name.is(&name));
        let versions_expire = match prior_bucket {
            _ if versioning => MaybeUnknown::Known(true),
            Some(bucket) => MaybeUnknown::Known(bucket.lifecycle.fields().noncurrent_days.is_known()),
            None => MaybeUnknown::Unknown,
        };
        let policy = MaybeUnknown::from_known(|| {
            let roles = &self.inputs.settings().allowed_iam_role_arns.elements()?;
            let statements = settings.policy_statements.resolved()?.map(String::as_str);
            policies::managed_bucket_policy(self.place.known()?, &name, roles, statements)
        });
        Some(DesiredBucket::Managed(ManagedBucket {
            policy,
            lifecycle: MaybeUnknown::from_known(|| lifecycle(self.inputs.audit())),
            versioning,
            versions_expire,
            bucket_key_enabled: *settings.bucket_key_enabled.known()?,
            object_ownership: settings.object_ownership.known()?.clone(),
            object_lock,
            access_log: settings.access_log().resolved()?.cloned(),
            name,
        }))
    }
}

fn lifecycle(audit: &AuditSettings) -> Option<Lifecycle> {
    let days = |days: i32| (days != 0).then_some(days);
    Some(Lifecycle {
        prefix: audit.prefix.known()?.clone(),
        transition_days: days(*audit.transition_days.known()?),
        archive_days: days(*audit.archive_days.known()?),
        expiration_days: days(audit.retention_years.known()? * 365),
        noncurrent_days: Some(*audit.noncurrent_days.known()?),
    })
}

impl Desired {
    /// The content of the document, once the ARN of the key is known; a null ARN means no customer key.
    pub(crate) fn content(&self, inputs: &Inputs, key_arn: &Field<String>) -> MaybeUnknown<Json> {
        MaybeUnknown::from_known(|| content::content(self, inputs, key_arn.resolved()?.map(String::as_str)))
    }
}
