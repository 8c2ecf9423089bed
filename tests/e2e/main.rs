//! The real `terraform` and `tofu` run the real provider against moto, an AWS on this machine.
//!
//! Nearly every scenario runs on both CLIs (`on_each_cli!`, `on_terraform!`), in a directory and an AWS account of its own, so that all of
//! them may run at the same time. What AWS holds is asserted through the AWS SDK, never through the
//! provider's own state. A missing tool fails the test and names the command that gets it.
//!
//! What a test can show without a CLI belongs elsewhere: rules and plans beside the source, what
//! moto cannot do (throttling, eventual consistency) in the part tests over scripted HTTP, the wire
//! in `tests/protocol`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test says by a panic what went wrong"
)]

/// Makes a test for each CLI out of each scenario, an `async fn(Workspace)` of the same module.
macro_rules! on_each_cli {
    ($($scenario:ident),+ $(,)?) => {$(
        mod $scenario {
            #[tokio::test]
            async fn terraform() {
                super::$scenario(crate::workspace::Workspace::new(crate::cli::Cli::Terraform)).await;
            }

            #[tokio::test]
            async fn opentofu() {
                super::$scenario(crate::workspace::Workspace::new(crate::cli::Cli::OpenTofu)).await;
            }
        }
    )+};
}

/// The same for Terraform alone, where the CLI makes no difference.
macro_rules! on_terraform {
    ($($scenario:ident),+ $(,)?) => {$(
        mod $scenario {
            #[tokio::test]
            async fn terraform() {
                super::$scenario(crate::workspace::Workspace::new(crate::cli::Cli::Terraform)).await;
            }
        }
    )+};
}

// What the scenarios stand on.
/// AWS as it answers an onlooker: SDK clients of one account, and the parts of the setup found by them.
mod aws;
/// The two CLIs: where they are, how they are run, what they said.
mod cli;
/// The AWS server for tests: one process, an account for each test, a record of all calls.
mod moto;
/// A directory with a configuration, and the commands that a user types in it.
mod workspace;

// The scenarios. A new one goes where its subject is; a new subject is a new file.
/// A document that exists already: refused, adopted, put back.
mod adoption;
/// Mistakes in a configuration or its surroundings: one clear error, in seconds.
mod bad_input;
/// How many AWS calls an operation costs, by name.
mod calls;
/// Delegated mode: Systems Manager is delegated to a member account of the organization.
mod delegation;
/// What a destroy refuses, keeps and removes.
mod destroying;
/// Every setting that somebody can change by hand: shown in the plan, repaired by the apply.
mod drift;
/// What `examples/` shows works as it stands there.
mod examples;
/// Every call of create, update and destroy meets every fault: the next apply ends what was begun.
mod faults;
/// One resource block for many accounts and regions, in one provider process.
mod fleet;
/// The provider's functions, in configurations and in the console.
mod functions;
/// Parts that may not be looked at.
mod given;
/// A setup that exists in AWS but in no state is taken into one.
mod import;
/// A create that AWS stops half-way goes on at the next apply.
mod interrupted;
/// Create, update in place, destroy.
mod lifecycle;
/// Whose a part is: what is taken over, refused, left to another state.
mod ownership;
/// The policies for those who work with a setup.
mod policies;
/// The data source: what stands, and what is wrong with it.
mod preferences;
/// Another region, another account, `-replace`.
mod replacement;
/// Two configurations with the same names, at the same time.
mod rivals;
/// A state that was changed by hand, cut off, or written by an older release.
mod stored_state;
/// A host that vanishes, a disk that takes no log.
mod surroundings;
/// AWS takes only so many calls a second from many setups at once.
mod throttled;
/// Every change of settings that moves or retires a part, and its reverse.
mod transitions;
/// States that former releases wrote.
mod upgrade;
