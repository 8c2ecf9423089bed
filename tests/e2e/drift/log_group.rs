//! What can be changed on the log group.

use super::{Row, Site, missing, setting};

pub(super) const ROWS: &[Row] = &[
    setting("log_group.retention_in_days", |site| {
        Box::pin(async {
            let call = site.aws.logs.put_retention_policy().log_group_name(&site.log_group);
            call.retention_in_days(1).send().await.unwrap();
        })
    }),
    setting("log_group.retention_in_days", |site| {
        Box::pin(async {
            let call = site.aws.logs.delete_retention_policy();
            call.log_group_name(&site.log_group).send().await.unwrap();
        })
    }),
    setting("log_group.kms_key_arn", |site| {
        Box::pin(async {
            let call = site.aws.logs.disassociate_kms_key();
            call.log_group_name(&site.log_group).send().await.unwrap();
        })
    }),
    setting("log_group.kms_key_arn", |site| {
        Box::pin(async {
            let call = site.aws.logs.associate_kms_key().log_group_name(&site.log_group);
            let other = site.aws.create_key_for_logs(&site.account).await;
            call.kms_key_id(other).send().await.unwrap();
        })
    }),
    setting("log_group.tags", |site| {
        Box::pin(async {
            let call = site.aws.logs.tag_resource().resource_arn(arn(site).await);
            call.tags("organization", "Umbrella").send().await.unwrap();
        })
    }),
    setting("log_group.tags", |site| {
        Box::pin(async {
            let call = site.aws.logs.untag_resource().resource_arn(arn(site).await);
            call.tag_keys("application-name").send().await.unwrap();
        })
    }),
    missing("log_group", 2, |site| {
        Box::pin(async {
            let call = site.aws.logs.delete_log_group().log_group_name(&site.log_group);
            call.send().await.unwrap();
        })
    }),
];

async fn arn(site: &Site) -> String {
    site.aws.log_group(&site.log_group).await.log_group_arn.unwrap()
}
