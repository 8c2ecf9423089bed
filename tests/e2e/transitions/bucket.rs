//! Changes of the bucket: its name, own or existing, versions, locks, ownership, lifecycle.

use aws_sdk_s3::types::{BucketCannedAcl, NoncurrentVersionExpiration};

use super::{Change, destroy_takes_everything, input, refused, start};
use crate::aws::Aws;
use crate::moto::Account;
use crate::workspace::{REGION, Workspace, setup};

on_each_cli! {
    name_and_back,
    object_lock_on_and_changed_and_never_off,
    own_bucket_to_existing_and_back,
    own_bucket_to_one_of_another_account_and_back,
    retired_bucket_keeps_the_rule_for_its_versions,
}

on_one_cli! {
    organisation_renames_all_and_back,
    suffix_off_and_on,
    versioning_off_and_on,
    lifecycle_is_one_write,
    ownership_and_back,
    ownership_with_foreign_grants_is_refused,
    roles_are_admitted_before_and_shut_out_after,
    access_log_on_and_off,
}

fn named(name: &str) -> String {
    format!("bucket = {{ name = \"{name}\" }}")
}

async fn name_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "");
    let old = aws.parts().await.bucket.unwrap();
    let new = format!("moved-{}", workspace.account.id);
    let calls = Change::to("bucket.name", &named(&new))
        .warns(&["Parts are retired", "Sessions will need new permissions"])
        .retires(&["bucket"])
        .apply(&workspace);
    calls.assert_in_order(&["CreateBucket", "PutBucketEncryption", "UpdateDocument"]);
    calls.assert_in_order(&["CreateBucket", "PutBucketPolicy", "UpdateDocument"]);
    assert_eq!(input(&aws, "s3BucketName").await, new);
    assert_eq!(workspace.attributes()["retired"][0]["name"], old);
    assert!(aws.s3.get_bucket_policy().bucket(&old).send().await.is_ok(), "the old one keeps its policy");
    assert!(aws.s3.get_bucket_lifecycle_configuration().bucket(&old).send().await.is_ok(), "and its lifecycle");

    let calls = Change::to("bucket.name, back", "").retires(&["bucket"]).apply(&workspace);
    assert!(!calls.has("CreateBucket"), "{calls:?}");
    assert_eq!(input(&aws, "s3BucketName").await, old);
    assert_eq!(workspace.attributes()["retired"][0]["name"], new);
    destroy_takes_everything(&workspace, &[]).await;
    assert!(aws.s3.head_bucket().bucket(&new).send().await.is_err(), "the retired one goes, too");
}

async fn organisation_renames_all_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    let logs = "cloudwatch = { enabled = true }";
    start(&workspace, logs);
    let old = aws.parts().await;
    let renamed = setup(logs).replace("organization_unit = \"platform\"", "organization_unit = \"core\"");
    let calls = Change::to_configuration("org.organization_unit", renamed)
        .warns(&["Parts are retired"])
        .retires(&["bucket", "log_group"])
        .apply(&workspace);
    calls.assert_in_order(&["CreateAlias", "UpdateDocument", "DeleteAlias"]);
    calls.assert_in_order(&["CreateLogGroup", "UpdateDocument"]);
    calls.assert_in_order(&["CreateBucket", "PutBucketEncryption", "UpdateDocument"]);
    assert!(!calls.has("CreateKey"), "the key is renamed: {calls:?}");
    let group = input(&aws, "cloudWatchLogGroupName").await;
    assert_eq!(group, "/aws/ssm/session-manager/audit-core-audit-live-001-euwe1");

    let calls = Change::to("org.organization_unit, back", logs).retires(&["bucket", "log_group"]).apply(&workspace);
    assert!(!calls.has("CreateBucket") && !calls.has("CreateLogGroup"), "{calls:?}");
    assert_eq!(input(&aws, "s3BucketName").await, old.bucket.unwrap());

    let calls = Change::to("cloudwatch.skip_destroy", "cloudwatch = { enabled = true, skip_destroy = false }")
        .retires(&["bucket", "log_group"])
        .apply(&workspace);
    calls.assert_no_writes();
    destroy_takes_everything(&workspace, &[]).await;
}

async fn suffix_off_and_on(workspace: Workspace) {
    let aws = workspace.aws();
    // Without the suffix the name is the same in all accounts, and the names of buckets are global.
    let unit = format!("u{}", &workspace.account.id[7..]);
    let of_unit = |settings: &str| setup(settings).replace("\"platform\"", &format!("\"{unit}\""));
    workspace.write(&of_unit(""));
    workspace.apply();
    let old = aws.parts().await.bucket.unwrap();
    let calls = Change::to_configuration("bucket.random_suffix off", of_unit("bucket = { random_suffix = false }"))
        .warns(&["Parts are retired"])
        .retires(&["bucket"])
        .apply(&workspace);
    calls.assert_in_order(&["CreateBucket", "UpdateDocument"]);
    assert_eq!(input(&aws, "s3BucketName").await, old[..old.len() - 9]);
    Change::to_configuration("bucket.random_suffix on", of_unit("")).retires(&["bucket"]).apply(&workspace);
    assert_eq!(input(&aws, "s3BucketName").await, old);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn own_bucket_to_existing_and_back(workspace: Workspace) {
    let aws = workspace.aws();
    let existing_name = format!("central-{}", workspace.account.id);
    aws.create_bucket(&existing_name).await;
    start(&workspace, "");
    let own = aws.parts().await.bucket.unwrap();
    let other = format!("bucket = {{ create = false, name = \"{existing_name}\" }}");
    let calls = Change::to("bucket.create true → false", &other)
        .warns(&["Parts are retired", "Sessions will need new permissions"])
        .retires(&["bucket"])
        .apply(&workspace);
    assert_eq!(calls.writes(), ["UpdateDocument", "UpdateDocumentDefaultVersion"]);
    assert_eq!(input(&aws, "s3BucketName").await, existing_name);

    let calls = Change::to("bucket.create false → true, retired before", "").apply(&workspace);
    assert!(!calls.has("CreateBucket"), "{calls:?}");
    assert_eq!(input(&aws, "s3BucketName").await, own);
    let new = format!("fresh-{}", workspace.account.id);
    Change::to("bucket.create true → false", &other).retires(&["bucket"]).apply(&workspace);
    let calls = Change::to("bucket.create false → true", &named(&new)).retires(&["bucket"]).apply(&workspace);
    calls.assert_in_order(&["CreateBucket", "PutBucketEncryption", "UpdateDocument"]);
    assert!(aws.bucket_is_untouched(&existing_name).await);
    destroy_takes_everything(&workspace, &[]).await;
    assert!(aws.bucket_is_untouched(&existing_name).await);
}

/// The configuration contains what cannot be read from this account.
async fn own_bucket_to_one_of_another_account_and_back(workspace: Workspace) {
    let (aws, central) = (workspace.aws(), Account::new());
    let name = format!("central-{}", central.id);
    let theirs = Aws::of(&central, REGION);
    theirs.create_bucket(&name).await;
    let key = theirs.create_key_for_logs(&central).await;
    start(&workspace, "");
    let own = aws.parts().await.bucket.unwrap();
    let told = |key: &str| {
        format!(
            "bucket = {{ create = false, name = \"{name}\", account_id = \"{}\", kms_key_arn = \"{key}\" }}",
            central.id
        )
    };
    let calls = Change::to("own bucket → another account's", &told(&key))
        .warns(&["Parts are retired", "Sessions will need new permissions"])
        .retires(&["bucket"])
        .apply(&workspace);
    assert_eq!(calls.writes(), ["UpdateDocument", "UpdateDocumentDefaultVersion"]);
    assert_eq!(input(&aws, "s3BucketName").await, name);
    assert_eq!(workspace.attributes()["bucket"]["kms_key_arn"], key);
    let other = theirs.create_key_for_logs(&central).await;
    let calls =
        Change::to("bucket.kms_key_arn of another account's", &told(&other)).retires(&["bucket"]).apply(&workspace);
    calls.assert_no_writes();
    let calls = Change::to("another account's bucket → own", "").apply(&workspace);
    assert!(!calls.has("CreateBucket"), "{calls:?}");
    assert_eq!(input(&aws, "s3BucketName").await, own);
    Change::to("own bucket → another account's", &told(&key)).retires(&["bucket"]).apply(&workspace);
    destroy_takes_everything(&workspace, &[]).await;
    assert!(theirs.bucket_is_untouched(&name).await);
    central.take_calls().assert_no_writes();
}

/// One apply brings a bucket that is taken back to its desired settings, whatever its versioning was before.
async fn retired_bucket_keeps_the_rule_for_its_versions(workspace: Workspace) {
    let aws = workspace.aws();
    let moved = |versioning: bool| {
        format!("bucket = {{ name = \"moved-{}\", versioning = {versioning} }}", workspace.account.id)
    };
    start(&workspace, "bucket = { versioning = true }");
    let bucket = aws.parts().await.bucket.unwrap();
    let rule = || async {
        let rules = aws.s3.get_bucket_lifecycle_configuration().bucket(&bucket).send().await.unwrap();
        rules.rules()[0].noncurrent_version_expiration().and_then(NoncurrentVersionExpiration::noncurrent_days)
    };
    Change::to("bucket.name, versioned", &moved(false)).retires(&["bucket"]).apply(&workspace);
    let calls = Change::to("bucket.name back, versioning off", "").retires(&["bucket"]).apply(&workspace);
    calls.assert_in_order(&["PutBucketVersioning", "UpdateDocument"]);
    assert!(!calls.has("PutBucketLifecycleConfiguration"), "{calls:?}");
    assert_eq!(rule().await, Some(30));
    Change::to("bucket.name, suspended", &moved(false)).retires(&["bucket"]).apply(&workspace);
    let calls = Change::to("bucket.name back, suspended", "").retires(&["bucket"]).apply(&workspace);
    assert_eq!(calls.writes(), ["UpdateDocument", "UpdateDocumentDefaultVersion"]);
    assert_eq!(rule().await, Some(30));
    assert_eq!(workspace.attributes()["bucket"]["lifecycle"]["noncurrent_days"], 30);
    Change::to("bucket.name, versioning on", &moved(true)).retires(&["bucket"]).apply(&workspace);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn ownership_with_foreign_grants_is_refused(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "bucket = { object_ownership = \"BucketOwnerPreferred\" }");
    let bucket = aws.parts().await.bucket.unwrap();
    let group = "http://acs.amazonaws.com/groups/s3/LogDelivery";
    let grant = aws.s3.put_bucket_acl().bucket(&bucket).grant_write(format!("uri=\"{group}\""));
    grant.send().await.unwrap();
    let said = ["The bucket's ACL grants access to others", group];
    refused(&workspace, "bucket.object_ownership → Enforced, foreign grants", "", &said);
    aws.s3.put_bucket_acl().bucket(&bucket).acl(BucketCannedAcl::Private).send().await.unwrap();
    let calls = Change::to("bucket.object_ownership → Enforced, grants removed", "").apply(&workspace);
    assert_eq!(calls.writes(), ["PutBucketOwnershipControls"]);
}

async fn versioning_off_and_on(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "bucket = { versioning = true }");
    let bucket = aws.parts().await.bucket.unwrap();
    let calls = Change::to("bucket.versioning on → off", "bucket = { versioning = false }").apply(&workspace);
    assert_eq!(calls.writes(), ["PutBucketVersioning"]);
    let versioning = aws.s3.get_bucket_versioning().bucket(&bucket).send().await.unwrap();
    assert_eq!(versioning.status().map(aws_sdk_s3::types::BucketVersioningStatus::as_str), Some("Suspended"));
    let rules = aws.s3.get_bucket_lifecycle_configuration().bucket(&bucket).send().await.unwrap();
    assert!(rules.rules()[0].noncurrent_version_expiration().is_some(), "noncurrent versions still expire");
    let calls = Change::to("bucket.versioning off → on", "bucket = { versioning = true }").apply(&workspace);
    assert_eq!(calls.writes(), ["PutBucketVersioning"]);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn object_lock_on_and_changed_and_never_off(workspace: Workspace) {
    start(&workspace, "");
    let lock = |days: u32| format!("bucket = {{ object_lock = {{ mode = \"GOVERNANCE\", days = {days} }} }}");
    let calls = Change::to("bucket.object_lock on", &lock(30)).apply(&workspace);
    calls.assert_in_order(&["PutBucketVersioning", "PutObjectLockConfiguration"]);
    let calls = Change::to("bucket.object_lock changed", &lock(60)).apply(&workspace);
    assert_eq!(calls.writes(), ["PutObjectLockConfiguration"]);
    refused(&workspace, "bucket.object_lock off", "", &["An object lock cannot be switched off"]);
    let unversioned = "bucket = { versioning = false, object_lock = { mode = \"GOVERNANCE\", days = 60 } }";
    refused(&workspace, "bucket.versioning off with object_lock", unversioned, &["object_lock"]);
}

async fn lifecycle_is_one_write(workspace: Workspace) {
    let aws = workspace.aws();
    start(&workspace, "");
    let bucket = aws.parts().await.bucket.unwrap();
    let calls = Change::to("audit.retention_years shorter", "audit = { retention_years = 1 }")
        .warns(&["Logs in the bucket will be kept for less time"])
        .apply(&workspace);
    assert_eq!(calls.writes(), ["PutBucketLifecycleConfiguration"]);
    let none = "audit = { transition_days = 0, archive_days = 0, retention_years = 0 }";
    let calls = Change::to("audit.* all zero", none).apply(&workspace);
    assert_eq!(calls.writes(), ["PutBucketLifecycleConfiguration"]);
    let rules = aws.s3.get_bucket_lifecycle_configuration().bucket(&bucket).send().await.unwrap();
    let rule = &rules.rules()[0];
    assert!(rule.expiration().is_none() && rule.transitions().is_empty(), "{rule:?}");
    assert!(rule.abort_incomplete_multipart_upload().is_some(), "{rule:?}");
    let calls =
        Change::to("audit.* back", "").warns(&["Logs in the bucket will be kept for less time"]).apply(&workspace);
    assert_eq!(calls.writes(), ["PutBucketLifecycleConfiguration"]);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn ownership_and_back(workspace: Workspace) {
    start(&workspace, "");
    let preferred = "bucket = { object_ownership = \"BucketOwnerPreferred\" }";
    let calls = Change::to("bucket.object_ownership → Preferred", preferred).apply(&workspace);
    assert_eq!(calls.writes(), ["PutBucketOwnershipControls"]);
    let calls = Change::to("bucket.object_ownership → Enforced", "").apply(&workspace);
    assert_eq!(calls.writes(), ["PutBucketOwnershipControls"]);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn roles_are_admitted_before_and_shut_out_after(workspace: Workspace) {
    let role = |name: &str| format!("\"arn:aws:iam::{}:role/{name}\"", workspace.account.id);
    let with = |roles: &[&str], timeout: u32| {
        let roles = roles.iter().map(|name| role(name)).collect::<Vec<_>>().join(", ");
        format!("allowed_iam_role_arns = [{roles}]\n session = {{ timeout = {timeout} }}")
    };
    start(&workspace, &with(&["one"], 20));
    let calls = Change::to("allowed_iam_role_arns and the document", &with(&["two"], 10)).apply(&workspace);
    calls.assert_in_order(&["PutKeyPolicy", "UpdateDocument", "PutKeyPolicy"]);
    calls.assert_in_order(&["PutBucketPolicy", "UpdateDocument", "PutBucketPolicy"]);
    destroy_takes_everything(&workspace, &[]).await;
}

async fn access_log_on_and_off(workspace: Workspace) {
    let aws = workspace.aws();
    let target = format!("access-logs-{}", workspace.account.id);
    aws.create_bucket(&target).await;
    aws.admit_access_logs(&target, &workspace.account.id).await;
    start(&workspace, "");
    let on = format!("bucket = {{ access_log = {{ target_bucket = \"{target}\" }} }}");
    let calls = Change::to("bucket.access_log on", &on).apply(&workspace);
    assert_eq!(calls.writes(), ["PutBucketLogging"]);
    let calls = Change::to("bucket.access_log off", "").apply(&workspace);
    assert_eq!(calls.writes(), ["PutBucketLogging"]);
    destroy_takes_everything(&workspace, &[]).await;
}
