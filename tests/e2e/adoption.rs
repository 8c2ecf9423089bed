//! A document that exists already: refused, adopted, restored, or retained.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::{DocumentFormat, DocumentType, ResourceTypeForTagging, Tag};
use serde_json::{Value, json};

use crate::aws::{Aws, DOCUMENT};
use crate::fixtures::key_id_of;
use crate::workspace::{REGION, Workspace, setup};

on_each_cli! {
    existing_document_is_refused_with_what_would_change,
    adopted_document_is_put_back,
}

on_one_cli! {
    adopting_again_after_a_lost_state_finds_what_stood_first,
    document_of_another_type_is_refused,
    document_of_cloudformation_is_refused,
    the_import_command_names_the_role,
    adopted_document_is_deleted_when_told,
    adopted_document_is_retained_when_told,
    adopted_document_is_put_back_when_switched_off,
    document_that_names_something_gone_is_not_put_back,
    document_that_names_a_disabled_key_is_not_put_back,
    document_that_names_what_goes_is_not_put_back,
    refused_restore_keeps_the_state_and_goes_on,
}

const ADOPT: &str = "document = { on_existing = \"adopt\" }";

/// Preferences as the console writes them, and an input that the provider does not know.
fn preferences() -> Value {
    json!({
        "schemaVersion": "1.0",
        "description": "Document to hold regional settings for Session Manager",
        "sessionType": "Standard_Stream",
        "inputs": {
            "s3BucketName": "",
            "s3KeyPrefix": "",
            "s3EncryptionEnabled": true,
            "cloudWatchLogGroupName": "",
            "cloudWatchEncryptionEnabled": true,
            "cloudWatchStreamingEnabled": false,
            "kmsKeyId": "",
            "runAsEnabled": false,
            "runAsDefaultUser": "",
            "idleSessionTimeout": "20",
            "maxSessionDuration": "",
            "somethingOfTomorrow": "kept",
            "shellProfile": {"linux": "", "windows": ""},
        },
    })
}

fn own_tags() -> BTreeMap<String, String> {
    [("team", "console"), ("cost-center", "42")].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

async fn create(aws: &Aws, content: &Value, document_type: DocumentType) {
    let tags = own_tags().into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build().unwrap());
    aws.ssm
        .create_document()
        .name(DOCUMENT)
        .document_type(document_type)
        .document_format(DocumentFormat::Json)
        .content(serde_json::to_string_pretty(content).unwrap())
        .set_tags(Some(tags.collect()))
        .send()
        .await
        .unwrap();
}

/// Makes the document as the console does: two versions, and the second is the default.
async fn console_document(aws: &Aws) {
    let mut first = preferences();
    first["inputs"]["idleSessionTimeout"] = json!("60");
    create(aws, &first, DocumentType::Session).await;
    let second = serde_json::to_string_pretty(&preferences()).unwrap();
    let update = aws.ssm.update_document().name(DOCUMENT).document_version("$LATEST").content(second);
    update.send().await.unwrap();
    aws.ssm.update_document_default_version().name(DOCUMENT).document_version("2").send().await.unwrap();
}

async fn assert_restored(aws: &Aws) {
    assert_eq!(aws.document().await, preferences());
    assert_eq!(aws.document_tags().await, own_tags());
    assert_latest_is_default(aws).await;
}

async fn assert_latest_is_default(aws: &Aws) {
    let described = aws.ssm.describe_document().name(DOCUMENT).send().await.unwrap();
    let document = described.document().unwrap();
    assert_eq!(document.default_version(), document.latest_version());
}

fn previous(workspace: &Workspace) -> Value {
    let previous = workspace.attributes()["previous_document"].clone();
    previous.as_str().map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

async fn existing_document_is_refused_with_what_would_change(workspace: Workspace) {
    let aws = workspace.aws();
    console_document(&aws).await;
    workspace.configure("");
    let words = workspace.try_plan().failed().words();
    for said in [
        "preferences exist already",
        "does not carry the mark",
        "inputs.s3BucketName",
        "inputs.maxSessionDuration",
        "inputs.somethingOfTomorrow",
        "terraform import",
        "on_existing = \"adopt\"",
        "untaint",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(!words.contains("inputs.idleSessionTimeout"), "it stays: {words}");
    workspace.account.take_calls().assert_no_writes();
    assert_restored(&aws).await;
}

async fn adopted_document_is_put_back(workspace: Workspace) {
    let aws = workspace.aws();
    console_document(&aws).await;
    workspace.configure(ADOPT);
    let planned = workspace.try_plan();
    assert!(planned.code == 2 && planned.words().contains("is adopted"), "{planned}");
    workspace.apply_saved_plan();
    let calls = workspace.account.take_calls();
    calls.assert_in_order(&["AddTagsToResource", "UpdateDocument", "UpdateDocumentDefaultVersion"]);
    calls.assert_document_never_broke();
    workspace.assert_plan_is_empty();

    let attributes = workspace.attributes();
    assert_eq!(attributes["document"]["adopted"], true);
    assert_eq!(previous(&workspace), preferences());
    let tags = aws.document_tags().await;
    let stamp = attributes["stamp"].as_str().unwrap();
    assert_eq!(tags["ssm-session-setup-stamp"], format!("{stamp}/2"), "the version that stood before");
    assert_eq!(tags["organization"], "Acme");
    assert!(!tags.contains_key("team"), "{tags:?}");
    assert_latest_is_default(&aws).await;

    // Neither a refresh nor further changes affect the document to restore.
    workspace.refresh();
    workspace.configure(&format!("{ADOPT}\n session = {{ timeout = 5 }}"));
    workspace.apply();
    assert_eq!(previous(&workspace), preferences());
    workspace.destroy();
    assert_restored(&aws).await;
    assert_eq!(aws.parts().await.bucket, None);
}

async fn adopting_again_after_a_lost_state_finds_what_stood_first(workspace: Workspace) {
    let aws = workspace.aws();
    console_document(&aws).await;
    workspace.configure(ADOPT);
    workspace.apply();
    let before = aws.parts().await;
    workspace.configure(&format!("{ADOPT}\n session = {{ timeout = 5 }}"));
    workspace.apply();
    workspace.forget();

    workspace.configure("");
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("It carries the mark of this setup"), "{words}");
    workspace.configure(ADOPT);
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!(previous(&workspace), preferences(), "the console's, not our own");
    assert_eq!(aws.parts().await, before, "everything is taken over");
    let tags = aws.document_tags().await;
    let stamp = workspace.attributes()["stamp"].as_str().unwrap().to_owned();
    assert_eq!(tags["ssm-session-setup-stamp"], format!("{stamp}/2"));
    workspace.destroy();
    assert_eq!(aws.document().await, preferences());
    let tags = aws.document_tags().await;
    assert!(!tags.keys().any(|key| key.starts_with("ssm-session-setup")), "{tags:?}");
}

async fn document_of_another_type_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    let command = json!({"schemaVersion": "2.2", "description": "x", "mainSteps": []});
    create(&aws, &command, DocumentType::Command).await;
    workspace.configure(ADOPT);
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("another type") && words.contains("Command"), "{words}");
    let words = workspace.try_import(REGION).failed().words();
    assert!(words.contains("another type") && words.contains("Command"), "{words}");
}

async fn the_import_command_names_the_role(workspace: Workspace) {
    console_document(&workspace.aws()).await;
    let role_arn = format!("arn:aws:iam::{}:role/setup", workspace.account.id);
    let role = format!("region = \"eu-west-1\"\n  assume_role = {{ role_arn = \"{role_arn}\" }}\n  org = {{");
    workspace.write(&setup("").replace("org = {", &role));
    let words = workspace.try_plan().failed().words();
    let command = format!("terraform import <address> '{}/eu-west-1,{role_arn}'", workspace.account.id);
    assert!(words.contains(&command), "{words}");
}

async fn document_of_cloudformation_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    console_document(&aws).await;
    let tag = Tag::builder().key("aws:cloudformation:stack-name").value("quick-setup").build().unwrap();
    let call = aws.ssm.add_tags_to_resource().resource_type(ResourceTypeForTagging::Document);
    call.resource_id(DOCUMENT).tags(tag).send().await.unwrap();
    workspace.configure(ADOPT);
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("CloudFormation stack quick-setup"), "{words}");
    let words = workspace.try_import(REGION).failed().words();
    assert!(words.contains("CloudFormation stack quick-setup"), "{words}");
    workspace.account.take_calls().assert_no_writes();
}

async fn adopted_document_is_deleted_when_told(workspace: Workspace) {
    let aws = workspace.aws();
    console_document(&aws).await;
    workspace.configure("document = { on_existing = \"adopt\", on_destroy = \"delete\" }");
    workspace.apply();
    workspace.destroy();
    assert!(!aws.parts().await.document);
}

async fn adopted_document_is_retained_when_told(workspace: Workspace) {
    let aws = workspace.aws();
    console_document(&aws).await;
    workspace.configure("cloudwatch = { enabled = true, skip_destroy = false }\n document = { on_existing = \"adopt\", on_destroy = \"retain\" }");
    workspace.apply();
    let before = (aws.parts().await, aws.document().await);
    workspace.account.take_calls();
    workspace.destroy();
    assert_eq!((aws.parts().await, aws.document().await), before, "it keeps everything that it names");
    workspace.account.take_calls().assert_no_writes();
    assert!(workspace.state_is_empty());
}

async fn adopted_document_is_put_back_when_switched_off(workspace: Workspace) {
    let aws = workspace.aws();
    console_document(&aws).await;
    workspace.configure(ADOPT);
    workspace.apply();
    workspace.configure("document = { enabled = false, on_existing = \"adopt\" }");
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_restored(&aws).await;
    workspace.configure(ADOPT);
    workspace.apply();
    workspace.assert_plan_is_empty();
    assert_eq!(previous(&workspace), preferences());
    workspace.destroy();
    assert_restored(&aws).await;
}

async fn document_that_names_something_gone_is_not_put_back(workspace: Workspace) {
    let aws = workspace.aws();
    let group = "/of-the-console";
    aws.logs.create_log_group().log_group_name(group).send().await.unwrap();
    let mut content = preferences();
    content["inputs"]["cloudWatchLogGroupName"] = json!(group);
    content["inputs"]["cloudWatchEncryptionEnabled"] = json!(false);
    create(&aws, &content, DocumentType::Session).await;
    workspace.configure(ADOPT);
    workspace.apply();
    aws.logs.delete_log_group().log_group_name(group).send().await.unwrap();
    workspace.account.take_calls();
    let words = workspace.try_destroy().failed().words();
    assert!(words.contains(group) && words.contains("on_destroy"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    workspace.configure("document = { on_existing = \"adopt\", on_destroy = \"delete\" }");
    workspace.apply();
    workspace.destroy();
    assert!(!aws.parts().await.document);
}

async fn document_that_names_a_disabled_key_is_not_put_back(workspace: Workspace) {
    let aws = workspace.aws();
    let key = key_id_of(&aws.create_key().await);
    let mut content = preferences();
    content["inputs"]["kmsKeyId"] = json!(key);
    create(&aws, &content, DocumentType::Session).await;
    workspace.configure(ADOPT);
    workspace.apply();
    aws.kms.disable_key().key_id(&key).send().await.unwrap();
    workspace.account.take_calls();
    let words = workspace.try_destroy().failed().words();
    assert!(words.contains(&key) && words.contains("gone or not enabled"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    aws.kms.enable_key().key_id(&key).send().await.unwrap();
    workspace.destroy();
    assert_eq!(aws.document().await, content);
}

/// The adopted document names a log group of the derived name. The setup has taken it over, and a destroy would delete it.
async fn document_that_names_what_goes_is_not_put_back(workspace: Workspace) {
    let aws = workspace.aws();
    let group = "/aws/ssm/session-manager/audit-platform-audit-live-001-euwe1";
    aws.logs.create_log_group().log_group_name(group).send().await.unwrap();
    let mut content = preferences();
    content["inputs"]["cloudWatchLogGroupName"] = json!(group);
    content["inputs"]["cloudWatchEncryptionEnabled"] = json!(false);
    create(&aws, &content, DocumentType::Session).await;
    let settings = |more: &str| {
        format!("cloudwatch = {{ enabled = true, retention = 0 {more} }}\n document = {{ on_existing = \"adopt\" }}")
    };
    workspace.configure(&settings(", skip_destroy = false"));
    workspace.apply();
    workspace.account.take_calls();
    let words = workspace.try_destroy().failed().words();
    assert!(words.contains(group) && words.contains("which this destroy removes"), "{words}");
    workspace.account.take_calls().assert_no_writes();
    workspace.configure(&settings(""));
    workspace.apply();
    workspace.destroy();
    assert_eq!(aws.document().await, content, "with its log group it can");
}

async fn refused_restore_keeps_the_state_and_goes_on(workspace: Workspace) {
    let aws = workspace.aws();
    console_document(&aws).await;
    workspace.configure(ADOPT);
    workspace.apply();
    workspace.account.refuse("UpdateDocument", "AccessDeniedException", 403, 1);
    workspace.try_destroy().failed();
    assert_eq!(previous(&workspace), preferences());
    workspace.destroy();
    assert_restored(&aws).await;
}
