//! The schema of `ssmsession_preferences`: names, types and descriptions, each said once.

use std::sync::LazyLock;

use crate::account::schema::{assume_role, region};
use crate::reconcile::session_document::NAME;
use terraform_plugin::framework::rule::{Rule, accept};
use terraform_plugin::framework::schema::{Attribute, Block, Nesting, Schema};
use terraform_plugin::framework::types::Type;

use super::findings::Severity;

/// The schema.
pub(crate) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema {
    version: 0,
    block: Block {
        attributes: attributes(),
        blocks: Vec::new(),
        description: "Reads the Session Manager preferences of an account and region, whoever wrote them, and says \
                      what is wrong with them: what makes sessions fail or their logs get lost. Changes nothing. \
                      Needs `ssm:DescribeDocument` and `ssm:GetDocument`; for the findings also \
                      `s3:GetEncryptionConfiguration`, `logs:DescribeLogGroups`, `logs:ListTagsForResource` and \
                      `kms:DescribeKey` on what the document names."
            .into(),
    },
});

fn attributes() -> Vec<Attribute> {
    let string = |name: &str, text: &str| Attribute::string(name).computed().describe(text);
    let number = |name: &str, text: &str| Attribute::number(name).computed().describe(text);
    let bool = |name: &str, text: &str| Attribute::bool(name).computed().describe(text);
    let severities =
        Severity::ALL.map(|severity| format!("`{}`: {}", severity.as_str(), severity.meaning())).join("; ");
    vec![
        region("The region to look at."),
        assume_role("A role to look through, perhaps in another account."),
        Attribute::string("name")
            .default(NAME)
            .rule(document_name())
            .describe("The session document. One of another name counts only where `start-session` names it."),
        bool("exists", "Whether the document exists; null where it may not be read. Without it all below is null."),
        string("account_id", "The account of the caller."),
        string("arn", "The ARN of the document."),
        string("content", "The content of the latest version, canonical JSON.").sensitive(),
        string("document_type", "The type; `Session` for every usable one."),
        string("default_version", "The default version."),
        string("latest_version", "The latest version, which sessions use."),
        string("status", "The status of the latest version, as `Active`."),
        string("hash", "The hash that AWS gives for the latest version."),
        Attribute::plain("tags", Type::map(Type::String)).computed().describe("All tags of the document."),
        string("s3_bucket_name", "The bucket that logs go to; empty: none."),
        string("s3_key_prefix", "What the names of logs in the bucket begin with."),
        bool("s3_encryption_enabled", "Whether sessions are refused unless the bucket is encrypted."),
        string("cloudwatch_log_group_name", "The log group that logs go to; empty: none."),
        bool("cloudwatch_encryption_enabled", "Whether sessions are refused unless the log group has a KMS key."),
        bool("cloudwatch_streaming_enabled", "Whether events are sent while a session runs, not at its end."),
        string("kms_key_id", "The key that sessions are encrypted with beside TLS, as it is written; empty: none."),
        bool("run_as_enabled", "Whether sessions on Linux and macOS run as a user other than `ssm-user`."),
        string("run_as_default_user", "That user, where no tag `SSMSessionRunAs` of the caller names one."),
        number("idle_session_timeout", "Minutes without input after which a session ends; 20 where none is written."),
        number("max_session_duration", "Minutes after which a session ends; null: no maximum."),
        Attribute::object(
            "shell_profile",
            vec![string("linux", "On Linux and macOS."), string("windows", "On Windows.")],
        )
        .computed()
        .sensitive()
        .describe("Commands at the start of a session; empty: none."),
        Attribute::nested(
            "findings",
            Nesting::List,
            vec![
                string("severity", &format!("How grave it is. {severities}.")),
                string("code", "What it is, for programs, as `bucket_missing`."),
                string("summary", "What it is, for people."),
                string("detail", "On which object, and what it leads to."),
                string("remedy", "What to do about it."),
            ],
        )
        .computed()
        .describe("What is wrong, or could not be found out; empty where everything is as it should be."),
    ]
}

fn document_name() -> Rule {
    Rule::text("3 to 128 characters of A to Z, a to z, 0 to 9 and _ - .", |text| {
        let good = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        accept((3..=128).contains(&text.len()) && text.chars().all(good))
    })
}

#[cfg(test)]
mod tests {
    use super::SCHEMA;

    #[test]
    fn every_attribute_is_described_and_defaults_fulfil_their_rules() {
        for attribute in &SCHEMA.block.attributes {
            assert!(!attribute.description.is_empty(), "{}", attribute.name);
            if let terraform_plugin::framework::schema::Default::Fixed(value) = &attribute.default {
                assert!(attribute.rules.iter().all(|rule| rule.check(value).is_ok()), "{}", attribute.name);
            }
        }
    }
}
