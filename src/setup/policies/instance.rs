//! The policy for the role of managed nodes: what a session needs on its node.
//!
//! Pure. Follows
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html>.
//! CloudWatch Logs itself uses the key of a log group, so nodes need no permission on it.

use serde_json::json;

use crate::account::Place;

use super::policy;
use super::statement::{KeyName, for_sessions, objects_arn, statement, through_s3};

/// Where the logs of sessions go, and which keys encrypt them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logging {
    /// The bucket.
    pub(crate) bucket_name: String,
    /// The prefix of the names of log objects.
    pub(crate) key_prefix: String,
    /// Whether the bucket may be another account's.
    pub(crate) may_be_foreign: bool,
    /// The customer key of the bucket.
    pub(crate) bucket_key: Option<KeyName>,
    /// The key of sessions; `None`: sessions are encrypted only with TLS.
    pub(crate) session_key: Option<KeyName>,
    /// The log group; `None` while CloudWatch Logs is off.
    pub(crate) log_group_name: Option<String>,
}

impl Logging {
    /// What a node does with log objects.
    pub(super) fn object_actions(&self) -> &'static [&'static str] {
        // The agent grants every object to the bucket's owner by an ACL, which needs a permission of its own between
        // accounts.
        if self.may_be_foreign { &["s3:PutObject", "s3:PutObjectAcl"] } else { &["s3:PutObject"] }
    }
}

/// What a node does with a key that encrypts the bucket: S3 decrypts the parts of a multipart upload.
pub(super) const BUCKET_KEY_ACTIONS: &[&str] = &["kms:Decrypt", "kms:GenerateDataKey"];

/// The policy.
pub(crate) fn instance_policy(place: &Place, logging: &Logging) -> String {
    let bucket = place.bucket_arn(&logging.bucket_name);
    let objects = objects_arn(&bucket, &logging.key_prefix);
    let mut statements = vec![
        statement(
            "Allow",
            "OpenSessions",
            &[
                "ssm:UpdateInstanceInformation",
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel",
            ],
            &["*"],
            json!({}),
        ),
        statement("Allow", "WriteLogsToBucket", logging.object_actions(), &[&objects], json!({})),
        statement("Allow", "CheckBucketEncryption", &["s3:GetEncryptionConfiguration"], &[&bucket], json!({})),
    ];
    if let Some(key) = &logging.bucket_key {
        let conditions = through_s3(place, key, &bucket, &objects);
        statements.push(key.statement("Allow", "EncryptLogsInBucket", BUCKET_KEY_ACTIONS, conditions));
    }
    if let Some(key) = &logging.session_key {
        statements.push(key.statement("Allow", "DecryptSessions", &["kms:Decrypt"], for_sessions()));
    }
    if let Some(name) = &logging.log_group_name {
        let group = place.log_group_arn(name);
        let streams = format!("{group}:*");
        statements.push(statement(
            "Allow",
            "WriteLogsToGroup",
            &["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            &[&group, &streams],
            json!({}),
        ));
        // The call lists all log groups; IAM cannot limit it to one.
        statements.push(statement("Allow", "FindGroup", &["logs:DescribeLogGroups"], &["*"], json!({})));
    }
    policy(statements, &[])
}
