//! The program: reads the command line, starts the server, and sets the exit code. Nothing else.

use std::io::Write as _;
use std::process::ExitCode;

use ssmsession::provider;
use terraform_plugin::{Mode, Settings, serve};

/// What a person reads who starts the program by hand.
const STARTED_BY_HAND: &str = "\
This program is a provider for Terraform and OpenTofu: it sets up AWS Systems Manager Session Manager.
It is not meant to be started by hand; terraform or tofu starts it. To use it, name it in a configuration:

  terraform {
    required_providers {
      ssmsession = {
        source = \"cloudopsworks/ssmsession\"
      }
    }
  }

and run `terraform init` and `terraform plan` there (or `tofu init` and `tofu plan`).

  --version   prints the version
  --debug     serves until Ctrl-C and prints the TF_REATTACH_PROVIDERS with which terraform and tofu find it";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => serve_as(Mode::Hosted),
        ["--debug"] => serve_as(Mode::Debug),
        ["--version"] => {
            let version = concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"));
            exit_code(&writeln!(std::io::stdout(), "{version}"))
        }
        others => {
            let _ = writeln!(
                std::io::stderr(),
                "There is no {:?} here: only --version, --debug, or nothing when terraform or tofu starts this program.",
                others.join(" ")
            );
            ExitCode::FAILURE
        }
    }
}

fn serve_as(mode: Mode) -> ExitCode {
    let settings = Settings { mode, started_by_hand: STARTED_BY_HAND, crates: &["ssmsession"] };
    serve(provider::provider(), settings)
}

fn exit_code(written: &std::io::Result<()>) -> ExitCode {
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
