//! The retry policy in paused time.

use std::time::Duration;

use aws_sdk_kms::config::retry::RetryConfig;
use aws_sdk_ssm::operation::delete_document::DeleteDocumentError;
use tokio::time::Instant;

use crate::reconcile::call::{Call, Transient, WINDOW};
use crate::reconcile::tests::scripted::{Checked, Expected, call, run};
use crate::reconcile::{CallError, ErrorKind, Run};

use super::Backoff;

const LATE: &[Transient] = &[Transient::message("InvalidDocument", "not yet")];

async fn delete(
    calls: impl IntoIterator<Item = Expected>,
    transient: &[Transient],
    run: &Run,
) -> Result<(), CallError> {
    let aws = Checked::new(calls);
    let client = aws.ssm();
    let call = Call::write("Systems Manager", "DeleteDocument", "x").retrying(transient);
    let response = run.call(&call, || client.delete_document().name("x").send());
    response.await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn conflicts_are_always_retried_with_growing_delays() {
    let start = Instant::now();
    let calls = [
        call("DeleteDocument").fails("OperationAborted"),
        call("DeleteDocument").fails("ConcurrentModificationException"),
        call("DeleteDocument").fails("TooManyUpdates"),
        call("DeleteDocument"),
    ];
    delete(calls, &[], &run()).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 1 + 2 + 4);
}

#[tokio::test(start_paused = true)]
async fn other_errors_are_retried_only_where_the_call_says_so() {
    let late = || call("DeleteDocument").fails_with("InvalidDocument", "it is not yet there");
    delete([late(), call("DeleteDocument")], LATE, &run()).await.unwrap();

    let error = delete([late()], &[], &run()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);

    let gone = call("DeleteDocument").fails_with("InvalidDocument", "it is gone");
    let error = delete([gone], LATE, &run()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn retries_end_with_the_response_of_aws() {
    // Two minutes of delays: 1, 2, 4, 8 and seven times 15 seconds.
    let calls = (0..12).map(|_| call("DeleteDocument").fails("TooManyUpdates"));
    let error = delete(calls, &[], &run()).await.unwrap_err();
    assert!(error.has_code("TooManyUpdates"));
}

#[tokio::test(start_paused = true)]
async fn retries_end_before_the_deadline() {
    let run = Run { deadline: Instant::now() + Duration::from_secs(2), ..run() };
    let calls = (0..2).map(|_| call("DeleteDocument").fails("TooManyUpdates"));
    let error = delete(calls, &[], &run).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_ends_the_delay() {
    let run = run();
    let cancel = run.cancel.clone();
    let start = Instant::now();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(500)).await;
        cancel.cancel();
    });
    let error = delete([call("DeleteDocument").fails("TooManyUpdates")], &[], &run).await;
    assert_eq!(error.unwrap_err().kind, ErrorKind::Cancelled);
    assert_eq!(start.elapsed().as_millis(), 500);
}

#[tokio::test(start_paused = true)]
async fn a_read_in_flight_is_dropped_at_once_when_the_time_is_over() {
    let aws = Checked::new([call("DescribeDocument").hangs()]);
    let client = aws.ssm();
    let run = Run { deadline: Instant::now() + Duration::from_secs(2), ..run() };
    let call = Call::read("Systems Manager", "DescribeDocument", "x");
    let start = Instant::now();
    let response = run.call(&call, || client.describe_document().name("x").send());
    assert_eq!(response.await.unwrap_err().kind, ErrorKind::TimedOut);
    assert_eq!(start.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_broken_read_is_unreachable_and_a_broken_write_unknown() {
    let error = delete([call("DeleteDocument").breaks()], &[], &run()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::EffectUnknown);
    assert!(error.source.is_some());

    let aws = Checked::new([call("DescribeDocument").breaks()]);
    let client = aws.ssm();
    let call = Call::read("Systems Manager", "DescribeDocument", "x");
    let response = run().call(&call, || client.describe_document().name("x").send()).await;
    assert_eq!(response.unwrap_err().kind, ErrorKind::Unreachable);
}

#[tokio::test]
async fn without_a_connection_nothing_is_changed() {
    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    let failure = aws_smithy_runtime_api::client::result::ConnectorError::io(refused.into());
    let call = Call::write("Systems Manager", "DeleteDocument", "x");
    let sdk = aws_smithy_runtime_api::client::result::SdkError::<DeleteDocumentError, _>::dispatch_failure(failure);
    let error = CallError::from_sdk(&call, sdk);
    assert_eq!(error.kind, ErrorKind::Unreachable);
}

#[tokio::test(start_paused = true)]
async fn callers_that_are_throttled_together_retry_apart() {
    let run = run();
    let call = Call::write("KMS", "CreateKey", "x");
    let mut moments = Vec::new();
    for _ in 0..20 {
        let start = Instant::now();
        let mut backoff = Backoff::within(WINDOW);
        run.back_off(&call, CallError::new(ErrorKind::Throttled, &call, "Rate exceeded"), &mut backoff).await.unwrap();
        moments.push(start.elapsed().as_millis());
    }
    assert!(moments.iter().all(|moment| *moment <= 1000), "{moments:?}");
    moments.sort_unstable();
    moments.dedup();
    assert!(moments.len() > 10, "{moments:?}");
}

#[tokio::test(start_paused = true)]
async fn refused_credentials_and_a_wrong_clock_are_final() {
    for code in [
        "ExpiredTokenException",
        "UnrecognizedClientException",
        "RequestTimeTooSkewed",
        "RequestExpired",
        "InvalidSignatureException",
    ] {
        let aws =
            Checked::new([call("PutRetentionPolicy").fails_with(code, "first line\nx-amz-security-token: SECRET")]);
        let client = aws.logs_with(RetryConfig::standard().with_max_attempts(25));
        let put = Call::write("CloudWatch Logs", "PutRetentionPolicy", "x");
        let send = || client.put_retention_policy().log_group_name("x").retention_in_days(7).send();
        let error = run().call(&put, send).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials, "{code}");
        assert_eq!(error.message, "first line", "what was signed is not shown");
    }
}
