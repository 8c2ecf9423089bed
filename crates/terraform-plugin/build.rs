//! Generates the protocol's messages and the server's traits, and for the feature `testing` the host's clients.
//!
//! protox compiles the .proto files, so that a build needs no protoc.

const INCLUDE: &str = "src/plugin/proto";
const FILES: [&str; 2] = ["tfplugin6.proto", "go_plugin.proto"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={INCLUDE}");
    let descriptors = protox::compile(FILES, [INCLUDE])?;
    let for_testing = std::env::var_os("CARGO_FEATURE_TESTING").is_some();
    tonic_prost_build::configure().build_client(for_testing).build_transport(false).compile_fds(descriptors)?;
    Ok(())
}
