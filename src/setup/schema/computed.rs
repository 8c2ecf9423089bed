//! The attributes that the provider computes: what every part is, as AWS shows it.

use terraform_plugin::framework::schema::{Attribute, Nesting};
use terraform_plugin::framework::types::Type;

fn string(name: &str, text: &str) -> Attribute {
    Attribute::string(name).computed().describe(text)
}

fn number(name: &str, text: &str) -> Attribute {
    Attribute::number(name).computed().describe(text)
}

fn bool(name: &str, text: &str) -> Attribute {
    Attribute::bool(name).computed().describe(text)
}

fn object(name: &str, text: &str, attributes: Vec<Attribute>) -> Attribute {
    Attribute::object(name, attributes).computed().describe(text)
}

fn tags() -> Attribute {
    Attribute::plain("tags", Type::map(Type::String)).computed().describe("The tags, without the provider's own two.")
}

fn created() -> Attribute {
    bool("created", "Whether this setup made it. Only then is it written or deleted.")
}

/// The attributes.
pub(super) fn attributes() -> Vec<Attribute> {
    vec![
        string("id", "`<account_id>/<region>`; in delegated mode `<account_id>/delegated/<member account>`."),
        string("account_id", "The account of the caller."),
        string("partition", "The partition of the account, as `aws`."),
        string("system_name", "`<unit>-<environment name>-<environment type>-<spoke>-<region code>`."),
        Attribute::plain("tags_all", Type::map(Type::String)).computed().describe("The tags of every part."),
        kms_key(),
        bucket(),
        log_group(),
        document(),
        string("previous_document", "What stood in the document before it was adopted.").sensitive(),
        Attribute::nested(
            "delegations",
            Nesting::Map,
            vec![
                string("account_id", "The delegated administrator."),
                bool("registered", "Whether this resource registered it."),
                string("delegation_enabled_at", "When it was registered, in RFC 3339."),
            ],
        )
        .computed()
        .describe("The delegations by service principal."),
        Attribute::nested(
            "retired",
            Nesting::List,
            vec![
                string("part", "The kind of part."),
                string("name", "The name."),
                string("arn", "The ARN."),
                string("reason", "Why it is kept."),
            ],
        )
        .computed()
        .describe("Parts that are no longer used but kept, because logs need them."),
        string("stamp", "Tells this state's parts from those of another state."),
        Attribute::plain("drift", Type::list(Type::String))
            .computed()
            .describe("What differs in AWS from what this resource wants. A plan that is not empty repairs it."),
        object(
            "policies",
            "Policies of least privilege, JSON, for those who work with the setup. They are known in the plan; a key of \
             the setup's own is named by its alias (`kms:ResourceAliases`), which KMS goes by after up to five minutes.",
            vec![
                string("instance", "For the role of managed nodes: sessions, logs to bucket and group, use of the keys."),
                string(
                    "user",
                    "For people who start sessions: on nodes with `settings.session.node_tags`, with the preferences of \
                     the setup alone (`ssm:SessionDocumentAccessCheck`); only their own sessions to resume and end.",
                ),
                string(
                    "preferences_lock",
                    "Denies changes of document, bucket, key and log group, and the deletion of logs: a service control \
                     policy or a part of a permissions boundary. Only the role of `assume_role` is let out; without \
                     one, attach it where the provider does not act, for it would be locked out as well.",
                ),
                string(
                    "provisioner",
                    "For the principal that this resource acts as: every call that it makes. The policy of a new key \
                     has to be changeable by its maker before KMS goes by the key's tags, so `kms:PutKeyPolicy` reaches \
                     every key of account and region that carries no mark, too.",
                ),
                string(
                    "bucket_owner",
                    "Statements for the policy of a bucket that is given from outside: those of nodes \
                     (`allowed_iam_role_arns`, else the account). Null where the bucket is the setup's own.",
                ),
                string(
                    "key_owner",
                    "Statements for the policy of a key that is given from outside, for sessions or for a given bucket. \
                     Null where there is none.",
                ),
            ],
        ),
        Attribute::plain("vpc_endpoint_services", Type::set(Type::String)).computed().describe(
            "The endpoint services that nodes without internet access need, as `com.amazonaws.us-east-1.ssm`. The one of \
             S3 is a gateway endpoint, the others are interface endpoints.",
        ),
    ]
}

fn kms_key() -> Attribute {
    object(
        "kms_key",
        "The key; null without a customer key.",
        vec![
            string("arn", "The ARN."),
            string("key_id", "The id."),
            string("alias_name", "The alias, with \"alias/\"."),
            string("alias_arn", "The ARN of the alias."),
            created(),
            string("description", "The description."),
            string("policy", "The key policy, JSON."),
            bool("rotation_enabled", "Whether the key's material is rotated."),
            number("rotation_period_in_days", "Days between two rotations."),
            bool("multi_region", "Whether it is a multi-Region key."),
            string("state", "The state, as `Enabled`."),
            tags(),
        ],
    )
}

fn bucket() -> Attribute {
    object(
        "bucket",
        "The bucket.",
        vec![
            string("name", "The name."),
            string("arn", "The ARN."),
            string("region", "The region."),
            created(),
            string("policy", "The bucket policy, JSON."),
            string("sse_algorithm", "The algorithm of the default encryption."),
            string("kms_key_arn", "The key of the default encryption."),
            bool("bucket_key_enabled", "Whether S3 uses a bucket key."),
            string("object_ownership", "Who owns uploaded objects."),
            string("versioning", "`Enabled`, `Suspended`, or empty where versions were never kept."),
            object(
                "public_access_block",
                "What keeps the bucket from being public.",
                vec![
                    bool("block_public_acls", "Whether public ACLs are refused."),
                    bool("block_public_policy", "Whether public policies are refused."),
                    bool("ignore_public_acls", "Whether public ACLs are ignored."),
                    bool("restrict_public_buckets", "Whether access by public policies is restricted."),
                ],
            ),
            object(
                "lifecycle",
                "The lifecycle of logs; null without one.",
                vec![
                    number("transition_days", "Days after which logs move to STANDARD_IA."),
                    number("archive_days", "Days after which logs move to GLACIER."),
                    number("expiration_days", "Days after which logs expire."),
                    number("noncurrent_days", "Days after which noncurrent versions expire."),
                ],
            ),
            object(
                "object_lock",
                "The default retention of new objects; null without one.",
                vec![string("mode", "The mode."), number("days", "The days.")],
            ),
            object(
                "access_log",
                "Where S3 access logs go; null where none are written.",
                vec![string("target_bucket", "The bucket."), string("target_prefix", "The prefix.")],
            ),
            tags(),
        ],
    )
}

fn log_group() -> Attribute {
    object(
        "log_group",
        "The log group; null while CloudWatch is off.",
        vec![
            string("name", "The name."),
            string("arn", "The ARN."),
            created(),
            number("retention_in_days", "Days that events are kept; null: they never expire."),
            string("kms_key_arn", "The key that new events are encrypted with."),
            tags(),
        ],
    )
}

fn document() -> Attribute {
    object(
        "document",
        "The session document; null while it is not written.",
        vec![
            string("name", "The name."),
            string("arn", "The ARN."),
            string("content", "The content, canonical JSON.").sensitive(),
            string("default_version", "The default version."),
            string("latest_version", "The latest version, which sessions use."),
            string("status", "The status, as `Active`."),
            string("hash", "The hash that AWS gives for the latest version."),
            bool("adopted", "Whether it existed before and was taken over."),
            tags(),
        ],
    )
}
