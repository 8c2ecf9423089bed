//! The inputs of a session document, typed as Session Manager reads them.
//!
//! Pure. The service reads `20` as `"20"` and takes what is empty for what is absent; the agent takes `"true"` for
//! `true` everywhere but in `cloudWatchStreamingEnabled`. See the Systems Manager User Guide, "Session document
//! schema".

use serde_json::Value as Json;

/// What Session Manager is told to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inputs {
    /// `sessionType` of the document; `Standard_Stream` for preferences.
    pub(crate) session_type: String,
    /// The bucket; empty: none.
    pub(crate) s3_bucket_name: String,
    /// What names of logs begin with.
    pub(crate) s3_key_prefix: String,
    /// Only encrypted buckets; `None` where it is neither true nor false.
    pub(crate) s3_encryption_enabled: Option<bool>,
    /// The log group; empty: none.
    pub(crate) cloudwatch_log_group_name: String,
    /// Only encrypted log groups; `None` where it is neither true nor false.
    pub(crate) cloudwatch_encryption_enabled: Option<bool>,
    /// Events while the session runs; `None` where it is neither true nor false.
    pub(crate) cloudwatch_streaming_enabled: Option<bool>,
    /// The value of `cloudWatchStreamingEnabled` as it is written, where that is no JSON boolean.
    pub(crate) streaming_not_boolean: Option<String>,
    /// The key, as it is written; empty: none.
    pub(crate) kms_key_id: String,
    /// Sessions run as another user; `None` where it is neither true nor false.
    pub(crate) run_as_enabled: Option<bool>,
    /// That user; empty: none.
    pub(crate) run_as_default_user: String,
    /// Idle minutes.
    pub(crate) idle_session_timeout: Minutes,
    /// Minutes in all.
    pub(crate) max_session_duration: Minutes,
    /// Commands on Linux and macOS.
    pub(crate) shell_profile_linux: String,
    /// Commands on Windows.
    pub(crate) shell_profile_windows: String,
}

/// A number of minutes in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Minutes {
    /// Absent, null or empty.
    #[default]
    Unset,
    /// A whole number.
    Set(i64),
    /// Anything else, as it is written.
    Unreadable(String),
}

impl Minutes {
    /// The number, where there is one.
    pub(crate) fn known(&self) -> Option<i64> {
        match self {
            Self::Set(minutes) => Some(*minutes),
            Self::Unset | Self::Unreadable(_) => None,
        }
    }

    fn read(value: &Json) -> Self {
        let text = text(value);
        if text.is_empty() {
            return Self::Unset;
        }
        text.parse().map_or(Self::Unreadable(text), Self::Set)
    }
}

impl Inputs {
    /// The inputs in a document's content. What is no session document has none.
    pub(crate) fn read(content: &Json) -> Self {
        let at = |name: &str| content.get("inputs").and_then(|inputs| inputs.get(name)).unwrap_or(&Json::Null);
        let profile = |system: &str| text(at("shellProfile").get(system).unwrap_or(&Json::Null));
        let streaming = at("cloudWatchStreamingEnabled");
        Self {
            session_type: text(content.get("sessionType").unwrap_or(&Json::Null)),
            s3_bucket_name: text(at("s3BucketName")),
            s3_key_prefix: text(at("s3KeyPrefix")),
            s3_encryption_enabled: switch(at("s3EncryptionEnabled")),
            cloudwatch_log_group_name: text(at("cloudWatchLogGroupName")),
            cloudwatch_encryption_enabled: switch(at("cloudWatchEncryptionEnabled")),
            cloudwatch_streaming_enabled: switch(streaming),
            streaming_not_boolean: (!streaming.is_boolean() && !streaming.is_null()).then(|| streaming.to_string()),
            kms_key_id: text(at("kmsKeyId")),
            run_as_enabled: switch(at("runAsEnabled")),
            run_as_default_user: text(at("runAsDefaultUser")),
            idle_session_timeout: Minutes::read(at("idleSessionTimeout")),
            max_session_duration: Minutes::read(at("maxSessionDuration")),
            shell_profile_linux: profile("linux"),
            shell_profile_windows: profile("windows"),
        }
    }

    /// Whether the inputs are those of preferences; other types of session have no logs and no users.
    pub(crate) fn are_preferences(&self) -> bool {
        self.session_type == "Standard_Stream"
    }
}

/// Whether a name stands for a parameter of the document, whose value is known only when a session starts.
pub(crate) fn is_parameter(name: &str) -> bool {
    name.contains("{{")
}

fn text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn switch(value: &Json) -> Option<bool> {
    match text(value).as_str() {
        "true" => Some(true),
        "false" | "" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn spellings_of_one_value_read_the_same() {
        let read = |inputs: Json| Inputs::read(&json!({"sessionType": "Standard_Stream", "inputs": inputs}));
        for (one, other) in [
            (json!({"idleSessionTimeout": "20"}), json!({"idleSessionTimeout": 20})),
            (json!({"maxSessionDuration": ""}), json!({"maxSessionDuration": null})),
            (json!({"maxSessionDuration": ""}), json!({})),
            (json!({"runAsEnabled": "true"}), json!({"runAsEnabled": true})),
            (json!({"s3EncryptionEnabled": ""}), json!({"s3EncryptionEnabled": false})),
            (json!({"s3BucketName": ""}), json!({})),
            (json!({"shellProfile": {"linux": "ls"}}), json!({"shellProfile": {"linux": "ls", "windows": ""}})),
        ] {
            assert_eq!(read(one.clone()), read(other.clone()), "{one} {other}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_made_up() {
        let inputs = Inputs::read(&json!({"inputs": {
            "idleSessionTimeout": "soon", "runAsEnabled": "perhaps", "cloudWatchStreamingEnabled": "true",
        }}));
        assert_eq!(inputs.idle_session_timeout, Minutes::Unreadable("soon".to_owned()));
        assert_eq!(inputs.run_as_enabled, None);
        assert_eq!(inputs.cloudwatch_streaming_enabled, Some(true));
        assert_eq!(inputs.streaming_not_boolean.as_deref(), Some("\"true\""));
        assert!(!inputs.are_preferences());
        assert_eq!(Inputs::read(&json!("no document")), Inputs::default_of_nothing());
    }

    impl Inputs {
        /// Absent switches are off.
        fn default_of_nothing() -> Self {
            Self {
                s3_encryption_enabled: Some(false),
                cloudwatch_encryption_enabled: Some(false),
                cloudwatch_streaming_enabled: Some(false),
                run_as_enabled: Some(false),
                ..Self::default()
            }
        }
    }
}
