//! `settings(value)`: checks the settings of a setup strictly, and returns them unchanged.
//!
//! Terraform and OpenTofu convert a nested attribute to its type before a provider receives it, and drop keys that the type
//! does not have. They do not convert the dynamic argument of a function, so a misspelt key is visible here.
//! Must not change the value, nor contain a rule that the resource does not have.

use super::{attribute, problems, strict};
use crate::setup;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::schema::Block;
use terraform_plugin::framework::types::Type;
use terraform_plugin::framework::validate;
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{Function, FunctionError, Parameter, Signature};

const NAME: &str = "settings";

pub(super) struct Settings;

impl Function for Settings {
    fn name(&self) -> &'static str {
        NAME
    }

    fn signature(&self) -> Signature {
        Signature {
            summary: "Checks settings strictly, and returns them unchanged".into(),
            description: "Terraform and OpenTofu silently drop keys of `settings` that the resource does not have: with \
                          `sesion = { timeout = 5 }` the default applies. With \
                          `settings = provider::ssmsession::settings({ ... })` an unknown key is an error that suggests \
                          the probable key. The function checks types and rules as the resource does, and reports all \
                          errors at once. It accepts what the resource converts, such as `\"20\"` to `20`. It returns \
                          the value unchanged, including nulls and unknown values."
                .into(),
            parameters: vec![Parameter {
                name: NAME.into(),
                description: "The value of `settings` of the resource.".into(),
                ty: Type::Dynamic,
                allow_null: true,
                allow_unknown: true,
            }],
            variadic: None,
            returns: Type::Dynamic,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let value = arguments.first().unwrap_or(&Value::Null);
        let problems = check(value);
        if problems.is_empty() {
            return Ok(value.clone());
        }
        Err(FunctionError { text: problems.join("\n"), argument: Some(0) })
    }
}

/// All problems of a value for `settings`.
fn check(value: &Value) -> Vec<String> {
    let Some(settings) = attribute(NAME) else { return Vec::new() };
    let mut found = Vec::new();
    let converted = strict::convert(settings, value, &Path::of(NAME), &mut found);
    let config = Value::map([(NAME, converted)]);
    let block = Block { attributes: vec![settings.clone()], ..Block::default() };
    found.extend(problems(&validate::validate(&block, &config)));
    found.extend(problems(&setup::schema::validate::validate(&config)));
    found
}
