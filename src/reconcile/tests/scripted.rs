//! AWS as a script: which operations are called, in which order, and what each is answered.
//!
//! The real SDK clients speak to it over HTTP messages; only the network is missing. Operations that
//! may come in any order, because the code under test makes them side by side, stand in one step. An
//! operation that the script does not expect, or a step that was never reached, fails the test when
//! the script is dropped.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Run;

/// The account of all tests.
pub(crate) const ACCOUNT: &str = "111122223333";
/// The region of all tests.
pub(crate) const REGION: &str = "eu-west-1";

/// A run without practical bounds.
pub(crate) fn run() -> Run {
    Run { deadline: Instant::now() + Duration::from_hours(1), cancel: CancellationToken::new() }
}

/// Tags of one owner, with a mark and a stamp.
pub(crate) fn tags() -> super::Tags {
    [(super::MARK_TAG, "111122223333/eu-west-1/system"), (super::STAMP_TAG, "stamp"), ("team", "security")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

/// What AWS answers.
#[derive(Debug, Clone)]
enum Answer {
    Http(u16, Vec<(&'static str, &'static str)>, String),
    CallError(u16, String, String),
    /// The connection breaks after the request was sent.
    Broken,
    /// Nothing ever comes.
    Never,
}

/// One expected call.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    operation: &'static str,
    with: Vec<String>,
    without: Vec<String>,
    answer: Answer,
}

/// Expects an operation, which AWS answers with success and an empty body.
pub(crate) fn call(operation: &'static str) -> Expected {
    Expected { operation, with: Vec::new(), without: Vec::new(), answer: Answer::Http(200, Vec::new(), String::new()) }
}

impl Expected {
    /// The request (method, URI, headers, body) contains this.
    pub(crate) fn with(mut self, text: impl Into<String>) -> Self {
        self.with.push(text.into());
        self
    }

    /// The request does not contain this.
    pub(crate) fn without(mut self, text: impl Into<String>) -> Self {
        self.without.push(text.into());
        self
    }

    /// Whether it is a call of this operation.
    pub(crate) fn is(&self, operation: &str) -> bool {
        self.operation == operation
    }

    /// What a request lacks, or has too much of, to be this call.
    fn complaints(&self, text: &str) -> Vec<String> {
        let operation = self.operation;
        let lacks = self.with.iter().filter(|part| !text.contains(*part));
        let has = self.without.iter().filter(|part| text.contains(*part));
        lacks
            .map(|part| format!("{operation} lacks {part:?}:\n{text}"))
            .chain(has.map(|part| format!("{operation} must not have {part:?}:\n{text}")))
            .collect()
    }

    /// AWS answers with this JSON.
    #[expect(clippy::needless_pass_by_value, reason = "called with json!(…)")]
    pub(crate) fn json(self, body: Value) -> Self {
        self.text(body.to_string())
    }

    /// AWS answers with this body.
    pub(crate) fn text(mut self, body: impl Into<String>) -> Self {
        self.answer = Answer::Http(200, Vec::new(), body.into());
        self
    }

    /// AWS answers with this status and header, and an empty body.
    pub(crate) fn header(mut self, status: u16, name: &'static str, value: &'static str) -> Self {
        self.answer = Answer::Http(status, vec![(name, value)], String::new());
        self
    }

    /// AWS answers with this error.
    pub(crate) fn fails(self, code: &str) -> Self {
        self.fails_with(code, "no")
    }

    /// AWS answers with this error and message.
    pub(crate) fn fails_with(mut self, code: &str, message: &str) -> Self {
        let status = match code {
            "NoSuchBucket" => 404,
            "AccessDenied" => 403,
            "PermanentRedirect" => 301,
            _ => 400,
        };
        self.answer = Answer::CallError(status, code.to_owned(), message.to_owned());
        self
    }

    /// AWS answers with this error, whole.
    #[expect(clippy::needless_pass_by_value, reason = "called with json!(…)")]
    pub(crate) fn fails_as(mut self, body: Value) -> Self {
        self.answer = Answer::Http(400, Vec::new(), body.to_string());
        self
    }

    /// The connection breaks before an answer comes.
    pub(crate) fn breaks(mut self) -> Self {
        self.answer = Answer::Broken;
        self
    }

    /// No answer ever comes.
    pub(crate) fn hangs(mut self) -> Self {
        self.answer = Answer::Never;
        self
    }
}

/// The script: steps in order, each with one call or several in any order.
#[derive(Debug, Clone)]
pub(crate) struct Script(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    steps: VecDeque<Vec<Expected>>,
    wrong: Vec<String>,
}

/// Steps of one call each.
pub(crate) fn one_by_one(calls: impl IntoIterator<Item = Expected>) -> Vec<Vec<Expected>> {
    calls.into_iter().map(|call| vec![call]).collect()
}

/// Ends the test with what went wrong, if anything did.
pub(crate) struct Checked {
    script: Script,
}

impl Drop for Checked {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let state = self.script.state();
        assert!(state.wrong.is_empty(), "{}", state.wrong.join("\n"));
        let left: Vec<_> = state.steps.iter().flatten().map(|call| call.operation).collect();
        assert!(left.is_empty(), "these calls were never made: {left:?}");
    }
}

impl Checked {
    /// A script of calls one after the other.
    pub(crate) fn new(calls: impl IntoIterator<Item = Expected>) -> Self {
        Self::steps(one_by_one(calls))
    }

    /// A script of steps, the calls of each in any order.
    pub(crate) fn steps(steps: impl IntoIterator<Item = Vec<Expected>>) -> Self {
        let state = State { steps: steps.into_iter().collect(), wrong: Vec::new() };
        Self { script: Script(Arc::new(Mutex::new(state))) }
    }

    pub(crate) fn kms(&self) -> aws_sdk_kms::Client {
        self.kms_with(RetryConfig::disabled())
    }

    pub(crate) fn kms_with(&self, retries: RetryConfig) -> aws_sdk_kms::Client {
        let config = aws_sdk_kms::Config::builder()
            .behavior_version(aws_sdk_kms::config::BehaviorVersion::latest())
            .region(aws_sdk_kms::config::Region::new(REGION))
            .credentials_provider(credentials())
            .retry_config(retries)
            .http_client(self.script.clone());
        aws_sdk_kms::Client::from_conf(config.build())
    }

    pub(crate) fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        self.logs_with(RetryConfig::disabled())
    }

    pub(crate) fn logs_with(&self, retries: RetryConfig) -> aws_sdk_cloudwatchlogs::Client {
        let config = aws_sdk_cloudwatchlogs::Config::builder()
            .behavior_version(aws_sdk_cloudwatchlogs::config::BehaviorVersion::latest())
            .region(aws_sdk_cloudwatchlogs::config::Region::new(REGION))
            .credentials_provider(credentials())
            .retry_config(retries)
            .http_client(self.script.clone());
        aws_sdk_cloudwatchlogs::Client::from_conf(config.build())
    }

    pub(crate) fn ssm(&self) -> aws_sdk_ssm::Client {
        let config = aws_sdk_ssm::Config::builder()
            .behavior_version(aws_sdk_ssm::config::BehaviorVersion::latest())
            .region(aws_sdk_ssm::config::Region::new(REGION))
            .credentials_provider(credentials())
            .retry_config(RetryConfig::disabled())
            .http_client(self.script.clone());
        aws_sdk_ssm::Client::from_conf(config.build())
    }

    pub(crate) fn organizations(&self) -> aws_sdk_organizations::Client {
        self.organizations_with(RetryConfig::disabled())
    }

    pub(crate) fn organizations_with(&self, retries: RetryConfig) -> aws_sdk_organizations::Client {
        let config = aws_sdk_organizations::Config::builder()
            .behavior_version(aws_sdk_organizations::config::BehaviorVersion::latest())
            .region(aws_sdk_organizations::config::Region::new("us-east-1"))
            .credentials_provider(credentials())
            .retry_config(retries)
            .http_client(self.script.clone());
        aws_sdk_organizations::Client::from_conf(config.build())
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        self.s3_in(REGION)
    }

    pub(crate) fn s3_in(&self, region: &'static str) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .region(aws_sdk_s3::config::Region::new(region))
            .credentials_provider(credentials())
            .retry_config(RetryConfig::disabled())
            .http_client(self.script.clone());
        aws_sdk_s3::Client::from_conf(config.build())
    }
}

fn credentials() -> Credentials {
    Credentials::new("id", "secret", None, None, "test")
}

impl Script {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the expected call that the request is.
    fn take(&self, request: &HttpRequest) -> Option<Answer> {
        let operation = operation(request);
        let text = text(request);
        let mut state = self.state();
        let State { steps, wrong } = &mut *state;
        let step = steps.front_mut();
        // Of several calls of one operation in a step, the one that the request fits is meant.
        let position = step.as_ref().and_then(|step| {
            let named = |call: &Expected| call.operation == operation;
            let fits = |call: &Expected| named(call) && call.complaints(&text).is_empty();
            step.iter().position(fits).or_else(|| step.iter().position(named))
        });
        let (Some(step), Some(position)) = (step, position) else {
            let expected: Vec<_> = steps.iter().take(1).flatten().map(|c| c.operation).collect();
            wrong.push(format!("{operation} was called, expected {expected:?}"));
            return None;
        };
        let expected = step.remove(position);
        if step.is_empty() {
            steps.pop_front();
        }
        wrong.extend(expected.complaints(&text));
        Some(expected.answer)
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self
            .take(&request)
            .unwrap_or_else(|| Answer::CallError(418, "Unexpected".to_owned(), "not in the script".to_owned()));
        let is_json = request.headers().get("x-amz-target").is_some();
        HttpConnectorFuture::new(async move {
            let (status, headers, body) = match answer {
                Answer::Http(status, headers, body) if is_json && body.is_empty() => (status, headers, "{}".to_owned()),
                Answer::Http(status, headers, body) => (status, headers, body),
                Answer::CallError(status, code, message) if is_json => {
                    let body = json!({ "__type": code, "message": message });
                    (status, Vec::new(), body.to_string())
                }
                Answer::CallError(status, code, message) => {
                    let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
                    (status, Vec::new(), body)
                }
                Answer::Broken => return Err(ConnectorError::io("connection reset".into())),
                Answer::Never => std::future::pending().await,
            };
            let status = status.try_into().expect("a status");
            let mut response = HttpResponse::new(status, SdkBody::from(body));
            response.headers_mut().insert("x-amzn-requestid", "request-1");
            for (name, value) in headers {
                response.headers_mut().insert(name, value);
            }
            Ok(response)
        })
    }
}

impl HttpClient for Script {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

/// The operation as AWS names it: from the target of JSON protocols, from method and query of S3.
fn operation(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or(target).to_owned();
    }
    let (_, query) = request.uri().split_once('?').unwrap_or(("", ""));
    let keys: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    let setting = [
        ("acl", "BucketAcl"),
        ("encryption", "BucketEncryption"),
        ("publicAccessBlock", "PublicAccessBlock"),
        ("ownershipControls", "BucketOwnershipControls"),
        ("policy", "BucketPolicy"),
        ("lifecycle", "BucketLifecycleConfiguration"),
        ("tagging", "BucketTagging"),
        ("versioning", "BucketVersioning"),
        ("logging", "BucketLogging"),
        ("object-lock", "ObjectLockConfiguration"),
    ]
    .into_iter()
    .find(|(key, _)| keys.contains(key));
    match (request.method(), setting) {
        ("GET", Some((_, name))) => format!("Get{name}"),
        ("PUT", Some((_, name))) => format!("Put{name}"),
        ("DELETE", Some(("lifecycle", _))) => "DeleteBucketLifecycle".to_owned(),
        ("GET", None) if keys.contains(&"versions") => "ListObjectVersions".to_owned(),
        ("GET", None) if keys.contains(&"uploads") => "ListMultipartUploads".to_owned(),
        ("POST", None) if keys.contains(&"delete") => "DeleteObjects".to_owned(),
        ("DELETE", None) if keys.contains(&"uploadId") => "AbortMultipartUpload".to_owned(),
        ("PUT", None) => "CreateBucket".to_owned(),
        ("DELETE", None) => "DeleteBucket".to_owned(),
        (method, _) => format!("{method} {}", request.uri()),
    }
}

/// Method, URI, headers and body of a request in one text.
fn text(request: &HttpRequest) -> String {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        let _ = writeln!(text, "{name}: {value}");
    }
    let body = request.body().bytes().unwrap_or_default();
    text.push_str(&String::from_utf8_lossy(body));
    text
}
