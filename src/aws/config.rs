//! What the provider block says about AWS, and how the environment and the profile fill it up.
//!
//! Plain data and the order in which sources win; no AWS calls. An empty value counts as unset,
//! everywhere. Follows <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>.

use std::borrow::Cow;
use std::fmt;

use aws_config::profile::{self, ProfileSet};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use super::error::{Error, innermost};

/// How often a call is attempted when nothing says otherwise, as in hashicorp/aws.
const DEFAULT_MAX_ATTEMPTS: u32 = 25;

/// The AWS settings of the provider block; `None` leaves a setting to the environment.
#[derive(Clone, Default)]
pub(crate) struct Config {
    /// Region of resources that name none.
    pub(crate) region: Option<String>,
    /// Profile of the shared configuration files; set here it wins over keys in the environment.
    pub(crate) profile: Option<String>,
    /// Access key id; with `secret_key` nothing else is looked at for credentials.
    pub(crate) access_key: Option<String>,
    /// Secret access key of `access_key`.
    pub(crate) secret_key: Option<String>,
    /// Session token of temporary keys.
    pub(crate) token: Option<String>,
    /// URLs to call instead of AWS's own.
    pub(crate) endpoints: Endpoints,
    /// Puts the bucket into the path of S3 URLs instead of the host name.
    pub(crate) s3_use_path_style: bool,
    /// Attempts, the first included; else `AWS_MAX_ATTEMPTS`, `max_attempts` of the profile, 25.
    pub(crate) max_retries: Option<u32>,
    /// Version of the provider, for the user agent.
    pub(crate) version: String,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redact = |secret: &Option<String>| secret.as_ref().map(|_| "[redacted]");
        f.debug_struct("Config")
            .field("region", &self.region)
            .field("profile", &self.profile)
            .field("access_key", &self.access_key)
            .field("secret_key", &redact(&self.secret_key))
            .field("token", &redact(&self.token))
            .field("endpoints", &self.endpoints)
            .field("s3_use_path_style", &self.s3_use_path_style)
            .field("max_retries", &self.max_retries)
            .field("version", &self.version)
            .finish()
    }
}

/// URLs that win over `AWS_ENDPOINT_URL` and its kin.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Endpoints {
    /// AWS Key Management Service.
    pub(crate) kms: Option<String>,
    /// Amazon CloudWatch Logs.
    pub(crate) logs: Option<String>,
    /// AWS Organizations.
    pub(crate) organizations: Option<String>,
    /// Amazon S3.
    pub(crate) s3: Option<String>,
    /// AWS Systems Manager.
    pub(crate) ssm: Option<String>,
    /// AWS Security Token Service.
    pub(crate) sts: Option<String>,
}

impl Endpoints {
    /// Refuses what is no URL, under its name in the provider block.
    pub(super) fn validate(&self) -> Result<(), Error> {
        let all = [
            ("endpoints.kms", &self.kms),
            ("endpoints.logs", &self.logs),
            ("endpoints.organizations", &self.organizations),
            ("endpoints.s3", &self.s3),
            ("endpoints.ssm", &self.ssm),
            ("endpoints.sts", &self.sts),
        ];
        for (setting, url) in all {
            let Some(url) = given(url.as_deref()) else {
                continue;
            };
            let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let well_formed = host.is_some_and(|host| {
                !host.is_empty() && !host.starts_with(['/', ':']) && host.chars().all(|c| c.is_ascii_graphic())
            });
            if !well_formed {
                return Err(Error::Config {
                    setting: setting.to_owned(),
                    problem: format!("{url:?} is not a URL such as https://vpce-0123.kms.us-east-1.vpce.amazonaws.com"),
                });
            }
        }
        Ok(())
    }
}

/// A value that is set and not blank.
pub(super) fn given(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|value| !value.is_empty())
}

/// An environment variable that is set and not blank.
pub(super) fn variable(env: &Env, name: &str) -> Option<String> {
    let value = env.get(name).ok()?;
    given(Some(&value)).map(str::to_owned)
}

/// The shared configuration files, and which profile of them counts.
#[derive(Debug)]
pub(super) struct Profiles {
    set: ProfileSet,
    /// The selected profile's name, whether it exists or not.
    pub(super) name: String,
    /// Where that name was given; `None` for the name "default" that stands when none was.
    pub(super) named_by: Option<&'static str>,
}

impl Profiles {
    /// Reads the files and picks the profile: provider block, `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`.
    ///
    /// # Errors
    /// [`Error::Config`] when a file cannot be read or parsed, or the profile named in the block is
    /// not there.
    pub(super) async fn load(config: &Config, env: &Env, fs: &Fs) -> Result<Self, Error> {
        let (name, named_by) = match given(config.profile.as_deref()) {
            Some(profile) => (profile.to_owned(), Some("profile")),
            None => ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
                .into_iter()
                .find_map(|name| Some((variable(env, name)?, Some(name))))
                .unwrap_or_else(|| ("default".to_owned(), None)),
        };
        let set = profile::load(fs, env, &EnvConfigFiles::default(), Some(Cow::Owned(name.clone()))).await.map_err(
            |error| Error::Config {
                setting: "the shared AWS configuration files".to_owned(),
                problem: innermost(&error),
            },
        )?;
        let profiles = Self { set, name, named_by };
        if profiles.named_by == Some("profile") && !profiles.is_defined() {
            return Err(Error::Config {
                setting: "profile".to_owned(),
                problem: format!("the shared AWS configuration files define no profile {:?}", profiles.name),
            });
        }
        Ok(profiles)
    }

    /// Whether the selected profile is in the files.
    pub(super) fn is_defined(&self) -> bool {
        self.set.get_profile(&self.name).is_some()
    }

    fn get(&self, key: &str) -> Option<&str> {
        given(self.set.get_profile(&self.name)?.get(key))
    }
}

/// The region: provider block, `AWS_REGION`, `AWS_DEFAULT_REGION`, profile.
pub(super) fn region(config: &Config, env: &Env, profiles: &Profiles) -> Option<String> {
    given(config.region.as_deref())
        .map(str::to_owned)
        .or_else(|| variable(env, "AWS_REGION"))
        .or_else(|| variable(env, "AWS_DEFAULT_REGION"))
        .or_else(|| profiles.get("region").map(str::to_owned))
}

/// The number of attempts: provider block, `AWS_MAX_ATTEMPTS`, profile, 25.
pub(super) fn max_attempts(config: &Config, env: &Env, profiles: &Profiles) -> Result<u32, Error> {
    let (setting, value) = if let Some(attempts) = config.max_retries {
        ("max_retries", attempts.to_string())
    } else if let Some(attempts) = variable(env, "AWS_MAX_ATTEMPTS") {
        ("AWS_MAX_ATTEMPTS", attempts)
    } else if let Some(attempts) = profiles.get("max_attempts") {
        ("max_attempts of the profile", attempts.to_owned())
    } else {
        return Ok(DEFAULT_MAX_ATTEMPTS);
    };
    match value.parse() {
        Ok(attempts) if attempts >= 1 => Ok(attempts),
        _ => Err(Error::Config {
            setting: setting.to_owned(),
            problem: format!("{value:?} is not a whole number of attempts, 1 or more"),
        }),
    }
}

/// Refuses a region that could not stand in a host name.
pub(super) fn validate_region(region: &str) -> Result<(), Error> {
    let label = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if region.bytes().all(label) && !region.starts_with('-') && !region.ends_with('-') {
        return Ok(());
    }
    Err(Error::Config {
        setting: "region".to_owned(),
        problem: format!("{region:?} is not an AWS region such as us-east-1"),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const HOME: (&str, &str) = ("HOME", "/home");

    fn files(config_file: &str) -> Fs {
        Fs::from_map(HashMap::from([("/home/.aws/config".to_owned(), config_file)]))
    }

    #[tokio::test]
    async fn the_region_comes_from_block_variables_and_profile_in_this_order() {
        let fs = files("[default]\nregion = profile-default\n[profile prod]\nregion = profile-prod\n");
        for (block, env, expected) in [
            (Some("block"), &[("AWS_REGION", "first"), ("AWS_DEFAULT_REGION", "second")][..], Some("block")),
            (Some(" "), &[("AWS_REGION", "first"), ("AWS_DEFAULT_REGION", "second")], Some("first")),
            (None, &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "second")], Some("second")),
            (None, &[("AWS_DEFAULT_REGION", ""), ("AWS_PROFILE", "prod")], Some("profile-prod")),
            (None, &[("AWS_DEFAULT_PROFILE", "prod")], Some("profile-prod")),
            (None, &[("AWS_PROFILE", "")], Some("profile-default")),
            (None, &[("AWS_PROFILE", "absent")], None),
        ] {
            let config = Config { region: block.map(str::to_owned), ..Config::default() };
            let env = Env::from_slice(&[env, &[HOME]].concat());
            let profiles = Profiles::load(&config, &env, &fs).await.unwrap();
            assert_eq!(region(&config, &env, &profiles).as_deref(), expected, "{block:?} {env:?}");
        }
    }

    #[tokio::test]
    async fn the_attempts_come_from_block_variable_profile_and_default_in_this_order() {
        let fs = files(
            "[default]\nmax_attempts = 7\nretry_mode = legacy\n[profile bad]\nmax_attempts = 0\n[profile none]\n",
        );
        let attempts = async |block, env: &[(&str, &str)]| {
            let config = Config { max_retries: block, ..Config::default() };
            let env = Env::from_slice(&[env, &[HOME]].concat());
            let profiles = Profiles::load(&config, &env, &fs).await.unwrap();
            max_attempts(&config, &env, &profiles).map_err(|error| error.to_string())
        };
        assert_eq!(attempts(Some(3), &[("AWS_MAX_ATTEMPTS", "5")]).await, Ok(3));
        assert_eq!(attempts(None, &[("AWS_MAX_ATTEMPTS", "5")]).await, Ok(5));
        assert_eq!(attempts(None, &[("AWS_MAX_ATTEMPTS", "")]).await, Ok(7));
        assert_eq!(attempts(None, &[("AWS_PROFILE", "none")]).await, Ok(25));
        for (block, env, setting) in [
            (Some(0), ("AWS_MAX_ATTEMPTS", "5"), "max_retries"),
            (None, ("AWS_MAX_ATTEMPTS", "0"), "AWS_MAX_ATTEMPTS"),
            (None, ("AWS_MAX_ATTEMPTS", "many"), "AWS_MAX_ATTEMPTS"),
            (None, ("AWS_MAX_ATTEMPTS", "-1"), "AWS_MAX_ATTEMPTS"),
            (None, ("AWS_PROFILE", "bad"), "max_attempts of the profile"),
        ] {
            let error = attempts(block, &[env]).await.unwrap_err();
            assert!(error.starts_with(setting) && error.contains("1 or more"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_broken_configuration_file_is_an_error() {
        let (config, env) = (Config::default(), Env::from_slice(&[HOME]));
        let error = Profiles::load(&config, &env, &files("[default\n")).await.unwrap_err();
        assert!(error.to_string().starts_with("the shared AWS configuration files: "), "{error}");
    }

    #[test]
    fn endpoints_are_urls() {
        let endpoints = |url: &str| Endpoints { logs: Some(url.to_owned()), ..Endpoints::default() };
        for url in ["https://logs.test", "http://127.0.0.1:5000", "http://[::1]:5000/x", "", " "] {
            assert_eq!(endpoints(url).validate(), Ok(()), "{url:?}");
        }
        for url in ["logs.test", "ftp://logs.test", "https://", "http://:5000", "http:///x", "http://a b"] {
            let error = endpoints(url).validate().unwrap_err().to_string();
            assert!(error.starts_with("endpoints.logs: ") && error.contains("is not a URL"), "{error}");
        }
    }

    #[test]
    fn a_region_can_stand_in_a_host_name() {
        for region in ["us-east-1", "moon-base-1"] {
            assert_eq!(validate_region(region), Ok(()), "{region}");
        }
        for region in ["us_east_1", "US-EAST-1", "evil.test/", "us-east-1 ", "-x", "x-"] {
            assert!(validate_region(region).is_err(), "{region}");
        }
    }
}
