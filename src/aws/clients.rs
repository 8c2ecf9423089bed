//! The clients of the services, all made from one configuration of the SDK.
//!
//! Follows <https://docs.aws.amazon.com/sdk-for-rust/latest/dg/endpoints.html>.

use std::fmt;

use aws_config::{Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_sts::config::retry::{RetryPartition, TokenBucket};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use super::caller::Caller;
use super::config::{Endpoints, non_blank};
use super::http::identity_timeouts;
use super::log::CallLog;
use super::origin::Origin;
use super::partition::Partition;
use super::s3_control::{ControlEndpoint, control_url};
use super::unreachable::UnreachableLimit;

/// The clients of one role in one region.
pub(crate) struct Target {
    /// The region of the clients.
    pub(crate) region: String,
    /// The caller.
    pub(crate) caller: Caller,
    origin: Origin,
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

impl Target {
    /// Where the credentials of the clients come from.
    pub(crate) fn origin(&self) -> &str {
        self.origin.name()
    }
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
    sdk: SdkConfig,
    /// URLs instead of AWS's own.
    endpoints: Endpoints,
    /// Whether S3 URLs have the bucket in the path.
    s3_use_path_style: bool,
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

/// The settings of single services without those that are empty, which are unset ones. The SDK panics on an empty URL.
#[derive(Debug)]
struct WithoutBlanks(SdkConfig);

impl LoadServiceConfig for WithoutBlanks {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        self.0.service_config()?.load_config(key).filter(|value| non_blank(Some(value)).is_some())
    }
}

impl Clients {
    /// Clients of this configuration.
    pub(super) fn new(sdk: &SdkConfig, endpoints: Endpoints, s3_use_path_style: bool) -> Self {
        let mut without_blanks = sdk.to_builder().service_config(WithoutBlanks(sdk.clone()));
        without_blanks.set_endpoint_url(non_blank(sdk.endpoint_url()).map(str::to_owned));
        Self { sdk: without_blanks.build(), endpoints, s3_use_path_style }
    }

    /// The region that the configuration names.
    pub(super) fn region(&self) -> Option<&Region> {
        self.sdk.region()
    }

    /// A client of STS. Without credentials it makes only calls that are not signed.
    pub(super) fn sts(&self, region: &str, credentials: Option<SharedCredentialsProvider>) -> aws_sdk_sts::Client {
        let sdk = self.sdk_config(region, credentials);
        client!(aws_sdk_sts, &sdk, self.endpoints.sts, |builder| builder.timeout_config(identity_timeouts()))
    }

    /// The clients of a caller in a region.
    pub(super) fn target(
        &self,
        region: &str,
        credentials: SharedCredentialsProvider,
        origin: Origin,
        caller: Caller,
    ) -> Target {
        let sdk = self.sdk_config(region, Some(credentials.clone()));
        // In a partition that this release does not list, Organizations is called in the region of the other services.
        let organizations_region =
            Partition::by_id(&caller.partition).map_or(region, |partition| partition.organizations_region);
        let global = self.sdk_config(organizations_region, Some(credentials));
        let endpoints = &self.endpoints;
        Target {
            region: region.to_owned(),
            caller,
            origin,
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

    fn sdk_config(&self, region: &str, credentials: Option<SharedCredentialsProvider>) -> SdkConfig {
        let mut sdk = self.sdk.to_builder().region(Region::new(region.to_owned()));
        sdk.set_credentials_provider(credentials);
        sdk.build()
    }
}

/// Retries are limited by number and time alone. The SDK's quota is shared by all calls of a process to a service, and
/// many resources that are applied at once use it up.
fn unlimited_retries() -> RetryPartition {
    RetryPartition::custom("terraform-provider-ssmsession").token_bucket(TokenBucket::unlimited()).build()
}
