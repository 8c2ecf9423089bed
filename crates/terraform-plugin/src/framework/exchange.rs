//! The requests of a host and the responses to them: one pair of types for each method.

use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use super::diagnostics::Diagnostics;
use super::path::Path;
use super::value::Value;

/// The provider block of a configuration.
#[derive(Clone, Debug)]
pub struct ConfigureRequest {
    /// The block's value.
    pub config: Value,
}

/// A change to plan.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// The configuration; null for a destroy.
    pub config: Value,
    /// The prior state; null for a creation.
    pub prior: Value,
    /// The state that the host proposes; null for a destroy.
    pub proposed: Value,
    /// The private data of the state; in the second plan of a replacement, the planned private data of the first.
    pub prior_private: Vec<u8>,
    /// The prior identity.
    pub prior_identity: Option<Value>,
    /// Cancelled when the host asks to stop.
    pub cancel: CancellationToken,
}

/// A plan.
#[derive(Clone, Debug, Default)]
pub struct PlanResponse {
    /// The planned state; null for a destroy.
    pub planned: Value,
    /// Attributes whose change needs a replacement. Hosts ignore those that do not change.
    pub requires_replace: Vec<Path>,
    /// Private data for the apply. Plan files hold it in clear: it must not hold a secret.
    pub private: Vec<u8>,
    /// The planned identity.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// A planned change to apply.
#[derive(Clone, Debug)]
pub struct ApplyRequest {
    /// The configuration; null for a destroy.
    pub config: Value,
    /// The prior state; null for a creation.
    pub prior: Value,
    /// The planned state; null for a destroy.
    pub planned: Value,
    /// The private data of the plan.
    pub private: Vec<u8>,
    /// The planned identity.
    pub identity: Option<Value>,
    /// Cancelled when the host asks to stop.
    pub cancel: CancellationToken,
}

/// The outcome of an apply.
#[derive(Clone, Debug, Default)]
pub struct ApplyResponse {
    /// The state that was reached, on failure too; null when nothing stands.
    pub new_state: Value,
    /// Private data to store.
    pub private: Vec<u8>,
    /// The identity to store.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// A state to refresh.
#[derive(Clone, Debug)]
pub struct ReadRequest {
    /// The current state.
    pub current: Value,
    /// Its private data.
    pub private: Vec<u8>,
    /// Its identity.
    pub identity: Option<Value>,
    /// Cancelled when the host asks to stop.
    pub cancel: CancellationToken,
}

/// A refreshed state.
#[derive(Clone, Debug, Default)]
pub struct ReadResponse {
    /// The state; null when the object is gone.
    pub new_state: Value,
    /// Private data to store. Hosts forget what the response leaves out.
    pub private: Vec<u8>,
    /// The identity to store; the current one where this is absent.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// An object to import, by id or by identity.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// The id; empty for an import by identity.
    pub id: String,
    /// The identity.
    pub identity: Option<Value>,
    /// Cancelled when the host asks to stop.
    pub cancel: CancellationToken,
}

/// An imported state.
#[derive(Clone, Debug, Default)]
pub struct ImportResponse {
    /// The state that hosts pass to [`Resource::read`](super::Resource::read); absent when the import fails.
    pub state: Option<Value>,
    /// Private data to store.
    pub private: Vec<u8>,
    /// The identity, which an import by identity needs.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// A stored state.
#[derive(Clone, Debug)]
pub struct UpgradeRequest {
    /// The schema version of the stored state.
    pub version: i64,
    /// The stored state.
    pub state: Json,
}

/// An upgraded state.
#[derive(Clone, Debug, Default)]
pub struct UpgradeResponse {
    /// The state by the current schema.
    pub state: Value,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}
