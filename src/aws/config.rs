//! The AWS settings of the provider block. An empty value is an unset one.
//!
//! Pure. Follows <https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>.

use std::fmt;

use super::error::ConnectError;

/// The AWS settings of the provider block; `None` leaves a setting to the environment.
#[derive(Clone, Default)]
pub(crate) struct Config {
    /// Region of resources that name none.
    pub(crate) region: Option<String>,
    /// Profile of the shared configuration files. It takes precedence over keys in the environment.
    pub(crate) profile: Option<String>,
    /// Access key id. With `secret_key` it is the only source of credentials.
    pub(crate) access_key: Option<String>,
    /// Secret access key of `access_key`.
    pub(crate) secret_key: Option<String>,
    /// Session token of temporary keys.
    pub(crate) token: Option<String>,
    /// URLs that are called instead of AWS's own.
    pub(crate) endpoints: Endpoints,
    /// Whether S3 URLs have the bucket in the path instead of the host name.
    pub(crate) s3_use_path_style: bool,
    /// Attempts, the first included. The default is `AWS_MAX_ATTEMPTS`, `max_attempts` of the profile, or 25.
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

/// URLs that take precedence over `AWS_ENDPOINT_URL` and the variables of single services.
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
    /// Checks that each value is a URL.
    ///
    /// # Errors
    /// [`ConnectError::Config`] with the name that the value has in the provider block.
    pub(super) fn validate(&self) -> Result<(), ConnectError> {
        let all = [
            ("endpoints.kms", &self.kms),
            ("endpoints.logs", &self.logs),
            ("endpoints.organizations", &self.organizations),
            ("endpoints.s3", &self.s3),
            ("endpoints.ssm", &self.ssm),
            ("endpoints.sts", &self.sts),
        ];
        for (setting, url) in all {
            let Some(url) = non_blank(url.as_deref()) else {
                continue;
            };
            let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let well_formed = host.is_some_and(|host| {
                !host.is_empty() && !host.starts_with(['/', ':']) && host.chars().all(|c| c.is_ascii_graphic())
            });
            if !well_formed {
                return Err(ConnectError::Config {
                    setting: setting.to_owned(),
                    problem: format!("{url:?} is not a URL such as https://vpce-0123.kms.us-east-1.vpce.amazonaws.com"),
                });
            }
        }
        Ok(())
    }
}

/// A value that is set and not blank.
pub(super) fn non_blank(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|value| !value.is_empty())
}

/// Checks that a region can be part of a host name.
///
/// # Errors
/// [`ConnectError::Config`] for one that cannot.
pub(super) fn validate_region(region: &str) -> Result<(), ConnectError> {
    let label = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if region.bytes().all(label) && !region.starts_with('-') && !region.ends_with('-') {
        return Ok(());
    }
    Err(ConnectError::Config {
        setting: "region".to_owned(),
        problem: format!("{region:?} is not an AWS region such as us-east-1"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_region_can_be_part_of_a_host_name() {
        for region in ["us-east-1", "moon-base-1"] {
            assert_eq!(validate_region(region), Ok(()), "{region}");
        }
        for region in ["us_east_1", "US-EAST-1", "evil.test/", "us-east-1 ", "-x", "x-"] {
            assert!(validate_region(region).is_err(), "{region}");
        }
    }

    #[test]
    fn debug_output_keeps_secrets() {
        let secret = || Some("SECRET".to_owned());
        let config =
            Config { access_key: Some("AKIA".to_owned()), secret_key: secret(), token: secret(), ..Config::default() };
        let text = format!("{config:?}");
        assert!(!text.contains("SECRET") && text.contains("AKIA"), "{text}");
    }
}
