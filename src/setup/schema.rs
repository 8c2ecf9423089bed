//! The schema of `ssmsession_setup`: names, types, defaults, rules and descriptions, each said once.
//!
//! The wire, validation, planning and the registry's documentation are all made from it. State files and other
//! people's configurations depend on every name in it. Rules that need more than one attribute stand in
//! [`crate::setup::schema::validate`].

mod computed;
mod rules;
mod settings;
pub(crate) mod validate;

pub(super) use settings::SERVICE_PRINCIPALS;

use std::sync::LazyLock;

use crate::account::schema::{assume_role, region, timeouts};
use terraform_plugin::framework::schema::{Attribute, Block, Schema};
use terraform_plugin::framework::types::Type;
use terraform_plugin::framework::value::Value;

/// The schema.
pub(crate) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema {
    version: 0,
    block: Block {
        attributes: inputs().into_iter().chain(computed::attributes()).collect(),
        blocks: Vec::new(),
        description: "Sets up AWS Systems Manager Session Manager for one account and region: the KMS key and its \
                      alias, the S3 bucket for audit logs, the CloudWatch log group, and the document \
                      `SSM-SessionManagerRunShell` that names them."
            .into(),
    },
});

/// The identity of a setup, by which hosts that know identities import it.
pub(crate) static IDENTITY: LazyLock<Schema> = LazyLock::new(|| Schema {
    version: 0,
    block: Block {
        attributes: vec![
            Attribute::string("account_id").required().describe("The account the setup stands in."),
            Attribute::string("region").required().describe("The region the setup stands in."),
            Attribute::string("delegated_account_id").describe("The delegated administrator, in delegated mode."),
        ],
        ..Block::default()
    },
});

fn inputs() -> Vec<Attribute> {
    vec![
        Attribute::object(
            "org",
            vec![
                Attribute::string("organization_name")
                    .required()
                    .rule(rules::tag_text())
                    .describe("The organization. It stands in tags only."),
                Attribute::string("organization_unit")
                    .required()
                    .rule(rules::name_part())
                    .describe("The organizational unit, the first part of every name."),
                Attribute::string("environment_type")
                    .required()
                    .rule(rules::name_part())
                    .describe("The kind of environment, as `prod`; the third part of every name."),
                Attribute::string("environment_name")
                    .required()
                    .rule(rules::name_part())
                    .describe("The environment, the second part of every name."),
            ],
        )
        .required()
        .describe("Whose setup this is. Names and tags of all parts are made from it."),
        Attribute::string("spoke_def")
            .default("001")
            .rule(rules::spoke())
            .describe("The number of the spoke, the fourth part of every name."),
        Attribute::bool("is_hub").default(false).describe("Whether this is the hub. Recorded; it changes nothing."),
        Attribute::plain("extra_tags", Type::map(Type::String))
            .default(Value::map::<String>([]))
            .rule(rules::tags())
            .describe("Tags for every part, over the standard tags and the provider's `default_tags`."),
        region("The region to set up. Another region replaces the setup."),
        assume_role("A role to act through, perhaps in another account. Only another account replaces the setup."),
        settings::attribute(),
        timeouts(),
    ]
}

#[cfg(test)]
mod tests;
