//! The services that go-plugin expects beside the provider's own: the end of the process, the stdio stream, the broker.
//!
//! The server sends nothing on the two streams: hosts report bytes from the stdio stream as unexpected, and open no
//! connection through the broker. Both stay open until the host or the server ends. This file does not know the provider.
//!
//! Reference: <https://github.com/hashicorp/go-plugin/blob/main/grpc_controller.go>, grpc_stdio.go, grpc_broker.go

use std::pin::Pin;

use futures_util::StreamExt as _;
use tokio_stream::Stream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use super::messages::plugin::grpc_broker_server::{GrpcBroker, GrpcBrokerServer};
use super::messages::plugin::grpc_controller_server::{GrpcController, GrpcControllerServer};
use super::messages::plugin::grpc_stdio_server::{GrpcStdio, GrpcStdioServer};
use super::messages::plugin::{ConnInfo, Empty, StdioData};

/// The three services: one cancels the token of the shutdown, the others wait for it.
#[derive(Debug, Clone)]
pub(crate) struct Controller {
    shutdown: CancellationToken,
}

impl Controller {
    /// The services of a server that ends when `shutdown` is cancelled.
    pub(crate) fn new(shutdown: CancellationToken) -> Self {
        Self { shutdown }
    }

    /// The three services, ready to be added to a server.
    pub(crate) fn services(self) -> (GrpcControllerServer<Self>, GrpcStdioServer<Self>, GrpcBrokerServer<Self>) {
        (GrpcControllerServer::new(self.clone()), GrpcStdioServer::new(self.clone()), GrpcBrokerServer::new(self))
    }
}

/// A stream of responses.
type Responses<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// A stream without items that ends when `end` does.
fn silent_until<T: Send + 'static>(end: impl Future<Output = ()> + Send + 'static) -> Responses<T> {
    Box::pin(futures_util::stream::once(end).filter_map(|()| std::future::ready(None)))
}

#[tonic::async_trait]
impl GrpcController for Controller {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        tracing::debug!("the host asks the server to end");
        self.shutdown.cancel();
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for Controller {
    type StreamStdioStream = Responses<StdioData>;

    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<Self::StreamStdioStream>, Status> {
        Ok(Response::new(silent_until(self.shutdown.clone().cancelled_owned())))
    }
}

#[tonic::async_trait]
impl GrpcBroker for Controller {
    type StartStreamStream = Responses<ConnInfo>;

    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<Self::StartStreamStream>, Status> {
        let shutdown = self.shutdown.clone();
        let mut connections = request.into_inner();
        Ok(Response::new(silent_until(async move {
            let drained = async { while let Some(Ok(_)) = connections.next().await {} };
            tokio::select! {
                () = drained => (),
                () = shutdown.cancelled() => (),
            }
        })))
    }
}
