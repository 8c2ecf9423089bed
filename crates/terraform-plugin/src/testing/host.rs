//! A host as go-plugin makes one: it starts the program, reads the handshake line, and connects with mutual TLS.
//!
//! Runs on unix alone, where the program listens on a unix socket.
//!
//! Reference: <https://github.com/hashicorp/go-plugin/blob/main/client.go>

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use serde_json::Value as Json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tonic::transport::{Channel, Endpoint};

use super::within;
use crate::plugin::handshake::{COOKIE_NAME, COOKIE_VALUE};

/// The certificate of a host, with its key.
#[derive(Debug)]
pub struct HostCertificate {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl HostCertificate {
    /// A certificate like Terraform's: P-521, self-signed, an authority that also serves as a leaf.
    #[expect(clippy::new_without_default, reason = "every certificate is another one")]
    pub fn new() -> Self {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P521_SHA512).unwrap();
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, "localhost");
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        params.key_usages = vec![
            rcgen::KeyUsagePurpose::DigitalSignature,
            rcgen::KeyUsagePurpose::KeyEncipherment,
            rcgen::KeyUsagePurpose::KeyAgreement,
            rcgen::KeyUsagePurpose::KeyCertSign,
        ];
        params.extended_key_usages =
            vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth, rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { certificate, key: key.serialize_der() }
    }

    /// The certificate as the environment carries it.
    pub fn pem(&self) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(&self.certificate))
    }
}

/// `program` with the environment of a host that uses no TLS.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    set_environment(&mut command);
    command
}

/// Gives `command` the environment of a host that uses no TLS. Variables that change what a provider does or logs are
/// removed; all streams but stdin are piped.
pub fn set_environment(command: &mut Command) {
    let log_variables = std::env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("TF_LOG")
    });
    for name in log_variables {
        command.env_remove(name);
    }
    command
        .env(COOKIE_NAME, COOKIE_VALUE)
        .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
        .env("PLUGIN_MIN_PORT", "10000")
        .env("PLUGIN_MAX_PORT", "25000")
        .env_remove("PLUGIN_CLIENT_CERT")
        .env_remove("PLUGIN_UNIX_SOCKET_DIR")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
}

/// A running program that has written its handshake line.
#[derive(Debug)]
pub struct Plugin {
    child: Child,
    stdout: BufReader<ChildStdout>,
    /// Absent where the command does not pipe it.
    stderr: Option<ChildStderr>,
    /// The fields of the handshake line.
    pub line: Vec<String>,
}

/// What a program leaves when it has ended.
#[derive(Debug)]
pub struct Ended {
    /// Whether the exit code is zero.
    pub success: bool,
    /// What stands on stdout behind the handshake line.
    pub stdout: String,
    /// Everything on stderr, where it is piped.
    pub stderr: String,
}

impl Plugin {
    /// Starts the program and reads its handshake line.
    pub async fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let (mut stdout, stderr) = (BufReader::new(child.stdout.take().unwrap()), child.stderr.take());
        let mut line = String::new();
        within(stdout.read_line(&mut line)).await.unwrap();
        let line: Vec<_> = line.trim_end_matches('\n').split('|').map(str::to_owned).collect();
        assert_eq!(line.get(..3), Some(["1", "6", "unix"].map(str::to_owned).as_slice()), "{line:?}");
        Self { child, stdout, stderr, line }
    }

    /// The path of the socket.
    pub fn socket(&self) -> PathBuf {
        PathBuf::from(&self.line[3])
    }

    /// A channel as a host opens it, with `client` as the client's certificate.
    #[must_use]
    pub fn connect(&self, client: Option<&HostCertificate>) -> Channel {
        let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from(STANDARD_NO_PAD.decode(&self.line[5]).unwrap())).unwrap();
        let builder = rustls::ClientConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match client {
            None => builder.with_no_client_auth(),
            Some(HostCertificate { certificate, key }) => {
                let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.clone()));
                builder.with_client_auth_cert(vec![certificate.clone()], key).unwrap()
            }
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        let (config, socket) = (Arc::new(config), self.socket());
        Endpoint::from_static("http://localhost").connect_with_connector_lazy(tower::service_fn(move |_| {
            let (config, socket) = (Arc::clone(&config), socket.clone());
            async move {
                let stream = UnixStream::connect(socket).await?;
                let name = ServerName::try_from("localhost").unwrap();
                let stream = tokio_rustls::TlsConnector::from(config).connect(name, stream).await?;
                assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
                Ok::<_, std::io::Error>(TokioIo::new(stream))
            }
        }))
    }

    /// Waits for the end of the program.
    pub async fn end(mut self) -> Ended {
        let status = within(self.child.wait()).await.unwrap();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).await.unwrap();
        if let Some(mut piped) = self.stderr.take() {
            piped.read_to_string(&mut stderr).await.unwrap();
        }
        Ended { success: status.success(), stdout, stderr }
    }

    /// Sends a signal by its name.
    pub async fn signal(&self, name: &str) {
        signal(self.child.id().unwrap(), name).await;
    }
}

/// A program that is killed leaves its socket's directory behind.
impl Drop for Plugin {
    fn drop(&mut self) {
        if let Some(directory) = self.socket().parent() {
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

/// A program that serves a debugger: `--debug`.
#[derive(Debug)]
pub struct DebugServer {
    child: Child,
    /// Held open, so that the program can go on printing.
    _stdout: Lines<BufReader<ChildStdout>>,
    /// The value of `TF_REATTACH_PROVIDERS` that it prints.
    pub reattach: Json,
}

impl DebugServer {
    /// Starts the program and reads how to reach it.
    pub async fn start(program: &Path) -> Self {
        let mut command = Command::new(program);
        command.arg("--debug").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        loop {
            let line = within(lines.next_line()).await.unwrap().expect("it prints where it is");
            if let Some(value) = line.strip_prefix("TF_REATTACH_PROVIDERS='") {
                let reattach = serde_json::from_str(value.trim_end_matches('\'')).unwrap();
                return Self { child, _stdout: lines, reattach };
            }
        }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap()
    }

    /// Interrupts the program and waits for its end. Returns whether the exit code is zero.
    pub async fn interrupt(mut self) -> bool {
        signal(self.id(), "INT").await;
        within(self.child.wait()).await.unwrap().success()
    }
}

/// Sends a signal to a process that the test has started.
pub async fn signal(process_id: u32, name: &str) {
    let status = Command::new("kill").args([format!("-{name}"), process_id.to_string()]).status().await.unwrap();
    assert!(status.success());
}

/// A channel without TLS.
pub fn connect_plaintext(socket: PathBuf) -> Channel {
    Endpoint::from_static("http://localhost").connect_with_connector_lazy(tower::service_fn(move |_| {
        let socket = socket.clone();
        async move { UnixStream::connect(socket).await.map(TokioIo::new) }
    }))
}
