//! Creating a bucket.

use super::*;

fn create() -> Expected {
    call("CreateBucket")
        .with(NAME)
        .with("x-amz-object-ownership: BucketOwnerEnforced")
        .with("<LocationConstraint>eu-west-1</LocationConstraint>")
        .with("<Key>ssm-session-setup-stamp</Key><Value>stamp</Value>")
}

/// The settings of `spec`, in the order in which they are written.
fn settings() -> Vec<Expected> {
    vec![
        call("PutPublicAccessBlock").with(OWNER).without("false"),
        call("PutBucketEncryption").with(OWNER).with("aws:kms").with(KEY),
        call("PutBucketPolicy").with(OWNER).with("s3:*"),
        call("PutBucketLifecycleConfiguration").with(OWNER).with("1825"),
    ]
}

#[tokio::test]
async fn create_takes_five_writes_one_after_the_other() {
    let calls = std::iter::once(create().without("x-amz-bucket-object-lock-enabled")).chain(settings());
    let part = ensured(calls, &spec(), None).await;
    assert_eq!(part, observed());
    assert_eq!(diff(&part, &spec()), []);
}

#[tokio::test]
async fn bucket_with_a_lock_keeps_versions_from_the_start() {
    let mut calls = vec![create().with("x-amz-bucket-object-lock-enabled: true")];
    calls.extend(settings());
    calls.push(call("PutObjectLockConfiguration").with(OWNER).with("GOVERNANCE").with("365"));
    calls.push(call("PutBucketLogging").with(OWNER).with("access-logs").with("audit/"));
    let part = ensured(calls, &full_spec(), None).await;
    assert_eq!(part, observed_in_full());
}

#[tokio::test]
async fn only_us_east_1_has_no_location_constraint() {
    let stamped = call("GetBucketTagging").with(OWNER).text(tagging());
    let reached = ensure_in_us_east_1([create_in_us_east_1(), stamped].into_iter().chain(settings())).await;
    assert!(reached.error.is_none());
    assert_eq!(reached.part.unwrap(), ObservedBucket { region: "us-east-1".to_owned(), ..observed() });
}

fn create_in_us_east_1() -> Expected {
    call("CreateBucket").without("LocationConstraint").with("ssm-session-setup-stamp")
}

async fn ensure_in_us_east_1(calls: impl IntoIterator<Item = Expected>) -> Reached<ObservedBucket> {
    let spec = BucketSpec { region: "us-east-1".to_owned(), ..spec() };
    let aws = Checked::new(calls);
    aws.buckets_in("us-east-1").ensure(&spec, None, &run()).await
}

/// There S3 may respond with 200 also for a bucket that the account has.
#[tokio::test(start_paused = true)]
async fn bucket_that_somebody_else_created_meanwhile_in_us_east_1_is_not_written_to() {
    let other_stamp = tagging().replace("<Value>stamp</Value>", "<Value>theirs</Value>");
    assert_ne!(other_stamp, tagging());
    let object = "<ListVersionsResult><Version><Key>b</Key><VersionId>1</VersionId></Version></ListVersionsResult>";
    let mut filled = dropped();
    filled.push(call("ListObjectVersions").text(object));
    for looks in [vec![call("GetBucketTagging").text(other_stamp)], filled] {
        let reached = ensure_in_us_east_1(std::iter::once(create_in_us_east_1()).chain(looks)).await;
        assert_eq!(reached.part, None);
        let error = reached.error.unwrap();
        assert_eq!((error.kind, error.operation), (ErrorKind::AlreadyExists, "CreateBucket"));
    }
}

/// A bucket without tags, after delays of 1, 2 and 4 seconds.
fn dropped() -> Vec<Expected> {
    (0..4).map(|_| call("GetBucketTagging").fails("NoSuchTagSet")).collect()
}

#[tokio::test(start_paused = true)]
async fn tags_that_a_server_dropped_silently_are_written_again() {
    let untouched = call("ListObjectVersions").with(OWNER).text("<ListVersionsResult/>");
    let calls = std::iter::once(create_in_us_east_1())
        .chain(dropped())
        .chain([untouched, call("PutBucketTagging").with(OWNER).with("<Value>stamp</Value>")]);
    let reached = ensure_in_us_east_1(calls.chain(settings())).await;
    assert!(reached.error.is_none(), "{:?}", reached.error);
}

#[tokio::test(start_paused = true)]
async fn tags_of_a_new_bucket_in_us_east_1_may_be_unknown_for_a_moment() {
    let looks = [
        call("GetBucketTagging").fails("NoSuchBucket"),
        call("GetBucketTagging").fails("NoSuchTagSet"),
        call("GetBucketTagging").text(tagging()),
    ];
    let reached = ensure_in_us_east_1(std::iter::once(create_in_us_east_1()).chain(looks).chain(settings())).await;
    assert!(reached.error.is_none());
}

#[tokio::test]
async fn new_bucket_in_us_east_1_with_unreadable_tags_is_not_written_to() {
    let calls = [create_in_us_east_1(), call("GetBucketTagging").fails("AccessDenied")];
    let reached = ensure_in_us_east_1(calls).await;
    assert_eq!(reached.part, None);
    assert_eq!(reached.error.unwrap().kind, ErrorKind::AccessDenied);
}

#[tokio::test]
async fn each_failing_step_leaves_what_was_reached() {
    let denied = |operation| call(operation).fails("AccessDenied");
    let reached = ensure([denied("CreateBucket")], &spec(), None).await;
    assert_eq!(reached.part, None);
    assert_eq!(reached.error.unwrap().kind, ErrorKind::AccessDenied);

    let operations =
        ["PutPublicAccessBlock", "PutBucketEncryption", "PutBucketPolicy", "PutBucketLifecycleConfiguration"];
    for (done, operation) in operations.into_iter().enumerate() {
        let calls = std::iter::once(create()).chain(settings().into_iter().take(done)).chain([denied(operation)]);
        let reached = ensure(calls, &spec(), None).await;
        assert_eq!(reached.error.unwrap().operation, operation);
        let part = reached.part.unwrap();
        assert_eq!(part.tags, tags());
        assert_eq!(part.public_access_block == PublicAccessBlock::ALL, done > 0);
        assert_eq!(part.sse_algorithm == "aws:kms", done > 1);
        assert_eq!(part.policy.is_some(), done > 2);
        assert_eq!(part.lifecycle, None);
        // The next run writes exactly the rest.
        let rest = settings().into_iter().skip(done);
        assert_eq!(ensured(rest, &spec(), Some(part)).await, observed());
    }
}

#[tokio::test]
async fn bucket_of_another_account_is_an_error() {
    let steps = std::iter::once(vec![create().fails("BucketAlreadyExists")]).chain([observation_fails("AccessDenied")]);
    let aws = Checked::steps(steps);
    let reached = aws.buckets().ensure(&spec(), None, &run()).await;
    assert_eq!(reached.part, None);
    assert_eq!(reached.error.unwrap().kind, ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn existing_bucket_is_taken_only_with_the_desired_stamp() {
    for create in [call("CreateBucket").fails("BucketAlreadyOwnedByYou"), call("CreateBucket").breaks()] {
        let aws = Checked::steps([vec![create.clone()], observation()]);
        let reached = aws.buckets().ensure(&spec(), None, &run()).await;
        assert!(reached.error.is_none());
        assert_eq!(reached.part.unwrap().tags, tags());

        let foreign =
            BucketSpec { tags: [(crate::reconcile::STAMP_TAG.to_owned(), "mine".to_owned())].into(), ..spec() };
        let aws = Checked::steps([vec![create], observation()]);
        let reached = aws.buckets().ensure(&foreign, None, &run()).await;
        assert_eq!(reached.part, None);
        let kind = reached.error.unwrap().kind;
        assert!(matches!(kind, ErrorKind::AlreadyExists | ErrorKind::EffectUnknown));
    }
}

#[tokio::test]
async fn create_without_a_response_and_without_a_bucket_is_unknown() {
    let aws = Checked::steps([vec![call("CreateBucket").breaks()], observation_fails("NoSuchBucket")]);
    let reached = aws.buckets().ensure(&spec(), None, &run()).await;
    assert_eq!(reached.part, None);
    assert_eq!(reached.error.unwrap().kind, ErrorKind::EffectUnknown);
}

#[tokio::test(start_paused = true)]
async fn transient_errors_are_retried() {
    let mut calls = vec![
        call("CreateBucket").fails("OperationAborted"),
        create(),
        call("PutPublicAccessBlock").fails("NoSuchBucket"),
    ];
    let mut settings = settings();
    settings.insert(2, call("PutBucketPolicy").fails_with("MalformedPolicy", "Invalid principal in policy"));
    settings.insert(4, call("PutBucketLifecycleConfiguration").fails("OperationAborted"));
    calls.extend(settings);
    assert_eq!(ensured(calls, &spec(), None).await, observed());
}

#[tokio::test]
async fn malformed_policy_is_not_retried() {
    let calls = [call("PutBucketPolicy").fails_with("MalformedPolicy", "Missing required field Action")];
    let reached = ensure(calls, &spec(), Some(ObservedBucket { policy: None, ..observed() })).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::Invalid);
}

#[tokio::test(start_paused = true)]
async fn bucket_that_was_deleted_is_not_retried() {
    let calls = [call("PutBucketVersioning").fails("NoSuchBucket")];
    let spec = BucketSpec { versioning: true, ..spec() };
    let reached = ensure(calls, &spec, Some(observed())).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::NotFound);
}
