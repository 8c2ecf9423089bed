//! The attributes of the data source as types. Pure.
//!
//! Descriptions are in [`super::schema`]; a test compares the two.

use crate::account::AssumeRole;
use crate::reconcile::Tags;

use super::findings::{Finding, FindingSeverity};

terraform_plugin::model! {
    /// The data source.
    pub(crate) struct PreferencesModel {
        /// The region to observe; null: the provider's.
        pub(crate) region: String,
        /// The role to observe through.
        pub(crate) assume_role: AssumeRole,
        /// The name of the document.
        pub(crate) name: String,
        /// Whether the document exists.
        pub(crate) exists: bool,
        /// The account of the caller.
        pub(crate) account_id: String,
        /// The ARN of the document.
        pub(crate) arn: String,
        /// The content of the latest version.
        pub(crate) content: String,
        /// The type.
        pub(crate) document_type: String,
        /// The default version.
        pub(crate) default_version: String,
        /// The latest version.
        pub(crate) latest_version: String,
        /// The status of the latest version.
        pub(crate) status: String,
        /// The hash of the latest version.
        pub(crate) hash: String,
        /// All tags.
        pub(crate) tags: Tags,
        /// The bucket of logs.
        pub(crate) s3_bucket_name: String,
        /// The prefix of the names of log objects.
        pub(crate) s3_key_prefix: String,
        /// Whether sessions require an encrypted bucket.
        pub(crate) s3_encryption_enabled: bool,
        /// The log group.
        pub(crate) cloudwatch_log_group_name: String,
        /// Whether sessions require an encrypted log group.
        pub(crate) cloudwatch_encryption_enabled: bool,
        /// Whether events are streamed while a session runs.
        pub(crate) cloudwatch_streaming_enabled: bool,
        /// The key of sessions.
        pub(crate) kms_key_id: String,
        /// Whether sessions run as another user.
        pub(crate) run_as_enabled: bool,
        /// That user.
        pub(crate) run_as_default_user: String,
        /// Idle minutes after which a session ends.
        pub(crate) idle_session_timeout: i64,
        /// The maximum duration of a session, in minutes.
        pub(crate) max_session_duration: i64,
        /// Commands at the start of a session.
        pub(crate) shell_profile: ShellProfile,
        /// What is wrong.
        pub(crate) findings: Vec<Finding>,
    }

    /// `shell_profile`.
    pub(crate) struct ShellProfile {
        /// On Linux and macOS.
        pub(crate) linux: String,
        /// On Windows.
        pub(crate) windows: String,
    }
}

terraform_plugin::record!(for Finding {
    severity: FindingSeverity,
    code: String,
    summary: String,
    detail: String,
    remedy: String,
});

terraform_plugin::keyword!(for FindingSeverity);

#[cfg(test)]
mod tests {
    use terraform_plugin::framework::model::Model as _;

    use super::*;
    use crate::preferences::schema::SCHEMA;

    #[test]
    fn the_model_has_the_attributes_of_the_schema() {
        assert_eq!(PreferencesModel::ty(), SCHEMA.ty());
    }
}
