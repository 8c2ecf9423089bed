//! AWS as a function from requests to responses, without a network, and a record of the requests.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_runtime_api::shared::IntoShared;
use aws_smithy_types::body::SdkBody;

use super::locked;

/// What AWS responds to one request.
pub(super) enum Answer {
    Status(u16, String),
    /// No response until the read timeout.
    Silence,
}

/// What the tests check of a request.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) url: String,
    pub(super) body: String,
    pub(super) authorization: String,
}

impl Sent {
    /// The operation of a call to STS.
    pub(super) fn action(&self) -> &str {
        self.body.split('&').next().and_then(|first| first.strip_prefix("Action=")).unwrap_or_default()
    }
}

type Script = Box<dyn Fn(&Sent, usize) -> Answer + Send + Sync>;

/// Stands for AWS: responds by a script, and keeps the requests.
#[derive(Clone)]
pub(super) struct Scripted {
    script: Arc<Script>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted")
    }
}

impl Scripted {
    /// The script sees the request and how many came before it.
    pub(super) fn new(script: impl Fn(&Sent, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self { script: Arc::new(Box::new(script)), sent: Arc::default() }
    }

    pub(super) fn sent(&self) -> Vec<Sent> {
        locked(&self.sent).clone()
    }

    pub(super) fn actions(&self) -> Vec<String> {
        self.sent().iter().map(|sent| sent.action().to_owned()).collect()
    }
}

impl HttpConnector for Scripted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let header = |name| request.headers().get(name).unwrap_or_default().to_owned();
        let sent = Sent {
            url: request.uri().to_owned(),
            body: String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned(),
            authorization: header("authorization"),
        };
        let before = locked(&self.sent).len();
        let answer = (self.script)(&sent, before);
        locked(&self.sent).push(sent);
        HttpConnectorFuture::new(async move {
            // Without this a call is over before those beside it have begun.
            for _ in 0..16 {
                tokio::task::yield_now().await;
            }
            let Answer::Status(status, body) = answer else {
                return Err(ConnectorError::timeout("nothing came".into()));
            };
            let mut response = HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
            response.headers_mut().insert("x-amzn-requestid", "request-1");
            response.headers_mut().insert("x-aws-ec2-metadata-token-ttl-seconds", "21600");
            Ok(response)
        })
    }
}

impl HttpClient for Scripted {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.clone().into_shared()
    }
}

pub(super) fn caller_answer(arn: &str) -> Answer {
    let result = format!("<Arn>{arn}</Arn><UserId>AIDA</UserId><Account>123456789012</Account>");
    Answer::Status(
        200,
        format!(
            "<GetCallerIdentityResponse><GetCallerIdentityResult>{result}</GetCallerIdentityResult>\
             </GetCallerIdentityResponse>"
        ),
    )
}

pub(super) fn user_answer() -> Answer {
    caller_answer("arn:aws:iam::123456789012:user/ci")
}

pub(super) fn role_answer() -> Answer {
    role_answer_until("ASIAROLE", "2999-01-01T00:00:00Z")
}

/// Credentials of a role that have this access key and expire at this time.
pub(super) fn role_answer_until(access_key: &str, expiration: &str) -> Answer {
    keys_answer("AssumeRole", access_key, expiration)
}

pub(super) fn web_identity_answer() -> Answer {
    keys_answer("AssumeRoleWithWebIdentity", "ASIAROLE", "2999-01-01T00:00:00Z")
}

fn keys_answer(operation: &str, access_key: &str, expiration: &str) -> Answer {
    let keys = format!(
        "<AccessKeyId>{access_key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>{expiration}</Expiration>"
    );
    Answer::Status(
        200,
        format!(
            "<{operation}Response><{operation}Result><Credentials>{keys}</Credentials></{operation}Result>\
             </{operation}Response>"
        ),
    )
}

pub(super) fn error_answer(status: u16, code: &str, message: &str) -> Answer {
    Answer::Status(
        status,
        format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"),
    )
}
