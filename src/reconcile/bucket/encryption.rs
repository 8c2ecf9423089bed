//! The default encryption of a bucket, as S3 describes it. Pure.
//!
//! See the Amazon S3 API Reference, `GetBucketEncryption`.

use aws_sdk_s3::operation::get_bucket_encryption::GetBucketEncryptionOutput;

/// The code that S3 returns for a bucket without default encryption.
pub(super) const NOT_ENCRYPTED: &str = "ServerSideEncryptionConfigurationNotFoundError";

/// The default encryption of a bucket.
#[derive(Debug, Default)]
pub(super) struct Encryption {
    pub(super) sse_algorithm: String,
    pub(super) kms_key_arn: Option<String>,
    pub(super) bucket_key_enabled: bool,
    pub(super) blocked_encryption_types: Vec<String>,
}

impl Encryption {
    /// The encryption that a response describes; without a response there is none.
    pub(super) fn of(output: Option<GetBucketEncryptionOutput>) -> Self {
        let rule = output
            .and_then(|output| output.server_side_encryption_configuration)
            .and_then(|configuration| configuration.rules.into_iter().next());
        let Some(rule) = rule else {
            return Self::default();
        };
        let default = rule.apply_server_side_encryption_by_default;
        let blocked = rule.blocked_encryption_types.and_then(|blocked| blocked.encryption_type).unwrap_or_default();
        Self {
            sse_algorithm: default
                .as_ref()
                .map_or_else(String::new, |default| default.sse_algorithm.as_str().to_owned()),
            kms_key_arn: default.and_then(|default| default.kms_master_key_id),
            bucket_key_enabled: rule.bucket_key_enabled.unwrap_or(false),
            blocked_encryption_types: blocked.iter().map(|kind| kind.as_str().to_owned()).collect(),
        }
    }
}
