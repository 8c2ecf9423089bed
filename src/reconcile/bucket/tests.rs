//! The bucket over scripted HTTP: every call of every scenario, in order.

use crate::reconcile::tests::scripted::{ACCOUNT, Checked, Expected, REGION, call, run, tags};
use crate::reconcile::{Difference, ErrorKind, Reached, Tags};

use super::{AccessLog, BucketSpec, ExpectedBucket, Lifecycle, ObjectLock, ObservedBucket, PublicAccessBlock, diff};

mod create;
mod empty;
mod existing;
mod grants;
mod lifecycle;
mod repair;
mod untagged;

const NAME: &str = "audit-logs";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k-1";
const OWNER: &str = "x-amz-expected-bucket-owner: 111122223333";
const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["a","b"]}]}"#;

fn spec() -> BucketSpec {
    BucketSpec {
        name: NAME.to_owned(),
        arn: "arn:aws:s3:::audit-logs".to_owned(),
        region: REGION.to_owned(),
        account_id: ACCOUNT.to_owned(),
        policy: POLICY.to_owned(),
        kms_key_arn: Some(KEY.to_owned()),
        bucket_key_enabled: false,
        object_ownership: "BucketOwnerEnforced".to_owned(),
        versioning: false,
        lifecycle: Lifecycle {
            prefix: String::new(),
            transition_days: Some(30),
            archive_days: Some(60),
            expiration_days: Some(1825),
            noncurrent_days: None,
        },
        object_lock: None,
        access_log: None,
        tags: tags(),
    }
}

fn observed() -> ObservedBucket {
    ObservedBucket {
        name: NAME.to_owned(),
        region: REGION.to_owned(),
        account_id: ACCOUNT.to_owned(),
        policy: Some(POLICY.to_owned()),
        public_access_block: PublicAccessBlock::ALL,
        sse_algorithm: "aws:kms".to_owned(),
        kms_key_arn: Some(KEY.to_owned()),
        bucket_key_enabled: false,
        blocked_encryption_types: Vec::new(),
        object_ownership: "BucketOwnerEnforced".to_owned(),
        versioning: String::new(),
        lifecycle: Some(spec().lifecycle),
        lifecycle_limit: None,
        lifecycle_excess: Vec::new(),
        other_rules: Vec::new(),
        least_transition_size: None,
        object_lock: None,
        access_log: None,
        tags: tags(),
        system_tags: Tags::new(),
    }
}

/// As `spec`, with everything that is disabled by default.
fn full_spec() -> BucketSpec {
    BucketSpec {
        versioning: true,
        object_lock: Some(ObjectLock { mode: "GOVERNANCE".to_owned(), days: 365 }),
        access_log: Some(AccessLog { target_bucket: "access-logs".to_owned(), target_prefix: "audit/".to_owned() }),
        ..spec()
    }
}

fn observed_in_full() -> ObservedBucket {
    let spec = full_spec();
    ObservedBucket {
        versioning: "Enabled".to_owned(),
        object_lock: spec.object_lock,
        access_log: spec.access_log,
        ..observed()
    }
}

fn encryption(algorithm: &str, key: &str) -> String {
    format!(
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
         <SSEAlgorithm>{algorithm}</SSEAlgorithm>{key}</ApplyServerSideEncryptionByDefault>\
         <BucketKeyEnabled>false</BucketKeyEnabled><BlockedEncryptionTypes>\
         <EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule>\
         </ServerSideEncryptionConfiguration>"
    )
}

fn tagging() -> String {
    let tag = |(key, value): (String, String)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
    let tags: String = tags().into_iter().map(tag).collect();
    format!(
        "<Tagging><TagSet>{tags}<Tag><Key>aws:cloudformation:stack-name</Key><Value>x</Value></Tag>\
         </TagSet></Tagging>"
    )
}

const BLOCK: &str = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls>\
    <IgnorePublicAcls>true</IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy>\
    <RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
const OWNERSHIP: &str = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced\
    </ObjectOwnership></Rule></OwnershipControls>";
const LIFECYCLE: &str = "<LifecycleConfiguration><Rule><ID>audit-log-lifecycle-policy</ID>\
    <Filter><Prefix></Prefix></Filter><Status>Enabled</Status>\
    <Transition><Days>30</Days><StorageClass>STANDARD_IA</StorageClass></Transition>\
    <Transition><Days>60</Days><StorageClass>GLACIER</StorageClass></Transition>\
    <Expiration><Days>1825</Days></Expiration><AbortIncompleteMultipartUpload>\
    <DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload>\
    </Rule></LifecycleConfiguration>";

/// The eight calls of an observation, in any order, for the bucket of `observed`.
fn observation() -> Vec<Expected> {
    let key = format!("<KMSMasterKeyID>{KEY}</KMSMasterKeyID>");
    vec![
        call("GetBucketEncryption").text(encryption("aws:kms", &key)),
        call("GetPublicAccessBlock").text(BLOCK),
        call("GetBucketOwnershipControls").text(OWNERSHIP),
        call("GetBucketPolicy").text(POLICY),
        call("GetBucketLifecycleConfiguration").text(LIFECYCLE),
        call("GetBucketTagging").text(tagging()),
        call("GetBucketVersioning").text("<VersioningConfiguration/>"),
        call("GetBucketLogging").text("<BucketLoggingStatus/>"),
    ]
    .into_iter()
    .map(|call| call.with(OWNER))
    .collect()
}

/// The same eight calls, each with the same error in response.
fn observation_fails(code: &str) -> Vec<Expected> {
    observation().into_iter().map(|call| call.fails(code)).collect()
}

async fn ensure(
    calls: impl IntoIterator<Item = Expected>,
    spec: &BucketSpec,
    observed: Option<ObservedBucket>,
) -> Reached<ObservedBucket> {
    let aws = Checked::new(calls);
    aws.buckets().ensure(spec, observed, &run()).await
}

/// The part after an `ensure` without an error.
async fn ensured(
    calls: impl IntoIterator<Item = Expected>,
    spec: &BucketSpec,
    observed: Option<ObservedBucket>,
) -> ObservedBucket {
    let reached = ensure(calls, spec, observed).await;
    assert!(reached.error.is_none(), "{:?}", reached.error);
    reached.part.expect("a part")
}

#[tokio::test]
async fn observation_takes_eight_calls_that_name_the_owner() {
    let aws = Checked::steps([observation()]);
    let found = aws.buckets().observe(NAME, REGION, ACCOUNT, ExpectedBucket::default(), &run()).await;
    let system = ("aws:cloudformation:stack-name".to_owned(), "x".to_owned());
    let expected = ObservedBucket {
        blocked_encryption_types: vec!["SSE-C".to_owned()],
        system_tags: [system].into(),
        ..observed()
    };
    let found = found.unwrap().unwrap();
    assert_eq!(found, expected);
    assert_eq!(diff(&found, &spec()), []);
}

/// Only a bucket that keeps versions can have a lock, so that other buckets cost no call for it.
#[tokio::test]
async fn lock_that_somebody_set_by_hand_is_read() {
    let mut calls = observation();
    calls.retain(|call| !call.is("GetBucketVersioning"));
    calls.push(call("GetBucketVersioning").text(VERSIONED));
    let aws = Checked::steps([calls, vec![call("GetObjectLockConfiguration").with(OWNER).text(YEARS_OF_LOCK)]]);
    let found = aws.buckets().observe(NAME, REGION, ACCOUNT, ExpectedBucket::default(), &run()).await;
    let lock = ObjectLock { mode: "COMPLIANCE".to_owned(), days: 730 };
    assert_eq!(found.unwrap().unwrap().object_lock, Some(lock));
}

const VERSIONED: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
const YEARS_OF_LOCK: &str = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>\
    <DefaultRetention><Mode>COMPLIANCE</Mode><Years>2</Years></DefaultRetention></Rule></ObjectLockConfiguration>";

#[tokio::test(start_paused = true)]
async fn a_new_lifecycle_may_be_unknown_for_a_moment() {
    let unknown = || call("GetBucketLifecycleConfiguration").fails("NoSuchLifecycleConfiguration");
    let expected = ExpectedBucket { lifecycle: true };
    let aws = Checked::steps([[vec![unknown(), unknown()], observation()].concat()]);
    let found = aws.buckets().observe(NAME, REGION, ACCOUNT, expected, &run()).await;
    assert_eq!(found.unwrap().unwrap().lifecycle, Some(spec().lifecycle));

    // One that somebody deleted is drift, after delays of 1, 2 and 4 seconds.
    let mut calls = observation();
    calls.retain(|call| !call.is("GetBucketLifecycleConfiguration"));
    calls.extend((0..4).map(|_| unknown()));
    let aws = Checked::steps([calls]);
    let found = aws.buckets().observe(NAME, REGION, ACCOUNT, expected, &run()).await;
    assert_eq!(found.unwrap().unwrap().lifecycle, None);
}

#[tokio::test]
async fn lock_is_found_without_a_default_retention_and_not_without_a_bucket() {
    let lock = || call("GetObjectLockConfiguration").with(OWNER);
    let enabled = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";
    for (answer, has) in [
        (lock().text(enabled), true),
        (lock().fails("ObjectLockConfigurationNotFoundError"), false),
        (lock().fails("NoSuchBucket"), false),
    ] {
        let aws = Checked::new([answer]);
        assert_eq!(aws.buckets().has_object_lock(NAME, ACCOUNT, &run()).await.unwrap(), has);
    }
    let aws = Checked::new([lock().fails("AccessDenied")]);
    let denied = aws.buckets().has_object_lock(NAME, ACCOUNT, &run()).await.unwrap_err();
    assert_eq!(denied.kind, ErrorKind::AccessDenied);
}

#[tokio::test]
async fn settings_that_are_not_set_are_no_errors() {
    let missing = [
        ("GetBucketEncryption", "ServerSideEncryptionConfigurationNotFoundError"),
        ("GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
        ("GetBucketOwnershipControls", "OwnershipControlsNotFoundError"),
        ("GetBucketPolicy", "NoSuchBucketPolicy"),
        ("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration"),
        ("GetBucketTagging", "NoSuchTagSet"),
    ];
    let mut calls: Vec<_> = missing.iter().map(|(name, code)| call(name).fails(code)).collect();
    calls.push(call("GetBucketVersioning").text(VERSIONED));
    calls.push(call("GetBucketLogging").text("<BucketLoggingStatus/>"));
    let unlocked = call("GetObjectLockConfiguration").fails("ObjectLockConfigurationNotFoundError");
    let aws = Checked::steps([calls, vec![unlocked]]);
    let found = aws.buckets().observe(NAME, REGION, ACCOUNT, ExpectedBucket::default(), &run()).await;
    let found = found.unwrap().unwrap();
    assert_eq!((found.sse_algorithm.as_str(), found.policy, found.tags), ("", None, Tags::new()));
}

#[tokio::test]
async fn missing_bucket_is_none_and_denial_or_redirect_an_error() {
    for (code, kind) in [
        ("NoSuchBucket", None),
        ("AccessDenied", Some(ErrorKind::AccessDenied)),
        ("PermanentRedirect", Some(ErrorKind::Other)),
    ] {
        let aws = Checked::steps([observation_fails(code)]);
        let found = aws.buckets().observe(NAME, REGION, ACCOUNT, ExpectedBucket::default(), &run()).await;
        match kind {
            None => assert_eq!(found.unwrap(), None),
            Some(kind) => assert_eq!(found.unwrap_err().kind, kind),
        }
    }
}

#[tokio::test]
async fn remove_deletes_the_bucket_and_a_second_time_nothing() {
    let aws = Checked::new([
        call("DeleteBucket").with(NAME).with(OWNER),
        call("DeleteBucket").fails("NoSuchBucket"),
        call("DeleteBucket").fails("BucketNotEmpty"),
    ]);
    let buckets = aws.buckets();
    buckets.remove(NAME, ACCOUNT, &run()).await.unwrap();
    buckets.remove(NAME, ACCOUNT, &run()).await.unwrap();
    let full = buckets.remove(NAME, ACCOUNT, &run()).await.unwrap_err();
    assert_eq!(full.kind, ErrorKind::Conflict);
}

fn texts(differences: &[Difference]) -> Vec<String> {
    let text = |d: &Difference| format!("{}: {}, want {}", d.path, d.observed, d.desired);
    differences.iter().map(text).collect()
}
