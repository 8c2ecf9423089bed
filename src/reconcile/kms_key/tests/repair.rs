//! Changing an existing key.

use super::*;

#[tokio::test]
async fn second_ensure_makes_no_call() {
    assert_eq!(diff(&observed(), &spec()), []);
    assert_eq!(ensured(vec![], &spec(), Some(observed())).await, observed());
}

#[tokio::test]
async fn each_difference_is_named_and_repaired_by_what_it_needs() {
    type Drift = fn(&mut ObservedKey);
    let cases: [(&str, Drift, Vec<Expected>); 9] = [
        ("state: Disabled, want Enabled", |key| key.state = "Disabled".to_owned(), vec![call("EnableKey").with(BY_ID)]),
        (
            "state: PendingDeletion, want Enabled",
            |key| key.state = "PendingDeletion".to_owned(),
            vec![
                call("CancelKeyDeletion").with(BY_ID),
                call("GetKeyRotationStatus").json(json!({ "KeyRotationEnabled": true, "RotationPeriodInDays": 90 })),
                call("EnableKey").with(BY_ID),
            ],
        ),
        (
            "tags.team: none, want security",
            |key| drop(key.tags.remove("team")),
            vec![call("TagResource").with("security").without("stamp")],
        ),
        (
            "tags.foreign: x, want none",
            |key| drop(key.tags.insert("foreign".to_owned(), "x".to_owned())),
            vec![call("UntagResource").with("[\"foreign\"]")],
        ),
        (
            "policy: {, want {\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}",
            |key| key.policy = Some("{".to_owned()),
            vec![call("PutKeyPolicy").with("kms:*").with("\"PolicyName\":\"default\"")],
        ),
        (
            "description: x, want Session key",
            |key| key.description = "x".to_owned(),
            vec![call("UpdateKeyDescription").with("Session key")],
        ),
        (
            "rotation_enabled: false, want true",
            |key| key.rotation_enabled = false,
            vec![call("EnableKeyRotation").with("\"RotationPeriodInDays\":90")],
        ),
        (
            "rotation_period_in_days: 365, want 90",
            |key| key.rotation_period_in_days = Some(365),
            vec![call("EnableKeyRotation").with("\"RotationPeriodInDays\":90")],
        ),
        (
            "alias_name: none, want alias/session-key",
            |key| {
                key.alias_name = None;
                key.alias_arn = None;
            },
            vec![call("CreateAlias").with(ALIAS)],
        ),
    ];
    for (difference, drift, repair) in cases {
        let mut drifted = observed();
        drift(&mut drifted);
        assert_eq!(texts(&diff(&drifted, &spec())), [difference]);
        let part = ensured(one_by_one(repair), &spec(), Some(drifted)).await;
        assert_eq!(part, observed(), "{difference}");
    }
}

#[tokio::test]
async fn rotation_is_disabled_whatever_its_period() {
    let unrotated = KmsKeySpec { rotation_enabled: false, ..spec() };
    assert_eq!(texts(&diff(&observed(), &unrotated)), ["rotation_enabled: true, want false"]);
    let steps = one_by_one([call("DisableKeyRotation")]);
    let part = ensured(steps, &unrotated, Some(observed())).await;
    assert_eq!(diff(&part, &unrotated), []);
}

#[tokio::test]
async fn period_that_aws_does_not_report_is_no_difference() {
    let untold = ObservedKey { rotation_period_in_days: None, ..observed() };
    assert_eq!(diff(&untold, &spec()), []);
    ensured(vec![], &spec(), Some(untold)).await;
}

#[tokio::test(start_paused = true)]
async fn new_principals_in_a_policy_are_waited_for() {
    let mut drifted = observed();
    drifted.policy = None;
    let unknown = call("PutKeyPolicy").fails_with("MalformedPolicyDocumentException", INVALID_PRINCIPALS);
    ensured(one_by_one([unknown, call("PutKeyPolicy")]), &spec(), Some(drifted)).await;
}

#[tokio::test]
async fn malformed_policy_is_not_retried() {
    let mut drifted = observed();
    drifted.policy = None;
    let steps = one_by_one([call("PutKeyPolicy").fails("MalformedPolicyDocumentException")]);
    let reached = ensure(steps, &spec(), Some(drifted)).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::Invalid);
}

fn unaliased() -> ObservedKey {
    ObservedKey { alias_name: None, alias_arn: None, ..observed() }
}

#[tokio::test]
async fn alias_of_another_key_is_an_error_that_names_it() {
    let steps =
        one_by_one([call("CreateAlias").fails("AlreadyExistsException"), describe(ALIAS, &metadata(OTHER_ARN))]);
    let reached = ensure(steps, &spec(), Some(unaliased())).await;
    let error = reached.error.unwrap();
    assert_eq!(error.kind, ErrorKind::AlreadyExists);
    assert!(error.message.contains(OTHER_ARN), "{error}");
    assert_eq!(reached.part, Some(unaliased()));
}

#[tokio::test]
async fn alias_of_a_former_key_is_moved() {
    let aws = Checked::new([
        call("CreateAlias").fails("AlreadyExistsException"),
        describe(ALIAS, &metadata(OTHER_ARN)),
        call("UpdateAlias").with(ALIAS).with("\"TargetKeyId\":\"k-1\""),
    ]);
    let former = [OTHER_ARN.to_owned()];
    let reached = KmsKeys::new(&aws.kms()).ensure(&spec(), Some(unaliased()), &former, &run()).await;
    assert!(reached.error.is_none());
    assert_eq!(reached.part, Some(observed()));
}

#[tokio::test]
async fn alias_whose_creation_had_no_response_is_read_again() {
    let steps = one_by_one([call("CreateAlias").breaks(), describe(ALIAS, &metadata(ARN))]);
    assert_eq!(ensured(steps, &spec(), Some(unaliased())).await, observed());

    let steps = one_by_one([call("CreateAlias").breaks(), call("DescribeKey").fails("NotFoundException")]);
    let reached = ensure(steps, &spec(), Some(unaliased())).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::EffectUnknown);
}

#[tokio::test]
async fn key_that_can_never_be_as_the_spec_says_is_refused() {
    type Change = fn(&mut ObservedKey);
    let cases: [(Change, ErrorKind); 4] = [
        (|key| key.multi_region = true, ErrorKind::Conflict),
        (|key| key.symmetric = false, ErrorKind::Conflict),
        (|key| key.customer_managed = false, ErrorKind::Conflict),
        (|key| key.state = "Unavailable".to_owned(), ErrorKind::Status),
    ];
    for (change, kind) in cases {
        let mut key = observed();
        change(&mut key);
        let reached = ensure(vec![], &spec(), Some(key.clone())).await;
        assert_eq!(reached.error.unwrap().kind, kind);
        assert_eq!(reached.part, Some(key));
    }
}
