//! Keys, buckets, documents and logs that exist without the provider: made through the AWS SDK before a scenario, or
//! while it runs.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_sdk_ssm::types::DocumentType;
use serde_json::{Value, json};

use crate::aws::{Aws, DOCUMENT};
use crate::moto::Account;
use crate::workspace::REGION;

/// The object that [`Aws::put_log`] puts.
pub(crate) const LOG: &str = "session-manager/a-session.log";

impl Aws {
    /// Makes a customer managed key with the default policy, which admits the account alone. Returns its ARN.
    pub(crate) async fn create_key(&self) -> String {
        let created = self.kms.create_key().send().await.unwrap();
        created.key_metadata().unwrap().arn().unwrap().to_owned()
    }

    /// Makes a customer managed key that the account and its CloudWatch Logs may use. Returns its ARN.
    pub(crate) async fn create_key_for_logs(&self, account: &Account) -> String {
        let account = &account.id;
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
                    "Action": "kms:*",
                    "Resource": "*",
                },
                {
                    "Effect": "Allow",
                    "Principal": {"Service": format!("logs.{REGION}.amazonaws.com")},
                    "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                    "Resource": "*",
                    "Condition": {"ArnLike": {
                        "kms:EncryptionContext:aws:logs:arn": format!("arn:aws:logs:{REGION}:{account}:*"),
                    }},
                },
            ],
        });
        let created = self.kms.create_key().policy(policy.to_string()).send().await.unwrap();
        created.key_metadata().unwrap().arn().unwrap().to_owned()
    }

    /// Makes a bucket in the usual region, with S3's own encryption.
    pub(crate) async fn create_bucket(&self, name: &str) {
        let region = BucketLocationConstraint::from(REGION);
        let configuration = CreateBucketConfiguration::builder().location_constraint(region).build();
        self.s3.create_bucket().bucket(name).create_bucket_configuration(configuration).send().await.unwrap();
    }

    /// Puts the log of a session into a bucket.
    pub(crate) async fn put_log(&self, bucket: &str) {
        let call = self.s3.put_object().bucket(bucket).key(LOG);
        call.body(ByteStream::from_static(b"sh-5.1$ id")).send().await.unwrap();
    }

    /// Lets S3 deliver the access logs of an account's buckets to a bucket.
    pub(crate) async fn admit_access_logs(&self, bucket: &str, account_id: &str) {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Service": "logging.s3.amazonaws.com"},
                "Action": "s3:PutObject",
                "Resource": format!("arn:aws:s3:::{bucket}/*"),
                "Condition": {"StringEquals": {"aws:SourceAccount": account_id}},
            }],
        });
        self.s3.put_bucket_policy().bucket(bucket).policy(policy.to_string()).send().await.unwrap();
    }

    /// Makes the session document of the account and region, with these inputs.
    pub(crate) async fn create_document(&self, inputs: &Value) {
        self.create_document_named(DOCUMENT, inputs).await;
    }

    /// Makes a session document of another name.
    pub(crate) async fn create_document_named(&self, name: &str, inputs: &Value) {
        let call = self.ssm.create_document().name(name).document_type(DocumentType::Session);
        call.content(content(inputs).to_string()).send().await.unwrap();
    }

    pub(crate) async fn delete_document(&self) {
        self.ssm.delete_document().name(DOCUMENT).send().await.unwrap();
    }
}

/// The content of a session document with these inputs.
pub(crate) fn content(inputs: &Value) -> Value {
    json!({"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs})
}

/// The id of a key by its ARN.
pub(crate) fn key_id_of(arn: &str) -> String {
    arn.rsplit('/').next().unwrap().to_owned()
}
