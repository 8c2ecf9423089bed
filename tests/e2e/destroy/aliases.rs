//! The targets of aliases are observed: an alias with another target stays, and a document that names an alias keeps its
//! key.

use aws_sdk_kms::types::KeyState;
use serde_json::json;

use crate::workspace::Workspace;

on_one_cli! {
    alias_with_another_target_stays,
    document_that_names_the_key_by_an_alias_stops_the_destroy,
}

async fn alias_with_another_target_stays(workspace: Workspace) {
    let aws = workspace.aws();
    workspace.configure("");
    workspace.apply();
    let before = aws.parts().await;
    workspace.configure("kms = { enabled = false }");
    workspace.apply();
    let other = aws.create_key().await;
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
        aws.create_document(&json!({"kmsKeyId": named})).await;
        workspace.account.take_calls();
        let words = workspace.try_destroy().failed().words();
        assert!(
            words.contains("A document names a part that would be removed") && words.contains("the key"),
            "{named}: {words}"
        );
        workspace.account.take_calls().assert_no_writes();
        aws.delete_document().await;
    }
    assert_eq!(aws.parts().await.key_id, before.key_id);
}
