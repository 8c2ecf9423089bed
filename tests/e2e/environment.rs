//! A host that is killed during a call, and a disk that is full: the provider completes the call and exits, or
//! continues.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cli::signal;
use crate::workspace::{Workspace, processes_of};

on_each_cli! {
    a_provider_whose_host_is_killed_ends_with_its_call,
    a_provider_whose_host_is_killed_gives_up_a_call_without_an_answer,
    a_disk_that_takes_no_log_stops_nothing,
}

/// How long the provider waits for a write in flight, with a margin for a busy machine.
const LONGEST_END: Duration = Duration::from_secs(30 + 15);

async fn a_provider_whose_host_is_killed_ends_with_its_call(workspace: Workspace) {
    kill_the_host_at(&workspace, "CreateDocument");
    workspace.account.answer_what_hangs();
    wait_for_the_provider(&workspace);
    workspace.account.end_faults();
    let before = workspace.aws().parts().await;
    assert!(before.document, "the call is not taken back");

    // The killed CLI has not written the state.
    workspace.import(&workspace.try_apply().failed().import_id());
    workspace.account.take_calls();
    workspace.apply();
    assert!(!workspace.account.take_calls().has("CreateKey"));
    workspace.assert_plan_is_empty();
    assert_eq!(workspace.aws().parts().await, before);
}

async fn a_provider_whose_host_is_killed_gives_up_a_call_without_an_answer(workspace: Workspace) {
    kill_the_host_at(&workspace, "CreateBucket");
    wait_for_the_provider(&workspace);
    workspace.account.end_faults();
    let calls = workspace.account.take_calls();
    assert_eq!(calls.writes().last(), Some(&"CreateBucket"), "no call begins any more");

    let before = workspace.aws().parts().await;
    workspace.apply();
    workspace.assert_plan_is_empty();
    let after = workspace.aws().parts().await;
    assert_eq!((after.key_id, after.alias, after.bucket), (before.key_id, before.alias, before.bucket));
    assert!(after.document);
}

async fn a_disk_that_takes_no_log_stops_nothing(mut workspace: Workspace) {
    workspace.set_env("TF_LOG", "trace");
    workspace.set_env("TF_LOG_PATH", "/dev/full");
    workspace.configure("");
    workspace.apply();
    workspace.assert_plan_is_empty();
    workspace.destroy();
}

/// Applies, and kills the CLI after AWS has carried out an operation and before it responds.
fn kill_the_host_at(workspace: &Workspace, operation: &str) {
    workspace.configure("");
    workspace.account.add_fault(&json!({ "operation": operation, "kind": "hang_after" }));
    let mut host = workspace.command(&["apply", "-no-color", "-auto-approve"]);
    let mut host = host.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the CLI");
    assert!(workspace.account.wait_until_one_hangs());
    signal("-KILL", &host.id().to_string());
    host.wait().expect("the CLI ends");
}

/// Waits for the end of the provider. It is no child of the test, so its end is visible in `/proc` alone.
fn wait_for_the_provider(workspace: &Workspace) {
    let (binary, start) = (workspace.provider_binary(), Instant::now());
    while processes_of(&binary).next().is_some() {
        assert!(start.elapsed() < LONGEST_END, "the provider outlives its host");
        std::thread::sleep(Duration::from_millis(20));
    }
}
