//! A state that was edited by hand, truncated, or written by an older release: repaired, or refused
//! with an error that names the remedy; never a reason to create, delete or release anything.
//!
//! The state after the provider or its host is killed: `faults.rs`, and the protocol tests of
//! `crates/terraform-plugin`.

use serde_json::{Value, json};

use crate::aws::Parts;
use crate::workspace::{Workspace, setup};

on_each_cli! {
    parts_that_were_nulled_are_found_again,
    parts_that_were_nulled_are_taken_over_without_a_refresh,
    a_document_that_were_nulled_is_refused_without_a_refresh,
    a_value_of_the_wrong_type_is_refused_with_its_path,
    another_account_in_the_state_is_refused,
    a_state_of_an_older_or_a_newer_release_plans_nothing,
    a_truncated_state_is_restored_without_a_loss,
}

const SETTINGS: &str = "cloudwatch = { enabled = true, skip_destroy = false }";

/// Makes a setup. Returns its parts in AWS.
async fn made(workspace: &Workspace) -> Parts {
    workspace.configure(SETTINGS);
    workspace.apply();
    workspace.account.take_calls();
    workspace.aws().parts().await
}

/// Removes everything about the parts from the state.
fn without_parts(attributes: &mut Value) {
    for name in ["kms_key", "bucket", "log_group", "document", "stamp", "drift", "retired", "system_name"] {
        attributes[name] = Value::Null;
    }
}

async fn parts_that_were_nulled_are_found_again(workspace: Workspace) {
    let before = made(&workspace).await;
    let stored = workspace.attributes();
    workspace.edit_state(without_parts);
    workspace.apply();
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(workspace.aws().parts().await, before);
    assert_eq!(workspace.attributes(), stored);
    destroys_everything(&workspace).await;
}

async fn parts_that_were_nulled_are_taken_over_without_a_refresh(workspace: Workspace) {
    let before = made(&workspace).await;
    workspace.edit_state(|attributes| {
        for name in ["kms_key", "bucket", "log_group"] {
            attributes[name] = Value::Null;
        }
    });
    workspace.apply_with(&["-refresh=false"]);
    assert_eq!(workspace.aws().parts().await, before);
    workspace.assert_plan_is_empty();
    destroys_everything(&workspace).await;
}

async fn a_document_that_were_nulled_is_refused_without_a_refresh(workspace: Workspace) {
    let before = made(&workspace).await;
    workspace.edit_state(without_parts);
    let words = workspace.try_apply_with(&["-refresh=false"]).failed().words();
    assert!(words.contains("Session Manager preferences exist already"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    workspace.apply();
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(workspace.aws().parts().await, before);
}

async fn destroys_everything(workspace: &Workspace) {
    workspace.destroy();
    assert_eq!(workspace.aws().parts().await, Parts::default());
}

async fn a_value_of_the_wrong_type_is_refused_with_its_path(workspace: Workspace) {
    let before = made(&workspace).await;
    let stored = std::fs::read(workspace.state_file()).unwrap();
    for (pointer, path) in [
        ("/settings/session/timeout", "settings.session.timeout: expected a number, found a string"),
        ("/bucket", "bucket: expected an object, found a string"),
        ("/retired", "retired: expected a list, found a string"),
    ] {
        workspace.edit_state(|attributes| *attributes.pointer_mut(pointer).unwrap() = json!("soon"));
        for refused in [workspace.try_apply(), workspace.try_destroy()] {
            let words = refused.failed().words();
            assert!(words.contains("Error: The stored state cannot be read"), "{words}");
            assert!(words.contains(path) && words.contains("restore an earlier one"), "{words}");
        }
        std::fs::write(workspace.state_file(), &stored).unwrap();
    }
    workspace.account.take_calls().assert_no_writes();
    workspace.assert_plan_is_empty();
    assert_eq!(workspace.aws().parts().await, before);
}

async fn another_account_in_the_state_is_refused(workspace: Workspace) {
    let before = made(&workspace).await;
    workspace.edit_state(|attributes| {
        attributes["account_id"] = json!("999999999999");
        attributes["id"] = json!("999999999999/eu-west-1");
    });
    for refused in [workspace.try_apply(), workspace.try_destroy()] {
        let words = refused.failed().words();
        assert!(words.contains("999999999999") && words.contains(&workspace.account.id), "{words}");
    }
    workspace.try_destroy_without_refresh().failed();
    workspace.account.take_calls().assert_no_writes();
    assert!(!workspace.state_is_empty());
    workspace.edit_state(|attributes| {
        attributes["account_id"] = json!(workspace.account.id);
        attributes["id"] = json!(format!("{}/eu-west-1", workspace.account.id));
    });
    workspace.assert_plan_is_empty();
    assert_eq!(workspace.aws().parts().await, before);
}

async fn a_state_of_an_older_or_a_newer_release_plans_nothing(workspace: Workspace) {
    made(&workspace).await;
    workspace.edit_state(|attributes| {
        attributes["of_a_newer_release"] = json!({ "of": ["any", "type"] });
        attributes["settings"]["of_a_newer_release"] = json!(1);
        for (of, name) in [
            ("", "spoke_def"),
            ("", "is_hub"),
            ("", "timeouts"),
            ("", "policies"),
            ("", "vpc_endpoint_services"),
            ("", "drift"),
            ("", "retired"),
            ("/settings", "organization"),
            ("/settings/kms", "multi_region"),
            ("/settings/bucket", "object_ownership"),
            ("/settings/audit", "noncurrent_days"),
            ("/kms_key", "multi_region"),
            ("/bucket", "object_lock"),
            ("/document", "hash"),
        ] {
            let holder = attributes.pointer_mut(of).unwrap().as_object_mut().unwrap();
            assert!(holder.remove(name).is_some(), "{of}/{name}");
        }
    });
    workspace.assert_plan_is_empty();
    workspace.apply();
    workspace.account.take_calls().assert_no_writes();
}

async fn a_truncated_state_is_restored_without_a_loss(workspace: Workspace) {
    let before = made(&workspace).await;
    let stored = std::fs::read(workspace.state_file()).unwrap();
    std::fs::write(workspace.state_file(), &stored[..stored.len() / 2]).unwrap();
    workspace.try_apply().failed();
    workspace.try_destroy().failed();
    assert_eq!(workspace.account.take_calls().len(), 0, "the host refuses before it asks the provider");

    std::fs::write(workspace.state_file(), &stored).unwrap();
    workspace.write(&setup(&format!("{SETTINGS}\n    session = {{ timeout = 15 }}")));
    workspace.apply();
    assert_eq!(workspace.aws().parts().await, before);
    workspace.assert_plan_is_empty();
}
