//! Functions. They are pure, and hosts call them on processes that are not configured.

use super::types::Type;
use super::value::Value;

/// A parameter of a [`Function`].
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name, for documentation and errors.
    pub name: String,
    /// What the parameter is for, in Markdown.
    pub description: String,
    /// The type.
    pub ty: Type,
    /// Whether null is accepted.
    pub allow_null: bool,
    /// Whether unknown is accepted; otherwise the result is unknown without a call.
    pub allow_unknown: bool,
}

/// The parameters and the result of a [`Function`].
#[derive(Clone, Debug)]
pub struct Signature {
    /// What the function does, in one line.
    pub summary: String,
    /// What the function does, in Markdown.
    pub description: String,
    /// The parameters in order.
    pub parameters: Vec<Parameter>,
    /// A last parameter for any number of arguments.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
}

/// Why a [`Function`] has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// What is wrong.
    pub text: String,
    /// The argument at fault, counted from zero.
    pub argument: Option<i64>,
}

/// A pure function of its arguments.
pub trait Function: Send + Sync {
    /// The name within the provider.
    fn name(&self) -> &str;

    /// The parameters and the result.
    fn signature(&self) -> Signature;

    /// Calls it.
    ///
    /// # Errors
    /// Where the function refuses its arguments.
    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError>;
}
