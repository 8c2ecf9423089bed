//! Who owns a part: what is taken over, what is refused, what is left to another state.

use serde_json::json;

use crate::aws::{Aws, Parts};
use crate::fixtures::{LOG, key_id_of};
use crate::moto::Account;
use crate::workspace::{REGION, Workspace, setup};

mod rules;

on_each_cli! {
    what_changes_between_plan_and_apply_is_refused,
    second_state_adopts_and_disarms_the_first,
}

on_one_cli! {
    marked_remains_are_taken_over,
    unaliased_key_is_used_again,
    kept_log_group_is_taken_over,
    empty_bucket_of_the_derived_name_is_taken_over,
    bucket_with_objects_is_refused,
    alias_of_somebody_else_is_refused,
    bucket_of_a_configured_name_is_refused,
    log_group_of_a_configured_name_is_refused,
    taking_over_never_shortens_retention,
    second_configuration_is_stopped_in_the_plan,
    setups_without_a_document_disarm_each_other,
    parts_that_a_document_names_are_not_taken_from_under_it,
    new_address_without_moved_loses_nothing,
    credentials_of_another_account_are_an_error,
    preflight_can_warn_but_the_apply_refuses,
    parts_that_lost_the_stamp_are_released,
}

const DERIVED_GROUP: &str = "/aws/ssm/session-manager/audit-platform-audit-live-001-euwe1";
const DERIVED_ALIAS: &str = "alias/ssm-session-mgmt-key-platform-audit-live-001-euwe1";

/// Asserts that the apply of the saved plan fails with an error that contains all of these words, and writes nothing.
#[track_caller]
fn assert_refused(workspace: &Workspace, words: &[&str]) {
    workspace.account.take_calls();
    let said = workspace.try_apply_saved_plan().failed().words();
    for words in words {
        assert!(said.contains(words), "{words}: {said}");
    }
    workspace.account.take_calls().assert_no_writes();
}

#[track_caller]
fn assert_plan_refused(workspace: &Workspace, words: &[&str]) {
    workspace.account.take_calls();
    let said = workspace.try_plan().failed().words();
    for words in words {
        assert!(said.contains(words), "{words}: {said}");
    }
    workspace.account.take_calls().assert_no_writes();
}

/// The name of the bucket in the saved plan.
fn planned_bucket(workspace: &Workspace) -> String {
    workspace.planned_change()["after"]["bucket"]["name"].as_str().unwrap().to_owned()
}

async fn what_changes_between_plan_and_apply_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("cloudwatch = { enabled = true }");
    assert!(workspace.plan());
    aws.create_document(&json!({})).await;
    assert_refused(&workspace, &["preferences exist already"]);
    aws.delete_document().await;

    assert!(workspace.plan());
    let bucket = planned_bucket(&workspace);
    aws.create_bucket(&bucket).await;
    aws.put_log(&bucket).await;
    assert_refused(&workspace, &[&bucket, "exists"]);
    aws.s3.delete_object().bucket(&bucket).key(LOG).send().await.unwrap();
    aws.s3.delete_bucket().bucket(&bucket).send().await.unwrap();

    assert!(workspace.plan());
    let key = key_id_of(&aws.create_key().await);
    aws.kms.create_alias().alias_name(DERIVED_ALIAS).target_key_id(&key).send().await.unwrap();
    assert_refused(&workspace, &[DERIVED_ALIAS, &key]);
    aws.kms.delete_alias().alias_name(DERIVED_ALIAS).send().await.unwrap();
    assert!(workspace.state_is_empty());

    // The apply of an update checks again as well.
    workspace.apply();
    workspace.configure(&format!("bucket = {{ name = \"moved-{}\" }}", workspace.account.id));
    assert!(workspace.plan());
    aws.create_bucket(&format!("moved-{}", workspace.account.id)).await;
    assert_refused(&workspace, &["moved-", "exists"]);
}

async fn marked_remains_are_taken_over(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("cloudwatch = { enabled = true }");
    workspace.apply();
    let before = aws.parts().await;
    aws.put_log(before.bucket.as_deref().unwrap()).await;
    let stamp = workspace.attributes()["stamp"].clone();
    workspace.forget();
    aws.delete_document().await;
    workspace.account.take_calls();
    workspace.apply();
    let calls = workspace.account.take_calls();
    for operation in ["CreateKey", "CreateBucket", "CreateLogGroup"] {
        assert!(!calls.has(operation), "{calls:?}");
    }
    workspace.assert_plan_is_empty();
    assert_eq!(aws.parts().await, before);
    let new = workspace.attributes()["stamp"].clone();
    assert_ne!(new, stamp);
    for tags in [
        aws.key_tags(before.key_id.as_deref().unwrap()).await,
        aws.bucket_tags(before.bucket.as_deref().unwrap()).await,
        aws.log_group_tags(DERIVED_GROUP).await,
    ] {
        assert_eq!(tags["ssm-session-setup-stamp"], new, "the new stamp is everywhere");
    }
}

async fn unaliased_key_is_used_again(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let before = aws.parts().await;
    workspace.destroy();
    let key_id = before.key_id.clone().unwrap();
    workspace.account.take_calls();
    workspace.apply();
    let calls = workspace.account.take_calls();
    assert!(!calls.has("CreateKey") && calls.has("CancelKeyDeletion"), "{calls:?}");
    assert_eq!(aws.parts().await.key_id, Some(key_id));
    workspace.assert_plan_is_empty();
}

async fn kept_log_group_is_taken_over(workspace: Workspace) {
    let aws = workspace.aws();
    // As the module leaves it: no mark, no key.
    aws.logs.create_log_group().log_group_name(DERIVED_GROUP).send().await.unwrap();
    aws.logs.put_retention_policy().log_group_name(DERIVED_GROUP).retention_in_days(7).send().await.unwrap();
    workspace.configure("cloudwatch = { enabled = true }");
    workspace.apply();
    let calls = workspace.account.take_calls();
    calls.assert_in_order(&["TagResource", "AssociateKmsKey", "CreateDocument"]);
    workspace.assert_plan_is_empty();
    // As a destroy of this resource leaves it: with mark and key.
    let before = aws.parts().await;
    workspace.destroy();
    workspace.apply();
    workspace.assert_plan_is_empty();
    let after = aws.parts().await;
    assert_eq!((after.log_group, after.key_id), (before.log_group, before.key_id));
}

async fn empty_bucket_of_the_derived_name_is_taken_over(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    assert!(workspace.plan());
    let bucket = planned_bucket(&workspace);
    aws.create_bucket(&bucket).await;
    workspace.apply();
    let calls = workspace.account.take_calls();
    assert!(!calls.has("CreateBucket"), "{calls:?}");
    calls.assert_in_order(&["PutBucketTagging", "PutBucketEncryption", "CreateDocument"]);
    workspace.assert_plan_is_empty();
    assert_eq!(aws.parts().await.bucket, Some(bucket));
}

async fn bucket_with_objects_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    assert!(workspace.plan());
    let bucket = planned_bucket(&workspace);
    aws.create_bucket(&bucket).await;
    aws.put_log(&bucket).await;
    assert_plan_refused(
        &workspace,
        &["The bucket exists already", &bucket, "create = false", "destroy -refresh=false"],
    );
    assert!(aws.bucket_is_untouched(&bucket).await);
}

async fn alias_of_somebody_else_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    let key = key_id_of(&aws.create_key().await);
    aws.kms.create_alias().alias_name(DERIVED_ALIAS).target_key_id(&key).send().await.unwrap();
    workspace.configure("");
    assert_plan_refused(&workspace, &["The alias belongs to another key", &key, "settings.kms.alias_name"]);
}

async fn bucket_of_a_configured_name_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    let name = format!("configured-{}", workspace.account.id);
    aws.create_bucket(&name).await;
    workspace.configure(&format!("bucket = {{ name = \"{name}\" }}"));
    assert_plan_refused(&workspace, &["The bucket exists already", &name]);
    // A bucket of another account cannot be observed. S3 refuses the apply.
    let foreign = format!("foreign-{}", workspace.account.id);
    Aws::of(&Account::new(), REGION).create_bucket(&foreign).await;
    workspace.configure(&format!("bucket = {{ name = \"{foreign}\" }}"));
    let planned = workspace.try_plan();
    assert!(planned.words().contains("The bucket may exist already"), "{planned}");
    let words = workspace.try_apply().failed().words();
    assert!(words.contains(&foreign), "{words}");
    assert!(!aws.parts().await.document);
}

async fn log_group_of_a_configured_name_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    aws.logs.create_log_group().log_group_name("/theirs").send().await.unwrap();
    workspace.configure("cloudwatch = { enabled = true, log_group_name = \"/theirs\" }");
    assert_plan_refused(&workspace, &["The log group exists already", "/theirs", "create = false"]);
}

async fn taking_over_never_shortens_retention(workspace: Workspace) {
    let aws = workspace.aws();
    let settings = |days: u32, years: u32, versioning: bool| {
        format!(
            "cloudwatch = {{ enabled = true, retention = {days} }}
             audit = {{ retention_years = {years} }}
             bucket = {{ versioning = {versioning} }}"
        )
    };
    workspace.configure(&settings(365, 7, true));
    workspace.apply();
    // An empty group holds nothing that a shorter retention could delete.
    let group = aws.parts().await.log_group.unwrap();
    aws.logs.create_log_stream().log_group_name(&group).log_stream_name("session").send().await.unwrap();
    workspace.forget();
    aws.delete_document().await;
    workspace.configure(&settings(7, 5, false));
    assert_plan_refused(
        &workspace,
        &["365 days", "7 days", "2555 days", "1825 days", "would delete logs", "would suspend versioning"],
    );
    workspace.configure(&settings(400, 8, true));
    workspace.apply();
    workspace.assert_plan_is_empty();

    workspace.configure(&settings(0, 0, true));
    workspace.apply();
    workspace.forget();
    aws.delete_document().await;
    workspace.configure(&settings(400, 8, true));
    assert_plan_refused(&workspace, &["keeps events forever", "keeps objects forever"]);
}

async fn second_configuration_is_stopped_in_the_plan(workspace: Workspace) {
    workspace.configure("");
    workspace.apply();
    let second = workspace.neighbour();
    second.configure("");
    assert_plan_refused(&second, &["preferences exist already", "It carries the mark of this setup"]);
    workspace.assert_plan_is_empty();
}

async fn second_state_adopts_and_disarms_the_first(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("cloudwatch = { enabled = true, skip_destroy = false }");
    workspace.apply();
    let before = aws.parts().await;
    let second = workspace.neighbour();
    second.configure("cloudwatch = { enabled = true, skip_destroy = false }\n document = { on_existing = \"adopt\" }");
    second.apply();
    second.assert_plan_is_empty();
    assert_eq!(aws.parts().await, before);

    // The first can no longer change anything, and its plan warns of it.
    workspace.configure("cloudwatch = { enabled = true, skip_destroy = false }\n session = { timeout = 5 }");
    workspace.account.take_calls();
    let planned = workspace.try_plan();
    assert_eq!(planned.code, 2, "hosts plan before they destroy\n{planned}");
    assert!(planned.words().contains("has been taken over"), "{planned}");
    assert_refused(&workspace, &["has been taken over"]);

    workspace.account.take_calls();
    let words = workspace.destroy().words();
    assert!(words.contains("Parts are released"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert!(workspace.state_is_empty());
    assert_eq!(aws.parts().await, before);
    second.assert_plan_is_empty();
    second.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

async fn setups_without_a_document_disarm_each_other(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("document = { enabled = false }");
    workspace.apply();
    let before = aws.parts().await;
    let second = workspace.neighbour();
    second.configure("document = { enabled = false }");
    let planned = second.try_plan();
    assert!(planned.code == 2 && planned.words().contains("This setup takes over"), "the plan says so\n{planned}");
    second.apply_saved_plan();
    workspace.account.take_calls();
    workspace.destroy();
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(aws.parts().await, before);
    second.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

async fn parts_that_a_document_names_are_not_taken_from_under_it(workspace: Workspace) {
    workspace.configure("");
    workspace.apply();
    let second = workspace.neighbour();
    second.configure("document = { enabled = false }");
    assert_plan_refused(&second, &["A document names a part that would be taken over"]);
    workspace.assert_plan_is_empty();
}

async fn new_address_without_moved_loses_nothing(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let before = aws.parts().await;
    aws.put_log(before.bucket.as_deref().unwrap()).await;
    let elsewhere = setup("").replace("\"ssmsession_setup\" \"this\"", "\"ssmsession_setup\" \"elsewhere\"");
    workspace.write(&elsewhere);
    workspace.account.take_calls();
    workspace.try_apply().failed();
    let calls = workspace.account.take_calls();
    calls.assert_no_writes();
    assert_eq!(aws.parts().await, before);
}

async fn credentials_of_another_account_are_an_error(mut workspace: Workspace) {
    workspace.configure("");
    workspace.apply();
    let other = Account::new();
    workspace.set_env("AWS_ACCESS_KEY_ID", &other.access_key());
    for outcome in [workspace.try_plan(), workspace.try_destroy(), workspace.try_destroy_without_refresh()] {
        let words = outcome.failed().words();
        assert!(words.contains("credentials belong to another account"), "{words}");
    }
    other.take_calls().assert_no_writes();
    assert!(!workspace.state_is_empty(), "never gone");
    workspace.set_env("AWS_ACCESS_KEY_ID", &workspace.account.access_key());
    workspace.assert_plan_is_empty();
}

async fn preflight_can_warn_but_the_apply_refuses(workspace: Workspace) {
    let aws = workspace.aws();
    let key = key_id_of(&aws.create_key().await);
    aws.kms.create_alias().alias_name(DERIVED_ALIAS).target_key_id(&key).send().await.unwrap();
    let warns = setup("").replace("region = \"eu-west-1\"", "region = \"eu-west-1\"\n  preflight = \"warn\"");
    workspace.write(&warns);
    let planned = workspace.try_plan();
    assert!(planned.code == 2 && planned.words().contains("The alias belongs to another key"), "{planned}");
    assert_refused(&workspace, &["The alias belongs to another key"]);
    assert!(workspace.state_is_empty());
}

async fn parts_that_lost_the_stamp_are_released(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let before = aws.parts().await;
    let bucket = before.bucket.clone().unwrap();
    aws.s3.delete_bucket_tagging().bucket(&bucket).send().await.unwrap();
    let words = workspace.destroy().words();
    assert!(words.contains("Parts are released") && words.contains(&bucket), "{words}");
    let after = aws.parts().await;
    assert_eq!((after.bucket, after.document), (before.bucket, false));
    assert_eq!(after.key_id, before.key_id, "the released bucket may need it");
}
