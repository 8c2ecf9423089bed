//! The expected outcome of a fault: the next apply completes the operation, the setup is as configured, and the account
//! holds nothing else.

use aws_sdk_kms::types::KeyState;
use serde_json::Value;

use crate::aws::{Aws, DOCUMENT, Parts};
use crate::cli::Outcome;
use crate::moto::Calls;
use crate::workspace::Workspace;

use super::disturbance::Fault;
use super::{Cell, Step};

/// The beginnings of the failures that the table counts.
pub(super) const ORPHAN: &str = "orphan: ";
pub(super) const LOST_STATE: &str = "lost state: ";

/// No apply may send one of these.
const DELETIONS: [&str; 5] = ["DeleteBucket", "DeleteAlias", "ScheduleKeyDeletion", "DeleteLogGroup", "DeleteDocument"];

/// How the error about a document without state begins.
const DOCUMENT_WITHOUT_STATE: &str = "Session Manager preferences exist already";

/// Applies once; twice, with an import between, after a kill that lost the document from the state.
pub(super) fn converge(workspace: &Workspace, cell: &Cell, met: &Outcome) {
    assert_harmless(&workspace.account.take_calls(), met);
    let mut next = workspace.try_apply();
    let killed = matches!(cell.fault, Fault::KilledBefore | Fault::KilledAfter);
    if next.code != 0 && killed && cell.step == Step::Create && next.words().contains(DOCUMENT_WITHOUT_STATE) {
        workspace.import(&next.import_id());
        next = workspace.try_apply();
    }
    let lost = if next.words().contains(DOCUMENT_WITHOUT_STATE) { LOST_STATE } else { "" };
    assert_eq!(next.code, 0, "{lost}the next apply should go on\n{next}\n--- after\n{met}");
    assert_harmless(&workspace.account.take_calls(), met);
}

/// Asserts that nothing is deleted, and that the document names no missing or unusable part at any time.
#[track_caller]
fn assert_harmless(calls: &Calls, met: &Outcome) {
    calls.assert_document_never_broke();
    let writes = calls.writes();
    assert!(!writes.iter().any(|write| DELETIONS.contains(write)), "{writes:?}\n--- after\n{met}");
}

/// The setup of a step, and nothing else.
pub(super) fn assert_right(workspace: &Workspace, step: Step) {
    let updated = step == Step::Update;
    on_aws(workspace, async |aws| {
        let parts = everything(&aws).await;
        let Parts { key_id: Some(key), alias: Some(_), bucket: Some(bucket), log_group: Some(group), document: true } =
            parts
        else {
            panic!("{parts:?}")
        };
        assert_key(&aws, &key, updated).await;
        assert_bucket(&aws, &bucket, &key, updated).await;
        let group = aws.log_group(&group).await;
        assert_eq!(group.retention_in_days, Some(if updated { 30 } else { 7 }));
        assert!(group.kms_key_id.as_ref().is_some_and(|arn| arn.ends_with(&key)), "{group:?}");

        let document = aws.document().await;
        assert_eq!(document["inputs"]["idleSessionTimeout"], if updated { "15" } else { "20" });
        assert_eq!(document["inputs"]["s3BucketName"], bucket.as_str());
        assert_eq!(document["inputs"]["cloudWatchLogGroupName"], group.log_group_name.as_deref().unwrap());
        let description = aws.ssm.describe_document().name(DOCUMENT).send().await.unwrap();
        let description = description.document().unwrap();
        assert_eq!(description.default_version(), description.latest_version());

        let on_key = aws.key_tags(&key).await;
        assert_eq!(on_key.get("team").map(String::as_str), updated.then_some("security"));
        let stamp = on_key.get("ssm-session-setup-stamp").expect("a stamp").clone();
        assert_eq!(aws.bucket_tags(&bucket).await, on_key);
        assert_eq!(aws.log_group_tags(group.log_group_name.as_deref().unwrap()).await, on_key);
        let mut on_document = on_key;
        on_document.insert("ssm-session-setup-stamp".to_owned(), format!("{stamp}/0"));
        assert_eq!(aws.document_tags().await, on_document);
    });
}

async fn assert_key(aws: &Aws, key: &str, updated: bool) {
    assert_eq!(aws.key_state(key).await, KeyState::Enabled);
    let rotation = aws.kms.get_key_rotation_status().key_id(key).send().await.unwrap();
    assert_eq!(rotation.rotation_period_in_days(), Some(if updated { 180 } else { 90 }));
    let policy = aws.kms.get_key_policy().key_id(key).send().await.unwrap();
    assert_eq!(policy.policy().unwrap().contains("role/session"), updated);
}

async fn assert_bucket(aws: &Aws, bucket: &str, key: &str, updated: bool) {
    let s3 = &aws.s3;
    let access = s3.get_public_access_block().bucket(bucket).send().await.unwrap();
    let access = access.public_access_block_configuration().unwrap();
    assert_eq!(access.restrict_public_buckets(), Some(true));
    let encryption = s3.get_bucket_encryption().bucket(bucket).send().await.unwrap();
    let rule = &encryption.server_side_encryption_configuration().unwrap().rules()[0];
    let default = rule.apply_server_side_encryption_by_default().unwrap();
    assert!(default.kms_master_key_id().is_some_and(|arn| arn.ends_with(key)), "{default:?}");
    let lifecycle = s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await.unwrap();
    let years = if updated { 7 } else { 5 };
    assert_eq!(lifecycle.rules()[0].expiration().unwrap().days(), Some(years * 365));
    let policy = s3.get_bucket_policy().bucket(bucket).send().await.unwrap();
    let policy: Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    assert!(policy.to_string().contains("aws:SecureTransport"), "{policy:#}");
    assert_eq!(policy.to_string().contains("role/session"), updated, "{policy:#}");
}

/// Completes a destroy that met a fault.
pub(super) fn destroy_to_the_end(workspace: &Workspace, met: &Outcome) {
    let next = workspace.try_destroy();
    assert_eq!(next.code, 0, "the next destroy should end it\n{next}\n--- after\n{met}");
    workspace.account.take_calls().assert_document_never_broke();
}

/// Nothing is left but the key, pending deletion.
pub(super) fn assert_destroyed(workspace: &Workspace) {
    assert!(workspace.state().is_null(), "the state holds {:#}", workspace.state());
    on_aws(workspace, async |aws| {
        let parts = everything(&aws).await;
        let nothing = Parts { key_id: None, alias: None, bucket: None, log_group: None, document: false };
        assert_eq!(parts, nothing, "{ORPHAN}something is left");
    });
}

/// What the account holds: at most one object of each kind, including a key that is pending deletion.
async fn everything(aws: &Aws) -> Parts {
    let keys = aws.kms.list_keys().send().await.unwrap();
    assert!(keys.keys().len() <= 1, "{ORPHAN}{keys:?}");
    let aliases = aws.kms.list_aliases().send().await.unwrap();
    let aliases = aliases.aliases().iter().filter_map(|alias| alias.alias_name());
    let aliases: Vec<_> = aliases.filter(|name| !name.starts_with("alias/aws/")).collect();
    assert!(aliases.len() <= 1, "{ORPHAN}{aliases:?}");
    let buckets = aws.s3.list_buckets().send().await.unwrap();
    assert!(buckets.buckets().len() <= 1, "{ORPHAN}{buckets:?}");
    let groups = aws.logs.describe_log_groups().send().await.unwrap();
    assert!(groups.log_groups().len() <= 1, "{ORPHAN}{groups:?}");
    aws.parts().await
}

fn on_aws(workspace: &Workspace, observe: impl AsyncFnOnce(Aws)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(observe(workspace.aws()));
}
