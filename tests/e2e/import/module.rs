//! A setup of the Terraform module is imported: the next plan shows the documented differences, all of them updates in
//! place, and nothing is replaced or lost.
//!
//! `tests/support/moto/module_result.py` makes what the module makes. The `removed` block of the move is for resources of
//! the provider hashicorp/aws, which tests cannot install: the CLI only removes them from its state and calls nothing.
//! The scenarios begin after it.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::SystemTime;

use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use aws_sdk_kms::types::KeyState;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::aws::Aws;
use crate::cli::{Outcome, tools_directory};
use crate::import::changed_paths;
use crate::moto::{self, Account};
use crate::workspace::{ADDRESS, REGION, Workspace, setup};

on_each_cli! {
    import_module_of_the_first_release,
    import_module_of_the_latest_release,
}

on_one_cli! {
    import_module_with_names_of_its_own,
    import_module_with_versions,
    import_module_with_run_as,
    import_module_without_suffix,
    import_module_with_statements_of_others,
    import_module_whose_logs_were_switched_off,
}

/// The attributes that change in every setup of the module: object ownership, the key in the document, mark and stamp.
const ALWAYS: [&str; 9] = [
    "bucket.object_ownership",
    "document.content",
    "document.default_version",
    "document.hash",
    "document.latest_version",
    "document.status",
    "drift",
    "settings.bucket.object_ownership",
    "stamp",
];

/// The names of what the module made.
#[derive(Debug, Deserialize)]
pub(super) struct Made {
    pub(super) key_id: String,
    pub(super) bucket: String,
    pub(super) log_group: String,
    pub(super) system_name: String,
}

/// Which of the module's releases made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Release {
    /// Timeouts as numbers, no end to incomplete uploads.
    First,
    /// Timeouts as text.
    Latest,
    /// As the latest, beside other features of Systems Manager in the same bucket and with the same key.
    Newer,
}

/// A setup of the module with logs in it, and the configuration that imports it.
struct Move {
    workspace: Workspace,
    aws: Aws,
    made: Made,
}

impl Move {
    /// Runs the module with its `settings`, adds logs, and writes the configuration.
    async fn begin(workspace: Workspace, release: Release, settings: Value, configuration: &str) -> Self {
        let made = run_module(&workspace.account, REGION, release, &settings);
        let aws = workspace.aws();
        workspace.account.put_objects(&made.bucket, 3, 1);
        if !made.log_group.is_empty() {
            put_event(&aws, &made.log_group).await;
        }
        let import = format!("import {{\n  to = {ADDRESS}\n  id = \"{REGION}\"\n}}\n");
        workspace.write(&(setup(configuration) + &import));
        workspace.account.take_calls();
        Self { workspace, aws, made }
    }

    /// The import is one update in place of the attributes that always change, and of these.
    fn plan(&self, more: &[&str]) -> Value {
        let change = self.plan_of(&[&ALWAYS, more].concat());
        assert_eq!(change["after"]["drift"], json!([]));
        change
    }

    /// The import is one update in place of just these attributes.
    fn plan_of(&self, expected: &[&str]) -> Value {
        let planned = self.workspace.try_plan();
        assert_eq!(planned.code, 2, "{planned}");
        let change = self.workspace.planned_change();
        assert_eq!(change["actions"], json!(["update"]), "{planned}");
        assert_eq!(change["importing"], json!({"id": REGION}), "{planned}");
        let expected: BTreeSet<_> = expected.iter().map(|path| (*path).to_owned()).collect();
        assert_eq!(changed_paths(&change), expected, "{planned}");
        self.workspace.account.take_calls().assert_no_writes_in("a plan writes nothing");
        change
    }

    /// The differences in AWS, without those that every setup of the module has.
    fn drift(change: &Value) -> Vec<&str> {
        let lines = change["before"]["drift"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
        let (always, more): (Vec<_>, Vec<_>) = lines.partition(|line| {
            line.contains(".tags.ssm-session-setup: none") || line.starts_with("document.content.inputs.kmsKeyId: ")
        });
        assert!(always.iter().any(|line| line.starts_with("document.content.inputs.kmsKeyId")), "{always:?}");
        more
    }

    /// Applies the plan, and asserts that the resource manages the setup with all its logs.
    async fn apply(&self) {
        self.workspace.apply_saved_plan();
        let writes = self.workspace.account.take_calls();
        let takes = |operation: &&str| operation.starts_with("Create") || operation.starts_with("Delete");
        assert!(!writes.writes().iter().any(takes), "nothing is made or deleted: {:?}", writes.writes());
        assert!(!writes.has("ScheduleKeyDeletion") && !writes.has("UpdateAlias"), "{:?}", writes.writes());
        writes.assert_document_never_broke();
        self.workspace.assert_plan_is_empty();
        self.assert_nothing_is_lost().await;
        let inputs = &self.aws.document().await["inputs"];
        let attributes = self.workspace.attributes();
        assert_eq!(inputs["kmsKeyId"], attributes["kms_key"]["arn"]);
        assert_eq!(inputs["s3BucketName"], self.made.bucket.as_str());
        assert_eq!(attributes["system_name"], self.made.system_name.as_str());
        for part in ["kms_key", "bucket"] {
            assert_eq!(attributes[part]["created"], true, "{part}");
        }
        let stamp = attributes["stamp"].as_str().unwrap();
        assert_eq!(self.aws.bucket_tags(&self.made.bucket).await["ssm-session-setup-stamp"], stamp);
        assert_eq!(self.aws.key_tags(&self.made.key_id).await["ssm-session-setup-stamp"], stamp);
    }

    /// A destroy fails because of the logs.
    async fn destroy_is_refused(&self) {
        let words = self.workspace.try_destroy().failed().words();
        assert!(words.contains(&format!("{} is not empty, and nothing was changed", self.made.bucket)), "{words}");
        self.assert_nothing_is_lost().await;
    }

    async fn assert_nothing_is_lost(&self) {
        let Made { key_id, bucket, log_group, .. } = &self.made;
        let objects = self.aws.s3.list_objects_v2().bucket(bucket).send().await.unwrap();
        assert_eq!(objects.key_count(), Some(3));
        assert_eq!(self.aws.key_state(key_id).await, KeyState::Enabled);
        assert!(self.aws.has_document().await);
        if !log_group.is_empty() {
            let events = self.aws.logs.filter_log_events().log_group_name(log_group).send().await.unwrap();
            assert_eq!(events.events().len(), 1);
        }
    }
}

async fn put_event(aws: &Aws, log_group: &str) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let event = InputLogEvent::builder().message("ls").timestamp(i64::try_from(now).unwrap()).build().unwrap();
    aws.logs.create_log_stream().log_group_name(log_group).log_stream_name("session").send().await.unwrap();
    let put = aws.logs.put_log_events().log_group_name(log_group).log_stream_name("session").log_events(event);
    put.send().await.unwrap();
}

/// Runs the module in an account and region.
#[track_caller]
pub(super) fn run_module(account: &Account, region: &str, release: Release, settings: &Value) -> Made {
    let inputs = json!({
        "region": region,
        "region_code": if region == REGION { "euwe1" } else { "usea1" },
        "organization_name": "Acme",
        "organization_unit": "platform",
        "environment_type": "live",
        "environment_name": "audit",
        "spoke_def": "001",
        "release": match release {
            Release::First => "first",
            Release::Latest => "latest",
            Release::Newer => "newer",
        },
        "settings": settings,
    });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/moto/module_result.py");
    let made = Outcome::of(
        Command::new(tools_directory().join("venv/bin/python"))
            .args([script, &inputs.to_string()])
            .env("AWS_ENDPOINT_URL", moto::endpoint())
            .env("AWS_ACCESS_KEY_ID", account.observer_access_key())
            .env("AWS_SECRET_ACCESS_KEY", "test"),
    );
    serde_json::from_str(&made.succeeded().stdout).expect("the names")
}

/// With logs in CloudWatch and allowed roles. The import reads all of them.
async fn import_module_of_the_first_release(workspace: Workspace) {
    let role = format!("arn:aws:iam::{}:role/nodes", workspace.account.id);
    let settings = json!({
        "allowed_iam_role_arns": [role],
        "cloudwatch": {"enabled": true, "retention": 14},
        "audit": {"transition_days": 45, "archive_days": 90, "retention_years": 7},
        "kms": {"rotation_period_in_days": 180},
        "session": {"timeout": 15, "max_duration": 120},
    });
    let configuration = format!(
        r#"
        allowed_iam_role_arns = ["{role}"]
        cloudwatch = {{ enabled = true, retention = 14 }}
        audit      = {{ transition_days = 45, archive_days = 90, retention_years = 7 }}
        kms        = {{ rotation_period_in_days = 180 }}
        session    = {{ timeout = 15, max_duration = 120 }}
        "#
    );
    let moving = Move::begin(workspace, Release::First, settings, &configuration).await;
    let change = moving.plan(&[]);
    assert_eq!(
        Move::drift(&change),
        ["bucket.lifecycle: audit-log-lifecycle-policy aborts no incomplete uploads, want none"]
    );
    let policies = [change["before"]["kms_key"]["policy"].clone(), change["before"]["bucket"]["policy"].clone()];
    moving.apply().await;
    let attributes = moving.workspace.attributes();
    assert_eq!([&attributes["kms_key"]["policy"], &attributes["bucket"]["policy"]], [&policies[0], &policies[1]]);
    assert_eq!(attributes["log_group"]["created"], true);
    let inputs = &moving.aws.document().await["inputs"];
    assert_eq!((&inputs["idleSessionTimeout"], &inputs["maxSessionDuration"]), (&json!("15"), &json!("120")));
    moving.destroy_is_refused().await;
}

/// With defaults alone.
async fn import_module_of_the_latest_release(workspace: Workspace) {
    let moving = Move::begin(workspace, Release::Latest, json!({}), "").await;
    let change = moving.plan(&[]);
    assert_eq!(Move::drift(&change), Vec::<&str>::new());
    assert_eq!(change["after"]["bucket"]["versioning"], "Suspended", "what versioning was is no matter");
    moving.apply().await;
    moving.destroy_is_refused().await;
}

async fn import_module_with_names_of_its_own(workspace: Workspace) {
    let bucket = format!("acme-sessions-{}", workspace.account.id);
    let settings = json!({"bucket": {"name": bucket}, "kms": {"alias_name": "session-logs"}});
    let configuration = format!("bucket = {{ name = \"{bucket}\" }}\nkms = {{ alias_name = \"session-logs\" }}");
    let moving = Move::begin(workspace, Release::Latest, settings, &configuration).await;
    // No name contains the system name. Without it, neither the spoke nor the mark is known.
    let by_system_name = ["spoke_def", "system_name", "settings.cloudwatch.log_group_name"];
    let always: Vec<_> = ALWAYS.into_iter().filter(|path| *path != "drift").collect();
    moving.plan_of(&[&always[..], &by_system_name].concat());
    moving.apply().await;
    moving.destroy_is_refused().await;
}

async fn import_module_with_versions(workspace: Workspace) {
    let settings = json!({"bucket": {"versioning": true}});
    let moving = Move::begin(workspace, Release::Latest, settings, "bucket = { versioning = true }").await;
    let change = moving.plan(&["bucket.lifecycle.noncurrent_days"]);
    assert_eq!(Move::drift(&change), ["bucket.lifecycle.noncurrent_days: none, want 30"]);
    let words = moving.workspace.try_plan().words();
    assert!(words.contains("Warning: Noncurrent versions in the bucket will be kept for less time"), "{words}");
    moving.workspace.account.take_calls();
    moving.apply().await;
    moving.destroy_is_refused().await;
}

/// `run_as` had no effect in the module.
async fn import_module_with_run_as(workspace: Workspace) {
    let settings = json!({"session": {"run_as": "ops"}});
    let moving = Move::begin(workspace, Release::First, settings, "session = { run_as = \"ops\" }").await;
    let change = moving.plan(&["kms_key.policy", "settings.session.run_as_enabled"]);
    assert_eq!(change["after"]["settings"]["session"]["run_as_enabled"], true);
    let words = moving.workspace.try_plan().words();
    assert!(words.contains("Warning: Sessions will need new permissions"), "{words}");
    moving.workspace.account.take_calls();
    moving.apply().await;
    moving.destroy_is_refused().await;
}

async fn import_module_without_suffix(workspace: Workspace) {
    let settings = json!({"random_bucket_suffix": false, "kms": {"enable_key_rotation": false}});
    let configuration = "random_bucket_suffix = false\nkms = { enable_key_rotation = false }";
    let moving = Move::begin(workspace, Release::Latest, settings, configuration).await;
    moving.plan(&[]);
    assert!(moving.made.bucket.ends_with("-euwe1"));
    moving.apply().await;
    moving.destroy_is_refused().await;
}

/// Additional statements of the policies are not removed unasked.
async fn import_module_with_statements_of_others(workspace: Workspace) {
    let added = |action: &str, resource: &str| json!({"Sid": "Audit", "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": action, "Resource": resource});
    let moving = Move::begin(workspace, Release::Latest, json!({}), "").await;
    let Move { aws, made, workspace } = &moving;
    let key_policy = aws.kms.get_key_policy().key_id(&made.key_id).policy_name("default").send().await.unwrap();
    let mut policy: Value = serde_json::from_str(key_policy.policy().unwrap()).unwrap();
    policy["Statement"].as_array_mut().unwrap().push(added("kms:Decrypt", "*"));
    let put = aws.kms.put_key_policy().key_id(&made.key_id).policy_name("default").policy(policy.to_string());
    put.send().await.unwrap();
    let objects = format!("arn:aws:s3:::{}/*", made.bucket);
    let bucket_policy = aws.s3.get_bucket_policy().bucket(&made.bucket).send().await.unwrap();
    let mut policy: Value = serde_json::from_str(bucket_policy.policy().unwrap()).unwrap();
    policy["Statement"].as_array_mut().unwrap().push(added("s3:GetObject", &objects));
    aws.s3.put_bucket_policy().bucket(&made.bucket).policy(policy.to_string()).send().await.unwrap();

    let words = workspace.try_plan().failed().words();
    assert_eq!(words.matches("A policy has statements of others").count(), 2, "{words}");
    let found = |action: &str, resource: &str| {
        json!({"Version": "2012-10-17", "Statement": [added(action, resource)]}).to_string()
    };
    let kept = format!(
        "bucket = {{ policy_statements = {} }}\nkms = {{ policy_statements = {} }}",
        json!(found("s3:GetObject", &objects)),
        json!(found("kms:Decrypt", "*"))
    );
    workspace.write(&(setup(&kept) + &format!("import {{\n  to = {ADDRESS}\n  id = \"{REGION}\"\n}}\n")));
    moving.plan(&[]);
    moving.apply().await;
    moving.destroy_is_refused().await;
}

/// The module keeps the group, and its first releases keep the group in the policy of the key.
async fn import_module_whose_logs_were_switched_off(workspace: Workspace) {
    let moving = Move::begin(workspace, Release::First, json!({"cloudwatch": {"enabled": true}}), "").await;
    let Move { aws, made, workspace } = &moving;
    let mut document = aws.document().await;
    document["inputs"]["cloudWatchLogGroupName"] = json!("");
    document["inputs"]["cloudWatchEncryptionEnabled"] = json!(false);
    let update = aws.ssm.update_document().name(crate::aws::DOCUMENT).document_version("$LATEST");
    update.content(document.to_string()).send().await.unwrap();

    let change = moving.plan(&[]);
    assert_eq!(change["before"]["retired"][0]["name"], made.log_group.as_str());
    moving.apply().await;
    let policy = workspace.attributes()["kms_key"]["policy"].as_str().unwrap().to_owned();
    assert!(policy.contains(&made.log_group), "the group's events stay readable: {policy}");
    moving.destroy_is_refused().await;
}
