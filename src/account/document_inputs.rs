//! The inputs of a session document, typed as Session Manager reads them.
//!
//! Pure. The service reads `20` as `"20"` and an empty value as an absent one; the agent reads `"true"` as `true`,
//! except in `cloudWatchStreamingEnabled`. Follows
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html>.

use serde_json::Value as Json;

use crate::reconcile::bucket::is_bucket_name;

/// The inputs of a session document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DocumentInputs {
    /// `sessionType` of the document; `Standard_Stream` for preferences.
    pub(crate) session_type: String,
    /// The bucket; empty: none.
    pub(crate) s3_bucket_name: String,
    /// The prefix of the names of log objects.
    pub(crate) s3_key_prefix: String,
    /// Whether sessions require an encrypted bucket; `None` if the value is neither true nor false.
    pub(crate) s3_encryption_enabled: Option<bool>,
    /// The log group; empty: none.
    pub(crate) cloudwatch_log_group_name: String,
    /// Whether sessions require an encrypted log group; `None` if the value is neither true nor false.
    pub(crate) cloudwatch_encryption_enabled: Option<bool>,
    /// Whether events are streamed while a session runs; `None` if the value is neither true nor false.
    pub(crate) cloudwatch_streaming_enabled: Option<bool>,
    /// The literal value of `cloudWatchStreamingEnabled`, if it is not a JSON boolean.
    pub(crate) streaming_not_boolean: Option<String>,
    /// The key in the spelling of the document; empty: none.
    pub(crate) kms_key_id: String,
    /// Whether sessions run as another user; `None` if the value is neither true nor false.
    pub(crate) run_as_enabled: Option<bool>,
    /// That user; empty: none.
    pub(crate) run_as_default_user: String,
    /// Idle minutes after which a session ends.
    pub(crate) idle_session_timeout: Minutes,
    /// The maximum duration of a session.
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
    /// Anything else, literally.
    Unreadable(String),
}

impl Minutes {
    /// The number, if the document has one.
    pub(crate) fn known(&self) -> Option<i64> {
        match self {
            Self::Set(minutes) => Some(*minutes),
            Self::Unset | Self::Unreadable(_) => None,
        }
    }

    fn parse(value: &Json) -> Self {
        let text = text(value);
        if text.is_empty() {
            return Self::Unset;
        }
        text.parse().map_or(Self::Unreadable(text), Self::Set)
    }
}

impl DocumentInputs {
    /// Parses the inputs in a document's content. Content that is not a session document has none.
    pub(crate) fn parse(content: &Json) -> Self {
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
            idle_session_timeout: Minutes::parse(at("idleSessionTimeout")),
            max_session_duration: Minutes::parse(at("maxSessionDuration")),
            shell_profile_linux: profile("linux"),
            shell_profile_windows: profile("windows"),
        }
    }

    /// The bucket that the document names; `None` for a parameter, and for a text that can be no name.
    pub(crate) fn bucket(&self) -> Option<&str> {
        named(&self.s3_bucket_name).filter(|name| is_bucket_name(name))
    }

    /// The log group that the document names.
    pub(crate) fn log_group(&self) -> Option<&str> {
        named(&self.cloudwatch_log_group_name)
    }

    /// The key that the document names: an id, an ARN or an alias.
    pub(crate) fn key(&self) -> Option<&str> {
        named(&self.kms_key_id)
    }

    /// Whether these are the inputs of preferences. Sessions of other types have neither logs nor a Run As user.
    pub(crate) fn are_preferences(&self) -> bool {
        self.session_type == "Standard_Stream"
    }
}

/// Whether a text contains a parameter of the document (`{{ name }}`) or of Systems Manager (`{{ssm:name}}`), whose
/// value is known only when a session starts.
pub(crate) fn is_parameter(text: &str) -> bool {
    text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).any(|(inside, _)| {
        let name = inside.trim();
        name.starts_with("ssm:") || !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// A text that names something; a parameter names nothing yet.
pub(crate) fn named(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty() && !is_parameter(text))
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
        let parse = |inputs: Json| DocumentInputs::parse(&json!({"sessionType": "Standard_Stream", "inputs": inputs}));
        for (one, other) in [
            (json!({"idleSessionTimeout": "20"}), json!({"idleSessionTimeout": 20})),
            (json!({"maxSessionDuration": ""}), json!({"maxSessionDuration": null})),
            (json!({"maxSessionDuration": ""}), json!({})),
            (json!({"runAsEnabled": "true"}), json!({"runAsEnabled": true})),
            (json!({"s3EncryptionEnabled": ""}), json!({"s3EncryptionEnabled": false})),
            (json!({"s3BucketName": ""}), json!({})),
            (json!({"shellProfile": {"linux": "ls"}}), json!({"shellProfile": {"linux": "ls", "windows": ""}})),
        ] {
            assert_eq!(parse(one.clone()), parse(other.clone()), "{one} {other}");
        }
    }

    #[test]
    fn unreadable_values_are_not_guessed() {
        let inputs = DocumentInputs::parse(&json!({"inputs": {
            "idleSessionTimeout": "soon", "runAsEnabled": "perhaps", "cloudWatchStreamingEnabled": "true",
        }}));
        assert_eq!(inputs.idle_session_timeout, Minutes::Unreadable("soon".to_owned()));
        assert_eq!(inputs.run_as_enabled, None);
        assert_eq!(inputs.cloudwatch_streaming_enabled, Some(true));
        assert_eq!(inputs.streaming_not_boolean.as_deref(), Some("\"true\""));
        assert!(!inputs.are_preferences());
        assert_eq!(DocumentInputs::parse(&json!("no document")), DocumentInputs::empty());
    }

    impl DocumentInputs {
        /// The inputs of a document without any: absent switches are off.
        fn empty() -> Self {
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
