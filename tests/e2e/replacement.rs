//! Another region, another account, `-replace`: each with and without `create_before_destroy`.

use serde_json::json;

use crate::aws::{Aws, Parts};
use crate::fixtures::content;
use crate::moto::Account;
use crate::workspace::{REGION, Workspace, setup};

on_each_cli! {
    region_changes,
    replace_in_the_same_place,
    replace_with_create_before_destroy_changes_nothing_and_has_a_way_out,
    replace_with_create_before_destroy_stops_at_the_apply_too,
}

on_one_cli! {
    region_changes_with_create_before_destroy,
    account_changes,
    account_changes_with_create_before_destroy,
    replace_with_create_before_destroy_without_a_document_loses_nothing,
    replace_of_an_adopted_document_adopts_again,
    full_bucket_stops_the_replacement_in_the_plan,
    document_in_the_new_region_stops_the_replacement_in_the_plan,
    kept_parts_are_judged_before_the_destroy_half,
    replace_with_settings_that_are_not_known_yet,
}

const OTHER_REGION: &str = "eu-central-1";

fn created_first(configuration: &str) -> String {
    configuration.replace("  settings = {", "  lifecycle {\n    create_before_destroy = true\n  }\n  settings = {")
}

fn in_region(configuration: &str, region: &str) -> String {
    configuration.replace("  settings = {", &format!("  region = \"{region}\"\n  settings = {{"))
}

fn through_role(configuration: &str, account: &Account) -> String {
    let role = format!("  assume_role = {{ role_arn = \"arn:aws:iam::{}:role/setup\" }}\n", account.id);
    configuration.replace("  settings = {", &format!("{role}  settings = {{"))
}

async fn region_changes(workspace: Workspace) {
    move_region(&workspace, str::to_owned, json!(["delete", "create"])).await;
}

async fn region_changes_with_create_before_destroy(workspace: Workspace) {
    move_region(&workspace, created_first, json!(["create", "delete"])).await;
}

async fn move_region(workspace: &Workspace, shape: fn(&str) -> String, actions: serde_json::Value) {
    workspace.write(&shape(&setup("")));
    workspace.apply();
    workspace.write(&shape(&in_region(&setup(""), OTHER_REGION)));
    let planned = workspace.try_plan();
    assert_eq!(planned.code, 2, "{planned}");
    assert!(planned.words().contains("Session logging ends in the old place"), "{planned}");
    assert_eq!(workspace.planned_change()["actions"], actions);
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
    let (old, new) = (workspace.aws(), Aws::of(&workspace.account, OTHER_REGION));
    let left = old.parts().await;
    assert!(left.key_id.is_none() && left.alias.is_none() && !left.document, "{left:?}");
    let made = new.parts().await;
    assert!(made.key_id.is_some() && made.document, "{made:?}");
    assert!(made.bucket.unwrap().contains("-euce1"));
    workspace.destroy();
    let left = new.parts().await;
    assert_eq!(left, Parts::default());
}

async fn account_changes(workspace: Workspace) {
    move_account(&workspace, str::to_owned, json!(["delete", "create"])).await;
}

async fn account_changes_with_create_before_destroy(workspace: Workspace) {
    move_account(&workspace, created_first, json!(["create", "delete"])).await;
}

async fn move_account(workspace: &Workspace, shape: fn(&str) -> String, actions: serde_json::Value) {
    workspace.write(&shape(&setup("")));
    workspace.apply();
    let other = Account::new();
    workspace.write(&shape(&through_role(&setup(""), &other)));
    let planned = workspace.try_plan();
    assert_eq!(planned.code, 2, "{planned}");
    assert!(planned.words().contains("Session logging ends in the old place"), "{planned}");
    assert_eq!(workspace.planned_change()["actions"], actions);
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
    assert_eq!(workspace.aws().parts().await, Parts::default());
    let there = Aws::of(&other, REGION);
    let made = there.parts().await;
    assert!(made.key_id.is_some() && made.bucket.is_some() && made.document, "{made:?}");
    workspace.destroy();
    assert_eq!(there.parts().await, Parts::default());
}

async fn replace_in_the_same_place(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let before = aws.parts().await;
    let outcome = workspace.try_replace();
    assert_eq!(outcome.code, 0, "{outcome}");
    workspace.assert_plan_is_empty();
    let after = aws.parts().await;
    assert_eq!((&after.bucket, after.document), (&before.bucket, true));
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

async fn replace_with_create_before_destroy_changes_nothing_and_has_a_way_out(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.write(&created_first(&setup("")));
    workspace.apply();
    let before = (aws.parts().await, aws.document().await);
    workspace.account.take_calls();
    let words = workspace.try_replace().failed().words();
    assert!(words.contains("preferences exist already"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert_eq!((aws.parts().await, aws.document().await), before);

    // The documented way to recover from the deposed object.
    workspace.try_apply().failed();
    workspace.forget();
    workspace.account.take_calls();
    workspace.import(&format!("{}/{REGION}", workspace.account.id));
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!((aws.parts().await, aws.document().await), before);
    workspace.account.take_calls().assert_no_writes();
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

/// With `preflight = "warn"` the plan warns, and the apply still fails.
async fn replace_with_create_before_destroy_stops_at_the_apply_too(workspace: Workspace) {
    let aws = workspace.aws();
    let warns =
        created_first(&setup("")).replace("region = \"eu-west-1\"", "region = \"eu-west-1\"\n  preflight = \"warn\"");
    workspace.write(&warns);
    workspace.apply();
    let before = (aws.parts().await, aws.document().await);
    workspace.account.take_calls();
    let words = workspace.try_replace().failed().words();
    assert!(words.contains("preferences exist already"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert_eq!((aws.parts().await, aws.document().await), before);
    // The CLI restores the deposed object.
    workspace.assert_plan_is_empty();
}

/// The new object takes the parts over, and the deposed object releases them.
async fn replace_with_create_before_destroy_without_a_document_loses_nothing(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.write(&created_first(&setup("document = { enabled = false }")));
    workspace.apply();
    let before = aws.parts().await;
    let outcome = workspace.try_replace();
    assert_eq!(outcome.code, 0, "{outcome}");
    assert!(outcome.words().contains("Parts are released"), "{outcome}");
    assert_eq!(aws.parts().await, before);
    workspace.assert_plan_is_empty();
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

async fn replace_of_an_adopted_document_adopts_again(workspace: Workspace) {
    let aws = workspace.aws();
    let inputs = json!({"idleSessionTimeout": "33"});
    aws.create_document(&inputs).await;
    workspace.configure("document = { on_existing = \"adopt\" }");
    workspace.apply();
    let outcome = workspace.try_replace();
    assert_eq!(outcome.code, 0, "{outcome}");
    workspace.assert_plan_is_empty();
    workspace.destroy();
    assert_eq!(aws.document().await, content(&inputs), "what stood first comes back");
}

async fn full_bucket_stops_the_replacement_in_the_plan(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let before = aws.parts().await;
    workspace.account.put_objects(before.bucket.as_deref().unwrap(), 1, 1);
    workspace.write(&in_region(&setup(""), OTHER_REGION));
    workspace.account.take_calls();
    let words = workspace.try_apply().failed().words();
    assert!(words.contains("is not empty"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(aws.parts().await, before);
}

async fn document_in_the_new_region_stops_the_replacement_in_the_plan(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let before = aws.parts().await;
    Aws::of(&workspace.account, OTHER_REGION).create_document(&json!({})).await;
    for shape in [str::to_owned, created_first] {
        workspace.write(&shape(&in_region(&setup(""), OTHER_REGION)));
        workspace.account.take_calls();
        let words = workspace.try_apply().failed().words();
        assert!(words.contains("preferences exist already") && words.contains(OTHER_REGION), "{words}");
        workspace.account.take_calls().assert_no_writes();
    }
    assert_eq!(aws.parts().await, before);
}

/// The create half takes over what the destroy half leaves. The rules for taking over apply before the destroy.
async fn kept_parts_are_judged_before_the_destroy_half(workspace: Workspace) {
    let aws = workspace.aws();
    let logs = |retention: u32| format!("cloudwatch = {{ enabled = true, retention = {retention} }}");
    workspace.configure(&logs(30));
    workspace.apply();
    let before = aws.parts().await;
    let group = before.log_group.clone().unwrap();
    aws.logs.create_log_stream().log_group_name(&group).log_stream_name("session").send().await.unwrap();
    for (settings, words) in [
        (logs(7), "would delete logs"),
        (format!("{}\n kms = {{ multi_region = true }}", logs(30)), "The key under the alias is of another kind"),
    ] {
        workspace.configure(&settings);
        workspace.account.take_calls();
        let said = workspace.try_replace().failed().words();
        assert!(said.contains(words), "{words}: {said}");
        workspace.account.take_calls().assert_no_writes();
    }
    assert_eq!(aws.parts().await, before);
    workspace.configure(&logs(30));
    let outcome = workspace.try_replace();
    assert_eq!(outcome.code, 0, "{outcome}");
    assert_eq!(aws.parts().await, before);
}

async fn replace_with_settings_that_are_not_known_yet(workspace: Workspace) {
    let settings = "bucket = { key_prefix = terraform_data.prefix.output }";
    let data = "resource \"terraform_data\" \"prefix\" {\n  input = \"logs/\"\n}\n";
    workspace.write(&format!("{}{data}", setup(settings)));
    workspace.apply();
    workspace.apply_with(&["-replace=ssmsession_setup.this", "-replace=terraform_data.prefix"]);
    workspace.assert_plan_is_empty();
}
