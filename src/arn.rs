//! The ARN: the one place that takes one apart and puts one together.
//!
//! Pure. Follows <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.

use std::fmt;

/// The fields of an ARN. Region and account may be empty, as in the ARN of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    /// The partition, such as `aws-cn`.
    pub(crate) partition: &'a str,
    /// The service, such as `kms`.
    pub(crate) service: &'a str,
    /// The region.
    pub(crate) region: &'a str,
    /// The account.
    pub(crate) account_id: &'a str,
    /// The rest, such as `key/1234` or `log-group:name`.
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Reads an ARN; `None` where the text is none.
    pub(crate) fn parse(arn: &'a str) -> Option<Self> {
        let mut fields = arn.strip_prefix("arn:")?.splitn(5, ':');
        Some(Self {
            partition: fields.next()?,
            service: fields.next()?,
            region: fields.next()?,
            account_id: fields.next()?,
            resource: fields.next()?,
        })
    }

    /// The id of a KMS key: what follows `key/`.
    pub(crate) fn key_id(&self) -> Option<&'a str> {
        self.resource.strip_prefix("key/")
    }

    /// The name of a log group: what follows `log-group:`, without `:*` at its end.
    pub(crate) fn log_group_name(&self) -> Option<&'a str> {
        self.without_streams().resource.strip_prefix("log-group:")
    }

    /// The ARN of a log group without the `:*` that stands for its streams.
    pub(crate) fn without_streams(self) -> Self {
        Self { resource: self.resource.strip_suffix(":*").unwrap_or(self.resource), ..self }
    }

    /// The ARN of another resource in the same account and region.
    pub(crate) fn beside(self, resource: &'a str) -> Self {
        Self { resource, ..self }
    }

    /// The account that a principal in a policy stands for, where it is the root of an account.
    pub(crate) fn root_account_id(&self) -> Option<&'a str> {
        (self.service == "iam" && self.resource == "root").then_some(self.account_id)
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account_id, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account_id}:{resource}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_taken_apart_at_its_first_five_colons() {
        let group = Arn::parse("arn:aws:logs:eu-west-1:123456789012:log-group:/a:*").unwrap();
        assert_eq!((group.partition, group.service, group.region), ("aws", "logs", "eu-west-1"));
        assert_eq!((group.account_id, group.resource), ("123456789012", "log-group:/a:*"));
        assert_eq!((group.log_group_name(), group.key_id()), (Some("/a"), None));
        let key = Arn::parse("arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1").unwrap();
        assert_eq!((key.key_id(), key.log_group_name()), (Some("mrk-1"), None));
        let bucket = Arn::parse("arn:aws:s3:::logs").unwrap();
        assert_eq!((bucket.region, bucket.account_id, bucket.resource), ("", "", "logs"));
    }

    #[test]
    fn an_arn_is_put_together_as_it_was_taken_apart() {
        for text in ["arn:aws:s3:::logs", "arn:aws:logs:eu-west-1:123456789012:log-group:/a:*"] {
            assert_eq!(Arn::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn an_alias_is_beside_the_keys_of_its_account_and_region() {
        let key = Arn::parse("arn:aws:kms:eu-west-1:123456789012:key/1").unwrap();
        assert_eq!(key.beside("alias/logs").to_string(), "arn:aws:kms:eu-west-1:123456789012:alias/logs");
    }

    #[test]
    fn a_log_group_is_named_with_or_without_its_streams() {
        let group = "arn:aws:logs:eu-west-1:123456789012:log-group:/a";
        for text in [group, "arn:aws:logs:eu-west-1:123456789012:log-group:/a:*"] {
            assert_eq!(Arn::parse(text).unwrap().without_streams().to_string(), group);
        }
    }

    #[test]
    fn only_the_root_of_an_account_stands_for_the_account() {
        let account_id = |arn| Arn::parse(arn).unwrap().root_account_id();
        assert_eq!(account_id("arn:aws-cn:iam::123456789012:root"), Some("123456789012"));
        assert_eq!(account_id("arn:aws:iam::123456789012:user/root"), None);
        assert_eq!(account_id("arn:aws:s3:::root"), None);
    }

    #[test]
    fn anything_else_is_no_arn() {
        for text in ["", "logs", "arn:aws:s3", "urn:aws:s3:::logs"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
