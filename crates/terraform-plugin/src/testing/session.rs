//! A host's session with a server in the process of the test: the calls of a host, with values in place of messages.

use std::sync::Arc;

use hyper_util::rt::TokioIo;
use tokio_stream::StreamExt as _;
use tonic::transport::{Channel, Endpoint};

use super::codec::{decode, encode};
use super::wire;
use super::wire::provider_client::ProviderClient;
use crate::framework::schema::Schema;
use crate::framework::types::Type;
use crate::framework::value::Value;
use crate::framework::{Provider, Resource};
use crate::plugin::server::{MAX_MESSAGE_BYTES, Server};

/// A client of a server in this process.
pub fn connect(provider: Arc<dyn Provider>) -> ProviderClient<Channel> {
    let (host, plugin) = tokio::io::duplex(1 << 20);
    tokio::spawn(async move {
        // The server would end with the stream of its connections.
        let connections = tokio_stream::once(Ok(plugin)).chain(tokio_stream::pending());
        Server::new(provider).serve(connections).await.expect("the server ends well");
    });
    let mut host = Some(host);
    let channel = Endpoint::from_static("http://localhost").connect_with_connector_lazy(tower::service_fn(move |_| {
        let stream = host.take().ok_or_else(|| std::io::Error::other("the one connection is taken"));
        async move { stream.map(TokioIo::new) }
    }));
    client(channel)
}

/// A client with the message sizes of a host.
pub fn client(channel: Channel) -> ProviderClient<Channel> {
    ProviderClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}

/// Diagnostics without their paths: `ERROR: summary: detail`.
#[must_use]
pub fn texts(diagnostics: &[wire::Diagnostic]) -> Vec<String> {
    let texts = diagnostics.iter().map(|one| {
        let severity = match one.severity() {
            wire::diagnostic::Severity::Invalid => panic!("a diagnostic without severity: {one:?}"),
            wire::diagnostic::Severity::Error => "ERROR",
            wire::diagnostic::Severity::Warning => "WARNING",
        };
        format!("{severity}: {}: {}", one.summary, one.detail)
    });
    texts.collect()
}

/// A plan as a host reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// The planned state.
    pub state: Value,
    /// The attributes whose change needs a replacement.
    pub requires_replace: Vec<wire::AttributePath>,
    /// The planned private data.
    pub private: Vec<u8>,
    /// The planned identity.
    pub identity: Option<Value>,
    /// The diagnostics, as [`texts`].
    pub diagnostics: Vec<String>,
}

/// A state as a host stores it.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The state.
    pub state: Value,
    /// The private data.
    pub private: Vec<u8>,
    /// The identity.
    pub identity: Option<Value>,
    /// The diagnostics that came with the state, as [`texts`].
    pub diagnostics: Vec<String>,
}

impl Stored {
    /// What a host has before anything is created.
    pub fn nothing() -> Self {
        Self { state: Value::Null, private: Vec::new(), identity: None, diagnostics: Vec::new() }
    }
}

/// A session about one resource type.
#[derive(Clone, Debug)]
pub struct Session {
    /// Where the calls go.
    pub client: ProviderClient<Channel>,
    /// The resource type.
    pub type_name: String,
    /// The type of its values.
    pub ty: Type,
    /// The type of its identities.
    pub identity_ty: Type,
}

impl Session {
    /// A session about `resource`, which `client` reaches.
    pub fn new(client: ProviderClient<Channel>, resource: &dyn Resource) -> Self {
        let identity_ty = resource.identity_schema().map_or_else(|| Schema::default().ty(), Schema::ty);
        Self { client, type_name: resource.type_name().to_owned(), ty: resource.schema().ty(), identity_ty }
    }

    /// Validates a configuration and returns the diagnostics, as [`texts`].
    pub async fn validate(&mut self, config: &Value) -> Vec<String> {
        let request = wire::validate_resource_config::Request {
            type_name: self.type_name.clone(),
            config: Some(encode(&self.ty, config)),
        };
        let response = self.client.validate_resource_config(request).await.unwrap().into_inner();
        texts(&response.diagnostics)
    }

    /// Plans.
    pub async fn plan(&mut self, config: &Value, prior: &Stored, proposed: &Value) -> Planned {
        let request = wire::plan_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: Some(encode(&self.ty, &prior.state)),
            proposed_new_state: Some(encode(&self.ty, proposed)),
            config: Some(encode(&self.ty, config)),
            prior_private: prior.private.clone(),
            prior_identity: self.identity(prior.identity.as_ref()),
        };
        let response = self.client.plan_resource_change(request).await.unwrap().into_inner();
        Planned {
            state: decode(&self.ty, response.planned_state.as_ref()),
            requires_replace: response.requires_replace,
            private: response.planned_private,
            identity: self.read_identity(response.planned_identity),
            diagnostics: texts(&response.diagnostics),
        }
    }

    /// Applies a plan.
    pub async fn apply(&mut self, config: &Value, prior: &Value, plan: &Planned) -> Stored {
        let request = wire::apply_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: Some(encode(&self.ty, prior)),
            planned_state: Some(encode(&self.ty, &plan.state)),
            config: Some(encode(&self.ty, config)),
            planned_private: plan.private.clone(),
            planned_identity: self.identity(plan.identity.as_ref()),
        };
        let response = self.client.apply_resource_change(request).await.unwrap().into_inner();
        Stored {
            state: decode(&self.ty, response.new_state.as_ref()),
            private: response.private,
            identity: self.read_identity(response.new_identity),
            diagnostics: texts(&response.diagnostics),
        }
    }

    /// Reads what stands.
    pub async fn read(&mut self, current: &Stored) -> Stored {
        let request = wire::read_resource::Request {
            type_name: self.type_name.clone(),
            current_state: Some(encode(&self.ty, &current.state)),
            private: current.private.clone(),
            current_identity: self.identity(current.identity.as_ref()),
        };
        let response = self.client.read_resource(request).await.unwrap().into_inner();
        Stored {
            state: decode(&self.ty, response.new_state.as_ref()),
            private: response.private,
            identity: self.read_identity(response.new_identity),
            diagnostics: texts(&response.diagnostics),
        }
    }

    /// Upgrades a stored state, given as JSON; returns it with the diagnostics, as [`texts`].
    pub async fn upgrade(&mut self, version: i64, json: &str) -> (Value, Vec<String>) {
        let raw_state = Some(wire::RawState { json: json.as_bytes().to_vec(), ..Default::default() });
        let request = wire::upgrade_resource_state::Request { type_name: self.type_name.clone(), version, raw_state };
        let response = self.client.upgrade_resource_state(request).await.unwrap().into_inner();
        (decode(&self.ty, response.upgraded_state.as_ref()), texts(&response.diagnostics))
    }

    /// Makes configuration from a state; returns it with the diagnostics, as [`texts`].
    pub async fn generate_config(&mut self, state: &Value) -> (Value, Vec<String>) {
        let state = Some(encode(&self.ty, state));
        let request = wire::generate_resource_config::Request { type_name: self.type_name.clone(), state };
        let response = self.client.generate_resource_config(request).await.unwrap().into_inner();
        (decode(&self.ty, response.config.as_ref()), texts(&response.diagnostics))
    }

    /// An identity from a message.
    pub fn read_identity(&self, message: Option<wire::ResourceIdentityData>) -> Option<Value> {
        message.map(|message| decode(&self.identity_ty, message.identity_data.as_ref()))
    }

    fn identity(&self, identity: Option<&Value>) -> Option<wire::ResourceIdentityData> {
        identity.map(|identity| wire::ResourceIdentityData { identity_data: Some(encode(&self.identity_ty, identity)) })
    }
}
