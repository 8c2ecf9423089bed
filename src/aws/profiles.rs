//! The shared AWS configuration files, and which profile of them is selected.
//!
//! The SDK parses the files. Follows <https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html>.

use std::borrow::Cow;

use aws_config::profile::{self, Profile, ProfileSet};

use crate::causes::innermost;

use super::config::{Config, non_blank};
use super::environment::Environment;
use super::error::ConnectError;

/// The profile of a configuration that names none.
const DEFAULT: &str = "default";

/// The shared configuration files with the selected profile.
#[derive(Debug)]
pub(super) struct Profiles {
    set: ProfileSet,
    /// The name of the selected profile, whether it exists or not.
    pub(super) name: String,
    /// The setting or variable that names it; `None` for the profile `default` where nothing names one.
    pub(super) named_by: Option<&'static str>,
}

impl Profiles {
    /// Reads the files and selects the profile: provider block, `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`.
    ///
    /// # Errors
    /// [`ConnectError::Config`] when a file cannot be parsed, or when the profile that the block names does not exist.
    pub(super) async fn load(config: &Config, environment: &dyn Environment) -> Result<Self, ConnectError> {
        let (name, named_by) = match non_blank(config.profile.as_deref()) {
            Some(profile) => (profile.to_owned(), Some("profile")),
            None => ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
                .into_iter()
                .find_map(|name| Some((environment.variable(name)?, Some(name))))
                .unwrap_or_else(|| (DEFAULT.to_owned(), None)),
        };
        let files = environment.profile_files();
        let selected = Some(Cow::Owned(name.clone()));
        #[expect(
            clippy::default_trait_access,
            reason = "the types of file system and variables are internal to the SDK"
        )]
        let loaded = profile::load(&Default::default(), &Default::default(), &files, selected).await;
        let set = loaded.map_err(|error| ConnectError::Config {
            setting: "the shared AWS configuration files".to_owned(),
            problem: innermost(&error),
        })?;
        let profiles = Self { set, name, named_by };
        if profiles.named_by == Some("profile") && !profiles.is_defined() {
            return Err(ConnectError::Config {
                setting: "profile".to_owned(),
                problem: format!("the shared AWS configuration files define no profile {:?}", profiles.name),
            });
        }
        Ok(profiles)
    }

    /// A profile of the files.
    pub(super) fn profile(&self, name: &str) -> Option<&Profile> {
        self.set.get_profile(name)
    }

    /// Whether the files define the selected profile.
    pub(super) fn is_defined(&self) -> bool {
        self.profile(&self.name).is_some()
    }

    /// A value of the selected profile that is not blank.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        non_blank(self.profile(&self.name)?.get(key))
    }
}
