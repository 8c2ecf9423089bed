//! Creating a key at most once.

use aws_smithy_types::retry::RetryConfig;

use super::*;

fn create_key() -> Expected {
    call("CreateKey")
        .with("\"TagKey\":\"ssm-session-setup-stamp\",\"TagValue\":\"stamp\"")
        .with("\"Description\":\"Session key\"")
        .with("kms:*")
        .json(json!({ "KeyMetadata": metadata(ARN) }))
}

fn rotate() -> Expected {
    call("EnableKeyRotation").with(BY_ID).with("\"RotationPeriodInDays\":90")
}

fn create_alias() -> Expected {
    call("CreateAlias").with(ALIAS).with("\"TargetKeyId\":\"k-1\"")
}

fn steps(first: Vec<Vec<Expected>>, then: impl IntoIterator<Item = Expected>) -> Vec<Vec<Expected>> {
    first.into_iter().chain(one_by_one(then)).collect()
}

/// An `ensure` with a client that makes a number of attempts.
async fn ensure_with(attempts: u32, steps: Vec<Vec<Expected>>) -> Reached<ObservedKey> {
    let aws = Checked::steps(steps);
    let client = aws.kms_with(RetryConfig::standard().with_max_attempts(attempts));
    KmsKeys::new(&client).ensure(&spec(), None, &[], &run()).await
}

#[tokio::test]
async fn create_takes_three_writes_after_a_search() {
    let steps = steps(vec![search()], [create_key(), rotate(), create_alias()]);
    let part = ensured(steps, &spec(), None).await;
    assert_eq!(part, observed());
    assert_eq!(diff(&part, &spec()), []);
}

#[tokio::test]
async fn failed_steps_leave_the_new_key() {
    let fails = |operation| call(operation).fails("AccessDeniedException");
    let made = ObservedKey {
        alias_name: None,
        alias_arn: None,
        rotation_enabled: false,
        rotation_period_in_days: None,
        ..observed()
    };
    let unaliased = ObservedKey { rotation_enabled: true, rotation_period_in_days: Some(90), ..made.clone() };
    for (calls, part) in [
        (vec![fails("CreateKey")], None),
        (vec![create_key(), fails("EnableKeyRotation")], Some(made)),
        (vec![create_key(), rotate(), fails("CreateAlias")], Some(unaliased)),
    ] {
        let reached = ensure(steps(vec![search()], calls), &spec(), None).await;
        assert_eq!(reached.error.unwrap().kind, ErrorKind::AccessDenied);
        assert_eq!(reached.part, part);
    }
}

#[tokio::test]
async fn newest_unaliased_key_with_the_mark_is_used() {
    let older = metadata(OTHER_ARN);
    let mut newer = metadata(ARN);
    newer["CreationDate"] = json!(1_800_000_000);
    let foreign = "arn:aws:kms:eu-west-1:111122223333:key/k-3";
    let forbidden = "arn:aws:kms:eu-west-1:111122223333:key/k-4";
    let look = vec![
        listed_tags(OTHER_ARN, "stamp"),
        describe(OTHER_ARN, &older),
        listed_tags(ARN, "stamp"),
        describe(ARN, &newer),
        call("ListResourceTags").with(foreign).json(json!({ "Tags": [], "Truncated": false })),
        call("ListResourceTags").with(forbidden).fails("AccessDeniedException"),
    ];
    let all = found(&[OTHER_ARN, ARN, foreign, forbidden], &[]);
    let steps = steps(vec![all, look, completed()], [create_alias()]);
    assert_eq!(ensured(steps, &spec(), None).await, observed());
}

#[tokio::test]
async fn unaliased_key_of_another_kind_or_former_one_is_not_used() {
    let mut multi_region = metadata(ARN);
    multi_region["MultiRegion"] = json!(true);
    let aws = Checked::steps(steps(
        vec![found(&[ARN, OTHER_ARN], &[]), vec![listed_tags(ARN, "stamp")], vec![describe(ARN, &multi_region)]],
        [create_key(), rotate(), create_alias()],
    ));
    let reached = KmsKeys::new(&aws.kms()).ensure(&spec(), None, &[OTHER_ARN.to_owned()], &run()).await;
    assert!(reached.error.is_none());
}

#[tokio::test]
async fn unaliased_key_pending_deletion_is_enabled() {
    let mut pending = metadata(ARN);
    pending["KeyState"] = json!("PendingDeletion");
    let completed = vec![
        call("GetKeyPolicy").json(json!({ "Policy": POLICY })),
        call("GetKeyRotationStatus").json(json!({ "KeyRotationEnabled": false })),
        listed_tags(ARN, "old"),
    ];
    let steps = steps(
        vec![found(&[ARN], &[]), vec![listed_tags(ARN, "old")], vec![describe(ARN, &pending)], completed],
        [
            call("CancelKeyDeletion").with(BY_ID),
            // KMS reports its rotation again.
            call("GetKeyRotationStatus").json(json!({ "KeyRotationEnabled": true, "RotationPeriodInDays": 90 })),
            call("EnableKey").with(BY_ID),
            call("TagResource").with("\"TagValue\":\"stamp\""),
            create_alias(),
        ],
    );
    assert_eq!(ensured(steps, &spec(), None).await, observed());
}

#[tokio::test(start_paused = true)]
async fn every_attempt_begins_with_a_search() {
    let throttled = || vec![call("CreateKey").fails("ThrottlingException")];
    let malformed = || vec![call("CreateKey").fails_with("MalformedPolicyDocumentException", INVALID_PRINCIPALS)];
    let steps =
        steps(vec![search(), throttled(), search(), malformed(), search()], [create_key(), rotate(), create_alias()]);
    assert!(ensure_with(2, steps).await.error.is_none());
}

#[tokio::test(start_paused = true)]
async fn twenty_throttled_attempts_are_no_failure() {
    let throttled = || [search(), vec![call("CreateKey").fails("ThrottlingException")]];
    let attempts = (0..20).flat_map(|_| throttled()).chain([search()]).collect();
    let steps = steps(attempts, [create_key(), rotate(), create_alias()]);
    assert!(ensure_with(25, steps).await.error.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_create_is_attempted_as_often_as_any_call() {
    for code in ["KMSInternalException", "ThrottlingException"] {
        for attempts in [1, 3] {
            let failed = || [search(), vec![call("CreateKey").fails(code)]];
            let reached = ensure_with(attempts, (0..attempts).flat_map(|_| failed()).collect()).await;
            assert!(reached.error.unwrap().has_code(code));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn retries_of_the_sdk_create_no_second_key() {
    let throttled = vec![call("CreateKey").fails("ThrottlingException")];
    let steps = steps(
        vec![search(), throttled, search()],
        [create_key(), call("EnableKeyRotation").fails("ThrottlingException"), rotate(), create_alias()],
    );
    let reached = ensure_with(5, steps).await;
    assert!(reached.error.is_none());
}

#[tokio::test(start_paused = true)]
async fn unknown_principal_is_an_error_after_a_minute() {
    let unknown = || call("CreateKey").fails_with("MalformedPolicyDocumentException", INVALID_PRINCIPALS);
    let attempt = || [search(), vec![unknown()]];
    // Delays of 1, 2, 4, 8, 15, 15 and 15 seconds fit into a minute.
    let steps = (0..8).flat_map(|_| attempt()).collect();
    let reached = ensure(steps, &spec(), None).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn malformed_policy_is_not_retried() {
    let steps = vec![search(), vec![call("CreateKey").fails("MalformedPolicyDocumentException")]];
    let reached = ensure(steps, &spec(), None).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn key_whose_creation_had_no_response_is_found_by_its_stamp() {
    let steps = steps(
        vec![
            search(),
            vec![call("CreateKey").breaks()],
            found(&[ARN], &[]),
            vec![listed_tags(ARN, "stamp")],
            vec![describe(ARN, &metadata(ARN))],
            completed(),
        ],
        [create_alias()],
    );
    assert_eq!(ensured(steps, &spec(), None).await, observed());
}

#[tokio::test]
async fn key_whose_creation_had_no_response_is_not_created_twice() {
    let steps = vec![search(), vec![call("CreateKey").breaks()], search()];
    let reached = ensure(steps, &spec(), None).await;
    assert_eq!(reached.part, None);
    assert_eq!(reached.error.unwrap().kind, ErrorKind::EffectUnknown);
}

#[tokio::test]
async fn reached_quota_of_keys_is_final() {
    let steps = vec![search(), vec![call("CreateKey").fails("LimitExceededException")]];
    let reached = ensure(steps, &spec(), None).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::LimitExceeded);
}

#[tokio::test(start_paused = true)]
async fn reached_quota_of_aliases_is_final_although_the_sdk_takes_it_for_throttling() {
    let steps = steps(vec![search()], [create_key(), rotate(), call("CreateAlias").fails("LimitExceededException")]);
    let reached = ensure_with(5, steps).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::LimitExceeded);
}

#[tokio::test(start_paused = true)]
async fn a_new_key_may_be_unknown_for_a_moment() {
    let steps = steps(
        vec![search()],
        [
            create_key(),
            call("EnableKeyRotation").fails("NotFoundException"),
            rotate(),
            call("CreateAlias").fails("NotFoundException"),
            create_alias(),
        ],
    );
    ensured(steps, &spec(), None).await;
}

#[tokio::test]
async fn setup_without_a_mark_never_searches_for_keys() {
    let mut unmarked = spec();
    unmarked.tags.remove(MARK_TAG);
    let steps = steps(vec![], [create_key(), rotate(), create_alias()]);
    ensured(steps, &unmarked, None).await;
}
