//! Where aliases lead is looked at: one that was pointed elsewhere stays, one that a document names holds its key.

use aws_sdk_kms::types::KeyState;
use serde_json::json;

use crate::aws::DOCUMENT;
use crate::workspace::Workspace;

on_terraform! {
    alias_that_was_pointed_elsewhere_stays,
    document_that_names_the_key_by_an_alias_stops_the_destroy,
}

async fn alias_that_was_pointed_elsewhere_stays(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let before = aws.parts().await;
    workspace.configure("kms = { enabled = false }");
    workspace.apply();
    let other = aws.kms.create_key().send().await.unwrap().key_metadata().unwrap().arn().unwrap().to_owned();
    let alias = before.alias.clone().unwrap();
    aws.kms.update_alias().alias_name(&alias).target_key_id(&other).send().await.unwrap();
    workspace.destroy();
    assert_eq!(aws.key_state(&before.key_id.unwrap()).await, KeyState::PendingDeletion);
    let led = aws.kms.describe_key().key_id(&alias).send().await.unwrap();
    assert_eq!(led.key_metadata().unwrap().arn(), Some(other.as_str()));
}

async fn document_that_names_the_key_by_an_alias_stops_the_destroy(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("document = { enabled = false }");
    workspace.apply();
    let before = aws.parts().await;
    let key_id = before.key_id.clone().unwrap();
    aws.kms.create_alias().alias_name("alias/theirs").target_key_id(&key_id).send().await.unwrap();
    let arn = |alias: &str| format!("arn:aws:kms:eu-west-1:{}:{alias}", workspace.account.id);
    for named in ["alias/theirs".to_owned(), arn("alias/theirs"), arn(before.alias.as_deref().unwrap())] {
        let content = json!({
            "schemaVersion": "1.0",
            "description": "theirs",
            "sessionType": "Standard_Stream",
            "inputs": {"kmsKeyId": named},
        });
        let call = aws.ssm.create_document().name(DOCUMENT).document_type("Session".into());
        call.content(content.to_string()).send().await.unwrap();
        workspace.account.take_calls();
        let words = workspace.try_destroy().failed().words();
        assert!(
            words.contains("A document names a part that would be removed") && words.contains("the key"),
            "{named}: {words}"
        );
        assert_eq!(workspace.account.take_calls().writes(), Vec::<&str>::new());
        aws.ssm.delete_document().name(DOCUMENT).send().await.unwrap();
    }
    assert_eq!(aws.parts().await.key_id, before.key_id);
}
