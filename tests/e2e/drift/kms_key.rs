//! What can be changed on the key and its alias.

use aws_sdk_kms::types::Tag;
use serde_json::json;

use super::{Row, missing, setting};

pub(super) const ROWS: &[Row] = &[
    setting("kms_key.description", |site| {
        Box::pin(async {
            let call = site.aws.kms.update_key_description().key_id(&site.key_id);
            call.description("mine now").send().await.unwrap();
        })
    }),
    setting("kms_key.policy", |site| {
        Box::pin(async {
            let policy = json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": {"AWS": format!("arn:aws:iam::{}:root", site.account.id)},
                    "Action": "kms:*",
                    "Resource": "*",
                }],
            });
            let call = site.aws.kms.put_key_policy().key_id(&site.key_id);
            call.policy(policy.to_string()).send().await.unwrap();
        })
    }),
    setting("kms_key.rotation_enabled", |site| {
        Box::pin(async {
            let call = site.aws.kms.disable_key_rotation().key_id(&site.key_id);
            call.send().await.unwrap();
        })
    }),
    setting("kms_key.rotation_period_in_days", |site| {
        Box::pin(async {
            let call = site.aws.kms.enable_key_rotation().key_id(&site.key_id);
            call.rotation_period_in_days(365).send().await.unwrap();
        })
    }),
    setting("kms_key.state", |site| {
        Box::pin(async {
            let call = site.aws.kms.disable_key().key_id(&site.key_id);
            call.send().await.unwrap();
        })
    }),
    setting("kms_key.state", |site| {
        Box::pin(async {
            let call = site.aws.kms.schedule_key_deletion().key_id(&site.key_id);
            call.pending_window_in_days(7).send().await.unwrap();
        })
    }),
    setting("kms_key.tags", |site| {
        Box::pin(async {
            let tag = Tag::builder().tag_key("organization").tag_value("Umbrella");
            let call = site.aws.kms.tag_resource().key_id(&site.key_id);
            call.tags(tag.build().unwrap()).send().await.unwrap();
        })
    }),
    setting("kms_key.tags", |site| {
        Box::pin(async {
            let call = site.aws.kms.untag_resource().key_id(&site.key_id);
            call.tag_keys("application-name").send().await.unwrap();
        })
    }),
    missing("kms_key.alias_name", 1, |site| {
        Box::pin(async {
            let call = site.aws.kms.delete_alias().alias_name(&site.alias);
            call.send().await.unwrap();
        })
    }),
];
