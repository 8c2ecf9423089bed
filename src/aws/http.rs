//! The way to AWS: one HTTP client for all services, and when to give up on an endpoint.
//!
//! One connection pool (and one for STS, whose timeouts are shorter), rustls with aws-lc, proxies as
//! the environment names them, the roots of the system or those of `AWS_CA_BUNDLE`. It must not know what is called.
//! Follows <https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html> (`AWS_CA_BUNDLE`).

use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::retries::RequestAttempts;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::os_shim_internal::{Env, Fs};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::error::{Error, causes, innermost};

const CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// How often an endpoint is tried that nobody answers at.
const MAX_ATTEMPTS_UNREACHABLE: u32 = 3;

/// Timeouts of the services. There is no limit on a whole operation: the resource's `timeouts` bound
/// what takes long.
pub(super) fn service_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(Duration::from_secs(10)).read_timeout(Duration::from_mins(2)).build()
}

/// Timeouts of the calls that only find out who is calling, and should fail fast.
pub(super) fn identity_timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().connect_timeout(Duration::from_secs(5)).read_timeout(Duration::from_secs(20)).build()
}

/// Makes the HTTP client that all SDK clients share.
///
/// # Errors
/// [`Error::Config`] when `AWS_CA_BUNDLE` names a file that cannot be read or holds no usable
/// certificates; the client itself would panic on it at the first call.
pub(super) async fn client(env: &Env, fs: &Fs) -> Result<SharedHttpClient, Error> {
    let tls = TlsContext::builder()
        .with_trust_store(trust_store(env, fs).await?)
        .build()
        .map_err(|error| ca_bundle_error(&innermost(&error)))?;
    // The builder's own `build_https` knows no proxies; this one caches connectors just as well.
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.tls_provider(Provider::Rustls(CryptoMode::AwsLc)).tls_context(tls.clone()).build()
    }))
}

async fn trust_store(env: &Env, fs: &Fs) -> Result<TrustStore, Error> {
    let Some(path) = super::config::variable(env, CA_BUNDLE) else {
        return Ok(TrustStore::default());
    };
    let pem = fs
        .read_to_end(&path)
        .await
        .map_err(|error| ca_bundle_error(&format!("{path} cannot be read: {}", innermost(&error))))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| ca_bundle_error(&format!("{path} is no PEM file: {error}")))?;
        roots
            .add(certificate)
            .map_err(|error| ca_bundle_error(&format!("{path} holds a certificate that cannot be used: {error}")))?;
    }
    if roots.is_empty() {
        return Err(ca_bundle_error(&format!("{path} holds no certificate")));
    }
    Ok(TrustStore::empty().with_pem_certificate(pem))
}

fn ca_bundle_error(problem: &str) -> Error {
    Error::Config { setting: CA_BUNDLE.to_owned(), problem: problem.to_owned() }
}

/// Ends the retries of a call whose endpoint cannot be reached, and names the endpoint in the error.
///
/// The SDK's retry classifiers see neither the number of the attempt nor the endpoint, so this acts
/// after the attempt: it turns the connector's error into one that no classifier retries.
#[derive(Debug)]
pub(super) struct UnreachableLimit;

#[derive(Debug)]
struct EndpointTried(String);

impl Storable for EndpointTried {
    type Storer = StoreReplace<Self>;
}

#[dyn_dispatch_hint]
impl Intercept for UnreachableLimit {
    fn name(&self) -> &'static str {
        "UnreachableLimit"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // Host and port only: the path can hold names, the query of a presigned URL a signature.
        let uri = context.request().uri();
        let origin: Vec<&str> = uri.splitn(4, '/').take(3).collect();
        cfg.interceptor_state().store_put(EndpointTried(origin.join("/")));
        Ok(())
    }

    fn modify_before_attempt_completion(
        &self,
        context: &mut FinalizerInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let configured = cfg.load::<RetryConfig>().map_or(u32::MAX, RetryConfig::max_attempts);
        let attempt = cfg.load::<RequestAttempts>().map_or(1, RequestAttempts::attempts);
        if attempt < configured.min(MAX_ATTEMPTS_UNREACHABLE) {
            return Ok(());
        }
        let Some(Err(error)) = context.output_or_error_mut() else {
            return Ok(());
        };
        let Some(connector_error) = error.as_connector_error().filter(|error| is_unreachable(error)) else {
            return Ok(());
        };
        let unreachable = Error::Unreachable {
            endpoint: cfg.load::<EndpointTried>().map_or_else(|| "the endpoint".to_owned(), |tried| tried.0.clone()),
            cause: innermost(connector_error),
        };
        *error = OrchestratorError::connector(ConnectorError::user(Box::new(unreachable)));
        Ok(())
    }
}

/// Whether no connection came about, or one that stayed silent for the whole read timeout. A
/// connection that broke is different: it is worth all the attempts there are.
fn is_unreachable(error: &ConnectorError) -> bool {
    error.is_timeout()
        || causes(error)
            .filter_map(|cause| cause.downcast_ref::<hyper_util::client::legacy::Error>())
            .any(hyper_util::client::legacy::Error::is_connect)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    async fn with_bundle(content: &[u8]) -> Result<SharedHttpClient, String> {
        let fs = Fs::from_map(HashMap::from([("/ca.pem".to_owned(), content)]));
        let env = Env::from_slice(&[(CA_BUNDLE, "/ca.pem")]);
        client(&env, &fs).await.map_err(|error| error.to_string())
    }

    fn pem(der: &[u8]) -> String {
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
    }

    #[tokio::test]
    async fn a_bundle_of_certificates_is_taken() {
        let certificate = || rcgen::generate_simple_self_signed(["test".to_owned()]).unwrap().cert;
        let bundle = [certificate(), certificate()].map(|certificate| pem(certificate.der())).concat();
        assert!(with_bundle(bundle.as_bytes()).await.is_ok());
    }

    #[tokio::test]
    async fn a_bundle_that_the_client_would_panic_on_is_an_error() {
        for (content, expected) in [
            (pem(b"no certificate"), "holds a certificate that cannot be used"),
            ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n".to_owned(), "is no PEM file"),
            ("nothing".to_owned(), "holds no certificate"),
            (String::new(), "holds no certificate"),
        ] {
            let error = with_bundle(content.as_bytes()).await.unwrap_err();
            assert!(error.starts_with("AWS_CA_BUNDLE: /ca.pem ") && error.contains(expected), "{error}");
        }
        let missing = client(&Env::from_slice(&[(CA_BUNDLE, "/absent")]), &Fs::from_slice(&[])).await.unwrap_err();
        assert!(missing.to_string().starts_with("AWS_CA_BUNDLE: /absent cannot be read"), "{missing}");
    }
}
