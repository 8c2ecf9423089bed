//! AWS as a script: which operations are called, in which order, and the response to each.
//!
//! The real SDK clients send HTTP messages to it; only the network is missing. Operations that may come in any order,
//! because the code under test calls them side by side, are in one step. An operation that the script does not expect,
//! or a step that is never reached, fails the test when the script is dropped.

mod clients;
mod operation;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::reconcile::{MARK_TAG, Run, STAMP_TAG, Tags};

use operation::{operation, text};

/// The account of all tests.
pub(crate) const ACCOUNT: &str = "111122223333";
/// The region of all tests.
pub(crate) const REGION: &str = "eu-west-1";

/// A run without practical bounds.
pub(crate) fn run() -> Run {
    Run { deadline: Instant::now() + Duration::from_hours(1), cancel: CancellationToken::new() }
}

/// Tags of one owner, with a mark and a stamp.
pub(crate) fn tags() -> Tags {
    [(MARK_TAG, "111122223333/eu-west-1/system"), (STAMP_TAG, "stamp"), ("team", "security")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

/// What AWS responds.
#[derive(Debug, Clone)]
enum Response {
    Http(u16, Vec<(&'static str, &'static str)>, String),
    Error(u16, String, String),
    /// The connection breaks after the request is sent.
    Broken,
    /// No response ever.
    Never,
}

/// One expected call.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    operation: &'static str,
    with: Vec<String>,
    without: Vec<String>,
    response: Response,
}

/// Expects an operation, to which AWS responds with success and an empty body.
pub(crate) fn call(operation: &'static str) -> Expected {
    Expected {
        operation,
        with: Vec::new(),
        without: Vec::new(),
        response: Response::Http(200, Vec::new(), String::new()),
    }
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

    /// What a request lacks, or has in excess, to be this call.
    fn complaints(&self, text: &str) -> Vec<String> {
        let operation = self.operation;
        let lacks = self.with.iter().filter(|part| !text.contains(*part));
        let has = self.without.iter().filter(|part| text.contains(*part));
        lacks
            .map(|part| format!("{operation} lacks {part:?}:\n{text}"))
            .chain(has.map(|part| format!("{operation} must not have {part:?}:\n{text}")))
            .collect()
    }

    /// AWS responds with this JSON.
    #[expect(clippy::needless_pass_by_value, reason = "called with json!(…)")]
    pub(crate) fn json(self, body: Value) -> Self {
        self.text(body.to_string())
    }

    /// AWS responds with this body.
    pub(crate) fn text(mut self, body: impl Into<String>) -> Self {
        self.response = Response::Http(200, Vec::new(), body.into());
        self
    }

    /// AWS responds with this status and header, and an empty body.
    pub(crate) fn header(mut self, status: u16, name: &'static str, value: &'static str) -> Self {
        self.response = Response::Http(status, vec![(name, value)], String::new());
        self
    }

    /// Something responds with this body of this content type.
    pub(crate) fn responds(mut self, status: u16, content_type: &'static str, body: &str) -> Self {
        self.response = Response::Http(status, vec![("content-type", content_type)], body.to_owned());
        self
    }

    /// The response has this header too.
    pub(crate) fn and_header(mut self, name: &'static str, value: &'static str) -> Self {
        if let Response::Http(_, headers, _) = &mut self.response {
            headers.push((name, value));
        }
        self
    }

    /// AWS responds with this error.
    pub(crate) fn fails(self, code: &str) -> Self {
        self.fails_with(code, "no")
    }

    /// AWS responds with this error and message.
    pub(crate) fn fails_with(mut self, code: &str, message: &str) -> Self {
        let status = match code {
            "NoSuchBucket" | "NotFound" => 404,
            "AccessDenied" => 403,
            "PermanentRedirect" => 301,
            _ => 400,
        };
        self.response = Response::Error(status, code.to_owned(), message.to_owned());
        self
    }

    /// AWS responds with this error, whole.
    #[expect(clippy::needless_pass_by_value, reason = "called with json!(…)")]
    pub(crate) fn fails_as(mut self, body: Value) -> Self {
        self.response = Response::Http(400, Vec::new(), body.to_string());
        self
    }

    /// The connection breaks before a response.
    pub(crate) fn breaks(mut self) -> Self {
        self.response = Response::Broken;
        self
    }

    /// There is never a response.
    pub(crate) fn hangs(mut self) -> Self {
        self.response = Response::Never;
        self
    }
}

/// The script: steps in order, each with one call, or with several in any order.
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

/// Fails the test with what went wrong, if anything did.
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
}

impl Script {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the expected call that the request matches.
    fn take(&self, request: &HttpRequest) -> Option<Response> {
        let operation = operation(request);
        let text = text(request);
        let mut state = self.state();
        let State { steps, wrong } = &mut *state;
        let step = steps.front_mut();
        // Of several calls of one operation in a step, the one that the request matches is taken.
        let position = step.as_ref().and_then(|step| {
            let named = |call: &Expected| call.operation == operation;
            let matches = |call: &Expected| named(call) && call.complaints(&text).is_empty();
            step.iter().position(matches).or_else(|| step.iter().position(named))
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
        Some(expected.response)
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let response = self
            .take(&request)
            .unwrap_or_else(|| Response::Error(418, "Unexpected".to_owned(), "not in the script".to_owned()));
        let is_json = request.headers().get("x-amz-target").is_some();
        HttpConnectorFuture::new(async move {
            let (status, headers, body) = match response {
                Response::Http(status, headers, body) if is_json && body.is_empty() => {
                    (status, headers, "{}".to_owned())
                }
                Response::Http(status, headers, body) => (status, headers, body),
                Response::Error(status, code, message) if is_json => {
                    let body = json!({ "__type": code, "message": message });
                    (status, Vec::new(), body.to_string())
                }
                Response::Error(status, code, message) => {
                    let body = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
                    (status, Vec::new(), body)
                }
                Response::Broken => return Err(ConnectorError::io("connection reset".into())),
                Response::Never => std::future::pending().await,
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
