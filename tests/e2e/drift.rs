//! Every setting that a person can change by hand: the plan shows the change, the apply repairs it.
//!
//! A table for each part, in `drift/`: a setting, and the calls that change it outside Terraform. For one row at a
//! time, the plan shows the change in `drift`, the apply repairs it with at most two writes (or with those that a whole
//! missing part takes), and the next plan is empty.

use std::fmt::Write as _;

use aws_sdk_kms::types::KeyState;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::moto::Account;
use crate::workspace::Workspace;

mod bucket;
mod document;
mod kms_key;
mod log_group;

on_each_cli! {
    changes_to_the_key_are_repaired,
    changes_to_the_bucket_are_repaired,
    changes_to_the_log_group_are_repaired,
    changes_to_the_document_are_repaired,
}

const WRITES_FOR_A_SETTING: usize = 2;

/// The setup that is changed by hand, by the names of its parts in AWS.
pub(crate) struct Site {
    aws: Aws,
    account: Account,
    key_id: String,
    alias: String,
    bucket: String,
    log_group: String,
}

/// One row: the path that `drift` names, how many writes the repair may take, the change by hand.
pub(crate) struct Row {
    path: &'static str,
    writes: usize,
    change: for<'a> fn(&'a Site) -> BoxFuture<'a, ()>,
}

/// A setting that is changed.
const fn setting(path: &'static str, change: for<'a> fn(&'a Site) -> BoxFuture<'a, ()>) -> Row {
    Row { path, writes: WRITES_FOR_A_SETTING, change }
}

/// A part that is deleted, and the writes that a new one takes.
const fn missing(path: &'static str, writes: usize, change: for<'a> fn(&'a Site) -> BoxFuture<'a, ()>) -> Row {
    Row { path, writes, change }
}

async fn changes_to_the_key_are_repaired(workspace: Workspace) {
    repaired_one_by_one(&workspace, kms_key::ROWS).await;
}

async fn changes_to_the_bucket_are_repaired(workspace: Workspace) {
    repaired_one_by_one(&workspace, bucket::ROWS).await;
}

async fn changes_to_the_log_group_are_repaired(workspace: Workspace) {
    repaired_one_by_one(&workspace, log_group::ROWS).await;
}

async fn changes_to_the_document_are_repaired(workspace: Workspace) {
    repaired_one_by_one(&workspace, document::ROWS).await;
}

/// Goes through the whole table before it fails, so that one run shows every row that is wrong.
async fn repaired_one_by_one(workspace: &Workspace, rows: &[Row]) {
    workspace.configure("cloudwatch = { enabled = true }");
    workspace.apply();
    let site = Site::of(workspace).await;
    let mut wrong = String::new();
    for row in rows {
        (row.change)(&site).await;
        if let Err(reason) = repaired(workspace, row) {
            writeln!(wrong, "{}: {reason}", row.path).unwrap();
            workspace.apply();
        }
    }
    println!("{} settings changed by hand", rows.len());
    assert!(wrong.is_empty(), "{wrong}");
    assert_eq!(site.aws.key_state(&site.key_id).await, KeyState::Enabled);
}

fn repaired(workspace: &Workspace, row: &Row) -> Result<(), String> {
    if !workspace.plan() {
        return Err("the plan does not see it".to_owned());
    }
    let change = workspace.planned_change();
    shown(&change, row.path)?;
    workspace.account.take_calls();
    workspace.apply_saved_plan();
    let calls = workspace.account.take_calls();
    if calls.writes().is_empty() || calls.writes().len() > row.writes {
        return Err(format!("the repair takes 1 to {} writes, not {:?}", row.writes, calls.writes()));
    }
    let after = workspace.try_plan();
    if after.code != 0 {
        return Err(format!("the plan after the repair is not empty\n{after}"));
    }
    Ok(())
}

/// Whether the plan is an update in place that shows this drift, and nothing of another part.
fn shown(change: &Value, path: &str) -> Result<(), String> {
    if change["actions"] != json!(["update"]) {
        return Err(format!("planned as {}", change["actions"]));
    }
    if change["after"]["drift"] != json!([]) {
        return Err(format!("the drift after it is {}", change["after"]["drift"]));
    }
    let drift = &change["before"]["drift"];
    let entries: Vec<&str> = drift.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let part = path.split('.').next().unwrap_or(path);
    let named = entries.iter().any(|entry| entry.starts_with(path));
    let alone = entries.iter().all(|entry| entry.starts_with(part));
    if named && alone { Ok(()) } else { Err(format!("shown as {drift}")) }
}

impl Site {
    async fn of(workspace: &Workspace) -> Self {
        let aws = workspace.aws();
        let parts = aws.parts().await;
        Self {
            account: workspace.account.clone(),
            key_id: parts.key_id.expect("a key"),
            alias: parts.alias.expect("an alias"),
            bucket: parts.bucket.expect("a bucket"),
            log_group: parts.log_group.expect("a log group"),
            aws,
        }
    }
}
