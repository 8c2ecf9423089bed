//! The data source: its findings for a correct setup, for a broken account, and without preferences.

use aws_sdk_s3::types::{
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::aws::{Aws, DOCUMENT};
use crate::fixtures::content;
use crate::moto::Account;
use crate::workspace::{REGION, Workspace, provider, setup};

on_each_cli! {
    a_sound_setup_has_no_findings,
    a_broken_account_has_a_finding_for_every_fault,
    without_a_document_there_is_nothing_but_that_finding,
    what_may_not_be_read_is_a_finding,
    another_account_and_region_are_looked_at_through_a_role,
    nothing_is_read_while_the_provider_is_not_configured,
}

on_one_cli! {
    a_name_that_is_none_is_a_finding,
}

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

/// A configuration of the data source with these arguments, and its result as an output.
fn configuration(arguments: &str) -> String {
    format!("{}\ndata \"ssmsession_preferences\" \"this\" {{\n{arguments}\n}}\n{OUTPUT}", provider())
}

#[track_caller]
fn read(workspace: &Workspace, arguments: &str) -> Value {
    workspace.write(&configuration(arguments));
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
    let whole = format!(
        "{}\ndata \"ssmsession_preferences\" \"this\" {{\n  depends_on = [ssmsession_setup.this]\n}}\n{OUTPUT}",
        setup(settings)
    );
    workspace.write(&whole);
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
    workspace.write(&configuration(""));
    workspace.plan();
    workspace.account.take_calls().assert_no_writes();
}

async fn a_broken_account_has_a_finding_for_every_fault(workspace: Workspace) {
    let (aws, account) = (workspace.aws(), &workspace.account);
    let session_key = aws.create_key().await;
    aws.kms.disable_key().key_id(&session_key).send().await.unwrap();
    let bucket = format!("acme-logs-{}", account.id);
    make_dsse_bucket(&aws, &bucket).await;
    aws.logs.create_log_group().log_group_name("/acme/sessions").send().await.unwrap();
    aws.create_document(&json!({"idleSessionTimeout": "20"})).await;
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
    update.content(content(&broken).to_string()).send().await.unwrap();

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

    // The parts that the findings name are deleted.
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

    workspace.aws().create_document_named("Acme-Shell", &json!({"s3BucketName": "acme-nowhere"})).await;
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
    aws.create_document(&json!({"s3BucketName": bucket, "s3EncryptionEnabled": true})).await;
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
    Aws::of(&other, "us-east-1").create_document(&json!({"idleSessionTimeout": "7"})).await;
    let role_arn = format!("arn:aws:iam::{}:role/observer", other.id);
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
    let header = provider().replace("\"eu-west-1\"", "terraform_data.region.output");
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

async fn make_dsse_bucket(aws: &Aws, bucket: &str) {
    aws.create_bucket(bucket).await;
    let default = ServerSideEncryptionByDefault::builder().sse_algorithm(ServerSideEncryption::AwsKmsDsse);
    let rule =
        ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default.build().unwrap()).build();
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    let call = aws.s3.put_bucket_encryption().bucket(bucket);
    call.server_side_encryption_configuration(configuration).send().await.unwrap();
}

async fn a_name_that_is_none_is_a_finding(workspace: Workspace) {
    let inputs = json!({"s3BucketName": "arn:aws:s3:::acme-logs", "idleSessionTimeout": "20"});
    workspace.aws().create_document(&inputs).await;
    let preferences = read(&workspace, "");
    assert_eq!(codes(&preferences), [("error", "bucket_invalid")]);
    let finding = preferences["findings"][0].to_string();
    assert!(finding.contains("arn:aws:s3:::acme-logs") && finding.contains("not the name of a bucket"), "{finding}");
}
