//! The reference of a function as Markdown: signature and arguments, in the layout of tfplugindocs. Pure.
//!
//! Reference: <https://github.com/hashicorp/terraform-plugin-docs>

use super::schema::type_name;
use terraform_plugin::framework::{Parameter, Signature};

/// The signature and the arguments of the function `name`.
pub(super) fn reference(name: &str, signature: &Signature) -> String {
    let Signature { parameters, variadic, returns, .. } = signature;
    let typed = |parameter: &Parameter| format!("{} {}", parameter.name, type_name(&parameter.ty).to_lowercase());
    let taken = parameters.iter().map(typed);
    let taken = taken.chain(variadic.iter().map(|variadic| format!("{}...", typed(variadic))));
    let taken = taken.collect::<Vec<_>>().join(", ");
    let returns = type_name(returns).to_lowercase();
    let arguments = parameters.iter().map(|parameter| argument(parameter, ""));
    let arguments: String = arguments.chain(variadic.iter().map(|variadic| argument(variadic, "Variadic, "))).collect();
    format!("## Signature\n\n```text\n{name}({taken}) {returns}\n```\n\n## Arguments\n\n{arguments}")
}

fn argument(parameter: &Parameter, how_often: &str) -> String {
    let nullable = if parameter.allow_null { ", Nullable" } else { "" };
    let Parameter { name, description, ty, .. } = parameter;
    format!("1. `{name}` ({how_often}{}{nullable}) {description}\n", type_name(ty))
}

#[cfg(test)]
mod tests {
    use super::*;
    use terraform_plugin::framework::types::Type;

    #[test]
    fn signature_and_arguments_say_types_and_nulls() {
        let parameter = |name: &str, ty, allow_null| Parameter {
            name: name.into(),
            description: format!("The {name}."),
            ty,
            allow_null,
            allow_unknown: false,
        };
        let signature = Signature {
            summary: String::new(),
            description: String::new(),
            parameters: vec![
                parameter("region", Type::String, false),
                parameter("tags", Type::map(Type::String), true),
            ],
            variadic: Some(parameter("more", Type::Number, false)),
            returns: Type::Bool,
        };
        let expected = "## Signature\n\n```text\nis(region string, tags map of string, more number...) boolean\n```\n\n\
                        ## Arguments\n\n1. `region` (String) The region.\n1. `tags` (Map of String, Nullable) The tags.\n\
                        1. `more` (Variadic, Number) The more.\n";
        assert_eq!(reference("is", &signature), expected);
    }
}
