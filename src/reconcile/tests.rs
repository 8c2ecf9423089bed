//! Claims about all parts alike, and the script of AWS that the tests of every part use.

pub(crate) mod scripted;
mod unreadable;

use super::Run;
use super::bucket::{BucketSpec, Buckets, ExpectedBucket};
use super::kms_key::{KmsKeySpec, KmsKeys};
use super::log_group::{LogGroupSpec, LogGroups};
use super::session_document::{DocumentSpec, SessionDocuments};

use scripted::{Checked, call, run};

fn spawnable(_: impl Future<Output: Send> + Send) {}

/// An apply runs in a task of its own, so everything must be able to move between threads.
#[expect(dead_code, clippy::too_many_arguments, reason = "it compiles or it does not")]
fn every_verb_can_run_in_a_task(
    run: &Run,
    keys: &KmsKeys,
    key: &KmsKeySpec,
    groups: &LogGroups,
    group: &LogGroupSpec,
    documents: &SessionDocuments,
    document: &DocumentSpec,
    buckets: &Buckets,
    bucket: &BucketSpec,
) {
    spawnable(keys.observe("alias/x", None, run));
    spawnable(keys.observe_existing("x", run));
    spawnable(keys.ensure(key, None, &[], run));
    spawnable(keys.remove("x", None, 7, run));
    spawnable(groups.observe("x", run));
    spawnable(groups.ensure(group, None, false, run));
    spawnable(groups.remove("x", run));
    spawnable(documents.observe(run));
    spawnable(documents.ensure(document, None, &[], run));
    spawnable(documents.remove(run));
    spawnable(buckets.observe("x", "y", "z", ExpectedBucket::default(), run));
    spawnable(buckets.observe_existing("x", None, run));
    spawnable(buckets.ensure(bucket, None, run));
    spawnable(buckets.empty("x", "y", run));
    spawnable(buckets.remove("x", "y", run));
}

/// The message of a refused signature continues with the signed headers.
#[tokio::test]
async fn an_error_says_nothing_of_headers() {
    let message = "The signature does not match.\nx-amz-security-token:TOPSECRET";
    let aws = Checked::new([call("GetDocument").fails_with("InvalidSignatureException", message)]);
    let error = SessionDocuments::new(&aws.ssm()).observe_version("1", &run()).await.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("The signature does not match"), "{text}");
    assert!(!text.contains("TOPSECRET"), "{text}");
}

#[tokio::test]
async fn a_sentence_of_aws_inside_a_diagnostic_has_one_full_stop() {
    let denied = "User: arn:aws:iam::111122223333:user/ci is not authorized to perform: ssm:GetDocument.";
    let aws = Checked::new([call("GetDocument").fails_with("AccessDeniedException", denied)]);
    let error = SessionDocuments::new(&aws.ssm()).observe_version("1", &run()).await.unwrap_err();
    assert_eq!(
        format!("{error}."),
        format!("Systems Manager GetDocument on SSM-SessionManagerRunShell: AccessDeniedException: {denied}")
    );
}

#[tokio::test]
async fn an_error_without_a_message_names_the_status() {
    let aws = Checked::new([call("GetDocument").fails_with("InternalServerError", "")]);
    let error = SessionDocuments::new(&aws.ssm()).observe_version("1", &run()).await.unwrap_err();
    assert_eq!(error.message, "AWS responded with HTTP status 400");
}
