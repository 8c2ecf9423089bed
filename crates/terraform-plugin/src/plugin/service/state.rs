//! Calls about states: upgrade, import, move, and configuration made from one.

use tokio_util::sync::CancellationToken;

use super::answer::{bug, unreadable, unwritable};
use super::offer::Offer;
use super::write_only;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::{ImportRequest, MoveRequest, UpgradeRequest};
use crate::plugin::messages::tfplugin6 as wire;
use crate::plugin::{convert, dynamic_value};

pub(super) async fn upgrade(
    offer: &Offer,
    request: wire::upgrade_resource_state::Request,
) -> Result<wire::upgrade_resource_state::Response, Diagnostics> {
    let resource = offer.resource(&request.type_name)?;
    let state = convert::raw_state(request.raw_state.as_ref()).map_err(unreadable("stored state"))?;
    let response = resource.upgrade(UpgradeRequest { version: request.version, state }).await;
    if response.state.is_null() && !response.diagnostics.has_errors() {
        return Err(bug("The upgrade of a stored state", "nothing is left of it"));
    }
    let state = write_only::left_out(resource.schema(), response.state);
    let state = dynamic_value::encode(&resource.schema().ty(), &state).map_err(unwritable("upgraded state"))?;
    Ok(wire::upgrade_resource_state::Response {
        upgraded_state: Some(state),
        diagnostics: convert::diagnostics(response.diagnostics),
    })
}

pub(super) async fn upgrade_identity(
    offer: &Offer,
    request: wire::upgrade_resource_identity::Request,
) -> Result<wire::upgrade_resource_identity::Response, Diagnostics> {
    let resource = offer.resource(&request.type_name)?;
    let state = convert::raw_state(request.raw_identity.as_ref()).map_err(unreadable("stored identity"))?;
    let response = resource.upgrade_identity(UpgradeRequest { version: request.version, state }).await;
    let identity = convert::identity(resource.identity_schema(), Some(&response.state))
        .map_err(unwritable("upgraded identity"))?;
    Ok(wire::upgrade_resource_identity::Response {
        upgraded_identity: identity,
        diagnostics: convert::diagnostics(response.diagnostics),
    })
}

pub(super) async fn import(
    offer: &Offer,
    request: wire::import_resource_state::Request,
    cancel: CancellationToken,
) -> Result<wire::import_resource_state::Response, Diagnostics> {
    let resource = offer.resource(&request.type_name)?;
    let identity_schema = resource.identity_schema();
    let identity =
        convert::read_identity(identity_schema, request.identity.as_ref()).map_err(unreadable("identity"))?;
    let response = resource.import(ImportRequest { id: request.id, identity, cancel }).await;
    let Some(state) = response.state else {
        return Err(if response.diagnostics.has_errors() {
            response.diagnostics
        } else {
            bug("The import", "it gave no state and no reason")
        });
    };
    let state = write_only::left_out(resource.schema(), state);
    let imported = wire::import_resource_state::ImportedResource {
        type_name: request.type_name,
        state: Some(dynamic_value::encode(&resource.schema().ty(), &state).map_err(unwritable("imported state"))?),
        private: response.private,
        identity: convert::identity(identity_schema, response.identity.as_ref()).map_err(unwritable("identity"))?,
    };
    Ok(wire::import_resource_state::Response {
        imported_resources: vec![imported],
        diagnostics: convert::diagnostics(response.diagnostics),
    })
}

pub(super) async fn take_over(
    offer: &Offer,
    request: wire::move_resource_state::Request,
) -> Result<wire::move_resource_state::Response, Diagnostics> {
    let resource = offer.resource(&request.target_type_name)?;
    let source_state = convert::raw_state(request.source_state.as_ref()).map_err(unreadable("stored state"))?;
    let response = resource
        .move_state(MoveRequest {
            source_provider: request.source_provider_address,
            source_type: request.source_type_name,
            source_version: request.source_schema_version,
            source_state,
            source_private: request.source_private,
        })
        .await;
    if response.diagnostics.has_errors() {
        return Err(response.diagnostics);
    }
    let state = write_only::left_out(resource.schema(), response.state);
    Ok(wire::move_resource_state::Response {
        target_state: Some(dynamic_value::encode(&resource.schema().ty(), &state).map_err(unwritable("moved state"))?),
        diagnostics: convert::diagnostics(response.diagnostics),
        target_private: response.private,
        target_identity: convert::identity(resource.identity_schema(), response.identity.as_ref())
            .map_err(unwritable("identity"))?,
    })
}

pub(super) fn generate_config(
    offer: &Offer,
    request: &wire::generate_resource_config::Request,
) -> Result<wire::generate_resource_config::Response, Diagnostics> {
    let resource = offer.resource(&request.type_name)?;
    let ty = resource.schema().ty();
    let state = dynamic_value::decode(&ty, request.state.as_ref()).map_err(unreadable("state"))?;
    let config = resource.generate_config(&state);
    let config = dynamic_value::encode(&ty, &config).map_err(unwritable("generated configuration"))?;
    Ok(wire::generate_resource_config::Response { config: Some(config), diagnostics: Vec::new() })
}
