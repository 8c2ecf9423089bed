//! An account and region, and the ARNs of its resources.
//!
//! Pure. Follows <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.

use crate::aws::Target;
use crate::aws::partition::Partition;

/// An account and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Id of the partition, such as `aws-cn`.
    pub(crate) partition: String,
    /// Domain of the partition's service principals, such as `amazonaws.com.cn`.
    pub(crate) dns_suffix: String,
    /// Account, 12 digits.
    pub(crate) account_id: String,
    /// Region, such as `cn-north-1`.
    pub(crate) region: String,
}

impl Place {
    /// A place by its names. A partition that is not in the catalog gets the domain of the commercial partition.
    pub(crate) fn new(account_id: &str, partition: &str, region: &str) -> Self {
        let dns_suffix = Partition::by_id(partition).map_or("amazonaws.com", |partition| partition.dns_suffix);
        Self {
            account_id: account_id.to_owned(),
            partition: partition.to_owned(),
            dns_suffix: dns_suffix.to_owned(),
            region: region.to_owned(),
        }
    }

    /// The place of a target.
    pub(crate) fn of(target: &Target) -> Self {
        Self::new(&target.caller.account_id, &target.caller.partition, &target.region)
    }

    /// ARN of a bucket, which names neither account nor region.
    pub(crate) fn bucket_arn(&self, bucket_name: &str) -> String {
        format!("arn:{}:s3:::{bucket_name}", self.partition)
    }

    /// ARN of a log group in the form that key policies and tagging calls require, without `:*` at the end.
    pub(crate) fn log_group_arn(&self, log_group_name: &str) -> String {
        self.arn("logs", &format!("log-group:{log_group_name}"))
    }

    /// ARN of an alias; `alias_name` begins with `alias/`.
    pub(crate) fn alias_arn(&self, alias_name: &str) -> String {
        self.arn("kms", alias_name)
    }

    /// ARN of a key of this account and region.
    pub(crate) fn key_arn(&self, key_id: &str) -> String {
        self.arn("kms", &format!("key/{key_id}"))
    }

    /// ARN of an SSM document.
    pub(crate) fn document_arn(&self, document_name: &str) -> String {
        self.arn("ssm", &format!("document/{document_name}"))
    }

    /// ARN of the account's root, which means the whole account in policies.
    pub(crate) fn root_arn(&self) -> String {
        format!("arn:{}:iam::{}:root", self.partition, self.account_id)
    }

    /// ARN of a resource of this account and region.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        let Self { partition, account_id, region, .. } = self;
        format!("arn:{partition}:{service}:{region}:{account_id}:{resource}")
    }
}
