//! The content of the session document. Pure.

use serde_json::Value as Json;

use crate::setup::model::Inputs;
use crate::setup::policies::{SessionPreferences, document_content};

use super::Desired;

/// The content of a document that names this key; `None` while any part of it is unknown.
pub(super) fn content(desired: &Desired, inputs: &Inputs, key_arn: Option<&str>) -> Option<Json> {
    let (session, log_group) = (inputs.session(), desired.log_group.known()?);
    let shell_profile = session.shell_profile.fields();
    let (run_as, encrypts) = (session.run_as.known()?, session.kms_encryption.known()?);
    Some(document_content(&SessionPreferences {
        s3_bucket_name: desired.bucket.known()?.name().to_owned(),
        s3_key_prefix: inputs.bucket().key_prefix.known()?.clone(),
        log_group_name: log_group.as_ref().map(|group| group.name.clone()),
        log_group_encrypted: key_arn.is_some(),
        log_group_streaming: *inputs.cloudwatch().streaming.known()?,
        kms_key_arn: key_arn.filter(|_| *encrypts).map(str::to_owned),
        run_as_enabled: session.run_as_enabled.resolved()?.copied().unwrap_or(!run_as.is_empty()),
        run_as_default_user: run_as.clone(),
        idle_timeout_minutes: *session.timeout.known()?,
        max_duration_minutes: *session.max_duration.known()?,
        shell_profile_linux: shell_profile.linux.known()?.clone(),
        shell_profile_windows: shell_profile.windows.known()?.clone(),
    }))
}
