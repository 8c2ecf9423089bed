//! The data source: what it says of a sound setup, of a broken account, and where there is nothing.

use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use aws_sdk_ssm::types::DocumentType;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::aws::{Aws, DOCUMENT};
use crate::moto::Account;
use crate::workspace::{REGION, Workspace, setup};

on_each_cli! {
    a_sound_setup_has_no_findings,
    a_broken_account_has_a_finding_for_every_fault,
    without_a_document_there_is_nothing_but_that_finding,
    what_may_not_be_read_is_a_finding,
    another_account_and_region_are_looked_at_through_a_role,
    nothing_is_read_while_the_provider_is_not_configured,
}

const HEADER: &str = r#"
terraform {
  required_providers {
    ssmsession = {
      source = "cloudopsworks/ssmsession"
    }
  }
}

provider "ssmsession" {
  region = "eu-west-1"
}
"#;

/// Content and shell profile are sensitive.
const OUTPUT: &str = r#"
output "preferences" {
  value = {
    for name, value in data.ssmsession_preferences.this :
    name => value if !contains(["content", "shell_profile"], name)
  }
}

output "shell_profile" {
  value     = data.ssmsession_preferences.this.shell_profile
  sensitive = true
}
"#;

/// A configuration of the data source, whose arguments are given, and what it answers as output.
fn look(arguments: &str) -> String {
    format!("{HEADER}\ndata \"ssmsession_preferences\" \"this\" {{\n{arguments}\n}}\n{OUTPUT}")
}

#[track_caller]
fn read(workspace: &Workspace, arguments: &str) -> Value {
    workspace.write(&look(arguments));
    workspace.apply();
    workspace.outputs()["preferences"]["value"].clone()
}

fn codes(preferences: &Value) -> Vec<(&str, &str)> {
    let findings = preferences["findings"].as_array().expect("a list").iter();
    findings.map(|finding| (finding["severity"].as_str().unwrap(), finding["code"].as_str().unwrap())).collect()
}

async fn a_sound_setup_has_no_findings(workspace: Workspace) {
    let settings = r#"
        cloudwatch = { enabled = true, streaming = true }
        session    = { timeout = 15, max_duration = 0, shell_profile = { linux = "cd ~" } }
    "#;
    let configuration = format!(
        "{}\ndata \"ssmsession_preferences\" \"this\" {{\n  depends_on = [ssmsession_setup.this]\n}}\n{OUTPUT}",
        setup(settings)
    );
    workspace.write(&configuration);
    workspace.apply();
    let preferences = workspace.outputs()["preferences"]["value"].clone();
    let parts = workspace.aws().parts().await;
    let account = &workspace.account.id;
    let key_arn = format!("arn:aws:kms:{REGION}:{account}:key/{}", parts.key_id.unwrap());
    let expected = json!({
        "exists": true,
        "account_id": account,
        "region": REGION,
        "name": DOCUMENT,
        "arn": format!("arn:aws:ssm:{REGION}:{account}:document/{DOCUMENT}"),
        "document_type": "Session",
        "status": "Active",
        "default_version": "1",
        "latest_version": "1",
        "s3_bucket_name": parts.bucket,
        "s3_key_prefix": "session-manager/",
        "s3_encryption_enabled": true,
        "cloudwatch_log_group_name": parts.log_group,
        "cloudwatch_encryption_enabled": true,
        "cloudwatch_streaming_enabled": true,
        "kms_key_id": key_arn,
        "run_as_enabled": false,
        "run_as_default_user": "",
        "idle_session_timeout": 15,
        "max_session_duration": null,
        "findings": [],
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&preferences[name], value, "{name}");
    }
    let profile = &workspace.outputs()["shell_profile"]["value"];
    assert_eq!(*profile, json!({"linux": "cd ~", "windows": ""}));
    assert_eq!(preferences["tags"]["organization"], "Acme");
    assert!(preferences["hash"].is_string());
    workspace.assert_plan_is_empty();

    workspace.account.take_calls();
    workspace.write(&look(""));
    workspace.plan();
    assert_eq!(workspace.account.take_calls().writes(), Vec::<&str>::new());
}

async fn a_broken_account_has_a_finding_for_every_fault(workspace: Workspace) {
    let (aws, account) = (workspace.aws(), &workspace.account);
    let session_key = make_key(&aws).await;
    aws.kms.disable_key().key_id(&session_key).send().await.unwrap();
    let bucket = format!("acme-logs-{}", account.id);
    make_dsse_bucket(&aws, &bucket).await;
    aws.logs.create_log_group().log_group_name("/acme/sessions").send().await.unwrap();
    make_document(&aws, DOCUMENT, &json!({"idleSessionTimeout": "20"})).await;
    let broken = json!({
        "s3BucketName": bucket,
        "s3EncryptionEnabled": true,
        "cloudWatchLogGroupName": "/acme/sessions",
        "cloudWatchEncryptionEnabled": true,
        "cloudWatchStreamingEnabled": "true",
        "kmsKeyId": session_key,
        "runAsEnabled": true,
        "runAsDefaultUser": "",
        "idleSessionTimeout": "90",
        "maxSessionDuration": 60,
    });
    let update = aws.ssm.update_document().name(DOCUMENT).document_version("$LATEST");
    update.content(document(&broken)).send().await.unwrap();

    let preferences = read(&workspace, "");
    assert_eq!(
        codes(&preferences),
        [
            ("error", "bucket_encryption"),
            ("error", "log_group_unencrypted"),
            ("error", "key_disabled"),
            ("error", "streaming_not_boolean"),
            ("warning", "default_version_behind"),
            ("warning", "run_as_without_user"),
            ("warning", "idle_timeout_out_of_range"),
        ]
    );
    let shown = preferences["findings"].to_string().replace(&session_key, "<key>").replace(&account.id, "<account>");
    assert_json_snapshot!("broken", serde_json::from_str::<Value>(&shown).unwrap());

    // Worse still: what was wrong is gone.
    aws.kms.schedule_key_deletion().key_id(&session_key).send().await.unwrap();
    aws.s3.delete_bucket().bucket(&bucket).send().await.unwrap();
    aws.logs.delete_log_group().log_group_name("/acme/sessions").send().await.unwrap();
    let preferences = read(&workspace, "");
    let found = codes(&preferences);
    for code in ["bucket_missing", "log_group_missing", "key_pending_deletion"] {
        assert!(found.contains(&("error", code)), "{code}: {found:?}");
    }
}

async fn without_a_document_there_is_nothing_but_that_finding(workspace: Workspace) {
    let preferences = read(&workspace, "");
    assert_eq!(preferences["exists"], false);
    assert_eq!(preferences["account_id"], workspace.account.id.as_str());
    assert_eq!(codes(&preferences), [("warning", "document_missing")]);
    for absent in ["arn", "status", "tags", "s3_bucket_name", "run_as_enabled", "idle_session_timeout"] {
        assert_eq!(preferences[absent], Value::Null, "{absent}");
    }

    make_document(&workspace.aws(), "Acme-Shell", &json!({"s3BucketName": "acme-nowhere"})).await;
    let preferences = read(&workspace, "name = \"Acme-Shell\"");
    assert_eq!(preferences["exists"], true);
    assert_eq!(preferences["s3_bucket_name"], "acme-nowhere");
    assert_eq!(codes(&preferences), [("error", "bucket_missing")]);
    assert_eq!(codes(&read(&workspace, "name = \"Acme-Other\"")), [("error", "document_missing")]);
}

async fn what_may_not_be_read_is_a_finding(workspace: Workspace) {
    let aws = workspace.aws();
    let bucket = format!("acme-logs-{}", workspace.account.id);
    make_dsse_bucket(&aws, &bucket).await;
    make_document(&aws, DOCUMENT, &json!({"s3BucketName": bucket, "s3EncryptionEnabled": true})).await;
    workspace.account.refuse("GetBucketEncryption", "AccessDenied", 403, 1000);
    let preferences = read(&workspace, "");
    assert_eq!(codes(&preferences), [("unknown", "bucket_unreadable")]);
    assert_eq!(preferences["s3_bucket_name"], bucket.as_str());

    workspace.account.refuse("GetDocument", "AccessDeniedException", 403, 1000);
    let preferences = read(&workspace, "");
    assert_eq!(codes(&preferences), [("unknown", "document_unreadable")]);
    assert_eq!(preferences["exists"], Value::Null);
}

async fn another_account_and_region_are_looked_at_through_a_role(workspace: Workspace) {
    let other = Account::new();
    make_document(&Aws::of(&other, "us-east-1"), DOCUMENT, &json!({"idleSessionTimeout": "7"})).await;
    let role_arn = format!("arn:aws:iam::{}:role/onlooker", other.id);
    let arguments = format!("region = \"us-east-1\"\nassume_role = {{ role_arn = \"{role_arn}\" }}");
    let preferences = read(&workspace, &arguments);
    assert_eq!(preferences["account_id"], other.id.as_str());
    assert_eq!(preferences["region"], "us-east-1");
    assert_eq!(preferences["idle_session_timeout"], 7);
    assert_eq!(codes(&preferences), [("warning", "no_logging")]);

    workspace.account.refuse_role(&role_arn);
    let words = workspace.try_plan().failed().words();
    assert!(words.contains(&role_arn), "the role is named: {words}");
    assert_eq!(words.matches("Error:").count(), 1, "{words}");
}

async fn nothing_is_read_while_the_provider_is_not_configured(workspace: Workspace) {
    let header = HEADER.replace("\"eu-west-1\"", "terraform_data.region.output");
    workspace.write(&format!(
        "{header}\nresource \"terraform_data\" \"region\" {{ input = \"eu-west-1\" }}\n\
         data \"ssmsession_preferences\" \"this\" {{}}\n{OUTPUT}"
    ));
    let outcome = workspace.try_plan();
    assert_eq!(outcome.code, 2, "{outcome}");
    assert!(outcome.words().contains("The preferences were not read"), "{outcome}");
    workspace.apply();
    workspace.apply();
    assert_eq!(workspace.outputs()["preferences"]["value"]["exists"], false);
}

fn document(inputs: &Value) -> String {
    json!({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}).to_string()
}

async fn make_document(aws: &Aws, name: &str, inputs: &Value) {
    let call = aws.ssm.create_document().name(name).document_type(DocumentType::Session);
    call.content(document(inputs)).send().await.unwrap();
}

/// The ARN of a new key.
async fn make_key(aws: &Aws) -> String {
    let created = aws.kms.create_key().send().await.unwrap();
    created.key_metadata().unwrap().arn().unwrap().to_owned()
}

async fn make_dsse_bucket(aws: &Aws, bucket: &str) {
    let place =
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(REGION)).build();
    aws.s3.create_bucket().bucket(bucket).create_bucket_configuration(place).send().await.unwrap();
    let default = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKmsDsse);
    let rule =
        ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default.build().unwrap()).build();
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    let call = aws.s3.put_bucket_encryption().bucket(bucket);
    call.server_side_encryption_configuration(configuration).send().await.unwrap();
}
