//! The provider's calls: each in a task of its own, with a log span, and every fault as a diagnostic.
//!
//! This file holds what all calls have in common, `rpcs` the list of them; what each does is in the other files below,
//! one for each group. Nothing relies on the order of calls: hosts skip `GetProviderSchema` when they know the schema already.
//!
//! Reference: <https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol>

mod answer;
mod calls;
mod data_source;
mod function;
mod offer;
mod provider_block;
mod resource;
mod rpcs;
mod state;
mod unsupported;
mod write_only;

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;
use tonic::{Response, Status};
use tracing::Instrument as _;

use crate::framework::Provider;
use crate::framework::diagnostics::Diagnostics;
use answer::Answer;
pub(crate) use calls::Calls;
use offer::Offer;

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
