//! Answers that are not in the protocol of AWS: the page of a proxy, another service behind an endpoint.

use crate::reconcile::call::Call;
use crate::reconcile::{CallError, ErrorKind};

use super::scripted::{Checked, Expected, call, run};

const PAGE: &str = "<!DOCTYPE html><html><body>Please log in</body></html>";
const LIKELY: &str = "An endpoint or a proxy that is not AWS is the likely reason";

async fn read_xml(answer: Expected) -> CallError {
    let aws = Checked::new([answer]);
    let client = aws.s3_in("eu-west-1");
    let call = Call::read("S3", "GetBucketEncryption", "logs");
    run().call(&call, || client.get_bucket_encryption().bucket("logs").send()).await.unwrap_err()
}

async fn read_json(answer: Expected) -> CallError {
    let aws = Checked::new([answer]);
    let client = aws.ssm();
    let call = Call::read("Systems Manager", "GetDocument", "x");
    run().call(&call, || client.get_document().name("x").send()).await.unwrap_err()
}

async fn write_json(answer: Expected) -> CallError {
    let aws = Checked::new([answer]);
    let client = aws.kms();
    let call = Call::write("KMS", "CreateKey", "alias/x");
    run().call(&call, || client.create_key().send()).await.unwrap_err()
}

#[track_caller]
fn assert_unreadable(error: &CallError, kind: ErrorKind, expected: &str) {
    assert_eq!(error.kind, kind, "{error}");
    assert!(error.message.contains(expected), "{error}");
    assert!(error.message.contains("cannot be read") && error.message.ends_with(LIKELY), "{error}");
    assert!(!error.message.contains("log in"), "the body is not shown: {error}");
}

#[tokio::test]
async fn a_page_is_named_by_its_type_and_what_was_expected() {
    let page = |operation, status| call(operation).responds(status, "text/html; charset=utf-8", PAGE);
    for (status, kind) in [(200, ErrorKind::Unreadable), (403, ErrorKind::Unreadable), (502, ErrorKind::Unreachable)] {
        let shown = format!("HTTP status {status} and a body of type text/html; charset=utf-8, where ");
        let error = read_xml(page("GetBucketEncryption", status)).await;
        assert_unreadable(&error, kind, &format!("{shown}XML"));
        let error = read_json(page("GetDocument", status)).await;
        assert_unreadable(&error, kind, &format!("{shown}JSON"));
    }
}

#[tokio::test]
async fn xml_of_another_kind_and_json_where_xml_belongs_cannot_be_read() {
    for (content_type, body) in
        [("application/xml", "<ListAllMyBucketsResult/>"), ("application/json", "{\"message\":\"not found\"}")]
    {
        let error = read_xml(call("GetBucketEncryption").responds(200, content_type, body)).await;
        assert_unreadable(&error, ErrorKind::Unreadable, &format!("a body of type {content_type}, where XML"));
    }
    let error = read_json(call("GetDocument").text(PAGE)).await;
    assert_unreadable(&error, ErrorKind::Unreadable, "a body without a content type, where JSON");
}

#[tokio::test]
async fn the_effect_of_a_write_with_such_an_answer_is_unknown_unless_it_is_an_error() {
    let error = write_json(call("CreateKey").responds(200, "text/html", PAGE)).await;
    assert_unreadable(&error, ErrorKind::EffectUnknown, "text/html");
    let error = write_json(call("CreateKey").responds(503, "text/html", PAGE)).await;
    assert_unreadable(&error, ErrorKind::Unreachable, "text/html");
}

#[tokio::test]
async fn an_error_of_s3_without_a_body_is_no_such_answer() {
    let error = read_xml(call("GetBucketEncryption").header(403, "x-amz-bucket-region", "eu-west-1")).await;
    assert_eq!(error.message, "AWS responded with HTTP status 403");
}
