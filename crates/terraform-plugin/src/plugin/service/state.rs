//! Calls about states: upgrade, import, move, and configuration generated from a state.

use tokio_util::sync::CancellationToken;

use super::catalog::Catalog;
use super::generated_config;
use super::response::{bug, unreadable, unwritable};
use crate::framework::diagnostics::Diagnostics;
use crate::framework::schema::Schema;
use crate::framework::types::Type;
use crate::framework::value::Value;
use crate::framework::{ImportRequest, UpgradeRequest, json};
use crate::plugin::messages::tfplugin6 as wire;
use crate::plugin::{convert, dynamic_value};

pub(super) async fn upgrade(
    catalog: &Catalog,
    request: wire::upgrade_resource_state::Request,
) -> Result<wire::upgrade_resource_state::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let state = convert::raw_state(request.raw_state.as_ref()).map_err(unreadable("stored state"))?;
    let response = resource.upgrade(UpgradeRequest { version: request.version, state }).await;
    if response.state.is_null() && !response.diagnostics.has_errors() {
        return Err(bug("The upgrade of a stored state", "nothing is left of it"));
    }
    let state =
        dynamic_value::encode(&resource.schema().ty(), &response.state).map_err(unwritable("upgraded state"))?;
    Ok(wire::upgrade_resource_state::Response {
        upgraded_state: Some(state),
        diagnostics: convert::diagnostics(response.diagnostics),
    })
}

/// Reads an identity of any version as one of the current schema.
pub(super) fn upgrade_identity(
    catalog: &Catalog,
    request: &wire::upgrade_resource_identity::Request,
) -> Result<wire::upgrade_resource_identity::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let state = convert::raw_state(request.raw_identity.as_ref()).map_err(unreadable("stored identity"))?;
    let schema = resource.identity_schema();
    let ty = schema.map_or_else(|| Type::object::<String>([]), Schema::ty);
    let mut diagnostics = Diagnostics::new();
    let identity = json::from_json(&ty, &state).unwrap_or_else(|error| {
        diagnostics.error(
            "Stored identity cannot be read",
            format!("The identity of {} does not fit its schema: {error}.", resource.type_name()),
        );
        Value::Null
    });
    Ok(wire::upgrade_resource_identity::Response {
        upgraded_identity: convert::identity(schema, Some(&identity)).map_err(unwritable("upgraded identity"))?,
        diagnostics: convert::diagnostics(diagnostics),
    })
}

pub(super) async fn import(
    catalog: &Catalog,
    request: wire::import_resource_state::Request,
    cancel: CancellationToken,
) -> Result<wire::import_resource_state::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
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

/// Refuses a move: a provider of this crate takes over no state of another resource type. The capability is announced
/// all the same, so that Terraform asks and shows this diagnostic, as OpenTofu does.
pub(super) fn refuse_move(
    catalog: &Catalog,
    request: &wire::move_resource_state::Request,
) -> Result<wire::move_resource_state::Response, Diagnostics> {
    let resource = catalog.resource(&request.target_type_name)?;
    let mut diagnostics = Diagnostics::new();
    diagnostics.error(
        "Move is not supported",
        format!(
            "{} cannot take over the state of {} of provider {}.",
            resource.type_name(),
            request.source_type_name,
            request.source_provider_address
        ),
    );
    Err(diagnostics)
}

pub(super) fn generate_config(
    catalog: &Catalog,
    request: &wire::generate_resource_config::Request,
) -> Result<wire::generate_resource_config::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let ty = resource.schema().ty();
    let state = dynamic_value::decode(&ty, request.state.as_ref()).map_err(unreadable("state"))?;
    let config = generated_config::from_state(&resource.schema().block, &state);
    let config = dynamic_value::encode(&ty, &config).map_err(unwritable("generated configuration"))?;
    Ok(wire::generate_resource_config::Response { config: Some(config), diagnostics: Vec::new() })
}
