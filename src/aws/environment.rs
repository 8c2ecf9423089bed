//! The environment of the process: its variables and its files.
//!
//! Everything in this layer that reads a variable or a file takes an [`Environment`], so that tests bring their own.
//! The SDK's providers of credentials read the environment of the process themselves.

use std::{fmt, fs, io};

use aws_runtime::env_config::file::EnvConfigFiles;

use super::config::non_blank;

/// Variables and files.
pub(super) trait Environment: fmt::Debug + Send + Sync {
    /// The value of a variable as it is set.
    fn value(&self, name: &str) -> Option<String>;

    /// The content of a file.
    ///
    /// # Errors
    /// Any error of the file system.
    fn file(&self, path: &str) -> io::Result<Vec<u8>>;

    /// The shared AWS configuration files.
    fn profile_files(&self) -> EnvConfigFiles;

    /// The value of a variable that is set and not blank.
    fn variable(&self, name: &str) -> Option<String> {
        non_blank(self.value(name).as_deref()).map(str::to_owned)
    }
}

/// The environment that the provider runs in.
#[derive(Debug)]
pub(super) struct Process;

impl Environment for Process {
    fn value(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn file(&self, path: &str) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn profile_files(&self) -> EnvConfigFiles {
        // The SDK finds them by AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE and the home directory.
        EnvConfigFiles::default()
    }
}
