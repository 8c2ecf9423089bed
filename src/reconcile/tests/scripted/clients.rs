//! The SDK clients that speak to a script.

use aws_credential_types::Credentials;
use aws_smithy_types::retry::RetryConfig;

use crate::reconcile::bucket::Buckets;

use super::{Checked, REGION};

/// A service's client that speaks to a script.
macro_rules! client {
    ($service:ident, $script:expr, $region:expr, $retries:expr) => {{
        let config = $service::Config::builder()
            .behavior_version($service::config::BehaviorVersion::latest())
            .region($service::config::Region::new($region))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .retry_config($retries)
            .http_client($script.clone());
        $service::Client::from_conf(config.build())
    }};
}

impl Checked {
    pub(crate) fn kms(&self) -> aws_sdk_kms::Client {
        self.kms_with(RetryConfig::disabled())
    }

    pub(crate) fn kms_with(&self, retries: RetryConfig) -> aws_sdk_kms::Client {
        client!(aws_sdk_kms, self.script, REGION, retries)
    }

    pub(crate) fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        self.logs_with(RetryConfig::disabled())
    }

    pub(crate) fn logs_with(&self, retries: RetryConfig) -> aws_sdk_cloudwatchlogs::Client {
        client!(aws_sdk_cloudwatchlogs, self.script, REGION, retries)
    }

    pub(crate) fn ssm(&self) -> aws_sdk_ssm::Client {
        client!(aws_sdk_ssm, self.script, REGION, RetryConfig::disabled())
    }

    pub(crate) fn organizations(&self) -> aws_sdk_organizations::Client {
        self.organizations_with(RetryConfig::disabled())
    }

    pub(crate) fn organizations_with(&self, retries: RetryConfig) -> aws_sdk_organizations::Client {
        client!(aws_sdk_organizations, self.script, "us-east-1", retries)
    }

    pub(crate) fn buckets(&self) -> Buckets {
        self.buckets_in(REGION)
    }

    pub(crate) fn buckets_in(&self, region: &'static str) -> Buckets {
        let control = client!(aws_sdk_s3control, self.script, region, RetryConfig::disabled());
        Buckets::new(&self.s3_in(region), &control)
    }

    pub(crate) fn s3_in(&self, region: &'static str) -> aws_sdk_s3::Client {
        client!(aws_sdk_s3, self.script, region, RetryConfig::disabled())
    }
}
