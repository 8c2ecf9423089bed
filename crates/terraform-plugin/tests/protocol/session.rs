//! A host's session with a server in this process: the calls as a host makes them, with values in place of messages.

use std::sync::Arc;

use hyper_util::rt::TokioIo;
use terraform_plugin::framework::Provider;
use terraform_plugin::framework::schema::Schema;
use terraform_plugin::framework::types::Type;
use terraform_plugin::framework::value::Value;
use terraform_plugin::plugin::Server;
use tokio_stream::StreamExt as _;
use tonic::transport::{Channel, Endpoint};

use crate::codec::{decode, encode};
use crate::messages::tfplugin6 as wire;
use crate::messages::tfplugin6::provider_client::ProviderClient;

/// Large enough for the messages of these tests; the server's own limit is 256 MiB.
const MAX_MESSAGE_BYTES: usize = 256 * 1024 * 1024;

/// A client of a server in this process.
pub(crate) fn connect(provider: Arc<dyn Provider>) -> ProviderClient<Channel> {
    let (host, plugin) = tokio::io::duplex(1 << 20);
    tokio::spawn(async move {
        // A stream that ends would end the server.
        let connections = tokio_stream::once(Ok(plugin)).chain(tokio_stream::pending());
        Server::new(provider).serve(connections).await.expect("the server ends well");
    });
    let mut host = Some(host);
    let channel = Endpoint::from_static("http://localhost").connect_with_connector_lazy(tower::service_fn(move |_| {
        let stream = host.take().ok_or_else(|| std::io::Error::other("one connection is all there is"));
        async move { stream.map(TokioIo::new) }
    }));
    client(channel)
}

/// A client without limits of its own.
pub(crate) fn client(channel: Channel) -> ProviderClient<Channel> {
    ProviderClient::new(channel)
        .max_decoding_message_size(MAX_MESSAGE_BYTES)
        .max_encoding_message_size(MAX_MESSAGE_BYTES)
}

/// A session about one resource type.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) client: ProviderClient<Channel>,
    pub(crate) type_name: String,
    pub(crate) ty: Type,
    pub(crate) identity_ty: Type,
}

/// What was said, without paths: `ERROR: summary: detail`.
pub(crate) fn texts(diagnostics: &[wire::Diagnostic]) -> Vec<String> {
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
pub(crate) struct Planned {
    pub(crate) state: Value,
    pub(crate) requires_replace: Vec<wire::AttributePath>,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<Value>,
    pub(crate) said: Vec<String>,
}

/// A state as a host stores it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stored {
    pub(crate) state: Value,
    pub(crate) private: Vec<u8>,
    pub(crate) identity: Option<Value>,
    pub(crate) said: Vec<String>,
}

impl Stored {
    /// What a host has before there is anything.
    pub(crate) fn nothing() -> Self {
        Self { state: Value::Null, private: Vec::new(), identity: None, said: Vec::new() }
    }
}

impl Session {
    pub(crate) fn new(client: ProviderClient<Channel>, type_name: &str, schema: &Schema, identity: &Schema) -> Self {
        Self { client, type_name: type_name.into(), ty: schema.ty(), identity_ty: identity.ty() }
    }

    pub(crate) async fn validate(&mut self, config: &Value) -> Vec<String> {
        let client_capabilities =
            Some(wire::ClientCapabilities { deferral_allowed: false, write_only_attributes_allowed: true });
        let request = wire::validate_resource_config::Request {
            type_name: self.type_name.clone(),
            config: Some(encode(&self.ty, config)),
            client_capabilities,
        };
        let response = self.client.validate_resource_config(request).await.unwrap().into_inner();
        texts(&response.diagnostics)
    }

    pub(crate) async fn plan(&mut self, config: &Value, prior: &Stored, proposed: &Value) -> Planned {
        let request = wire::plan_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: Some(encode(&self.ty, &prior.state)),
            proposed_new_state: Some(encode(&self.ty, proposed)),
            config: Some(encode(&self.ty, config)),
            prior_private: prior.private.clone(),
            client_capabilities: None,
            prior_identity: self.identity(prior.identity.as_ref()),
        };
        let response = self.client.plan_resource_change(request).await.unwrap().into_inner();
        Planned {
            state: decode(&self.ty, response.planned_state.as_ref()),
            requires_replace: response.requires_replace,
            private: response.planned_private,
            identity: self.read_identity(response.planned_identity),
            said: texts(&response.diagnostics),
        }
    }

    pub(crate) fn apply_request(
        &self,
        config: &Value,
        prior: &Value,
        plan: &Planned,
    ) -> wire::apply_resource_change::Request {
        wire::apply_resource_change::Request {
            type_name: self.type_name.clone(),
            prior_state: Some(encode(&self.ty, prior)),
            planned_state: Some(encode(&self.ty, &plan.state)),
            config: Some(encode(&self.ty, config)),
            planned_private: plan.private.clone(),
            planned_identity: self.identity(plan.identity.as_ref()),
        }
    }

    pub(crate) async fn apply(&mut self, config: &Value, prior: &Value, plan: &Planned) -> Stored {
        let request = self.apply_request(config, prior, plan);
        let response = self.client.apply_resource_change(request).await.unwrap().into_inner();
        Stored {
            state: decode(&self.ty, response.new_state.as_ref()),
            private: response.private,
            identity: self.read_identity(response.new_identity),
            said: texts(&response.diagnostics),
        }
    }

    pub(crate) async fn read(&mut self, current: &Stored) -> Stored {
        let request = wire::read_resource::Request {
            type_name: self.type_name.clone(),
            current_state: Some(encode(&self.ty, &current.state)),
            private: current.private.clone(),
            client_capabilities: None,
            current_identity: self.identity(current.identity.as_ref()),
        };
        let response = self.client.read_resource(request).await.unwrap().into_inner();
        Stored {
            state: decode(&self.ty, response.new_state.as_ref()),
            private: response.private,
            identity: self.read_identity(response.new_identity),
            said: texts(&response.diagnostics),
        }
    }

    pub(crate) async fn upgrade(&mut self, version: i64, json: &str) -> (Value, Vec<String>) {
        let raw_state = Some(wire::RawState { json: json.as_bytes().to_vec(), ..Default::default() });
        let request = wire::upgrade_resource_state::Request { type_name: self.type_name.clone(), version, raw_state };
        let response = self.client.upgrade_resource_state(request).await.unwrap().into_inner();
        (decode(&self.ty, response.upgraded_state.as_ref()), texts(&response.diagnostics))
    }

    pub(crate) async fn generate_config(&mut self, state: &Value) -> (Value, Vec<String>) {
        let state = Some(encode(&self.ty, state));
        let request = wire::generate_resource_config::Request { type_name: self.type_name.clone(), state };
        let response = self.client.generate_resource_config(request).await.unwrap().into_inner();
        (decode(&self.ty, response.config.as_ref()), texts(&response.diagnostics))
    }

    fn identity(&self, identity: Option<&Value>) -> Option<wire::ResourceIdentityData> {
        identity.map(|identity| wire::ResourceIdentityData { identity_data: Some(encode(&self.identity_ty, identity)) })
    }

    pub(crate) fn read_identity(&self, message: Option<wire::ResourceIdentityData>) -> Option<Value> {
        message.map(|message| decode(&self.identity_ty, message.identity_data.as_ref()))
    }
}
