//! The plugin server: the only layer that knows go-plugin, gRPC and the messages of plugin protocol 6.
//!
//! [`serve`] is the life of a provider process from the handshake to its end; [`Server`] is the part of it that answers
//! calls, for any stream of connections. Nothing of the generated messages leaves this module.
//!
//! # Guarantees
//! - Nobody but the host is served: mutual TLS with the certificate the host announced. Plaintext only where the host
//!   announced none, and for `--debug`.
//! - Faults of users and of remote systems reach the host as diagnostics, never as a gRPC status; so do panics.
//! - Work goes on when the host drops a request, and is asked to stop by `StopProvider`, which does not end the server.
//! - The process is gone within 50 ms of `Shutdown`, ignores SIGINT, and ends by itself when its host is gone.
//!
//! Reference: <https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol>

mod controller;
mod convert;
mod dynamic_value;
mod handshake;
mod lifetime;
mod logging;
mod messages;
mod server;
mod service;
mod tally;
mod tls;
mod transport;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::framework::Provider;
use handshake::{HandshakeError, HostRequest};
pub use server::{ServeError, Server};
use tls::{ServerTls, TlsError};
use transport::Endpoint;

/// Registries under which a source address may be written in a configuration.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// Who starts the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A host, which says in the environment what it wants.
    Hosted,
    /// A person with a debugger: prints `TF_REATTACH_PROVIDERS`, serves plaintext until SIGINT.
    Debug,
}

/// Why the process failed.
#[derive(Debug, thiserror::Error)]
enum ProcessError {
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("the provider cannot listen for its host")]
    Listen(#[source] std::io::Error),
    #[error("the provider cannot tell its host where it listens")]
    Announce(#[source] std::io::Error),
    #[error("the provider cannot handle signals")]
    Signals(#[source] std::io::Error),
    #[error("the provider cannot start its threads")]
    Runtime(#[source] std::io::Error),
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Serves `provider` for one host, until the host asks to end, is gone, or (for [`Mode::Debug`]) until SIGINT.
///
/// Writes the handshake line, or what to put into the environment, on stdout, and nothing else there; log lines and, if
/// it cannot start, the reason go to stderr. stdin is the host's and is not touched.
#[must_use]
pub fn serve(provider: Arc<dyn Provider>, mode: Mode) -> ExitCode {
    let parent = lifetime::Parent::now();
    let request = match mode {
        Mode::Hosted => HostRequest::read(|name| std::env::var(name).ok()),
        Mode::Debug => Ok(HostRequest::debug()),
    };
    match request.map_err(ProcessError::from).and_then(|request| run(provider, mode, &request, &parent)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let causes = std::iter::successors(std::error::Error::source(&error), |cause| cause.source());
            let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
            // Nobody is left to hear of it when stderr is closed.
            let _ = writeln!(std::io::stderr(), "{text}");
            ExitCode::FAILURE
        }
    }
}

fn run(
    provider: Arc<dyn Provider>,
    mode: Mode,
    request: &HostRequest,
    parent: &lifetime::Parent,
) -> Result<(), ProcessError> {
    logging::init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ProcessError::Runtime)?;
    let outcome = runtime.block_on(run_async(provider, mode, request, parent));
    // Not dropped: that would wait for work whose host no longer waits for it.
    runtime.shutdown_background();
    outcome
}

async fn run_async(
    provider: Arc<dyn Provider>,
    mode: Mode,
    request: &HostRequest,
    parent: &lifetime::Parent,
) -> Result<(), ProcessError> {
    let tls = request.client_certificate_pem.as_deref().map(ServerTls::for_host).transpose()?;
    let endpoint = Endpoint::bind(request).map_err(ProcessError::Listen)?;
    let signals = lifetime::Signals::handle().map_err(ProcessError::Signals)?;
    if !request.speaks_protocol {
        tracing::warn!("the host does not list plugin protocol {}", handshake::PROTOCOL_VERSION);
    }
    let announcement = match mode {
        Mode::Hosted => {
            let certificate = tls.as_ref().map_or("", |tls| tls.certificate.as_str());
            handshake::line(endpoint.address(), certificate, request.knows_multiplexing)
        }
        Mode::Debug => debug_instructions(&endpoint, provider.source()),
    };
    announce(&announcement).map_err(ProcessError::Announce)?;

    let shutdown = CancellationToken::new();
    let connections = tally::Tally::default();
    let server = Server::new(provider).ending_with(shutdown.clone());
    let calls = server.calls();
    let serving = server.serve(endpoint.accept(tls.map(|tls| tls.config), connections.clone()));
    tokio::pin!(serving);
    let end = async {
        match mode {
            Mode::Hosted => lifetime::host_ended(signals, parent, &connections).await,
            Mode::Debug => signals.interrupted().await,
        }
        tracing::info!("nobody needs this server any more");
        calls.stop_and_wait().await;
        shutdown.cancel();
    };
    tokio::select! {
        outcome = &mut serving => return Ok(outcome?),
        () = end => (),
    }
    Ok(serving.await?)
}

fn debug_instructions(endpoint: &Endpoint, source: &str) -> String {
    let addresses = REGISTRIES.map(|registry| format!("{registry}/{source}"));
    let value = handshake::reattach(endpoint.address(), &addresses, std::process::id());
    format!(
        "The provider runs. Set this in the environment of terraform or tofu, and end it with Ctrl-C:\n\n\
         TF_REATTACH_PROVIDERS='{value}'\n"
    )
}

fn announce(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()
}
