//! Generates the protocol's messages, the server's traits, and the clients that the protocol tests call with.
//!
//! The .proto files are compiled by protox, so that building needs no protoc. Server and client code land in two
//! directories: the library includes the first alone, the tests the second.

use std::path::{Path, PathBuf};

const INCLUDE: &str = "src/plugin/proto";
const FILES: [&str; 2] = ["tfplugin6.proto", "go_plugin.proto"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed={INCLUDE}");
    let descriptors = protox::compile(FILES, [INCLUDE])?;
    let out_dir = PathBuf::from(std::env::var("OUT_DIR")?);
    for (directory, server) in [("server", true), ("client", false)] {
        let out_dir = out_dir.join(directory);
        std::fs::create_dir_all(Path::new(&out_dir))?;
        tonic_prost_build::configure()
            .build_server(server)
            .build_client(!server)
            .build_transport(false)
            .out_dir(out_dir)
            .compile_fds(descriptors.clone())?;
    }
    Ok(())
}
