//! Statements for the owners of existing parts: a central bucket, a central key.
//!
//! Pure. Each is a complete policy document whose statements the owner adds to the existing policy. Their Sids contain
//! account and region, so that one policy can hold the statements of many setups.
//! Follows <https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html>
//! and <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>.

use serde_json::{Value, json};

use crate::account::Place;

use super::instance::{BUCKET_KEY_ACTIONS, Logging};
use super::statement::{for_sessions, objects_arn, through_s3};
use super::{KEY_USE_ACTIONS, policy, sorted};

/// Which keys are existing keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExistingKeys {
    /// Whether the key of sessions and log group is.
    pub(crate) sessions: bool,
    /// Whether the key of the bucket is.
    pub(crate) bucket: bool,
}

/// The statements for a central bucket. `role_arns` are the roles of nodes; without them the whole account is allowed,
/// and its own policies decide.
pub(crate) fn bucket_owner_policy(place: &Place, logging: &Logging, role_arns: &[String]) -> String {
    let bucket = place.bucket_arn(&logging.bucket_name);
    let objects = objects_arn(&bucket, &logging.key_prefix);
    let statements = vec![
        allow(place, "WriteSessionLogs", &nodes(place, role_arns), logging.object_actions(), &objects, json!({})),
        // Nodes check the encryption before a session, and this resource when it observes the bucket.
        allow(
            place,
            "CheckEncryption",
            &json!({"AWS": place.root_arn()}),
            &["s3:GetEncryptionConfiguration"],
            &bucket,
            json!({}),
        ),
    ];
    policy(statements, &[])
}

/// The statements for a central key, or for both if the bucket and the sessions have different keys. No statement
/// allows more than the bucket, the log group and the sessions of this setup need.
pub(crate) fn key_owner_policy(
    place: &Place,
    logging: &Logging,
    existing: ExistingKeys,
    role_arns: &[String],
) -> String {
    let account = json!({"AWS": place.root_arn()});
    let nodes = nodes(place, role_arns);
    let mut statements = vec![allow(place, "LookAtKey", &account, &["kms:DescribeKey"], "*", json!({}))];
    if let Some(key) = logging.bucket_key.as_ref().filter(|_| existing.bucket) {
        let bucket = place.bucket_arn(&logging.bucket_name);
        let conditions = through_s3(place, key, &bucket, &objects_arn(&bucket, &logging.key_prefix));
        statements.push(allow(place, "EncryptSessionLogs", &nodes, BUCKET_KEY_ACTIONS, "*", conditions));
    }
    if existing.sessions && logging.session_key.is_some() {
        statements.push(allow(place, "DecryptSessions", &nodes, &["kms:Decrypt"], "*", for_sessions()));
        statements.push(allow(place, "EncryptSessions", &account, &["kms:GenerateDataKey"], "*", for_sessions()));
    }
    if let Some(name) = logging.log_group_name.as_ref().filter(|_| existing.sessions) {
        let logs = json!({"Service": format!("logs.{}.{}", place.region, place.dns_suffix)});
        let group = json!({"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": place.log_group_arn(name)}});
        statements.push(allow(place, "EncryptLogGroup", &logs, &KEY_USE_ACTIONS, "*", group));
    }
    policy(statements, &[])
}

/// The principal of nodes.
fn nodes(place: &Place, role_arns: &[String]) -> Value {
    if role_arns.is_empty() { json!({"AWS": place.root_arn()}) } else { json!({"AWS": sorted(role_arns)}) }
}

fn allow(place: &Place, what: &str, principal: &Value, actions: &[&str], resource: &str, conditions: Value) -> Value {
    let sid = format!("{what}{}{}", place.account_id, place.region.replace('-', ""));
    let mut statement = crate::setup::policies::statement::statement("Allow", &sid, actions, &[resource], conditions);
    if let Some(members) = statement.as_object_mut() {
        members.insert("Principal".to_owned(), principal.clone());
    }
    statement
}
