//! The list of calls: each method of the server's trait passes its request to the file of its group.
//!
//! A trait is implemented in one piece, and this one fills a file.

use tonic::{Request, Response, Status, Streaming};

use super::unsupported::{self, Kind, Responses};
use super::{ProviderService, Subject, data_source, function, provider_block, resource, state};
use crate::plugin::messages::tfplugin6 as wire;
use crate::plugin::messages::tfplugin6::provider_server::Provider;

#[tonic::async_trait]
impl Provider for ProviderService {
    async fn get_metadata(
        &self,
        _: Request<wire::get_metadata::Request>,
    ) -> Result<Response<wire::get_metadata::Response>, Status> {
        self.call("GetMetadata", Subject::Provider, |catalog, _| async move { Ok(catalog.metadata()) }).await
    }

    async fn get_provider_schema(
        &self,
        _: Request<wire::get_provider_schema::Request>,
    ) -> Result<Response<wire::get_provider_schema::Response>, Status> {
        self.call("GetProviderSchema", Subject::Provider, |catalog, _| async move { Ok(catalog.schemas()) }).await
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<wire::get_resource_identity_schemas::Request>,
    ) -> Result<Response<wire::get_resource_identity_schemas::Response>, Status> {
        self.call("GetResourceIdentitySchemas", Subject::Provider, |catalog, _| async move {
            Ok(catalog.identity_schemas())
        })
        .await
    }

    async fn get_functions(
        &self,
        _: Request<wire::get_functions::Request>,
    ) -> Result<Response<wire::get_functions::Response>, Status> {
        self.call("GetFunctions", Subject::Provider, |catalog, _| async move { Ok(catalog.functions()) }).await
    }

    async fn validate_provider_config(
        &self,
        request: Request<wire::validate_provider_config::Request>,
    ) -> Result<Response<wire::validate_provider_config::Response>, Status> {
        let request = request.into_inner();
        self.call("ValidateProviderConfig", Subject::Provider, |catalog, _| async move {
            provider_block::validate(&catalog, request).await
        })
        .await
    }

    async fn configure_provider(
        &self,
        request: Request<wire::configure_provider::Request>,
    ) -> Result<Response<wire::configure_provider::Response>, Status> {
        let request = request.into_inner();
        self.call("ConfigureProvider", Subject::Provider, |catalog, _| async move {
            provider_block::configure(&catalog, request).await
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
        self.call("ValidateResourceConfig", Subject::Resource(&name), |catalog, _| async move {
            resource::validate(&catalog, request).await
        })
        .await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Result<Response<wire::upgrade_resource_state::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("UpgradeResourceState", Subject::Resource(&name), |catalog, _| async move {
            state::upgrade(&catalog, request).await
        })
        .await
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<wire::upgrade_resource_identity::Request>,
    ) -> Result<Response<wire::upgrade_resource_identity::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("UpgradeResourceIdentity", Subject::Resource(&name), |catalog, _| async move {
            state::upgrade_identity(&catalog, &request)
        })
        .await
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Result<Response<wire::read_resource::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("ReadResource", Subject::Resource(&name), |catalog, cancel| async move {
            resource::read(&catalog, request, cancel).await
        })
        .await
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Result<Response<wire::plan_resource_change::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("PlanResourceChange", Subject::Resource(&name), |catalog, cancel| async move {
            resource::plan(&catalog, request, cancel).await
        })
        .await
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Result<Response<wire::apply_resource_change::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("ApplyResourceChange", Subject::Resource(&name), |catalog, cancel| async move {
            resource::apply(&catalog, request, cancel).await
        })
        .await
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Result<Response<wire::import_resource_state::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("ImportResourceState", Subject::Resource(&name), |catalog, cancel| async move {
            state::import(&catalog, request, cancel).await
        })
        .await
    }

    async fn move_resource_state(
        &self,
        request: Request<wire::move_resource_state::Request>,
    ) -> Result<Response<wire::move_resource_state::Response>, Status> {
        let request = request.into_inner();
        let name = request.target_type_name.clone();
        self.call("MoveResourceState", Subject::Resource(&name), |catalog, _| async move {
            state::refuse_move(&catalog, &request)
        })
        .await
    }

    async fn generate_resource_config(
        &self,
        request: Request<wire::generate_resource_config::Request>,
    ) -> Result<Response<wire::generate_resource_config::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("GenerateResourceConfig", Subject::Resource(&name), |catalog, _| async move {
            state::generate_config(&catalog, &request)
        })
        .await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<wire::validate_data_resource_config::Request>,
    ) -> Result<Response<wire::validate_data_resource_config::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("ValidateDataResourceConfig", Subject::DataSource(&name), |catalog, _| async move {
            data_source::validate(&catalog, request).await
        })
        .await
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Result<Response<wire::read_data_source::Response>, Status> {
        let request = request.into_inner();
        let name = request.type_name.clone();
        self.call("ReadDataSource", Subject::DataSource(&name), |catalog, cancel| async move {
            data_source::read(&catalog, request, cancel).await
        })
        .await
    }

    async fn call_function(
        &self,
        request: Request<wire::call_function::Request>,
    ) -> Result<Response<wire::call_function::Response>, Status> {
        let request = request.into_inner();
        let name = request.name.clone();
        self.call("CallFunction", Subject::Function(&name), |catalog, _| async move {
            Ok(function::call(&catalog, &request))
        })
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

    type ListResourceStream = Responses<wire::unsupported::Chunk>;

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

    type InvokeActionStream = Responses<wire::unsupported::Completion>;

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

    type ReadStateBytesStream = Responses<wire::unsupported::Chunk>;

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
