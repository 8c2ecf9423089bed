//! Functions: pure, and called on processes that were never configured.

use super::types::Type;
use super::value::Value;

/// A parameter of a [`Function`].
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name, for documentation and errors.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The type.
    pub ty: Type,
    /// Whether null is accepted.
    pub allow_null: bool,
    /// Whether unknown is accepted; else the host answers unknown without a call.
    pub allow_unknown: bool,
}

/// What a [`Function`] takes and gives.
#[derive(Clone, Debug)]
pub struct Signature {
    /// One line: what it does.
    pub summary: String,
    /// All about it, in Markdown.
    pub description: String,
    /// The parameters in order.
    pub parameters: Vec<Parameter>,
    /// A last parameter that may stand any number of times.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
}

/// Why a [`Function`] gave no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionError {
    /// What is wrong, for people.
    pub text: String,
    /// The argument to blame, counted from zero.
    pub argument: Option<i64>,
}

/// A pure function of its arguments.
pub trait Function: Send + Sync {
    /// The name within the provider.
    fn name(&self) -> &str;

    /// What it takes and gives.
    fn signature(&self) -> Signature;

    /// Calls it.
    ///
    /// # Errors
    /// Where the arguments are refused.
    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError>;
}
