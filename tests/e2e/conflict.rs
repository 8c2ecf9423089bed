//! Two configurations with the same names in one account and region, or another user of the account, at the same time.
//!
//! The second one stops, or takes over and disarms the first; neither ever changes or destroys what the other
//! owns. `ownership.rs` shows the plan where the other one is long complete.

use std::sync::Arc;

use serde_json::json;

use crate::aws::{Aws, Parts};
use crate::workspace::{Workspace, setup};

on_each_cli! {
    second_of_two_saved_plans_is_refused,
    second_of_two_saved_plans_without_a_document_disarms_the_first,
}

on_one_cli! {
    apply_that_was_overtaken_changes_nothing_of_the_other,
    bucket_that_appears_while_the_apply_makes_it_is_left_alone,
    full_bucket_of_another_state_does_not_stop_a_destroy,
    key_of_another_state_does_not_give_its_alias_up,
}

const TAKEN_OVER: &str = "This setup takes over";
const LOGS: &str = "cloudwatch = { enabled = true, skip_destroy = false }";

/// The tags of all parts. The stamps among them tell who owns each part.
async fn all_tags(aws: &Aws) -> String {
    let parts = aws.parts().await;
    let document = if parts.document { Some(aws.document_tags().await) } else { None };
    let key = aws.key_tags(parts.key_id.as_deref().unwrap()).await;
    let bucket = aws.bucket_tags(parts.bucket.as_deref().unwrap()).await;
    let log_group = aws.log_group_tags(parts.log_group.as_deref().unwrap()).await;
    format!("{document:?} {key:?} {bucket:?} {log_group:?}")
}

async fn second_of_two_saved_plans_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    let second = workspace.neighbour();
    for one in [&workspace, &second] {
        one.configure(LOGS);
        assert!(one.plan());
    }
    workspace.apply_saved_plan();
    let before = (aws.parts().await, aws.document().await, all_tags(&aws).await);
    workspace.account.take_calls();

    let words = second.try_apply_saved_plan().failed().words();
    for said in ["preferences exist already", "It carries the mark of this setup", "on_existing", "untaint"] {
        assert!(words.contains(said), "{said}: {words}");
    }
    workspace.account.take_calls().assert_no_writes();
    assert!(second.state_is_empty());
    second.try_destroy_without_refresh().succeeded();
    workspace.account.take_calls().assert_no_writes();
    assert_eq!((aws.parts().await, aws.document().await, all_tags(&aws).await), before);
    workspace.assert_plan_is_empty();
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

async fn second_of_two_saved_plans_without_a_document_disarms_the_first(workspace: Workspace) {
    let aws = workspace.aws();
    let second = workspace.neighbour();
    let without = format!("{LOGS}\n document = {{ enabled = false }}");
    for one in [&workspace, &second] {
        one.configure(&without);
        assert!(one.plan());
    }
    workspace.apply_saved_plan();
    let before = aws.parts().await;
    let taken = second.apply_saved_plan().words();
    assert!(taken.contains(TAKEN_OVER), "the saved plan could not say it: {taken}");
    assert_eq!(aws.parts().await, before);
    second.assert_plan_is_empty();
    let stamped = all_tags(&aws).await;
    assert!(stamped.contains(second.attributes()["stamp"].as_str().unwrap()));

    // The first can no longer change or destroy anything.
    workspace.configure(&format!("{without}\n kms = {{ rotation_period_in_days = 180 }}"));
    workspace.account.take_calls();
    let words = workspace.try_apply().failed().words();
    assert!(words.contains("have been taken over"), "{words}");
    let words = workspace.destroy().words();
    assert!(words.contains("are released"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert!(workspace.state_is_empty());
    assert_eq!((aws.parts().await, all_tags(&aws).await), (before, stamped));
    second.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

/// The first apply waits for the response about its document while the second one completes.
async fn apply_that_was_overtaken_changes_nothing_of_the_other(workspace: Workspace) {
    let aws = workspace.aws();
    let second = workspace.neighbour();
    for one in [&workspace, &second] {
        one.configure(LOGS);
        assert!(one.plan());
    }
    let first = Arc::new(workspace);
    first.account.add_fault(&json!({"operation": "CreateDocument", "kind": "hang"}));
    let applying = tokio::task::spawn_blocking({
        let first = Arc::clone(&first);
        move || first.try_apply_saved_plan()
    });
    assert!(first.account.wait_until_one_hangs());
    let words = second.apply_saved_plan().words();
    assert!(words.contains(TAKEN_OVER), "{words}");
    let before = (aws.parts().await, aws.document().await, all_tags(&aws).await);
    first.account.answer_what_hangs();
    let words = applying.await.unwrap().failed().words();
    first.account.end_faults();
    assert!(words.contains("CreateDocument"), "{words}");

    // Neither another apply nor a destroy of the first affects what the second one owns.
    first.account.take_calls();
    let words = first.try_apply().failed().words();
    assert!(words.contains("preferences exist already"), "{words}");
    first.try_destroy_without_refresh().succeeded();
    first.account.take_calls().assert_no_writes();
    assert!(first.state_is_empty());
    assert_eq!((aws.parts().await, aws.document().await, all_tags(&aws).await), before);
    second.assert_plan_is_empty();
    second.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

/// In us-east-1 CreateBucket succeeds for a bucket that the account has already.
async fn bucket_that_appears_while_the_apply_makes_it_is_left_alone(workspace: Workspace) {
    let aws = Aws::of(&workspace.account, "us-east-1");
    workspace.write(&setup("").replace("region = \"eu-west-1\"", "region = \"us-east-1\""));
    assert!(workspace.plan());
    let bucket = workspace.planned_change()["after"]["bucket"]["name"].as_str().unwrap().to_owned();
    let workspace = Arc::new(workspace);
    workspace.account.add_fault(&json!({"operation": "CreateBucket", "kind": "hang"}));
    let applying = tokio::task::spawn_blocking({
        let workspace = Arc::clone(&workspace);
        move || workspace.try_apply_saved_plan()
    });
    assert!(workspace.account.wait_until_one_hangs());
    aws.s3.create_bucket().bucket(&bucket).send().await.unwrap();
    let theirs = aws_sdk_s3::types::Tag::builder().key("team").value("theirs").build().unwrap();
    let tagging = aws_sdk_s3::types::Tagging::builder().tag_set(theirs).build().unwrap();
    aws.s3.put_bucket_tagging().bucket(&bucket).tagging(tagging).send().await.unwrap();
    workspace.account.take_calls();
    workspace.account.answer_what_hangs();
    let words = applying.await.unwrap().failed().words();
    workspace.account.end_faults();
    assert!(words.contains(&bucket) && words.contains("somebody else has created"), "{words}");
    let calls = workspace.account.take_calls();
    for write in ["PutBucketTagging", "PutPublicAccessBlock", "PutBucketEncryption", "PutBucketPolicy"] {
        assert!(!calls.has(write), "{calls:?}");
    }
    assert!(!aws.parts().await.document);
    workspace.destroy();
    assert_eq!(aws.bucket_tags(&bucket).await, [("team".to_owned(), "theirs".to_owned())].into());
    aws.s3.delete_bucket().bucket(&bucket).send().await.unwrap();

    workspace.apply();
    workspace.assert_plan_is_empty();
    workspace.destroy();
    assert_eq!(aws.parts().await, Parts::default());
}

async fn full_bucket_of_another_state_does_not_stop_a_destroy(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let second = workspace.neighbour();
    second.configure("document = { on_existing = \"adopt\" }");
    second.apply();
    let before = aws.parts().await;
    aws.put_log(before.bucket.as_deref().unwrap()).await;
    workspace.account.take_calls();
    let words = workspace.destroy().words();
    assert!(words.contains("are released"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert_eq!(aws.parts().await, before);
    let words = second.try_destroy().failed().words();
    assert!(words.contains("is not empty"), "{words}");
}

/// This setup retired the key, and another state has taken it over since.
async fn key_of_another_state_does_not_give_its_alias_up(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let old = aws.parts().await;
    workspace.configure("kms = { multi_region = true, alias_name = \"sessions\" }");
    workspace.apply();
    let taken = aws_sdk_kms::types::Tag::builder().tag_key("ssm-session-setup-stamp").tag_value("theirs").build();
    let call = aws.kms.tag_resource().key_id(old.key_id.as_deref().unwrap());
    call.tags(taken.unwrap()).send().await.unwrap();
    workspace.account.take_calls();
    workspace.configure("kms = { multi_region = true }");
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("The alias belongs to another key") && words.contains(&old.alias.unwrap()), "{words}");
    workspace.account.take_calls().assert_no_writes();
}
