//! What can be changed on the bucket.

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketVersioningStatus, ExpirationStatus, LifecycleRule, ObjectOwnership,
    OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration, Tag, Tagging, TransitionStorageClass,
    VersioningConfiguration,
};
use serde_json::json;

use super::{Row, Site, missing, setting};

/// Bucket, encryption, policy, lifecycle and public access block.
const WRITES_FOR_A_BUCKET: usize = 6;

pub(super) const ROWS: &[Row] = &[
    setting("bucket.public_access_block.block_public_acls", |site| {
        Box::pin(put_access(site, |access| {
            access.block_public_acls = Some(false);
        }))
    }),
    setting("bucket.public_access_block.ignore_public_acls", |site| {
        Box::pin(put_access(site, |access| {
            access.ignore_public_acls = Some(false);
        }))
    }),
    setting("bucket.public_access_block.block_public_policy", |site| {
        Box::pin(put_access(site, |access| {
            access.block_public_policy = Some(false);
        }))
    }),
    setting("bucket.public_access_block.restrict_public_buckets", |site| {
        Box::pin(put_access(site, |access| {
            access.restrict_public_buckets = Some(false);
        }))
    }),
    setting("bucket.public_access_block", |site| {
        Box::pin(async {
            let call = site.aws.s3.delete_public_access_block().bucket(&site.bucket);
            call.send().await.unwrap();
        })
    }),
    setting("bucket.sse_algorithm", |site| {
        Box::pin(async {
            let call = site.aws.s3.delete_bucket_encryption().bucket(&site.bucket);
            call.send().await.unwrap();
        })
    }),
    setting("bucket.kms_key_arn", |site| {
        Box::pin(async {
            let other = site.aws.create_key_for_logs(&site.account).await;
            site.aws.encrypt_bucket(&site.bucket, &other, false).await;
        })
    }),
    setting("bucket.bucket_key_enabled", |site| {
        Box::pin(async {
            let own = format!("arn:aws:kms:eu-west-1:{}:key/{}", site.account.id, site.key_id);
            site.aws.encrypt_bucket(&site.bucket, &own, true).await;
        })
    }),
    setting("bucket.object_ownership", |site| {
        Box::pin(async {
            let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::BucketOwnerPreferred);
            let controls = OwnershipControls::builder().rules(rule.build().unwrap());
            let call = site.aws.s3.put_bucket_ownership_controls().bucket(&site.bucket);
            let call = call.ownership_controls(controls.build().unwrap());
            call.send().await.unwrap();
        })
    }),
    setting("bucket.policy", |site| {
        Box::pin(async {
            let policy = json!({
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Principal": {"AWS": format!("arn:aws:iam::{}:root", site.account.id)},
                    "Action": "s3:GetObject",
                    "Resource": format!("arn:aws:s3:::{}/*", site.bucket),
                }],
            });
            let call = site.aws.s3.put_bucket_policy().bucket(&site.bucket);
            call.policy(policy.to_string()).send().await.unwrap();
        })
    }),
    setting("bucket.policy", |site| {
        Box::pin(async {
            let call = site.aws.s3.delete_bucket_policy().bucket(&site.bucket);
            call.send().await.unwrap();
        })
    }),
    setting("bucket.lifecycle.transition_days", |site| {
        Box::pin(put_lifecycle(site, |rule| {
            days_of(rule, &TransitionStorageClass::StandardIa, 31);
            days_of(rule, &TransitionStorageClass::Glacier, 61);
        }))
    }),
    setting("bucket.lifecycle.archive_days", |site| {
        Box::pin(put_lifecycle(site, |rule| {
            days_of(rule, &TransitionStorageClass::Glacier, 90);
        }))
    }),
    setting("bucket.lifecycle.expiration_days", |site| {
        Box::pin(put_lifecycle(site, |rule| {
            if let Some(expiration) = rule.expiration.as_mut() {
                expiration.days = Some(365);
            }
        }))
    }),
    setting("bucket.lifecycle", |site| {
        Box::pin(put_lifecycle(site, |rule| {
            rule.status = ExpirationStatus::Disabled;
        }))
    }),
    setting("bucket.lifecycle", |site| {
        Box::pin(put_lifecycle(site, |rule| {
            rule.abort_incomplete_multipart_upload = None;
        }))
    }),
    setting("bucket.lifecycle", |site| {
        Box::pin(async {
            let call = site.aws.s3.delete_bucket_lifecycle().bucket(&site.bucket);
            call.send().await.unwrap();
        })
    }),
    setting("bucket.tags", |site| {
        Box::pin(put_tags(site, |tags| {
            tags.insert("organization".to_owned(), "Umbrella".to_owned());
        }))
    }),
    setting("bucket.tags", |site| {
        Box::pin(put_tags(site, |tags| {
            tags.remove("application-name");
        }))
    }),
    missing("bucket", WRITES_FOR_A_BUCKET, |site| {
        Box::pin(async {
            let call = site.aws.s3.delete_bucket().bucket(&site.bucket);
            call.send().await.unwrap();
        })
    }),
    // Last, because a bucket that was versioned once never goes back to 'never versioned'.
    setting("bucket.versioning", |site| {
        Box::pin(async {
            let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
            let call = site.aws.s3.put_bucket_versioning().bucket(&site.bucket);
            call.versioning_configuration(enabled).send().await.unwrap();
        })
    }),
];

async fn put_access(site: &Site, change: fn(&mut PublicAccessBlockConfiguration)) {
    let mut access = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(true)
        .build();
    change(&mut access);
    let call = site.aws.s3.put_public_access_block().bucket(&site.bucket);
    call.public_access_block_configuration(access).send().await.unwrap();
}

async fn put_lifecycle(site: &Site, change: fn(&mut LifecycleRule)) {
    let s3 = &site.aws.s3;
    let answer = s3.get_bucket_lifecycle_configuration().bucket(&site.bucket).send().await;
    let mut rule = answer.unwrap().rules()[0].clone();
    change(&mut rule);
    let configuration = BucketLifecycleConfiguration::builder().rules(rule);
    let call = s3.put_bucket_lifecycle_configuration().bucket(&site.bucket);
    let call = call.lifecycle_configuration(configuration.build().unwrap());
    call.send().await.unwrap();
}

fn days_of(rule: &mut LifecycleRule, class: &TransitionStorageClass, days: i32) {
    for transition in rule.transitions.iter_mut().flatten() {
        if transition.storage_class.as_ref() == Some(class) {
            transition.days = Some(days);
        }
    }
}

type Tags = std::collections::BTreeMap<String, String>;

async fn put_tags(site: &Site, change: fn(&mut Tags)) {
    let mut tags = site.aws.bucket_tags(&site.bucket).await;
    change(&mut tags);
    let set = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build().unwrap());
    let tagging = Tagging::builder().set_tag_set(Some(set.collect()));
    let call = site.aws.s3.put_bucket_tagging().bucket(&site.bucket);
    call.tagging(tagging.build().unwrap()).send().await.unwrap();
}
