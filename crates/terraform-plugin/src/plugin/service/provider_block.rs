//! Calls about the provider block.

use super::answer::unreadable;
use super::offer::Offer;
use crate::framework::diagnostics::Diagnostics;
use crate::framework::{ConfigureRequest, validate};
use crate::plugin::messages::tfplugin6 as wire;
use crate::plugin::{convert, dynamic_value};

pub(super) async fn validate(
    offer: &Offer,
    request: wire::validate_provider_config::Request,
) -> Result<wire::validate_provider_config::Response, Diagnostics> {
    let schema = offer.provider.schema();
    let config =
        dynamic_value::decode(&schema.ty(), request.config.as_ref()).map_err(unreadable("provider's configuration"))?;
    let mut diagnostics = validate::validate(&schema.block, &config);
    diagnostics.extend(offer.provider.validate(&config).await);
    Ok(wire::validate_provider_config::Response { diagnostics: convert::diagnostics(diagnostics) })
}

pub(super) async fn configure(
    offer: &Offer,
    request: wire::configure_provider::Request,
) -> Result<wire::configure_provider::Response, Diagnostics> {
    let config = dynamic_value::decode(&offer.provider.schema().ty(), request.config.as_ref())
        .map_err(unreadable("provider's configuration"))?;
    let request = ConfigureRequest { host_version: request.terraform_version, config };
    let diagnostics = offer.provider.configure(request).await;
    Ok(wire::configure_provider::Response { diagnostics: convert::diagnostics(diagnostics) })
}
