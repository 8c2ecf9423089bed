//! The data source `ssmsession_preferences`: the Session Manager preferences of an account and region, whoever wrote
//! them, and what is wrong with them.
//!
//! It only reads. [`observe`] reads the document and what it names, [`findings`] (pure) reports what is wrong, and
//! [`PreferencesSource`] writes the result. A missing document and a part that the caller may not read are results, not
//! errors. Follows <https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html>.

mod findings;
mod model;
mod observe;
mod schema;

use std::sync::Arc;

use async_trait::async_trait;
use terraform_plugin::framework::DataSource;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::schema::Schema;
use terraform_plugin::framework::value::Value;
use tokio_util::sync::CancellationToken;

use crate::account::blindness::blindness;
use crate::account::connect::connect;
use crate::account::document_inputs::Minutes;
use crate::account::warnings::gathered;
use crate::account::{
    Configured, Context, Destination, DocumentInputs, Operation, Place, Reconcilers, Timeouts, diagnose,
};
use crate::aws::Target;
use crate::reconcile::policy::canonical_json;
use crate::reconcile::session_document::{NAME, ObservedDocument};
use crate::reconcile::{CallError, ErrorKind, Tags};

use model::{PreferencesModel, ShellProfile};
use observe::Preferences;
use schema::SCHEMA;

/// The idle timeout that AWS applies if a document has none.
const DEFAULT_IDLE_TIMEOUT_MINUTES: i64 = 20;

/// What follows when AWS cannot be looked at.
const NOT_READ: &str = "The preferences were not read.";

/// The data source.
#[derive(Debug)]
pub(crate) struct PreferencesSource {
    context: Arc<Context>,
}

impl PreferencesSource {
    /// The data source of the provider whose configuration is in `context`.
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Clients for the place of the configuration; `None` with a diagnostic if there are none.
    async fn connect(
        configured: &Configured,
        config: &PreferencesModel,
        diagnostics: &mut Diagnostics,
    ) -> Option<Arc<Target>> {
        let destination = Destination { region: config.region.clone(), assume_role: config.assume_role.clone() };
        match connect(configured, &destination).await {
            Ok(Some(target)) => Some(target),
            Ok(None) => {
                diagnostics.warning(
                    "The preferences were not read",
                    "The provider's configuration is not known yet, so all attributes are null. Apply what the \
                     provider's configuration depends on first.",
                );
                None
            }
            Err(error) => {
                configured.told.tell(diagnostics, NOT_READ, &error);
                None
            }
        }
    }

    async fn observe(&self, state: &mut PreferencesModel, cancel: &CancellationToken) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let name = state.name.known().cloned().unwrap_or_else(|| NAME.to_owned());
        state.name = name.clone().into();
        let configured = self.context.configured();
        let Some(target) = Self::connect(&configured, state, &mut diagnostics).await else { return diagnostics };
        let parts = Reconcilers::new(&target);
        let run = Timeouts::default().run(Operation::Read, cancel);
        state.region = parts.place.region.clone().into();
        state.account_id = parts.place.account_id.clone().into();
        let findings = match parts.documents.observe_named(&name, &run).await {
            Ok(Some(document)) => {
                let inputs = DocumentInputs::parse(&document.content);
                let observed = observe::observe(&parts, &inputs, &run).await;
                for error in observed.failures() {
                    refuse(&configured, &target, error, &mut diagnostics);
                }
                write(state, &name, &document, &inputs, &parts.place);
                findings::of(&Preferences { name: &name, document: &document, inputs: &inputs, observed: &observed })
            }
            Ok(None) => {
                state.exists = false.into();
                vec![findings::missing(&name)]
            }
            Err(error) if error.kind == ErrorKind::AccessDenied => vec![findings::unreadable("document", &error)],
            Err(error) => {
                refuse(&configured, &target, &error, &mut diagnostics);
                return diagnostics;
            }
        };
        state.findings = findings.into();
        diagnostics
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
        match PreferencesModel::read(&config) {
            Ok(mut state) => {
                let diagnostics = self.observe(&mut state, &cancel).await;
                let diagnostics = gathered(diagnostics, state.region.text());
                (state.write(), diagnostics)
            }
            Err(error) => {
                let mut diagnostics = Diagnostics::new();
                diagnostics.error_at(error.path.clone(), "A value does not fit the data source", format!("{error}."));
                (config, diagnostics)
            }
        }
    }
}

/// Adds the error of a call that failed; what blinds every resource is told once.
fn refuse(configured: &Configured, target: &Target, error: &CallError, diagnostics: &mut Diagnostics) {
    match blindness(target, error) {
        Some(blind) => configured.told.tell(diagnostics, NOT_READ, &blind),
        None => diagnose::error(diagnostics, "The preferences cannot be read", error),
    }
}

/// Writes the attributes of a document that exists.
fn write(
    state: &mut PreferencesModel,
    name: &str,
    document: &ObservedDocument,
    inputs: &DocumentInputs,
    place: &Place,
) {
    let idle_session_timeout = match inputs.idle_session_timeout {
        Minutes::Unset => Some(DEFAULT_IDLE_TIMEOUT_MINUTES),
        ref minutes => minutes.known(),
    };
    let tags = document.system_tags.iter().chain(&document.tags);
    *state = PreferencesModel {
        exists: true.into(),
        arn: place.document_arn(name).into(),
        content: canonical_json(&document.content).into(),
        document_type: document.document_type.clone().into(),
        default_version: document.default_version.clone().into(),
        latest_version: document.latest_version.clone().into(),
        status: document.status.clone().into(),
        hash: document.hash.clone().into(),
        tags: tags.map(|(key, value)| (key.clone(), value.clone())).collect::<Tags>().into(),
        s3_bucket_name: inputs.s3_bucket_name.clone().into(),
        s3_key_prefix: inputs.s3_key_prefix.clone().into(),
        s3_encryption_enabled: inputs.s3_encryption_enabled.into(),
        cloudwatch_log_group_name: inputs.cloudwatch_log_group_name.clone().into(),
        cloudwatch_encryption_enabled: inputs.cloudwatch_encryption_enabled.into(),
        cloudwatch_streaming_enabled: inputs.cloudwatch_streaming_enabled.into(),
        kms_key_id: inputs.kms_key_id.clone().into(),
        run_as_enabled: inputs.run_as_enabled.into(),
        run_as_default_user: inputs.run_as_default_user.clone().into(),
        idle_session_timeout: idle_session_timeout.into(),
        max_session_duration: inputs.max_session_duration.known().into(),
        shell_profile: ShellProfile {
            linux: inputs.shell_profile_linux.clone().into(),
            windows: inputs.shell_profile_windows.clone().into(),
        }
        .into(),
        ..state.clone()
    };
}
