//! The attribute `settings` with its groups. Pure.

use terraform_plugin::framework::rule::Rule;
use terraform_plugin::framework::schema::Attribute;
use terraform_plugin::framework::types::Type;
use terraform_plugin::framework::value::Value;

use crate::account::rules::account_id;

use super::rules;

/// The retention days that CloudWatch Logs accepts (API Reference, `PutRetentionPolicy`), and 0 for never.
const RETENTION_DAYS: [i64; 23] =
    [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// The attribute.
pub(super) fn attribute() -> Attribute {
    Attribute::object(
        "settings",
        vec![
            Attribute::bool("random_bucket_suffix")
                .default(true)
                .describe("Whether the derived name of the bucket ends in \"-\" and 8 characters."),
            Attribute::plain("allowed_iam_role_arns", Type::set(Type::String))
                .default(Value::List(Vec::new()))
                .rule(rules::role_arns())
                .describe("Roles of managed nodes that may use the key and write to the bucket."),
            kms(),
            session(),
            audit(),
            cloudwatch(),
            bucket(),
            document(),
            organization(),
        ],
    )
    .default_nested()
    .describe(
        "What is created, and how. Terraform and OpenTofu silently drop misspelt keys: write `settings = \
         provider::ssmsession::settings({ ... })` to make them errors.",
    )
}

fn group(name: &str, text: &str, attributes: Vec<Attribute>) -> Attribute {
    Attribute::object(name, attributes).default_nested().describe(text)
}

fn kms() -> Attribute {
    group(
        "kms",
        "The KMS key that logs and sessions are encrypted with.",
        vec![
            Attribute::bool("enabled").default(true).describe(
                "Whether a key is created. If not, the key of `key_alias` or `key_id` is used, or no customer key.",
            ),
            Attribute::string("key_alias")
                .default("")
                .rule(rules::key_alias())
                .same(rules::same_alias)
                .describe("The alias of an existing key, with or without \"alias/\". Only with `enabled = false`."),
            Attribute::string("key_id")
                .default("")
                .rule(rules::key_id())
                .same(rules::same_key_id)
                .describe("The id, ARN or alias ARN of an existing key. Only with `enabled = false`."),
            Attribute::number("deletion_window")
                .default(Value::number(30))
                .rule(Rule::whole_number(7, 30))
                .describe("Days between the destroy and the deletion of the key."),
            Attribute::bool("enable_key_rotation").default(true).describe("Whether the key material is rotated."),
            Attribute::number("rotation_period_in_days")
                .default(Value::number(90))
                .rule(Rule::whole_number(90, 2560))
                .describe("Days between two rotations."),
            Attribute::bool("multi_region").default(false).describe("Whether the key is a multi-Region key."),
            Attribute::string("alias_name")
                .default_derived("`ssm-session-mgmt-key-<system_name>`")
                .rule(rules::alias_name())
                .same(rules::same_alias)
                .describe("The alias of the key that is created, with or without \"alias/\"."),
            Attribute::bool("skip_destroy").describe(
                "Whether a destroy keeps the key. Absent: the key is kept while a bucket or log group that it \
                 encrypts is kept. `false`: the key is scheduled for deletion even if it still encrypts logs.",
            ),
            Attribute::string("policy_statements")
                .rule(rules::key_policy())
                .same(rules::same_policy)
                .describe("A JSON policy document whose statements are added to the key's policy."),
        ],
    )
}

fn session() -> Attribute {
    group(
        "session",
        "How sessions run.",
        vec![
            Attribute::string("run_as").default("").rule(rules::run_as()).describe(
                "The operating-system user of sessions on Linux and macOS. Turns Run As on. The user must exist on \
                     every node; the agent creates `ssm-user` only where Run As is off.",
            ),
            Attribute::bool("run_as_enabled").default_derived("whether `run_as` is set").describe(
                "Whether sessions run as another user. With `run_as = \"\"` the caller's tag `SSMSessionRunAs` names \
                 the user.",
            ),
            Attribute::number("timeout")
                .default(Value::number(20))
                .rule(Rule::whole_number(1, 60))
                .describe("Idle minutes after which a session ends."),
            Attribute::number("max_duration")
                .default(Value::number(60))
                .rule(Rule::zero_or_whole_number(1, 1440, "for no maximum"))
                .describe("The maximum duration of a session, in minutes."),
            Attribute::bool("kms_encryption").default(true).describe(
                "Whether sessions are encrypted with the key in addition to TLS. Logs are encrypted in any case.",
            ),
            group(
                "shell_profile",
                "Commands that run when a session starts.",
                vec![
                    Attribute::string("linux").default("").describe("Commands on Linux and macOS."),
                    Attribute::string("windows").default("").describe("Commands on Windows."),
                ],
            ),
            Attribute::plain("node_tags", Type::map(Type::String))
                .default(Value::map::<String>([]))
                .rule(rules::node_tags())
                .describe("Limits `policies.user` to nodes with these tags."),
        ],
    )
}

fn audit() -> Attribute {
    group(
        "audit",
        "How long audit logs are kept, and where.",
        vec![
            Attribute::number("transition_days")
                .default(Value::number(30))
                .rule(Rule::zero_or_whole_number(30, 36_500, "for no transition"))
                .describe("Days after which logs move to STANDARD_IA. S3 does not move logs under 128 KB."),
            Attribute::number("archive_days")
                .default(Value::number(60))
                .rule(Rule::zero_or_whole_number(1, 36_500, "for no archive"))
                .describe(
                    "Days after which logs move to GLACIER; at least 30 more than `transition_days`. S3 does not move \
                     logs under 128 KB.",
                ),
            Attribute::number("retention_years")
                .default(Value::number(5))
                .rule(Rule::zero_or_whole_number(1, 100, "to keep them forever"))
                .describe("Years of 365 days after which logs expire."),
            Attribute::number("noncurrent_days")
                .default(Value::number(30))
                .rule(Rule::whole_number(1, 36_500))
                .describe("Days after which noncurrent versions expire, with versioning."),
            Attribute::string("prefix").default("").rule(rules::object_prefix()).describe(
                "The lifecycle rule is for objects whose names begin with it; empty: for the whole bucket. Set it to \
                 `key_prefix` for a bucket that also holds other data. Where an imported bucket has a narrower rule, \
                 the configuration must set it.",
            ),
        ],
    )
}

fn cloudwatch() -> Attribute {
    group(
        "cloudwatch",
        "The CloudWatch log group that session logs go to.",
        vec![
            Attribute::bool("enabled").default(false).describe("Whether logs also go to CloudWatch Logs."),
            Attribute::bool("create").default(true).describe(
                "Whether the log group is created. If not, `log_group_name` is an existing one that is only read.",
            ),
            Attribute::number("retention")
                .default(Value::number(7))
                .rule(Rule::one_of_numbers(&RETENTION_DAYS))
                .describe("Days that events are kept. 0: they never expire."),
            Attribute::bool("streaming")
                .default(false)
                .describe("Whether events are streamed while a session runs. If not, the log is sent at its end."),
            Attribute::string("log_group_name")
                .default_derived("`/aws/ssm/session-manager/audit-<system_name>`")
                .rule(rules::log_group_name())
                .describe("The name of the log group; only that of an existing one may contain \"#\"."),
            Attribute::bool("skip_destroy")
                .default(true)
                .describe("Whether the log group is kept by a destroy, and when it is switched off."),
        ],
    )
}

fn bucket() -> Attribute {
    group(
        "bucket",
        "The S3 bucket that audit logs go to.",
        vec![
            Attribute::string("name")
                .default_derived(
                    "`ssm-session-auditlogs-<system_name>`, with a suffix if both suffix settings are true",
                )
                .rule(rules::bucket_name())
                .describe("The name of the bucket."),
            Attribute::bool("random_suffix").default(true).describe(
                "The counterpart of `random_bucket_suffix`: the derived name has a suffix only if both are true.",
            ),
            Attribute::bool("create").default(true).describe(
                "Whether the bucket is created. If not, `name` is an existing bucket, which may belong to another \
                 account and is only read.",
            ),
            Attribute::string("account_id")
                .rule(account_id())
                .describe("The owner of an existing bucket that this account cannot read."),
            Attribute::string("kms_key_arn")
                .rule(rules::key_arn())
                .describe("The key of an existing bucket that this account cannot read."),
            Attribute::string("key_prefix")
                .default("session-manager/")
                .rule(rules::key_prefix())
                .describe("The prefix of the names of log objects."),
            Attribute::bool("force_destroy")
                .default(false)
                .describe("Whether a destroy empties the bucket first. It never bypasses an object lock."),
            Attribute::bool("skip_destroy")
                .default(false)
                .describe("Whether a destroy keeps the bucket, its policy and lifecycle, and its key."),
            Attribute::bool("versioning").default_derived("whether `object_lock` is set").describe(
                "Whether versions are kept. `false` accepts a bucket that never kept versions and a suspended one.",
            ),
            Attribute::bool("bucket_key_enabled").default(false).describe("Whether S3 uses a bucket key."),
            Attribute::string("object_ownership")
                .default("BucketOwnerEnforced")
                .rule(Rule::one_of(&["BucketOwnerEnforced", "BucketOwnerPreferred"]))
                .describe("Who owns uploaded objects."),
            Attribute::object(
                "object_lock",
                vec![
                    Attribute::string("mode")
                        .required()
                        .rule(Rule::one_of(&["GOVERNANCE", "COMPLIANCE"]))
                        .describe("The mode of the default retention."),
                    Attribute::number("days")
                        .required()
                        .rule(Rule::whole_number(1, 36_500))
                        .describe("The days of the default retention."),
                ],
            )
            .describe("The default retention of new log objects. It can be switched on later, never off."),
            Attribute::object(
                "access_log",
                vec![
                    Attribute::string("target_bucket")
                        .required()
                        .rule(rules::existing_bucket_name())
                        .describe("An existing bucket of the same region, other than this one."),
                    Attribute::string("target_prefix").describe("The prefix of the names of access logs."),
                ],
            )
            .describe("Where S3 access logs go."),
            Attribute::string("policy_statements")
                .rule(rules::policy())
                .same(rules::same_policy)
                .describe("A JSON policy document whose statements are added to the bucket's policy."),
        ],
    )
}

fn document() -> Attribute {
    group(
        "document",
        "The session document.",
        vec![
            Attribute::bool("enabled").default(true).describe(
                "Whether the document is written. With `false` everything else is created, so that policies can be \
                 attached before the first session needs them.",
            ),
            Attribute::string("on_existing")
                .default("fail")
                .rule(Rule::one_of(&["fail", "adopt"]))
                .describe("What happens to a document that exists already."),
            Attribute::string("on_destroy")
                .default("restore")
                .rule(Rule::one_of(&["restore", "delete", "retain"]))
                .describe("What a destroy does with the document."),
        ],
    )
}

fn organization() -> Attribute {
    let principals = Value::set(rules::SERVICE_PRINCIPALS.map(Value::from));
    group(
        "organization",
        "Delegation of Systems Manager to a member account, instead of a setup.",
        vec![
            Attribute::bool("delegated").default(false).describe("Whether this resource is a delegation."),
            Attribute::string("account_id")
                .rule(account_id())
                .describe("The member account. Required with `delegated`; a change replaces the delegation."),
            Attribute::plain("service_principals", Type::set(Type::String))
                .default(principals)
                .rule(rules::service_principals())
                .describe(
                    "The services to delegate. A service that is removed is deregistered if this resource registered \
                     it.",
                ),
            Attribute::bool("enable_trusted_access")
                .default(false)
                .describe("Whether trusted access is enabled first if it is missing. It is never disabled."),
        ],
    )
}
