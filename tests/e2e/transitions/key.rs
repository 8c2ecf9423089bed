//! Changes of the key: own, existing, none, another alias, multi-Region.

use aws_sdk_kms::types::{KeySpec, KeyUsageType};

use super::{Change, bucket_key, destroy_takes_everything, input, refused, start};
use crate::aws::Aws;
use crate::fixtures::key_id_of;
use crate::workspace::Workspace;

on_each_cli! {
    own_key_to_existing_and_back,
    own_key_to_existing_by_its_alias_and_back,
    multi_region_and_back,
    no_key_to_existing_and_back,
    own_key_to_none_and_back,
}

on_one_cli! {
    existing_key_to_another,
    existing_key_that_does_not_suit_is_refused,
    alias_that_a_retired_key_holds_is_given_back,
    retired_key_under_another_alias_loses_the_old_one,
    alias_name_and_back,
    alias_of_another_key_is_refused,
    key_settings_take_one_call,
    own_key_to_none_is_refused_for_roles_of_other_accounts,
}

const LOGS: &str = "cloudwatch = { enabled = true, skip_destroy = false }";

async fn own_key_to_existing_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    let key_arn = aws.create_key_for_logs(&workspace.account).await;
    start(&workspace, LOGS);
    let parts = aws.parts_beside(&[&key_arn]).await;
    let (own, bucket) = (parts.key_id.unwrap(), parts.bucket.unwrap());

    let existing = format!("{LOGS}\n kms = {{ enabled = false, key_id = \"{key_arn}\" }}");
    let calls = Change::to("own key → existing key", &existing)
        .warns(&["Parts are retired", "Sessions will need new permissions"])
        .retires(&["kms_key"])
        .apply(&workspace);
    calls.assert_in_order(&["AssociateKmsKey", "UpdateDocument"]);
    calls.assert_in_order(&["PutBucketEncryption", "UpdateDocument"]);
    assert_eq!(input(&aws, "kmsKeyId").await, key_arn);
    assert_eq!(bucket_key(&aws, &bucket).await, Some(key_arn.clone()));
    assert_eq!(aws.log_group(parts.log_group.as_deref().unwrap()).await.kms_key_id, Some(key_arn.clone()));
    let kept = aws.parts_beside(&[&key_arn]).await;
    assert_eq!((kept.key_id.as_ref(), kept.alias), (Some(&own), parts.alias), "retired, alias and all");

    let calls = Change::to("existing key → own key, retired before", LOGS).retires(&[]).apply(&workspace);
    assert!(!calls.has("CreateKey"), "{calls:?}");
    calls.assert_in_order(&["AssociateKmsKey", "UpdateDocument"]);
    assert_eq!(aws.parts_beside(&[&key_arn]).await.key_id, Some(own));

    Change::to("own key → existing key", &existing).retires(&["kms_key"]).apply(&workspace);
    let calls = Change::to("existing key → own multi-Region key", &format!("{LOGS}\n kms = {{ multi_region = true }}"))
        .retires(&["kms_key"])
        .apply(&workspace);
    calls.assert_in_order(&["CreateKey", "UpdateAlias", "AssociateKmsKey", "UpdateDocument"]);
    Change::to("own multi-Region key → existing key", &existing).retires(&["kms_key", "kms_key"]).apply(&workspace);
    destroy_takes_everything(&workspace, &[key_id_of(&key_arn)]).await;
}

async fn own_key_to_existing_by_its_alias_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    let key_arn = aws.create_key_for_logs(&workspace.account).await;
    aws.kms.create_alias().alias_name("alias/central").target_key_id(key_id_of(&key_arn)).send().await.unwrap();
    let untouched = properties_of(&aws, &key_arn).await;
    start(&workspace, LOGS);
    let existing = format!("{LOGS}\n kms = {{ enabled = false, key_alias = \"central\" }}");
    let calls = Change::to("own key → existing key by key_alias", &existing)
        .warns(&["Parts are retired", "Sessions will need new permissions"])
        .retires(&["kms_key"])
        .apply(&workspace);
    calls.assert_in_order(&["AssociateKmsKey", "UpdateDocument"]);
    calls.assert_in_order(&["PutBucketEncryption", "UpdateDocument"]);
    assert_eq!(input(&aws, "kmsKeyId").await, key_arn, "the document names the key itself");
    let by_id = format!("{LOGS}\n kms = {{ enabled = false, key_id = \"{key_arn}\" }}");
    let calls = Change::to("key_alias → key_id of the same key", &by_id).retires(&["kms_key"]).apply(&workspace);
    calls.assert_no_writes();
    let calls = Change::to("existing key by key_id → own key", LOGS).apply(&workspace);
    assert!(!calls.has("CreateKey"), "{calls:?}");
    Change::to("own key → existing key by key_alias", &existing).retires(&["kms_key"]).apply(&workspace);
    destroy_takes_everything(&workspace, &[key_id_of(&key_arn)]).await;
    assert_eq!(properties_of(&aws, &key_arn).await, untouched, "an existing key is only read");
}

/// Every property of an existing key that a write could change.
async fn properties_of(aws: &Aws, arn: &str) -> String {
    let key = aws.kms.describe_key().key_id(arn).send().await.unwrap();
    let policy = aws.kms.get_key_policy().key_id(arn).send().await.unwrap();
    let rotation = aws.kms.get_key_rotation_status().key_id(arn).send().await.unwrap();
    let aliases = aws.kms.list_aliases().key_id(arn).send().await.unwrap();
    let metadata = key.key_metadata().unwrap();
    format!(
        "{:?} {:?} {:?} {} {:?} {:?}",
        metadata.key_state(),
        metadata.description(),
        policy.policy(),
        rotation.key_rotation_enabled(),
        aliases.aliases().iter().map(|alias| alias.alias_name()).collect::<Vec<_>>(),
        aws.key_tags(arn).await,
    )
}

async fn existing_key_that_does_not_suit_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, LOGS);
    let disabled = aws.create_key_for_logs(&workspace.account).await;
    aws.kms.disable_key().key_id(key_id_of(&disabled)).send().await.unwrap();
    let signing = aws.kms.create_key().key_spec(KeySpec::EccNistP256).key_usage(KeyUsageType::SignVerify);
    let signing = signing.send().await.unwrap().key_metadata().unwrap().arn().unwrap().to_owned();
    // The default policy admits the account alone.
    let closed = aws.create_key().await;
    let elsewhere = disabled.replace("eu-west-1", "eu-central-1");
    let missing = format!("arn:aws:kms:eu-west-1:{}:key/00000000-0000-0000-0000-000000000000", workspace.account.id);
    for (what, key, said) in [
        ("disabled", &disabled, "is Disabled"),
        ("asymmetric", &signing, "is not a symmetric encryption key"),
        ("closed to CloudWatch Logs", &closed, "allows nothing to logs.eu-west-1.amazonaws.com"),
        ("in another region", &elsewhere, "eu-central-1"),
        ("missing", &missing, "exists in this account and region"),
    ] {
        let existing = format!("{LOGS}\n kms = {{ enabled = false, key_id = \"{key}\" }}");
        refused(&workspace, &format!("own key → existing key, {what}"), &existing, &[said]);
    }
}

async fn alias_that_a_retired_key_holds_is_given_back(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, LOGS);
    let old = aws.parts().await;
    let multi_region = |alias: &str| format!("{LOGS}\n kms = {{ multi_region = true {alias} }}");
    Change::to("kms.multi_region and alias_name", &multi_region(", alias_name = \"sessions\""))
        .warns(&["Parts are retired"])
        .retires(&["kms_key"])
        .apply(&workspace);
    assert_eq!(workspace.attributes()["retired"][0]["name"], old.alias.clone().unwrap());
    let calls = Change::to("kms.alias_name that a retired key holds", &multi_region(""))
        .retires(&["kms_key"])
        .apply(&workspace);
    calls.assert_in_order(&["UpdateAlias", "DeleteAlias"]);
    assert_eq!(workspace.attributes()["retired"][0]["name"], old.key_id.clone().unwrap(), "it has no alias any more");
    let now = aws.kms.describe_key().key_id(old.alias.as_deref().unwrap()).send().await.unwrap();
    assert!(now.key_metadata().unwrap().key_id().starts_with("mrk-"));
    assert!(aws.kms.describe_key().key_id("alias/sessions").send().await.is_err());
    destroy_takes_everything(&workspace, &[]).await;
}

async fn retired_key_under_another_alias_loses_the_old_one(workspace: Workspace) {
    let aws = workspace.aws();
    let key_arn = aws.create_key_for_logs(&workspace.account).await;
    start(&workspace, LOGS);
    let old = aws.parts_beside(&[&key_arn]).await;
    Change::to("own key → existing key", &format!("{LOGS}\n kms = {{ enabled = false, key_id = \"{key_arn}\" }}"))
        .retires(&["kms_key"])
        .apply(&workspace);
    let calls = Change::to(
        "existing key → retired key, another alias",
        &format!("{LOGS}\n kms = {{ alias_name = \"sessions\" }}"),
    )
    .apply(&workspace);
    calls.assert_in_order(&["CreateAlias", "UpdateDocument", "DeleteAlias"]);
    let now = aws.kms.describe_key().key_id("alias/sessions").send().await.unwrap();
    assert_eq!(Some(now.key_metadata().unwrap().key_id()), old.key_id.as_deref());
    assert_eq!(aws.parts_beside(&[&key_arn]).await.alias, None);
    destroy_takes_everything(&workspace, &[key_id_of(&key_arn)]).await;
}

async fn existing_key_to_another(workspace: Workspace) {
    let aws = workspace.aws();
    let (one, two) =
        (aws.create_key_for_logs(&workspace.account).await, aws.create_key_for_logs(&workspace.account).await);
    let with = |key: &str| format!("{LOGS}\n kms = {{ enabled = false, key_id = \"{key}\" }}");
    start(&workspace, &with(&one));
    let calls = Change::to("existing key → another existing key", &with(&two))
        .warns(&["Sessions will need new permissions"])
        .apply(&workspace);
    calls.assert_in_order(&["AssociateKmsKey", "UpdateDocument"]);
    calls.assert_in_order(&["PutBucketEncryption", "UpdateDocument"]);
    assert_eq!(input(&aws, "kmsKeyId").await, two);
    Change::to("existing key → another existing key, back", &with(&one)).apply(&workspace);
    let calls = Change::to("existing key → own key", LOGS).apply(&workspace);
    calls.assert_in_order(&["CreateKey", "CreateAlias", "AssociateKmsKey", "UpdateDocument"]);
    destroy_takes_everything(&workspace, &[key_id_of(&one), key_id_of(&two)]).await;
}

async fn own_key_to_none_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, LOGS);
    let before = aws.parts().await;
    let (group, bucket) = (before.log_group.clone().unwrap(), before.bucket.clone().unwrap());
    let calls = Change::to("own key → none", &format!("{LOGS}\n kms = {{ enabled = false }}"))
        .warns(&["Parts are retired"])
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
    let key_arn = aws.create_key_for_logs(&workspace.account).await;
    let none = format!("{LOGS}\n kms = {{ enabled = false }}");
    start(&workspace, &none);
    let existing = format!("{LOGS}\n kms = {{ enabled = false, key_id = \"{key_arn}\" }}");
    let calls =
        Change::to("none → existing key", &existing).warns(&["Sessions will need new permissions"]).apply(&workspace);
    calls.assert_in_order(&["AssociateKmsKey", "UpdateDocument"]);
    calls.assert_in_order(&["PutBucketEncryption", "UpdateDocument"]);
    let calls = Change::to("existing key → none", &none).apply(&workspace);
    calls.assert_in_order(&["UpdateDocument", "DisassociateKmsKey"]);
    calls.assert_in_order(&["UpdateDocument", "PutBucketEncryption"]);
    let calls = Change::to("none → own key", LOGS).warns(&["Sessions will need new permissions"]).apply(&workspace);
    calls.assert_in_order(&["CreateKey", "CreateAlias", "AssociateKmsKey", "UpdateDocument"]);
    destroy_takes_everything(&workspace, &[key_id_of(&key_arn)]).await;
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
    let key_arn = aws.create_key_for_logs(&workspace.account).await;
    aws.kms.create_alias().alias_name("alias/taken").target_key_id(key_id_of(&key_arn)).send().await.unwrap();
    start(&workspace, "");
    let taken = "kms = { alias_name = \"taken\" }";
    refused(&workspace, "kms.alias_name of another key", taken, &["alias/taken", &key_arn]);
}

async fn multi_region_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, LOGS);
    let before = aws.parts().await;
    let calls = Change::to("kms.multi_region", &format!("{LOGS}\n kms = {{ multi_region = true }}"))
        .warns(&["Parts are retired", "Sessions will need new permissions"])
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
    let none = format!("{role}\n kms = {{ enabled = false }}");
    refused(&workspace, "own key → none, roles of other accounts", &none, &["role/nodes", "customer key"]);
}
