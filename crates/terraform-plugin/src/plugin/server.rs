//! The gRPC server: every service on every connection, until `Shutdown`.
//!
//! This file knows how a server ends and how large a message may be. The services know what the calls do.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;

use super::controller::Controller;
use super::messages::tfplugin6::provider_server::ProviderServer;
use super::service::{Calls, ProviderService};
use crate::framework::Provider;

/// The size of a message that Go's SDK accepts and sends, in bytes: states may be large.
pub(crate) const MAX_MESSAGE_BYTES: usize = 256 * 1024 * 1024;

/// How long open streams may take to end after `Shutdown`: the host receives its response, and the process ends within
/// 50 ms.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(25);

/// The name under which go-plugin asks for the server's health.
const HEALTH_NAME: &str = "plugin";

/// Why the server ended too early.
#[derive(Debug, thiserror::Error)]
#[error("the server failed")]
pub(crate) struct ServeError(#[from] tonic::transport::Error);

/// Serves the calls of a host.
#[derive(Debug)]
pub(crate) struct Server {
    service: ProviderService,
    shutdown: CancellationToken,
}

impl Server {
    /// A server for `provider`.
    pub(crate) fn new(provider: Arc<dyn Provider>) -> Self {
        Self { service: ProviderService::new(provider), shutdown: CancellationToken::new() }
    }

    /// Ends serving when `shutdown` is cancelled; the host's `Shutdown` cancels it too.
    pub(crate) fn ending_with(self, shutdown: CancellationToken) -> Self {
        Self { shutdown, ..self }
    }

    /// The calls that run.
    pub(crate) fn calls(&self) -> Calls {
        self.service.calls()
    }

    /// Serves every connection of the stream, until the host calls `Shutdown` or the stream ends.
    ///
    /// # Errors
    /// Where the gRPC server itself fails. A connection that fails does not end it.
    pub(crate) async fn serve<S>(self, connections: impl Stream<Item = io::Result<S>>) -> Result<(), ServeError>
    where
        S: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
    {
        let calls = self.service.calls();
        let (controller, stdio, broker) = Controller::new(self.shutdown.clone()).services();
        let (reporter, health) = tonic_health::server::health_reporter();
        reporter.set_service_status(HEALTH_NAME, tonic_health::ServingStatus::Serving).await;
        let provider = ProviderServer::new(self.service)
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
            .max_encoding_message_size(MAX_MESSAGE_BYTES);
        let serving = tonic::transport::Server::builder()
            .add_service(provider)
            .add_service(controller)
            .add_service(stdio)
            .add_service(broker)
            .add_service(health)
            .serve_with_incoming_shutdown(connections, self.shutdown.clone().cancelled_owned());
        let out_of_time = async {
            self.shutdown.cancelled().await;
            calls.stop();
            tokio::time::sleep(SHUTDOWN_GRACE).await;
        };
        tokio::select! {
            outcome = serving => Ok(outcome?),
            () = out_of_time => Ok(()),
        }
    }
}
