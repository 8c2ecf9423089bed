//! Two resources for one account and region, or for one delegation: refused in the plan, before anything is made.

use crate::workspace::{REGION, Workspace, setup};

on_each_cli! {
    two_new_setups_of_one_region_are_refused_in_the_plan,
    copy_of_an_existing_setup_is_refused_in_the_plan,
}

on_one_cli! {
    instances_without_a_region_of_their_own_are_refused,
    instances_with_a_region_each_are_fine,
    region_that_is_known_late_is_refused_before_the_second_is_made,
    tainted_setup_beside_nothing_is_fine,
}

const TWINS: &str = "Two resources for one account and region";

/// The resource block once more, under another address.
fn copied(configuration: &str) -> String {
    let (_, block) = configuration.split_once("\nresource ").unwrap();
    format!("{configuration}\nresource {}", block.replace("\"this\"", "\"copy\""))
}

#[track_caller]
fn assert_refused(workspace: &Workspace) {
    workspace.account.take_calls();
    let words = workspace.try_plan().failed().words();
    let id = format!("{}/{REGION}", workspace.account.id);
    assert!(words.contains(TWINS) && words.contains(&id), "{words}");
    assert_eq!(words.matches(TWINS).count(), 1, "{words}");
    workspace.account.take_calls().assert_no_writes();
}

async fn two_new_setups_of_one_region_are_refused_in_the_plan(workspace: Workspace) {
    workspace.write(&copied(&setup("")));
    assert_refused(&workspace);
    assert!(workspace.state_is_empty());
}

async fn copy_of_an_existing_setup_is_refused_in_the_plan(workspace: Workspace) {
    workspace.configure("");
    workspace.apply();
    workspace.write(&copied(&setup("")));
    assert_refused(&workspace);
    workspace.configure("");
    workspace.assert_plan_is_empty();
}

async fn instances_without_a_region_of_their_own_are_refused(workspace: Workspace) {
    workspace.write(&setup("").replace("\"this\" {", "\"this\" {\n  for_each = toset([\"a\", \"b\"])"));
    assert_refused(&workspace);
}

async fn instances_with_a_region_each_are_fine(workspace: Workspace) {
    let each = format!("\"this\" {{\n  for_each = toset([\"{REGION}\", \"eu-central-1\"])\n  region = each.key");
    workspace.write(&setup("").replace("\"this\" {", &each));
    workspace.apply();
    workspace.assert_plan_is_empty();
    workspace.destroy();
}

async fn region_that_is_known_late_is_refused_before_the_second_is_made(workspace: Workspace) {
    let late = copied(&setup("")).replace("\"copy\" {", "\"copy\" {\n  region = terraform_data.region.output");
    let region = format!("resource \"terraform_data\" \"region\" {{\n  input = \"{REGION}\"\n}}\n");
    workspace.write(&format!("{late}{region}"));
    assert!(workspace.plan(), "the region is unknown yet");
    let words = workspace.try_apply_saved_plan().failed().words();
    assert!(words.contains(TWINS), "{words}");
    let keys = workspace.aws().keys().await;
    assert_eq!(keys.len(), 1, "one setup was made: {keys:?}");
}

async fn tainted_setup_beside_nothing_is_fine(workspace: Workspace) {
    workspace.configure("");
    workspace.account.refuse("PutBucketPolicy", "AccessDenied", 403, 1);
    workspace.try_apply().failed();
    assert_eq!(workspace.state()["tainted"], true);
    workspace.apply();
    workspace.assert_plan_is_empty();
}
