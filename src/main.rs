//! The program: reads the command line, starts the server, and sets the exit code. Nothing else.

use std::io::Write as _;
use std::process::ExitCode;

use ssmsession::provider;
use terraform_plugin::plugin::{self, Mode};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => plugin::serve(provider::provider(), Mode::Hosted),
        ["--debug"] => plugin::serve(provider::provider(), Mode::Debug),
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

fn exit_code(written: &std::io::Result<()>) -> ExitCode {
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
