//! One log event for every attempt of every AWS call.
//!
//! The event identifies the call at AWS. It holds nothing that was sent or received: no header, no body, no parameter,
//! no text of an error. Service and operation are the names of the SDK's models. The hooks never fail, because a hook
//! that fails makes the call fail.
//! Follows <https://docs.rs/aws-smithy-runtime-api/latest/aws_smithy_runtime_api/client/interceptors/trait.Intercept.html>.

use std::time::Instant;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_types::request_id::RequestId;

/// Writes the event `aws call` at DEBUG after each attempt.
#[derive(Debug)]
pub(super) struct CallLog;

#[derive(Debug)]
struct AttemptStart(Instant);

impl Storable for AttemptStart {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for CallLog {
    fn name(&self) -> &'static str {
        "CallLog"
    }

    fn read_before_attempt(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        cfg.interceptor_state().store_put(AttemptStart(Instant::now()));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let metadata = cfg.load::<Metadata>();
        let response = context.response();
        let duration_ms = cfg
            .load::<AttemptStart>()
            .map(|AttemptStart(start)| u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX));
        // The event leaves out a field without a value: no status means no response.
        tracing::debug!(
            service = metadata.map(Metadata::service),
            operation = metadata.map(Metadata::name),
            request_id = response.and_then(RequestId::request_id),
            attempt = cfg.load::<RequestAttempts>().map(RequestAttempts::attempts),
            status = response.map(|response| response.status().as_u16()),
            duration_ms,
            "aws call"
        );
        Ok(())
    }
}
