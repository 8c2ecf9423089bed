//! Statements for those who own what is given from outside: a central bucket, a central key.
//!
//! Each is a whole policy document whose statements go into the policy that stands there. Their Sids name account and
//! region, so that many setups fit into one policy.
//! Follows <https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html>
//! and <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html>.

use serde_json::{Value, json};

use crate::account::Place;
use crate::setup::policies::instance::{BUCKET_KEY_ACTIONS, Logging};
use crate::setup::policies::statement::{for_sessions, objects_arn, through_s3};
use crate::setup::policies::{KEY_USE_ACTIONS, policy, sorted};

/// Which keys are given from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExistingKeys {
    /// Whether the one of sessions and log group is.
    pub(crate) sessions: bool,
    /// Whether the bucket's is.
    pub(crate) bucket: bool,
}

/// For the policy of a central bucket. `role_arns` are those of nodes; without them the account as a whole is let in,
/// whose own policies then decide.
pub(crate) fn bucket_owner_policy(place: &Place, logging: &Logging, role_arns: &[String]) -> String {
    let bucket = place.bucket_arn(&logging.bucket_name);
    let objects = objects_arn(&bucket, &logging.key_prefix);
    let statements = vec![
        allow(place, "WriteSessionLogs", &nodes(place, role_arns), logging.object_actions(), &objects, json!({})),
        // Nodes check it before a session, and this resource when it looks at the bucket.
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

/// For the policy of a central key, or of each where bucket and sessions have different ones: no statement reaches
/// beyond the bucket, the log group and the sessions of this setup.
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

/// The principal that nodes are.
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
