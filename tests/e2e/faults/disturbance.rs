//! The faults, and a run of a CLI that meets one.
//!
//! Ends only what it started itself: the command is the leader of a process group of its own, and
//! the provider is found as its child.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};

use serde_json::json;

use crate::cli::{Outcome, signal};
use crate::moto::Account;
use crate::workspace::Workspace;

use super::Cell;

/// What a call meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Fault {
    /// The provider is killed before the call takes effect.
    KilledBefore,
    /// The provider is killed after it.
    KilledAfter,
    /// The connection ends before the call takes effect.
    Dropped,
    /// The connection ends after it.
    AnswerLost,
    /// An error of the service, until the client gives up.
    InternalError,
    /// Throttled again and again.
    Throttled,
    /// AWS does not allow it.
    Denied,
    /// Ctrl-C while the answer is on its way.
    Interrupted,
    /// Ctrl-C, and the answer never comes.
    InterruptedForEver,
}

/// All of them, in the order of the table's columns.
pub(super) const FAULTS: &[Fault] = &[
    Fault::KilledBefore,
    Fault::KilledAfter,
    Fault::Dropped,
    Fault::AnswerLost,
    Fault::InternalError,
    Fault::Throttled,
    Fault::Denied,
    Fault::Interrupted,
    Fault::InterruptedForEver,
];

/// What the CLIs print after Ctrl-C.
const INTERRUPT_SEEN: &str = "Interrupt received";

impl Fault {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::KilledBefore => "killed-before",
            Self::KilledAfter => "killed-after",
            Self::Dropped => "dropped",
            Self::AnswerLost => "answer-lost",
            Self::InternalError => "internal-error",
            Self::Throttled => "throttled",
            Self::Denied => "denied",
            Self::Interrupted => "ctrl-c",
            Self::InterruptedForEver => "ctrl-c-no-answer",
        }
    }

    /// Whether the fault differs from another one only where the call changes something.
    pub(super) fn is_for_writes(self) -> bool {
        self == Self::InterruptedForEver
    }

    /// Whether the command succeeds in spite of the fault. A key may exist although the response to its creation is lost,
    /// and may not be visible yet. Therefore no second CreateKey is sent.
    fn passes_by_itself(self, operation: &str) -> bool {
        match self {
            Self::Dropped => operation != "CreateKey",
            Self::AnswerLost | Self::Throttled => true,
            _ => false,
        }
    }

    fn hangs(self) -> bool {
        matches!(self, Self::KilledBefore | Self::KilledAfter | Self::Interrupted | Self::InterruptedForEver)
    }

    fn kind(self) -> &'static str {
        match self {
            Self::KilledBefore => "hang",
            Self::KilledAfter | Self::Interrupted | Self::InterruptedForEver => "hang_after",
            Self::Dropped => "drop",
            Self::AnswerLost => "lose",
            Self::InternalError | Self::Throttled | Self::Denied => "refuse",
        }
    }

    /// The error of a service by its API reference, its HTTP status, and how often it comes.
    fn refusal(self, service: &str, throttled_times: u32) -> (&'static str, u16, u32) {
        match (self, service) {
            (Self::InternalError, "kms") => ("KMSInternalException", 500, u32::MAX),
            (Self::InternalError, "logs") => ("ServiceUnavailableException", 500, u32::MAX),
            (Self::InternalError, "s3") => ("InternalError", 500, u32::MAX),
            (Self::InternalError, "ssm") => ("InternalServerError", 500, u32::MAX),
            (Self::InternalError, _) => ("InternalFailure", 500, u32::MAX),
            (Self::Throttled, "s3") => ("SlowDown", 503, throttled_times),
            (Self::Throttled, "sts") => ("Throttling", 400, throttled_times),
            (Self::Throttled, _) => ("ThrottlingException", 400, throttled_times),
            (Self::Denied, "s3" | "sts") => ("AccessDenied", 403, 1),
            (Self::Denied, _) => ("AccessDeniedException", 400, 1),
            _ => ("", 0, 1),
        }
    }
}

/// Runs a command in which the call of the cell meets the fault of the cell.
pub(super) fn disturbed(workspace: &mut Workspace, arguments: &[&str], cell: &Cell) -> Outcome {
    let Cell { target, fault, throttled_times, .. } = cell;
    let (code, status, times) = fault.refusal(&target.service, *throttled_times);
    workspace.account.take_calls();
    workspace.account.add_fault(&json!({
        "service": target.service,
        "operation": target.operation,
        "nth": target.nth,
        "kind": fault.kind(),
        "code": code,
        "status": status,
        "times": times,
    }));
    if *fault == Fault::InternalError {
        workspace.set_env("AWS_MAX_ATTEMPTS", "2");
    }
    let mut command = workspace.command(arguments);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn();
    let child = child.expect("the CLI starts");
    let id = child.id();
    let (outcome, met) = std::thread::scope(|scope| {
        let account = &workspace.account;
        let command = format!("{} of {cell}", arguments.join(" "));
        let outcome = scope.spawn(move || finish(command, child, account, *fault));
        if fault.hangs() && account.wait_until_one_hangs() {
            match fault {
                Fault::KilledBefore | Fault::KilledAfter => kill_provider_of(id),
                _ => signal("-INT", &format!("-{id}")),
            }
        }
        outcome.join().expect("the CLI ends")
    });
    workspace.set_env("AWS_MAX_ATTEMPTS", "");
    assert!(met > 0, "the call was not made\n{outcome}");
    // The count of active sessions is optional and never retried.
    if *fault == Fault::Throttled && target.operation != "DescribeSessions" {
        assert_eq!(met, u64::from(*throttled_times), "it was not tried often enough\n{outcome}");
    }
    if fault.passes_by_itself(&target.operation) {
        assert_eq!(outcome.code, 0, "it should have passed by itself\n{outcome}");
    }
    outcome
}

/// Waits for the end of the command. Returns its outcome and how many calls met the fault.
fn finish(command: String, mut child: Child, account: &Account, fault: Fault) -> (Outcome, u64) {
    let stderr = child.stderr.take().expect("stderr is piped");
    let stderr = std::thread::spawn(move || {
        let mut text = String::new();
        BufReader::new(stderr).read_to_string(&mut text).map(|_| text)
    });
    let mut stdout = String::new();
    for line in BufReader::new(child.stdout.take().expect("stdout is piped")).lines() {
        let line = line.expect("text");
        if line.contains(INTERRUPT_SEEN) && fault == Fault::Interrupted {
            account.answer_what_hangs();
        }
        stdout.push_str(&line);
        stdout.push('\n');
    }
    let code = child.wait().expect("the CLI ends").code().unwrap_or(-1);
    let met = account.end_faults();
    let stderr = stderr.join().expect("a reader").expect("text");
    (Outcome { command, code, stdout, stderr }, met)
}

/// Kills the provider that the CLI started.
fn kill_provider_of(cli: u32) {
    for entry in std::fs::read_dir("/proc").expect("processes") {
        let directory = entry.expect("a process").path();
        // "id (name) state parent ..."; an ended process has no such file.
        let Ok(stat) = std::fs::read_to_string(directory.join("stat")) else { continue };
        let Some((head, tail)) = stat.rsplit_once(") ") else { continue };
        let Some((id, name)) = head.split_once(" (") else { continue };
        let parent = tail.split(' ').nth(1).and_then(|parent| parent.parse().ok());
        if parent == Some(cli) && name.starts_with("terraform-provi") {
            signal("-KILL", id);
        }
    }
}
