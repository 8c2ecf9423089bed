//! What providers and resources are asked, and what they answer: one pair of types for each request of the host.

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
#[derive(Clone, Debug, Default)]
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
#[derive(Clone, Debug, Default)]
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
#[derive(Clone, Debug, Default)]
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
#[derive(Clone, Debug, Default)]
pub struct UpgradeResponse {
    /// The value by the current schema.
    pub state: Value,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}
