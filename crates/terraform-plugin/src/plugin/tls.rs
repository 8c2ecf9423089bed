//! Mutual TLS as go-plugin does it: each side knows the other's self-signed certificate beforehand.
//!
//! The host's certificate is a certificate authority with a P-521 key that presents itself as a leaf. webpki refuses
//! such a chain, and there is no chain to build: the certificate is compared byte by byte with the one announced, and
//! the handshake's signature proves that the peer holds its key. This file does not know sockets or messages.
//!
//! Reference: <https://github.com/hashicorp/go-plugin/blob/main/mtls.go>

use std::sync::Arc;

use base64::Engine as _;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};
use time::{Duration, OffsetDateTime};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// `PLUGIN_CLIENT_CERT` is no PEM certificate.
    #[error("the host's certificate in PLUGIN_CLIENT_CERT cannot be read")]
    HostCertificate(#[source] rustls::pki_types::pem::Error),
    /// rcgen cannot make the server's certificate.
    #[error("the server's certificate cannot be made")]
    ServerCertificate(#[from] rcgen::Error),
    /// rustls refuses the configuration.
    #[error("TLS cannot be configured")]
    Config(#[from] rustls::Error),
}

/// The server's side of TLS for one process.
#[derive(Debug, Clone)]
pub(crate) struct ServerTls {
    /// The configuration that accepts connections.
    pub(crate) config: Arc<ServerConfig>,
    /// Base64 of the server's certificate as the handshake line carries it.
    pub(crate) certificate: String,
}

impl ServerTls {
    /// TLS with a fresh P-256 key and certificate, for the one client that has `host_certificate_pem`.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub(crate) fn for_host(host_certificate_pem: &str) -> Result<Self, TlsError> {
        let pinned =
            CertificateDer::from_pem_slice(host_certificate_pem.as_bytes()).map_err(TlsError::HostCertificate)?;
        let crypto = Arc::new(aws_lc_rs::default_provider());

        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = rcgen::CertificateParams::new(["localhost".to_owned()])?;
        // The certificate lasts as long as the process. The host reads the same clock, or one that lags a little.
        let now = OffsetDateTime::now_utc();
        params.not_before = now - Duration::hours(1);
        params.not_after = now + Duration::days(3650);
        let certificate = params.self_signed(&key)?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));

        let mut config = ServerConfig::builder_with_provider(Arc::clone(&crypto))
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(PinnedClient { pinned, crypto }))
            .with_single_cert(vec![certificate.der().clone()], key)?;
        // Newer gRPC clients refuse a server that does not choose h2.
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(Self {
            config: Arc::new(config),
            certificate: base64::engine::general_purpose::STANDARD_NO_PAD.encode(certificate.der()),
        })
    }
}

/// Accepts the one client whose certificate the host announced.
#[derive(Debug)]
struct PinnedClient {
    pinned: CertificateDer<'static>,
    crypto: Arc<CryptoProvider>,
}

impl ClientCertVerifier for PinnedClient {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity == self.pinned {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.crypto.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.crypto.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.crypto.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_is_no_pem_is_refused() {
        assert!(matches!(ServerTls::for_host("not a certificate"), Err(TlsError::HostCertificate(_))));
    }

    #[test]
    fn every_process_has_a_certificate_of_its_own() {
        let host = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert;
        let base64 = base64::engine::general_purpose::STANDARD.encode(host.der());
        let host = format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n");
        let (one, other) = (ServerTls::for_host(&host).unwrap(), ServerTls::for_host(&host).unwrap());
        assert_ne!(one.certificate, other.certificate);
        assert!(!one.certificate.contains('='));
        assert_eq!(one.config.alpn_protocols, [b"h2".to_vec()]);
    }
}
