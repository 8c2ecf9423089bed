//! How many AWS calls an operation costs, by name. An additional call fails a test.
//!
//! The server counts the calls, including retries, of a setup with its own key and a log group. The README
//! promises the limits to users; the snapshots list the calls. After an intended change, run
//! `INSTA_UPDATE=always cargo test --test e2e calls` and review the difference.

use insta::assert_json_snapshot;

use crate::moto::Calls;
use crate::workspace::{Workspace, setup};

on_each_cli! {
    create_refresh_and_destroy_stay_within_their_calls,
}

on_one_cli! {
    create_in_us_east_1_takes_one_call_more,
}

const CREATE_LIMIT: usize = 28;
const REFRESH_LIMIT: usize = 18;
const DESTROY_LIMIT: usize = 30;

async fn create_refresh_and_destroy_stay_within_their_calls(workspace: Workspace) {
    workspace.configure("cloudwatch = { enabled = true, skip_destroy = false }");
    workspace.apply();
    let create = workspace.account.take_calls();
    assert_json_snapshot!("create", create.counted());

    workspace.refresh();
    let refresh = workspace.account.take_calls();
    assert_json_snapshot!("refresh", refresh.counted());
    refresh.assert_no_writes();

    workspace.destroy();
    let destroy = workspace.account.take_calls();
    assert_json_snapshot!("destroy", destroy.counted());

    assert_within(CREATE_LIMIT, &create);
    assert_within(REFRESH_LIMIT, &refresh);
    assert_within(DESTROY_LIMIT, &destroy);
}

/// In us-east-1 the response of S3 does not tell whether a bucket is new. Its tags do.
async fn create_in_us_east_1_takes_one_call_more(workspace: Workspace) {
    workspace.write(&setup("cloudwatch = { enabled = true }").replace("eu-west-1", "us-east-1"));
    workspace.apply();
    let create = workspace.account.take_calls();
    assert_eq!(create.counted()["s3:GetBucketTagging"], 1);
    assert_within(CREATE_LIMIT, &create);
    workspace.assert_plan_is_empty();
}

#[track_caller]
fn assert_within(limit: usize, calls: &Calls) {
    let counted = calls.counted();
    assert!(calls.len() <= limit, "{} calls, {limit} at most: {counted:#?}", calls.len());
}
