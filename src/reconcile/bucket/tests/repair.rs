//! Changing an existing bucket.

use super::*;

#[tokio::test]
async fn second_ensure_makes_no_call() {
    assert_eq!(diff(&observed(), &spec()), []);
    assert_eq!(ensured([], &spec(), Some(observed())).await, observed());

    let full = observed_in_full();
    assert_eq!(diff(&full, &full_spec()), []);
    assert_eq!(ensured([], &full_spec(), Some(full.clone())).await, full);
}

#[tokio::test]
async fn each_difference_is_named_and_repaired_by_its_one_call() {
    type Drift = fn(&mut ObservedBucket);
    let cases: [(&str, Drift, Expected); 23] = [
        (
            "tags.team: none, want security",
            |b| drop(b.tags.remove("team")),
            call("PutBucketTagging").with("security").with("<Value>stamp</Value>"),
        ),
        (
            "tags.foreign: x, want none",
            |b| drop(b.tags.insert("foreign".to_owned(), "x".to_owned())),
            call("PutBucketTagging").without("foreign"),
        ),
        (
            "object_ownership: ObjectWriter, want BucketOwnerEnforced",
            |b| b.object_ownership = "ObjectWriter".to_owned(),
            call("PutBucketOwnershipControls").with("BucketOwnerEnforced"),
        ),
        (
            "public_access_block.block_public_acls: false, want true",
            |b| b.public_access_block.block_public_acls = false,
            call("PutPublicAccessBlock").without("false"),
        ),
        (
            "public_access_block.ignore_public_acls: false, want true",
            |b| b.public_access_block.ignore_public_acls = false,
            call("PutPublicAccessBlock").without("false"),
        ),
        (
            "public_access_block.block_public_policy: false, want true",
            |b| b.public_access_block.block_public_policy = false,
            call("PutPublicAccessBlock").without("false"),
        ),
        (
            "public_access_block.restrict_public_buckets: false, want true",
            |b| b.public_access_block.restrict_public_buckets = false,
            call("PutPublicAccessBlock").without("false"),
        ),
        (
            "sse_algorithm: aws:kms:dsse, want aws:kms",
            |b| b.sse_algorithm = "aws:kms:dsse".to_owned(),
            call("PutBucketEncryption").with("<SSEAlgorithm>aws:kms</SSEAlgorithm>").with(KEY),
        ),
        (
            "kms_key_arn: alias/aws/s3, want arn:aws:kms:eu-west-1:111122223333:key/k-1",
            |b| b.kms_key_arn = None,
            call("PutBucketEncryption").with(KEY),
        ),
        (
            "bucket_key_enabled: true, want false",
            |b| b.bucket_key_enabled = true,
            call("PutBucketEncryption").with("<BucketKeyEnabled>false</BucketKeyEnabled>"),
        ),
        (
            "policy.Statement: none, want {\"Action\":[\"s3:*\"],\"Effect\":\"Deny\",\"Principal\":{\"AWS\":[\"*\"]},\"Resource\":[\"a\",\"b\"]}",
            |b| b.policy = Some("{\"Version\":\"2012-10-17\",\"Statement\":[]}".to_owned()),
            call("PutBucketPolicy").with("s3:*"),
        ),
        (
            "lifecycle.transition_days: 31, want 30",
            |b| b.lifecycle.as_mut().unwrap().transition_days = Some(31),
            call("PutBucketLifecycleConfiguration").with("<Days>30</Days>"),
        ),
        (
            "lifecycle.archive_days: none, want 60",
            |b| b.lifecycle.as_mut().unwrap().archive_days = None,
            call("PutBucketLifecycleConfiguration").with("<Days>60</Days>"),
        ),
        (
            "lifecycle.expiration_days: 1, want 1825",
            |b| b.lifecycle.as_mut().unwrap().expiration_days = Some(1),
            call("PutBucketLifecycleConfiguration").with("<Days>1825</Days>"),
        ),
        (
            "lifecycle.noncurrent_days: 1, want none",
            |b| b.lifecycle.as_mut().unwrap().noncurrent_days = Some(1),
            call("PutBucketLifecycleConfiguration").without("Noncurrent"),
        ),
        (
            "lifecycle: more, want none",
            |b| b.lifecycle_excess.push("more".to_owned()),
            call("PutBucketLifecycleConfiguration").with("audit-log-lifecycle-policy"),
        ),
        (
            "lifecycle: off, want none",
            |b| b.lifecycle_limit = Some("off".to_owned()),
            call("PutBucketLifecycleConfiguration").with("<Status>Enabled</Status>"),
        ),
        (
            "lifecycle.prefix: \"theirs/\", want \"\"",
            |b| b.lifecycle.as_mut().unwrap().prefix = "theirs/".to_owned(),
            call("PutBucketLifecycleConfiguration").with("<Prefix></Prefix>"),
        ),
        (
            "lifecycle: none, want a rule (transition_days 30, archive_days 60, expiration_days 1825)",
            |b| b.lifecycle = None,
            call("PutBucketLifecycleConfiguration").with("<Days>1825</Days>").without("Noncurrent"),
        ),
        (
            "versioning: Suspended, want Enabled",
            |b| b.versioning = "Suspended".to_owned(),
            call("PutBucketVersioning").with("<Status>Enabled</Status>"),
        ),
        (
            "object_lock: GOVERNANCE 1 days, want GOVERNANCE 365 days",
            |b| b.object_lock.as_mut().unwrap().days = 1,
            call("PutObjectLockConfiguration").with("<Days>365</Days>"),
        ),
        (
            "access_log: none, want access-logs/audit/",
            |b| b.access_log = None,
            call("PutBucketLogging").with("<TargetBucket>access-logs</TargetBucket>"),
        ),
        (
            "access_log: access-logs/x, want access-logs/audit/",
            |b| b.access_log.as_mut().unwrap().target_prefix = "x".to_owned(),
            call("PutBucketLogging").with("<TargetPrefix>audit/</TargetPrefix>"),
        ),
    ];
    for (difference, drift, repair) in cases {
        let mut drifted = observed_in_full();
        drift(&mut drifted);
        assert_eq!(texts(&diff(&drifted, &full_spec())), [difference]);
        let calls = [repair.with(NAME).with(OWNER)];
        let part = ensured(calls, &full_spec(), Some(drifted)).await;
        assert_eq!(part, observed_in_full(), "{difference}");
    }
}

#[tokio::test]
async fn what_is_no_longer_desired_is_removed() {
    let bare = BucketSpec {
        versioning: false,
        lifecycle: Lifecycle::default(),
        access_log: None,
        object_lock: None,
        ..full_spec()
    };
    let calls = [
        // Incomplete uploads are still deleted.
        call("PutBucketLifecycleConfiguration").with("DaysAfterInitiation").without("Transition").without("Expiration"),
        call("PutBucketVersioning").with("<Status>Suspended</Status>"),
        call("PutBucketLogging").without("TargetBucket"),
    ];
    let unlocked = ObservedBucket { object_lock: None, ..observed_in_full() };
    let part = ensured(calls, &bare, Some(unlocked)).await;
    assert_eq!(part.versioning, "Suspended");
    assert_eq!(diff(&part, &bare), []);
}

#[tokio::test]
async fn suspended_versioning_is_like_versioning_never_enabled() {
    for versioning in ["", "Suspended"] {
        let bucket = ObservedBucket { versioning: versioning.to_owned(), ..observed() };
        assert_eq!(diff(&bucket, &spec()), []);
    }
}

#[tokio::test]
async fn lock_that_is_not_desired_is_no_difference() {
    let locked = ObservedBucket { object_lock: full_spec().object_lock, ..observed() };
    assert_eq!(diff(&locked, &spec()), []);
    ensured([], &spec(), Some(locked)).await;
}

#[tokio::test]
async fn without_a_key_the_aws_managed_one_is_used() {
    let keyless = BucketSpec { kms_key_arn: None, ..spec() };
    let calls = [call("PutBucketEncryption").with("aws:kms").without("KMSMasterKeyID")];
    let part = ensured(calls, &keyless, Some(observed())).await;
    assert_eq!(diff(&part, &keyless), []);
    for spelling in ["alias/aws/s3", "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"] {
        let named = ObservedBucket { kms_key_arn: Some(spelling.to_owned()), ..observed() };
        assert_eq!(diff(&named, &keyless), []);
    }
}

#[tokio::test]
async fn key_may_be_named_by_its_id_but_not_be_another_accounts() {
    for (spelling, same) in [("k-1", true), ("k-2", false), ("arn:aws:kms:eu-west-1:444455556666:key/k-1", false)] {
        let named = ObservedBucket { kms_key_arn: Some(spelling.to_owned()), ..observed() };
        assert_eq!(diff(&named, &spec()).is_empty(), same, "{spelling}");
    }
}

#[tokio::test]
async fn tags_and_blocked_encryption_of_aws_are_kept_in_writes() {
    let bucket = ObservedBucket {
        tags: Tags::new(),
        system_tags: [("aws:x".to_owned(), "1".to_owned())].into(),
        blocked_encryption_types: vec!["SSE-C".to_owned()],
        sse_algorithm: "AES256".to_owned(),
        ..observed()
    };
    let calls = [
        call("PutBucketTagging").with("<Key>aws:x</Key>").with("security"),
        call("PutBucketEncryption").with("<EncryptionType>SSE-C</EncryptionType>"),
    ];
    ensured(calls, &spec(), Some(bucket)).await;
}

#[test]
fn a_bucket_without_versioning_needs_no_rule_that_expires_versions() {
    let mut desired = spec();
    desired.lifecycle.noncurrent_days = Some(30);
    let mut suspended = observed();
    suspended.versioning = "Suspended".to_owned();
    assert_eq!(diff(&suspended, &desired), []);
    desired.versioning = true;
    suspended.versioning = "Enabled".to_owned();
    let differences: Vec<_> = diff(&suspended, &desired).into_iter().map(|one| one.path).collect();
    assert_eq!(differences, ["lifecycle.noncurrent_days"]);
}

/// S3 resets it with every write of the rules that does not name it.
#[tokio::test]
async fn least_size_of_transitions_is_written_back_as_found() {
    const SIZE: &str = "x-amz-transition-default-minimum-object-size";
    let mut calls = observation();
    calls.retain(|call| !call.is("GetBucketLifecycleConfiguration"));
    let rules = LIFECYCLE.replace("1825", "365");
    calls.push(call("GetBucketLifecycleConfiguration").text(rules).and_header(SIZE, "varies_by_storage_class"));
    let write = call("PutBucketLifecycleConfiguration").with(format!("{SIZE}: varies_by_storage_class")).with("1825");
    let aws = Checked::steps([calls, vec![write]]);
    let buckets = aws.buckets();
    let found = buckets.observe(NAME, REGION, ACCOUNT, ExpectedBucket::default(), &run()).await.unwrap();
    let reached = buckets.ensure(&spec(), found, &run()).await;
    assert!(reached.error.is_none(), "{:?}", reached.error);
}

#[tokio::test]
async fn least_size_of_transitions_that_s3_does_not_name_is_not_written() {
    let without = ObservedBucket { lifecycle: None, ..observed() };
    let write = call("PutBucketLifecycleConfiguration").without("x-amz-transition-default-minimum-object-size");
    ensured([write], &spec(), Some(without)).await;
}

/// S3 refuses to suspend versioning while the bucket has a lock.
#[tokio::test]
async fn versioning_that_a_lock_requires_is_no_difference() {
    let locked =
        ObservedBucket { object_lock: full_spec().object_lock, versioning: "Enabled".to_owned(), ..observed() };
    assert_eq!(diff(&locked, &spec()), []);
    ensured([], &spec(), Some(locked)).await;
}

/// The sentences that S3 responds with to `PutBucketTagging` where access is controlled by tags.
const ABAC: &str = "This S3 general purpose bucket has attribute-based access control (ABAC) enabled. To add tags to this \
                    bucket, initiate a TagResource request.";

fn refused_by_abac() -> Expected {
    call("PutBucketTagging").fails_with("BadRequest", ABAC)
}

#[tokio::test]
async fn bucket_with_access_by_tags_is_tagged_through_s3_control() {
    let mut drifted = observed();
    drifted.tags.remove("team");
    drifted.tags.insert("foreign".to_owned(), "x".to_owned());
    let calls = [
        refused_by_abac(),
        call("TagResource")
            .with("111122223333.s3-control.eu-west-1.amazonaws.com")
            .with("x-amz-account-id: 111122223333")
            .with("arn%3Aaws%3As3%3A%3A%3Aaudit-logs")
            .with("<Key>team</Key><Value>security</Value>")
            .without("ssm-session-setup"),
        call("UntagResource").with("tagKeys=foreign").without("tagKeys=team"),
    ];
    assert_eq!(ensured(calls, &spec(), Some(drifted)).await, observed());
}

#[tokio::test]
async fn tags_that_only_have_to_go_are_not_written_again() {
    let mut drifted = observed();
    drifted.tags.insert("foreign".to_owned(), "x".to_owned());
    ensured([refused_by_abac(), call("UntagResource").with("tagKeys=foreign")], &spec(), Some(drifted)).await;
}

#[tokio::test]
async fn refusal_of_s3_control_is_the_error() {
    let drifted = ObservedBucket { tags: Tags::new(), ..observed() };
    let reached = ensure([refused_by_abac(), call("TagResource").fails("AccessDenied")], &spec(), Some(drifted)).await;
    let error = reached.error.unwrap();
    assert_eq!((error.service, error.operation), ("S3 Control", "TagResource"));
    let other = call("PutBucketTagging").fails_with("BadRequest", "An error occurred when parsing the HTTP request.");
    let reached = ensure([other], &spec(), reached.part).await;
    assert_eq!(reached.error.unwrap().operation, "PutBucketTagging");
}
