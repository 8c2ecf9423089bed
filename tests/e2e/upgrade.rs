//! States of former releases: a new release reads them, adds what they lack, and plans no change by itself.
//!
//! `tests/states/<release>` holds an instance as the release wrote it into a state, with decoded private data, and with
//! `{account}`, `{bucket}`, `{key_id}`, `{stamp}` and `{hash}` in place of values that differ between runs. A release adds
//! its own and changes no earlier one.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::workspace::{Workspace, setup};

on_each_cli! {
    states_of_every_release_plan_empty,
}

/// The attributes that a state of an early version of the release lacks.
const LATER: [&str; 8] = [
    "/settings/organization",
    "/settings/session/kms_encryption",
    "/settings/session/shell_profile",
    "/settings/bucket/skip_destroy",
    "/settings/kms/policy_statements",
    "/policies",
    "/vpc_endpoint_services",
    "/retired",
];

const SETTINGS: &str = "cloudwatch = { enabled = true }\n    session = { timeout = 15 }";

async fn states_of_every_release_plan_empty(workspace: Workspace) {
    let releases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/states");
    let mut releases: Vec<_> =
        std::fs::read_dir(&releases).expect("states").map(|entry| entry.unwrap().path()).collect();
    releases.sort();
    assert!(releases.iter().any(|release| release.ends_with("0.1.0")), "{releases:?}");
    workspace.write(&setup(SETTINGS));
    workspace.apply();
    let written = workspace.stored_state();
    let attributes = workspace.attributes();
    let text = |path: &str| attributes.pointer(path).and_then(Value::as_str).unwrap().to_owned();
    for release in releases {
        let mut instance = std::fs::read_to_string(release.join("setup.json")).expect("a state");
        for (name, value) in [
            ("{account}", text("/account_id")),
            ("{bucket}", text("/bucket/name")),
            ("{key_id}", text("/kms_key/key_id")),
            ("{stamp}", text("/stamp")),
            ("{hash}", text("/document/hash")),
        ] {
            instance = instance.replace(name, &value);
        }
        let mut whole: Value = serde_json::from_str(&instance).unwrap();
        whole["private"] = json!(BASE64_STANDARD.encode(whole["private"].to_string()));
        let mut old = whole.clone();
        for path in LATER {
            let (parent, name) = path.rsplit_once('/').unwrap();
            let parent = old["attributes"].pointer_mut(parent).and_then(Value::as_object_mut).unwrap();
            assert!(parent.remove(name).is_some(), "{path}");
        }
        for instance in [whole, old] {
            let mut state = written.clone();
            state["resources"][0]["instances"] = json!([instance]);
            workspace.store_state(&state);
            workspace.account.take_calls();
            workspace.assert_plan_is_empty();
            workspace.apply();
            workspace.account.take_calls().assert_no_writes_in(&format!("{}", release.display()));
            assert_eq!(workspace.attributes(), attributes, "{}", release.display());
        }
    }
}
