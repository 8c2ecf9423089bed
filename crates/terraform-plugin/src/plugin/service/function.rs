//! Calls of functions. Their faults are function errors, which name the argument at fault, in place of diagnostics.

use super::catalog::Catalog;
use crate::framework::{FunctionError, Signature};
use crate::plugin::dynamic_value;
use crate::plugin::messages::tfplugin6 as wire;

pub(super) fn call(catalog: &Catalog, request: &wire::call_function::Request) -> wire::call_function::Response {
    match result(catalog, request) {
        Ok(result) => wire::call_function::Response { result: Some(result), error: None },
        Err(FunctionError { text, argument }) => wire::call_function::Response {
            result: None,
            error: Some(wire::FunctionError { text, function_argument: argument }),
        },
    }
}

fn result(catalog: &Catalog, request: &wire::call_function::Request) -> Result<wire::DynamicValue, FunctionError> {
    let refused = |text: String| FunctionError { text, argument: None };
    let function = catalog
        .function(&request.name)
        .ok_or_else(|| refused(format!("the provider has no function {:?}", request.name)))?;
    let signature = function.signature();
    let arguments = arguments(&signature, &request.arguments)?;
    let result = function.call(&arguments)?;
    dynamic_value::encode(&signature.returns, &result)
        .map_err(|error| refused(format!("the result does not fit its type, which is a bug in the provider: {error}")))
}

/// Reads the arguments. OpenTofu sends a null argument as an empty message, which is null at every position.
fn arguments(
    signature: &Signature,
    messages: &[wire::DynamicValue],
) -> Result<Vec<crate::framework::value::Value>, FunctionError> {
    if messages.len() < signature.parameters.len()
        || (messages.len() > signature.parameters.len() && signature.variadic.is_none())
    {
        let text = format!("{} arguments are expected, not {}", signature.parameters.len(), messages.len());
        return Err(FunctionError { text, argument: None });
    }
    let parameters = signature.parameters.iter().chain(signature.variadic.iter().cycle());
    let arguments = parameters.zip(messages).enumerate();
    arguments
        .map(|(position, (parameter, message))| {
            dynamic_value::decode(&parameter.ty, Some(message)).map_err(|error| FunctionError {
                text: format!("the argument for {} cannot be read: {error}", parameter.name),
                argument: i64::try_from(position).ok(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::Parameter;
    use crate::framework::types::Type;
    use crate::framework::value::Value;

    fn signature(variadic: bool) -> Signature {
        let parameter = |name: &str| Parameter {
            name: name.into(),
            description: String::new(),
            ty: Type::String,
            allow_null: true,
            allow_unknown: false,
        };
        Signature {
            summary: String::new(),
            description: String::new(),
            parameters: vec![parameter("one")],
            variadic: variadic.then(|| parameter("more")),
            returns: Type::String,
        }
    }

    #[test]
    fn arguments_are_read_with_and_without_a_variadic_parameter() {
        let empty = || wire::DynamicValue::default();
        assert_eq!(arguments(&signature(false), &[empty()]), Ok(vec![Value::Null]));
        assert_eq!(arguments(&signature(true), &[empty()]), Ok(vec![Value::Null]));
        assert_eq!(arguments(&signature(true), &[empty(), empty(), empty()]), Ok(vec![Value::Null; 3]));
        assert!(arguments(&signature(false), &[]).is_err());
        assert!(arguments(&signature(false), &[empty(), empty()]).is_err());
    }
}
