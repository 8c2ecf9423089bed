//! How a profile comes to credentials: from which source, and through which roles.
//!
//! Pure. The SDK resolves profiles as well, but assumes the roles of a profile with a client that takes neither the
//! endpoints of the provider block nor the limits of this layer.
//! Follows <https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html>.

use aws_config::profile::Profile;

use super::error::ConnectError;
use super::profiles::Profiles;
use super::role::Role;

/// How a profile comes to credentials.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Login {
    /// Where the first credentials come from.
    pub(super) first: FirstSource,
    /// The roles, each assumed with the credentials before it.
    pub(super) roles: Vec<Role>,
}

/// Where the first credentials of a profile come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FirstSource {
    /// A profile without a role of its own.
    Profile {
        /// Its name.
        name: String,
        /// Whether it needs a login at IAM Identity Center.
        is_sso: bool,
    },
    /// Keys in a profile that also has a role.
    Keys {
        /// The access key.
        access_key: String,
        /// The secret key.
        secret_key: String,
        /// The session token.
        token: Option<String>,
    },
    /// A web identity, which assumes a role without credentials.
    WebIdentity {
        /// The file with the token.
        token_file: String,
        /// The role.
        role: Role,
    },
    /// `credential_source = Environment`.
    Environment,
    /// `credential_source = EcsContainer`.
    Container,
    /// `credential_source = Ec2InstanceMetadata`.
    InstanceMetadata,
}

impl Login {
    /// The login of the selected profile.
    ///
    /// # Errors
    /// [`ConnectError::Config`] for a profile that leads nowhere.
    pub(super) fn of(profiles: &Profiles) -> Result<Self, ConnectError> {
        let mut visited: Vec<&str> = Vec::new();
        let mut roles = Vec::new();
        let mut name = profiles.name.as_str();
        let first = loop {
            let wrong = |problem: String| ConnectError::Config { setting: format!("the profile {name:?}"), problem };
            let Some(profile) = profiles.profile(name) else {
                let by =
                    visited.last().map(|by| format!(", which {by:?} names as its source_profile")).unwrap_or_default();
                return Err(wrong(format!("the shared AWS configuration files do not define it{by}")));
            };
            if visited.contains(&name) {
                return Err(wrong("its source_profile leads back to it".to_owned()));
            }
            visited.push(name);
            if let (true, Some(keys)) = (visited.len() > 1, keys(profile)) {
                break keys;
            }
            let Some(role) = role(profile) else {
                let is_sso = ["sso_session", "sso_start_url"].iter().any(|key| profile.get(key).is_some());
                break FirstSource::Profile { name: name.to_owned(), is_sso };
            };
            if let Some(token_file) = profile.get("web_identity_token_file") {
                break FirstSource::WebIdentity { token_file: token_file.to_owned(), role };
            }
            roles.push(role);
            match (profile.get("source_profile"), profile.get("credential_source")) {
                (Some(source), None) if source == name => {
                    break keys(profile)
                        .ok_or_else(|| wrong("it is its own source_profile and has no keys".to_owned()))?;
                }
                (Some(source), None) => name = source,
                (None, Some("Environment")) => break FirstSource::Environment,
                (None, Some("EcsContainer")) => break FirstSource::Container,
                (None, Some("Ec2InstanceMetadata")) => break FirstSource::InstanceMetadata,
                (None, Some(source)) => {
                    return Err(wrong(format!(
                        "credential_source is {source:?}. Accepted: Environment, EcsContainer, Ec2InstanceMetadata"
                    )));
                }
                _ => return Err(wrong("role_arn needs either source_profile or credential_source".to_owned())),
            }
        };
        roles.reverse();
        Ok(Self { first, roles })
    }
}

fn role(profile: &Profile) -> Option<Role> {
    Some(Role {
        role_arn: profile.get("role_arn")?.to_owned(),
        external_id: profile.get("external_id").map(str::to_owned),
        session_name: profile.get("role_session_name").map(str::to_owned),
    })
}

fn keys(profile: &Profile) -> Option<FirstSource> {
    Some(FirstSource::Keys {
        access_key: profile.get("aws_access_key_id")?.to_owned(),
        secret_key: profile.get("aws_secret_access_key")?.to_owned(),
        token: profile.get("aws_session_token").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::config::Config;
    use crate::aws::tests::environment::Fixed;

    const FILE: &str = "\
[profile keys]
aws_access_key_id = AKIA
aws_secret_access_key = s
[profile chained]
role_arn = arn:aws:iam::1:role/second
source_profile = between
external_id = extern
[profile between]
role_arn = arn:aws:iam::1:role/first
role_session_name = ci
source_profile = keys
[profile own]
role_arn = arn:aws:iam::1:role/own
source_profile = own
aws_access_key_id = AKIAOWN
aws_secret_access_key = s
aws_session_token = t
[profile sso]
sso_session = company
[profile instance]
role_arn = arn:aws:iam::1:role/x
credential_source = Ec2InstanceMetadata
[profile web]
role_arn = arn:aws:iam::1:role/web
web_identity_token_file = /token
[profile loop]
role_arn = arn:aws:iam::1:role/x
source_profile = pool
[profile pool]
role_arn = arn:aws:iam::1:role/x
source_profile = loop
[profile astray]
role_arn = arn:aws:iam::1:role/x
source_profile = absent
[profile both]
role_arn = arn:aws:iam::1:role/x
source_profile = keys
credential_source = Environment
";

    async fn login(profile: &str) -> Result<Login, String> {
        let environment = Fixed::new(&[("AWS_PROFILE", profile)]).with_config(FILE);
        let profiles = Profiles::load(&Config::default(), &environment).await.unwrap();
        Login::of(&profiles).map_err(|error| error.to_string())
    }

    fn role(name: &str) -> Role {
        Role { role_arn: format!("arn:aws:iam::1:role/{name}"), external_id: None, session_name: None }
    }

    #[tokio::test]
    async fn a_profile_leads_to_its_first_source_and_the_roles_behind_it() {
        let of = |name: &str, is_sso| FirstSource::Profile { name: name.to_owned(), is_sso };
        let key = |id: &str, token: Option<&str>| FirstSource::Keys {
            access_key: id.to_owned(),
            secret_key: "s".to_owned(),
            token: token.map(str::to_owned),
        };
        let first = Role { session_name: Some("ci".to_owned()), ..role("first") };
        let second = Role { external_id: Some("extern".to_owned()), ..role("second") };
        for (profile, first, roles) in [
            ("keys", of("keys", false), vec![]),
            ("sso", of("sso", true), vec![]),
            ("chained", key("AKIA", None), vec![first, second]),
            ("own", key("AKIAOWN", Some("t")), vec![role("own")]),
            ("instance", FirstSource::InstanceMetadata, vec![role("x")]),
            ("web", FirstSource::WebIdentity { token_file: "/token".to_owned(), role: role("web") }, vec![]),
        ] {
            assert_eq!(login(profile).await, Ok(Login { first, roles }), "{profile}");
        }
    }

    #[tokio::test]
    async fn a_profile_that_leads_nowhere_is_an_error_that_names_it() {
        for (profile, expected) in [
            ("loop", "the profile \"loop\": its source_profile leads back to it"),
            ("astray", "the profile \"absent\": the shared AWS configuration files do not define it, which \"astray\""),
            ("both", "the profile \"both\": role_arn needs either"),
        ] {
            let error = login(profile).await.unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
