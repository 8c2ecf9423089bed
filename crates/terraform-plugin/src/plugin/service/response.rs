//! What the responses to all calls have in common: they carry diagnostics, and no call fails with a gRPC status.

use tokio::task::JoinError;

use crate::framework::diagnostics::Diagnostics;
use crate::plugin::convert;
use crate::plugin::dynamic_value::WireError;
use crate::plugin::messages::tfplugin6 as wire;

/// The response to a call.
pub(super) trait CallResponse: Default + Send + 'static {
    /// A response that holds these diagnostics and nothing else.
    fn from_diagnostics(diagnostics: Diagnostics) -> Self;

    /// Logs the diagnostics.
    fn log(&self);
}

macro_rules! with_diagnostics {
    ($($module:ident),+ $(,)?) => {
        $(impl CallResponse for wire::$module::Response {
            fn from_diagnostics(diagnostics: Diagnostics) -> Self {
                let mut response = Self::default();
                response.diagnostics = convert::diagnostics(diagnostics);
                response
            }

            fn log(&self) {
                log(&self.diagnostics);
            }
        })+
    };
}

with_diagnostics!(
    get_metadata,
    get_provider_schema,
    get_resource_identity_schemas,
    get_functions,
    validate_provider_config,
    configure_provider,
    validate_resource_config,
    upgrade_resource_state,
    upgrade_resource_identity,
    read_resource,
    plan_resource_change,
    apply_resource_change,
    import_resource_state,
    move_resource_state,
    generate_resource_config,
    validate_data_resource_config,
    read_data_source,
);

impl CallResponse for wire::call_function::Response {
    fn from_diagnostics(diagnostics: Diagnostics) -> Self {
        let texts: Vec<_> = diagnostics.iter().map(|one| format!("{}: {}", one.summary, one.detail)).collect();
        Self { result: None, error: Some(wire::FunctionError { text: texts.join("\n"), function_argument: None }) }
    }

    fn log(&self) {
        if let Some(error) = &self.error {
            tracing::error!(function_error_argument = error.function_argument, "the function has no result");
        }
    }
}

/// Logs diagnostics without their details, which quote configuration and state.
fn log(diagnostics: &[wire::Diagnostic]) {
    for diagnostic in diagnostics {
        let summary = &diagnostic.summary;
        let path = diagnostic.attribute.as_ref().map(attribute_text);
        if diagnostic.severity() == wire::diagnostic::Severity::Warning {
            tracing::warn!(
                diagnostic_severity = "WARNING",
                diagnostic_summary = summary,
                diagnostic_attribute = path,
                "the answer holds a warning"
            );
        } else {
            tracing::error!(
                diagnostic_severity = "ERROR",
                diagnostic_summary = summary,
                diagnostic_attribute = path,
                "the answer holds an error"
            );
        }
    }
}

fn attribute_text(path: &wire::AttributePath) -> String {
    use wire::attribute_path::step::Selector;
    let mut text = String::new();
    for step in path.steps.iter().filter_map(|step| step.selector.as_ref()) {
        match step {
            Selector::AttributeName(name) if text.is_empty() => text.push_str(name),
            Selector::AttributeName(name) => text = format!("{text}.{name}"),
            Selector::ElementKeyString(key) => text = format!("{text}[{key:?}]"),
            Selector::ElementKeyInt(index) => text = format!("{text}[{index}]"),
        }
    }
    text
}

/// The diagnostics of a failure of the provider itself in `what`.
pub(super) fn bug(what: &str, reason: &str) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    diagnostics.error(
        "The provider failed unexpectedly",
        format!(
            "This is a bug in the provider, which should be reported with the log of TF_LOG=DEBUG. {what}: {reason}"
        ),
    );
    diagnostics
}

/// The diagnostics of a call that panicked or was cancelled.
pub(super) fn interrupted(failure: JoinError) -> Diagnostics {
    match failure.try_into_panic() {
        Ok(panic) => panicked(&*panic),
        Err(failure) => bug("The call was cut off", &failure.to_string()),
    }
}

/// The diagnostics of a panic.
pub(super) fn panicked(panic: &(dyn std::any::Any + Send)) -> Diagnostics {
    let message = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    bug("It panicked", message.unwrap_or("without a message"))
}

/// The diagnostics of a value from the host that cannot be read.
pub(super) fn unreadable(what: &'static str) -> impl FnOnce(WireError) -> Diagnostics {
    move |error| {
        let mut diagnostics = Diagnostics::new();
        diagnostics.error(
            format!("The {what} cannot be read"),
            format!("The {what} that was handed to the provider does not fit its schema: {error}."),
        );
        diagnostics
    }
}

/// The diagnostics of a value for the host that does not fit its schema.
pub(super) fn unwritable(what: &'static str) -> impl FnOnce(WireError) -> Diagnostics {
    move |error| bug(&format!("The {what} does not fit the schema"), &error.to_string())
}
