//! The generated messages, the server's traits, and for `testing` the host's clients.
//!
//! The build script generates them from the files in `proto`.

#![allow(missing_docs, unreachable_pub, dead_code, clippy::all, clippy::pedantic, reason = "the code is generated")]

/// Plugin protocol 6.
pub mod tfplugin6 {
    include!(concat!(env!("OUT_DIR"), "/tfplugin6.rs"));
}

/// The services of go-plugin.
pub mod plugin {
    include!(concat!(env!("OUT_DIR"), "/plugin.rs"));
}
