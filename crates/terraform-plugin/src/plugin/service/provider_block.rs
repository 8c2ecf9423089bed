//! Calls about the provider block.

use super::catalog::Catalog;
use super::response::unreadable;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::{ConfigureRequest, validate};
use crate::plugin::messages::tfplugin6 as wire;
use crate::plugin::{convert, dynamic_value};

pub(super) async fn validate(
    catalog: &Catalog,
    request: wire::validate_provider_config::Request,
) -> Result<wire::validate_provider_config::Response, Diagnostics> {
    let schema = catalog.provider.schema();
    let config =
        dynamic_value::decode(&schema.ty(), request.config.as_ref()).map_err(unreadable("provider's configuration"))?;
    let mut diagnostics = validate::validate(&schema.block, &config);
    diagnostics.extend(catalog.provider.validate(&config).await);
    Ok(wire::validate_provider_config::Response { diagnostics: convert::diagnostics(diagnostics) })
}

pub(super) async fn configure(
    catalog: &Catalog,
    request: wire::configure_provider::Request,
) -> Result<wire::configure_provider::Response, Diagnostics> {
    let config = dynamic_value::decode(&catalog.provider.schema().ty(), request.config.as_ref())
        .map_err(unreadable("provider's configuration"))?;
    let diagnostics = catalog.provider.configure(ConfigureRequest { config }).await;
    Ok(wire::configure_provider::Response { diagnostics: convert::diagnostics(diagnostics) })
}
