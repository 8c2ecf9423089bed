//! The program of `examples/notes.rs`.
//!
//! Cargo tells integration tests the paths of the package's programs and not of its examples, and builds the examples only
//! when all tests run. Therefore the first test that needs the program builds it and takes the path that cargo reports.
//! When all tests run, the program is there already and the build takes no time.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The path of the program, which is built once for each run of the tests.
pub(crate) fn program() -> &'static PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--locked", "--package", env!("CARGO_PKG_NAME"), "--example", "notes"])
            .args(["--message-format", "json"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::inherit())
            .output()
            .expect("cargo starts");
        assert!(built.status.success(), "the example does not build");
        // One message for each crate that is built or fresh.
        let messages = String::from_utf8(built.stdout).expect("cargo writes UTF-8");
        let messages = messages.lines().map(|line| serde_json::from_str(line).expect("cargo writes JSON"));
        let mut executables = messages.filter_map(|message: serde_json::Value| {
            let is_example = message.pointer("/target/kind/0")? == "example";
            message.get("executable")?.as_str().filter(|_| is_example).map(PathBuf::from)
        });
        executables.next().expect("cargo names the program")
    })
}
