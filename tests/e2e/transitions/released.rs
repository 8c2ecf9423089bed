//! The configuration names a part of the setup's own as an existing one: the part is released and stays unchanged,
//! whatever the settings for unused parts are, until the configuration manages it again.

use super::{Change, input, start};
use crate::workspace::Workspace;

on_one_cli! {
    own_group_named_as_existing,
    own_bucket_named_as_existing,
    own_key_named_as_existing_by_its_arn,
    own_key_named_as_existing_by_its_alias,
    own_key_named_as_existing_by_a_foreign_alias_is_refused,
    retired_parts_named_as_existing,
}

async fn own_group_named_as_existing(workspace: Workspace) {
    let aws = workspace.aws();
    let own = "cloudwatch = { enabled = true, skip_destroy = false }";
    start(&workspace, own);
    let before = aws.parts().await;
    let as_existing = format!(
        "cloudwatch = {{ enabled = true, create = false, skip_destroy = false, log_group_name = \"{}\" }}",
        before.log_group.as_deref().unwrap()
    );
    let calls = Change::to("cloudwatch.create true → false, same name", &as_existing)
        .warns(&["Parts are released"])
        .apply(&workspace);
    calls.assert_no_writes();
    assert_eq!(input(&aws, "cloudWatchLogGroupName").await, before.log_group.clone().unwrap());
    let calls = Change::to("cloudwatch.create false → true, same name", own)
        .warns(&["Existing parts are taken over"])
        .apply(&workspace);
    calls.assert_no_writes();
    assert_eq!(workspace.attributes()["log_group"]["created"], true);
    Change::to("cloudwatch.create true → false, same name, again", &as_existing).apply(&workspace);
    workspace.destroy();
    let after = aws.parts().await;
    assert_eq!((after.log_group, after.key_id), (before.log_group, before.key_id), "and the key that it needs");
}

async fn own_bucket_named_as_existing(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "bucket = { force_destroy = true }");
    let bucket = aws.parts().await.bucket.unwrap();
    let as_existing = format!("bucket = {{ create = false, name = \"{bucket}\", force_destroy = true }}");
    let calls = Change::to("bucket.create true → false, same name", &as_existing)
        .warns(&["Parts are released"])
        .apply(&workspace);
    calls.assert_no_writes();
    let own = "bucket = { force_destroy = true }";
    let calls = Change::to("bucket.create false → true, same name", own)
        .warns(&["Existing parts are taken over"])
        .apply(&workspace);
    calls.assert_no_writes();
    Change::to("bucket.create true → false, same name, again", &as_existing).apply(&workspace);
    workspace.destroy();
    assert_eq!(aws.parts().await.bucket, Some(bucket), "with all that is in it");
}

async fn own_key_named_as_existing_by_its_arn(workspace: Workspace) {
    start(&workspace, "kms = { skip_destroy = false }");
    let arn = workspace.attributes()["kms_key"]["arn"].as_str().unwrap().to_owned();
    names_the_key_as_existing(&workspace, &format!("kms = {{ enabled = false, key_id = \"{arn}\" }}")).await;
}

async fn own_key_named_as_existing_by_its_alias(workspace: Workspace) {
    start(&workspace, "kms = { skip_destroy = false }");
    let alias = workspace.aws().parts().await.alias.unwrap();
    names_the_key_as_existing(
        &workspace,
        &format!("kms = {{ enabled = false, skip_destroy = false, key_alias = \"{alias}\" }}"),
    )
    .await;
}

async fn names_the_key_as_existing(workspace: &Workspace, as_existing: &str) {
    let aws = workspace.aws();
    let before = aws.parts().await;
    let calls = Change::to("own key → the same as an existing one", as_existing)
        .warns(&["Parts are released"])
        .apply(workspace);
    assert!(!calls.has("PutBucketEncryption") && !calls.has("PutKeyPolicy"), "{calls:?}");
    Change::to("existing key → the same as its own", "kms = { skip_destroy = false }")
        .warns(&["Existing parts are taken over"])
        .apply(workspace);
    Change::to("own key → the same as an existing one, again", as_existing).apply(workspace);
    workspace.destroy();
    let after = aws.parts().await;
    assert_eq!((after.key_id, after.alias, after.document), (before.key_id, before.alias, false));
}

/// The plan does not know the target of an alias. A key that is only read must not be retired, and later destroyed.
async fn own_key_named_as_existing_by_a_foreign_alias_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "");
    let key_id = aws.parts().await.key_id.unwrap();
    aws.kms.create_alias().alias_name("alias/other").target_key_id(&key_id).send().await.unwrap();
    workspace.configure("kms = { enabled = false, key_alias = \"other\" }");
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("The key is managed by this setup") && words.contains(&key_id), "{words}");
}

async fn retired_parts_named_as_existing(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "cloudwatch = { enabled = true }");
    let before = aws.parts().await;
    let (bucket, group) = (before.bucket.clone().unwrap(), before.log_group.clone().unwrap());
    let arn = workspace.attributes()["kms_key"]["arn"].as_str().unwrap().to_owned();
    let moved = format!("bucket = {{ name = \"moved-{}\" }}\n kms = {{ multi_region = true }}", workspace.account.id);
    Change::to("all away", &moved).retires(&["kms_key", "bucket", "log_group"]).apply(&workspace);
    let as_existing = format!(
        "bucket = {{ create = false, name = \"{bucket}\", force_destroy = true }}
         kms = {{ enabled = false, key_id = \"{arn}\", skip_destroy = false }}
         cloudwatch = {{ enabled = true, create = false, log_group_name = \"{group}\", skip_destroy = false }}"
    );
    Change::to("retired parts as existing ones", &as_existing)
        .warns(&["Parts are released"])
        .retires(&["kms_key", "bucket"])
        .apply(&workspace);
    workspace.destroy();
    let after = aws.parts().await;
    assert_eq!((after.bucket, after.log_group, after.key_id), (before.bucket, before.log_group, before.key_id));
}
