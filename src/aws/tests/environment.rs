//! An environment of a test's own: nothing of the process is read.

use std::collections::HashMap;
use std::io;

use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};

use crate::aws::environment::Environment;

/// Variables and files that a test names.
#[derive(Clone, Debug, Default)]
pub(in crate::aws) struct Fixed {
    variables: HashMap<String, String>,
    files: HashMap<String, Vec<u8>>,
    config: String,
    credentials: String,
}

impl Fixed {
    pub(in crate::aws) fn new(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { variables, ..Self::default() }
    }

    /// With this file.
    pub(in crate::aws) fn with_file(mut self, path: &str, content: &[u8]) -> Self {
        self.files.insert(path.to_owned(), content.to_owned());
        self
    }

    /// With this text in the shared configuration file.
    pub(in crate::aws) fn with_config(self, config: &str) -> Self {
        Self { config: config.to_owned(), ..self }
    }

    /// With this text in the shared credentials file.
    pub(in crate::aws) fn with_credentials(self, credentials: &str) -> Self {
        Self { credentials: credentials.to_owned(), ..self }
    }
}

impl Environment for Fixed {
    fn value(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn file(&self, path: &str) -> io::Result<Vec<u8>> {
        self.files.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn profile_files(&self) -> EnvConfigFiles {
        EnvConfigFiles::builder()
            .with_contents(EnvConfigFileKind::Config, &self.config)
            .with_contents(EnvConfigFileKind::Credentials, &self.credentials)
            .build()
    }
}
