//! Where credentials come from: one chain in the order of hashicorp/aws.
//!
//! The first source that is configured wins, and when it fails nothing else is tried. The SDK's own
//! default chain has another order (keys in the environment before a profile that was named in the
//! provider block), never reads `AWS_DEFAULT_PROFILE`, and cannot say what it tried.
//! Follows <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>.

use std::sync::OnceLock;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, Result as ProviderResult, future};
use aws_types::os_shim_internal::Env;

use super::config::{Config, Profiles, given, variable};
use super::error::{Error, causes, innermost};

/// Name of sessions in CloudTrail where none is given.
pub(super) const DEFAULT_SESSION_NAME: &str = "terraform-provider-ssmsession";
const ENVIRONMENT: &str = "the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
const WEB_IDENTITY: &str = "the web identity of AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN";
const CONTAINER: &str = "the container's credentials endpoint";
/// The instance metadata service, which alone may also name the region.
const INSTANCE_METADATA: &str = "the EC2 instance metadata service";

/// One place to look at, or why it need not be looked at.
#[derive(Debug)]
struct Source {
    name: String,
    provider: Result<Box<dyn ProvideCredentials>, String>,
}

impl Source {
    fn there(name: impl Into<String>, provider: impl ProvideCredentials + 'static) -> Self {
        Self { name: name.into(), provider: Ok(Box::new(provider)) }
    }

    fn absent(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self { name: name.into(), provider: Err(why.into()) }
    }
}

/// The sources of credentials in the order in which they are tried.
#[derive(Debug)]
pub(super) struct Chain {
    sources: Vec<Source>,
    used: OnceLock<String>,
}

impl Chain {
    /// Works out what is configured; reads and calls nothing yet.
    ///
    /// # Errors
    /// [`Error::Config`] for half a pair of static keys.
    pub(super) fn new(
        config: &Config,
        env: &Env,
        profiles: &Profiles,
        provider_config: &ProviderConfig,
    ) -> Result<Self, Error> {
        Ok(Self { sources: sources(config, env, profiles, provider_config)?, used: OnceLock::new() })
    }

    /// The source that gave credentials, or the only one that can.
    pub(super) fn origin(&self) -> String {
        let only = || match self.sources.as_slice() {
            [only] => Some(&only.name),
            _ => None,
        };
        self.used.get().or_else(only).cloned().unwrap_or_else(|| "the default sources".to_owned())
    }

    /// Whether the instance metadata service gave the credentials.
    pub(super) fn used_instance_metadata(&self) -> bool {
        self.used.get().is_some_and(|used| used == INSTANCE_METADATA)
    }

    async fn load(&self) -> ProviderResult {
        let mut tried = Vec::new();
        for Source { name, provider } in &self.sources {
            let provider = match provider {
                Ok(provider) => provider,
                Err(why) => {
                    tried.push(format!("{name} ({why})"));
                    continue;
                }
            };
            match provider.provide_credentials().await {
                Ok(credentials) => {
                    let _same_every_time = self.used.set(name.clone());
                    return Ok(credentials);
                }
                Err(error @ CredentialsError::CredentialsNotLoaded(_)) => {
                    tried.push(format!("{name} ({})", innermost(&error)));
                }
                // Nobody configured this one; outside of EC2 its address is silent, refused or someone else's.
                Err(error) if name == INSTANCE_METADATA => tried.push(format!("{name} ({})", innermost(&error))),
                Err(error) => {
                    return Err(CredentialsError::provider_error(Error::Credentials {
                        origin: name.clone(),
                        cause: describe(&error),
                    }));
                }
            }
        }
        Err(CredentialsError::not_loaded(Error::NoCredentials { tried }))
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
    let texts: Vec<String> = causes(error).skip(1).map(ToString::to_string).collect();
    if texts.is_empty() { error.to_string() } else { texts.join(": ") }
}

fn sources(
    config: &Config,
    env: &Env,
    profiles: &Profiles,
    provider_config: &ProviderConfig,
) -> Result<Vec<Source>, Error> {
    if let Some(keys) = static_keys(config)? {
        return Ok(vec![Source::there("access_key and secret_key of the provider block", keys)]);
    }
    let from_profile = || {
        Source::there(
            format!("the profile {:?}", profiles.name),
            ProfileFileCredentialsProvider::builder().configure(provider_config).profile_name(&profiles.name).build(),
        )
    };
    if profiles.named_by == Some("profile") {
        return Ok(vec![from_profile()]);
    }
    let mut sources = Vec::new();
    match (variable(env, "AWS_ACCESS_KEY_ID"), variable(env, "AWS_SECRET_ACCESS_KEY")) {
        (Some(id), Some(secret)) => {
            let keys = Credentials::new(id, secret, variable(env, "AWS_SESSION_TOKEN"), None, "Environment");
            return Ok(vec![Source::there(ENVIRONMENT, keys)]);
        }
        (Some(_), None) => sources.push(Source::absent(ENVIRONMENT, "the second is not set")),
        (None, Some(_)) => sources.push(Source::absent(ENVIRONMENT, "the first is not set")),
        (None, None) => sources.push(Source::absent(ENVIRONMENT, "not set")),
    }
    match (variable(env, "AWS_WEB_IDENTITY_TOKEN_FILE"), variable(env, "AWS_ROLE_ARN")) {
        (Some(file), Some(role_arn)) => {
            let session_name =
                variable(env, "AWS_ROLE_SESSION_NAME").unwrap_or_else(|| DEFAULT_SESSION_NAME.to_owned());
            let provider = WebIdentityTokenCredentialsProvider::builder()
                .configure(provider_config)
                .static_configuration(StaticConfiguration {
                    web_identity_token_file: file.into(),
                    role_arn,
                    session_name,
                })
                .build();
            return Ok(vec![Source::there(WEB_IDENTITY, provider)]);
        }
        _ => sources.push(Source::absent(WEB_IDENTITY, "not both set")),
    }
    sources.push(if profiles.is_defined() {
        from_profile()
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
    sources.push(if container.iter().any(|name| variable(env, name).is_some()) {
        let provider = EcsCredentialsProvider::builder().configure(provider_config).build();
        Source::there(CONTAINER, provider)
    } else {
        Source::absent(CONTAINER, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not set")
    });
    let disabled = variable(env, "AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    sources.push(if disabled {
        Source::absent(INSTANCE_METADATA, "switched off by AWS_EC2_METADATA_DISABLED")
    } else {
        let provider = ImdsCredentialsProvider::builder().configure(provider_config).build();
        Source::there(INSTANCE_METADATA, provider)
    });
    Ok(sources)
}

fn static_keys(config: &Config) -> Result<Option<Credentials>, Error> {
    let token = given(config.token.as_deref());
    match (given(config.access_key.as_deref()), given(config.secret_key.as_deref())) {
        (Some(id), Some(secret)) => {
            let token = token.map(str::to_owned);
            Ok(Some(Credentials::new(id, secret, token, None, "ProviderBlock")))
        }
        (None, None) if token.is_none() => Ok(None),
        (access_key, _) => Err(Error::Config {
            setting: if access_key.is_none() { "access_key" } else { "secret_key" }.to_owned(),
            problem: "access_key and secret_key must be set together, also where token is".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_smithy_http_client::test_util::NeverClient;
    use aws_types::os_shim_internal::Fs;

    use super::*;

    const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s")];
    const WEB: [(&str, &str); 2] = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/t"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/x")];

    async fn chain(config: &Config, env: &[(&str, &str)]) -> Result<Chain, Error> {
        let env: Vec<_> = env.iter().copied().chain([("HOME", "/home")]).collect();
        let files = "[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = s\n\
                     [prod]\naws_access_key_id = AKIAPROD\naws_secret_access_key = s\n";
        let fs = Fs::from_map(HashMap::from([("/home/.aws/credentials".to_owned(), files)]));
        let env = Env::from_slice(&env);
        let profiles = Profiles::load(config, &env, &fs).await?;
        let provider_config = ProviderConfig::without_region().with_http_client(NeverClient::new());
        Chain::new(config, &env, &profiles, &provider_config)
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
            assert_eq!(chain.origin(), expected);
        }
    }

    #[tokio::test]
    async fn without_explicit_credentials_profile_container_and_instance_are_looked_at_in_this_order() {
        let there = |chain: &Chain| -> Vec<String> {
            chain.sources.iter().filter(|source| source.provider.is_ok()).map(|source| source.name.clone()).collect()
        };
        let container = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x")];
        let all = chain(&Config::default(), &container).await.unwrap();
        assert_eq!(there(&all), ["the profile \"default\"", CONTAINER, INSTANCE_METADATA]);
        let named = [("AWS_DEFAULT_PROFILE", "prod"), ("AWS_EC2_METADATA_DISABLED", "True")];
        let named = chain(&Config::default(), &named).await.unwrap();
        assert_eq!(there(&named), ["the profile \"prod\""]);
        let absent = chain(&Config::default(), &[("AWS_PROFILE", "absent")]).await.unwrap();
        assert_eq!(there(&absent), [INSTANCE_METADATA]);
    }

    #[tokio::test]
    async fn half_a_pair_of_static_keys_is_an_error_that_names_the_other_half() {
        for (config, setting) in [
            (block(Some("AKIA"), None, None), "secret_key"),
            (block(Some("AKIA"), Some(" "), None), "secret_key"),
            (block(None, Some("s"), None), "access_key"),
            (block(None, None, Some("t")), "access_key"),
        ] {
            let error = chain(&config, &KEYS).await.unwrap_err();
            assert!(matches!(&error, Error::Config { setting: named, .. } if named == setting), "{error:?}");
        }
    }

    #[tokio::test]
    async fn a_missing_profile_is_an_error_only_where_the_block_names_it() {
        let config = Config { profile: Some("absent".to_owned()), ..Config::default() };
        let error = chain(&config, &KEYS).await.unwrap_err();
        assert_eq!(error.to_string(), "profile: the shared AWS configuration files define no profile \"absent\"");
        let env: Vec<_> = KEYS.into_iter().chain([("AWS_PROFILE", "absent")]).collect();
        assert_eq!(chain(&Config::default(), &env).await.unwrap().origin(), ENVIRONMENT);
    }

    #[test]
    fn debug_output_keeps_secrets() {
        let text = format!("{:?}", block(Some("AKIA"), Some("SECRET"), Some("SECRET")));
        assert!(!text.contains("SECRET") && text.contains("AKIA"), "{text}");
    }
}
