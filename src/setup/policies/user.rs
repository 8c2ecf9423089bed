//! The policy for users who start sessions: with the preferences of this setup and no others.
//!
//! Pure. Follows <https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html>,
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-sessiondocumentaccesscheck.html> and
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-examples.html>.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::account::Place;
use crate::reconcile::session_document::NAME as DOCUMENT_NAME;

use super::policy;
use super::statement::{KeyName, escaped, for_sessions, statement};

/// The policy. `node_tags` limit it to nodes that carry all of them.
pub(crate) fn user_policy(
    place: &Place,
    session_key: Option<&KeyName>,
    node_tags: &BTreeMap<String, String>,
) -> String {
    let (instances, managed) = (place.arn("ec2", "instance/*"), place.arn("ssm", "managed-instance/*"));
    let session = |id: &str| place.arn("ssm", &format!("session/{id}"));
    // Without this check, a user who may start sessions on a node may use any session document.
    let checked = json!({"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}});
    let mut tagged = checked.clone();
    if let (false, Some(conditions)) = (node_tags.is_empty(), tagged.as_object_mut()) {
        let tags: Map<_, _> = node_tags
            .iter()
            .map(|(key, value)| (format!("ssm:resourceTag/{key}"), Value::String(escaped(value))))
            .collect();
        conditions.insert("StringEquals".to_owned(), Value::Object(tags));
    }
    let mut statements = vec![
        statement("Allow", "StartSessionsOnNodes", &["ssm:StartSession"], &[&instances, &managed], tagged),
        statement(
            "Allow",
            "StartSessionsWithPreferences",
            &["ssm:StartSession"],
            &[&place.document_arn(DOCUMENT_NAME)],
            checked,
        ),
        statement(
            "Allow",
            "FindNodesAndSessions",
            &[
                "ec2:DescribeInstances",
                "ssm:DescribeInstanceProperties",
                "ssm:DescribeSessions",
                "ssm:GetConnectionStatus",
            ],
            &["*"],
            json!({}),
        ),
        // A session's id begins with the user id or the user name of who started it. Two statements, because roles have
        // no user name.
        own_sessions("UseOwnSessions", &session("${aws:userid}-*")),
        own_sessions("UseOwnSessionsOfUsers", &session("${aws:username}-*")),
        // With a role the session's id does not begin with the user id; Session Manager tags the session with it
        // instead.
        statement(
            "Allow",
            "UseOwnSessionsOfRoles",
            &["ssm:ResumeSession", "ssm:TerminateSession"],
            &[&session("*")],
            json!({"StringEquals": {"ssm:resourceTag/aws:ssmmessages:session-id": "${aws:userid}"}}),
        ),
    ];
    if let Some(key) = session_key {
        statements.push(key.statement("Allow", "EncryptSessions", &["kms:GenerateDataKey"], for_sessions()));
    }
    policy(statements, &[])
}

fn own_sessions(sid: &str, sessions: &str) -> Value {
    let actions = ["ssm:ResumeSession", "ssm:TerminateSession", "ssmmessages:OpenDataChannel"];
    statement("Allow", sid, &actions, &[sessions], json!({}))
}
