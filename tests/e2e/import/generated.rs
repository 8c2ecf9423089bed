//! `-generate-config-out` writes the configuration of a setup, and the plan of it has no changes. Only `org`, where no tag
//! contains it, is left to fill in.

use std::collections::BTreeSet;

use serde_json::json;

use crate::cli::Cli;
use crate::delegation::Organization;
use crate::import::changed_paths;
use crate::import::module::{Release, run_module};
use crate::workspace::{ADDRESS, REGION, Workspace, provider, setup};

on_each_cli! {
    generated_configuration_of_defaults_changes_nothing,
    generated_configuration_of_every_setting_changes_nothing,
    generated_configuration_of_a_console_document_lacks_org_alone,
    generated_configuration_of_empty_text_is_complete_on_opentofu_alone,
}

on_one_cli! {
    generated_configuration_of_existing_parts_changes_nothing,
    generated_configuration_of_the_module_changes_only_what_every_setup_has,
    generated_configuration_of_sessions_without_the_key_changes_nothing,
    generated_configuration_leaves_default_tags_out,
    generated_configuration_keeps_what_is_retired,
    generated_configuration_of_a_delegation_lacks_org_alone,
}

const GENERATED: &str = "generated.tf";

fn import_block(id: &str) -> String {
    format!("import {{\n  to = {ADDRESS}\n  id = \"{id}\"\n}}\n")
}

/// Applies a configuration, removes the setup from the state, and generates its configuration, which changes nothing.
#[track_caller]
fn assert_generated_changes_nothing(workspace: &Workspace, provider: &str, setup: &str) {
    workspace.write(&(provider.to_owned() + setup));
    workspace.apply();
    workspace.assert_plan_is_empty();
    workspace.forget();
    workspace.write(&(provider.to_owned() + &import_block(REGION)));
    workspace.try_generate(GENERATED).succeeded();
    assert_imports_unchanged(workspace);
}

/// The plan imports, and changes nothing in it.
#[track_caller]
fn assert_imports_unchanged(workspace: &Workspace) {
    let planned = workspace.try_plan();
    let generated = workspace.read(GENERATED);
    assert!(planned.code == 0 || planned.code == 2, "{planned}\n{generated}");
    let change = workspace.planned_change();
    assert_eq!(change["actions"], json!(["no-op"]), "{:?}\n{generated}\n{planned}", changed_paths(&change));
    workspace.account.take_calls();
    workspace.apply_saved_plan();
    workspace.account.take_calls().assert_no_writes();
    workspace.assert_plan_is_empty();
}

/// The resource of a configuration made by [`setup`], without its provider.
fn resource_of(settings: &str) -> String {
    setup(settings).replacen(&provider(), "", 1)
}

async fn generated_configuration_of_defaults_changes_nothing(workspace: Workspace) {
    assert_generated_changes_nothing(&workspace, &provider(), &resource_of(""));
}

async fn generated_configuration_of_every_setting_changes_nothing(workspace: Workspace) {
    let account = &workspace.account.id;
    let target = format!("access-logs-{account}");
    let aws = workspace.aws();
    aws.create_bucket(&target).await;
    aws.admit_access_logs(&target, &workspace.account.id).await;
    let settings = format!(
        r#"
        allowed_iam_role_arns = ["arn:aws:iam::{account}:role/nodes", "arn:aws:iam::444455556666:role/nodes"]
        kms = {{
          deletion_window     = 7
          enable_key_rotation = false
          multi_region        = true
          alias_name          = "session-logs"
          skip_destroy        = true
          policy_statements   = jsonencode({{ Statement = [{{
            Sid = "Audit", Effect = "Allow", Principal = {{ AWS = "444455556666" }}, Action = "kms:Decrypt", Resource = "*"
          }}] }})
        }}
        session = {{
          run_as        = "ops"
          timeout       = 60
          max_duration  = 0
          shell_profile = {{ linux = "cd $HOME\nexec bash", windows = "date" }}
          node_tags     = {{ team = "a" }}
        }}
        audit      = {{ transition_days = 0, archive_days = 10, retention_years = 0, noncurrent_days = 9 }}
        cloudwatch = {{ enabled = true, retention = 0, streaming = true, log_group_name = "/sessions", skip_destroy = false }}
        bucket = {{
          name               = "acme-sessions-{account}"
          force_destroy      = true
          bucket_key_enabled = true
          object_ownership   = "BucketOwnerPreferred"
          object_lock        = {{ mode = "GOVERNANCE", days = 30 }}
          access_log         = {{ target_bucket = "{target}" }}
          policy_statements = jsonencode({{ Statement = {{
            Effect = "Allow", Principal = {{ AWS = "444455556666" }}, Action = "s3:GetObject"
            Resource = "arn:aws:s3:::acme-sessions-{account}/*"
          }} }})
        }}
        document = {{ on_destroy = "delete" }}
        "#
    );
    let resource = resource_of(&settings).replacen(
        "  org = {",
        "  spoke_def = \"007\"\n  is_hub = true\n  extra_tags = { team = \"a\", organization = \"Acme Inc.\" }\n  timeouts = { create = \"10m\" }\n  org = {",
        1,
    );
    assert_generated_changes_nothing(&workspace, &provider(), &resource);
}

async fn generated_configuration_of_existing_parts_changes_nothing(workspace: Workspace) {
    let aws = workspace.aws();
    let key = aws.create_key_for_logs(&workspace.account).await;
    let bucket = format!("existing-{}", workspace.account.id);
    aws.create_bucket(&bucket).await;
    aws.encrypt_bucket(&bucket, &key, false).await;
    aws.logs.create_log_group().log_group_name("/existing").kms_key_id(&key).send().await.unwrap();
    let settings = format!(
        r#"
        kms        = {{ enabled = false, key_id = "{key}" }}
        bucket     = {{ create = false, name = "{bucket}" }}
        cloudwatch = {{ enabled = true, create = false, log_group_name = "/existing" }}
        "#
    );
    assert_generated_changes_nothing(&workspace, &provider(), &resource_of(&settings));
}

/// Mark and stamp, and the ARN of the key in the document.
async fn generated_configuration_of_the_module_changes_only_what_every_setup_has(workspace: Workspace) {
    let settings = json!({"cloudwatch": {"enabled": true}, "audit": {"retention_years": 7}});
    run_module(&workspace.account, REGION, Release::Latest, &settings);
    workspace.write(&(provider() + &import_block(REGION)));
    workspace.try_generate(GENERATED).succeeded();
    assert!(workspace.plan());
    let change = workspace.planned_change();
    assert_eq!(change["actions"], json!(["update"]));
    let document =
        ["content", "default_version", "hash", "latest_version", "status"].map(|name| format!("document.{name}"));
    let expected: BTreeSet<_> = ["drift", "stamp"].map(str::to_owned).into_iter().chain(document).collect();
    assert_eq!(changed_paths(&change), expected);
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
    assert_eq!(workspace.attributes()["settings"]["bucket"]["object_ownership"], "BucketOwnerPreferred");
}

/// `key_prefix` is the one setting whose default is not empty text. Terraform leaves empty text out of the configuration.
async fn generated_configuration_of_empty_text_is_complete_on_opentofu_alone(workspace: Workspace) {
    workspace.configure("bucket = { key_prefix = \"\" }");
    workspace.apply();
    workspace.forget();
    workspace.write(&(provider() + &import_block(REGION)));
    workspace.try_generate(GENERATED).succeeded();
    if workspace.cli == Cli::Terraform {
        assert!(workspace.plan());
        assert_eq!(workspace.planned_change()["after"]["settings"]["bucket"]["key_prefix"], "session-manager/");
        let generated = workspace.read(GENERATED);
        let line = generated.lines().find(|line| line.contains("key_prefix")).unwrap();
        workspace.write_file(GENERATED, &generated.replacen(line, "key_prefix = \"\"", 1));
    }
    assert_imports_unchanged(&workspace);
}

async fn generated_configuration_of_sessions_without_the_key_changes_nothing(workspace: Workspace) {
    let settings = "random_bucket_suffix = false\nsession = { kms_encryption = false }";
    // Without a suffix the name of the bucket is the same in all accounts, and names of buckets are global.
    let unit = format!("\"u{}\"", workspace.account.id);
    assert_generated_changes_nothing(&workspace, &provider(), &resource_of(settings).replace("\"platform\"", &unit));
}

async fn generated_configuration_leaves_default_tags_out(workspace: Workspace) {
    let provider = provider().replacen(
        "region = \"eu-west-1\"\n",
        "region = \"eu-west-1\"\n  default_tags {\n    tags = { owner = \"security\" }\n  }\n",
        1,
    );
    assert_generated_changes_nothing(&workspace, &provider, &resource_of("kms = { enabled = false }"));
    assert_eq!(workspace.attributes()["extra_tags"], json!({}));
    assert_eq!(workspace.attributes()["tags_all"]["owner"], "security");
}

/// A log group that is no longer used needs the key for its events.
async fn generated_configuration_keeps_what_is_retired(workspace: Workspace) {
    workspace.configure("cloudwatch = { enabled = true }");
    workspace.apply();
    assert_generated_changes_nothing(&workspace, &provider(), &resource_of(""));
    let retired = &workspace.attributes()["retired"];
    assert_eq!(retired[0]["part"], "log_group", "{retired}");
}

/// A document that carries no tags, names no bucket, and was written by hand.
async fn generated_configuration_of_a_console_document_lacks_org_alone(workspace: Workspace) {
    let aws = workspace.aws();
    let inputs = json!({
        "s3BucketName": "", "s3KeyPrefix": "", "s3EncryptionEnabled": true, "cloudWatchLogGroupName": "",
        "cloudWatchEncryptionEnabled": true, "cloudWatchStreamingEnabled": false, "kmsKeyId": "",
        "runAsEnabled": false, "runAsDefaultUser": "", "idleSessionTimeout": "30", "maxSessionDuration": "",
        "shellProfile": {"linux": "date", "windows": ""},
    });
    aws.create_document(&inputs).await;

    fill_in_org(&workspace, REGION);
    assert!(workspace.plan());
    let change = workspace.planned_change();
    assert_eq!(change["actions"], json!(["update"]));
    assert_eq!(change["after"]["settings"]["session"], change["before"]["settings"]["session"]);
    assert_eq!(change["after"]["settings"]["kms"]["enabled"], false, "a document without a key gets none");
    workspace.apply_saved_plan();
    workspace.assert_plan_is_empty();
    let inputs = &aws.document().await["inputs"];
    assert_eq!((&inputs["idleSessionTimeout"], &inputs["maxSessionDuration"]), (&json!("30"), &json!("")));
    assert_eq!(inputs["s3BucketName"], aws.parts().await.bucket.unwrap().as_str());
}

async fn generated_configuration_of_a_delegation_lacks_org_alone(workspace: Workspace) {
    let member = Organization::new(&workspace).await.member;
    workspace.configure(&format!("organization = {{ delegated = true, account_id = \"{member}\" }}"));
    workspace.apply();
    workspace.forget();
    fill_in_org(&workspace, &format!("{}/delegated/{member}", workspace.account.id));
    let planned = workspace.try_plan();
    let change = workspace.planned_change();
    assert_eq!(change["actions"], json!(["update"]), "{planned}");
    let org = ["environment_name", "environment_type", "organization_name", "organization_unit"];
    assert_eq!(changed_paths(&change), org.map(|name| format!("org.{name}")).into());
    workspace.account.take_calls();
    workspace.apply_saved_plan();
    workspace.account.take_calls().assert_no_writes();
    workspace.assert_plan_is_empty();
}

/// Generates the configuration, which is incomplete in `org` alone, and fills `org` in.
#[track_caller]
fn fill_in_org(workspace: &Workspace, id: &str) {
    workspace.write(&(provider() + &import_block(id)));
    workspace.try_generate(GENERATED);
    let words = workspace.try_plan().failed().words();
    let errors: Vec<_> = words.split("Error: ").skip(1).collect();
    assert!(errors.iter().all(|error| error.starts_with("Missing value for org.")), "{words}");
    assert_eq!(errors.len(), 4, "{words}");
    let mut generated = workspace.read(GENERATED);
    for (name, value) in [
        ("environment_name ", "audit"),
        ("environment_type ", "live"),
        ("organization_name", "Acme"),
        ("organization_unit", "platform"),
    ] {
        let blank = format!("{name} = null");
        assert!(generated.contains(&blank), "{generated}");
        generated = generated.replacen(&blank, &format!("{name} = \"{value}\""), 1);
    }
    workspace.write_file(GENERATED, &generated);
}
