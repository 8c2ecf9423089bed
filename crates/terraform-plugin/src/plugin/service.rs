//! The provider's calls: each runs in a task of its own, with a log span, and every fault becomes a diagnostic.
//!
//! This file holds what all calls have in common, `rpcs` the list of them, and the other files what each call does, one
//! for each group. Calls may come in any order: hosts skip `GetProviderSchema` when they know the schema already.
//!
//! Reference: <https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol>

mod calls;
mod catalog;
mod data_source;
mod function;
mod generated_config;
mod provider_block;
mod resource;
mod response;
mod rpcs;
mod state;
mod unsupported;

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};
use tracing::Instrument as _;

use crate::framework::Provider;
use crate::framework::diagnostics::Diagnostics;
pub(crate) use calls::Calls;
use catalog::Catalog;
use response::CallResponse;

/// The newest minor version of the protocol that the server speaks. It stands in log lines; hosts do not negotiate it.
const PROTOCOL_VERSION: &str = "6.10";

/// The registry that log lines name. Hosts do not tell which registry a configuration names.
const LOGGED_REGISTRY: &str = "registry.terraform.io";

/// What a call is about, for log lines.
enum Subject<'a> {
    Provider,
    Resource(&'a str),
    DataSource(&'a str),
    Function(&'a str),
}

/// Serves the calls of plugin protocol 6 for one provider.
#[derive(Debug)]
pub(crate) struct ProviderService {
    catalog: Arc<Catalog>,
    calls: Calls,
}

impl ProviderService {
    /// The calls of `provider`.
    pub(crate) fn new(provider: Arc<dyn Provider>) -> Self {
        Self { catalog: Arc::new(Catalog::new(provider)), calls: Calls::default() }
    }

    /// The calls that run.
    pub(crate) fn calls(&self) -> Calls {
        self.calls.clone()
    }

    /// Runs one call to its end, also when the host no longer waits for it.
    async fn call<R, F>(
        &self,
        rpc: &'static str,
        subject: Subject<'_>,
        work: impl FnOnce(Arc<Catalog>, CancellationToken) -> F,
    ) -> Result<Response<R>, Status>
    where
        R: CallResponse,
        F: Future<Output = Result<R, Diagnostics>> + Send + 'static,
    {
        let span = self.span(rpc, &subject);
        let started = Instant::now();
        let work = work(Arc::clone(&self.catalog), self.calls.token());
        let task = self.calls.spawn(
            async move {
                tracing::trace!("call received");
                let response = work.await.unwrap_or_else(R::from_diagnostics);
                response.log();
                let tf_req_duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                tracing::debug!(tf_req_duration_ms, "call served");
                response
            }
            .instrument(span),
        );
        Ok(Response::new(task.await.unwrap_or_else(|failure| R::from_diagnostics(response::interrupted(failure)))))
    }

    fn span(&self, rpc: &'static str, subject: &Subject<'_>) -> tracing::Span {
        use tracing::field::Empty;
        let span = tracing::info_span!(
            "call",
            tf_rpc = rpc,
            tf_req_id = uuid::Uuid::new_v4().to_string(),
            tf_proto_version = PROTOCOL_VERSION,
            tf_provider_addr = format!("{LOGGED_REGISTRY}/{}", self.catalog.provider.source()),
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
