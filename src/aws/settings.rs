//! Settings that the provider block, the environment and the profile all can hold, in the order of precedence.
//!
//! Follows <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>.

use super::config::{Config, non_blank};
use super::environment::Environment;
use super::error::ConnectError;
use super::profiles::Profiles;

/// Attempts of a call where no setting says otherwise, as in hashicorp/aws.
const DEFAULT_MAX_ATTEMPTS: u32 = 25;

/// The region: provider block, `AWS_REGION`, `AWS_DEFAULT_REGION`, profile.
pub(super) fn region(config: &Config, environment: &dyn Environment, profiles: &Profiles) -> Option<String> {
    non_blank(config.region.as_deref())
        .map(str::to_owned)
        .or_else(|| environment.variable("AWS_REGION"))
        .or_else(|| environment.variable("AWS_DEFAULT_REGION"))
        .or_else(|| profiles.get("region").map(str::to_owned))
}

/// The number of attempts: provider block, `AWS_MAX_ATTEMPTS`, profile, 25.
///
/// # Errors
/// [`ConnectError::Config`] for anything but a whole number from 1.
pub(super) fn max_attempts(
    config: &Config,
    environment: &dyn Environment,
    profiles: &Profiles,
) -> Result<u32, ConnectError> {
    let (setting, value) = if let Some(attempts) = config.max_retries {
        ("max_retries", attempts.to_string())
    } else if let Some(attempts) = environment.variable("AWS_MAX_ATTEMPTS") {
        ("AWS_MAX_ATTEMPTS", attempts)
    } else if let Some(attempts) = profiles.get("max_attempts") {
        ("max_attempts of the profile", attempts.to_owned())
    } else {
        return Ok(DEFAULT_MAX_ATTEMPTS);
    };
    match value.parse() {
        Ok(attempts) if attempts >= 1 => Ok(attempts),
        _ => Err(ConnectError::Config {
            setting: setting.to_owned(),
            problem: format!("{value:?} is not a whole number of attempts, 1 or more"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::tests::environment::Fixed;

    #[tokio::test]
    async fn the_region_comes_from_block_variables_and_profile_in_this_order() {
        let file = "[default]\nregion = profile-default\n[profile prod]\nregion = profile-prod\n";
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
            let environment = Fixed::new(env).with_config(file);
            let profiles = Profiles::load(&config, &environment).await.unwrap();
            assert_eq!(region(&config, &environment, &profiles).as_deref(), expected, "{block:?} {env:?}");
        }
    }

    #[tokio::test]
    async fn the_attempts_come_from_block_variable_profile_and_default_in_this_order() {
        let file =
            "[default]\nmax_attempts = 7\nretry_mode = legacy\n[profile bad]\nmax_attempts = 0\n[profile none]\n";
        let attempts = async |block, env: &[(&str, &str)]| {
            let config = Config { max_retries: block, ..Config::default() };
            let environment = Fixed::new(env).with_config(file);
            let profiles = Profiles::load(&config, &environment).await.unwrap();
            max_attempts(&config, &environment, &profiles).map_err(|error| error.to_string())
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
        let environment = Fixed::new(&[]).with_config("[default\n");
        let error = Profiles::load(&Config::default(), &environment).await.unwrap_err();
        assert!(error.to_string().starts_with("the shared AWS configuration files: "), "{error}");
    }
}
