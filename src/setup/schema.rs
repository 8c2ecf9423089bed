//! The schema of `ssmsession_setup`: the names, types, defaults, rules and descriptions of its attributes.
//!
//! Pure. The wire format, validation, planning and the registry's documentation are all derived from it. State files
//! and configurations of users depend on every name in it. Rules that need more than one attribute are in [`validate`].

mod computed;
mod rules;
mod settings;
pub(crate) mod validate;

use std::sync::LazyLock;

use terraform_plugin::framework::schema::{Attribute, Block, Schema};
use terraform_plugin::framework::types::Type;
use terraform_plugin::framework::value::Value;

use crate::account::schema::{assume_role, region, timeouts};

pub(super) use rules::SERVICE_PRINCIPALS;

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

/// The identity of a setup, by which hosts that support identities import it.
pub(crate) static IDENTITY: LazyLock<Schema> = LazyLock::new(|| Schema {
    version: 0,
    block: Block {
        attributes: vec![
            Attribute::string("account_id").required().describe("The account of the setup."),
            Attribute::string("region").required().describe("The region of the setup."),
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
                    .describe("The organization. It is used only in tags."),
                Attribute::string("organization_unit")
                    .required()
                    .rule(rules::name_part())
                    .describe("The organizational unit, the first part of every name."),
                Attribute::string("environment_type")
                    .required()
                    .rule(rules::name_part())
                    .describe("The kind of environment, such as `prod`; the third part of every name."),
                Attribute::string("environment_name")
                    .required()
                    .rule(rules::name_part())
                    .describe("The environment, the second part of every name."),
            ],
        )
        .required()
        .describe(
            "The organization and environment of the setup. The names and tags of all parts are derived from it.",
        ),
        Attribute::string("spoke_def")
            .default("001")
            .rule(rules::spoke())
            .describe("The number of the spoke, the fourth part of every name."),
        Attribute::bool("is_hub").default(false).describe("Whether this is the hub. The value is only recorded."),
        Attribute::plain("extra_tags", Type::map(Type::String))
            .default(Value::map::<String>([]))
            .null_elements()
            .rule(rules::tags())
            .describe(
                "Tags for every part. They override the standard tags and the provider's `default_tags`. A null value \
                 removes the tag of that key.",
            ),
        region("The region to set up. A change of the region replaces the setup."),
        assume_role(
            "A role to act through, for example in another account. A change replaces the setup only if the role \
             belongs to another account.",
        ),
        settings::attribute(),
        timeouts(),
    ]
}

#[cfg(test)]
mod tests;
