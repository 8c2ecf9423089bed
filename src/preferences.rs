//! The data source `ssmsession_preferences`: what Session Manager preferences say in an account and region, whoever
//! wrote them, and what is wrong with them.
//!
//! It only reads. What a look sees is typed by [`inputs`], judged by [`findings`] (both pure) and written by
//! [`PreferencesSource`]. A document that is not there, and a part that may not be read, are answers, not errors. See
//! the Systems Manager User Guide, "Session document schema".

pub mod findings;
pub mod inputs;
pub mod look;
pub mod schema;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use terraform_plugin::framework::DataSource;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::schema::Schema;
use terraform_plugin::framework::value::Value;
use crate::reconcile::session_document::{NAME, ObservedDocument};
use crate::reconcile::{Kind, Run};
use crate::setup::model::{self, AssumeRole, Operation, Timeouts};
use crate::setup::naming::Place;
use crate::setup::parts::Parts;
use crate::setup::policies::canonical_json;
use crate::setup::{Context, Known, diagnose};

use findings::Finding;
use inputs::{Inputs, Minutes};
use look::Preferences;
use schema::SCHEMA;

/// What AWS applies where a document names no idle timeout.
const DEFAULT_IDLE_TIMEOUT_MINUTES: i64 = 20;

/// The data source.
#[derive(Debug)]
pub struct PreferencesSource {
    context: Arc<Context>,
}

impl PreferencesSource {
    /// The data source of the provider whose configuration is in `context`.
    #[must_use]
    pub fn new(context: Arc<Context>) -> Self {
        Self { context }
    }
}

#[async_trait]
impl DataSource for PreferencesSource {
    fn type_name(&self) -> &'static str {
        "ssmsession_preferences"
    }

    fn schema(&self) -> &Schema {
        &SCHEMA
    }

    async fn read(&self, config: Value, cancel: CancellationToken) -> (Value, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut state = config.clone();
        let name = config.at("name").as_str().unwrap_or(NAME).to_owned();
        state.put("name", Value::from(name.as_str()));
        let role = match model::read::<Option<AssumeRole>>(config.at("assume_role")) {
            Known::Value(role) => role,
            Known::Unknown => None,
        };
        let target = match self.context.configured().connect_to(config.at("region").as_str(), role).await {
            Ok(Some(target)) => target,
            Ok(None) => {
                diagnostics.warning(
                    "The preferences were not read",
                    "The provider's configuration is not known yet, so everything about them is null. Apply first \
                     what the provider's configuration depends on.",
                );
                return (state, diagnostics);
            }
            Err(error) => {
                diagnose::unreachable(&mut diagnostics, "The preferences cannot be read", &error);
                return (state, diagnostics);
            }
        };
        let parts = Parts::new(&target);
        let run = Run { deadline: Instant::now() + Timeouts::default().of(Operation::Read), cancel };
        state.put("region", Value::from(parts.place.region.as_str()));
        state.put("account_id", Value::from(parts.place.account_id.as_str()));
        let found = match parts.documents.observe_named(&name, &run).await {
            Ok(Some(document)) => {
                let inputs = Inputs::read(&document.content);
                let seen = look::look(&parts, &inputs, &run).await;
                for error in seen.failures() {
                    diagnose::error(&mut diagnostics, "The preferences cannot be read", error);
                }
                write(&mut state, &name, &document, &inputs, &parts.place);
                findings::of(&Preferences { name: &name, document: &document, inputs: &inputs, seen: &seen })
            }
            Ok(None) => {
                state.put("exists", Value::from(false));
                vec![findings::missing(&name)]
            }
            Err(error) if error.kind == Kind::AccessDenied => vec![findings::unreadable("document", &error)],
            Err(error) => {
                diagnose::error(&mut diagnostics, "The preferences cannot be read", &error);
                return (state, diagnostics);
            }
        };
        state.put("findings", Value::List(found.into_iter().map(Value::from).collect()));
        (state, diagnostics)
    }
}

/// Writes what a document says.
fn write(state: &mut Value, name: &str, document: &ObservedDocument, inputs: &Inputs, place: &Place) {
    let tags = document.system_tags.iter().chain(&document.tags);
    let idle = match inputs.idle_session_timeout {
        Minutes::Unset => Some(DEFAULT_IDLE_TIMEOUT_MINUTES),
        ref given => given.known(),
    };
    let shell_profile = Value::map([
        ("linux", Value::from(inputs.shell_profile_linux.as_str())),
        ("windows", Value::from(inputs.shell_profile_windows.as_str())),
    ]);
    for (attribute, value) in [
        ("exists", Value::from(true)),
        ("arn", Value::from(place.document_arn(name))),
        ("content", Value::from(canonical_json(&document.content))),
        ("document_type", Value::from(document.document_type.as_str())),
        ("default_version", Value::from(document.default_version.as_str())),
        ("latest_version", Value::from(document.latest_version.as_str())),
        ("status", Value::from(document.status.as_str())),
        ("hash", Value::from(document.hash.clone())),
        ("tags", Value::map(tags.map(|(key, value)| (key, Value::from(value.as_str()))))),
        ("s3_bucket_name", Value::from(inputs.s3_bucket_name.as_str())),
        ("s3_key_prefix", Value::from(inputs.s3_key_prefix.as_str())),
        ("s3_encryption_enabled", Value::from(inputs.s3_encryption_enabled)),
        ("cloudwatch_log_group_name", Value::from(inputs.cloudwatch_log_group_name.as_str())),
        ("cloudwatch_encryption_enabled", Value::from(inputs.cloudwatch_encryption_enabled)),
        ("cloudwatch_streaming_enabled", Value::from(inputs.cloudwatch_streaming_enabled)),
        ("kms_key_id", Value::from(inputs.kms_key_id.as_str())),
        ("run_as_enabled", Value::from(inputs.run_as_enabled)),
        ("run_as_default_user", Value::from(inputs.run_as_default_user.as_str())),
        ("idle_session_timeout", Value::from(idle.map(Value::number))),
        ("max_session_duration", Value::from(inputs.max_session_duration.known().map(Value::number))),
        ("shell_profile", shell_profile),
    ] {
        state.put(attribute, value);
    }
}

impl From<Finding> for Value {
    fn from(finding: Finding) -> Self {
        Value::map([
            ("severity", Value::from(finding.severity.as_str())),
            ("code", Value::from(finding.code)),
            ("summary", Value::from(finding.summary)),
            ("detail", Value::from(finding.detail)),
            ("remedy", Value::from(finding.remedy)),
        ])
    }
}
