//! How often an endpoint is tried that cannot be reached.
//!
//! Follows <https://docs.rs/aws-smithy-runtime-api/latest/aws_smithy_runtime_api/client/interceptors/trait.Intercept.html>.

use std::error::Error as StdError;
use std::io;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::retry::RetryConfig;

use crate::causes::{causes, innermost};

use super::error::ConnectError;
use super::http::proxy_of;

/// Attempts at an endpoint that cannot be reached.
const MAX_ATTEMPTS: u32 = 3;

/// Ends the retries of a call whose endpoint cannot be reached, and names the endpoint in the error.
///
/// The SDK's retry classifiers do not see the number of the attempt nor the endpoint. So this interceptor acts after
/// the attempt: it turns the connector's error into one that no classifier retries.
#[derive(Debug)]
pub(super) struct UnreachableLimit;

#[derive(Debug)]
struct EndpointTried(String);

impl Storable for EndpointTried {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for UnreachableLimit {
    fn name(&self) -> &'static str {
        "UnreachableLimit"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Scheme, host and port only: the path can hold names, and the query of a presigned URL holds a signature.
        let uri = context.request().uri();
        let origin: Vec<&str> = uri.splitn(4, '/').take(3).collect();
        cfg.interceptor_state().store_put(EndpointTried(origin.join("/")));
        Ok(())
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let configured = cfg.load::<RetryConfig>().map_or(u32::MAX, RetryConfig::max_attempts);
        let attempt = cfg.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts);
        if attempt < configured.min(MAX_ATTEMPTS) {
            return Ok(());
        }
        let Some(Err(error)) = context.output_or_error_mut() else {
            return Ok(());
        };
        let Some(connector_error) = error.as_connector_error().filter(|error| is_unreachable(error)) else {
            return Ok(());
        };
        let endpoint = cfg.load::<EndpointTried>().map_or_else(|| "the endpoint".to_owned(), |tried| tried.0.clone());
        let cause = innermost(connector_error);
        let unreachable = match proxy_of(&endpoint) {
            Some(proxy) if is_without_connection(connector_error) => {
                ConnectError::unreachable(endpoint, Some(proxy), cause)
            }
            // The proxy is there, and what is behind it is not, or is too slow.
            Some(proxy) => ConnectError::unreachable(format!("{endpoint} through the proxy {proxy}"), None, cause),
            None => ConnectError::unreachable(endpoint, None, cause),
        };
        *error = OrchestratorError::connector(ConnectorError::user(Box::new(unreachable)));
        Ok(())
    }
}

/// Whether there was no connection, or no response within the read timeout. A broken connection is different: it is
/// retried as often as any other error.
fn is_unreachable(error: &ConnectorError) -> bool {
    error.is_timeout() || did_not_connect(error)
}

/// Whether a connection failed before anything was sent.
pub(super) fn did_not_connect(error: &(dyn StdError + 'static)) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<hyper_util::client::legacy::Error>())
        .any(hyper_util::client::legacy::Error::is_connect)
}

/// Whether there was no connection at all. A connection that ends early, or that carries no TLS, was one.
fn is_without_connection(error: &ConnectorError) -> bool {
    causes(error).filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|error| {
        !matches!(
            error.kind(),
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset
        )
    })
}
