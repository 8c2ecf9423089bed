//! The attributes that the provider computes: the parts as AWS shows them. Pure.

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
    Attribute::plain("tags", Type::map(Type::String))
        .computed()
        .describe("The tags, without the two tags of the provider.")
}

fn created() -> Attribute {
    bool("created", "Whether this setup created it. Otherwise it is only read.")
}

/// The attributes.
pub(super) fn attributes() -> Vec<Attribute> {
    vec![
        string("id", "`<account_id>/<region>`; in delegated mode `<account_id>/delegated/<member account>`."),
        string("account_id", "The account of the caller."),
        string("partition", "The partition of the account, such as `aws`."),
        string("system_name", "`<unit>-<environment name>-<environment type>-<spoke>-<region code>`."),
        Attribute::plain("tags_all", Type::map(Type::String)).computed().describe("The tags of every part."),
        kms_key(),
        bucket(),
        log_group(),
        document(),
        string("previous_document", "The content of the document before it was adopted.").sensitive(),
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
        .describe("Parts that are no longer used, and kept because logs need them."),
        string("stamp", "Identifies the parts of this state. Parts with another stamp belong to another state."),
        Attribute::plain("drift", Type::list(Type::String))
            .computed()
            .describe("The differences between AWS and the configuration. The next apply repairs them."),
        object(
            "policies",
            "Least-privilege policies, JSON, for nodes, users and administrators of the setup. They are known in the \
             plan. A managed key is named by its alias (`kms:ResourceAliases`), which KMS evaluates after up to five \
             minutes.",
            vec![
                string("instance", "For the role of managed nodes: sessions, writing logs, use of the keys."),
                string(
                    "user",
                    "For users who start sessions: only on nodes with `settings.session.node_tags` and with the \
                     preferences of the setup (`ssm:SessionDocumentAccessCheck`). They can resume and end only their \
                     own sessions.",
                ),
                string(
                    "preferences_lock",
                    "Denies changes of the document, the bucket, the key and the log group, and the deletion of logs. \
                     For a service control policy or a permissions boundary. Only the role of `assume_role` is \
                     exempt; without one, do not apply it to the principal of the provider.",
                ),
                string(
                    "provisioner",
                    "For the principal that this resource acts as: every call that it makes, also for a change to \
                     these settings from any others. KMS takes minutes to evaluate the tags and the alias of a new \
                     key, and an imported key has no mark yet, so changes are also allowed on keys without the mark \
                     that are under no alias but this setup's; keys are deleted only by the mark.",
                ),
                string(
                    "bucket_owner",
                    "Statements for the policy of an existing bucket, for the roles in `allowed_iam_role_arns` or else \
                     the account. Null if the setup creates the bucket.",
                ),
                string(
                    "key_owner",
                    "Statements for the policy of an existing key of sessions or of an existing bucket. Null without \
                     such a key.",
                ),
            ],
        ),
        Attribute::plain("vpc_endpoint_services", Type::set(Type::String)).computed().describe(
            "The VPC endpoint services that nodes without internet access need, such as `com.amazonaws.us-east-1.ssm`. \
             The one of S3 is a gateway endpoint, the others are interface endpoints.",
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
            bool("rotation_enabled", "Whether the key material is rotated."),
            number("rotation_period_in_days", "Days between two rotations."),
            bool("multi_region", "Whether it is a multi-Region key."),
            string("state", "The state, such as `Enabled`."),
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
            string("versioning", "`Enabled`, `Suspended`, or empty if the bucket never kept versions."),
            object(
                "public_access_block",
                "The public access block.",
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
                    string("prefix", "What the keys of these logs begin with; empty: the whole bucket."),
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
                "Where S3 access logs go; null if none are written.",
                vec![string("target_bucket", "The bucket."), string("target_prefix", "The prefix.")],
            ),
            tags(),
        ],
    )
}

fn log_group() -> Attribute {
    object(
        "log_group",
        "The log group; null while CloudWatch Logs is off.",
        vec![
            string("name", "The name."),
            string("arn", "The ARN."),
            created(),
            number("creation_time", "When it was created, in milliseconds since 1970-01-01 UTC."),
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
            string("status", "The status, such as `Active`."),
            string("hash", "The hash of the latest version, computed by AWS."),
            bool("adopted", "Whether the document existed before and was adopted."),
            tags(),
        ],
    )
}
