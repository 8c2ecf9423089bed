//! What keeps a part from being taken over although it carries the mark.

use aws_sdk_kms::types::Tag;
use aws_sdk_s3::types::{BucketLifecycleConfiguration, ExpirationStatus, LifecycleRuleFilter};

use super::assert_plan_refused;
use crate::fixtures::LOG;
use crate::workspace::Workspace;

on_one_cli! {
    bucket_whose_rule_is_gone_or_off_keeps_objects_for_ever,
    alias_is_not_taken_from_a_key_that_was_taken_over,
}

async fn bucket_whose_rule_is_gone_or_off_keeps_objects_for_ever(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let bucket = aws.parts().await.bucket.unwrap();
    aws.put_log(&bucket).await;
    workspace.forget();
    aws.delete_document().await;
    let rules = aws.s3.get_bucket_lifecycle_configuration().bucket(&bucket).send().await.unwrap().rules.unwrap();
    let mut off = rules[0].clone();
    off.status = ExpirationStatus::Disabled;
    let mut narrow = rules[0].clone();
    narrow.filter = Some(LifecycleRuleFilter::builder().prefix("theirs/").build());
    for (rule, refusal) in [
        (off, ["keeps objects forever", "1825 days"]),
        (narrow, ["The lifecycle rule would be for more objects", "theirs/"]),
    ] {
        let rules = BucketLifecycleConfiguration::builder().rules(rule).build().unwrap();
        let call = aws.s3.put_bucket_lifecycle_configuration().bucket(&bucket);
        call.lifecycle_configuration(rules).send().await.unwrap();
        assert_plan_refused(&workspace, &refusal);
    }
    aws.s3.delete_bucket_lifecycle().bucket(&bucket).send().await.unwrap();
    assert_plan_refused(&workspace, &["keeps objects forever", "1825 days"]);
    aws.s3.delete_object().bucket(&bucket).key(LOG).send().await.unwrap();
    workspace.apply();
    workspace.assert_plan_is_empty();
}

async fn alias_is_not_taken_from_a_key_that_was_taken_over(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    workspace.configure("kms = { multi_region = true }");
    workspace.apply();
    let second = workspace.attributes()["kms_key"]["key_id"].as_str().unwrap().to_owned();
    let stamp = Tag::builder().tag_key("ssm-session-setup-stamp").tag_value("another").build().unwrap();
    aws.kms.tag_resource().key_id(&second).tags(stamp).send().await.unwrap();
    // The first key, retired since, would come back and have its alias again.
    workspace.configure("");
    workspace.account.take_calls();
    let words = workspace.try_apply().failed().words();
    assert!(words.contains("The alias belongs to another key") && words.contains(&second), "{words}");
    workspace.account.take_calls().assert_no_writes();
}
