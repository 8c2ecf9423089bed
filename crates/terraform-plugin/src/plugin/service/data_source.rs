//! Calls about data sources.

use tokio_util::sync::CancellationToken;

use super::catalog::Catalog;
use super::response::{unreadable, unwritable};
use crate::framework::diagnostics::Diagnostics;
use crate::framework::validate;
use crate::plugin::messages::tfplugin6 as wire;
use crate::plugin::{convert, dynamic_value};

pub(super) async fn validate(
    catalog: &Catalog,
    request: wire::validate_data_resource_config::Request,
) -> Result<wire::validate_data_resource_config::Response, Diagnostics> {
    let source = catalog.data_source(&request.type_name)?;
    let schema = source.schema();
    let config = dynamic_value::decode(&schema.ty(), request.config.as_ref()).map_err(unreadable("configuration"))?;
    let mut diagnostics = validate::validate(&schema.block, &config);
    diagnostics.extend(source.validate(&config).await);
    Ok(wire::validate_data_resource_config::Response { diagnostics: convert::diagnostics(diagnostics) })
}

pub(super) async fn read(
    catalog: &Catalog,
    request: wire::read_data_source::Request,
    cancel: CancellationToken,
) -> Result<wire::read_data_source::Response, Diagnostics> {
    let source = catalog.data_source(&request.type_name)?;
    let ty = source.schema().ty();
    let config = dynamic_value::decode(&ty, request.config.as_ref()).map_err(unreadable("configuration"))?;
    let (state, diagnostics) = source.read(config, cancel).await;
    let state = dynamic_value::encode(&ty, &state).map_err(unwritable("data source's state"))?;
    Ok(wire::read_data_source::Response { state: Some(state), diagnostics: convert::diagnostics(diagnostics) })
}
