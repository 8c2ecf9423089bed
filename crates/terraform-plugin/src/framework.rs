//! What a provider, a resource, a data source and a function are: traits, and the requests and responses of their methods.
//!
//! The framework knows no wire format and no transport. The plugin layer turns the host's messages into requests, and
//! responses into messages. The modules in the order in which they are best read:
//!
//! 1. [`value`], [`types`], [`path`]: what configuration, plan and state are made of.
//! 2. [`model`], [`field`]: the same values as structs of the provider's own.
//! 3. [`schema`], [`rule`], [`defaults`], [`validate`]: what a configuration may hold, and what it holds by default.
//! 4. [`diagnostics`]: errors and warnings.
//! 5. [`exchange`]: the requests of the host and the responses to them; [`function`]: functions.
//! 6. [`json`], [`duration`]: values as JSON, durations as Terraform writes them.
//!
//! # Guarantees
//! - A configuration that `plan`, `apply` and `read` receive has passed `validate`, as far as its values were known.
//! - Work goes on to its end when the host drops the request. The [`CancellationToken`] of a request is cancelled when
//!   the host asks to stop.
//! - A panic becomes a diagnostic.
//!
//! # Assumptions
//! - An implementor reports faults of users and of remote systems as [`Diagnostics`], never by a panic.
//! - The response of an apply holds the state that was reached, on failure too.

pub mod defaults;
pub mod diagnostics;
pub mod duration;
pub mod exchange;
pub mod field;
pub mod function;
pub mod json;
pub mod model;
pub mod path;
pub mod rule;
pub mod schema;
pub mod types;
pub mod validate;
pub mod value;

use std::sync::Arc;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

pub use exchange::{
    ApplyRequest, ApplyResponse, ConfigureRequest, ImportRequest, ImportResponse, PlanRequest, PlanResponse,
    ReadRequest, ReadResponse, UpgradeRequest, UpgradeResponse,
};
pub use function::{Function, FunctionError, Parameter, Signature};

use diagnostics::Diagnostics;
use schema::Schema;
use value::Value;

/// A provider: the block that configures it, and its resources, data sources and functions.
#[async_trait]
pub trait Provider: Send + Sync + 'static {
    /// The type name that resource types start with.
    fn type_name(&self) -> &str;

    /// Namespace and type of the source address, without a registry's host: `example/notes`.
    fn source(&self) -> &str;

    /// The schema of the provider block.
    fn schema(&self) -> Schema;

    /// The managed resources.
    fn resources(&self) -> Vec<Arc<dyn Resource>>;

    /// The data sources.
    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        Vec::new()
    }

    /// The functions. They are pure; hosts call them on processes that are not configured.
    fn functions(&self) -> Vec<Arc<dyn Function>> {
        Vec::new()
    }

    /// Validates the provider block beyond the rules of its schema. Values may be unknown.
    async fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Configures the provider. Values may be unknown in a plan. A debug session configures one process again and again;
    /// the latest configuration counts.
    async fn configure(&self, request: ConfigureRequest) -> Diagnostics;
}

/// A managed resource type.
#[async_trait]
pub trait Resource: Send + Sync {
    /// The full type name, which starts with the provider's.
    fn type_name(&self) -> &str;

    /// The schema.
    fn schema(&self) -> &Schema;

    /// The schema of the identity, where the resource has one: an import by identity needs the required attributes and
    /// may give the optional ones.
    fn identity_schema(&self) -> Option<&Schema> {
        None
    }

    /// Validates a configuration beyond the rules of its schema. The provider is not configured; values may be unknown.
    async fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Plans a change. Hosts plan again before they apply, and refuse a plan that differs in any known value.
    async fn plan(&self, request: PlanRequest) -> PlanResponse;

    /// Applies a planned change.
    async fn apply(&self, request: ApplyRequest) -> ApplyResponse;

    /// Reads what stands.
    async fn read(&self, request: ReadRequest) -> ReadResponse;

    /// Makes a state for an object that exists. Hosts call [`Resource::read`] with it at once.
    async fn import(&self, _request: ImportRequest) -> ImportResponse {
        let mut response = ImportResponse::default();
        response.diagnostics.error("Import is not supported", format!("{} cannot be imported.", self.type_name()));
        response
    }

    /// Brings a stored state to the current schema. Hosts call this for every state before they use it, whatever its
    /// version.
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
}

/// A data source type.
#[async_trait]
pub trait DataSource: Send + Sync {
    /// The full type name, which starts with the provider's.
    fn type_name(&self) -> &str;

    /// The schema.
    fn schema(&self) -> &Schema;

    /// Validates a configuration beyond the rules of its schema. The provider is not configured; values may be unknown.
    async fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::new()
    }

    /// Reads what stands. The configuration is wholly known.
    async fn read(&self, config: Value, cancel: CancellationToken) -> (Value, Diagnostics);
}
