//! The log group over scripted HTTP: every call of every scenario, in order.

use std::time::Duration;

use aws_smithy_types::retry::RetryConfig;
use serde_json::{Value, json};

use crate::reconcile::tests::scripted::{Checked, Expected, call, run, tags};
use crate::reconcile::{Difference, ErrorKind, Reached, Run, STAMP_TAG, Tags};

use super::{LogGroupSpec, LogGroups, ObservedLogGroup, diff};

const NAME: &str = "/aws/ssm/session-manager/audit";
const ARN: &str = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/ssm/session-manager/audit";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k-1";

fn spec() -> LogGroupSpec {
    LogGroupSpec {
        name: NAME.to_owned(),
        arn: ARN.to_owned(),
        retention_in_days: Some(7),
        kms_key_arn: Some(KEY.to_owned()),
        tags: tags(),
    }
}

fn observed() -> ObservedLogGroup {
    ObservedLogGroup {
        name: NAME.to_owned(),
        arn: ARN.to_owned(),
        retention_in_days: Some(7),
        retention_by_account_policy: false,
        kms_key_arn: Some(KEY.to_owned()),
        deletion_protected: false,
        tags: tags(),
    }
}

fn described() -> Expected {
    call("DescribeLogGroups").with(NAME).json(json!({ "logGroups": [{
        "logGroupName": NAME, "arn": format!("{ARN}:*"), "logGroupArn": ARN,
        "retentionInDays": 7, "kmsKeyId": KEY, "logGroupClass": "STANDARD",
    }]}))
}

fn tagged() -> Expected {
    let mut all: serde_json::Map<String, Value> = tags().into_iter().map(|(key, value)| (key, value.into())).collect();
    all.insert("aws:cloudformation:stack-name".to_owned(), "x".into());
    call("ListTagsForResource").with(ARN).json(json!({ "tags": all }))
}

async fn ensure(
    calls: impl IntoIterator<Item = Expected>,
    spec: &LogGroupSpec,
    observed: Option<ObservedLogGroup>,
) -> Reached<ObservedLogGroup> {
    let aws = Checked::new(calls);
    LogGroups::new(&aws.logs()).ensure(spec, observed, false, &run()).await
}

/// The part after an `ensure` without an error.
async fn ensured(
    calls: impl IntoIterator<Item = Expected>,
    spec: &LogGroupSpec,
    observed: Option<ObservedLogGroup>,
) -> ObservedLogGroup {
    let reached = ensure(calls, spec, observed).await;
    assert!(reached.error.is_none(), "{:?}", reached.error);
    reached.part.expect("a part")
}

#[tokio::test]
async fn observation_takes_two_calls_and_leaves_tags_of_aws_out() {
    let aws = Checked::new([described(), tagged()]);
    let found = LogGroups::new(&aws.logs()).observe(NAME, &run()).await;
    assert_eq!(found.unwrap(), Some(observed()));
}

/// The calls for tags take no ARN with this character.
#[tokio::test]
async fn tags_of_a_name_with_a_number_sign_are_not_asked_for() {
    let name = "/their#group";
    let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/their#group";
    let described = || {
        call("DescribeLogGroups").with(name).json(json!({ "logGroups": [{
            "logGroupName": name, "arn": format!("{arn}:*"), "logGroupArn": arn, "retentionInDays": 7, "kmsKeyId": KEY,
        }]}))
    };
    let aws = Checked::new([described()]);
    let found = LogGroups::new(&aws.logs()).observe(name, &run()).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.tags), (name, Tags::new()));
    let aws = Checked::new([described()]);
    assert_eq!(LogGroups::new(&aws.logs()).observe_tags(arn, &run()).await.unwrap(), Some(Tags::new()));
    let aws = Checked::new([call("DescribeLogGroups").json(json!({ "logGroups": [] }))]);
    assert_eq!(LogGroups::new(&aws.logs()).observe_tags(arn, &run()).await.unwrap(), None);
}

#[tokio::test]
async fn group_that_only_begins_with_the_name_is_not_it() {
    let sibling = json!({ "logGroups": [{ "logGroupName": format!("{NAME}-old"), "arn": "x" }]});
    let aws = Checked::new([call("DescribeLogGroups").json(sibling)]);
    let found = LogGroups::new(&aws.logs()).observe(NAME, &run()).await;
    assert_eq!(found.unwrap(), None);
}

#[tokio::test]
async fn group_is_empty_without_streams() {
    let streams = || call("DescribeLogStreams").with(NAME).with("\"limit\":1");
    for (answer, empty) in [
        (streams().json(json!({ "logStreams": [] })), true),
        (streams().json(json!({ "logStreams": [{ "logStreamName": "a-session" }] })), false),
        (streams().fails("ResourceNotFoundException"), true),
    ] {
        let aws = Checked::new([answer]);
        assert_eq!(LogGroups::new(&aws.logs()).is_empty(NAME, &run()).await.unwrap(), empty);
    }
}

#[tokio::test]
async fn explicit_not_found_is_none_and_denial_is_an_error() {
    let aws = Checked::new([call("DescribeLogGroups").fails("ResourceNotFoundException")]);
    let found = LogGroups::new(&aws.logs()).observe(NAME, &run()).await;
    assert_eq!(found.unwrap(), None);

    let aws = Checked::new([call("DescribeLogGroups").fails("AccessDeniedException")]);
    let found = LogGroups::new(&aws.logs()).observe(NAME, &run()).await;
    assert_eq!(found.unwrap_err().kind, ErrorKind::AccessDenied);
}

#[tokio::test]
async fn create_names_key_and_tags_at_once_and_then_sets_retention() {
    let calls = [
        call("CreateLogGroup").with(NAME).with(KEY).with("\"ssm-session-setup-stamp\":\"stamp\""),
        call("PutRetentionPolicy").with("\"retentionInDays\":7"),
    ];
    let part = ensured(calls, &spec(), None).await;
    assert_eq!(part, observed());
}

#[tokio::test]
async fn second_ensure_makes_no_call() {
    assert_eq!(diff(&observed(), &spec()), []);
    let part = ensured([], &spec(), Some(observed())).await;
    assert_eq!(part, observed());
}

#[tokio::test]
async fn each_difference_is_named_and_repaired_by_its_one_call() {
    type Drift = fn(&mut ObservedLogGroup);
    let cases: [(&str, Drift, Expected); 5] = [
        (
            "retention_in_days: 1, want 7",
            |group| group.retention_in_days = Some(1),
            call("PutRetentionPolicy").with("\"retentionInDays\":7"),
        ),
        (
            "kms_key_arn: none, want arn:aws:kms:eu-west-1:111122223333:key/k-1",
            |group| group.kms_key_arn = None,
            call("AssociateKmsKey").with(KEY),
        ),
        (
            "tags.team: network, want security",
            |group| drop(group.tags.insert("team".to_owned(), "network".to_owned())),
            call("TagResource").with(ARN).with("security").without("stamp"),
        ),
        (
            "tags.team: none, want security",
            |group| drop(group.tags.remove("team")),
            call("TagResource").with("security"),
        ),
        (
            "tags.foreign: x, want none",
            |group| drop(group.tags.insert("foreign".to_owned(), "x".to_owned())),
            call("UntagResource").with("[\"foreign\"]"),
        ),
    ];
    for (difference, drift, repair) in cases {
        let mut drifted = observed();
        drift(&mut drifted);
        assert_eq!(texts(&diff(&drifted, &spec())), [difference]);
        let part = ensured([repair], &spec(), Some(drifted)).await;
        assert_eq!(part, observed(), "{difference}");
    }
}

#[tokio::test]
async fn key_and_retention_that_are_no_longer_desired_are_removed() {
    let bare = LogGroupSpec { retention_in_days: None, kms_key_arn: None, ..spec() };
    let calls = [call("DisassociateKmsKey"), call("DeleteRetentionPolicy")];
    let part = ensured(calls, &bare, Some(observed())).await;
    assert_eq!(diff(&part, &bare), []);
}

#[tokio::test]
async fn retention_of_an_account_policy_is_no_difference() {
    let overridden = ObservedLogGroup { retention_in_days: Some(365), retention_by_account_policy: true, ..observed() };
    assert_eq!(diff(&overridden, &spec()), []);
    ensured([], &spec(), Some(overridden)).await;
}

#[tokio::test]
async fn failed_retention_leaves_the_new_group() {
    let calls = [call("CreateLogGroup"), call("PutRetentionPolicy").fails("InvalidParameterException")];
    let reached = ensure(calls, &spec(), None).await;
    let made = ObservedLogGroup { retention_in_days: None, ..observed() };
    assert_eq!(reached.part, Some(made));
    let error = reached.error.unwrap();
    assert_eq!(error.kind, ErrorKind::Invalid);
    assert_eq!(error.request_id.as_deref(), Some("request-1"));
    assert_eq!(
        error.to_string(),
        format!("CloudWatch Logs PutRetentionPolicy on {NAME}: InvalidParameterException: no")
    );
}

#[tokio::test]
async fn failed_create_leaves_nothing() {
    let calls = [call("CreateLogGroup").fails("AccessDeniedException")];
    let reached = ensure(calls, &spec(), None).await;
    assert_eq!(reached.part, None);
    assert_eq!(reached.error.unwrap().kind, ErrorKind::AccessDenied);
}

#[tokio::test]
async fn existing_group_with_the_desired_stamp_is_taken() {
    let calls = [call("CreateLogGroup").fails("ResourceAlreadyExistsException"), described(), tagged()];
    assert_eq!(ensured(calls, &spec(), None).await, observed());
}

#[tokio::test]
async fn existing_group_with_another_stamp_is_an_error() {
    let calls = [
        call("CreateLogGroup").fails("ResourceAlreadyExistsException"),
        described(),
        call("ListTagsForResource").json(json!({ "tags": { STAMP_TAG: "another" } })),
    ];
    let reached = ensure(calls, &spec(), None).await;
    assert_eq!(reached.part, None);
    assert_eq!(reached.error.unwrap().kind, ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn create_without_a_response_is_followed_by_one_observation() {
    let calls = [call("CreateLogGroup").breaks(), described(), tagged()];
    assert_eq!(ensured(calls, &spec(), None).await, observed());

    let nothing = json!({ "logGroups": [] });
    let calls = [call("CreateLogGroup").breaks(), call("DescribeLogGroups").json(nothing)];
    let reached = ensure(calls, &spec(), None).await;
    assert_eq!(reached.part, None);
    assert_eq!(reached.error.unwrap().kind, ErrorKind::EffectUnknown);
}

const KEY_REFUSED: &str = "The specified KMS key does not exist or is not allowed to be used with \
                           Arn 'arn:aws:logs:eu-west-1:111122223333:log-group:x'";

#[tokio::test(start_paused = true)]
async fn key_that_was_just_changed_is_waited_for() {
    let aws = Checked::new([
        call("CreateLogGroup").fails_with("AccessDeniedException", KEY_REFUSED),
        call("CreateLogGroup").fails_with("AccessDeniedException", KEY_REFUSED),
        call("CreateLogGroup"),
        call("PutRetentionPolicy"),
    ]);
    let reached = LogGroups::new(&aws.logs()).ensure(&spec(), None, true, &run()).await;
    assert!(reached.error.is_none());
}

#[tokio::test(start_paused = true)]
async fn key_that_nobody_changed_is_not_waited_for() {
    let calls = [call("AssociateKmsKey").fails_with("AccessDeniedException", KEY_REFUSED)];
    let other = ObservedLogGroup { kms_key_arn: None, ..observed() };
    let reached = ensure(calls, &spec(), Some(other)).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::AccessDenied);
}

#[tokio::test(start_paused = true)]
async fn a_new_group_may_be_unknown_for_a_moment() {
    let calls = [
        call("CreateLogGroup"),
        call("PutRetentionPolicy").fails("ResourceNotFoundException"),
        call("PutRetentionPolicy").fails_with("AccessDeniedException", "because no identity-based policy allows it"),
        call("PutRetentionPolicy"),
    ];
    ensured(calls, &spec(), None).await;
}

#[tokio::test(start_paused = true)]
async fn reached_quota_is_not_retried() {
    let aws = Checked::new([call("CreateLogGroup").fails("LimitExceededException")]);
    let client = aws.logs_with(RetryConfig::standard().with_max_attempts(5));
    let reached = LogGroups::new(&client).ensure(&spec(), None, false, &run()).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::LimitExceeded);
}

#[tokio::test(start_paused = true)]
async fn cancelled_create_is_waited_for_and_then_unknown() {
    let aws = Checked::new([call("CreateLogGroup").hangs()]);
    let run = run();
    let cancel = run.cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        cancel.cancel();
    });
    let start = tokio::time::Instant::now();
    let reached = LogGroups::new(&aws.logs()).ensure(&spec(), None, false, &run).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::EffectUnknown);
    assert_eq!(start.elapsed().as_secs(), 35);
}

#[tokio::test]
async fn remove_deletes_the_group_and_a_second_time_nothing() {
    let aws =
        Checked::new([call("DeleteLogGroup").with(NAME), call("DeleteLogGroup").fails("ResourceNotFoundException")]);
    let groups = LogGroups::new(&aws.logs());
    groups.remove(NAME, &run()).await.unwrap();
    groups.remove(NAME, &run()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn remove_waits_for_a_concurrent_change() {
    let aws = Checked::new([call("DeleteLogGroup").fails("OperationAbortedException"), call("DeleteLogGroup")]);
    let groups = LogGroups::new(&aws.logs());
    groups.remove(NAME, &run()).await.unwrap();
}

#[tokio::test]
async fn nothing_begins_after_the_run_is_cancelled() {
    let aws = Checked::new([]);
    let run: Run = run();
    run.cancel.cancel();
    let error = LogGroups::new(&aws.logs()).remove(NAME, &run).await;
    assert_eq!(error.unwrap_err().kind, ErrorKind::Cancelled);
}

fn texts(differences: &[Difference]) -> Vec<String> {
    let text = |d: &Difference| format!("{}: {}, want {}", d.path, d.observed, d.desired);
    differences.iter().map(text).collect()
}
