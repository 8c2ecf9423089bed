//! A bucket and a key that others use too: what they put there is lost only if the configuration says so.

use aws_sdk_kms::types::Tag as KeyTag;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
};
use serde_json::{Value, json};

use super::module::{Made, Release, run_module};
use crate::aws::Aws;
use crate::cli::Outcome;
use crate::workspace::{ADDRESS, REGION, Workspace, setup};

on_each_cli! {
    module_beside_others_is_imported_only_as_the_configuration_decides,
}

on_one_cli! {
    what_the_configuration_writes_goes,
    a_limited_rule_is_not_widened_unasked,
    parts_with_statements_of_others_are_not_taken_over_unasked,
    lifecycle_rules_of_others_stay,
}

/// A setup that a newer release of the module made.
fn newer(workspace: &Workspace) -> Made {
    let made = run_module(&workspace.account, REGION, Release::Newer, &json!({}));
    workspace.account.take_calls();
    made
}

fn configure_import(workspace: &Workspace, settings: &str) {
    workspace.write(&(setup(settings) + &format!("import {{\n  to = {ADDRESS}\n  id = \"{REGION}\"\n}}\n")));
}

/// The expression that an error prints for a setting.
fn printed(outcome: &Outcome, setting: &str) -> String {
    let lines = outcome.stderr.lines().map(|line| line.trim_start_matches('│').trim());
    let expression = lines.skip_while(|line| !line.starts_with(&format!("{setting} = ")));
    let mut text = String::new();
    for line in expression {
        text = format!("{text}{line}\n");
        if line == "})" {
            return text;
        }
    }
    panic!("{setting} is not printed\n{outcome}");
}

async fn statements(aws: &Aws, bucket: &str) -> Vec<String> {
    let policy = aws.s3.get_bucket_policy().bucket(bucket).send().await.unwrap();
    let policy: Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    let statements = policy["Statement"].as_array().unwrap().iter();
    statements.map(|one| one["Sid"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn rules(aws: &Aws, bucket: &str) -> Vec<LifecycleRule> {
    let rules = aws.s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await;
    rules.unwrap().rules.unwrap()
}

fn prefix(rule: &LifecycleRule) -> &str {
    rule.filter().and_then(LifecycleRuleFilter::prefix).unwrap()
}

async fn put_rules(aws: &Aws, bucket: &str, rules: Vec<LifecycleRule>) {
    let rules = BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().unwrap();
    aws.s3.put_bucket_lifecycle_configuration().bucket(bucket).lifecycle_configuration(rules).send().await.unwrap();
}

async fn module_beside_others_is_imported_only_as_the_configuration_decides(workspace: Workspace) {
    let made = newer(&workspace);
    let aws = workspace.aws();
    configure_import(&workspace, "");
    let refused = workspace.try_plan().failed();
    let words = refused.words();
    for part in ["settings.audit.prefix = \"session-manager/\"", "The lifecycle rule would be for more objects"] {
        assert!(words.contains(part), "{words}");
    }
    let expression = printed(&refused, "policy_statements");
    workspace.account.take_calls().assert_no_writes();

    let kept = format!("audit = {{ prefix = \"session-manager/\" }}\nbucket = {{\n{expression}}}");
    configure_import(&workspace, &kept);
    let planned = workspace.try_plan();
    assert_eq!(planned.code, 2, "{planned}");
    let words = planned.words();
    assert!(words.contains("the tag automation = \"enabled\" of the key"), "{words}");
    assert!(!words.contains("SSMBucketDelivery of the policy"), "{words}");
    workspace.apply_saved_plan();
    let left = statements(&aws, &made.bucket).await;
    for sid in ["SSMBucketPermissionsCheck", "SSMBucketDelivery"] {
        assert!(left.iter().any(|one| one == sid), "{left:?}");
    }
    assert_eq!(rules(&aws, &made.bucket).await.iter().map(prefix).collect::<Vec<_>>(), ["session-manager/"]);
    assert!(!aws.key_tags(&made.key_id).await.contains_key("automation"));
    workspace.assert_plan_is_empty();
    assert_eq!(workspace.attributes()["bucket"]["lifecycle"]["prefix"], "session-manager/");
}

async fn what_the_configuration_writes_goes(workspace: Workspace) {
    let made = newer(&workspace);
    let aws = workspace.aws();
    configure_import(&workspace, "audit = { prefix = \"\" }\nbucket = { policy_statements = \"\" }");
    let words = workspace.try_plan().words();
    for part in [
        "The lifecycle rule will be for more objects",
        "the statement SSMBucketDelivery of the policy of the bucket",
        "the statement SSMBucketPermissionsCheck of the policy of the bucket",
    ] {
        assert!(words.contains(part), "{words}");
    }
    workspace.apply_saved_plan();
    assert_eq!(rules(&aws, &made.bucket).await.iter().map(prefix).collect::<Vec<_>>(), [""]);
    assert_eq!(statements(&aws, &made.bucket).await.len(), 2);
    workspace.assert_plan_is_empty();
}

/// A rule that is off, or for certain objects only, would delete data once it is in force.
async fn a_limited_rule_is_not_widened_unasked(workspace: Workspace) {
    let made = run_module(&workspace.account, REGION, Release::Latest, &json!({}));
    let aws = workspace.aws();
    let mut off = rules(&aws, &made.bucket).await.remove(0);
    off.status = ExpirationStatus::Disabled;
    put_rules(&aws, &made.bucket, vec![off]).await;
    configure_import(&workspace, "");
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("audit-log-lifecycle-policy is Disabled"), "{words}");
    configure_import(&workspace, "audit = { prefix = \"\" }");
    let words = workspace.try_plan().words();
    assert!(words.contains("the lifecycle rule of") && words.contains("is Disabled"), "{words}");
}

async fn parts_with_statements_of_others_are_not_taken_over_unasked(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("audit = { prefix = \"session-manager/\" }");
    workspace.apply();
    let attributes = workspace.attributes();
    let (bucket, key) =
        (attributes["bucket"]["name"].as_str().unwrap(), attributes["kms_key"]["arn"].as_str().unwrap());
    workspace.forget();
    aws.delete_document().await;
    let policy = aws.kms.get_key_policy().key_id(key).policy_name("default").send().await.unwrap();
    let mut policy: Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    let theirs = json!({"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": "kms:Decrypt", "Resource": "*"});
    policy["Statement"].as_array_mut().unwrap().push(theirs);
    aws.kms.put_key_policy().key_id(key).policy_name("default").policy(policy.to_string()).send().await.unwrap();
    let tag = KeyTag::builder().tag_key("theirs").tag_value("1").build().unwrap();
    aws.kms.tag_resource().key_id(key).tags(tag).send().await.unwrap();

    workspace.configure("");
    workspace.account.take_calls();
    let refused = workspace.try_plan().failed();
    let words = refused.words();
    assert!(words.contains("The lifecycle rule would be for more objects"), "{words}");
    let expression = printed(&refused, "policy_statements");
    workspace.account.take_calls().assert_no_writes();
    workspace.configure(&format!("audit = {{ prefix = \"\" }}\nkms = {{\n{expression}}}"));
    let words = workspace.try_plan().words();
    assert!(words.contains("the tag theirs = \"1\" of the key"), "{words}");
    workspace.apply_saved_plan();
    let policy = aws.kms.get_key_policy().key_id(key).policy_name("default").send().await.unwrap();
    assert!(policy.policy().unwrap().contains("Theirs"));
    assert_eq!(rules(&aws, bucket).await.iter().map(prefix).collect::<Vec<_>>(), [""]);
    workspace.assert_plan_is_empty();
}

async fn lifecycle_rules_of_others_stay(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let bucket = aws.parts().await.bucket.unwrap();
    let rule = |id: &str, prefix: &str| {
        let expiration = LifecycleExpiration::builder().days(9).build();
        let filter = LifecycleRuleFilter::builder().prefix(prefix).build();
        let rule = LifecycleRule::builder().id(id).status(ExpirationStatus::Enabled).filter(filter);
        rule.expiration(expiration).build().unwrap()
    };
    let mut all = rules(&aws, &bucket).await;
    all.extend([rule("elsewhere", "theirs/"), rule("everything", "")]);
    put_rules(&aws, &bucket, all).await;
    let planned = workspace.try_plan();
    assert_eq!(planned.code, 0, "rules of others are no drift\n{planned}");
    let words = planned.words();
    assert!(words.contains("everything: expires them after 9 days") && !words.contains("elsewhere:"), "{words}");
    for settings in ["audit = { retention_years = 6 }", "audit = { prefix = \"session-manager/\" }"] {
        workspace.configure(settings);
        workspace.apply();
        let found = rules(&aws, &bucket).await;
        let ids: Vec<_> = found.iter().map(|rule| rule.id().unwrap()).collect();
        assert_eq!(ids, ["audit-log-lifecycle-policy", "elsewhere", "everything"]);
    }
    workspace.assert_plan_is_empty();
}
