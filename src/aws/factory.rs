//! The factory of clients, which keeps them for each role and region.
//!
//! Follows <https://docs.aws.amazon.com/sdk-for-rust/latest/dg/configure.html>.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::profile::ProfileFileTokenProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::config::FrameworkMetadata;
use aws_sdk_sts::config::retry::RetryConfig;
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use super::caller::Caller;
use super::clients::{Clients, Target};
use super::config::{Config, non_blank, validate_region};
use super::credentials::Chain;
use super::environment::{Environment, Process};
use super::error::ConnectError;
use super::identity::Identity;
use super::partition::Partition;
use super::profiles::Profiles;
use super::role::Role;
use super::{http, settings};

/// The most attempts of the calls with which the SDK's sources load credentials.
const IDENTITY_MAX_ATTEMPTS: u32 = 3;

/// The longest delay between two attempts of a call. With the SDK's own twenty seconds, a service that throttles many
/// callers is idle at the end: most are through, and the few that are left all wait.
const MAX_BACKOFF: Duration = Duration::from_secs(10);

/// How long one load of credentials may take. A login helper or a chain of roles can be slow, and the SDK derives its
/// own limit from settings that do not account for them.
const IDENTITY_LOAD_TIMEOUT: Duration = Duration::from_mins(2);

/// How many roles keep their credentials. The SDK keeps those of 64 and drops any of them for the next one, so that a
/// run over more accounts assumes its roles again and again.
const IDENTITIES_KEPT: usize = 10_000;

/// Makes clients, and keeps them.
pub(crate) struct Factory {
    clients: Clients,
    chain: Arc<Chain>,
    /// The chain again: the cache of credentials tells providers apart by this value.
    credentials: SharedCredentialsProvider,
    region: Option<String>,
    identities: Mutex<HashMap<Option<Role>, Identity>>,
    targets: Mutex<Targets>,
}

type Targets = HashMap<(Option<Role>, String), Arc<Target>>;

impl fmt::Debug for Factory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Factory").field("region", &self.region).field("chain", &self.chain).finish_non_exhaustive()
    }
}

impl Factory {
    /// Reads the settings. It loads credentials only where no setting names a region, because the EC2 instance may
    /// name one.
    ///
    /// # Errors
    /// [`ConnectError::Config`] for values that cannot be used, also of the environment and the profile.
    pub(crate) async fn new(config: Config) -> Result<Self, ConnectError> {
        Self::in_environment(config, &Process, None).await
    }

    /// As `new`, in an environment, and with an HTTP client instead of the one that connects to AWS.
    pub(super) async fn in_environment(
        config: Config,
        environment: &dyn Environment,
        http_client: Option<SharedHttpClient>,
    ) -> Result<Self, ConnectError> {
        config.endpoints.validate()?;
        let profiles = Profiles::load(&config, environment).await?;
        let max_attempts = settings::max_attempts(&config, environment, &profiles)?;
        let http_client = match http_client {
            Some(client) => client,
            None => http::client(environment)?,
        };
        let mut region = settings::region(&config, environment, &profiles);
        let version = non_blank(Some(&config.version)).map(str::to_owned);
        let user_agent =
            FrameworkMetadata::new("terraform-provider-ssmsession", version).map_err(|_| ConnectError::Config {
                setting: "version".to_owned(),
                problem: format!("{:?} cannot be part of a user agent", config.version),
            })?;
        let sdk = ConfigLoader::default()
            .behavior_version(behavior_version())
            .http_client(http_client.clone())
            .region(region.clone().map(Region::new))
            .profile_name(profiles.name.clone())
            // Each client gets its own. Without this the loader makes the SDK's chain.
            .no_credentials()
            // Without this the loader makes a chain of tokens, and searches the instance metadata for a region where
            // none is set.
            .token_provider(ProfileFileTokenProvider::builder().build())
            .identity_cache(
                IdentityCache::lazy().load_timeout(IDENTITY_LOAD_TIMEOUT).max_partitions(IDENTITIES_KEPT).build(),
            )
            .retry_config(RetryConfig::standard().with_max_attempts(max_attempts).with_max_backoff(MAX_BACKOFF))
            .timeout_config(http::service_timeouts())
            .framework_metadata(user_agent)
            .load()
            .await;
        let clients = Clients::new(&sdk, config.endpoints.clone(), config.s3_use_path_style);
        let provider_config = ProviderConfig::without_region()
            .with_behavior_version(Some(behavior_version()))
            .with_http_client(http_client)
            .with_region(region.clone().map(Region::new))
            .with_retry_config(RetryConfig::standard().with_max_attempts(max_attempts.min(IDENTITY_MAX_ATTEMPTS)))
            .with_timeout_config(http::identity_timeouts());
        let chain = Arc::new(Chain::new(&config, environment, &profiles, &provider_config, &clients)?);
        if region.is_none() {
            region = region_of_instance(&chain, &provider_config).await;
        }
        if let Some(region) = &region {
            validate_region(region)?;
        }
        let provider: Arc<dyn ProvideCredentials> = chain.clone();
        let credentials = SharedCredentialsProvider::new(provider);
        Ok(Self { clients, chain, credentials, region, identities: Mutex::default(), targets: Mutex::default() })
    }

    /// The region of resources that name none; `None` when no setting names one.
    pub(crate) fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The clients for `region`, with the credentials of `role` or the provider's own.
    ///
    /// The first use of a role makes AWS identify the caller. Later uses make no call. A failure is not kept: the next
    /// use tries again.
    ///
    /// # Errors
    /// [`ConnectError::NoRegion`] for an empty region, [`ConnectError::Config`] for one of another partition, and any
    /// failure to connect.
    pub(crate) async fn target(&self, region: &str, role: Option<&Role>) -> Result<Arc<Target>, ConnectError> {
        let region = non_blank(Some(region)).ok_or(ConnectError::NoRegion)?;
        validate_region(region)?;
        let key = (role.cloned(), region.to_owned());
        if let Some(target) = locked(&self.targets).get(&key) {
            return Ok(Arc::clone(target));
        }
        let identity = self.identity(region, role);
        let caller = match identity.caller().await {
            Ok(caller) => caller,
            Err(error) => {
                let mut identities = locked(&self.identities);
                let current = identities.get(&key.0);
                if current.is_some_and(|current| current.is_same(&identity)) {
                    identities.remove(&key.0);
                }
                return Err(error);
            }
        };
        if let Some(partition) = Partition::of_region(region)
            && partition.id != caller.partition
        {
            return Err(ConnectError::Config {
                setting: "region".to_owned(),
                problem: format!(
                    "{region} is in the partition {}, the account {} in {}",
                    partition.id, caller.account_id, caller.partition
                ),
            });
        }
        let target = Arc::new(self.clients.target(region, identity.credentials, identity.origin, caller));
        Ok(Arc::clone(locked(&self.targets).entry(key).or_insert(target)))
    }

    /// The clients for a place whose account is already known. It makes no call.
    ///
    /// AWS is not asked whether the credentials belong to that account. A call that must not reach another account
    /// names the owner that it expects.
    ///
    /// # Errors
    /// [`ConnectError::NoRegion`] for an empty region.
    pub(crate) fn target_in(&self, region: &str, role: Option<&Role>, caller: Caller) -> Result<Target, ConnectError> {
        let region = non_blank(Some(region)).ok_or(ConnectError::NoRegion)?;
        let identity = self.identity(region, role);
        Ok(self.clients.target(region, identity.credentials, identity.origin, caller))
    }

    /// The identity of a role or of the provider's own credentials.
    fn identity(&self, region: &str, role: Option<&Role>) -> Identity {
        let mut identities = locked(&self.identities);
        let identity = identities.entry(role.cloned()).or_insert_with(|| {
            // One region for all calls to STS, so that a role's credentials do not depend on which of several regions
            // is used first.
            let sts_region = self.region.as_deref().unwrap_or(region);
            Identity::new(&self.clients, &self.credentials, self.chain.origin(), role, sts_region)
        });
        identity.clone()
    }
}

/// The region of the EC2 instance, where the credentials come from it. Elsewhere the search for it only costs time, and
/// its result surprises.
async fn region_of_instance(chain: &Chain, provider_config: &ProviderConfig) -> Option<String> {
    // The first call that needs credentials fails again, and reports the cause.
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

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // The maps are valid after each step, so a panic elsewhere leaves them valid.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
