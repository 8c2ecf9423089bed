//! A document with parameters, and with what no attribute holds.

use aws_sdk_ssm::types::DocumentType;
use serde_json::{Value, json};

use crate::aws::{Aws, DOCUMENT};
use crate::workspace::{REGION, Workspace};

on_one_cli! {
    what_an_import_does_not_take_from_a_document_is_named,
    an_adopted_document_with_parameters_is_put_back,
    an_arn_in_the_place_of_a_name_is_no_matter_of_the_network,
}

fn parameterized() -> Value {
    json!({
        "schemaVersion": "1.0",
        "description": "Sessions of the platform",
        "sessionType": "Standard_Stream",
        "parameters": {
            "logBucket": {"type": "String", "default": "acme-logs"},
            "user": {"type": "String"},
        },
        "inputs": {
            "s3BucketName": "{{ logBucket }}",
            "s3KeyPrefix": "sessions/",
            "s3EncryptionEnabled": true,
            "cloudWatchLogGroupName": "",
            "kmsKeyId": "{{ key }}",
            "runAsEnabled": true,
            "runAsDefaultUser": "{{ user }}",
            "idleSessionTimeout": "15",
            "somethingOfTomorrow": "kept",
        },
    })
}

async fn create(aws: &Aws, content: &Value) {
    let call = aws.ssm.create_document().name(DOCUMENT).document_type(DocumentType::Session);
    call.content(content.to_string()).send().await.unwrap();
}

async fn what_an_import_does_not_take_from_a_document_is_named(workspace: Workspace) {
    create(&workspace.aws(), &parameterized()).await;
    workspace.configure("");
    let words = workspace.try_import(REGION).succeeded().words();
    for said in [
        "parameters.logBucket",
        "parameters.user",
        "inputs.s3BucketName: \"{{ logBucket }}\"",
        "inputs.kmsKeyId",
        "inputs.runAsDefaultUser",
        "inputs.somethingOfTomorrow: \"kept\"",
    ] {
        assert!(words.contains(said), "{said}: {words}");
    }
    assert!(!words.contains("inputs.idleSessionTimeout"), "it is held: {words}");
    assert_eq!(workspace.attributes()["settings"]["session"]["run_as"], "");
    assert_eq!(workspace.attributes()["settings"]["session"]["timeout"], 15);
}

async fn an_adopted_document_with_parameters_is_put_back(workspace: Workspace) {
    let aws = workspace.aws();
    create(&aws, &parameterized()).await;
    workspace.configure("document = { on_existing = \"adopt\" }");
    workspace.apply();
    workspace.destroy();
    assert_eq!(aws.document().await, parameterized());
}

async fn an_arn_in_the_place_of_a_name_is_no_matter_of_the_network(workspace: Workspace) {
    let mut content = parameterized();
    content["inputs"]["s3BucketName"] = json!("arn:aws:s3:::acme-logs");
    create(&workspace.aws(), &content).await;
    workspace.configure("");
    let words = workspace.try_import(REGION).succeeded().words();
    assert!(words.contains("inputs.s3BucketName: \"arn:aws:s3:::acme-logs\""), "{words}");
}
