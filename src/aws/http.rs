//! The HTTP client that all services share, and its timeouts.
//!
//! It has one connection pool (and one for STS, whose timeouts are shorter), rustls with aws-lc, the proxies of the
//! environment, and the roots of the system or those of `AWS_CA_BUNDLE`. It does not know what is called.
//! Follows <https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html> (`AWS_CA_BUNDLE`).

use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::timeout::TimeoutConfig;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::causes::{innermost, phrase};

use super::environment::Environment;
use super::error::ConnectError;

const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// Timeouts of the services. A whole operation has no limit: the resource's `timeouts` bound what takes long.
pub(super) fn service_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(Duration::from_secs(10)).read_timeout(Duration::from_mins(2)).build()
}

/// Timeouts of the calls that only identify the caller, which should fail fast.
pub(super) fn identity_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(Duration::from_secs(5)).read_timeout(Duration::from_secs(20)).build()
}

/// Creates the HTTP client that all SDK clients share.
///
/// # Errors
/// [`ConnectError::Config`] when `AWS_CA_BUNDLE` names a file that cannot be read or has no usable certificates. The
/// HTTP client itself would panic on it at the first call.
pub(super) fn client(environment: &dyn Environment) -> Result<SharedHttpClient, ConnectError> {
    let tls = TlsContext::builder()
        .with_trust_store(trust_store(environment)?)
        .build()
        .map_err(|error| ca_bundle_error(innermost(&error)))?;
    // The builder's own `build_https` does not support proxies. This one caches connectors as well.
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(tls.clone()).build()
    }))
}

/// The proxy of the environment through which a URL is called, as scheme, host and port: its own URL can hold a password.
pub(super) fn proxy_of(url: &str) -> Option<String> {
    proxy_by(&Matcher::from_env(), url)
}

fn proxy_by(rules: &Matcher, url: &str) -> Option<String> {
    let proxy = rules.intercept(&url.parse().ok()?)?;
    let port = proxy.uri().port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    Some(format!("{}://{}{port}", proxy.uri().scheme_str()?, proxy.uri().host()?))
}

fn trust_store(environment: &dyn Environment) -> Result<TrustStore, ConnectError> {
    let Some(path) = environment.variable(CA_BUNDLE) else {
        return Ok(TrustStore::default());
    };
    let pem = environment
        .file(&path)
        .map_err(|error| ca_bundle_error(format!("{path} cannot be read: {}", innermost(&error))))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate
            .map_err(|error| ca_bundle_error(format!("{path} is not a PEM file: {}", phrase(&error.to_string()))))?;
        roots.add(certificate).map_err(|error| {
            let problem = error.to_string();
            ca_bundle_error(format!("{path} holds a certificate that cannot be used: {}", phrase(&problem)))
        })?;
    }
    if roots.is_empty() {
        return Err(ca_bundle_error(format!("{path} holds no certificate")));
    }
    Ok(TrustStore::empty().with_pem_certificate(pem))
}

fn ca_bundle_error(problem: String) -> ConnectError {
    ConnectError::Config { setting: CA_BUNDLE.to_owned(), problem }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::aws::tests::environment::Fixed;

    fn with_bundle(content: &[u8]) -> Result<SharedHttpClient, String> {
        let environment = Fixed::new(&[(CA_BUNDLE, "/ca.pem")]).with_file("/ca.pem", content);
        client(&environment).map_err(|error| error.to_string())
    }

    fn pem(der: &[u8]) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
    }

    #[test]
    fn a_proxy_is_named_without_its_password() {
        let rules = Matcher::builder().all("http://user:SECRET@proxy.test:3128").no("internal.test").build();
        assert_eq!(proxy_by(&rules, "https://sts.test").as_deref(), Some("http://proxy.test:3128"));
        assert_eq!(proxy_by(&rules, "http://internal.test:5000"), None);
    }

    #[test]
    fn a_bundle_of_certificates_is_taken() {
        let certificate = || rcgen::generate_simple_self_signed(["test".to_owned()]).unwrap().cert;
        let bundle = [certificate(), certificate()].map(|certificate| pem(certificate.der())).concat();
        assert!(with_bundle(bundle.as_bytes()).is_ok());
    }

    #[test]
    fn a_bundle_that_the_client_would_panic_on_is_an_error() {
        for (content, expected) in [
            (pem(b"no certificate"), "holds a certificate that cannot be used"),
            ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n".to_owned(), "is not a PEM file"),
            ("nothing".to_owned(), "holds no certificate"),
            (String::new(), "holds no certificate"),
        ] {
            let error = with_bundle(content.as_bytes()).unwrap_err();
            assert!(error.starts_with("AWS_CA_BUNDLE: /ca.pem ") && error.contains(expected), "{error}");
        }
        let missing = client(&Fixed::new(&[(CA_BUNDLE, "/absent")])).unwrap_err();
        assert!(missing.to_string().starts_with("AWS_CA_BUNDLE: /absent cannot be read"), "{missing}");
    }
}
