//! What host and plugin tell each other before the first call: the host sets variables of the environment, the plugin
//! writes one line on stdout.
//!
//! Pure: the environment is a parameter and the line is a result. This file opens no socket, prints nothing, and does not
//! know the protocol's messages.
//!
//! Reference: <https://github.com/hashicorp/go-plugin/blob/main/docs/internals.md>

use std::ops::RangeInclusive;
use std::path::PathBuf;

/// The major version of the Terraform plugin protocol that is served.
pub(crate) const PROTOCOL_VERSION: u32 = 6;

/// The version of go-plugin's own handshake, the first field of the line.
const CORE_PROTOCOL_VERSION: u32 = 1;

/// The variable that tells a program that a host starts it.
pub(crate) const COOKIE_NAME: &str = "TF_PLUGIN_MAGIC_COOKIE";
/// Its value, the same for every provider.
pub(crate) const COOKIE_VALUE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// What the host asks for, as its variables say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostRequest {
    /// PEM of the one certificate that may connect; absent when the host runs without TLS.
    pub(crate) client_certificate_pem: Option<String>,
    /// Where the socket's directory is made; absent means the system's directory for temporary files.
    pub(crate) socket_directory: Option<PathBuf>,
    /// The ports to choose from where there are no unix sockets.
    pub(crate) ports: RangeInclusive<u16>,
    /// Whether the host knows the seventh field of the line.
    pub(crate) knows_multiplexing: bool,
    /// Whether the host can speak the protocol that is served here.
    pub(crate) speaks_protocol: bool,
}

/// Why the server cannot do what the host's variables say.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum HandshakeError {
    /// A person started the program, not a host.
    #[error("no host started the program")]
    NoHost,
    /// A port is no number from 0 to 65535.
    #[error("{name} is {value:?}, which is not a port number (0 to 65535)")]
    Port {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
    },
    /// The lowest port lies above the highest.
    #[error("PLUGIN_MIN_PORT {min} is above PLUGIN_MAX_PORT {max}")]
    PortRange {
        /// The lowest port.
        min: u16,
        /// The highest port.
        max: u16,
    },
}

impl HostRequest {
    /// What a person with a debugger asks for: plaintext, anywhere.
    pub(crate) fn debug() -> Self {
        Self {
            client_certificate_pem: None,
            socket_directory: None,
            ports: 0..=0,
            knows_multiplexing: false,
            speaks_protocol: true,
        }
    }

    /// Reads the host's variables through `variable`.
    ///
    /// # Errors
    /// [`HandshakeError::NoHost`] without the cookie, the others for ports that cannot be used.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, HandshakeError> {
        if variable(COOKIE_NAME).as_deref() != Some(COOKIE_VALUE) {
            return Err(HandshakeError::NoHost);
        }
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let port = |name: &'static str| match set(name) {
            None => Ok(0),
            Some(value) => value.parse().map_err(|_| HandshakeError::Port { name, value }),
        };
        let (min, max) = (port("PLUGIN_MIN_PORT")?, port("PLUGIN_MAX_PORT")?);
        if min > max {
            return Err(HandshakeError::PortRange { min, max });
        }
        let versions = set("PLUGIN_PROTOCOL_VERSIONS").unwrap_or_default();
        Ok(Self {
            client_certificate_pem: set("PLUGIN_CLIENT_CERT"),
            socket_directory: set("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            ports: min..=max,
            knows_multiplexing: set("PLUGIN_MULTIPLEX_GRPC").is_some(),
            speaks_protocol: versions.split(',').any(|version| version.trim().parse() == Ok(PROTOCOL_VERSION)),
        })
    }
}

/// Where the server listens, in the words of Go's `net` package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// `unix` or `tcp`.
    pub(crate) network: &'static str,
    /// The path of the socket, or host and port.
    pub(crate) address: String,
}

/// The line that tells the host where to connect and which certificate the server has there, without its line end.
///
/// The certificate is base64 of its DER without padding, or empty for plaintext.
pub(crate) fn line(address: &Address, certificate: &str, knows_multiplexing: bool) -> String {
    let Address { network, address } = address;
    // A seventh field breaks hosts that do not know it. It tells the others that the server does not multiplex.
    let multiplexing = if knows_multiplexing { "|false" } else { "" };
    format!("{CORE_PROTOCOL_VERSION}|{PROTOCOL_VERSION}|{network}|{address}|grpc|{certificate}{multiplexing}")
}

/// The value of `TF_REATTACH_PROVIDERS` under which a host finds a server that it did not start.
///
/// `Test` has to be true: otherwise both hosts take the protocol version to be 5.
pub(crate) fn reattach(address: &Address, provider_addresses: &[String], process_id: u32) -> String {
    let server = serde_json::json!({
        "Protocol": "grpc",
        "ProtocolVersion": PROTOCOL_VERSION,
        "Pid": process_id,
        "Test": true,
        "Addr": { "Network": address.network, "String": address.address },
    });
    let providers: serde_json::Map<_, _> =
        provider_addresses.iter().map(|provider| (provider.clone(), server.clone())).collect();
    serde_json::Value::Object(providers).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<HostRequest, HandshakeError> {
        HostRequest::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    const COOKIE: (&str, &str) = (COOKIE_NAME, COOKIE_VALUE);

    #[test]
    fn a_missing_or_wrong_cookie_is_no_host() {
        assert_eq!(read(&[]), Err(HandshakeError::NoHost));
        assert_eq!(read(&[(COOKIE_NAME, "d602")]), Err(HandshakeError::NoHost));
    }

    #[test]
    fn the_cookie_alone_asks_for_plaintext_on_any_port() {
        assert_eq!(
            read(&[COOKIE]),
            Ok(HostRequest {
                client_certificate_pem: None,
                socket_directory: None,
                ports: 0..=0,
                knows_multiplexing: false,
                speaks_protocol: false,
            })
        );
    }

    #[test]
    fn every_variable_of_the_host_is_read() {
        let variables = [
            COOKIE,
            ("PLUGIN_PROTOCOL_VERSIONS", "6,5"),
            ("PLUGIN_CLIENT_CERT", "pem"),
            ("PLUGIN_UNIX_SOCKET_DIR", "/run/sockets"),
            ("PLUGIN_MIN_PORT", "10000"),
            ("PLUGIN_MAX_PORT", "25000"),
            ("PLUGIN_MULTIPLEX_GRPC", "true"),
        ];
        assert_eq!(
            read(&variables),
            Ok(HostRequest {
                client_certificate_pem: Some("pem".to_owned()),
                socket_directory: Some(PathBuf::from("/run/sockets")),
                ports: 10000..=25000,
                knows_multiplexing: true,
                speaks_protocol: true,
            })
        );
    }

    #[test]
    fn a_host_without_protocol_6_is_recognised() {
        assert!(!read(&[COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "4,5")]).unwrap().speaks_protocol);
        assert!(!read(&[COOKIE, ("PLUGIN_PROTOCOL_VERSIONS", "16")]).unwrap().speaks_protocol);
    }

    #[test]
    fn ports_that_cannot_be_used_are_refused() {
        assert_eq!(
            read(&[COOKIE, ("PLUGIN_MIN_PORT", "70000")]),
            Err(HandshakeError::Port { name: "PLUGIN_MIN_PORT", value: "70000".to_owned() })
        );
        assert_eq!(
            read(&[COOKIE, ("PLUGIN_MIN_PORT", "2"), ("PLUGIN_MAX_PORT", "1")]),
            Err(HandshakeError::PortRange { min: 2, max: 1 })
        );
    }

    #[test]
    fn the_line_has_six_fields_and_a_seventh_only_for_hosts_that_know_it() {
        let address = Address { network: "unix", address: "/tmp/a/s".to_owned() };
        assert_eq!(line(&address, "MIIB", false), "1|6|unix|/tmp/a/s|grpc|MIIB");
        assert_eq!(line(&address, "", true), "1|6|unix|/tmp/a/s|grpc||false");
    }

    #[test]
    fn reattach_names_every_address_and_says_test() {
        let address = Address { network: "unix", address: "/tmp/a/s".to_owned() };
        let providers = ["registry.terraform.io/a/b".to_owned(), "registry.opentofu.org/a/b".to_owned()];
        let value: serde_json::Value = serde_json::from_str(&reattach(&address, &providers, 7)).unwrap();
        for provider in &providers {
            assert_eq!(
                value[provider],
                serde_json::json!({"Protocol": "grpc", "ProtocolVersion": 6, "Pid": 7, "Test": true,
                    "Addr": {"Network": "unix", "String": "/tmp/a/s"}})
            );
        }
    }
}
