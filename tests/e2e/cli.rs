//! The two CLIs: where they are, how they are run, what they said.
//!
//! Knows nothing of the provider or AWS. Terraform is expected on the PATH; OpenTofu is built by
//! `make tools` where it is not on the PATH either.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What `make tools` makes, wherever Cargo's own target directory is.
pub(crate) fn tools_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cli {
    Terraform,
    OpenTofu,
}

impl Cli {
    /// The executable; panics with the way to get it where there is none.
    pub(crate) fn executable(self) -> PathBuf {
        match self {
            Self::Terraform => on_the_path("terraform").unwrap_or_else(|| {
                panic!(
                    "terraform is not on the PATH. Install it as \
                     https://developer.hashicorp.com/terraform/install says."
                )
            }),
            Self::OpenTofu => Some(tools_directory().join("tofu"))
                .filter(|built| built.is_file())
                .or_else(|| on_the_path("tofu"))
                .unwrap_or_else(|| panic!("OpenTofu is neither in target/tools nor on the PATH. Run: make tools")),
        }
    }

    /// The registry that a source address without a host means to this CLI.
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
