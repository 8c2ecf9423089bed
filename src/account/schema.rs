//! The attributes that resources and data sources share: `region`, `assume_role` and `timeouts`.

use terraform_plugin::framework::schema::Attribute;

use super::rules;

/// `region` with a description of what is in it.
pub(crate) fn region(description: &str) -> Attribute {
    Attribute::string("region").default_derived("the provider's region").rule(rules::region()).describe(description)
}

/// `assume_role` with a description of what it is used for.
pub(crate) fn assume_role(description: &str) -> Attribute {
    Attribute::object(
        "assume_role",
        vec![
            Attribute::string("role_arn").required().rule(rules::role_arn()).describe("The role to act through."),
            Attribute::string("external_id")
                .rule(rules::external_id())
                .describe("The external id that the role's trust policy requires."),
            Attribute::string("session_name").rule(rules::session_name()).describe("The name of the role session."),
        ],
    )
    .describe(description)
}

/// `timeouts`.
pub(crate) fn timeouts() -> Attribute {
    let timeout = |name: &str, default: &str| {
        Attribute::string(name)
            .rule(rules::duration())
            .same(rules::same_duration)
            .describe(&format!("How long the operation may take, including waits and retries. Absent: `{default}`."))
    };
    Attribute::object(
        "timeouts",
        vec![timeout("create", "20m"), timeout("read", "5m"), timeout("update", "20m"), timeout("delete", "20m")],
    )
    .describe("How long operations on AWS may take.")
}
