//! What a document has that no attribute holds, so that the next apply removes it. Pure.
//!
//! See the Systems Manager User Guide, "Session document schema", and "Parameters" in "Data elements and parameters".

use serde_json::Value as Json;
use terraform_plugin::framework::diagnostics::Diagnostics;

use crate::account::DocumentInputs;
use crate::account::document_inputs::{Minutes, is_parameter};
use crate::reconcile::session_document::NAME as DOCUMENT_NAME;

/// The members of a document that are the same in every document of a setup.
const FIXED: [&str; 3] = ["schemaVersion", "description", "sessionType"];

/// Warns of what an import leaves out.
pub(super) fn warn(content: &Json, diagnostics: &mut Diagnostics) {
    let items = unheld(content);
    if items.is_empty() {
        return;
    }
    diagnostics.warning(
        "The import leaves out parts of the document",
        format!(
            "No attribute holds these parts of {DOCUMENT_NAME}, and the next apply removes them:\n  {}\nA parameter has \
             its value only when a session starts, so a setup never uses one. Set the values that you need in the \
             configuration, and keep a copy of the document.",
            items.join("\n  ")
        ),
    );
}

/// Each such part: its place in the content, and its value where it is a single one.
fn unheld(content: &Json) -> Vec<String> {
    let inputs = DocumentInputs::parse(content);
    let mut items = Vec::new();
    for (name, value) in members(content) {
        match name {
            "inputs" => items.extend(unheld_inputs(value, &inputs)),
            "parameters" => items.extend(members(value).map(|(name, _)| format!("parameters.{name}"))),
            _ if FIXED.contains(&name) => {}
            _ => items.push(shown(name, value)),
        }
    }
    items
}

fn unheld_inputs(observed: &Json, inputs: &DocumentInputs) -> Vec<String> {
    let unreadable = |minutes: &Minutes| matches!(minutes, Minutes::Unreadable(_));
    // Every input that an attribute holds, and whether it does not hold this value.
    let held = [
        ("s3BucketName", inputs.bucket().is_none()),
        ("s3KeyPrefix", is_parameter(&inputs.s3_key_prefix)),
        ("s3EncryptionEnabled", inputs.s3_encryption_enabled.is_none()),
        ("cloudWatchLogGroupName", inputs.log_group().is_none()),
        ("cloudWatchEncryptionEnabled", inputs.cloudwatch_encryption_enabled.is_none()),
        ("cloudWatchStreamingEnabled", inputs.cloudwatch_streaming_enabled.is_none()),
        ("kmsKeyId", inputs.key().is_none()),
        ("runAsEnabled", inputs.run_as_enabled.is_none()),
        ("runAsDefaultUser", is_parameter(&inputs.run_as_default_user)),
        ("idleSessionTimeout", unreadable(&inputs.idle_session_timeout)),
        ("maxSessionDuration", unreadable(&inputs.max_session_duration)),
    ];
    let is_unheld = |name: &str| held.iter().find(|(held, _)| *held == name).is_none_or(|(_, unheld)| *unheld);
    members(observed)
        .flat_map(|(name, value)| match name {
            // The commands may hold a secret and are not shown.
            "shellProfile" => members(value)
                .filter(|(system, _)| !["linux", "windows"].contains(system))
                .map(|(system, _)| format!("inputs.shellProfile.{system}"))
                .collect(),
            _ if is_unheld(name) && !is_empty(value) => vec![shown(&format!("inputs.{name}"), value)],
            _ => Vec::new(),
        })
        .collect()
}

fn members(value: &Json) -> impl Iterator<Item = (&str, &Json)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

/// Session Manager reads an empty value as an absent one.
fn is_empty(value: &Json) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

fn shown(path: &str, value: &Json) -> String {
    if value.is_object() || value.is_array() { path.to_owned() } else { format!("{path}: {value}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::setup::policies::{SessionPreferences, document_content};

    #[test]
    fn a_document_of_a_setup_is_held_as_a_whole() {
        let content = document_content(&SessionPreferences {
            s3_bucket_name: "logs".to_owned(),
            s3_key_prefix: "session-manager/".to_owned(),
            log_group_name: Some("/logs".to_owned()),
            log_group_encrypted: true,
            log_group_streaming: true,
            kms_key_arn: Some("arn:aws:kms:eu-west-1:111122223333:key/k".to_owned()),
            run_as_enabled: true,
            run_as_default_user: "ops".to_owned(),
            idle_timeout_minutes: 20,
            max_duration_minutes: 60,
            shell_profile_linux: "docker ps --format '{{.Names}}'".to_owned(),
            shell_profile_windows: "cd /".to_owned(),
        });
        assert_eq!(unheld(&content), Vec::<String>::new());
    }

    #[test]
    fn what_no_attribute_holds_is_named() {
        let content = json!({
            "schemaVersion": "1.0",
            "sessionType": "Standard_Stream",
            "parameters": {"bucket": {"type": "String"}},
            "properties": {"linux": {}},
            "inputs": {
                "s3BucketName": "{{bucket}}",
                "s3KeyPrefix": "{{ssm:/logs/prefix}}/",
                "s3EncryptionEnabled": "{{ encrypt }}",
                "cloudWatchLogGroupName": "",
                "runAsEnabled": "true",
                "idleSessionTimeout": 20,
                "maxSessionDuration": "soon",
                "future": {"a": 1},
                "absent": null,
                "shellProfile": {"linux": "ls", "macos": "SECRET"},
            },
        });
        let mut items = unheld(&content);
        items.sort();
        assert_eq!(
            items,
            [
                "inputs.future",
                "inputs.maxSessionDuration: \"soon\"",
                "inputs.s3BucketName: \"{{bucket}}\"",
                "inputs.s3EncryptionEnabled: \"{{ encrypt }}\"",
                "inputs.s3KeyPrefix: \"{{ssm:/logs/prefix}}/\"",
                "inputs.shellProfile.macos",
                "parameters.bucket",
                "properties",
            ]
        );
    }
}
