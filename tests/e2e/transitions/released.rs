//! A part of the setup's own that the configuration gives as an existing one from now on: it stays as it is, whatever
//! the settings say about parts that are no longer used, until it is wanted as the setup's own again.

use super::{Change, input, start};
use crate::workspace::Workspace;

on_terraform! {
    own_group_given_by_its_name,
    own_bucket_given_by_its_name,
    own_key_given_by_its_arn,
    own_key_given_by_its_alias,
    own_key_given_by_an_alias_that_somebody_else_made_is_refused,
    retired_parts_given_by_their_names,
}

async fn own_group_given_by_its_name(workspace: Workspace) {
    let aws = workspace.aws();
    let own = "cloudwatch = { enabled = true, skip_destroy = false }";
    start(&workspace, own);
    let before = aws.parts().await;
    let given = format!(
        "cloudwatch = {{ enabled = true, create = false, skip_destroy = false, log_group_name = \"{}\" }}",
        before.log_group.as_deref().unwrap()
    );
    let calls = Change::to("cloudwatch.create true → false, same name", &given)
        .warns(&["A log group is released"])
        .apply(&workspace);
    assert_eq!(calls.writes(), Vec::<&str>::new());
    assert_eq!(input(&aws, "cloudWatchLogGroupName").await, before.log_group.clone().unwrap());
    let calls = Change::to("cloudwatch.create false → true, same name", own)
        .warns(&["Existing parts are taken over"])
        .apply(&workspace);
    assert_eq!(calls.writes(), Vec::<&str>::new());
    assert_eq!(workspace.attributes()["log_group"]["created"], true);
    Change::to("cloudwatch.create true → false, same name, again", &given).apply(&workspace);
    workspace.destroy();
    let after = aws.parts().await;
    assert_eq!((after.log_group, after.key_id), (before.log_group, before.key_id), "and the key that it needs");
}

async fn own_bucket_given_by_its_name(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "bucket = { force_destroy = true }");
    let bucket = aws.parts().await.bucket.unwrap();
    let given = format!("bucket = {{ create = false, name = \"{bucket}\", force_destroy = true }}");
    let calls =
        Change::to("bucket.create true → false, same name", &given).warns(&["A bucket is released"]).apply(&workspace);
    assert_eq!(calls.writes(), Vec::<&str>::new());
    let own = "bucket = { force_destroy = true }";
    let calls = Change::to("bucket.create false → true, same name", own)
        .warns(&["Existing parts are taken over"])
        .apply(&workspace);
    assert_eq!(calls.writes(), Vec::<&str>::new());
    Change::to("bucket.create true → false, same name, again", &given).apply(&workspace);
    workspace.destroy();
    assert_eq!(aws.parts().await.bucket, Some(bucket), "with all that is in it");
}

async fn own_key_given_by_its_arn(workspace: Workspace) {
    start(&workspace, "kms = { skip_destroy = false }");
    let arn = workspace.attributes()["kms_key"]["arn"].as_str().unwrap().to_owned();
    gives_the_key(&workspace, &format!("kms = {{ enabled = false, key_id = \"{arn}\" }}")).await;
}

async fn own_key_given_by_its_alias(workspace: Workspace) {
    start(&workspace, "kms = { skip_destroy = false }");
    let alias = workspace.aws().parts().await.alias.unwrap();
    gives_the_key(&workspace, &format!("kms = {{ enabled = false, skip_destroy = false, key_alias = \"{alias}\" }}"))
        .await;
}

async fn gives_the_key(workspace: &Workspace, given: &str) {
    let aws = workspace.aws();
    let before = aws.parts().await;
    let calls =
        Change::to("own key → the same as an existing one", given).warns(&["A key is released"]).apply(workspace);
    assert!(!calls.has("PutBucketEncryption") && !calls.has("PutKeyPolicy"), "{calls:?}");
    Change::to("existing key → the same as its own", "kms = { skip_destroy = false }")
        .warns(&["Existing parts are taken over"])
        .apply(workspace);
    Change::to("own key → the same as an existing one, again", given).apply(workspace);
    workspace.destroy();
    let after = aws.parts().await;
    assert_eq!((after.key_id, after.alias, after.document), (before.key_id, before.alias, false));
}

/// Where an alias leads, the plan does not know: a key that is only read must not be retired, and destroyed one day.
async fn own_key_given_by_an_alias_that_somebody_else_made_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "");
    let key_id = aws.parts().await.key_id.unwrap();
    aws.kms.create_alias().alias_name("alias/other").target_key_id(&key_id).send().await.unwrap();
    workspace.configure("kms = { enabled = false, key_alias = \"other\" }");
    let words = workspace.try_plan().failed().words();
    assert!(words.contains("The key is managed by this setup") && words.contains(&key_id), "{words}");
}

async fn retired_parts_given_by_their_names(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "cloudwatch = { enabled = true }");
    let before = aws.parts().await;
    let (bucket, group) = (before.bucket.clone().unwrap(), before.log_group.clone().unwrap());
    let arn = workspace.attributes()["kms_key"]["arn"].as_str().unwrap().to_owned();
    let moved = format!("bucket = {{ name = \"moved-{}\" }}\n kms = {{ multi_region = true }}", workspace.account.id);
    Change::to("all away", &moved).retires(&["kms_key", "bucket", "log_group"]).apply(&workspace);
    let given = format!(
        "bucket = {{ create = false, name = \"{bucket}\", force_destroy = true }}
         kms = {{ enabled = false, key_id = \"{arn}\", skip_destroy = false }}
         cloudwatch = {{ enabled = true, create = false, log_group_name = \"{group}\", skip_destroy = false }}"
    );
    Change::to("retired parts as existing ones", &given)
        .warns(&["A key is released", "A bucket is released", "A log group is released"])
        .retires(&["kms_key", "bucket"])
        .apply(&workspace);
    workspace.destroy();
    let after = aws.parts().await;
    assert_eq!((after.bucket, after.log_group, after.key_id), (before.bucket, before.log_group, before.key_id));
}
