//! `settings(value)`: the settings of a setup, checked strictly and handed on unchanged.
//!
//! Terraform and OpenTofu convert a nested attribute to its type before a provider sees it, and drop keys that the type
//! does not have. A function's dynamic argument arrives as it was written: this is where a misspelt key is found.
//! Must not change the value, nor know a rule that the resource does not have.

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
            summary: "Checks settings strictly, and answers them unchanged".into(),
            description: "Terraform and OpenTofu drop keys of `settings` that the resource does not have, without a \
                          word: with `sesion = { timeout = 5 }` the default stays. Write \
                          `settings = provider::ssmsession::settings({ ... })` and a key that is not known is an \
                          error, with the one that was probably meant. Types and rules are checked as the resource \
                          checks them, all at once; what converts for the resource, as `\"20\"` to `20`, passes here. \
                          The value comes back as it was given, nulls and unknown values too."
                .into(),
            parameters: vec![Parameter {
                name: NAME.into(),
                description: "The value for the resource's `settings`.".into(),
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

/// Everything that is wrong with a value for `settings`.
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
