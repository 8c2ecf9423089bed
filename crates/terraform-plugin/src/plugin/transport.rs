//! Where the server listens and what it accepts: a unix socket in a private directory (TCP on systems without one), and
//! TLS on top of it.
//!
//! A connection that fails, at accept or in the TLS handshake, is dropped and the server takes the next one: a client that
//! cannot authenticate does not end the server. This file does not know the protocol's messages.
//!
//! Reference: <https://github.com/hashicorp/go-plugin/blob/main/server.go>

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tonic::transport::server::Connected;

use super::handshake::{Address, HostRequest};

/// How long a client may take for the TLS handshake.
const TLS_HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait after a failed accept: without free file descriptors, the next one fails at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A bound socket. Dropping it removes the socket and its directory.
#[derive(Debug)]
pub(crate) struct Endpoint {
    listener: Arc<Listener>,
    address: Address,
    #[cfg(unix)]
    _directory: tempfile::TempDir,
}

#[cfg(unix)]
#[derive(Debug)]
struct Listener(tokio::net::UnixListener);

#[cfg(not(unix))]
#[derive(Debug)]
struct Listener(tokio::net::TcpListener);

impl Endpoint {
    /// Binds a socket in a fresh directory that only this user can enter, below the directory that the host names or
    /// the system's directory for temporary files. The name of the fresh directory holds `provider_name`.
    ///
    /// # Errors
    /// What the system reports; among others that the socket's path is longer than it allows (some 100 bytes).
    #[cfg(unix)]
    pub(crate) fn bind(request: &HostRequest, provider_name: &str) -> io::Result<Self> {
        use std::os::unix::fs::PermissionsExt as _;

        let parent = request.socket_directory.clone().unwrap_or_else(std::env::temp_dir);
        let directory = tempfile::Builder::new()
            .prefix(&format!("plugin-{provider_name}-"))
            .permissions(std::fs::Permissions::from_mode(0o700))
            .tempdir_in(parent)?;
        let path = directory.path().join("socket");
        let socket = tokio::net::UnixListener::bind(&path)?;
        let address = Address { network: "unix", address: path.display().to_string() };
        Ok(Self { listener: Arc::new(Listener(socket)), address, _directory: directory })
    }

    /// Binds the first free port of the host's range on the loopback address.
    ///
    /// # Errors
    /// What the system reports about the last port tried.
    #[cfg(not(unix))]
    pub(crate) fn bind(request: &HostRequest, _provider_name: &str) -> io::Result<Self> {
        let mut failure = io::ErrorKind::AddrNotAvailable.into();
        for port in request.ports.clone() {
            match std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)) {
                Ok(socket) => {
                    socket.set_nonblocking(true)?;
                    let socket = tokio::net::TcpListener::from_std(socket)?;
                    let address = Address { network: "tcp", address: socket.local_addr()?.to_string() };
                    return Ok(Self { listener: Arc::new(Listener(socket)), address });
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// The address of the socket.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// Accepts connections until the stream is dropped; `open` tracks them. Without `tls` they are plaintext.
    pub(crate) fn accept(
        &self,
        tls: Option<Arc<rustls::ServerConfig>>,
        open: TaskTracker,
    ) -> ReceiverStream<io::Result<Connection>> {
        let (accepted, connections) = mpsc::channel(1);
        let acceptor = tls.map(TlsAcceptor::from);
        let listener = Arc::clone(&self.listener);
        tokio::spawn(async move {
            while !accepted.is_closed() {
                let stream = tokio::select! {
                    stream = listener.accept() => stream,
                    () = accepted.closed() => break,
                };
                match stream {
                    Ok(stream) => {
                        let (accepted, acceptor, open) = (accepted.clone(), acceptor.clone(), open.clone());
                        tokio::spawn(async move {
                            if let Some(connection) = secure(stream, acceptor, &open).await {
                                // Sending fails when the server has ended and no longer takes connections.
                                let _ = accepted.send(Ok(connection)).await;
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "a connection was not accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
        });
        ReceiverStream::new(connections)
    }
}

#[cfg(unix)]
impl Listener {
    async fn accept(&self) -> io::Result<tokio::net::UnixStream> {
        self.0.accept().await.map(|(stream, _)| stream)
    }
}

#[cfg(not(unix))]
impl Listener {
    async fn accept(&self) -> io::Result<tokio::net::TcpStream> {
        let (stream, _) = self.0.accept().await?;
        // A small response is sent at once.
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// The connection after the TLS handshake; `None` for a peer that does not prove to be the host.
async fn secure<S>(stream: S, acceptor: Option<TlsAcceptor>, open: &TaskTracker) -> Option<Connection>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let Some(acceptor) = acceptor else {
        return Some(Connection { stream: Box::new(stream), _open: open.token() });
    };
    match tokio::time::timeout(TLS_HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => Some(Connection { stream: Box::new(stream), _open: open.token() }),
        Ok(Err(error)) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "a client was refused");
            None
        }
        Err(_) => {
            tracing::warn!("a client was refused: it did not finish the TLS handshake in time");
            None
        }
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// One accepted connection, with or without TLS.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    _open: TaskTrackerToken,
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
