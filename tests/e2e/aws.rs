//! AWS as a client of its own observes it: SDK clients of one account, and the parts of a setup that they find.
//!
//! Must not read the provider's state or use its code: its observations are the evidence for the
//! assertions about the provider.

use std::collections::BTreeMap;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_kms::types::KeyState;
use aws_sdk_s3::types::{
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
};
use aws_smithy_http_client::Builder as HttpClient;
use serde_json::Value;

use crate::moto::{self, Account};

pub(crate) const DOCUMENT: &str = "SSM-SessionManagerRunShell";
const BUCKET_PREFIX: &str = "ssm-session-auditlogs-";
const ALIAS_PREFIX: &str = "alias/ssm-session-mgmt-key-";
const LOG_GROUP_PREFIX: &str = "/aws/ssm/session-manager/audit-";

pub(crate) struct Aws {
    pub(crate) kms: aws_sdk_kms::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) organizations: aws_sdk_organizations::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) ssm: aws_sdk_ssm::Client,
}

/// The names of the parts of the one setup of an account. None where the part does not exist.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) key_id: Option<String>,
    pub(crate) alias: Option<String>,
    pub(crate) bucket: Option<String>,
    pub(crate) log_group: Option<String>,
    pub(crate) document: bool,
}

impl Aws {
    pub(crate) fn of(account: &Account, region: &str) -> Self {
        let credentials = Credentials::new(account.observer_access_key(), "test", None, None, "observer");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .endpoint_url(moto::endpoint())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(HttpClient::new().build_http())
            .build();
        Self {
            kms: aws_sdk_kms::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            organizations: aws_sdk_organizations::Client::new(&config),
            s3: aws_sdk_s3::Client::new(&config),
            ssm: aws_sdk_ssm::Client::new(&config),
        }
    }

    /// Finds the parts of a setup with derived names. A key that is pending deletion does not count.
    pub(crate) async fn parts(&self) -> Parts {
        self.parts_beside(&[]).await
    }

    /// The same where the account holds other keys, by their ARNs.
    pub(crate) async fn parts_beside(&self, others: &[&str]) -> Parts {
        let mut keys = self.keys().await;
        keys.retain(|key| !others.iter().any(|other| other.ends_with(key)));
        assert!(keys.len() <= 1, "one key is enough: {keys:?}");
        let aliases = self.kms.list_aliases().send().await.unwrap();
        let buckets = self.s3.list_buckets().send().await.unwrap();
        let groups = self.logs.describe_log_groups().send().await.unwrap();
        Parts {
            key_id: keys.into_iter().next(),
            alias: aliases
                .aliases()
                .iter()
                .filter_map(|alias| alias.alias_name())
                .find(|name| name.starts_with(ALIAS_PREFIX))
                .map(str::to_owned),
            bucket: buckets
                .buckets()
                .iter()
                .filter_map(|bucket| bucket.name())
                .find(|name| name.starts_with(BUCKET_PREFIX))
                .map(str::to_owned),
            log_group: groups
                .log_groups()
                .iter()
                .filter_map(|group| group.log_group_name())
                .find(|name| name.starts_with(LOG_GROUP_PREFIX))
                .map(str::to_owned),
            document: self.has_document().await,
        }
    }

    pub(crate) async fn has_document(&self) -> bool {
        self.ssm.describe_document().name(DOCUMENT).send().await.is_ok()
    }

    /// The customer's keys that are not pending deletion.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let mut usable = Vec::new();
        for key in self.kms.list_keys().send().await.unwrap().keys() {
            let id = key.key_id().unwrap();
            if self.key_state(id).await != KeyState::PendingDeletion {
                usable.push(id.to_owned());
            }
        }
        usable
    }

    pub(crate) async fn key_state(&self, key_id: &str) -> KeyState {
        let answer = self.kms.describe_key().key_id(key_id).send().await.unwrap();
        let metadata = answer.key_metadata().expect("metadata");
        metadata.key_state().expect("a state").clone()
    }

    /// The content of the newest version of the document, which sessions use.
    pub(crate) async fn document(&self) -> Value {
        let answer = self.ssm.get_document().name(DOCUMENT).document_version("$LATEST").send().await.unwrap();
        serde_json::from_str(answer.content().unwrap()).unwrap()
    }

    pub(crate) async fn document_tags(&self) -> BTreeMap<String, String> {
        let answer = self.ssm.describe_document().name(DOCUMENT).send().await;
        answer
            .unwrap()
            .document()
            .unwrap()
            .tags()
            .iter()
            .map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
            .collect()
    }

    pub(crate) async fn key_tags(&self, key_id: &str) -> BTreeMap<String, String> {
        let answer = self.kms.list_resource_tags().key_id(key_id).send().await;
        answer.unwrap().tags().iter().map(|tag| (tag.tag_key().to_owned(), tag.tag_value().to_owned())).collect()
    }

    pub(crate) async fn bucket_tags(&self, bucket: &str) -> BTreeMap<String, String> {
        let answer = self.s3.get_bucket_tagging().bucket(bucket).send().await;
        answer.unwrap().tag_set().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
    }

    pub(crate) async fn log_group(&self, name: &str) -> aws_sdk_cloudwatchlogs::types::LogGroup {
        let answer = self.logs.describe_log_groups().log_group_identifiers(name).send().await.unwrap();
        answer.log_groups().first().expect("the group").clone()
    }

    pub(crate) async fn log_group_tags(&self, name: &str) -> BTreeMap<String, String> {
        let arn = self.log_group(name).await.log_group_arn.unwrap();
        let answer = self.logs.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
        answer.tags().expect("tags").iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Whether a bucket has neither policy nor tags nor lifecycle, as after its creation.
    pub(crate) async fn bucket_is_untouched(&self, bucket: &str) -> bool {
        self.s3.head_bucket().bucket(bucket).send().await.unwrap();
        self.s3.get_bucket_policy().bucket(bucket).send().await.is_err()
            && self.s3.get_bucket_tagging().bucket(bucket).send().await.is_err()
            && self.s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await.is_err()
    }

    /// Sets the default encryption of a bucket to a customer managed key.
    pub(crate) async fn encrypt_bucket(&self, bucket: &str, key_arn: &str, bucket_key: bool) {
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::AwsKms)
            .kms_master_key_id(key_arn)
            .build()
            .unwrap();
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .bucket_key_enabled(bucket_key)
            .build();
        let configuration = ServerSideEncryptionConfiguration::builder().rules(rule);
        let call = self.s3.put_bucket_encryption().bucket(bucket);
        let call = call.server_side_encryption_configuration(configuration.build().unwrap());
        call.send().await.unwrap();
    }
}
