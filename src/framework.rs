//! The protocol-neutral core: what a provider, a resource, a data source and a function are.
//!
//! Nothing here knows a wire format, a transport or AWS. The plugin layer turns the host's messages into these
//! requests and these responses into messages; implementors never see the wire.
//!
//! # Guarantees to implementors
//! - Configuration handed to `plan`, `apply` and `read` has passed `validate` where everything in it was known.
//! - Work that changes something runs to its end even if the host drops the request; [`CancellationToken`]s in the
//!   requests fire when the host asks to stop.
//! - A panic becomes a diagnostic.
//!
//! # Assumptions about implementors
//! - Faults of users and of remote systems are [`Diagnostics`], never panics.
//! - A response keeps what exists: on failure `apply` returns the state that was reached.

pub mod defaults;
pub mod diagnostics;
pub mod duration;
pub mod json;
pub mod path;
pub mod rule;
pub mod schema;
pub mod types;
pub mod validate;
pub mod value;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use diagnostics::Diagnostics;
use path::Path;
use schema::{Attribute, Block, BlockNesting, Nesting, Schema, Shape};
use types::Type;
use value::Value;

/// A provider: the block users configure it with, and what it offers.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The type name that resource types start with.
    fn type_name(&self) -> &str;

    /// Namespace and type as in a source address, without a registry's host: `cloudopsworks/ssmsession`.
    fn source(&self) -> &str;

    /// The schema of the provider block.
    fn schema(&self) -> Schema;

    /// The managed resources.
    fn resources(&self) -> Vec<Arc<dyn Resource>>;

    /// The data sources.
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        Vec::new()
    }

    /// The functions. They are pure, and hosts call them on processes that were never configured.
    fn functions(&self) -> Vec<Arc<dyn Function>> {
        Vec::new()
    }

    /// Checks the provider block beyond the rules of its schema. Values may be unknown.
    async fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Takes the provider block. Values may be unknown while planning. A debug session configures a process again
    /// and again: the latest configuration counts.
    async fn configure(&self, request: ConfigureRequest) -> Diagnostics;
}

/// The provider block of a configuration.
#[derive(Clone, Debug)]
pub struct ConfigureRequest {
    /// The version the host says it has. OpenTofu names a Terraform version here.
    pub host_version: String,
    /// The block's value.
    pub config: Value,
}

/// A managed resource type.
#[async_trait]
pub trait Resource: Send + Sync {
    /// The full type name.
    fn type_name(&self) -> &str;

    /// The schema.
    fn schema(&self) -> &Schema;

    /// The schema of the identity, where the resource has one: required attributes are needed for an import by
    /// identity, optional ones may be given.
    fn identity_schema(&self) -> Option<&Schema> {
        None
    }

    /// Checks a configuration beyond the rules of its schema. Runs unconfigured; values may be unknown.
    async fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Plans a change. Called again before the change is applied, and must plan the same again.
    async fn plan(&self, request: PlanRequest) -> PlanResponse;

    /// Carries out a planned change.
    async fn apply(&self, request: ApplyRequest) -> ApplyResponse;

    /// Reads what stands.
    async fn read(&self, request: ReadRequest) -> ReadResponse;

    /// Makes a state for something that exists; [`Resource::read`] follows at once.
    async fn import(&self, _request: ImportRequest) -> ImportResponse {
        let mut response = ImportResponse::default();
        response.diagnostics.error("Import is not supported", format!("{} cannot be imported.", self.type_name()));
        response
    }

    /// Brings a stored state to the current schema. Called for every state before it is used, whatever its version.
    async fn upgrade(&self, request: UpgradeRequest) -> UpgradeResponse {
        let mut response = UpgradeResponse::default();
        match json::from_json(&self.schema().ty(), &request.state) {
            Ok(state) => response.state = state,
            Err(error) => response.diagnostics.error(
                "Stored state cannot be read",
                format!("The state of {} does not fit its schema: {error}.", self.type_name()),
            ),
        }
        response
    }

    /// Brings a stored identity to the current identity schema.
    async fn upgrade_identity(&self, request: UpgradeRequest) -> UpgradeResponse {
        let mut response = UpgradeResponse::default();
        let ty = self.identity_schema().map_or_else(|| Type::object::<String>([]), Schema::ty);
        match json::from_json(&ty, &request.state) {
            Ok(identity) => response.state = identity,
            Err(error) => response.diagnostics.error(
                "Stored identity cannot be read",
                format!("The identity of {} does not fit its schema: {error}.", self.type_name()),
            ),
        }
        response
    }

    /// Takes over the state of another resource type.
    async fn move_state(&self, request: MoveRequest) -> MoveResponse {
        let mut response = MoveResponse::default();
        response.diagnostics.error(
            "Move is not supported",
            format!(
                "{} cannot take over the state of {} of provider {}.",
                self.type_name(),
                request.source_type,
                request.source_provider
            ),
        );
        response
    }

    /// Configuration that would give this state: what configuration may set, without what it need not.
    fn generate_config(&self, state: &Value) -> Value {
        configurable(&self.schema().block, state)
    }
}

/// A state reduced to what configuration may set; everything else is null.
fn configurable(block: &Block, state: &Value) -> Value {
    let Value::Map(entries) = state else { return state.clone() };
    let mut config = entries.clone();
    for attribute in &block.attributes {
        config.insert(attribute.name.clone(), configurable_attribute(attribute, state.at(&attribute.name)));
    }
    for nested in &block.blocks {
        let is_one = nested.nesting == BlockNesting::Single;
        let value = each(is_one, state.at(&nested.name), |one| configurable(&nested.block, one));
        config.insert(nested.name.clone(), value);
    }
    Value::Map(config)
}

fn configurable_attribute(attribute: &Attribute, value: &Value) -> Value {
    if !attribute.is_configurable() || attribute.deprecated.is_some() {
        return Value::Null;
    }
    let Shape::Nested(nesting, inner) = &attribute.shape else { return value.clone() };
    each(*nesting == Nesting::Single, value, |one| {
        let Value::Map(_) = one else { return one.clone() };
        Value::map(inner.iter().map(|inner| (inner.name.clone(), configurable_attribute(inner, one.at(&inner.name)))))
    })
}

/// An object, or each object of a collection.
fn each(is_one: bool, value: &Value, reduce: impl Fn(&Value) -> Value) -> Value {
    match value {
        _ if is_one => reduce(value),
        Value::List(elements) => Value::List(elements.iter().map(reduce).collect()),
        Value::Map(entries) => Value::map(entries.iter().map(|(key, one)| (key.clone(), reduce(one)))),
        other => other.clone(),
    }
}

/// What a plan starts from.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The configuration; null when the resource is to be destroyed.
    pub config: Value,
    /// The state so far; null when there is none.
    pub prior: Value,
    /// What the host proposes; null when the resource is to be destroyed.
    pub proposed: Value,
    /// Private data of the state. In the second plan of a replacement: the planned private data of the first.
    pub prior_private: Vec<u8>,
    /// The identity so far.
    pub prior_identity: Option<Value>,
    /// Fires when the host asks to stop.
    pub cancel: CancellationToken,
}

/// A plan.
#[derive(Clone, Debug)]
pub struct PlanResponse {
    /// The planned state; null for a destroy.
    pub planned: Value,
    /// Attributes whose change can only be made by a replacement.
    pub requires_replace: Vec<Path>,
    /// Private data for the apply. In clear in plan files: never a secret.
    pub private: Vec<u8>,
    /// The planned identity.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// A change to carry out.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// The configuration; null when the resource is to be destroyed.
    pub config: Value,
    /// The state so far; null when there is none.
    pub prior: Value,
    /// The planned state; null when the resource is to be destroyed.
    pub planned: Value,
    /// Private data of the plan.
    pub private: Vec<u8>,
    /// The planned identity.
    pub identity: Option<Value>,
    /// Fires when the host asks to stop.
    pub cancel: CancellationToken,
}

/// What an apply reached.
#[derive(Clone, Debug)]
pub struct ApplyResponse {
    /// The state that was reached, on failure too; null when nothing is left.
    pub new_state: Value,
    /// Private data to store.
    pub private: Vec<u8>,
    /// The identity to store.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// A state to bring up to date.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The state so far.
    pub current: Value,
    /// Its private data.
    pub private: Vec<u8>,
    /// Its identity.
    pub identity: Option<Value>,
    /// Fires when the host asks to stop.
    pub cancel: CancellationToken,
}

/// A state brought up to date.
#[derive(Clone, Debug)]
pub struct ReadResponse {
    /// The state; null when nothing stands any more.
    pub new_state: Value,
    /// Private data to store: hosts forget what is not returned.
    pub private: Vec<u8>,
    /// The identity to store: hosts forget what is not returned.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// Something to import, by id or by identity.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The id; empty where an identity is given.
    pub id: String,
    /// The identity.
    pub identity: Option<Value>,
    /// Fires when the host asks to stop.
    pub cancel: CancellationToken,
}

/// An imported state, one for each `import`.
#[derive(Clone, Debug, Default)]
pub struct ImportResponse {
    /// The state that [`Resource::read`] goes on from.
    pub state: Option<Value>,
    /// Private data to store.
    pub private: Vec<u8>,
    /// The identity; must be given where it was asked for by identity.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// A stored state or identity.
#[derive(Clone, Debug)]
pub struct UpgradeRequest {
    /// The schema version it was stored with.
    pub version: i64,
    /// The stored value.
    pub state: Json,
}

/// An upgraded state or identity.
#[derive(Clone, Debug)]
pub struct UpgradeResponse {
    /// The value by the current schema.
    pub state: Value,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Default for UpgradeResponse {
    fn default() -> Self {
        Self { state: Value::Null, diagnostics: Diagnostics::new() }
    }
}

/// A state of another resource type.
#[derive(Clone, Debug)]
pub struct MoveRequest {
    /// The address of the provider it comes from.
    pub source_provider: String,
    /// The resource type it comes from.
    pub source_type: String,
    /// The schema version it was stored with.
    pub source_version: i64,
    /// The stored value.
    pub source_state: Json,
    /// Its private data.
    pub source_private: Vec<u8>,
}

/// A state taken over.
#[derive(Clone, Debug)]
pub struct MoveResponse {
    /// The state by the schema of the type that takes over.
    pub state: Value,
    /// Private data to store.
    pub private: Vec<u8>,
    /// The identity to store.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

impl Default for MoveResponse {
    fn default() -> Self {
        Self { state: Value::Null, private: Vec::new(), identity: None, diagnostics: Diagnostics::new() }
    }
}

/// A data source type.
#[async_trait]
pub trait DataSource: Send + Sync {
    /// The full type name.
    fn type_name(&self) -> &str;

    /// The schema.
    fn schema(&self) -> &Schema;

    /// Checks a configuration beyond the rules of its schema. Runs unconfigured; values may be unknown.
    async fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Reads. The configuration is wholly known.
    async fn read(&self, config: Value, cancel: CancellationToken) -> (Value, Diagnostics);
}

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
