//! The provider block, in the syntax of hashicorp/aws: `endpoints` and `default_tags` are blocks.

use std::collections::BTreeMap;

use crate::aws::{Config, Endpoints};
use crate::setup::naming::validate_tags;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::MaybeUnknown;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::rule::Rule;
use terraform_plugin::framework::schema::{Attribute, Block, BlockNesting, NestedBlock, Schema};
use terraform_plugin::framework::types::Type;
use terraform_plugin::framework::value::Value;

/// The services with a configurable endpoint.
const SERVICES: [(&str, &str); 6] = [
    ("ssm", "Systems Manager"),
    ("s3", "S3"),
    ("kms", "KMS"),
    ("logs", "CloudWatch Logs"),
    ("organizations", "Organizations"),
    ("sts", "STS"),
];

/// The schema of the block.
pub(super) fn schema() -> Schema {
    Schema {
        version: 0,
        block: Block {
            attributes: vec![
                Attribute::string("region").describe(
                    "The region of setups that name none. Absent: `AWS_REGION`, `AWS_DEFAULT_REGION`, then the region of the profile.",
                ),
                Attribute::string("profile")
                    .describe("The profile with the credentials and the region. Absent: `AWS_PROFILE`."),
                Attribute::string("access_key")
                    .describe("The access key. Absent: the default credentials chain of AWS. Requires `secret_key`."),
                Attribute::string("secret_key").sensitive().describe("The secret key. Requires `access_key`."),
                Attribute::string("token").sensitive().describe("The session token of temporary credentials."),
                Attribute::bool("s3_use_path_style")
                    .describe("Whether URLs of S3 are `host/bucket` instead of `bucket.host`. Absent: `false`."),
                Attribute::number("max_retries").rule(Rule::whole_number(1, 100)).describe(
                    "The maximum number of attempts of a call, as in hashicorp/aws. Absent: `AWS_MAX_ATTEMPTS`, `max_attempts` of the profile, then 25.",
                ),
                Attribute::string("preflight").rule(Rule::one_of(&["error", "warn"])).describe(
                    "The severity, in a plan, of findings in AWS that would make the apply fail. Absent: `error`.",
                ),
            ],
            blocks: vec![
                NestedBlock::new(
                    "endpoints",
                    BlockNesting::Set { min: 0, max: 0 },
                    "Custom endpoints of AWS services. `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_<SERVICE>` are supported as well.",
                    SERVICES
                        .map(|(name, service)| {
                            Attribute::string(name).describe(&format!("The URL of the endpoint of {service}."))
                        })
                        .into(),
                ),
                NestedBlock::new(
                    "default_tags",
                    BlockNesting::List { min: 0, max: 1 },
                    "Tags for everything that the provider creates.",
                    vec![
                        Attribute::plain("tags", Type::map(Type::String))
                            .describe("The tags. Standard tags and `extra_tags` of a setup take precedence."),
                    ],
                ),
            ],
            description: "Sets up AWS Systems Manager Session Manager.".into(),
        },
    }
}

/// Rules across arguments.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    for (one, other) in [("access_key", "secret_key"), ("secret_key", "access_key")] {
        if config.at(one).as_str().is_some() && config.at(other).is_null() {
            diagnostics.error_at(
                Path::of(other),
                format!("{other} is missing"),
                format!("{one} is given without {other}. Give both, or neither to use the default chain of AWS."),
            );
        }
    }
    if let MaybeUnknown::Known(tags) = default_tags(config)
        && let Err(problem) = validate_tags(&tags)
    {
        diagnostics.error_at(Path::of("default_tags"), "Invalid default tags", format!("{problem}."));
    }
    diagnostics
}

/// The default tags.
pub(super) fn default_tags(config: &Value) -> MaybeUnknown<BTreeMap<String, String>> {
    let blocks = config.at("default_tags");
    if !blocks.is_wholly_known() {
        return MaybeUnknown::Unknown;
    }
    let tags = blocks.as_list().into_iter().flatten().filter_map(|block| block.at("tags").as_map()).flatten();
    MaybeUnknown::Known(tags.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect())
}

/// The configuration of the AWS clients. Unknown while any part of it is unknown.
pub(super) fn aws(config: &Value) -> MaybeUnknown<Config> {
    let arguments =
        ["region", "profile", "access_key", "secret_key", "token", "s3_use_path_style", "max_retries", "endpoints"];
    if arguments.iter().any(|name| !config.at(name).is_wholly_known()) {
        return MaybeUnknown::Unknown;
    }
    let text = |name: &str| config.at(name).as_str().map(str::to_owned);
    let blocks = config.at("endpoints").as_list().unwrap_or_default();
    let endpoint = |service: &str| blocks.iter().find_map(|block| block.at(service).as_str().map(str::to_owned));
    MaybeUnknown::Known(Config {
        region: text("region"),
        profile: text("profile"),
        access_key: text("access_key"),
        secret_key: text("secret_key"),
        token: text("token"),
        endpoints: Endpoints {
            kms: endpoint("kms"),
            logs: endpoint("logs"),
            organizations: endpoint("organizations"),
            s3: endpoint("s3"),
            ssm: endpoint("ssm"),
            sts: endpoint("sts"),
        },
        s3_use_path_style: config.at("s3_use_path_style").as_bool().unwrap_or_default(),
        max_retries: config.at("max_retries").as_i64().and_then(|number| u32::try_from(number).ok()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
