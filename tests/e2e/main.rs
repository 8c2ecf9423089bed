//! The real `terraform` and `tofu` run the real provider against moto, an AWS on this machine.
//!
//! A scenario runs on both CLIs (`on_each_cli!`), or on one of them where the CLI makes no difference (`on_one_cli!`). Each
//! runs in a directory and an AWS account of its own, so that all of them may run at the same time. Assertions about AWS
//! go through the AWS SDK, never through the provider's own state. A missing tool fails the test with the command that
//! gets it; `make test` leaves the tests named `on_terraform` out where Terraform is not installed, and says so.
//!
//! A test that needs no CLI belongs elsewhere: rules and plans beside the source, what
//! moto cannot do (throttling, eventual consistency) in the part tests over scripted HTTP, the wire
//! in the protocol tests of `crates/terraform-plugin`.

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
            async fn on_terraform() {
                super::$scenario(crate::workspace::Workspace::new(crate::cli::Cli::Terraform)).await;
            }

            #[tokio::test]
            async fn on_opentofu() {
                super::$scenario(crate::workspace::Workspace::new(crate::cli::Cli::OpenTofu)).await;
            }
        }
    )+};
}

/// The same for one CLI, where the CLI makes no difference: Terraform, or OpenTofu where Terraform is not installed.
macro_rules! on_one_cli {
    ($($scenario:ident),+ $(,)?) => {$(
        mod $scenario {
            #[tokio::test]
            async fn on_one_cli() {
                super::$scenario(crate::workspace::Workspace::new(crate::cli::Cli::either())).await;
            }
        }
    )+};
}

// What the scenarios use.
/// AWS as a client of its own sees it: SDK clients of one account, and the parts of the setup that they find.
mod aws;
/// The two CLIs: where they are, how they are run, what they print.
mod cli;
/// Keys, buckets, documents and logs that exist without the provider.
mod fixtures;
/// The AWS server for tests: one process, an account for each test, a record of all calls.
mod moto;
/// A directory with a configuration, and the commands that a user runs in it.
mod workspace;

// The scenarios. A new one goes where its subject is; a new subject is a new file.
/// A document that exists already: refused, adopted, restored.
mod adoption;
/// What keeps the provider from looking at AWS: a plan that saw nothing is never empty.
mod blindness;
/// How many AWS calls an operation costs, by name.
mod calls;
/// Two configurations with the same names, applied at the same time.
mod conflict;
/// Delegated mode: Systems Manager is delegated to a member account of the organization.
mod delegation;
/// What a destroy refuses, keeps and removes.
mod destroy;
/// Every setting that a person can change by hand: the plan shows the change, the apply repairs it.
mod drift;
/// A host that is killed, a disk that is full.
mod environment;
/// Mistakes in a configuration or in the access to AWS: one clear error, in seconds.
mod errors;
/// The files in `examples/` work as they are.
mod examples;
/// Parts that the caller has no permission to read.
mod existing;
/// Every call of create, update and destroy meets every fault: the next apply completes the operation.
mod faults;
/// One resource block for many accounts and regions, in one provider process.
mod fleet;
/// The provider's functions, in configurations and in the console.
mod functions;
/// A setup that exists in AWS but in no state is imported.
mod import;
/// A create that AWS stops half-way continues at the next apply.
mod interruption;
/// Create, update in place, destroy.
mod lifecycle;
/// Who owns a part: taken over, refused, left to another state.
mod ownership;
/// The policies for those who work with a setup.
mod policies;
/// The data source: the preferences of an account, and what is wrong with them.
mod preferences;
/// Another region, another account, `-replace`.
mod replacement;
/// What plans and destroys say.
mod said;
/// A state that was edited by hand, truncated, or written by an older release.
mod stored_state;
/// AWS limits the calls in a second of many setups at once.
mod throttling;
/// Every change of settings that moves or retires a part, and its reverse.
mod transitions;
/// Two resources for one account and region.
mod twins;
/// A place that is not known before the apply.
mod undecided;
/// States that former releases wrote.
mod upgrade;
