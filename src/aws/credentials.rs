//! The sources of credentials: one chain in the order of hashicorp/aws.
//!
//! The first source that is configured is used, and when it fails no other is tried. The SDK's own default chain has
//! another order (keys in the environment before the profile that the provider block names), never reads
//! `AWS_DEFAULT_PROFILE`, and does not tell what it tried.
//! Follows <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>.

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as ProviderResult, SharedCredentialsProvider, future};

use crate::arn::Arn;
use crate::causes::{causes, innermost, phrase};

use super::clients::Clients;
use super::config::{Config, non_blank};
use super::environment::Environment;
use super::error::{ConnectError, CredentialsFault};
use super::login::{FirstSource, Login};
use super::origin::Origin;
use super::partition::Partition;
use super::profiles::Profiles;
use super::role::{AssumeRole, Role, WebIdentity};
use super::unreachable::did_not_connect;

const ENVIRONMENT: &str = "the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
const WEB_IDENTITY: &str = "the web identity of AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN";
const CONTAINER: &str = "the container's credentials endpoint";
/// The instance metadata service, the one source that may also name the region.
const INSTANCE_METADATA: &str = "the EC2 instance metadata service";

/// A source of credentials, or why it has none.
#[derive(Debug)]
struct Source {
    name: String,
    provider: Result<SharedCredentialsProvider, String>,
    /// The profile that needs a login before this source has credentials.
    sso_profile: Option<String>,
}

impl Source {
    fn present(name: impl Into<String>, provider: impl ProvideCredentials + 'static) -> Self {
        Self { name: name.into(), provider: Ok(SharedCredentialsProvider::new(provider)), sso_profile: None }
    }

    fn absent(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self { name: name.into(), provider: Err(why.into()), sso_profile: None }
    }

    /// Why this source fails. A source that the credentials of this one come from may be to blame, or the network.
    fn failure(&self, error: &CredentialsError) -> ConnectError {
        let of_this = |fault, cause| ConnectError::Credentials { origin: self.name.clone(), fault, cause };
        match ConnectError::in_causes_of(error) {
            Some(ConnectError::Credentials { fault, cause, .. }) => of_this(*fault, cause.clone()),
            // This role belongs to the source, and is not the one that a resource names.
            Some(denied @ ConnectError::AccessDenied { .. }) => of_this(CredentialsFault::Refused, denied.to_string()),
            Some(other @ (ConnectError::Service { .. } | ConnectError::NoCredentials { .. })) => {
                of_this(CredentialsFault::NotLoaded, other.to_string())
            }
            Some(other) => other.clone(),
            None if did_not_connect(error) => {
                ConnectError::unreachable(format!("The service behind {}", self.name), None, innermost(error))
            }
            None => match &self.sso_profile {
                Some(profile) => ConnectError::NoLogin { profile: profile.clone(), cause: describe(error) },
                None => of_this(CredentialsFault::NotLoaded, describe(error)),
            },
        }
    }
}

/// The sources of credentials in the order in which they are tried.
#[derive(Debug)]
pub(super) struct Chain {
    sources: Vec<Source>,
    origin: Origin,
}

impl Chain {
    /// Determines which sources are configured. It loads no credentials yet.
    ///
    /// # Errors
    /// [`ConnectError::Config`] for one of two static keys without the other, and for a profile that leads nowhere.
    pub(super) fn new(
        config: &Config,
        environment: &dyn Environment,
        profiles: &Profiles,
        provider_config: &ProviderConfig,
        clients: &Clients,
    ) -> Result<Self, ConnectError> {
        sources(config, environment, profiles, provider_config, clients).map(Self::of)
    }

    fn of(sources: Vec<Source>) -> Self {
        let origin = match sources.as_slice() {
            [only] => Origin::of(&only.name),
            _ => Origin::default(),
        };
        Self { sources, origin }
    }

    /// The source of the credentials in use, or the only one that is configured.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether the credentials in use come from the instance metadata service.
    pub(super) fn used_instance_metadata(&self) -> bool {
        self.origin.is(INSTANCE_METADATA)
    }

    async fn load(&self) -> ProviderResult {
        let mut tried = Vec::new();
        for source in &self.sources {
            let Source { name, provider, .. } = source;
            let provider = match provider {
                Ok(provider) => provider,
                Err(why) => {
                    tried.push(format!("{name} ({why})"));
                    continue;
                }
            };
            match provider.provide_credentials().await {
                Ok(credentials) => {
                    self.origin.determine(name);
                    return Ok(credentials);
                }
                Err(error @ CredentialsError::CredentialsNotLoaded(_)) => {
                    tried.push(format!("{name} ({})", innermost(&error)));
                }
                // Nobody configures this one. Outside of EC2 its address does not respond, or belongs to others.
                Err(error) if name == INSTANCE_METADATA => tried.push(format!("{name} ({})", innermost(&error))),
                Err(error) => return Err(CredentialsError::provider_error(source.failure(&error))),
            }
        }
        Err(CredentialsError::not_loaded(ConnectError::NoCredentials { tried }))
    }
}

impl ProvideCredentials for Chain {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.load())
    }
}

/// The causes below the SDK's own wrapper, which only says that a provider failed.
fn describe(error: &CredentialsError) -> String {
    let below: Vec<String> = causes(error).skip(1).map(ToString::to_string).collect();
    let texts = if below.is_empty() { vec![error.to_string()] } else { below };
    texts.iter().map(|text| phrase(text)).collect::<Vec<_>>().join(": ")
}

fn sources(
    config: &Config,
    environment: &dyn Environment,
    profiles: &Profiles,
    provider_config: &ProviderConfig,
    clients: &Clients,
) -> Result<Vec<Source>, ConnectError> {
    if let Some(keys) = static_keys(config)? {
        return Ok(vec![Source::present("access_key and secret_key of the provider block", keys)]);
    }
    let from_profile = || from_profile(environment, profiles, provider_config, clients);
    if profiles.named_by == Some("profile") {
        return Ok(vec![from_profile()?]);
    }
    let variable = |name| environment.variable(name);
    let mut sources = Vec::new();
    if let Some(keys) = keys_of(environment) {
        return Ok(vec![Source::present(ENVIRONMENT, keys)]);
    }
    sources.push(match (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")) {
        (Some(_), _) => Source::absent(ENVIRONMENT, "the second is not set"),
        (None, Some(_)) => Source::absent(ENVIRONMENT, "the first is not set"),
        (None, None) => Source::absent(ENVIRONMENT, "not set"),
    });
    match (variable("AWS_WEB_IDENTITY_TOKEN_FILE"), variable("AWS_ROLE_ARN")) {
        (Some(token_file), Some(role_arn)) => {
            let role = Role { role_arn, external_id: None, session_name: variable("AWS_ROLE_SESSION_NAME") };
            return Ok(vec![Source::present(WEB_IDENTITY, web_identity(clients, WEB_IDENTITY, token_file, role))]);
        }
        _ => sources.push(Source::absent(WEB_IDENTITY, "not both set")),
    }
    sources.push(if profiles.is_defined() {
        from_profile()?
    } else {
        let why = match profiles.named_by {
            Some(variable) => {
                format!("named by {variable}, not in the shared AWS configuration files")
            }
            None => "not in the shared AWS configuration files".to_owned(),
        };
        Source::absent(format!("the profile {:?}", profiles.name), why)
    });
    let container = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
    sources.push(if container.into_iter().any(|name| variable(name).is_some()) {
        container_source(provider_config)
    } else {
        Source::absent(CONTAINER, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not set")
    });
    let disabled = variable("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    sources.push(if disabled {
        Source::absent(INSTANCE_METADATA, "switched off by AWS_EC2_METADATA_DISABLED")
    } else {
        instance_source(provider_config)
    });
    Ok(sources)
}

/// The selected profile: its first source, and the roles behind that.
fn from_profile(
    environment: &dyn Environment,
    profiles: &Profiles,
    provider_config: &ProviderConfig,
    clients: &Clients,
) -> Result<Source, ConnectError> {
    let name = format!("the profile {:?}", profiles.name);
    let Login { first, roles } = Login::of(profiles)?;
    let first = match first {
        FirstSource::Profile { name: first, is_sso } => {
            let profile = ProfileFileCredentialsProvider::builder().configure(provider_config).profile_name(&first);
            let source = Source::present(format!("the profile {first:?}"), profile.build());
            Source { sso_profile: is_sso.then_some(first), ..source }
        }
        FirstSource::Keys { access_key, secret_key, token } => {
            Source::present(name.clone(), Credentials::new(access_key, secret_key, token, None, "Profile"))
        }
        FirstSource::WebIdentity { token_file, role } => {
            Source::present(name.clone(), web_identity(clients, &name, token_file, role))
        }
        FirstSource::Environment => match keys_of(environment) {
            Some(keys) => Source::present(ENVIRONMENT, keys),
            None => Source::absent(ENVIRONMENT, "not both set"),
        },
        FirstSource::Container => container_source(provider_config),
        FirstSource::InstanceMetadata => instance_source(provider_config),
    };
    Ok(roles.into_iter().fold(first, |source, role| {
        let sts_region = sts_region(clients, &role);
        let chain = Chain::of(vec![source]);
        let origin = chain.origin().clone();
        let sts = clients.sts(&sts_region, Some(SharedCredentialsProvider::new(chain)));
        Source::present(name.clone(), AssumeRole { sts, origin, role })
    }))
}

fn container_source(provider_config: &ProviderConfig) -> Source {
    Source::present(CONTAINER, EcsCredentialsProvider::builder().configure(provider_config).build())
}

fn instance_source(provider_config: &ProviderConfig) -> Source {
    Source::present(INSTANCE_METADATA, ImdsCredentialsProvider::builder().configure(provider_config).build())
}

fn web_identity(clients: &Clients, origin: &str, token_file: String, role: Role) -> WebIdentity {
    let sts = clients.sts(&sts_region(clients, &role), None);
    WebIdentity { sts, origin: origin.to_owned(), token_file, role }
}

/// The region whose STS hands out the credentials of a role: the configured one, or one of the role's partition.
fn sts_region(clients: &Clients, role: &Role) -> String {
    let of_partition = || Partition::by_id(Arn::parse(&role.role_arn)?.partition);
    clients
        .region()
        .map(ToString::to_string)
        .or_else(|| Some(of_partition()?.organizations_region.to_owned()))
        .unwrap_or_else(|| "us-east-1".to_owned())
}

/// Both keys of the environment.
fn keys_of(environment: &dyn Environment) -> Option<Credentials> {
    let (id, secret) = (environment.variable("AWS_ACCESS_KEY_ID")?, environment.variable("AWS_SECRET_ACCESS_KEY")?);
    Some(Credentials::new(id, secret, environment.variable("AWS_SESSION_TOKEN"), None, "Environment"))
}

fn static_keys(config: &Config) -> Result<Option<Credentials>, ConnectError> {
    let token = non_blank(config.token.as_deref());
    match (non_blank(config.access_key.as_deref()), non_blank(config.secret_key.as_deref())) {
        (Some(id), Some(secret)) => {
            let token = token.map(str::to_owned);
            Ok(Some(Credentials::new(id, secret, token, None, "ProviderBlock")))
        }
        (None, None) if token.is_none() => Ok(None),
        (access_key, _) => Err(ConnectError::Config {
            setting: if access_key.is_none() { "access_key" } else { "secret_key" }.to_owned(),
            problem: "access_key and secret_key must be set together, also where token is".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, SdkConfig};
    use aws_smithy_http_client::test_util::NeverClient;

    use super::*;
    use crate::aws::config::Endpoints;
    use crate::aws::tests::environment::Fixed;

    const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
    const WEB: [(&str, &str); 2] = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/x")];

    async fn chain(config: &Config, env: &[(&str, &str)]) -> Result<Chain, ConnectError> {
        let file = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n\
                     [prod]\naws_access_key_id = AKIAPROD\naws_secret_access_key = s\n";
        let environment = Fixed::new(env).with_credentials(file);
        let profiles = Profiles::load(config, &environment).await?;
        let provider_config = ProviderConfig::without_region().with_http_client(NeverClient::new());
        let sdk =
            SdkConfig::builder().behavior_version(BehaviorVersion::latest()).http_client(NeverClient::new()).build();
        let clients = Clients::new(&sdk, Endpoints::default(), false);
        Chain::new(config, &environment, &profiles, &provider_config, &clients)
    }

    fn block(access_key: Option<&str>, secret_key: Option<&str>, token: Option<&str>) -> Config {
        Config {
            access_key: access_key.map(str::to_owned),
            secret_key: secret_key.map(str::to_owned),
            token: token.map(str::to_owned),
            ..Config::default()
        }
    }

    #[tokio::test]
    async fn the_first_configured_source_is_the_only_one() {
        let keys = block(Some("AKIABLOCK"), Some("s"), None);
        let profile = Config { profile: Some("prod".to_owned()), ..Config::default() };
        let both = Config { profile: Some("prod".to_owned()), ..keys.clone() };
        let everything: Vec<_> = KEYS.into_iter().chain(WEB).chain([("AWS_PROFILE", "default")]).collect();
        let web_and_profile: Vec<_> = WEB.into_iter().chain([("AWS_PROFILE", "prod")]).collect();
        for (config, env, expected) in [
            (&keys, &everything, "access_key and secret_key of the provider block"),
            (&both, &everything, "access_key and secret_key of the provider block"),
            (&profile, &everything, "the profile \"prod\""),
            (&Config::default(), &everything, ENVIRONMENT),
            (&Config::default(), &web_and_profile, WEB_IDENTITY),
        ] {
            let chain = chain(config, env).await.unwrap();
            assert_eq!(chain.sources.len(), 1, "{expected}: {chain:?}");
            assert_eq!(chain.origin().name(), expected);
        }
    }

    #[tokio::test]
    async fn without_explicit_credentials_profile_container_and_instance_are_tried_in_this_order() {
        let present = |chain: &Chain| -> Vec<String> {
            chain.sources.iter().filter(|source| source.provider.is_ok()).map(|source| source.name.clone()).collect()
        };
        let container = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x")];
        let all = chain(&Config::default(), &container).await.unwrap();
        assert_eq!(present(&all), ["the profile \"default\"", CONTAINER, INSTANCE_METADATA]);
        let named = [("AWS_DEFAULT_PROFILE", "prod"), ("AWS_EC2_METADATA_DISABLED", "True")];
        let named = chain(&Config::default(), &named).await.unwrap();
        assert_eq!(present(&named), ["the profile \"prod\""]);
        let absent = chain(&Config::default(), &[("AWS_PROFILE", "absent")]).await.unwrap();
        assert_eq!(present(&absent), [INSTANCE_METADATA]);
    }

    #[tokio::test]
    async fn one_static_key_without_the_other_is_an_error_that_names_the_other() {
        for (config, setting) in [
            (block(Some("AKIA"), None, None), "secret_key"),
            (block(Some("AKIA"), Some(" "), None), "secret_key"),
            (block(None, Some("s"), None), "access_key"),
            (block(None, None, Some("t")), "access_key"),
        ] {
            let error = chain(&config, &KEYS).await.unwrap_err();
            assert!(matches!(&error, ConnectError::Config { setting: named, .. } if named == setting), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_missing_profile_is_an_error_only_where_the_block_names_it() {
        let config = Config { profile: Some("absent".to_owned()), ..Config::default() };
        let error = chain(&config, &KEYS).await.unwrap_err();
        assert_eq!(error.to_string(), "profile: the shared AWS configuration files define no profile \"absent\"");
        let env: Vec<_> = KEYS.into_iter().chain([("AWS_PROFILE", "absent")]).collect();
        assert_eq!(chain(&Config::default(), &env).await.unwrap().origin().name(), ENVIRONMENT);
    }
}
