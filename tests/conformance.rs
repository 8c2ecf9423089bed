//! The provider under the hosts' rules, as far as they need no AWS, and its program as hosts and people start it.
//!
//! The provider block is known only after the apply here, so that the provider has no account to ask.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by a panic"
)]

use std::path::Path;

use serde_json::Value as Json;
use ssmsession::provider::provider;
use terraform_plugin::framework::value::Value;
use terraform_plugin::testing::codec::encode;
use terraform_plugin::testing::conformance::Subject;
use terraform_plugin::testing::go_plugin::{self, grpc_controller_client::GrpcControllerClient};
use terraform_plugin::testing::host::{DebugServer, Plugin, command, connect_plaintext};
use terraform_plugin::testing::rules::proposed_new_state;
use terraform_plugin::testing::session::{client, connect, texts};
use terraform_plugin::testing::{wire, within};
use tokio::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_terraform-provider-ssmsession");

async fn with_an_unknown_region() -> Subject {
    let provider = provider();
    let (block, resource) = (provider.schema(), provider.resources().remove(0));
    let mut client = connect(provider);
    let mut config = proposed_new_state(&block.block, &Value::Null, &Value::Unknown);
    config.put("region", Value::Unknown);
    let request = wire::configure_provider::Request { config: Some(encode(&block.ty(), &config)) };
    let response = client.configure_provider(request).await.unwrap().into_inner();
    assert_eq!(texts(&response.diagnostics), Vec::<String>::new());
    Subject::new(client, resource.as_ref(), |generator, schema| {
        let with_unknowns = generator.chance(60);
        generator.legal_config(&schema.block, with_unknowns)
    })
}

#[tokio::test]
async fn creations_are_planned_by_the_hosts_rules_while_the_provider_block_is_unknown() {
    let mut subject = with_an_unknown_region().await;
    let plans = subject.walk_plans(0, 1000).await;
    assert!(plans > 500, "only {plans} plans of configurations that the provider accepts");
}

#[tokio::test]
async fn a_person_who_starts_the_program_reads_how_to_use_it() {
    let output = within(Command::new(PROGRAM).env_remove("TF_PLUGIN_MAGIC_COOKIE").output()).await.unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), b"".as_slice()));
    let text = String::from_utf8(output.stderr).unwrap();
    for part in ["sets up AWS Systems Manager Session Manager", "cloudopsworks/ssmsession", "terraform init", "--debug"]
    {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn a_debug_session_is_found_under_the_address_of_both_registries() {
    let server = DebugServer::start(Path::new(PROGRAM)).await;
    let mut addresses: Vec<_> = server.reattach.as_object().unwrap().keys().collect();
    addresses.sort();
    assert_eq!(
        addresses,
        ["registry.opentofu.org/cloudopsworks/ssmsession", "registry.terraform.io/cloudopsworks/ssmsession"]
    );
    assert!(server.interrupt().await);
}

/// What the program logs of one call, at the level that `TF_LOG_PROVIDER_SSMSESSION` sets.
async fn log_of_a_call(level: &str) -> Vec<Json> {
    let plugin = Plugin::start(command(Path::new(PROGRAM)).env("TF_LOG_PROVIDER_SSMSESSION", level)).await;
    let channel = connect_plaintext(plugin.socket());
    let request = wire::read_resource::Request { type_name: "ssmsession_none".into(), ..Default::default() };
    client(channel.clone()).read_resource(request).await.unwrap();
    within(GrpcControllerClient::new(channel).shutdown(go_plugin::Empty {})).await.unwrap();
    plugin.end().await.stderr.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

#[tokio::test]
async fn log_lines_carry_the_providers_name_and_address() {
    let lines = log_of_a_call("debug").await;
    let served = lines.iter().find(|line| line["@message"] == "call served").unwrap();
    assert_eq!(served["@module"], "ssmsession");
    assert_eq!(served["tf_provider_addr"], "registry.terraform.io/cloudopsworks/ssmsession");
    assert_eq!(log_of_a_call("off").await, Vec::<Json>::new());
}
