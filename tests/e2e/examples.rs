//! The files in `examples/` work as they are: applied, planned without changes, changed, destroyed.
//!
//! An example is the file of the provider and one file of the resource or data source. What it needs (a key, a
//! central bucket) is made through the SDK first. Global names, and numbers that AWS assigns, replace those of
//! the example.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::aws::Aws;
use crate::cli::{Cli, Outcome};
use crate::delegation::Organization;
use crate::fixtures::key_id_of;
use crate::moto::Account;
use crate::workspace::{REGION, Workspace};

on_each_cli! {
    basic,
    advanced,
    own_key,
    central_bucket,
    policies,
    fleet,
    delegation,
    data_source,
}

const CENTRAL_BUCKET: &str = "acme-central-session-logs";
const CENTRAL_ACCOUNT: &str = "111122223333";
const CENTRAL_KEY: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn every_example_of_the_resource_has_a_scenario() {
    let mut found: Vec<String> = std::fs::read_dir(examples().join("resources/ssmsession_setup"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("resource"))
        .collect();
    found.sort();
    let expected = ["advanced", "central-bucket", "delegation", "fleet", "own-key", "policies"];
    let expected: Vec<String> = expected.map(|name| format!("resource-{name}.tf")).into_iter().collect();
    assert_eq!(found, [expected, vec!["resource.tf".to_owned()]].concat());
}

#[test]
fn examples_are_formatted() {
    let formatted = Outcome::of(
        Command::new(Cli::either().executable())
            .args(["fmt", "-check", "-diff", "-recursive", "examples"])
            .current_dir(env!("CARGO_MANIFEST_DIR")),
    );
    formatted.succeeded();
}

async fn basic(workspace: Workspace) {
    let example = example("resource.tf");
    applied(&workspace, &example);
    assert!(workspace.aws().document().await["inputs"]["kmsKeyId"] != "");
    changed_and_destroyed(&workspace, &example);
    assert!(!workspace.aws().parts().await.document);
}

async fn advanced(workspace: Workspace) {
    let example = example("resource-advanced.tf");
    applied(&workspace, &example);
    let aws = workspace.aws();
    let inputs = &aws.document().await["inputs"];
    assert_eq!(inputs["idleSessionTimeout"], "15");
    assert_eq!(inputs["maxSessionDuration"], "480");
    assert_eq!(inputs["cloudWatchStreamingEnabled"], true);
    let alias = aws.kms.describe_key().key_id("alias/session-logs").send().await;
    let key_id = alias.unwrap().key_metadata().unwrap().key_id().to_owned();
    let rotation = aws.kms.get_key_rotation_status().key_id(&key_id).send().await.unwrap();
    assert_eq!(rotation.rotation_period_in_days(), Some(180));
    assert_eq!(aws.key_tags(&key_id).await["cost-center"], "security");
    changed_and_destroyed(&workspace, &example);
    assert!(!aws.parts().await.document);
}

async fn own_key(workspace: Workspace) {
    let example = example("resource-own-key.tf");
    let aws = workspace.aws();
    let key = aws.create_key_for_logs(&workspace.account).await;
    let alias = aws.kms.create_alias().alias_name("alias/security/session-logs");
    alias.target_key_id(key_id_of(&key)).send().await.unwrap();

    applied(&workspace, &example);
    assert_eq!(aws.document().await["inputs"]["kmsKeyId"], key);
    changed_and_destroyed(&workspace, &example);
    assert_eq!(aws.keys().await, [key_id_of(&key)], "the key is not the setup's to delete");
}

async fn central_bucket(workspace: Workspace) {
    let central = Account::new();
    let aws = Aws::of(&central, REGION);
    let key = aws.create_key_for_logs(&central).await;
    let bucket = format!("{CENTRAL_BUCKET}-{}", central.id);
    aws.create_bucket(&bucket).await;
    aws.encrypt_bucket(&bucket, &key, false).await;
    let example = example("resource-central-bucket.tf")
        .replace(CENTRAL_BUCKET, &bucket)
        .replace(CENTRAL_ACCOUNT, &central.id)
        .replace(CENTRAL_KEY, &key_id_of(&key));

    applied(&workspace, &example);
    let own = workspace.aws();
    assert_eq!(own.document().await["inputs"]["s3BucketName"], bucket);
    assert_eq!(own.parts().await.bucket, None, "no bucket is made here");
    changed_and_destroyed(&workspace, &example);
    aws.s3.head_bucket().bucket(&bucket).send().await.expect("the central bucket stays");
}

async fn policies(workspace: Workspace) {
    let example = example("resource-policies.tf");
    applied(&workspace, &example);
    let bucket = workspace.aws().parts().await.bucket.expect("a bucket");
    assert!(!workspace.aws().has_document().await);
    let outputs = workspace.outputs();
    let policy = |output: &str| outputs[output]["value"].as_str().expect(output).to_owned();
    assert!(policy("instance_policy").contains(&format!("arn:aws:s3:::{bucket}/session-manager/*")));
    assert!(policy("user_policy").contains("ssm:resourceTag/team"));

    let complete = example.replace("enabled = false", "enabled = true");
    assert_ne!(complete, example);
    applied(&workspace, &complete);
    assert_eq!(workspace.aws().document().await["inputs"]["s3BucketName"], bucket);
    let complete_outputs = workspace.outputs();
    assert_eq!(complete_outputs, outputs, "what was handed out is what sessions need");
    changed_and_destroyed(&workspace, &complete);
}

async fn fleet(workspace: Workspace) {
    let accounts = [Account::new(), Account::new()];
    let example =
        example("resource-fleet.tf").replace("111122223333", &accounts[0].id).replace("444455556666", &accounts[1].id);
    applied(&workspace, &example);
    let buckets = workspace.outputs()["audit_buckets"]["value"].clone();
    for (environment, account) in ["audit", "billing"].into_iter().zip(&accounts) {
        for region in ["eu-west-1", "eu-central-1"] {
            let document = Aws::of(account, region).document().await;
            assert_eq!(document["inputs"]["s3BucketName"], buckets[format!("{environment}/{region}")]);
        }
    }
    workspace.write(&example.replace("billing = ", "# billing = "));
    let fewer = workspace.apply();
    assert!(fewer.words().contains("0 added, 0 changed, 2 destroyed"), "{fewer}");
    assert!(!Aws::of(&accounts[1], "eu-west-1").has_document().await);
    workspace.destroy();
}

async fn delegation(workspace: Workspace) {
    let organization = Organization::without_trusted_access(workspace.aws()).await;
    let example = example("resource-delegation.tf").replace("111122223333", &organization.member);
    applied(&workspace, &example);
    assert_eq!(organization.delegated(&organization.member).await.len(), 4);
    assert_eq!(organization.trusted().await.len(), 4);
    workspace.destroy();
    assert!(organization.delegated(&organization.member).await.is_empty());
}

async fn data_source(workspace: Workspace) {
    let data_source = read("data-sources/ssmsession_preferences/data-source.tf");
    workspace.write(&(read("provider/provider.tf") + &data_source));
    let words = workspace.apply().words();
    assert!(!words.contains("Warning: Check block"), "no preferences are no broken preferences: {words}");

    let example = example("resource.tf");
    workspace.write(&example);
    workspace.apply();
    workspace.write(&(example + &data_source));
    let words = workspace.apply().words();
    assert!(!words.contains("Warning: Check block"), "{words}");
    let bucket = workspace.aws().parts().await.bucket.expect("a bucket");
    assert_eq!(workspace.outputs()["session_log_bucket"]["value"], bucket.as_str());

    workspace.aws().s3.delete_bucket().bucket(&bucket).send().await.unwrap();
    let words = workspace.try_plan().words();
    assert!(words.contains("Warning: Check block"), "{words}");
    assert!(words.contains("Create the bucket, or name another one."), "the check says what to do: {words}");
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// The provider's example and one of the resource's, as one configuration.
fn example(file: &str) -> String {
    read("provider/provider.tf") + &read(&format!("resources/ssmsession_setup/{file}"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(examples().join(path)).expect(path)
}

#[track_caller]
fn applied(workspace: &Workspace, example: &str) {
    workspace.write(example);
    workspace.apply();
    workspace.assert_plan_is_empty();
}

#[track_caller]
fn changed_and_destroyed(workspace: &Workspace, example: &str) {
    let changed = example.replace("organization_name = \"Acme\"", "organization_name = \"Acme Corp\"");
    assert_ne!(changed, example);
    workspace.write(&changed);
    assert!(workspace.plan());
    assert_eq!(workspace.planned_change()["actions"], json!(["update"]));
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
    workspace.destroy();
}
