//! The first apply after the import of a module's setup stops at any of its writes: nothing is taken for another state's,
//! and the next apply, another import or a destroy goes on.

use std::collections::BTreeMap;

use serde_json::json;

use crate::aws::Parts;
use crate::cli::Cli;
use crate::workspace::{REGION, Workspace};

use super::module::{Release, run_module};

on_one_cli! {
    next_apply_goes_on_after_any_refused_write,
    another_import_goes_on_after_any_refused_write,
    destroy_goes_on_after_any_refused_write,
    next_apply_goes_on_after_its_result_was_lost,
    stamps_of_two_states_are_not_imported,
}

const SETTINGS: &str =
    "cloudwatch = { enabled = true, retention = 14, skip_destroy = false }\n audit = { retention_years = 7 }";

/// Runs the module and imports what it made.
fn imported(workspace: &Workspace) {
    let settings = json!({"cloudwatch": {"enabled": true, "retention": 14}, "audit": {"retention_years": 7}});
    run_module(&workspace.account, REGION, Release::Latest, &settings);
    workspace.configure(SETTINGS);
    workspace.import(REGION);
    workspace.account.take_calls();
}

/// Every write of the first apply after an import, with its number among those of the same operation.
fn writes() -> Vec<(String, usize)> {
    let workspace = Workspace::new(Cli::either());
    imported(&workspace);
    workspace.apply();
    let mut nth = BTreeMap::<String, usize>::new();
    let calls = workspace.account.take_calls();
    let writes: Vec<_> = calls
        .writes()
        .into_iter()
        .map(|operation| {
            let count = nth.entry(operation.to_owned()).or_default();
            *count += 1;
            (operation.to_owned(), *count)
        })
        .collect();
    assert!(writes.len() >= 7, "{writes:?}");
    writes
}

/// Stops the first apply at each of its writes, each in an account of its own, and goes on.
async fn after_each_refused_write(go_on: impl AsyncFn(&Workspace, &str)) {
    for (operation, nth) in writes() {
        let workspace = Workspace::new(Cli::either());
        imported(&workspace);
        workspace.account.add_fault(&json!({
            "operation": operation, "nth": nth, "kind": "refuse", "code": "AccessDenied", "status": 403, "times": 1,
        }));
        let stopped = workspace.try_apply();
        assert_eq!(workspace.account.end_faults(), 1, "{operation}#{nth} was not called\n{stopped}");
        go_on(&workspace, &format!("after {operation}#{nth}: {stopped}")).await;
    }
}

async fn next_apply_goes_on_after_any_refused_write(_: Workspace) {
    after_each_refused_write(async |workspace, after| {
        let next = workspace.try_apply();
        assert_eq!(next.code, 0, "{next}\n--- {after}");
        workspace.assert_plan_is_empty();
        workspace.destroy();
        assert_eq!(workspace.aws().parts().await, Parts::default(), "{after}");
    })
    .await;
}

async fn another_import_goes_on_after_any_refused_write(_: Workspace) {
    after_each_refused_write(async |workspace, after| {
        workspace.forget();
        workspace.import(REGION);
        let next = workspace.try_apply();
        assert_eq!(next.code, 0, "{next}\n--- {after}");
        workspace.assert_plan_is_empty();
    })
    .await;
}

async fn destroy_goes_on_after_any_refused_write(_: Workspace) {
    after_each_refused_write(async |workspace, after| {
        let destroyed = workspace.try_destroy();
        assert_eq!(destroyed.code, 0, "{destroyed}\n--- {after}");
        assert!(!destroyed.words().contains("are released"), "{destroyed}\n--- {after}");
        assert!(workspace.state_is_empty());
        // A failed update keeps the inputs of the import, by which a destroy keeps the log group, and so its key.
        let Parts { bucket, document, .. } = workspace.aws().parts().await;
        assert_eq!((bucket, document), (None, false), "{after}");
    })
    .await;
}

/// The parts carry the stamp that the import drew, and the state holds none.
async fn next_apply_goes_on_after_its_result_was_lost(workspace: Workspace) {
    imported(&workspace);
    let before = workspace.stored_state();
    assert!(workspace.attributes()["stamp"].is_null(), "nothing carries a stamp yet");
    workspace.apply();
    let aws = workspace.aws();
    let stamp = aws.document_tags().await["ssm-session-setup-stamp"].clone();
    workspace.store_state(&before);
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!(aws.document_tags().await["ssm-session-setup-stamp"], stamp);
}

async fn stamps_of_two_states_are_not_imported(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("cloudwatch = { enabled = true }");
    workspace.apply();
    let stamp = workspace.attributes()["stamp"].as_str().unwrap().to_owned();
    let key = aws.parts().await.key_id.unwrap();
    let theirs = aws_sdk_kms::types::Tag::builder().tag_key("ssm-session-setup-stamp").tag_value("theirs").build();
    aws.kms.tag_resource().key_id(&key).tags(theirs.unwrap()).send().await.unwrap();
    workspace.forget();
    let words = workspace.try_import(REGION).failed().words();
    for said in ["belong to different states", "theirs", &stamp, &key, "on_existing = \"adopt\""] {
        assert!(words.contains(said), "{said}: {words}");
    }
    workspace.configure("cloudwatch = { enabled = true }\n document = { on_existing = \"adopt\" }");
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!(aws.parts().await.key_id, Some(key));
}
