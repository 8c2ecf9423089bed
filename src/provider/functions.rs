//! The provider's functions: the names of a setup, and a strict check of settings.
//!
//! Pure. Hosts call functions in processes without a configuration, so nothing here may use the provider's region or
//! call AWS. The schema of the resource alone decides which arguments are valid.
//!
//! Reference: <https://developer.hashicorp.com/terraform/plugin/framework/functions/concepts>

mod nearest;
mod settings;
mod strict;

use std::sync::Arc;

use crate::setup::naming::{self, System};
use crate::setup::schema::SCHEMA;
use terraform_plugin::framework::diagnostics::{Diagnostics, Severity};
use terraform_plugin::framework::schema::{Attribute, Block};
use terraform_plugin::framework::types::Type;
use terraform_plugin::framework::validate;
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{Function, FunctionError, Parameter, Signature};

/// The functions.
pub(super) fn all() -> Vec<Arc<dyn Function>> {
    vec![Arc::new(SystemName), Arc::new(RegionCode), Arc::new(settings::Settings)]
}

/// The default of `spoke_def`.
const DEFAULT_SPOKE: &str = "001";

struct SystemName;

impl Function for SystemName {
    fn name(&self) -> &'static str {
        "system_name"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "The common end of all names of a setup".into(),
            description:
                "Returns `<unit>-<environment name>-<environment type>-<spoke>-<region code>`, in lower case: \
                          the attribute `system_name` of an `ssmsession_setup` with the same `org`, `spoke_def` and \
                          region, before the setup exists."
                    .into(),
            parameters: vec![
                parameter("org", "The same as `org` of the resource.", false),
                parameter("spoke_def", "The same as `spoke_def` of the resource: three digits. Null: `001`.", true),
                parameter("region", "The region of the setup, such as `us-east-1`.", false),
            ],
            variadic: None,
            returns: Type::String,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let arguments = checked(&["org", "spoke_def", "region"], arguments)?;
        let text = |path: &str| arguments.at(path).as_str().unwrap_or_default();
        let spoke = arguments.at("spoke_def").as_str().unwrap_or(DEFAULT_SPOKE);
        Ok(Value::from(naming::system_name(&System {
            organization_unit: text("org.organization_unit"),
            environment_name: text("org.environment_name"),
            environment_type: text("org.environment_type"),
            spoke,
            region: text("region"),
        })))
    }
}

struct RegionCode;

impl Function for RegionCode {
    fn name(&self) -> &'static str {
        "region_code"
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "The short form of a region in names".into(),
            description:
                "Returns `usea1` for `us-east-1`, and `usgowest` for `us-gov-west-1`. Some regions share a code: \
                          `ap-south-1` and `ap-southeast-1` are both `apso1`."
                    .into(),
            parameters: vec![parameter("region", "The region, such as `us-east-1`.", false)],
            variadic: None,
            returns: Type::String,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let arguments = checked(&["region"], arguments)?;
        Ok(Value::from(naming::region_code(arguments.at("region").as_str().unwrap_or_default())))
    }
}

/// An attribute of the resource by its name.
fn attribute(name: &str) -> Option<&'static Attribute> {
    SCHEMA.block.attributes.iter().find(|attribute| attribute.name == name)
}

/// A parameter of the type that the resource's attribute of this name has.
fn parameter(name: &str, description: &str, allow_null: bool) -> Parameter {
    Parameter {
        name: name.into(),
        description: description.into(),
        ty: attribute(name).map_or(Type::Dynamic, Attribute::ty),
        allow_null,
        allow_unknown: false,
    }
}

/// Returns the arguments by the names of the resource's attributes, checked by the rules of these attributes. An error names
/// the first wrong argument and contains all problems.
fn checked(names: &[&str], arguments: &[Value]) -> Result<Value, FunctionError> {
    let attributes = names.iter().filter_map(|name| attribute(name).cloned()).collect();
    let arguments = Value::map(names.iter().copied().zip(arguments.iter().cloned()));
    let problems = problems(&validate::validate(&Block { attributes, ..Block::default() }, &arguments));
    if problems.is_empty() {
        return Ok(arguments);
    }
    let named = names.iter().position(|name| problems.iter().any(|problem| problem.starts_with(name)));
    Err(FunctionError { text: problems.join("\n"), argument: named.and_then(|position| i64::try_from(position).ok()) })
}

/// The texts of the errors among diagnostics.
fn problems(diagnostics: &Diagnostics) -> Vec<String> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.map(|error| error.detail.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests;
