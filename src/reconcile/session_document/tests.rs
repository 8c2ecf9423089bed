//! The document over scripted HTTP: every call of every scenario, in order.

use serde_json::{Value, json};

use crate::reconcile::tests::scripted::{ACCOUNT, Checked, Expected, call, one_by_one, run, tags};
use crate::reconcile::{Difference, ErrorKind, Reached, STAMP_TAG, Tags};

use super::{DocumentSpec, NAME, ObservedDocument, SessionDocuments, diff};

fn content() -> Value {
    json!({
        "schemaVersion": "1.0", "sessionType": "Standard_Stream",
        "inputs": { "s3BucketName": "bucket", "idleSessionTimeout": "20", "runAsEnabled": false },
    })
}

fn spec() -> DocumentSpec {
    DocumentSpec { content: content(), tags: tags() }
}

fn observed() -> ObservedDocument {
    ObservedDocument {
        content: content(),
        text: content().to_string(),
        default_version: "3".to_owned(),
        latest_version: "3".to_owned(),
        status: "Active".to_owned(),
        hash: Some("hash-3".to_owned()),
        document_type: "Session".to_owned(),
        tags: tags(),
        system_tags: Tags::new(),
    }
}

fn description(version: &str, status: &str) -> Value {
    let tags: Vec<_> = tags().into_iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect();
    json!({
        "Name": NAME, "Hash": format!("hash-{version}"), "DocumentType": "Session",
        "DefaultVersion": "3", "LatestVersion": version, "DocumentVersion": version,
        "Status": status, "Owner": ACCOUNT, "Tags": tags,
    })
}

fn describe(version: &str, status: &str) -> Expected {
    call("DescribeDocument").with("$LATEST").json(json!({ "Document": description(version, status) }))
}

fn get() -> Expected {
    call("GetDocument").with("\"DocumentVersion\":\"$LATEST\"").json(json!({ "Content": content().to_string() }))
}

fn update(status: &str) -> Expected {
    call("UpdateDocument")
        .with("\"DocumentVersion\":\"$LATEST\"")
        .with("\\\"s3BucketName\\\":\\\"bucket\\\"")
        .json(json!({ "DocumentDescription": description("4", status) }))
}

fn make_default() -> Expected {
    call("UpdateDocumentDefaultVersion").with("\"DocumentVersion\":\"4\"")
}

/// As `observed`, with content that differs.
fn other_content() -> ObservedDocument {
    let mut document = observed();
    document.content["inputs"]["s3BucketName"] = json!("another");
    document
}

/// The document after an update of `other_content`.
fn updated() -> ObservedDocument {
    ObservedDocument {
        default_version: "4".to_owned(),
        latest_version: "4".to_owned(),
        hash: Some("hash-4".to_owned()),
        ..observed()
    }
}

async fn ensure(
    steps: Vec<Vec<Expected>>,
    spec: &DocumentSpec,
    observed: Option<ObservedDocument>,
) -> Reached<ObservedDocument> {
    let aws = Checked::steps(steps);
    SessionDocuments::new(&aws.ssm()).ensure(spec, observed, &["2".to_owned()], &run()).await
}

/// The part after an `ensure` without an error.
async fn ensured(calls: impl IntoIterator<Item = Expected>, observed: Option<ObservedDocument>) -> ObservedDocument {
    let reached = ensure(one_by_one(calls), &spec(), observed).await;
    assert!(reached.error.is_none(), "{:?}", reached.error);
    reached.part.expect("a part")
}

#[tokio::test]
async fn observation_takes_two_calls_for_the_latest_version() {
    let aws = Checked::steps([vec![describe("3", "Active"), get()]]);
    let found = SessionDocuments::new(&aws.ssm()).observe(&run()).await;
    assert_eq!(found.unwrap(), Some(observed()));
}

#[tokio::test]
async fn missing_document_is_none_and_denial_is_an_error() {
    for (code, found) in [("InvalidDocument", true), ("AccessDeniedException", false)] {
        let aws = Checked::steps([vec![call("DescribeDocument").fails(code), call("GetDocument").fails(code)]]);
        let document = SessionDocuments::new(&aws.ssm()).observe(&run()).await;
        assert_eq!(document.is_ok_and(|document| document.is_none()), found);
    }
}

#[tokio::test]
async fn text_that_is_not_json_is_a_difference_and_no_failure() {
    let broken = call("GetDocument").json(json!({ "Content": "{ schemaVersion" }));
    let aws = Checked::steps([vec![describe("3", "Active"), broken]]);
    let found = SessionDocuments::new(&aws.ssm()).observe(&run()).await;
    let document = found.unwrap().unwrap();
    assert_eq!(document.text, "{ schemaVersion");
    assert_eq!(diff(&document, &spec()).len(), 1);
}

#[tokio::test]
async fn old_version_is_read_and_a_deleted_one_is_none() {
    let aws = Checked::new([
        call("GetDocument").with("\"DocumentVersion\":\"2\"").json(json!({ "Content": "{}" })),
        call("GetDocument").fails("InvalidDocumentVersion"),
    ]);
    let documents = SessionDocuments::new(&aws.ssm());
    assert_eq!(documents.observe_version("2", &run()).await.unwrap().as_deref(), Some("{}"));
    assert_eq!(documents.observe_version("2", &run()).await.unwrap(), None);
}

fn created(status: &str) -> Expected {
    let mut description = description("1", status);
    description["DefaultVersion"] = json!("1");
    call("CreateDocument")
        .with(NAME)
        .with("\"DocumentType\":\"Session\"")
        .with("\"DocumentFormat\":\"JSON\"")
        .with("\"Key\":\"ssm-session-setup-stamp\"")
        .json(json!({ "DocumentDescription": description }))
}

#[tokio::test(start_paused = true)]
async fn create_waits_until_sessions_can_use_it() {
    let calls = [
        created("Creating"),
        call("DescribeDocument").fails("InvalidDocument"),
        describe("1", "Creating"),
        describe("1", "Active"),
    ];
    let part = ensured(calls, None).await;
    assert_eq!(diff(&part, &spec()), []);
    assert_eq!((part.status.as_str(), part.latest_version.as_str()), ("Active", "1"));
}

#[tokio::test]
async fn document_that_fails_is_kept_with_the_reason() {
    let mut failed = description("1", "Failed");
    failed["StatusInformation"] = json!("the content is odd");
    let calls = [created("Creating"), call("DescribeDocument").json(json!({ "Document": failed }))];
    let reached = ensure(one_by_one(calls), &spec(), None).await;
    let error = reached.error.unwrap();
    assert_eq!(error.kind, ErrorKind::Status);
    assert!(error.message.contains("the content is odd"), "{error}");
    assert_eq!(reached.part.unwrap().status, "Failed");
}

#[tokio::test(start_paused = true)]
async fn document_that_never_becomes_active_is_an_error_after_two_minutes() {
    let calls = std::iter::once(created("Creating")).chain((0..12).map(|_| describe("1", "Creating")));
    let reached = ensure(one_by_one(calls), &spec(), None).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::Status);
    assert_eq!(reached.part.unwrap().status, "Creating");
}

#[tokio::test]
async fn existing_document_is_taken_only_with_the_desired_stamp() {
    for (stamp, is_taken) in [("stamp", true), ("another", false)] {
        let mut found = description("3", "Active");
        for tag in found["Tags"].as_array_mut().unwrap() {
            if tag["Key"] == STAMP_TAG {
                tag["Value"] = json!(stamp);
            }
        }
        for create in [call("CreateDocument").fails("DocumentAlreadyExists"), call("CreateDocument").breaks()] {
            let look = call("DescribeDocument").json(json!({ "Document": found.clone() }));
            let steps = vec![vec![create], vec![look, get()]];
            let reached = ensure(steps, &spec(), None).await;
            assert_eq!(reached.error.is_none(), is_taken);
            assert_eq!(reached.part.is_some(), is_taken);
        }
    }
}

#[tokio::test]
async fn second_ensure_makes_no_call() {
    assert_eq!(diff(&observed(), &spec()), []);
    assert_eq!(ensured([], Some(observed())).await, observed());
}

#[tokio::test]
async fn update_writes_the_latest_version_and_makes_it_the_default() {
    assert_eq!(texts(&diff(&other_content(), &spec())), ["content.inputs.s3BucketName: \"another\", want \"bucket\""]);
    let calls = [update("Updating"), describe("4", "Active"), make_default()];
    assert_eq!(ensured(calls, Some(other_content())).await, updated());
}

#[tokio::test]
async fn tags_are_written_before_the_content() {
    let mut foreign = other_content();
    foreign.tags = [("foreign".to_owned(), "x".to_owned())].into();
    let calls = [
        call("AddTagsToResource").with("\"ResourceType\":\"Document\"").with(NAME).with("ssm-session-setup-stamp"),
        call("RemoveTagsFromResource").with("[\"foreign\"]"),
        update("Active"),
        make_default(),
    ];
    assert_eq!(ensured(calls, Some(foreign)).await, updated());
}

#[tokio::test]
async fn default_that_is_not_the_latest_is_moved() {
    let behind = ObservedDocument { default_version: "1".to_owned(), latest_version: "4".to_owned(), ..updated() };
    assert_eq!(texts(&diff(&behind, &spec())), ["default_version: 1, want 4"]);
    assert_eq!(ensured([make_default()], Some(behind)).await, updated());
}

#[tokio::test]
async fn version_that_failed_is_written_again() {
    let failed = ObservedDocument { status: "Failed".to_owned(), ..observed() };
    assert_eq!(texts(&diff(&failed, &spec())), ["status: Failed, want Active"]);
    let calls = [update("Active"), make_default()];
    assert_eq!(ensured(calls, Some(failed)).await, updated());
}

#[tokio::test]
async fn content_of_an_older_version_becomes_the_latest_again() {
    let calls = [
        call("UpdateDocument").fails("DuplicateDocumentContent"),
        update("Active"),
        call("UpdateDocumentDefaultVersion").with("\"DocumentVersion\":\"4\""),
    ];
    let document = ensured(calls, Some(other_content())).await;
    assert_eq!(document.latest_version, updated().latest_version);
    assert_eq!(document.text, format!("{}\n\n\n", spec().content));
}

#[tokio::test]
async fn each_failing_step_leaves_what_was_reached() {
    let fails = |operation| call(operation).fails("AccessDeniedException");
    let reached = ensure(one_by_one([fails("UpdateDocument")]), &spec(), Some(other_content())).await;
    assert_eq!(reached.part, Some(other_content()));
    assert_eq!(reached.error.unwrap().kind, ErrorKind::AccessDenied);

    let calls = [update("Active"), fails("UpdateDocumentDefaultVersion")];
    let reached = ensure(one_by_one(calls), &spec(), Some(other_content())).await;
    let behind = ObservedDocument { default_version: "3".to_owned(), ..updated() };
    assert_eq!(reached.part, Some(behind));
    assert_eq!(reached.error.unwrap().kind, ErrorKind::AccessDenied);
}

#[tokio::test]
async fn oldest_versions_are_deleted_but_never_those_in_use() {
    let page = |versions: Vec<u32>, token: Option<&str>| {
        let versions: Vec<_> =
            versions.into_iter().map(|version| json!({ "DocumentVersion": version.to_string() })).collect();
        call("ListDocumentVersions").json(json!({ "DocumentVersions": versions, "NextToken": token }))
    };
    let gone = |version: u32| call("DeleteDocument").with(format!("\"DocumentVersion\":\"{version}\""));
    // 3 is the default and the latest, 2 is kept.
    let mut calls = vec![
        call("UpdateDocument").fails("DocumentVersionLimitExceeded"),
        page((8..=15).rev().collect(), Some("more")),
        page((1..=7).rev().collect(), None).with("more"),
    ];
    calls.extend([1, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(gone));
    calls.extend([update("Active"), make_default()]);
    assert_eq!(ensured(calls, Some(other_content())).await, updated());
}

#[tokio::test]
async fn document_of_another_type_is_refused() {
    let command = ObservedDocument { document_type: "Command".to_owned(), ..other_content() };
    let reached = ensure(vec![], &spec(), Some(command.clone())).await;
    assert_eq!(reached.error.unwrap().kind, ErrorKind::Conflict);
    assert_eq!(reached.part, Some(command));
}

#[tokio::test]
async fn remove_deletes_the_document_and_a_second_time_nothing() {
    let aws = Checked::new([
        call("DeleteDocument").with(NAME).without("DocumentVersion"),
        call("DeleteDocument").fails("InvalidDocument"),
        call("DeleteDocument").fails("InvalidDocumentOperation"),
    ]);
    let documents = SessionDocuments::new(&aws.ssm());
    documents.remove(&run()).await.unwrap();
    documents.remove(&run()).await.unwrap();
    let shared = documents.remove(&run()).await.unwrap_err();
    assert_eq!(shared.kind, ErrorKind::Conflict);
}

fn texts(differences: &[Difference]) -> Vec<String> {
    let text = |d: &Difference| format!("{}: {}, want {}", d.path, d.observed, d.desired);
    differences.iter().map(text).collect()
}
