//! The inputs: the attributes that the configuration sets, under the same names.
//!
//! Pure. Descriptions, defaults and rules are in [`crate::setup::schema`]. A plan and a state have every fixed default.

use std::collections::BTreeMap;

use terraform_plugin::framework::field::{Field, FieldSet};

use crate::account::{AssumeRole, Destination, Timeouts};
use crate::reconcile::Tags;
use crate::reconcile::bucket::{AccessLog, ObjectLock};

terraform_plugin::model! {
    /// All inputs.
    pub(crate) struct Inputs {
        /// The organization and environment that the setup belongs to.
        pub(crate) org: Org,
        /// The number of the spoke.
        pub(crate) spoke_def: String,
        /// Recorded; it changes nothing.
        pub(crate) is_hub: bool,
        /// Tags for every part.
        pub(crate) extra_tags: BTreeMap<String, Field<String>>,
        /// The region; null: the provider's.
        pub(crate) region: String,
        /// The role to act through.
        pub(crate) assume_role: AssumeRole,
        /// What is created, and how.
        pub(crate) settings: Settings,
        /// How long operations may take.
        pub(crate) timeouts: Timeouts,
    }

    /// `org`.
    pub(crate) struct Org {
        /// The organization; in tags only.
        pub(crate) organization_name: String,
        /// The organizational unit.
        pub(crate) organization_unit: String,
        /// The kind of environment.
        pub(crate) environment_type: String,
        /// The environment.
        pub(crate) environment_name: String,
    }

    /// `settings`.
    pub(crate) struct Settings {
        /// Whether a derived bucket name has a suffix.
        pub(crate) random_bucket_suffix: bool,
        /// Roles of managed nodes that may use key and bucket.
        pub(crate) allowed_iam_role_arns: FieldSet<String>,
        /// The key.
        pub(crate) kms: KmsSettings,
        /// Sessions.
        pub(crate) session: SessionSettings,
        /// How long logs are kept.
        pub(crate) audit: AuditSettings,
        /// The log group.
        pub(crate) cloudwatch: CloudwatchSettings,
        /// The bucket.
        pub(crate) bucket: BucketSettings,
        /// The document.
        pub(crate) document: DocumentSettings,
        /// Delegation.
        pub(crate) organization: OrganizationSettings,
    }

    /// `settings.kms`.
    pub(crate) struct KmsSettings {
        /// Whether a key is created.
        pub(crate) enabled: bool,
        /// The alias of an existing key, or empty.
        pub(crate) key_alias: String,
        /// The id or ARN of an existing key, or empty.
        pub(crate) key_id: String,
        /// Days between destroy and deletion.
        pub(crate) deletion_window: i32,
        /// Whether the key material is rotated.
        pub(crate) enable_key_rotation: bool,
        /// Days between rotations.
        pub(crate) rotation_period_in_days: i32,
        /// Whether the key is multi-Region.
        pub(crate) multi_region: bool,
        /// The alias, with or without "alias/"; null until it is derived.
        pub(crate) alias_name: String,
        /// Whether a destroy keeps the key.
        pub(crate) skip_destroy: bool,
        /// A policy document whose statements are added.
        pub(crate) policy_statements: String,
    }

    /// `settings.session`.
    pub(crate) struct SessionSettings {
        /// The operating-system user, or empty.
        pub(crate) run_as: String,
        /// Whether Run As is on; null until it is derived.
        pub(crate) run_as_enabled: bool,
        /// Idle minutes after which a session ends.
        pub(crate) timeout: u32,
        /// The maximum duration in minutes; 0: no maximum.
        pub(crate) max_duration: u32,
        /// Whether sessions are encrypted with the key.
        pub(crate) kms_encryption: bool,
        /// Commands at the start of a session.
        pub(crate) shell_profile: ShellProfile,
        /// The tags of the nodes that the user policy is limited to.
        pub(crate) node_tags: BTreeMap<String, Field<String>>,
    }

    /// `settings.session.shell_profile`.
    pub(crate) struct ShellProfile {
        /// Commands on Linux and macOS.
        pub(crate) linux: String,
        /// Commands on Windows.
        pub(crate) windows: String,
    }

    /// `settings.audit`.
    pub(crate) struct AuditSettings {
        /// Days until `STANDARD_IA`; 0: never.
        pub(crate) transition_days: i32,
        /// Days until `GLACIER`; 0: never.
        pub(crate) archive_days: i32,
        /// Years until expiration; 0: never.
        pub(crate) retention_years: i32,
        /// Days until noncurrent versions expire.
        pub(crate) noncurrent_days: i32,
        /// What the keys of the logs begin with that the lifecycle is for.
        pub(crate) prefix: String,
    }

    /// `settings.cloudwatch`.
    pub(crate) struct CloudwatchSettings {
        /// Whether logs go to CloudWatch Logs.
        pub(crate) enabled: bool,
        /// Whether the group is created.
        pub(crate) create: bool,
        /// Days; 0: never expire.
        pub(crate) retention: i32,
        /// Whether events are streamed.
        pub(crate) streaming: bool,
        /// The name; null until it is derived.
        pub(crate) log_group_name: String,
        /// Whether a destroy keeps the group.
        pub(crate) skip_destroy: bool,
    }

    /// `settings.bucket`.
    pub(crate) struct BucketSettings {
        /// The name; null until it is derived.
        pub(crate) name: String,
        /// The counterpart of `random_bucket_suffix`.
        pub(crate) random_suffix: bool,
        /// Whether the bucket is created.
        pub(crate) create: bool,
        /// The owner of an existing bucket that cannot be read from here.
        pub(crate) account_id: String,
        /// The key of an existing bucket that cannot be read from here.
        pub(crate) kms_key_arn: String,
        /// The prefix of the names of log objects.
        pub(crate) key_prefix: String,
        /// Whether a destroy empties the bucket.
        pub(crate) force_destroy: bool,
        /// Whether a destroy keeps the bucket.
        pub(crate) skip_destroy: bool,
        /// Whether versions are kept; null until it is derived.
        pub(crate) versioning: bool,
        /// Whether S3 uses a bucket key.
        pub(crate) bucket_key_enabled: bool,
        /// Who owns objects.
        pub(crate) object_ownership: String,
        /// The default retention.
        pub(crate) object_lock: ObjectLockSettings,
        /// Where access logs go.
        pub(crate) access_log: AccessLogSettings,
        /// A policy document whose statements are added.
        pub(crate) policy_statements: String,
    }

    /// `settings.bucket.object_lock`.
    pub(crate) struct ObjectLockSettings {
        /// `GOVERNANCE` or `COMPLIANCE`.
        pub(crate) mode: String,
        /// The days.
        pub(crate) days: i32,
    }

    /// `settings.bucket.access_log`.
    pub(crate) struct AccessLogSettings {
        /// The bucket that receives them.
        pub(crate) target_bucket: String,
        /// The prefix of their names.
        pub(crate) target_prefix: String,
    }

    /// `settings.document`.
    pub(crate) struct DocumentSettings {
        /// Whether the document is written.
        pub(crate) enabled: bool,
        /// What happens to a document that exists already.
        pub(crate) on_existing: String,
        /// What a destroy does with the document.
        pub(crate) on_destroy: String,
    }

    /// `settings.organization`.
    pub(crate) struct OrganizationSettings {
        /// Whether this is a delegation.
        pub(crate) delegated: bool,
        /// The member account.
        pub(crate) account_id: String,
        /// The services that are delegated.
        pub(crate) service_principals: FieldSet<String>,
        /// Whether trusted access is enabled first if it is missing.
        pub(crate) enable_trusted_access: bool,
    }
}

impl Inputs {
    /// The account and region that the inputs lead to.
    pub(crate) fn destination(&self) -> Destination {
        Destination { region: self.region.clone(), assume_role: self.assume_role.clone() }
    }

    /// Whether any of the role is unknown.
    pub(crate) fn assume_role_is_undecided(&self) -> bool {
        self.assume_role.is_unknown() || self.assume_role.known().is_some_and(|role| role.known().is_none())
    }

    /// `settings`.
    pub(crate) fn settings(&self) -> &Settings {
        self.settings.fields()
    }

    /// `settings.kms`.
    pub(crate) fn kms(&self) -> &KmsSettings {
        self.settings().kms.fields()
    }

    /// `settings.session`.
    pub(crate) fn session(&self) -> &SessionSettings {
        self.settings().session.fields()
    }

    /// `settings.audit`.
    pub(crate) fn audit(&self) -> &AuditSettings {
        self.settings().audit.fields()
    }

    /// `settings.cloudwatch`.
    pub(crate) fn cloudwatch(&self) -> &CloudwatchSettings {
        self.settings().cloudwatch.fields()
    }

    /// `settings.bucket`.
    pub(crate) fn bucket(&self) -> &BucketSettings {
        self.settings().bucket.fields()
    }

    /// `settings.document`.
    pub(crate) fn document(&self) -> &DocumentSettings {
        self.settings().document.fields()
    }

    /// `settings.organization`.
    pub(crate) fn organization(&self) -> &OrganizationSettings {
        self.settings().organization.fields()
    }

    /// Whether the inputs are those of a delegation.
    pub(crate) fn is_delegated(&self) -> bool {
        self.organization().delegated.is_true()
    }
}

impl BucketSettings {
    /// The lock in the form of S3; null without one, unknown while any field of it is.
    pub(crate) fn object_lock(&self) -> Field<ObjectLock> {
        let lock = |lock: &ObjectLockSettings| {
            Some(ObjectLock { mode: lock.mode.known()?.clone(), days: *lock.days.known()? })
        };
        converted(&self.object_lock, lock)
    }

    /// The access log in the form of S3; null without one, unknown while any field of it is.
    pub(crate) fn access_log(&self) -> Field<AccessLog> {
        let log = |log: &AccessLogSettings| {
            Some(AccessLog {
                target_bucket: log.target_bucket.known()?.clone(),
                target_prefix: log.target_prefix.resolved()?.cloned().unwrap_or_default(),
            })
        };
        converted(&self.access_log, log)
    }
}

/// Converts a group; unknown while any field that the conversion needs is.
fn converted<T, U>(group: &Field<T>, convert: impl FnOnce(&T) -> Option<U>) -> Field<U> {
    match group {
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
        Field::Known(group) => convert(group).map_or(Field::Unknown, Field::Known),
    }
}

/// The tags; `None` while a value is unknown.
pub(crate) fn known_tags(tags: &Field<BTreeMap<String, Field<String>>>) -> Option<Tags> {
    tags.known()?.iter().map(|(key, value)| Some((key.clone(), value.known()?.clone()))).collect()
}
