//! The policy that denies changes of the preferences and deletion of logs, for a service control policy or a
//! permissions boundary.
//!
//! Pure. It only denies and grants nothing; a permissions boundary also needs a statement that allows. The role of
//! `assume_role` is exempt. Without one the policy also denies the provider, so it must not apply to the provider's
//! principal.
//! Follows <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_syntax.html>.

use serde_json::{Value, json};

use crate::account::Place;
use crate::reconcile::session_document::NAME as DOCUMENT_NAME;

use super::policy;
use super::statement::{KeyName, objects_arn, statement};

/// What is locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Locked {
    /// The bucket.
    pub(crate) bucket_name: String,
    /// The prefix of the names of log objects.
    pub(crate) key_prefix: String,
    /// The key.
    pub(crate) key: Option<KeyName>,
    /// The log group.
    pub(crate) log_group_name: Option<String>,
    /// The role that is exempt.
    pub(crate) provisioner_arn: Option<String>,
}

/// The policy.
pub(crate) fn preferences_lock(place: &Place, locked: &Locked) -> String {
    let others = || match &locked.provisioner_arn {
        Some(arn) => json!({"ArnNotEquals": {"aws:PrincipalArn": arn}}),
        None => json!({}),
    };
    let deny = |sid: &str, actions: &[&str], resources: &[&str]| statement("Deny", sid, actions, resources, others());
    let bucket = place.bucket_arn(&locked.bucket_name);
    let mut statements = vec![
        deny(
            "LockDocument",
            &[
                "ssm:AddTagsToResource",
                "ssm:CreateDocument",
                "ssm:DeleteDocument",
                "ssm:ModifyDocumentPermission",
                "ssm:RemoveTagsFromResource",
                "ssm:UpdateDocument",
                "ssm:UpdateDocumentDefaultVersion",
            ],
            &[&place.document_arn(DOCUMENT_NAME)],
        ),
        deny(
            "LockBucket",
            &[
                "s3:DeleteBucket",
                "s3:DeleteBucketPolicy",
                "s3:PutBucketAcl",
                "s3:PutBucketLogging",
                "s3:PutBucketObjectLockConfiguration",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPolicy",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
                "s3:TagResource",
                "s3:UntagResource",
            ],
            &[&bucket],
        ),
        deny(
            "LockLogs",
            &["s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"],
            &[&objects_arn(&bucket, &locked.key_prefix)],
        ),
    ];
    if let Some(key) = &locked.key {
        statements.push(key.statement("Deny", "LockKey", KEY_ACTIONS, others()));
    }
    if let Some(KeyName::Alias { keys_arn, alias_name }) = &locked.key {
        // The statement above finds the key only by its alias.
        let alias = keys_arn.replace("key/*", alias_name);
        statements.push(deny("LockAlias", &["kms:DeleteAlias", "kms:UpdateAlias"], &[&alias]));
    }
    if let Some(name) = &locked.log_group_name {
        statements.push(lock_group(place, name, &deny));
    }
    policy(statements, &[])
}

const KEY_ACTIONS: &[&str] = &[
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
];

fn lock_group(place: &Place, name: &str, deny: &impl Fn(&str, &[&str], &[&str]) -> Value) -> Value {
    let group = place.log_group_arn(name);
    deny(
        "LockLogGroup",
        &[
            "logs:AssociateKmsKey",
            "logs:DeleteLogGroup",
            "logs:DeleteLogStream",
            "logs:DeleteRetentionPolicy",
            "logs:DisassociateKmsKey",
            "logs:PutRetentionPolicy",
            "logs:TagResource",
            "logs:UntagResource",
        ],
        &[&group, &format!("{group}:*")],
    )
}
