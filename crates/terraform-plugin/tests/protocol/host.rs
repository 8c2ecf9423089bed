//! A host as go-plugin makes one: starts the program, reads the handshake line, connects with mutual TLS.
//!
//! Reference: <https://github.com/hashicorp/go-plugin/blob/main/client.go>

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tonic::transport::{Channel, Endpoint};

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-ssmsession");

const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// More than anything here takes; what waits longer hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A certificate and its key.
pub(crate) struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Identity {
    /// A certificate like a host's: P-521, self-signed, an authority that also serves as a leaf.
    pub(crate) fn new() -> Self {
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
    pub(crate) fn pem(&self) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(&self.certificate))
    }
}

/// The program with the environment of a host, and without anything of it that would change what the program does.
pub(crate) fn command() -> Command {
    let mut command = Command::new(PROGRAM);
    as_host(&mut command);
    command
}

/// Gives `command` the environment of a host.
pub(crate) fn as_host(command: &mut Command) {
    command
        .env("TF_PLUGIN_MAGIC_COOKIE", COOKIE)
        .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
        .env("PLUGIN_MIN_PORT", "10000")
        .env("PLUGIN_MAX_PORT", "25000")
        .env_remove("PLUGIN_CLIENT_CERT")
        .env_remove("PLUGIN_UNIX_SOCKET_DIR")
        .env_remove("TF_LOG_PROVIDER_SSMSESSION")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
}

/// A running program that has said where it listens.
pub(crate) struct Plugin {
    pub(crate) child: Child,
    pub(crate) stdout: BufReader<ChildStdout>,
    /// Where the command pipes it here.
    stderr: Option<ChildStderr>,
    /// The fields of the handshake line.
    pub(crate) line: Vec<String>,
}

impl Plugin {
    /// Starts the program and reads its line.
    pub(crate) async fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let (mut stdout, stderr) = (BufReader::new(child.stdout.take().unwrap()), child.stderr.take());
        let mut line = String::new();
        within(stdout.read_line(&mut line)).await.unwrap();
        let line: Vec<_> = line.trim_end_matches('\n').split('|').map(str::to_owned).collect();
        assert_eq!(line.get(..3), Some(["1", "6", "unix"].map(str::to_owned).as_slice()), "{line:?}");
        Self { child, stdout, stderr, line }
    }

    /// Where it listens.
    pub(crate) fn socket(&self) -> PathBuf {
        PathBuf::from(&self.line[3])
    }

    /// A channel as a host opens it, with `identity` as the client's certificate.
    pub(crate) fn connect(&self, identity: Option<&Identity>) -> Channel {
        let crypto = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from(STANDARD_NO_PAD.decode(&self.line[5]).unwrap())).unwrap();
        let builder = rustls::ClientConfig::builder_with_provider(crypto)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(Identity { certificate, key }) => {
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

    /// Waits for the end, and returns whether it was a good one, the rest of stdout, and all of stderr.
    pub(crate) async fn end(mut self) -> (bool, String, String) {
        let status = within(self.child.wait()).await.unwrap();
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stdout.read_to_string(&mut stdout).await.unwrap();
        if let Some(mut piped) = self.stderr.take() {
            piped.read_to_string(&mut stderr).await.unwrap();
        }
        (status.success(), stdout, stderr)
    }

    /// Sends a signal by its name.
    pub(crate) async fn signal(&self, name: &str) {
        signal(self.child.id().unwrap(), name).await;
    }
}

/// A program that is killed cannot clean up behind itself.
impl Drop for Plugin {
    fn drop(&mut self) {
        if let Some(directory) = self.socket().parent() {
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

/// Sends a signal to a process.
pub(crate) async fn signal(process_id: u32, name: &str) {
    let status = Command::new("kill").args([format!("-{name}"), process_id.to_string()]).status().await.unwrap();
    assert!(status.success());
}

/// A channel without TLS.
pub(crate) fn connect_plaintext(socket: PathBuf) -> Channel {
    Endpoint::from_static("http://localhost").connect_with_connector_lazy(tower::service_fn(move |_| {
        let socket = socket.clone();
        async move { UnixStream::connect(socket).await.map(TokioIo::new) }
    }))
}

/// The result of something that must not hang.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it does not hang")
}
