//! Creating a bucket where S3 refuses tags at its creation.

use super::*;

const NO_VERSIONS: &str = "<ListVersionsResult/>";

fn tagged() -> Expected {
    call("CreateBucket").with("<Tag>")
}

fn untagged() -> Expected {
    call("CreateBucket").with("<LocationConstraint>eu-west-1</LocationConstraint>").without("<Tag>")
}

fn absent() -> Expected {
    call("HeadBucket").with(NAME).fails("NotFound")
}

/// What a new bucket answers that nobody else has touched.
fn untouched() -> [Expected; 2] {
    [
        call("GetBucketTagging").with(OWNER).fails("NoSuchTagSet"),
        call("ListObjectVersions").with(OWNER).text(NO_VERSIONS),
    ]
}

fn tags_are_written() -> Expected {
    call("PutBucketTagging").with(OWNER).with("<Key>ssm-session-setup-stamp</Key><Value>stamp</Value>")
}

fn settings() -> [Expected; 4] {
    ["PutPublicAccessBlock", "PutBucketEncryption", "PutBucketPolicy", "PutBucketLifecycleConfiguration"].map(call)
}

fn refusals() -> Vec<Expected> {
    let tag = "User: x is not authorized to perform: s3:TagResource on resource: \"arn:aws:s3:::audit-logs\"";
    let mut refusals: Vec<_> = ["UnsupportedArgument", "MalformedXML", "MethodNotAllowed", "NotImplemented"]
        .into_iter()
        .map(|code| tagged().fails(code))
        .collect();
    refusals.push(tagged().fails_with("AccessDenied", tag));
    refusals
}

#[tokio::test]
async fn bucket_is_made_without_tags_and_tagged_at_once() {
    for refusal in refusals() {
        let calls = [refusal, absent(), untagged()].into_iter().chain(untouched()).chain([tags_are_written()]);
        let part = ensured(calls.chain(settings()), &spec(), None).await;
        assert_eq!(part, observed());
    }
}

#[tokio::test]
async fn server_that_takes_no_configuration_gets_none() {
    let bare = call("CreateBucket").without("CreateBucketConfiguration");
    let calls = [tagged().fails("MalformedXML"), absent(), untagged().fails("MalformedXML"), bare];
    let calls = calls.into_iter().chain(untouched()).chain([tags_are_written()]).chain(settings());
    assert_eq!(ensured(calls, &spec(), None).await, observed());
}

#[tokio::test]
async fn other_refusals_are_errors() {
    let denied = "User: x is not authorized to perform: s3:CreateBucket";
    for refusal in [tagged().fails("InvalidTag"), tagged().fails_with("AccessDenied", denied)] {
        let reached = ensure([refusal], &spec(), None).await;
        assert_eq!(reached.part, None);
        assert!(reached.error.is_some());
    }
}

#[tokio::test]
async fn name_that_is_not_free_is_not_made_without_tags() {
    for answer in [call("HeadBucket"), call("HeadBucket").fails("AccessDenied")] {
        let reached = ensure([tagged().fails("UnsupportedArgument"), answer], &spec(), None).await;
        assert_eq!(reached.part, None);
        assert_eq!(reached.error.unwrap().kind, ErrorKind::AlreadyExists);
    }
}

#[tokio::test]
async fn bucket_that_has_tags_or_objects_is_somebody_elses() {
    let tagged_by_another = vec![call("GetBucketTagging").text(tagging())];
    let object = "<ListVersionsResult><Version><Key>b</Key><VersionId>1</VersionId></Version></ListVersionsResult>";
    let filled = vec![call("GetBucketTagging").fails("NoSuchTagSet"), call("ListObjectVersions").text(object)];
    for looks in [tagged_by_another, filled] {
        for created in [untagged(), untagged().fails("BucketAlreadyOwnedByYou"), untagged().breaks()] {
            let calls = [tagged().fails("UnsupportedArgument"), absent(), created];
            let reached = ensure(calls.into_iter().chain(looks.clone()), &spec(), None).await;
            assert_eq!(reached.part, None);
            assert_eq!(reached.error.unwrap().kind, ErrorKind::AlreadyExists);
        }
    }
}

#[tokio::test]
async fn create_without_a_response_is_found_out() {
    for created in [untagged().fails("BucketAlreadyOwnedByYou"), untagged().breaks()] {
        let calls = [tagged().fails("UnsupportedArgument"), absent(), created];
        let calls = calls.into_iter().chain(untouched()).chain([tags_are_written()]).chain(settings());
        assert_eq!(ensured(calls, &spec(), None).await, observed());
    }
    let gone = call("GetBucketTagging").fails("AccessDenied");
    let calls = [tagged().fails("UnsupportedArgument"), absent(), untagged().fails("BucketAlreadyExists"), gone];
    let reached = ensure(calls, &spec(), None).await;
    assert_eq!(reached.part, None);
    assert_eq!(reached.error.unwrap().kind, ErrorKind::AlreadyExists);
}

#[tokio::test]
async fn bucket_that_cannot_be_tagged_is_deleted_again() {
    for (deleted, said) in [
        (call("DeleteBucket").with(NAME).with(OWNER), "was deleted again"),
        (call("DeleteBucket").fails("AccessDenied"), "could not be deleted"),
    ] {
        let calls = [tagged().fails("UnsupportedArgument"), absent(), untagged()].into_iter().chain(untouched());
        let reached =
            ensure(calls.chain([call("PutBucketTagging").fails("AccessDenied"), deleted]), &spec(), None).await;
        assert_eq!(reached.part, None);
        let error = reached.error.unwrap();
        assert_eq!(error.operation, "PutBucketTagging");
        assert!(error.message.contains(said), "{error}");
    }
}
