//! The example on the hosts themselves: Terraform and OpenTofu plan, apply, change and destroy notes.
//!
//! Terraform is the program that `TERRAFORM` names, or `terraform` on the PATH; OpenTofu the one that `TOFU` names, or
//! the one that `make tools` builds. A CLI that is missing fails the test.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by a panic")]

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

#[path = "support/example.rs"]
mod example;

/// The CLI of a host, and the registry of an address that names none.
struct Cli {
    program: PathBuf,
    registry: &'static str,
}

impl Cli {
    fn terraform() -> Self {
        let program = std::env::var_os("TERRAFORM").map(PathBuf::from).or_else(|| on_the_path("terraform"));
        let program = program.expect(
            "terraform is not on the PATH: install it as https://developer.hashicorp.com/terraform/install says, or set \
             TERRAFORM to its path",
        );
        Self { program, registry: "registry.terraform.io" }
    }

    fn open_tofu() -> Self {
        let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/tools/tofu");
        let program = std::env::var_os("TOFU").map_or_else(built, PathBuf::from);
        assert!(program.is_file(), "there is no {}: run `make tools`, or set TOFU to its path", program.display());
        Self { program, registry: "registry.opentofu.org" }
    }
}

fn on_the_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|program| program.is_file())
}

/// A directory with a configuration and a `dev_overrides` block, so that the CLI needs no `init`.
struct Workspace {
    cli: Cli,
    directory: TempDir,
}

impl Workspace {
    fn new(cli: Cli) -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let workspace = Self { cli, directory };
        for name in ["plugins", "notes"] {
            std::fs::create_dir(workspace.path(name)).unwrap();
        }
        std::os::unix::fs::symlink(example::program(), workspace.path("plugins/terraform-provider-notes")).unwrap();
        let (registry, plugins) = (workspace.cli.registry, workspace.path("plugins"));
        let settings = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"{registry}/example/notes\" = \"{}\"\n  }}\n  direct {{}}\n}}\n",
            plugins.display()
        );
        std::fs::write(workspace.path("cli.tfrc"), settings).unwrap();
        workspace
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a configuration with one note.
    fn configure(&self, name: &str, text: &str) {
        let notes = self.path("notes");
        let configuration = format!(
            r#"terraform {{
  required_providers {{
    notes = {{
      source = "example/notes"
    }}
  }}
}}

provider "notes" {{
  directory = "{}"
}}

resource "notes_note" "this" {{
  name = "{name}"
  text = "{text}"
}}
"#,
            notes.display()
        );
        std::fs::write(self.path("main.tf"), configuration).unwrap();
    }

    /// Runs the CLI with no environment but what is set here; returns the exit code and the output.
    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = Command::new(&self.cli.program)
            .args(arguments)
            .arg("-no-color")
            .current_dir(self.directory.path())
            .env_clear()
            .env("HOME", self.directory.path())
            .env("TF_CLI_CONFIG_FILE", self.path("cli.tfrc"))
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("CHECKPOINT_DISABLE", "1")
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.code(), text)
    }

    /// Whether a plan has changes.
    fn plan_has_changes(&self) -> bool {
        match self.run(&["plan", "-detailed-exitcode"]) {
            (Some(0), _) => false,
            (Some(2), _) => true,
            (_, text) => panic!("{text}"),
        }
    }

    /// Applies, and checks that nothing is left to do and which notes are there.
    fn apply(&self, expected: &[(&str, &str)]) {
        let (code, text) = self.run(&["apply", "-auto-approve"]);
        assert_eq!(code, Some(0), "{text}");
        assert!(!self.plan_has_changes(), "the plan after an apply is not empty");
        self.assert_notes(expected);
    }

    fn assert_notes(&self, expected: &[(&str, &str)]) {
        let files = self.path("notes").read_dir().unwrap().map(|file| file.unwrap().path());
        let mut notes: Vec<_> = files
            .map(|file| (file.file_name().unwrap().display().to_string(), std::fs::read_to_string(file).unwrap()))
            .collect();
        notes.sort();
        let expected: Vec<_> =
            expected.iter().map(|(name, text)| (format!("{name}.txt"), (*text).to_owned())).collect();
        assert_eq!(notes, expected);
    }
}

fn a_note_lives_and_dies(cli: Cli) {
    let workspace = Workspace::new(cli);
    workspace.configure("shopping", "milk");
    assert!(workspace.plan_has_changes());
    workspace.assert_notes(&[]);
    workspace.apply(&[("shopping", "milk")]);

    workspace.configure("shopping", "bread");
    workspace.apply(&[("shopping", "bread")]);

    std::fs::remove_file(workspace.path("notes/shopping.txt")).unwrap();
    assert!(workspace.plan_has_changes());
    workspace.apply(&[("shopping", "bread")]);

    workspace.configure("groceries", "bread");
    workspace.apply(&[("groceries", "bread")]);

    let (code, text) = workspace.run(&["destroy", "-auto-approve"]);
    assert_eq!(code, Some(0), "{text}");
    workspace.assert_notes(&[]);
}

#[test]
fn terraform_plans_applies_changes_and_destroys_the_example() {
    a_note_lives_and_dies(Cli::terraform());
}

#[test]
fn opentofu_plans_applies_changes_and_destroys_the_example() {
    a_note_lives_and_dies(Cli::open_tofu());
}
