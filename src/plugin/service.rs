//! The provider's calls: each in a task of its own, with a log span, and every fault as a diagnostic.
//!
//! This file holds the list of calls and what they have in common; what each does is in the files below, one for each
//! group. Nothing relies on the order of calls: hosts skip `GetProviderSchema` when they know the schema already.
//!
//! Reference: <https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol>

mod answer;
mod calls;
mod data_source;
mod function;
mod offer;
mod provider_block;
mod resource;
mod state;
mod unsupported;
mod write_only;

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use tracing::Instrument as _;

use super::messages::tfplugin6 as wire;
use super::messages::tfplugin6::provider_server::Provider as ProviderCalls;
use crate::framework::Provider;
use crate::framework::diagnostics::Diagnostics;
use answer::Answer;
pub(crate) use calls::Calls;
use offer::Offer;
use unsupported::{Answers, Kind};

/// The newest minor version of the protocol that is spoken. It is never negotiated; log lines carry it.
const PROTOCOL_VERSION: &str = "6.10";

/// The registry that log lines name: which one a configuration meant is never said.
const LOGGED_REGISTRY: &str = "registry.terraform.io";

/// What a call is about, for its log lines.
enum Subject<'a> {
    Provider,
    Resource(&'a str),
    DataSource(&'a str),
    Function(&'a str),
}

/// Answers the calls of plugin protocol 6 for one provider.
#[derive(Debug)]
pub(crate) struct ProviderService {
    offer: Arc<Offer>,
    calls: Calls,
}

impl ProviderService {
    /// The calls of `provider`.
    pub(crate) fn new(provider: Arc<dyn Provider>) -> Self {
        Self { offer: Arc::new(Offer::new(provider)), calls: Calls::default() }
    }

    /// The calls that run.
    pub(crate) fn calls(&self) -> Calls {
        self.calls.clone()
    }

    /// Runs one call to its end, whether or not the host still waits for it.
    async fn call<A, F>(
        &self,
        rpc: &'static str,
        subject: Subject<'_>,
        work: impl FnOnce(Arc<Offer>, CancellationToken) -> F,
    ) -> Result<Response<A>, Status>
    where
        A: Answer,
        F: Future<Output = Result<A, Diagnostics>> + Send + 'static,
    {
        let span = self.span(rpc, &subject);
        let started = Instant::now();
        let running = self.calls.count();
        let work = work(Arc::clone(&self.offer), self.calls.token());
        let task = tokio::spawn(
            async move {
                let _running = running;
                tracing::trace!("call received");
                let answer = work.await.unwrap_or_else(A::from_diagnostics);
                answer.log();
                let tf_req_duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                tracing::debug!(tf_req_duration_ms, "call served");
                answer
            }
            .instrument(span),
        );
        Ok(Response::new(task.await.unwrap_or_else(|failure| A::from_diagnostics(answer::broken_down(failure)))))
    }

    fn span(&self, rpc: &'static str, subject: &Subject<'_>) -> tracing::Span {
        use tracing::field::Empty;
        let span = tracing::info_span!(
            "call",
            tf_rpc = rpc,
            tf_req_id = uuid::Uuid::new_v4().to_string(),
            tf_proto_version = PROTOCOL_VERSION,
            tf_provider_addr = format!("{LOGGED_REGISTRY}/{}", self.offer.provider.source()),
            tf_resource_type = Empty,
            tf_data_source_type = Empty,
            tf_function_name = Empty,
        );
        match subject {
            Subject::Provider => &span,
            Subject::Resource(name) => span.record("tf_resource_type", name),
            Subject::DataSource(name) => span.record("tf_data_source_type", name),
            Subject::Function(name) => span.record("tf_function_name", name),
        };
        span
    }
}

#[tonic::async_trait]
impl ProviderCalls for ProviderService {
    async fn get_metadata(
        &self,
        _: Request<wire::get_metadata::Request>,
    ) -> Result<Response<wire::get_metadata::Response>, Status> {
        self.call("GetMetadata", Subject::Provider, |offer, _| async move { Ok(offer.metadata()) }).await
    }

    async fn get_provider_schema(
        &self,
        _: Request<wire::get_provider_schema::Request>,
    ) -> Result<Response<wire::get_provider_schema::Response>, Status> {
        self.call("GetProviderSchema", Subject::Provider, |offer, _| async move { Ok(offer.schemas()) }).await
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<wire::get_resource_identity_schemas::Request>,
    ) -> Result<Response<wire::get_resource_identity_schemas::Response>, Status> {
        self.call(
            "GetResourceIdentitySchemas",
            Subject::Provider,
            |offer, _| async move { Ok(offer.identity_schemas()) },
        )
        .await
    }

    async fn get_functions(
        &self,
        _: Request<wire::get_functions::Request>,
    ) -> Result<Response<wire::get_functions::Response>, Status> {
        self.call("GetFunctions", Subject::Provider, |offer, _| async move { Ok(offer.functions()) }).await
    }

    async fn validate_provider_config(
        &self,
        request: Request<wire::validate_provider_config::Request>,
    ) -> Result<Response<wire::validate_provider_config::Response>, Status> {
        let request = request.into_inner();
        self.call("ValidateProviderConfig", Subject::Provider, |offer, _| async move {
            provider_block::validate(&offer, request).await
        })
        .await
    }

    async fn configure_provider(
        &self,
        request: Request<wire::configure_provider::Request>,
    ) -> Result<Response<wire::configure_provider::Response>, Status> {
        let request = request.into_inner();
        self.call("ConfigureProvider", Subject::Provider, |offer, _| async move {
            provider_block::configure(&offer, request).await
        })
        .await
    }

    async fn stop_provider(
        &self,
        _: Request<wire::stop_provider::Request>,
    ) -> Result<Response<wire::stop_provider::Response>, Status> {
        tracing::info!(tf_rpc = "StopProvider", "the host asks running calls to stop");
        self.calls.stop();
        Ok(Response::new(wire::stop_provider::Response::default()))
    }

    async fn validate_resource_config(
        &self,
        request: Request<wire::validate_resource_config::Request>,
    ) -> Result<Response<wire::validate_resource_config::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("ValidateResourceConfig", Subject::Resource(&name), |offer, _| async move {
            resource::validate(&offer, request).await
        })
        .await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Result<Response<wire::upgrade_resource_state::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("UpgradeResourceState", Subject::Resource(&name), |offer, _| async move {
            state::upgrade(&offer, request).await
        })
        .await
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<wire::upgrade_resource_identity::Request>,
    ) -> Result<Response<wire::upgrade_resource_identity::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("UpgradeResourceIdentity", Subject::Resource(&name), |offer, _| async move {
            state::upgrade_identity(&offer, request).await
        })
        .await
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Result<Response<wire::read_resource::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("ReadResource", Subject::Resource(&name), |offer, cancel| async move {
            resource::read(&offer, request, cancel).await
        })
        .await
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Result<Response<wire::plan_resource_change::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("PlanResourceChange", Subject::Resource(&name), |offer, cancel| async move {
            resource::plan(&offer, request, cancel).await
        })
        .await
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Result<Response<wire::apply_resource_change::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("ApplyResourceChange", Subject::Resource(&name), |offer, cancel| async move {
            resource::apply(&offer, request, cancel).await
        })
        .await
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Result<Response<wire::import_resource_state::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("ImportResourceState", Subject::Resource(&name), |offer, cancel| async move {
            state::import(&offer, request, cancel).await
        })
        .await
    }

    async fn move_resource_state(
        &self,
        request: Request<wire::move_resource_state::Request>,
    ) -> Result<Response<wire::move_resource_state::Response>, Status> {
        let request = request.into_inner();
        let name = request.target_type_name.clone();
        self.call("MoveResourceState", Subject::Resource(&name), |offer, _| async move {
            state::take_over(&offer, request).await
        })
        .await
    }

    async fn generate_resource_config(
        &self,
        request: Request<wire::generate_resource_config::Request>,
    ) -> Result<Response<wire::generate_resource_config::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("GenerateResourceConfig", Subject::Resource(&name), |offer, _| async move {
            state::generate_config(&offer, &request)
        })
        .await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<wire::validate_data_resource_config::Request>,
    ) -> Result<Response<wire::validate_data_resource_config::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("ValidateDataResourceConfig", Subject::DataSource(&name), |offer, _| async move {
            data_source::validate(&offer, request).await
        })
        .await
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Result<Response<wire::read_data_source::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("ReadDataSource", Subject::DataSource(&name), |offer, cancel| async move {
            data_source::read(&offer, request, cancel).await
        })
        .await
    }

    async fn call_function(
        &self,
        request: Request<wire::call_function::Request>,
    ) -> Result<Response<wire::call_function::Response>, Status> {
        let request = request.into_inner();
        let name = request.name.clone();
        self.call(
            "CallFunction",
            Subject::Function(&name),
            |offer, _| async move { Ok(function::call(&offer, &request)) },
        )
        .await
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Response>, Status> {
        Ok(unsupported::response(Kind::EphemeralResource, &request))
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Response>, Status> {
        Ok(unsupported::response(Kind::EphemeralResource, &request))
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Response>, Status> {
        Ok(unsupported::response(Kind::EphemeralResource, &request))
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Response>, Status> {
        Ok(unsupported::response(Kind::EphemeralResource, &request))
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Response>, Status> {
        Ok(unsupported::response(Kind::ListResource, &request))
    }

    type ListResourceStream = Answers<wire::unsupported::Chunk>;

    async fn list_resource(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<Self::ListResourceStream>, Status> {
        Ok(unsupported::chunk(Kind::ListResource, &request))
    }

    async fn validate_action_config(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Response>, Status> {
        Ok(unsupported::response(Kind::Action, &request))
    }

    async fn plan_action(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Response>, Status> {
        Ok(unsupported::response(Kind::Action, &request))
    }

    type InvokeActionStream = Answers<wire::unsupported::Completion>;

    async fn invoke_action(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<Self::InvokeActionStream>, Status> {
        Ok(unsupported::completion(Kind::Action, &request))
    }

    async fn validate_state_store_config(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Response>, Status> {
        Ok(unsupported::response(Kind::StateStore, &request))
    }

    async fn configure_state_store(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Response>, Status> {
        Ok(unsupported::response(Kind::StateStore, &request))
    }

    type ReadStateBytesStream = Answers<wire::unsupported::Chunk>;

    async fn read_state_bytes(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<Self::ReadStateBytesStream>, Status> {
        Ok(unsupported::chunk(Kind::StateStore, &request))
    }

    async fn write_state_bytes(
        &self,
        request: Request<Streaming<wire::unsupported::StateChunk>>,
    ) -> Result<Response<wire::unsupported::Response>, Status> {
        let first = request.into_inner().message().await?;
        let meta = first.and_then(|chunk| chunk.meta).unwrap_or_default();
        Ok(unsupported::response(Kind::StateStore, &Request::new(meta)))
    }

    async fn lock_state(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Lookup>, Status> {
        Ok(unsupported::lookup(Kind::StateStore, &request))
    }

    async fn unlock_state(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Response>, Status> {
        Ok(unsupported::response(Kind::StateStore, &request))
    }

    async fn get_states(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Lookup>, Status> {
        Ok(unsupported::lookup(Kind::StateStore, &request))
    }

    async fn delete_state(
        &self,
        request: Request<wire::unsupported::Request>,
    ) -> Result<Response<wire::unsupported::Response>, Status> {
        Ok(unsupported::response(Kind::StateStore, &request))
    }
}
