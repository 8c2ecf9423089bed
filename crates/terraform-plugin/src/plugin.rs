//! The plugin server: the only layer that knows go-plugin, gRPC and the messages of plugin protocol 6.
//!
//! [`serve`] is the life of a provider process from the handshake to its end; `server` answers calls on any stream of
//! connections. The generated messages stay inside this module, except for `testing`.
//!
//! # Guarantees
//! - Only the host is served: mutual TLS admits the certificate that the host announced. The server speaks plaintext
//!   where the host announced none, and for a debug session.
//! - Faults of users and of remote systems reach the host as diagnostics, never as a gRPC status; so do panics.
//! - Work goes on when the host drops a request. `StopProvider` asks it to stop and does not end the server.
//! - The process ends within 50 ms of `Shutdown`, ignores SIGINT, and ends by itself when its host is gone.
//!
//! Reference: <https://developer.hashicorp.com/terraform/plugin/terraform-plugin-protocol>

mod controller;
mod convert;
mod dynamic_value;
pub(crate) mod handshake;
mod lifetime;
mod logging;
pub(crate) mod messages;
pub(crate) mod server;
mod service;
mod tls;
mod transport;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::causes::causes;
use crate::framework::Provider;
use handshake::{HandshakeError, HostRequest};
use server::{ServeError, Server};
use tls::{ServerTls, TlsError};
use transport::Endpoint;

/// Registries under which a configuration may name a provider.
const REGISTRIES: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// Who starts the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A host, which says in the environment what it wants.
    Hosted,
    /// A person with a debugger: the server prints `TF_REATTACH_PROVIDERS` and serves plaintext until SIGINT.
    Debug,
}

/// What the server takes from the program around it. All else follows from the provider's names: its log lines have
/// the type name as their `@module`, and `TF_LOG_PROVIDER_<TYPE NAME>` sets their level.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Who starts the server.
    pub mode: Mode,
    /// What a person reads who starts the program by hand.
    pub started_by_hand: &'static str,
    /// The provider's crates, as their modules name them: their events are logged at every level, those of other
    /// crates as warnings and errors alone, because below that an SDK may log secrets.
    pub crates: &'static [&'static str],
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
/// Writes the handshake line, or what to put into the environment, on stdout, and nothing else there. Log lines, and the
/// reason where the server cannot start, go to stderr. stdin belongs to the host and is not read.
#[must_use]
pub fn serve(provider: Arc<dyn Provider>, settings: Settings) -> ExitCode {
    let parent = lifetime::Parent::now();
    let request = match settings.mode {
        Mode::Hosted => HostRequest::read(|name| std::env::var(name).ok()),
        Mode::Debug => Ok(HostRequest::debug()),
    };
    let outcome = request.map_err(ProcessError::from).and_then(|request| run(provider, settings, &request, &parent));
    let reason = match outcome {
        Ok(()) => return ExitCode::SUCCESS,
        Err(ProcessError::Handshake(HandshakeError::NoHost)) => settings.started_by_hand.to_owned(),
        Err(error) => causes(&error),
    };
    // The write fails when stderr is closed; there is nobody to report it to.
    let _ = writeln!(std::io::stderr(), "{reason}");
    ExitCode::FAILURE
}

fn run(
    provider: Arc<dyn Provider>,
    settings: Settings,
    request: &HostRequest,
    parent: &lifetime::Parent,
) -> Result<(), ProcessError> {
    logging::init(provider.type_name(), settings.crates);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ProcessError::Runtime)?;
    let outcome = runtime.block_on(run_async(provider, settings.mode, request, parent));
    // Dropping the runtime would wait for work whose host no longer waits for it.
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
    let endpoint = Endpoint::bind(request, provider.type_name()).map_err(ProcessError::Listen)?;
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
    let connections = TaskTracker::new();
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
