//! Changes of the key: own, existing, none, another alias, multi-Region.

use super::{Change, bucket_key, destroy_takes_everything, given_key, id_of, input, start};
use crate::workspace::Workspace;

on_each_cli! {
    own_key_to_existing_and_back,
    multi_region_and_back,
}

on_terraform! {
    existing_key_to_another,
    own_key_to_none_and_back,
    no_key_to_existing_and_back,
    alias_name_and_back,
    alias_of_another_key_is_refused,
    key_settings_take_one_call,
    own_key_to_none_is_refused_for_roles_of_other_accounts,
}

const LOGS: &str = "cloudwatch = { enabled = true, skip_destroy = false }";

async fn own_key_to_existing_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    let given = given_key(&aws, &workspace.account.id).await;
    start(&workspace, LOGS);
    let parts = aws.parts_beside(&[&given]).await;
    let (own, bucket) = (parts.key_id.unwrap(), parts.bucket.unwrap());

    let existing = format!("{LOGS}\n kms = {{ enabled = false, key_id = \"{given}\" }}");
    let calls = Change::to("own key → existing key", &existing)
        .warns(&["A key is retired", "Sessions will need another key"])
        .retires(&["kms_key"])
        .apply(&workspace);
    calls.assert_in_order(&["AssociateKmsKey", "UpdateDocument"]);
    calls.assert_in_order(&["PutBucketEncryption", "UpdateDocument"]);
    assert_eq!(input(&aws, "kmsKeyId").await, given);
    assert_eq!(bucket_key(&aws, &bucket).await, Some(given.clone()));
    assert_eq!(aws.log_group(parts.log_group.as_deref().unwrap()).await.kms_key_id, Some(given.clone()));
    let kept = aws.parts_beside(&[&given]).await;
    assert_eq!((kept.key_id.as_ref(), kept.alias), (Some(&own), parts.alias), "retired, alias and all");

    let calls = Change::to("existing key → own key, retired before", LOGS).retires(&[]).apply(&workspace);
    assert!(!calls.has("CreateKey"), "{calls:?}");
    calls.assert_in_order(&["AssociateKmsKey", "UpdateDocument"]);
    assert_eq!(aws.parts_beside(&[&given]).await.key_id, Some(own));

    Change::to("own key → existing key", &existing).retires(&["kms_key"]).apply(&workspace);
    let calls = Change::to("existing key → own multi-Region key", &format!("{LOGS}\n kms = {{ multi_region = true }}"))
        .retires(&["kms_key"])
        .apply(&workspace);
    calls.assert_in_order(&["CreateKey", "UpdateAlias", "AssociateKmsKey", "UpdateDocument"]);
    Change::to("own multi-Region key → existing key", &existing).retires(&["kms_key", "kms_key"]).apply(&workspace);
    destroy_takes_everything(&workspace, &[id_of(&given)]).await;
}

async fn existing_key_to_another(workspace: Workspace) {
    let aws = workspace.aws();
    let (one, two) = (given_key(&aws, &workspace.account.id).await, given_key(&aws, &workspace.account.id).await);
    let with = |key: &str| format!("{LOGS}\n kms = {{ enabled = false, key_id = \"{key}\" }}");
    start(&workspace, &with(&one));
    let calls = Change::to("existing key → another existing key", &with(&two))
        .warns(&["Sessions will need another key"])
        .apply(&workspace);
    calls.assert_in_order(&["AssociateKmsKey", "UpdateDocument"]);
    calls.assert_in_order(&["PutBucketEncryption", "UpdateDocument"]);
    assert_eq!(input(&aws, "kmsKeyId").await, two);
    Change::to("existing key → another existing key, back", &with(&one)).apply(&workspace);
    let calls = Change::to("existing key → own key", LOGS).apply(&workspace);
    calls.assert_in_order(&["CreateKey", "CreateAlias", "AssociateKmsKey", "UpdateDocument"]);
    destroy_takes_everything(&workspace, &[id_of(&one), id_of(&two)]).await;
}

async fn own_key_to_none_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, LOGS);
    let before = aws.parts().await;
    let (group, bucket) = (before.log_group.clone().unwrap(), before.bucket.clone().unwrap());
    let calls = Change::to("own key → none", &format!("{LOGS}\n kms = {{ enabled = false }}"))
        .warns(&["A key is retired"])
        .retires(&["kms_key"])
        .apply(&workspace);
    calls.assert_in_order(&["UpdateDocument", "DisassociateKmsKey"]);
    calls.assert_in_order(&["UpdateDocument", "PutBucketEncryption"]);
    assert_eq!(input(&aws, "kmsKeyId").await, "");
    assert_eq!(input(&aws, "cloudWatchEncryptionEnabled").await, false);
    assert_eq!(aws.log_group(&group).await.kms_key_id, None);
    assert!(bucket_key(&aws, &bucket).await.is_none_or(|key| key.ends_with("alias/aws/s3")));

    let calls = Change::to("none → own key, retired before", LOGS).apply(&workspace);
    calls.assert_in_order(&["AssociateKmsKey", "UpdateDocument"]);
    calls.assert_in_order(&["PutBucketEncryption", "UpdateDocument"]);
    assert_eq!(aws.parts().await, before);
    Change::to("own key → none", &format!("{LOGS}\n kms = {{ enabled = false }}"))
        .retires(&["kms_key"])
        .apply(&workspace);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn no_key_to_existing_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    let given = given_key(&aws, &workspace.account.id).await;
    let none = format!("{LOGS}\n kms = {{ enabled = false }}");
    start(&workspace, &none);
    let existing = format!("{LOGS}\n kms = {{ enabled = false, key_id = \"{given}\" }}");
    let calls =
        Change::to("none → existing key", &existing).warns(&["Sessions will need another key"]).apply(&workspace);
    calls.assert_in_order(&["AssociateKmsKey", "UpdateDocument"]);
    calls.assert_in_order(&["PutBucketEncryption", "UpdateDocument"]);
    let calls = Change::to("existing key → none", &none).apply(&workspace);
    calls.assert_in_order(&["UpdateDocument", "DisassociateKmsKey"]);
    calls.assert_in_order(&["UpdateDocument", "PutBucketEncryption"]);
    let calls = Change::to("none → own key", LOGS).warns(&["Sessions will need another key"]).apply(&workspace);
    calls.assert_in_order(&["CreateKey", "CreateAlias", "AssociateKmsKey", "UpdateDocument"]);
    destroy_takes_everything(&workspace, &[id_of(&given)]).await;
}

async fn alias_name_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "");
    let before = aws.parts().await;
    let calls = Change::to("kms.alias_name", "kms = { alias_name = \"sessions\" }").apply(&workspace);
    assert_eq!(calls.writes(), ["CreateAlias", "DeleteAlias"]);
    let key = aws.kms.describe_key().key_id("alias/sessions").send().await.unwrap();
    assert_eq!(Some(key.key_metadata().unwrap().key_id()), before.key_id.as_deref());
    assert_eq!(aws.parts().await.alias, None, "the old alias is gone");

    let calls = Change::to("kms.alias_name, back", "").apply(&workspace);
    assert_eq!(calls.writes(), ["CreateAlias", "DeleteAlias"]);
    assert_eq!(aws.parts().await, before);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn alias_of_another_key_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    let given = given_key(&aws, &workspace.account.id).await;
    aws.kms.create_alias().alias_name("alias/taken").target_key_id(id_of(&given)).send().await.unwrap();
    start(&workspace, "");
    workspace.account.take_calls();
    workspace.configure("kms = { alias_name = \"taken\" }");
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("alias/taken") && words.contains(&given), "{words}");
    assert_eq!(workspace.account.take_calls().writes(), Vec::<&str>::new());
}

async fn multi_region_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, LOGS);
    let before = aws.parts().await;
    let calls = Change::to("kms.multi_region", &format!("{LOGS}\n kms = {{ multi_region = true }}"))
        .warns(&["A key is retired", "Sessions will need another key"])
        .retires(&["kms_key"])
        .apply(&workspace);
    calls.assert_in_order(&["CreateKey", "UpdateAlias", "AssociateKmsKey", "UpdateDocument"]);
    let alias = before.alias.clone().unwrap();
    let now =
        aws.kms.describe_key().key_id(&alias).send().await.unwrap().key_metadata().unwrap().arn().unwrap().to_owned();
    assert!(now.contains("key/mrk-"), "the alias moved to {now}");
    assert_eq!(input(&aws, "kmsKeyId").await, now);
    assert_eq!(aws.keys().await.len(), 2);

    let calls = Change::to("kms.multi_region, back", LOGS).retires(&["kms_key"]).apply(&workspace);
    assert!(!calls.has("CreateKey"), "{calls:?}");
    let now = aws.kms.describe_key().key_id(&alias).send().await.unwrap();
    assert_eq!(Some(now.key_metadata().unwrap().key_id()), before.key_id.as_deref());
    destroy_takes_everything(&workspace, &[]).await;
}

async fn key_settings_take_one_call(workspace: Workspace) {
    start(&workspace, "");
    for (row, settings, writes) in [
        ("kms.rotation_period_in_days", "kms = { rotation_period_in_days = 180 }", ["EnableKeyRotation"].as_slice()),
        ("kms.enable_key_rotation off", "kms = { enable_key_rotation = false }", &["DisableKeyRotation"]),
        ("kms.enable_key_rotation on", "", &["EnableKeyRotation"]),
        ("kms.deletion_window", "kms = { deletion_window = 7 }", &[]),
        ("kms.skip_destroy", "kms = { skip_destroy = true }", &[]),
        ("bucket.force_destroy", "bucket = { force_destroy = true }", &[]),
        ("bucket.skip_destroy", "bucket = { skip_destroy = true }", &[]),
        ("document.on_existing, on_destroy", "document = { on_existing = \"adopt\", on_destroy = \"delete\" }", &[]),
        (
            "kms.policy_statements",
            r#"kms = { policy_statements = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = "Ops", Effect = "Allow",
               Principal = { AWS = "arn:aws:iam::111122223333:root" }, Action = "kms:Decrypt", Resource = "*" }] }) }"#,
            &["PutKeyPolicy"],
        ),
        ("kms.policy_statements, back", "", &["PutKeyPolicy"]),
    ] {
        let calls = Change::to(row, settings).apply(&workspace);
        assert_eq!(calls.writes(), writes, "{row}");
    }
    destroy_takes_everything(&workspace, &[]).await;
}

async fn own_key_to_none_is_refused_for_roles_of_other_accounts(workspace: Workspace) {
    let role = "allowed_iam_role_arns = [\"arn:aws:iam::111122223333:role/nodes\"]";
    start(&workspace, role);
    workspace.account.take_calls();
    workspace.configure(&format!("{role}\n kms = {{ enabled = false }}"));
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("role/nodes") && words.contains("customer key"), "{words}");
    assert_eq!(workspace.account.take_calls().writes(), Vec::<&str>::new());
}
