//! What can be changed in the session document: each input, which version is the default, tags.

use aws_sdk_ssm::types::{ResourceTypeForTagging, Tag};
use serde_json::{Value, json};

use super::{Row, Site, missing, setting};
use crate::aws::DOCUMENT;

const CONTENT: &str = "document.content";

pub(super) const ROWS: &[Row] = &[
    setting(CONTENT, |site| Box::pin(write(site, "s3BucketName", json!("")))),
    setting(CONTENT, |site| Box::pin(write(site, "s3KeyPrefix", json!("elsewhere/")))),
    setting(CONTENT, |site| Box::pin(write(site, "s3EncryptionEnabled", json!(false)))),
    setting(CONTENT, |site| Box::pin(write(site, "cloudWatchLogGroupName", json!("")))),
    setting(CONTENT, |site| Box::pin(write(site, "cloudWatchEncryptionEnabled", json!(false)))),
    setting(CONTENT, |site| Box::pin(write(site, "cloudWatchStreamingEnabled", json!(true)))),
    setting(CONTENT, |site| Box::pin(write(site, "kmsKeyId", json!("")))),
    setting(CONTENT, |site| Box::pin(write(site, "runAsEnabled", json!(true)))),
    setting(CONTENT, |site| Box::pin(write(site, "runAsDefaultUser", json!("nobody")))),
    setting(CONTENT, |site| Box::pin(write(site, "idleSessionTimeout", json!("60")))),
    setting(CONTENT, |site| Box::pin(write(site, "maxSessionDuration", json!("")))),
    setting(CONTENT, |site| Box::pin(write(site, "shellProfile", json!({"linux": "id"})))),
    setting("document.default_version", |site| {
        Box::pin(async {
            let call = site.aws.ssm.update_document_default_version().name(DOCUMENT);
            call.document_version("1").send().await.unwrap();
        })
    }),
    setting("document.tags", |site| {
        Box::pin(async {
            let tag = Tag::builder().key("organization").value("Umbrella");
            let call = site.aws.ssm.add_tags_to_resource().resource_id(DOCUMENT);
            let call = call.resource_type(ResourceTypeForTagging::Document);
            call.tags(tag.build().unwrap()).send().await.unwrap();
        })
    }),
    setting("document.tags", |site| {
        Box::pin(async {
            let call = site.aws.ssm.remove_tags_from_resource().resource_id(DOCUMENT);
            let call = call.resource_type(ResourceTypeForTagging::Document);
            call.tag_keys("application-name").send().await.unwrap();
        })
    }),
    missing("document", 1, |site| {
        Box::pin(async {
            let call = site.aws.ssm.delete_document().name(DOCUMENT);
            call.send().await.unwrap();
        })
    }),
];

/// Writes a new version with one input changed, as the console does: the default version stays.
async fn write(site: &Site, input: &str, value: Value) {
    let mut content = site.aws.document().await;
    content["inputs"][input] = value;
    let call = site.aws.ssm.update_document().name(DOCUMENT);
    let call = call.document_version("$LATEST").content(content.to_string());
    call.send().await.unwrap();
}
