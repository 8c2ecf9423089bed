//! The two CLIs: where they are, how they are run, what they print.
//!
//! Knows nothing of the provider or AWS. The environment variables TERRAFORM and TOFU name the executables. Without
//! them, Terraform is the one on the PATH, and OpenTofu the one that `make tools` builds.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The directory of `make tools`, wherever Cargo's own target directory is.
pub(crate) fn tools_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cli {
    Terraform,
    OpenTofu,
}

impl Cli {
    /// The CLI for a scenario in which the CLI makes no difference: Terraform, or OpenTofu where Terraform is not
    /// installed.
    pub(crate) fn either() -> Self {
        if Self::Terraform.find().is_some() { Self::Terraform } else { Self::OpenTofu }
    }

    /// The executable. Panics with the way to get it where it is missing.
    pub(crate) fn executable(self) -> PathBuf {
        let executable = self.find().unwrap_or_else(|| {
            panic!(
                "{}",
                match self {
                    Self::Terraform =>
                        "terraform is not on the PATH. Install it as https://developer.hashicorp.com/terraform/install \
                         says, set TERRAFORM to its path, or run the tests without it: make test TERRAFORM=",
                    Self::OpenTofu => "OpenTofu is not in target/tools. Run: make tools",
                }
            )
        });
        assert!(executable.is_file(), "{}: no such file, although {} names it", executable.display(), self.variable());
        executable
    }

    /// What the environment variable of the CLI names, else the usual place. An empty variable means that the CLI is
    /// not installed.
    fn find(self) -> Option<PathBuf> {
        let named = std::env::var_os(self.variable());
        // Scenarios run in directories of their own; a relative path is one from the root of the project.
        let absolute = |path: OsString| Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        match (named, self) {
            (Some(path), _) => Some(path).filter(|path| !path.is_empty()).map(absolute),
            (None, Self::Terraform) => on_the_path("terraform"),
            (None, Self::OpenTofu) => Some(tools_directory().join("tofu")).filter(|built| built.is_file()),
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Terraform => "TERRAFORM",
            Self::OpenTofu => "TOFU",
        }
    }

    /// The registry of a source address that names no host.
    pub(crate) fn registry(self) -> &'static str {
        match self {
            Self::Terraform => "registry.terraform.io",
            Self::OpenTofu => "registry.opentofu.org",
        }
    }
}

fn on_the_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|candidate| candidate.is_file())
}

/// Sends a signal to a process, or with "-" in front to its group: only to those that the test started.
pub(crate) fn signal(signal: &str, to: &str) {
    let status = Command::new("kill").args([signal, "--", to]).status().expect("kill");
    assert!(status.success(), "kill {signal} {to}: {status}");
}

/// What one run of a CLI left: shown whole where an assertion fails.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) command: String,
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
        Self {
            command: std::iter::once(command.get_program())
                .chain(command.get_args())
                .map(|word| word.display().to_string())
                .collect::<Vec<_>>()
                .join(" "),
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{self}");
        self
    }

    #[track_caller]
    pub(crate) fn failed(self) -> Self {
        assert_eq!(self.code, 1, "it should have failed\n{self}");
        self
    }

    /// The id in the import command that an error names.
    #[track_caller]
    pub(crate) fn import_id(&self) -> String {
        let words = self.words();
        let (_, command) = words.split_once("`terraform import <address> ").expect("the import command");
        let (id, _) = command.split_once('`').expect("the end of the command");
        id.to_owned()
    }

    /// Everything that was said, in one line: the CLIs break diagnostics at the width of a terminal.
    pub(crate) fn words(&self) -> String {
        format!("{} {}", self.stdout, self.stderr)
            .split_whitespace()
            .filter(|word| *word != "│")
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} ended with {}\n--- stdout\n{}\n--- stderr\n{}",
            self.command, self.code, self.stdout, self.stderr
        )
    }
}
