//! The one place where AWS clients are made.
//!
//! From the provider block, the environment and the profile it makes clients per role and region,
//! which share an HTTP client and a cache of credentials, and finds out once per role who is
//! calling. It must not know what the clients are used for, nor anything of Terraform.
//! Follows <https://docs.aws.amazon.com/sdk-for-rust/latest/dg/configure.html>.
//!
//! What the SDK would do by itself and is replaced here, because it panics, hangs or surprises: its
//! credential chain, its look for a region in the instance metadata, its reading of the retry
//! settings, its retry quota, its missing timeouts, its 25 tries at an endpoint nobody answers at.

mod config;
mod credentials;
pub(crate) mod error;
mod http;
mod log;
pub(crate) mod partition;
mod role;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::profile::ProfileFileTokenProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::config::FrameworkMetadata;
use aws_sdk_sts::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::os_shim_internal::{Env, Fs};
use futures_util::FutureExt;
use futures_util::future::Shared;

pub(crate) use config::{Config, Endpoints};
pub(crate) use error::Error;
pub(crate) use role::Role;

use credentials::Chain;
use partition::Partition;
use role::AssumeRole;

/// Attempts of what the credential chain calls: enough for a hiccup, not for a wait.
const IDENTITY_MAX_ATTEMPTS: u32 = 3;

/// The longest pause between two attempts of a call. The SDK's own twenty seconds leave a service idle that takes little
/// at a time: by the time most of many callers got through, the few left are all waiting.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long one load of credentials may take; a login helper or a chain of roles can be slow, and
/// the SDK's own limit is derived from settings that know nothing of them.
const IDENTITY_LOAD_TIMEOUT: Duration = Duration::from_mins(2);

/// How many roles keep their credentials. The SDK keeps those of 64 and then drops any of them for the next, so that a
/// run over more accounts would take on its roles again and again.
const IDENTITIES_KEPT: usize = 10_000;

const GET_CALLER_IDENTITY: &str = "sts:GetCallerIdentity";

/// Who AWS says is calling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The account, 12 digits.
    pub(crate) account_id: String,
    /// Id of the account's partition, such as `aws-cn`.
    pub(crate) partition: String,
}

/// The clients of one role in one region.
pub(crate) struct Target {
    /// The region of the clients.
    pub(crate) region: String,
    /// Who calls with them.
    pub(crate) caller: Caller,
    /// AWS Key Management Service.
    pub(crate) kms: aws_sdk_kms::Client,
    /// Amazon CloudWatch Logs.
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    /// AWS Organizations, in the one region of the partition that answers for it.
    pub(crate) organizations: aws_sdk_organizations::Client,
    /// Amazon S3.
    pub(crate) s3: aws_sdk_s3::Client,
    /// AWS Systems Manager.
    pub(crate) ssm: aws_sdk_ssm::Client,
}

impl fmt::Debug for Target {
    // The clients themselves would print many pages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("region", &self.region).field("caller", &self.caller).finish_non_exhaustive()
    }
}

/// Makes clients, and keeps them.
pub(crate) struct Factory {
    sdk: SdkConfig,
    chain: Arc<Chain>,
    /// The chain again: the cache of credentials tells providers apart by this very value.
    credentials: SharedCredentialsProvider,
    endpoints: Endpoints,
    s3_use_path_style: bool,
    region: Option<String>,
    identities: Mutex<HashMap<Option<Role>, Identity>>,
    targets: Mutex<Targets>,
}

impl fmt::Debug for Factory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Factory").field("region", &self.region).field("chain", &self.chain).finish_non_exhaustive()
    }
}

type Targets = HashMap<(Option<Role>, String), Arc<Target>>;

type CallerFuture = Shared<Pin<Box<dyn Future<Output = Result<Caller, Error>> + Send>>>;

/// Credentials, and the one call that asks whose they are. Concurrent callers wait for the same
/// call, also when it fails.
#[derive(Clone)]
struct Identity {
    credentials: SharedCredentialsProvider,
    caller: CallerFuture,
}

/// What a process finds around it.
#[derive(Default)]
struct Surroundings {
    env: Env,
    fs: Fs,
    /// In place of the client that goes out to AWS.
    http_client: Option<SharedHttpClient>,
}

/// Adds what every client must have to a service's builder.
macro_rules! client {
    ($service:ident, $sdk:expr, $endpoint:expr, |$builder:ident| $extra:expr) => {{
        let mut $builder = $service::config::Builder::from($sdk)
            .retry_partition(unlimited_retries())
            .interceptor(log::CallLog)
            .interceptor(http::UnreachableLimit);
        if let Some(url) = config::given($endpoint.as_deref()) {
            // These two choose among AWS's own endpoints, and the SDK refuses them beside a given one.
            $builder = $builder.endpoint_url(url).use_fips(false).use_dual_stack(false);
        }
        $service::Client::from_conf($extra.build())
    }};
}

impl Factory {
    /// Reads the settings; loads credentials only where no setting names a region, because the EC2
    /// instance may name one.
    ///
    /// # Errors
    /// [`Error::Config`] for values that cannot be used, also of the environment and the profile.
    pub(crate) async fn new(config: Config) -> Result<Self, Error> {
        Self::in_surroundings(config, Surroundings::default()).await
    }

    async fn in_surroundings(config: Config, around: Surroundings) -> Result<Self, Error> {
        let Surroundings { env, fs, http_client } = around;
        config.endpoints.validate()?;
        let profiles = config::Profiles::load(&config, &env, &fs).await?;
        let max_attempts = config::max_attempts(&config, &env, &profiles)?;
        let http_client = match http_client {
            Some(client) => client,
            None => http::client(&env, &fs).await?,
        };
        let mut region = config::region(&config, &env, &profiles);
        let provider_config = ProviderConfig::without_region()
            .with_behavior_version(Some(behavior_version()))
            .with_http_client(http_client.clone())
            .with_region(region.clone().map(Region::new))
            .with_retry_config(RetryConfig::standard().with_max_attempts(IDENTITY_MAX_ATTEMPTS))
            .with_timeout_config(http::identity_timeouts());
        let chain = Arc::new(Chain::new(&config, &env, &profiles, &provider_config)?);
        if region.is_none() {
            region = region_of_instance(&chain, &provider_config).await;
        }
        if let Some(region) = &region {
            config::validate_region(region)?;
        }
        let version = config::given(Some(&config.version)).map(str::to_owned);
        let user_agent =
            FrameworkMetadata::new("terraform-provider-ssmsession", version).map_err(|_| Error::Config {
                setting: "version".to_owned(),
                problem: format!("{:?} cannot stand in a user agent", config.version),
            })?;
        let provider: Arc<dyn ProvideCredentials> = chain.clone();
        let credentials = SharedCredentialsProvider::new(provider);
        let sdk = ConfigLoader::default()
            .behavior_version(behavior_version())
            .http_client(http_client)
            .region(region.clone().map(Region::new))
            .profile_name(profiles.name)
            .credentials_provider(credentials.clone())
            // Left to itself the loader makes a chain of tokens, and for that looks for a region in the
            // instance metadata where none is set.
            .token_provider(ProfileFileTokenProvider::builder().build())
            .identity_cache(
                IdentityCache::lazy().load_timeout(IDENTITY_LOAD_TIMEOUT).max_partitions(IDENTITIES_KEPT).build(),
            )
            .retry_config(RetryConfig::standard().with_max_attempts(max_attempts).with_max_backoff(LONGEST_PAUSE))
            .timeout_config(http::service_timeouts())
            .framework_metadata(user_agent)
            .load()
            .await;
        Ok(Self {
            sdk,
            chain,
            credentials,
            endpoints: config.endpoints,
            s3_use_path_style: config.s3_use_path_style,
            region,
            identities: Mutex::default(),
            targets: Mutex::default(),
        })
    }

    /// The region of resources that name none; `None` when nothing sets one.
    pub(crate) fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The clients for `region`, with the credentials of `role` or the provider's own.
    ///
    /// The first use of a role asks AWS who is calling; after that nothing is called here. A failure
    /// is not kept: the next caller tries again.
    ///
    /// # Errors
    /// [`Error::NoRegion`] for an empty region; [`Error::Config`] for one of another partition;
    /// else what stands between the caller and AWS.
    pub(crate) async fn target(&self, region: &str, role: Option<&Role>) -> Result<Arc<Target>, Error> {
        let region = config::given(Some(region)).ok_or(Error::NoRegion)?;
        config::validate_region(region)?;
        let key = (role.cloned(), region.to_owned());
        if let Some(target) = locked(&self.targets).get(&key) {
            return Ok(Arc::clone(target));
        }
        let identity = self.identity(region, role);
        let caller = match identity.caller.clone().await {
            Ok(caller) => caller,
            Err(error) => {
                let mut identities = locked(&self.identities);
                let current = identities.get(&key.0);
                if current.is_some_and(|current| current.caller.ptr_eq(&identity.caller)) {
                    identities.remove(&key.0);
                }
                return Err(error);
            }
        };
        if let Some(partition) = Partition::of_region(region)
            && partition.id != caller.partition
        {
            return Err(Error::Config {
                setting: "region".to_owned(),
                problem: format!(
                    "{region} lies in the partition {}, the account {} in {}",
                    partition.id, caller.account_id, caller.partition
                ),
            });
        }
        let target = Arc::new(self.clients(region, identity.credentials, caller));
        Ok(Arc::clone(locked(&self.targets).entry(key).or_insert(target)))
    }

    /// The clients for a place whose account is known already; nothing is called.
    ///
    /// AWS is not asked whether the credentials are of that account. Calls that must not go astray name the owner they
    /// expect.
    ///
    /// # Errors
    /// [`Error::NoRegion`] for an empty region.
    pub(crate) fn target_in(&self, region: &str, role: Option<&Role>, caller: Caller) -> Result<Target, Error> {
        let region = config::given(Some(region)).ok_or(Error::NoRegion)?;
        let identity = self.identity(region, role);
        Ok(self.clients(region, identity.credentials, caller))
    }

    /// The role's credentials and the call for its identity, started by whoever awaits it first.
    fn identity(&self, region: &str, role: Option<&Role>) -> Identity {
        let mut identities = locked(&self.identities);
        let identity = identities.entry(role.cloned()).or_insert_with(|| {
            // One region for all calls to STS, so that a role's credentials do not depend on which
            // of several regions is asked for first.
            let sts_region = self.region.as_deref().unwrap_or(region);
            let base = self.sts(sts_region, self.credentials.clone());
            let (credentials, sts, origin) = match role {
                None => (self.credentials.clone(), base, None),
                Some(role) => {
                    let credentials = SharedCredentialsProvider::new(AssumeRole {
                        sts: base,
                        chain: Arc::clone(&self.chain),
                        role: role.clone(),
                    });
                    let sts = self.sts(sts_region, credentials.clone());
                    (credentials, sts, Some(format!("the role {}", role.role_arn)))
                }
            };
            let chain = Arc::clone(&self.chain);
            let caller: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move {
                let answer = sts.get_caller_identity().send().await;
                let origin = origin.unwrap_or_else(|| chain.origin());
                caller_of(answer.map_err(|error| error::from_sdk(GET_CALLER_IDENTITY, "the caller", &origin, &error))?)
            });
            Identity { credentials, caller: caller.shared() }
        });
        identity.clone()
    }

    fn sts(&self, region: &str, credentials: SharedCredentialsProvider) -> aws_sdk_sts::Client {
        let sdk = self.sdk_config(region, credentials);
        client!(aws_sdk_sts, &sdk, self.endpoints.sts, |builder| builder.timeout_config(http::identity_timeouts()))
    }

    fn clients(&self, region: &str, credentials: SharedCredentialsProvider, caller: Caller) -> Target {
        let sdk = self.sdk_config(region, credentials.clone());
        // A partition that this release does not know is asked in the region at hand.
        let organizations_region =
            Partition::by_id(&caller.partition).map_or(region, |partition| partition.organizations_region);
        let global = self.sdk_config(organizations_region, credentials);
        Target {
            region: region.to_owned(),
            caller,
            kms: client!(aws_sdk_kms, &sdk, self.endpoints.kms, |builder| builder),
            logs: client!(aws_sdk_cloudwatchlogs, &sdk, self.endpoints.logs, |builder| builder),
            organizations: client!(aws_sdk_organizations, &global, self.endpoints.organizations, |builder| builder),
            s3: client!(aws_sdk_s3, &sdk, self.endpoints.s3, |builder| builder
                .force_path_style(self.s3_use_path_style)),
            ssm: client!(aws_sdk_ssm, &sdk, self.endpoints.ssm, |builder| builder),
        }
    }

    fn sdk_config(&self, region: &str, credentials: SharedCredentialsProvider) -> SdkConfig {
        self.sdk.to_builder().region(Region::new(region.to_owned())).credentials_provider(credentials).build()
    }
}

fn caller_of(answer: GetCallerIdentityOutput) -> Result<Caller, Error> {
    let fields = (|| {
        let arn = answer.arn?;
        let partition = arn.split(':').nth(1)?.to_owned();
        Some(Caller { account_id: answer.account?, partition })
    })();
    fields.ok_or_else(|| Error::Service {
        operation: GET_CALLER_IDENTITY,
        target: "the caller".to_owned(),
        code: "unreadable answer".to_owned(),
        message: "the account or the ARN is missing".to_owned(),
    })
}

/// The region of the EC2 instance, if that is where the credentials come from: elsewhere the look
/// for it only costs time, and its answer would be a surprise.
async fn region_of_instance(chain: &Chain, provider_config: &ProviderConfig) -> Option<String> {
    // A failure comes up again, with its cause, at the first call that needs credentials.
    chain.provide_credentials().await.ok()?;
    if !chain.used_instance_metadata() {
        return None;
    }
    let region = ImdsRegionProvider::builder().configure(provider_config).build().region().await?;
    Some(region.to_string())
}

/// The defaults of the SDK as of one date, so that an update of the SDK does not change them.
fn behavior_version() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

/// Retries are limited by number and time alone: the SDK's quota is shared by everything that one
/// process does with a service, and many resources applied at once would use it up.
fn unlimited_retries() -> RetryPartition {
    RetryPartition::custom("terraform-provider-ssmsession").token_bucket(TokenBucket::unlimited()).build()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The maps are valid after every single step, so a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
