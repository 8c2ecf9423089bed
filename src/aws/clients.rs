//! The clients of the services, all made from one configuration of the SDK.
//!
//! Follows <https://docs.aws.amazon.com/sdk-for-rust/latest/dg/endpoints.html>.

use std::fmt;

use aws_config::{Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::retry::{RetryPartition, TokenBucket};

use super::caller::Caller;
use super::config::{Endpoints, non_blank};
use super::http::identity_timeouts;
use super::log::CallLog;
use super::partition::Partition;
use super::s3_control::{ControlEndpoint, control_url};
use super::unreachable::UnreachableLimit;

/// The clients of one role in one region.
pub(crate) struct Target {
    /// The region of the clients.
    pub(crate) region: String,
    /// The caller.
    pub(crate) caller: Caller,
    /// AWS Key Management Service.
    pub(crate) kms: aws_sdk_kms::Client,
    /// Amazon CloudWatch Logs.
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    /// AWS Organizations, in its one region of the partition.
    pub(crate) organizations: aws_sdk_organizations::Client,
    /// Amazon S3.
    pub(crate) s3: aws_sdk_s3::Client,
    /// Amazon S3 Control.
    pub(crate) s3control: aws_sdk_s3control::Client,
    /// AWS Systems Manager.
    pub(crate) ssm: aws_sdk_ssm::Client,
}

impl fmt::Debug for Target {
    // The clients themselves print many pages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("region", &self.region).field("caller", &self.caller).finish_non_exhaustive()
    }
}

/// What all clients have in common.
#[derive(Debug)]
pub(super) struct Clients {
    /// The configuration of the SDK; region and credentials are those of each client.
    pub(super) sdk: SdkConfig,
    /// URLs instead of AWS's own.
    pub(super) endpoints: Endpoints,
    /// Whether S3 URLs have the bucket in the path.
    pub(super) s3_use_path_style: bool,
}

/// A service's client, with what every client has.
macro_rules! client {
    ($service:ident, $sdk:expr, $endpoint:expr, |$builder:ident| $extra:expr) => {{
        let mut $builder = $service::config::Builder::from($sdk)
            .retry_partition(unlimited_retries())
            .interceptor(CallLog)
            .interceptor(UnreachableLimit);
        if let Some(url) = non_blank($endpoint.as_deref()) {
            // FIPS and dual stack choose among AWS's own endpoints. The SDK refuses them beside an explicit one.
            $builder = $builder.endpoint_url(url).use_fips(false).use_dual_stack(false);
        }
        $service::Client::from_conf($extra.build())
    }};
}

impl Clients {
    /// A client of STS.
    pub(super) fn sts(&self, region: &str, credentials: SharedCredentialsProvider) -> aws_sdk_sts::Client {
        let sdk = self.sdk_config(region, credentials);
        client!(aws_sdk_sts, &sdk, self.endpoints.sts, |builder| builder.timeout_config(identity_timeouts()))
    }

    /// The clients of a caller in a region.
    pub(super) fn target(&self, region: &str, credentials: SharedCredentialsProvider, caller: Caller) -> Target {
        let sdk = self.sdk_config(region, credentials.clone());
        // In a partition that this release does not list, Organizations is called in the region of the other services.
        let organizations_region =
            Partition::by_id(&caller.partition).map_or(region, |partition| partition.organizations_region);
        let global = self.sdk_config(organizations_region, credentials);
        let endpoints = &self.endpoints;
        Target {
            region: region.to_owned(),
            caller,
            kms: client!(aws_sdk_kms, &sdk, endpoints.kms, |builder| builder),
            logs: client!(aws_sdk_cloudwatchlogs, &sdk, endpoints.logs, |builder| builder),
            organizations: client!(aws_sdk_organizations, &global, endpoints.organizations, |builder| builder),
            s3: client!(aws_sdk_s3, &sdk, endpoints.s3, |builder| builder.force_path_style(self.s3_use_path_style)),
            s3control: client!(aws_sdk_s3control, &sdk, control_url(&self.endpoints), |builder| {
                builder.endpoint_resolver(ControlEndpoint::default())
            }),
            ssm: client!(aws_sdk_ssm, &sdk, endpoints.ssm, |builder| builder),
        }
    }

    fn sdk_config(&self, region: &str, credentials: SharedCredentialsProvider) -> SdkConfig {
        self.sdk.to_builder().region(Region::new(region.to_owned())).credentials_provider(credentials).build()
    }
}

/// Retries are limited by number and time alone. The SDK's quota is shared by all calls of a process to a service, and
/// many resources that are applied at once use it up.
fn unlimited_retries() -> RetryPartition {
    RetryPartition::custom("terraform-provider-ssmsession").token_bucket(TokenBucket::unlimited()).build()
}
