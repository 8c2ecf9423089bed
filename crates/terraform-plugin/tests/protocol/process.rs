//! A provider's program, from its start to its end.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use tonic::transport::Channel;

use crate::example::program;
use terraform_plugin::testing::go_plugin::grpc_broker_client::GrpcBrokerClient;
use terraform_plugin::testing::go_plugin::grpc_controller_client::GrpcControllerClient;
use terraform_plugin::testing::go_plugin::grpc_stdio_client::GrpcStdioClient;
use terraform_plugin::testing::host::{self, DebugServer, HostCertificate, Plugin, connect_plaintext, signal};
use terraform_plugin::testing::session::client;
use terraform_plugin::testing::{go_plugin, wire, within};

/// Whether a call over `channel` has a response.
async fn is_served(channel: Channel) -> bool {
    within(client(channel).get_provider_schema(wire::get_provider_schema::Request {})).await.is_ok()
}

/// The program with the environment of a host.
fn command() -> Command {
    host::command(program())
}

async fn shut_down(channel: Channel) {
    within(GrpcControllerClient::new(channel).shutdown(go_plugin::Empty {})).await.unwrap();
}

#[tokio::test]
async fn without_the_hosts_cookie_it_prints_what_it_is_and_fails() {
    for cookie in [None, Some("wrong")] {
        let mut by_hand = Command::new(program());
        by_hand.env_remove("TF_PLUGIN_MAGIC_COOKIE");
        if let Some(cookie) = cookie {
            by_hand.env("TF_PLUGIN_MAGIC_COOKIE", cookie);
        }
        let output = within(by_hand.output()).await.unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(output.stdout, b"");
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text, "This program is a provider for Terraform and OpenTofu, which start it.\n");
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_ends_it_with_the_reason() {
    let output = within(command().env("PLUGIN_CLIENT_CERT", "nonsense").output()).await.unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), b"".as_slice()));
    assert!(String::from_utf8(output.stderr).unwrap().contains("PLUGIN_CLIENT_CERT cannot be read"));
}

#[tokio::test]
async fn only_the_hosts_certificate_is_served() {
    let (host, other) = (HostCertificate::new(), HostCertificate::new());
    let plugin = Plugin::start(command().env("PLUGIN_CLIENT_CERT", host.pem())).await;
    assert_eq!(plugin.line.len(), 6, "a seventh field breaks hosts that do not ask for it");
    assert!(!is_served(plugin.connect(Some(&other))).await, "another certificate");
    assert!(!is_served(plugin.connect(None)).await, "no certificate");
    assert!(!is_served(connect_plaintext(plugin.socket())).await, "no TLS");
    assert!(is_served(plugin.connect(Some(&host))).await, "the host");
}

#[tokio::test]
async fn shutdown_ends_the_process_at_once_and_leaves_nothing() {
    let host = HostCertificate::new();
    let plugin = Plugin::start(command().env("PLUGIN_CLIENT_CERT", host.pem())).await;
    let directory = plugin.socket().parent().unwrap().to_owned();
    assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let channel = plugin.connect(Some(&host));
    // A host opens both streams at once and keeps them open.
    let mut stdio = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.unwrap().into_inner();
    let silent = tokio_stream::pending::<go_plugin::ConnInfo>();
    let mut broker = GrpcBrokerClient::new(channel.clone()).start_stream(silent).await.unwrap().into_inner();
    assert!(is_served(channel.clone()).await);

    let asked = Instant::now();
    shut_down(channel).await;
    let ended = plugin.end().await;
    let took = asked.elapsed();
    // 50 ms are promised. The machine may be busy with other tests.
    assert!(took < Duration::from_millis(500), "{took:?}");
    assert!(ended.success);
    assert_eq!(ended.stdout, "", "nothing but the handshake line is for stdout");
    assert!(!directory.exists());
    assert!(!matches!(stdio.message().await, Ok(Some(_))), "hosts complain of bytes on the stdio stream");
    assert!(!matches!(broker.message().await, Ok(Some(_))));
}

#[tokio::test]
async fn without_a_certificate_from_the_host_it_serves_plaintext() {
    let plugin = Plugin::start(&mut command()).await;
    assert_eq!(plugin.line[4..], ["grpc", ""]);
    assert!(is_served(connect_plaintext(plugin.socket())).await);
}

#[tokio::test]
async fn the_hosts_socket_directory_is_used_and_left_empty() {
    let directory = tempfile::tempdir().unwrap();
    let plugin = Plugin::start(command().env("PLUGIN_UNIX_SOCKET_DIR", directory.path())).await;
    assert!(plugin.socket().starts_with(directory.path()));
    shut_down(connect_plaintext(plugin.socket())).await;
    plugin.end().await;
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn a_socket_directory_that_cannot_be_used_ends_it_with_the_reason() {
    let output = within(command().env("PLUGIN_UNIX_SOCKET_DIR", "/nowhere").output()).await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("the provider cannot listen for its host: "), "{text}");
}

#[tokio::test]
async fn a_host_that_knows_multiplexing_is_told_there_is_none() {
    let plugin = Plugin::start(command().env("PLUGIN_MULTIPLEX_GRPC", "true")).await;
    assert_eq!(plugin.line.last().unwrap(), "false");
    assert_eq!(plugin.line.len(), 7);
}

#[tokio::test]
async fn an_interrupt_does_not_end_it_and_a_termination_does() {
    let plugin = Plugin::start(&mut command()).await;
    let directory = plugin.socket().parent().unwrap().to_owned();
    plugin.signal("INT").await;
    assert!(is_served(connect_plaintext(plugin.socket())).await);
    plugin.signal("TERM").await;
    plugin.end().await;
    assert!(!directory.exists());
}

#[tokio::test]
async fn it_is_healthy_under_the_name_that_hosts_ask_for() {
    let plugin = Plugin::start(&mut command()).await;
    let channel = connect_plaintext(plugin.socket());
    let request = tonic_health::pb::HealthCheckRequest { service: "plugin".into() };
    let health = tonic_health::pb::health_client::HealthClient::new(channel).check(request).await.unwrap();
    assert_eq!(health.into_inner().status(), tonic_health::pb::health_check_response::ServingStatus::Serving);
}

#[tokio::test]
async fn stdin_belongs_to_the_host() {
    let (mut keyboard, mut stdin) = std::os::unix::net::UnixStream::pair().unwrap();
    keyboard.write_all(b"yes\n").unwrap();
    let plugin = Plugin::start(command().stdin(std::os::fd::OwnedFd::from(stdin.try_clone().unwrap()))).await;
    let channel = connect_plaintext(plugin.socket());
    assert!(is_served(channel.clone()).await);
    shut_down(channel).await;
    plugin.end().await;
    let mut left = [0; 4];
    stdin.read_exact(&mut left).unwrap();
    assert_eq!(&left, b"yes\n");
}

/// Starts the program as the child of a shell that can be killed. Returns the shell, and the program's stdout with
/// its handshake line.
async fn child_of_a_shell() -> (tokio::process::Child, BufReader<tokio::process::ChildStdout>, String) {
    let mut shell = Command::new("sh");
    host::set_environment(&mut shell);
    let mut shell = shell
        .args(["-c", "\"$0\" & exec sleep 600 >/dev/null 2>&1", &program().display().to_string()])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(shell.stdout.take().unwrap());
    let mut line = String::new();
    within(stdout.read_line(&mut line)).await.unwrap();
    (shell, stdout, line)
}

#[tokio::test]
async fn it_ends_when_its_host_is_gone_before_it_connected() {
    let (shell, mut stdout, _) = child_of_a_shell().await;
    signal(shell.id().unwrap(), "KILL").await;
    within(stdout.read_to_end(&mut Vec::new())).await.unwrap();
}

#[tokio::test]
async fn it_ends_when_its_host_is_gone_with_its_connection_and_not_before() {
    let (shell, mut stdout, line) = child_of_a_shell().await;
    let channel = connect_plaintext(line.split('|').nth(3).unwrap().into());
    assert!(is_served(channel.clone()).await);
    signal(shell.id().unwrap(), "KILL").await;
    // A connection is still open.
    assert!(is_served(channel.clone()).await);
    drop(channel);
    within(stdout.read_to_end(&mut Vec::new())).await.unwrap();
}

#[tokio::test]
async fn log_lines_are_as_hosts_parse_them() {
    let plugin = Plugin::start(&mut command()).await;
    let channel = connect_plaintext(plugin.socket());
    let request = wire::read_resource::Request { type_name: "notes_none".into(), ..Default::default() };
    client(channel.clone()).read_resource(request).await.unwrap();
    shut_down(channel).await;
    let stderr = plugin.end().await.stderr;
    let lines: Vec<Json> = stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    for line in &lines {
        for key in ["@level", "@message", "@module", "@timestamp"] {
            assert!(line[key].is_string(), "a host panics on {key} in {line}");
        }
        let timestamp = line["@timestamp"].as_str().unwrap();
        let fraction = timestamp.split_once('.').unwrap().1;
        assert!(timestamp.len() == 27 && fraction.len() == 7 && fraction.ends_with('Z'), "{timestamp}");
    }
    assert!(lines.iter().all(|line| line["@module"] == "notes"), "{lines:?}");
    let served = lines.iter().find(|line| line["@message"] == "call served").unwrap();
    assert_eq!(served["tf_rpc"], "ReadResource");
    assert_eq!(served["tf_resource_type"], "notes_none");
    assert_eq!(served["tf_provider_addr"], "registry.terraform.io/example/notes");
    assert!(served["tf_req_duration_ms"].is_number() && served["tf_proto_version"].is_string(), "{served}");
    let error = lines.iter().find(|line| line["diagnostic_severity"] == "ERROR").unwrap();
    assert_eq!((&error["@level"], &error["tf_req_id"]), (&Json::from("error"), &served["tf_req_id"]));
}

#[tokio::test]
async fn a_log_that_cannot_be_written_stops_nothing() {
    let full_disk = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let (broken_pipe, _) = std::os::unix::net::UnixStream::pair().unwrap();
    for stderr in [Stdio::from(full_disk), Stdio::from(std::os::fd::OwnedFd::from(broken_pipe))] {
        let plugin = Plugin::start(command().stderr(stderr)).await;
        let channel = connect_plaintext(plugin.socket());
        // The server logs every call, and the error of this one in addition.
        let request = wire::read_resource::Request { type_name: "notes_none".into(), ..Default::default() };
        let response = within(client(channel.clone()).read_resource(request)).await.unwrap();
        assert_eq!(response.into_inner().diagnostics.len(), 1);
        assert!(is_served(channel.clone()).await);
        shut_down(channel).await;
        assert!(plugin.end().await.success);
    }
}

#[tokio::test]
async fn the_log_can_be_turned_off() {
    let plugin = Plugin::start(command().env("TF_LOG_PROVIDER_NOTES", "off")).await;
    let channel = connect_plaintext(plugin.socket());
    assert!(is_served(channel.clone()).await);
    shut_down(channel).await;
    assert_eq!(plugin.end().await.stderr, "");
}

#[tokio::test]
async fn a_debug_server_prints_where_it_is_and_serves_until_an_interrupt() {
    let server = DebugServer::start(program()).await;
    let reattach = &server.reattach["registry.terraform.io/example/notes"];
    assert_eq!(reattach, &server.reattach["registry.opentofu.org/example/notes"]);
    assert_eq!((&reattach["Test"], &reattach["ProtocolVersion"]), (&Json::from(true), &Json::from(6)));
    assert_eq!(reattach["Pid"], server.id());
    let socket = std::path::PathBuf::from(reattach["Addr"]["String"].as_str().unwrap());
    // Every command of a host opens another connection.
    assert!(is_served(connect_plaintext(socket.clone())).await);
    assert!(is_served(connect_plaintext(socket.clone())).await);
    assert!(server.interrupt().await);
    assert!(!socket.exists());
}

#[tokio::test]
async fn five_megabytes_pass_over_tls() {
    let host = HostCertificate::new();
    let plugin = Plugin::start(command().env("PLUGIN_CLIENT_CERT", host.pem())).await;
    let request = wire::upgrade_resource_state::Request { type_name: "x".repeat(5 << 20), ..Default::default() };
    let response = within(client(plugin.connect(Some(&host))).upgrade_resource_state(request)).await.unwrap();
    assert_eq!(response.into_inner().diagnostics.len(), 1, "a diagnostic, not a gRPC status");
}
