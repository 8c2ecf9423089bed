//! What is wrong with session preferences: what makes sessions fail or their logs get lost.
//!
//! Pure: everything here follows from what was observed. What the parts that a document names have to say stands in
//! [`parts`]. What the service and the agent on the nodes do is told by the Systems Manager User Guide, "Session
//! document schema" and "Troubleshooting Session Manager", and by the agent's source.

mod parts;

use std::collections::BTreeSet;

use crate::account::diagnose;
use crate::reconcile::CallError;
use crate::reconcile::session_document::NAME;

use super::inputs::{Inputs, Minutes, is_parameter};
use super::observe::Preferences;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Sessions fail, or their logs are lost.
    Error,
    /// Sessions work, but not as the document reads, or without a log.
    Warning,
    /// It could not be looked at.
    Unknown,
}

impl Severity {
    /// All of them, the gravest first.
    pub(crate) const ALL: [Self; 3] = [Self::Error, Self::Warning, Self::Unknown];

    /// The word for programs.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
        }
    }

    /// What it means, for people.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Error => "sessions fail or their logs are lost",
            Self::Warning => "sessions work, but not as the document reads, or without a log",
            Self::Unknown => "the caller may not look, or it shows only when a session starts",
        }
    }
}

/// Something wrong with preferences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// How grave it is.
    pub(crate) severity: Severity,
    /// What it is, for programs.
    pub(crate) code: String,
    /// What it is, for people.
    pub(crate) summary: String,
    /// On which object, and what it leads to.
    pub(crate) detail: String,
    /// What to do.
    pub(crate) remedy: String,
}

impl Finding {
    fn new(severity: Severity, code: &str, summary: &str, detail: String, remedy: &str) -> Self {
        Self { severity, code: code.to_owned(), summary: summary.to_owned(), detail, remedy: remedy.to_owned() }
    }
}

/// The finding of a document that does not exist.
pub(crate) fn missing(name: &str) -> Finding {
    if name == NAME {
        return Finding::new(
            Severity::Warning,
            "document_missing",
            "There are no preferences",
            format!("{name} does not exist: sessions run as ssm-user, end after 20 idle minutes, and are not logged."),
            "Set the account and region up with ssmsession_setup.",
        );
    }
    Finding::new(
        Severity::Error,
        "document_missing",
        "The document does not exist",
        format!("{name} does not exist: sessions that name it fail."),
        "Make the document, or start sessions without --document-name.",
    )
}

/// The finding of something that AWS does not let the caller see; `what` is the code's first word.
pub(crate) fn unreadable(what: &str, error: &CallError) -> Finding {
    Finding::new(
        Severity::Unknown,
        &format!("{what}_unreadable"),
        "It could not be looked at",
        format!("{}.", diagnose::sentence(&error.to_string())),
        "Allow the caller this call on this object, or look with a role that may.",
    )
}

/// Everything that is wrong, the gravest first.
pub(crate) fn of(preferences: &Preferences<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    document(preferences, &mut found);
    if preferences.inputs.are_preferences() {
        parts::bucket(preferences, &mut found);
        parts::log_group(preferences, &mut found);
        parts::keys(preferences, &mut found);
        inputs(preferences.inputs, &mut found);
    }
    found.sort_by_key(|finding| finding.severity);
    found
}

fn document(preferences: &Preferences<'_>, found: &mut Vec<Finding>) {
    let Preferences { name, document, inputs, .. } = *preferences;
    if document.document_type != "Session" {
        found.push(Finding::new(
            Severity::Error,
            "document_type",
            "The document is no session document",
            format!("{name} is a document of type {:?}: sessions cannot use it.", document.document_type),
            "Delete it or rename what uses it, and make a document of type Session.",
        ));
    } else if !document.content.is_object() {
        found.push(Finding::new(
            Severity::Error,
            "content_unreadable",
            "The content is no JSON object",
            format!("Version {} of {name} cannot be read as JSON.", document.latest_version),
            "Write the document anew.",
        ));
    } else if name == NAME && !inputs.are_preferences() {
        found.push(Finding::new(
            Severity::Error,
            "session_type",
            "The session type is not that of preferences",
            format!("{name} has the session type {:?}: its inputs do not count as preferences.", inputs.session_type),
            "Set sessionType to Standard_Stream.",
        ));
    }
    if document.status == "Failed" {
        found.push(Finding::new(
            Severity::Error,
            "document_failed",
            "The document has failed",
            format!("Version {} of {name} has the status Failed: sessions cannot use it.", document.latest_version),
            "Write a new version.",
        ));
    }
    if document.default_version != document.latest_version {
        found.push(Finding::new(
            Severity::Warning,
            "default_version_behind",
            "The default version is not the latest",
            format!(
                "The default version of {name} is {}, the latest {}. Sessions use the latest; whoever asks for the \
                 document without a version sees another one.",
                document.default_version, document.latest_version
            ),
            "Make the latest version the default (ssm:UpdateDocumentDefaultVersion).",
        ));
    }
}

fn inputs(inputs: &Inputs, found: &mut Vec<Finding>) {
    if inputs.s3_bucket_name.is_empty() && inputs.cloudwatch_log_group_name.is_empty() {
        found.push(Finding::new(
            Severity::Warning,
            "no_logging",
            "Sessions are not logged",
            "The document names neither a bucket nor a log group: nothing is kept of what is done in sessions.".into(),
            "Name a bucket (s3BucketName) or a log group (cloudWatchLogGroupName).",
        ));
    }
    if let Some(written) = &inputs.streaming_not_boolean {
        found.push(Finding::new(
            Severity::Error,
            "streaming_not_boolean",
            "cloudWatchStreamingEnabled is no JSON boolean",
            format!("It is {written}. The agent takes true and false only, and cannot read the preferences."),
            "Write true or false without quotes.",
        ));
    }
    run_as(inputs, found);
    minutes(&inputs.idle_session_timeout, "idle_timeout", "idleSessionTimeout", 60, found);
    minutes(&inputs.max_session_duration, "max_duration", "maxSessionDuration", 1440, found);
    let names = [&inputs.s3_bucket_name, &inputs.cloudwatch_log_group_name, &inputs.kms_key_id];
    let parameters: BTreeSet<_> = names.into_iter().filter(|name| is_parameter(name)).map(String::as_str).collect();
    if !parameters.is_empty() {
        found.push(Finding::new(
            Severity::Unknown,
            "input_parameterized",
            "What the document names is not known yet",
            format!("{} has its value only when a session starts.", Vec::from_iter(parameters).join(", ")),
            "Look at what the parameters lead to, or write the names into the document.",
        ));
    }
}

fn run_as(inputs: &Inputs, found: &mut Vec<Finding>) {
    let user = inputs.run_as_default_user.as_str();
    match inputs.run_as_enabled {
        Some(true) if user.is_empty() => found.push(Finding::new(
            Severity::Warning,
            "run_as_without_user",
            "Run As has no user",
            "runAsEnabled is true and runAsDefaultUser empty: on Linux and macOS every session fails whose caller has \
             no tag SSMSessionRunAs. There is no fall-back to ssm-user."
                .into(),
            "Name a user, give every caller the tag, or switch Run As off.",
        )),
        Some(true) if user == "root" => found.push(Finding::new(
            Severity::Error,
            "run_as_root",
            "Run As is root",
            "runAsDefaultUser is root, and Session Manager does not run sessions as root.".into(),
            "Name another user of the operating system.",
        )),
        Some(false) if !user.is_empty() => found.push(Finding::new(
            Severity::Warning,
            "run_as_ignored",
            "The Run As user is ignored",
            format!("runAsDefaultUser is {user:?} and runAsEnabled false: sessions run as ssm-user."),
            "Switch Run As on, or leave the user out.",
        )),
        _ => {}
    }
}

fn minutes(given: &Minutes, code: &str, input: &str, most: i64, found: &mut Vec<Finding>) {
    let written = match given {
        Minutes::Unset => return,
        Minutes::Set(minutes) if (1..=most).contains(minutes) => return,
        Minutes::Set(minutes) => minutes.to_string(),
        Minutes::Unreadable(text) if is_parameter(text) => return,
        Minutes::Unreadable(text) => format!("{text:?}"),
    };
    found.push(Finding::new(
        Severity::Warning,
        &format!("{code}_out_of_range"),
        "A time is out of range",
        format!(
            "{input} is {written}. Session Manager takes 1 to {most} minutes; sessions may not end when they should."
        ),
        &format!("Write a whole number from 1 to {most}, as text."),
    ));
}

#[cfg(test)]
mod tests;
