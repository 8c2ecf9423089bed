//! Amazon Resource Names. No other file parses one.
//!
//! Pure. Follows <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.

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
    /// Parses an ARN; `None` if the text is not one.
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
        let name = self.resource.strip_prefix("log-group:")?;
        Some(name.strip_suffix(":*").unwrap_or(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_split_at_its_first_five_colons() {
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
    fn anything_else_is_no_arn() {
        for text in ["", "logs", "arn:aws:s3", "urn:aws:s3:::logs"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
