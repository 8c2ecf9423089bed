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
