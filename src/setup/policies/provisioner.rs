//! The policy for the principal that this resource acts as: the calls that it makes, and no others.
//!
//! Pure. Follows the Service Authorization Reference,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>.
//! The tests compare it with the calls of [`crate::reconcile`]. STS `GetCallerIdentity` needs no permission, and the
//! permission to assume a role belongs to the principal that assumes it.

use serde_json::{Value, json};

use crate::account::Place;
use crate::reconcile::MARK_TAG;
use crate::reconcile::session_document::NAME as DOCUMENT_NAME;
use crate::setup::naming::mark;

use super::policy;
use super::statement::{KeyName, objects_arn, statement};

/// What is provisioned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Provisioned {
    /// The aliases of managed keys, retired ones too.
    pub(crate) alias_names: Vec<String>,
    /// Whether there are managed keys, with or without an alias.
    pub(crate) has_keys: bool,
    /// Whether a multi-Region key is created.
    pub(crate) multi_region: bool,
    /// An existing key.
    pub(crate) existing_key: Option<KeyName>,
    /// The managed buckets, retired ones too.
    pub(crate) buckets: Vec<String>,
    /// Whether a destroy empties the buckets.
    pub(crate) empties_buckets: bool,
    /// An existing bucket.
    pub(crate) existing_bucket: Option<String>,
    /// The managed log groups, retired ones too.
    pub(crate) log_groups: Vec<String>,
    /// An existing log group.
    pub(crate) existing_log_group: Option<String>,
}

/// The policy.
pub(crate) fn provisioner_policy(place: &Place, provisioned: &Provisioned) -> String {
    let mut statements = document(place);
    bucket(place, provisioned, &mut statements);
    log_group(place, provisioned, &mut statements);
    if provisioned.has_keys {
        keys(place, provisioned, &mut statements);
    }
    if let Some(key) = &provisioned.existing_key {
        statements.push(key.statement("Allow", "LookAtKey", &["kms:DescribeKey", "kms:GetKeyPolicy"], json!({})));
    }
    policy(statements, &[])
}

fn allow(sid: &str, actions: &[&str], resources: &[String]) -> Value {
    let resources: Vec<&str> = resources.iter().map(String::as_str).collect();
    statement("Allow", sid, actions, &resources, json!({}))
}

fn document(place: &Place) -> Vec<Value> {
    vec![
        allow(
            "WriteDocument",
            &[
                "ssm:AddTagsToResource",
                "ssm:CreateDocument",
                "ssm:DeleteDocument",
                "ssm:DescribeDocument",
                "ssm:GetDocument",
                "ssm:ListDocumentVersions",
                "ssm:RemoveTagsFromResource",
                "ssm:UpdateDocument",
                "ssm:UpdateDocumentDefaultVersion",
            ],
            &[place.document_arn(DOCUMENT_NAME)],
        ),
        allow("CountSessions", &["ssm:DescribeSessions"], &["*".to_owned()]),
    ]
}

fn bucket(place: &Place, provisioned: &Provisioned, statements: &mut Vec<Value>) {
    let arns: Vec<_> = provisioned.buckets.iter().map(|name| place.bucket_arn(name)).collect();
    if !arns.is_empty() {
        statements.push(allow("WriteBucket", BUCKET_ACTIONS, &arns));
    }
    if !arns.is_empty() && provisioned.empties_buckets {
        statements.push(allow("FindUploads", &["s3:ListBucketMultipartUploads"], &arns));
        let objects: Vec<_> = arns.iter().map(|arn| objects_arn(arn, "")).collect();
        let actions = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:DeleteObjectVersion"];
        statements.push(allow("EmptyBucket", &actions, &objects));
    }
    if let Some(name) = &provisioned.existing_bucket {
        statements.push(allow("LookAtBucket", &["s3:GetEncryptionConfiguration"], &[place.bucket_arn(name)]));
    }
}

/// What reading, creating, changing and deleting a bucket needs. Some IAM actions differ from the names of the calls.
const BUCKET_ACTIONS: &[&str] = &[
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:GetBucketAcl",
    "s3:GetBucketLogging",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListBucketVersions",
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
];

fn log_group(place: &Place, provisioned: &Provisioned, statements: &mut Vec<Value>) {
    // Some of these actions are authorized on the log group, some on its log streams.
    let arns = |names: &mut dyn Iterator<Item = &String>| -> Vec<String> {
        names.map(|name| place.log_group_arn(name)).flat_map(|arn| [format!("{arn}:*"), arn]).collect()
    };
    if !provisioned.log_groups.is_empty() {
        let actions = [
            "logs:AssociateKmsKey",
            "logs:CreateLogGroup",
            "logs:DeleteLogGroup",
            "logs:DeleteRetentionPolicy",
            "logs:DescribeLogStreams",
            "logs:DisassociateKmsKey",
            "logs:ListTagsForResource",
            "logs:PutRetentionPolicy",
            "logs:TagResource",
            "logs:UntagResource",
        ];
        statements.push(allow("WriteLogGroup", &actions, &arns(&mut provisioned.log_groups.iter())));
    }
    if let Some(name) = &provisioned.existing_log_group {
        statements.push(allow("LookAtLogGroup", &["logs:ListTagsForResource"], &arns(&mut std::iter::once(name))));
    }
    // The log group that a change deletes is not among the names after the change.
    statements.push(statement(
        "Allow",
        "DeleteLogGroup",
        &["logs:DeleteLogGroup", "logs:ListTagsForResource"],
        &[&place.log_group_arn("*")],
        marked(place),
    ));
    if !provisioned.log_groups.is_empty() || provisioned.existing_log_group.is_some() {
        statements.push(allow("FindLogGroup", &["logs:DescribeLogGroups"], &["*".to_owned()]));
    }
}

/// The condition that a part carries a mark of this account and region, whatever its system name: a key keeps the former
/// mark until its tags are written, a retired part permanently.
fn marked(place: &Place) -> Value {
    json!({"StringLike": {format!("aws:ResourceTag/{MARK_TAG}"): mark(place, "*")}})
}

/// The condition that a key without a mark is under no alias but these. That holds for a new key, whose tags and aliases
/// KMS takes up to five minutes to evaluate, and for an imported one, which gets its mark by the first update. It also
/// holds for a key of others without any alias, which nothing tells from a new one.
fn unmarked(alias_names: &[String]) -> Value {
    json!({
        "Null": {format!("aws:ResourceTag/{MARK_TAG}"): "true"},
        "ForAllValues:StringEquals": {"kms:ResourceAliases": alias_names},
    })
}

/// What creating, changing and repairing a key needs.
const KEY_ACTIONS: [&str; 9] = [
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DisableKeyRotation",
    "kms:EnableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
];

/// Keys have no names, so managed keys are identified by the mark among their tags.
fn keys(place: &Place, provisioned: &Provisioned, statements: &mut Vec<Value>) {
    let all_keys = place.key_arn("*");
    let make_with_mark = json!({"StringLike": {format!("aws:RequestTag/{MARK_TAG}"): mark(place, "*")}});
    statements.push(statement("Allow", "MakeKey", &["kms:CreateKey"], &["*"], make_with_mark));
    // A key that an interrupted apply left is searched among all keys.
    statements.push(allow("FindKey", &["kms:ListAliases", "kms:ListKeys"], &["*".to_owned()]));
    statements.push(allow(
        "ReadKeys",
        &["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
        std::slice::from_ref(&all_keys),
    ));
    // KMS authorizes each of these calls on the alias and on every key that it concerns, so that an alias is safe where
    // its key is. The alias that a change deletes is not among the names after the change.
    statements.push(allow(
        "NameKey",
        &["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
        &[place.alias_arn("alias/*")],
    ));
    // `CreateKey` succeeds only for a caller who may change the new key's policy afterwards.
    let aliases = &provisioned.alias_names;
    if !aliases.is_empty() {
        statements.push(statement("Allow", "FinishKey", &KEY_ACTIONS, &[&all_keys], unmarked(aliases)));
    }
    let removal = ["kms:CancelKeyDeletion", "kms:EnableKey", "kms:ScheduleKeyDeletion"];
    let managing: Vec<_> = KEY_ACTIONS.into_iter().chain(removal).collect();
    statements.push(statement("Allow", "ManageKey", &managing, &[&all_keys], marked(place)));
    if provisioned.multi_region {
        let role = format!(
            "arn:{}:iam::{}:role/aws-service-role/mrk.kms.amazonaws.com/AWSServiceRoleForKeyManagementServiceMultiRegionKeys",
            place.partition, place.account_id
        );
        statements.push(statement(
            "Allow",
            "LetKmsReplicate",
            &["iam:CreateServiceLinkedRole"],
            &[&role],
            json!({"StringEquals": {"iam:AWSServiceName": "mrk.kms.amazonaws.com"}}),
        ));
    }
}

#[cfg(test)]
mod tests;
