//! The computed attributes of a plan and a state.
//!
//! Pure. An attribute is null if the mode or a switch makes no such part, or if it is not read of an existing part. It
//! is unknown if AWS or the apply decides it.

use std::collections::{BTreeMap, BTreeSet};

use terraform_plugin::framework::field::Field;
use terraform_plugin::framework::model::{Model, ModelError};
use terraform_plugin::framework::path::Path;

use crate::reconcile::bucket::{self, AccessLog, ObjectLock, PublicAccessBlock};
use crate::reconcile::{Tags, policy};

terraform_plugin::model! {
    /// All computed attributes.
    pub(crate) struct State {
        /// Account and region, or the account and its delegation.
        pub(crate) id: String,
        /// The account of the caller.
        pub(crate) account_id: String,
        /// The partition of the account.
        pub(crate) partition: String,
        /// The name that other names are derived from.
        pub(crate) system_name: String,
        /// The tags of all parts, without the mark and the stamp.
        pub(crate) tags_all: Tags,
        /// The key.
        pub(crate) kms_key: KmsKey,
        /// The bucket.
        pub(crate) bucket: Bucket,
        /// The log group.
        pub(crate) log_group: LogGroup,
        /// The document.
        pub(crate) document: Document,
        /// The content of the document before it was adopted.
        pub(crate) previous_document: String,
        /// Delegations by service principal.
        pub(crate) delegations: BTreeMap<String, Delegation>,
        /// Parts that are no longer used but kept.
        pub(crate) retired: Vec<Retired>,
        /// The stamp.
        pub(crate) stamp: String,
        /// The differences between AWS and the desired state.
        pub(crate) drift: Vec<String>,
        /// Policies for nodes, users and administrators.
        pub(crate) policies: Policies,
        /// The endpoint services that nodes without internet access need.
        pub(crate) vpc_endpoint_services: BTreeSet<String>,
    }

    /// `kms_key`. The policy, the rotation and the tags of an existing key are not read.
    pub(crate) struct KmsKey {
        /// The ARN.
        pub(crate) arn: String,
        /// The id.
        pub(crate) key_id: String,
        /// The alias, with "alias/".
        pub(crate) alias_name: String,
        /// The ARN of the alias.
        pub(crate) alias_arn: String,
        /// Whether this setup created it.
        pub(crate) created: bool,
        /// The description.
        pub(crate) description: String,
        /// The policy.
        pub(crate) policy: String,
        /// Whether the key material is rotated.
        pub(crate) rotation_enabled: bool,
        /// Days between rotations.
        pub(crate) rotation_period_in_days: i32,
        /// Whether it is multi-Region.
        pub(crate) multi_region: bool,
        /// The state, such as `Enabled`.
        pub(crate) state: String,
        /// The tags.
        pub(crate) tags: Tags,
    }

    /// `bucket`. Only the name, the region and the encryption of an existing bucket are read.
    pub(crate) struct Bucket {
        /// The name.
        pub(crate) name: String,
        /// The ARN.
        pub(crate) arn: String,
        /// The region.
        pub(crate) region: String,
        /// Whether this setup created it.
        pub(crate) created: bool,
        /// The policy.
        pub(crate) policy: String,
        /// The algorithm of the default encryption.
        pub(crate) sse_algorithm: String,
        /// The key of the default encryption.
        pub(crate) kms_key_arn: String,
        /// Whether S3 uses a bucket key.
        pub(crate) bucket_key_enabled: bool,
        /// Who owns objects.
        pub(crate) object_ownership: String,
        /// `Enabled`, `Suspended`, or empty.
        pub(crate) versioning: String,
        /// The public access block.
        pub(crate) public_access_block: PublicAccessBlock,
        /// The lifecycle of objects.
        pub(crate) lifecycle: Lifecycle,
        /// The default retention.
        pub(crate) object_lock: ObjectLock,
        /// Where access logs go.
        pub(crate) access_log: AccessLog,
        /// The tags.
        pub(crate) tags: Tags,
    }

    /// `bucket.lifecycle`: [`bucket::Lifecycle`] with fields that may be unknown in a plan.
    pub(crate) struct Lifecycle {
        /// What the keys of these logs begin with.
        pub(crate) prefix: String,
        /// Days until `STANDARD_IA`.
        pub(crate) transition_days: i32,
        /// Days until `GLACIER`.
        pub(crate) archive_days: i32,
        /// Days until expiration.
        pub(crate) expiration_days: i32,
        /// Days until noncurrent versions expire.
        pub(crate) noncurrent_days: i32,
    }

    /// `log_group`.
    pub(crate) struct LogGroup {
        /// The name.
        pub(crate) name: String,
        /// The ARN.
        pub(crate) arn: String,
        /// Whether this setup created it.
        pub(crate) created: bool,
        /// When it was created, in milliseconds since 1970.
        pub(crate) creation_time: i64,
        /// Days that events are kept; null: forever.
        pub(crate) retention_in_days: i32,
        /// The key that new events are encrypted with.
        pub(crate) kms_key_arn: String,
        /// The tags.
        pub(crate) tags: Tags,
    }

    /// `document`. The hash, the versions and the status are null after a write without a response.
    pub(crate) struct Document {
        /// The name.
        pub(crate) name: String,
        /// The ARN.
        pub(crate) arn: String,
        /// The content, canonical JSON.
        pub(crate) content: String,
        /// The default version.
        pub(crate) default_version: String,
        /// The latest version.
        pub(crate) latest_version: String,
        /// The status, such as `Active`.
        pub(crate) status: String,
        /// The hash of the latest version.
        pub(crate) hash: String,
        /// Whether it existed before and was taken over.
        pub(crate) adopted: bool,
        /// The tags.
        pub(crate) tags: Tags,
    }

    /// An element of `delegations`.
    pub(crate) struct Delegation {
        /// The delegated administrator.
        pub(crate) account_id: String,
        /// Whether this resource registered it.
        pub(crate) registered: bool,
        /// When it was registered, in RFC 3339, if that is known.
        pub(crate) delegation_enabled_at: String,
    }

    /// `policies`; each is null if nobody needs it.
    pub(crate) struct Policies {
        /// For the role of managed nodes.
        pub(crate) instance: String,
        /// For users who start sessions.
        pub(crate) user: String,
        /// Denies changes of the preferences.
        pub(crate) preferences_lock: String,
        /// For the principal that the resource acts as.
        pub(crate) provisioner: String,
        /// Statements for the policy of an existing bucket.
        pub(crate) bucket_owner: String,
        /// Statements for the policy of an existing key.
        pub(crate) key_owner: String,
    }
}

terraform_plugin::record!(for PublicAccessBlock {
    block_public_acls: bool,
    block_public_policy: bool,
    ignore_public_acls: bool,
    restrict_public_buckets: bool,
});
terraform_plugin::record!(for ObjectLock { mode: String, days: i32 });
terraform_plugin::record!(for AccessLog { target_bucket: String, target_prefix: String });

/// An element of `retired`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retired {
    /// The kind of part.
    pub(crate) part: PartKind,
    /// The name: a bucket's, a log group's, a key's alias or id.
    pub(crate) name: String,
    /// The ARN.
    pub(crate) arn: String,
    /// Why it is kept.
    pub(crate) reason: String,
}

terraform_plugin::record!(for Retired { part: PartKind, name: String, arn: String, reason: String });

/// The kinds of parts that can be retired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartKind {
    /// A KMS key.
    KmsKey,
    /// A bucket.
    Bucket,
    /// A log group.
    LogGroup,
}

impl PartKind {
    const ALL: [Self; 3] = [Self::KmsKey, Self::Bucket, Self::LogGroup];

    /// The name in a state.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::KmsKey => "kms_key",
            Self::Bucket => "bucket",
            Self::LogGroup => "log_group",
        }
    }

    /// The name in a sentence.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::KmsKey => "key",
            Self::Bucket => "bucket",
            Self::LogGroup => "log group",
        }
    }
}

terraform_plugin::keyword!(for PartKind);

impl Retired {
    /// A retired part.
    pub(crate) fn new(part: PartKind, name: &str, arn: &str, reason: &str) -> Self {
        Self { part, name: name.to_owned(), arn: arn.to_owned(), reason: reason.to_owned() }
    }

    /// Whether it is the part of this kind and name.
    pub(crate) fn is(&self, part: PartKind, name: &str) -> bool {
        self.part == part && self.name == name
    }

    /// Whether it is the key that a reference in any form that AWS accepts (id, ARN or alias) means.
    pub(crate) fn is_key(&self, reference: &str) -> bool {
        let by_name = || reference.strip_suffix(&self.name).is_some_and(|place| self.arn.starts_with(place));
        self.part == PartKind::KmsKey
            && (reference == self.arn || self.arn.ends_with(&format!("/{reference}")) || by_name())
    }
}

impl Delegation {
    /// The delegation to an account.
    pub(crate) fn of(account_id: &str, registered: bool, enabled_at: Option<&str>) -> Self {
        Self { account_id: account_id.into(), registered: registered.into(), delegation_enabled_at: enabled_at.into() }
    }
}

impl From<&bucket::Lifecycle> for Lifecycle {
    fn from(lifecycle: &bucket::Lifecycle) -> Self {
        Self {
            prefix: lifecycle.prefix.clone().into(),
            transition_days: lifecycle.transition_days.into(),
            archive_days: lifecycle.archive_days.into(),
            expiration_days: lifecycle.expiration_days.into(),
            noncurrent_days: lifecycle.noncurrent_days.into(),
        }
    }
}

/// A policy in its prior spelling if that means the same.
pub(crate) fn spelled_as(prior: &Field<String>, policy: Field<String>) -> Field<String> {
    match (prior.text(), policy.text()) {
        (Some(one), Some(other)) if policy::same(Some(one), Some(other)) => prior.clone(),
        _ => policy,
    }
}

impl State {
    /// The key, if this setup created it.
    pub(crate) fn managed_key(&self) -> Option<&KmsKey> {
        self.kms_key.known().filter(|key| key.created.is_true())
    }

    /// The bucket, if this setup created it.
    pub(crate) fn managed_bucket(&self) -> Option<&Bucket> {
        self.bucket.known().filter(|bucket| bucket.created.is_true())
    }

    /// The log group, if this setup created it.
    pub(crate) fn managed_log_group(&self) -> Option<&LogGroup> {
        self.log_group.known().filter(|group| group.created.is_true())
    }

    /// Whether the state has a part of a kind, managed or existing.
    pub(crate) fn has(&self, kind: PartKind) -> bool {
        match kind {
            PartKind::KmsKey => self.kms_key.is_known(),
            PartKind::Bucket => self.bucket.is_known(),
            PartKind::LogGroup => self.log_group.is_known(),
        }
    }

    /// Whether every part has what it is identified by.
    ///
    /// # Errors
    /// The first name or ARN that is missing.
    pub(crate) fn identified(&self) -> Result<(), ModelError> {
        let key = self.kms_key.known().map(|key| [("kms_key.arn", &key.arn), ("kms_key.key_id", &key.key_id)]);
        let bucket = self.bucket.known().map(|bucket| [("bucket.name", &bucket.name), ("bucket.arn", &bucket.arn)]);
        let group = self.log_group.known();
        let group = group.map(|group| [("log_group.name", &group.name), ("log_group.arn", &group.arn)]);
        match [key, bucket, group].into_iter().flatten().flatten().find(|(_, text)| !text.is_known()) {
            Some((path, text)) => Err(ModelError { path: Path::of(path), ..ModelError::new("text", &text.write()) }),
            None => Ok(()),
        }
    }

    /// The retired parts.
    pub(crate) fn retired(&self) -> &[Retired] {
        self.retired.known().map(Vec::as_slice).unwrap_or_default()
    }

    /// This state with the parts, the stamp and the drift of another one.
    pub(crate) fn with_parts_of(&self, other: &Self) -> Self {
        let Self { kms_key, bucket, log_group, document, previous_document, retired, stamp, drift, .. } = other.clone();
        Self { kms_key, bucket, log_group, document, previous_document, retired, stamp, drift, ..self.clone() }
    }

    /// Whether the state has no part that this setup created.
    pub(crate) fn has_no_managed_parts(&self) -> bool {
        self.managed_key().is_none()
            && self.managed_log_group().is_none()
            && self.managed_bucket().is_none()
            && !self.document.is_known()
            && self.retired().is_empty()
    }
}
