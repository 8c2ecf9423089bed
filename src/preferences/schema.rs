//! The schema of `ssmsession_preferences`: the names, types and descriptions of its attributes. Pure.

use std::sync::LazyLock;

use terraform_plugin::framework::rule::{Rule, accept};
use terraform_plugin::framework::schema::{Attribute, Block, Nesting, Schema};
use terraform_plugin::framework::types::Type;

use crate::account::schema::{assume_role, region};
use crate::reconcile::session_document::NAME;

use super::findings::FindingSeverity;

/// The schema.
pub(crate) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema {
    version: 0,
    block: Block {
        attributes: attributes(),
        blocks: Vec::new(),
        description: "Reads the Session Manager preferences of an account and region, whoever wrote them, and \
                      reports what makes sessions fail or lose their logs. It changes nothing. It needs \
                      `ssm:DescribeDocument` and `ssm:GetDocument`; for the findings also \
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
        FindingSeverity::ALL.map(|severity| format!("`{}`: {}", severity.as_str(), severity.meaning())).join("; ");
    vec![
        region("The region to read."),
        assume_role("A role to read through, for example in another account."),
        Attribute::string("name").default(NAME).rule(document_name()).describe(
            "The name of the session document. Sessions use a document of another name only if `start-session` names \
             it.",
        ),
        bool(
            "exists",
            "Whether the document exists; null if the caller may not read it. The attributes of a document that does \
             not exist are null.",
        ),
        string("account_id", "The account of the caller."),
        string("arn", "The ARN of the document."),
        string("content", "The content of the latest version, canonical JSON.").sensitive(),
        string("document_type", "The type. Session Manager uses only documents of type `Session`."),
        string("default_version", "The default version."),
        string("latest_version", "The latest version, which sessions use."),
        string("status", "The status of the latest version, such as `Active`."),
        string("hash", "The hash of the latest version, computed by AWS."),
        Attribute::plain("tags", Type::map(Type::String)).computed().describe("All tags of the document."),
        string("s3_bucket_name", "The bucket that logs go to; empty: none."),
        string("s3_key_prefix", "The prefix of the names of log objects."),
        bool("s3_encryption_enabled", "Whether sessions are refused unless the bucket is encrypted."),
        string("cloudwatch_log_group_name", "The log group that logs go to; empty: none."),
        bool("cloudwatch_encryption_enabled", "Whether sessions are refused unless the log group has a KMS key."),
        bool(
            "cloudwatch_streaming_enabled",
            "Whether events are streamed while a session runs. If not, the log is sent at its end.",
        ),
        string(
            "kms_key_id",
            "The key that sessions are encrypted with in addition to TLS, in the spelling of the document; empty: \
             none.",
        ),
        bool("run_as_enabled", "Whether sessions on Linux and macOS run as a user other than `ssm-user`."),
        string("run_as_default_user", "The Run As user of callers without the tag `SSMSessionRunAs`."),
        number("idle_session_timeout", "Idle minutes after which a session ends; 20 if the document has none."),
        number("max_session_duration", "The maximum duration of a session, in minutes; null: no maximum."),
        Attribute::object(
            "shell_profile",
            vec![string("linux", "On Linux and macOS."), string("windows", "On Windows.")],
        )
        .computed()
        .sensitive()
        .describe("Commands that run when a session starts; empty: none."),
        Attribute::nested(
            "findings",
            Nesting::List,
            vec![
                string("severity", &format!("The severity. {severities}.")),
                string("code", "A stable identifier of the finding, such as `bucket_missing`."),
                string("summary", "A short description."),
                string("detail", "The object that is affected, and what the finding leads to."),
                string("remedy", "What to do about it."),
            ],
        )
        .computed()
        .describe("What is wrong, and what could not be read; empty if everything is correct."),
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
