//! Claims about the source itself, so that nobody has to remember them: who may use whom, how files are named and how
//! long they are, how they are written, and that `docs/` says what the schemas say.
//!
//! Reads files and nothing else, except that `make docs` has it write `docs/`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says by a panic what went wrong"
)]

/// What `docs/` holds.
#[path = "tidy/docs.rs"]
mod docs;
/// Which paths a file names.
#[path = "tidy/imports.rs"]
mod imports;
/// Words and signs that no file has.
#[path = "tidy/language.rs"]
mod language;
/// Who may use whom.
#[path = "tidy/layers.rs"]
mod layers;
/// Code, comments and literals.
#[path = "tidy/scan.rs"]
mod scan;
/// The files of the project.
#[path = "tidy/source.rs"]
mod source;

use std::path::Path;

use source::{all_sources, sources};

/// What a file whose module comment says "Pure" must not touch: clock, environment, files, randomness, anything awaited.
const IMPURE: [&str; 8] =
    [".await", "std::env::", "std::fs::", "std::io::std", "std::net::", "SystemTime::", "Instant::now", "Uuid::new"];

const MAX_LINES: usize = 400;

#[test]
fn what_calls_itself_pure_is() {
    let mut offences = Vec::new();
    for file in sources("src").iter().filter(|file| file.module_comment().contains("Pure")) {
        for (number, line) in (1..).zip(file.code().lines()) {
            if let Some(word) = IMPURE.iter().find(|word| line.contains(**word)) {
                offences.push(format!("{}:{number}: {word} in what its module comment calls pure", file.name));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn every_file_opens_with_what_it_is() {
    let silent: Vec<_> =
        all_sources().into_iter().filter(|file| !file.text.starts_with("//! ")).map(|file| file.name).collect();
    assert!(silent.is_empty(), "no module comment on the first line: {silent:?}");
}

#[test]
fn files_are_named_after_what_they_hold() {
    let vague = ["mod", "utils", "util", "common", "helpers", "helper", "misc", "manager"];
    let named: Vec<_> = all_sources()
        .into_iter()
        .map(|file| file.name)
        .filter(|name| {
            Path::new(name).iter().any(|part| vague.contains(&part.to_string_lossy().trim_end_matches(".rs")))
        })
        .collect();
    assert!(named.is_empty(), "split by noun instead: {named:?}");
}

#[test]
fn files_stay_short() {
    let long: Vec<_> = all_sources()
        .into_iter()
        .map(|file| (file.text.lines().count(), file.name))
        .filter(|(lines, _)| *lines > MAX_LINES)
        .collect();
    assert!(long.is_empty(), "over {MAX_LINES} lines, split by noun: {long:?}");
}
