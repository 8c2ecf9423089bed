//! What is wrong with session preferences: what makes sessions fail or lose their logs.
//!
//! Pure: every finding follows from what was observed. Findings about the parts that a document names are in [`parts`].
//! How the service and the agent on the nodes behave is documented in the Systems Manager User Guide, "Session document
//! schema" and "Troubleshooting Session Manager", and in the agent's source.

mod parts;

use std::collections::BTreeSet;

use crate::account::diagnose;
use crate::reconcile::CallError;
use crate::reconcile::session_document::NAME;

use super::observe::Preferences;
use crate::account::document_inputs::{DocumentInputs, Minutes, is_parameter};

/// How severe a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FindingSeverity {
    /// Sessions fail, or their logs are lost.
    Error,
    /// Sessions work, but not as the document says, or without a log.
    Warning,
    /// The caller could not observe it.
    Unknown,
}

impl FindingSeverity {
    /// All severities, the most severe first.
    pub(crate) const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Unknown];

    /// The value in the state.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
        }
    }

    /// What it means, for the documentation.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Error => "sessions fail or their logs are lost",
            Self::Warning => "sessions work, but not as the document says, or without a log",
            Self::Unknown => "the caller may not read it, or it is known only when a session starts",
        }
    }
}

/// Something wrong with preferences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// How severe it is.
    pub(crate) severity: FindingSeverity,
    /// What it is, for programs.
    pub(crate) code: String,
    /// What it is, for people.
    pub(crate) summary: String,
    /// Which object it is about, and what it leads to.
    pub(crate) detail: String,
    /// What to do.
    pub(crate) remedy: String,
}

impl Finding {
    fn new(severity: FindingSeverity, code: &str, summary: &str, detail: String, remedy: &str) -> Self {
        Self { severity, code: code.to_owned(), summary: summary.to_owned(), detail, remedy: remedy.to_owned() }
    }
}

/// The finding for a document that does not exist.
pub(crate) fn missing(name: &str) -> Finding {
    if name == NAME {
        return Finding::new(
            FindingSeverity::Warning,
            "document_missing",
            "There are no preferences",
            format!("{name} does not exist: sessions run as ssm-user, end after 20 idle minutes, and are not logged."),
            "Set up the account and region with ssmsession_setup.",
        );
    }
    Finding::new(
        FindingSeverity::Error,
        "document_missing",
        "The document does not exist",
        format!("{name} does not exist: sessions that name it fail."),
        "Create the document, or start sessions without --document-name.",
    )
}

/// The finding for something that the caller may not read; `what` is the first word of its code.
pub(crate) fn unreadable(what: &str, error: &CallError) -> Finding {
    Finding::new(
        FindingSeverity::Unknown,
        &format!("{what}_unreadable"),
        "The caller may not read it",
        diagnose::sentence(&error.to_string()),
        "Allow the caller this call on this object, or use a role that may make it.",
    )
}

/// Everything that is wrong, the most severe first.
pub(crate) fn of(preferences: &Preferences<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    document(preferences, &mut findings);
    if preferences.inputs.are_preferences() {
        parts::bucket(preferences, &mut findings);
        parts::log_group(preferences, &mut findings);
        parts::keys(preferences, &mut findings);
        inputs(preferences.inputs, &mut findings);
    }
    findings.sort_by_key(|finding| finding.severity);
    findings
}

fn document(preferences: &Preferences<'_>, findings: &mut Vec<Finding>) {
    let Preferences { name, document, inputs, .. } = *preferences;
    if document.document_type != "Session" {
        findings.push(Finding::new(
            FindingSeverity::Error,
            "document_type",
            "The document is not a session document",
            format!("{name} is a document of type {:?}: sessions cannot use it.", document.document_type),
            "Delete the document, and create one of type Session.",
        ));
    } else if !document.content.is_object() {
        findings.push(Finding::new(
            FindingSeverity::Error,
            "content_unreadable",
            "The content is not a JSON object",
            format!("Version {} of {name} cannot be read as JSON.", document.latest_version),
            "Write the document again.",
        ));
    } else if name == NAME && !inputs.are_preferences() {
        findings.push(Finding::new(
            FindingSeverity::Error,
            "session_type",
            "The session type is not that of preferences",
            format!(
                "{name} has the session type {:?}: Session Manager does not use its inputs as preferences.",
                inputs.session_type
            ),
            "Set sessionType to Standard_Stream.",
        ));
    }
    if document.status == "Failed" {
        findings.push(Finding::new(
            FindingSeverity::Error,
            "document_failed",
            "The document has failed",
            format!("Version {} of {name} has the status Failed: sessions cannot use it.", document.latest_version),
            "Write a new version.",
        ));
    }
    if document.default_version != document.latest_version {
        findings.push(Finding::new(
            FindingSeverity::Warning,
            "default_version_behind",
            "The default version is not the latest",
            format!(
                "The default version of {name} is {}, the latest {}. Sessions use the latest, but a request for the \
                 document without a version returns the default.",
                document.default_version, document.latest_version
            ),
            "Make the latest version the default (ssm:UpdateDocumentDefaultVersion).",
        ));
    }
}

fn inputs(inputs: &DocumentInputs, findings: &mut Vec<Finding>) {
    if inputs.s3_bucket_name.is_empty() && inputs.cloudwatch_log_group_name.is_empty() {
        findings.push(Finding::new(
            FindingSeverity::Warning,
            "no_logging",
            "Sessions are not logged",
            "The document names neither a bucket nor a log group: no record of sessions is kept.".into(),
            "Name a bucket (s3BucketName) or a log group (cloudWatchLogGroupName).",
        ));
    }
    if let Some(written) = &inputs.streaming_not_boolean {
        findings.push(Finding::new(
            FindingSeverity::Error,
            "streaming_not_boolean",
            "cloudWatchStreamingEnabled is not a JSON boolean",
            format!("It is {written}. The agent accepts only true and false, and cannot read the preferences."),
            "Write true or false without quotes.",
        ));
    }
    run_as(inputs, findings);
    minutes(&inputs.idle_session_timeout, "idle_timeout", "idleSessionTimeout", 60, findings);
    minutes(&inputs.max_session_duration, "max_duration", "maxSessionDuration", 1440, findings);
    let names = [
        &inputs.s3_bucket_name,
        &inputs.s3_key_prefix,
        &inputs.cloudwatch_log_group_name,
        &inputs.kms_key_id,
        &inputs.run_as_default_user,
    ];
    let parameters: BTreeSet<_> = names.into_iter().filter(|name| is_parameter(name)).map(String::as_str).collect();
    if !parameters.is_empty() {
        findings.push(Finding::new(
            FindingSeverity::Unknown,
            "input_parameterized",
            "What the document names is not known yet",
            format!("{} has its value only when a session starts.", Vec::from_iter(parameters).join(", ")),
            "Check the values of the parameters, or write the names into the document.",
        ));
    }
}

fn run_as(inputs: &DocumentInputs, findings: &mut Vec<Finding>) {
    let user = inputs.run_as_default_user.as_str();
    match inputs.run_as_enabled {
        Some(true) if user.is_empty() => findings.push(Finding::new(
            FindingSeverity::Warning,
            "run_as_without_user",
            "Run As has no user",
            "runAsEnabled is true and runAsDefaultUser is empty: on Linux and macOS sessions fail for callers \
             without the tag SSMSessionRunAs. There is no fallback to ssm-user."
                .into(),
            "Name a user, give every caller the tag, or switch Run As off.",
        )),
        Some(true) if user == "root" => findings.push(Finding::new(
            FindingSeverity::Error,
            "run_as_root",
            "Run As is root",
            "runAsDefaultUser is root, and Session Manager does not run sessions as root.".into(),
            "Name another operating-system user.",
        )),
        Some(false) if !user.is_empty() => findings.push(Finding::new(
            FindingSeverity::Warning,
            "run_as_ignored",
            "The Run As user is ignored",
            format!("runAsDefaultUser is {user:?} and runAsEnabled is false: sessions run as ssm-user."),
            "Switch Run As on, or leave the user out.",
        )),
        _ => {}
    }
}

fn minutes(value: &Minutes, code: &str, input: &str, most: i64, findings: &mut Vec<Finding>) {
    let written = match value {
        Minutes::Unset => return,
        Minutes::Set(minutes) if (1..=most).contains(minutes) => return,
        Minutes::Set(minutes) => minutes.to_string(),
        Minutes::Unreadable(text) if is_parameter(text) => return,
        Minutes::Unreadable(text) => format!("{text:?}"),
    };
    findings.push(Finding::new(
        FindingSeverity::Warning,
        &format!("{code}_out_of_range"),
        "A time is out of range",
        format!(
            "{input} is {written}. Session Manager accepts 1 to {most} minutes; sessions may not end when they should."
        ),
        &format!("Write a whole number from 1 to {most}, as a string."),
    ));
}

#[cfg(test)]
mod tests;
