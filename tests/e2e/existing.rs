//! Parts as others leave them: not readable, not fit for their use, or changed by hand.

use aws_sdk_s3::types::{
    AbacStatus, BucketAbacStatus, BucketVersioningStatus, DefaultRetention, ObjectLockConfiguration, ObjectLockEnabled,
    ObjectLockRetentionMode, ObjectLockRule, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, VersioningConfiguration,
};
use serde_json::json;

use crate::aws::Aws;
use crate::workspace::{Workspace, setup};

on_one_cli! {
    an_existing_bucket_without_read_permission_is_used_with_a_warning,
    a_bucket_of_another_account_stops_the_apply_before_the_first_write,
    an_access_log_target_that_takes_no_logs_stops_the_plan,
    an_access_log_target_that_takes_logs_is_used,
    an_object_lock_set_by_hand_is_shown_and_left,
    a_bucket_that_cannot_be_made_with_tags_is_tagged_at_once,
    an_untagged_bucket_under_a_given_name_says_what_it_may_be,
    a_log_group_that_takes_no_logs_stops_the_plan,
    a_bucket_with_access_by_tags_is_tagged_all_the_same,
}

async fn an_existing_bucket_without_read_permission_is_used_with_a_warning(workspace: Workspace) {
    workspace.account.refuse("GetBucketEncryption", "AccessDenied", 403, 1000);
    workspace.configure("bucket = { create = false, name = \"central-session-logs\" }");
    let words = workspace.apply().words();
    assert!(words.contains("central-session-logs cannot be read"), "{words}");
    assert!(words.contains("settings.bucket.account_id"), "{words}");
    let planned = workspace.try_plan();
    assert_eq!(planned.code, 0, "{planned}");
    assert!(planned.words().contains("central-session-logs cannot be read"), "{planned}");
    workspace.destroy();
}

async fn a_bucket_of_another_account_stops_the_apply_before_the_first_write(workspace: Workspace) {
    workspace.account.refuse("GetBucketEncryption", "AccessDenied", 403, 1000);
    workspace.configure("bucket = { name = \"somebody-elses-logs\" }");
    let words = workspace.try_apply().failed().words();
    assert!(words.contains("The bucket may exist already"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    assert!(workspace.state_is_empty());
}

async fn an_access_log_target_that_takes_no_logs_stops_the_plan(workspace: Workspace) {
    let (aws, account) = (workspace.aws(), workspace.account.id.clone());
    let target = format!("access-logs-{account}");
    let configuration = format!("bucket = {{ access_log = {{ target_bucket = \"{target}\" }} }}");
    workspace.configure(&configuration);
    let refused = |said: &str| {
        let words = workspace.try_plan().failed().words();
        assert!(words.contains(said) && words.contains(&target), "{said}: {words}");
        assert!(words.contains("settings.bucket.access_log"), "{words}");
    };
    refused("does not exist");

    aws.create_bucket(&target).await;
    refused("logging.s3.amazonaws.com");

    aws.admit_access_logs(&target, "999999999999").await;
    refused("logging.s3.amazonaws.com");

    aws.admit_access_logs(&target, &account).await;
    assert!(workspace.plan());

    let default = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKms).build().unwrap();
    let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build();
    let encryption = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    let put = aws.s3.put_bucket_encryption().bucket(&target).server_side_encryption_configuration(encryption);
    put.send().await.unwrap();
    refused("AES256");
    aws.s3.delete_bucket_encryption().bucket(&target).send().await.unwrap();

    lock_by_hand(&aws, &target).await;
    refused("object lock");
}

async fn an_access_log_target_that_takes_logs_is_used(workspace: Workspace) {
    let (aws, account) = (workspace.aws(), workspace.account.id.clone());
    let target = format!("access-logs-{account}");
    aws.create_bucket(&target).await;
    aws.admit_access_logs(&target, &account).await;
    workspace.configure(&format!("bucket = {{ access_log = {{ target_bucket = \"{target}\" }} }}"));
    workspace.apply();
    workspace.account.take_calls();
    workspace.assert_plan_is_empty();
    assert!(!workspace.account.take_calls().has("GetBucketAcl"), "a target in use is not looked at again");
    workspace.configure("");
    workspace.apply();
    workspace.assert_plan_is_empty();
}

/// Switches versioning and an object lock on, as a person does in the console.
async fn lock_by_hand(aws: &Aws, bucket: &str) {
    let versioning = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    aws.s3.put_bucket_versioning().bucket(bucket).versioning_configuration(versioning).send().await.unwrap();
    let retention = DefaultRetention::builder().mode(ObjectLockRetentionMode::Governance).days(30).build();
    let lock = ObjectLockConfiguration::builder()
        .object_lock_enabled(ObjectLockEnabled::Enabled)
        .rule(ObjectLockRule::builder().default_retention(retention).build())
        .build();
    aws.s3.put_object_lock_configuration().bucket(bucket).object_lock_configuration(lock).send().await.unwrap();
}

async fn an_object_lock_set_by_hand_is_shown_and_left(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("bucket = { force_destroy = true }");
    workspace.apply();
    let bucket = aws.parts().await.bucket.unwrap();
    lock_by_hand(&aws, &bucket).await;
    workspace.refresh();
    let attributes = workspace.attributes();
    assert_eq!(attributes["bucket"]["object_lock"], json!({"mode": "GOVERNANCE", "days": 30}));
    assert_eq!(attributes["drift"], json!([]));
    workspace.assert_plan_is_empty();
    // A change of something else goes through.
    workspace.configure("bucket = { force_destroy = true }\n    audit = { retention_years = 6 }");
    workspace.apply();
    workspace.assert_plan_is_empty();
    // The lock can be taken into the configuration.
    workspace.configure(
        "bucket = { force_destroy = true, object_lock = { mode = \"GOVERNANCE\", days = 30 } }\n    \
         audit = { retention_years = 6 }",
    );
    workspace.apply();
    workspace.assert_plan_is_empty();
}

async fn a_bucket_that_cannot_be_made_with_tags_is_tagged_at_once(workspace: Workspace) {
    workspace.account.refuse("CreateBucket", "UnsupportedArgument", 400, 1);
    workspace.configure("");
    workspace.apply();
    workspace.account.take_calls().assert_in_order(&["CreateBucket", "CreateBucket", "PutBucketTagging"]);
    workspace.assert_plan_is_empty();
}

/// A create that stopped between bucket and tags leaves an untagged bucket.
async fn an_untagged_bucket_under_a_given_name_says_what_it_may_be(workspace: Workspace) {
    let name = format!("acme-audit-{}", workspace.account.id);
    workspace.aws().create_bucket(&name).await;
    workspace.configure(&format!("bucket = {{ name = \"{name}\" }}"));
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("an apply that was interrupted"), "{words}");
}

async fn a_log_group_that_takes_no_logs_stops_the_plan(workspace: Workspace) {
    let aws = workspace.aws();
    for (name, class) in
        [("/acme/delivery", "DELIVERY"), ("/acme/future", "FUTURE"), ("/acme/rare", "INFREQUENT_ACCESS")]
    {
        aws.logs.create_log_group().log_group_name(name).log_group_class(class.into()).send().await.unwrap();
    }
    let configure = |name: &str| {
        let group = format!("cloudwatch = {{ enabled = true, create = false, log_group_name = \"{name}\" }}");
        workspace.configure(&format!("kms = {{ enabled = false }}\n    {group}"));
    };
    configure("/acme/delivery");
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("/acme/delivery is of the class DELIVERY"), "{words}");
    configure("/acme/future");
    let planned = workspace.try_plan();
    assert_eq!(planned.code, 2, "{planned}");
    assert!(planned.words().contains("/acme/future is of the class FUTURE"), "{planned}");
    configure("/acme/rare");
    let planned = workspace.try_plan();
    assert_eq!(planned.code, 2, "{planned}");
    assert!(!planned.words().contains("class"), "{planned}");
}

async fn a_bucket_with_access_by_tags_is_tagged_all_the_same(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.write(&setup("").replacen("org = {", "extra_tags = { team = \"security\" }\n  org = {", 1));
    workspace.apply();
    let bucket = aws.parts().await.bucket.unwrap();
    let enabled = AbacStatus::builder().status(BucketAbacStatus::Enabled).build();
    aws.s3.put_bucket_abac().bucket(&bucket).abac_status(enabled).send().await.unwrap();
    workspace.write(&setup("").replacen("org = {", "extra_tags = { owner = \"audit\" }\n  org = {", 1));
    workspace.apply();
    workspace.assert_plan_is_empty();
    let tags = aws.s3.get_bucket_tagging().bucket(&bucket).send().await.unwrap();
    let keys: Vec<_> = tags.tag_set().iter().map(aws_sdk_s3::types::Tag::key).collect();
    assert!(keys.contains(&"owner") && !keys.contains(&"team"), "{keys:?}");
}
