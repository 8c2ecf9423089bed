//! The files of the project, as the claims read them.

use std::path::{Path, PathBuf};

use super::imports::{self, Read};
use super::scan::scan;

/// Where Rust source is, and the name of the library in it.
pub(crate) const CRATES: [(&str, &str); 2] =
    [("src", "ssmsession"), ("crates/terraform-plugin/src", "terraform_plugin")];

/// A source file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its path from the root of the project.
    pub(crate) name: String,
    /// Its module: `["setup", "plan"]` for `src/setup/plan.rs`, nothing for `src/lib.rs`.
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
}

impl Source {
    /// The layer: the module below the root of the crate that the file belongs to.
    pub(crate) fn layer(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }

    /// The code without the tests at its end, without comments and the insides of literals. The lines stay.
    pub(crate) fn code(&self) -> String {
        let lines = self.text.lines().take_while(|line| *line != "mod tests {");
        scan(&lines.collect::<Vec<_>>().join("\n")).code
    }

    pub(crate) fn module_comment(&self) -> String {
        self.text.lines().take_while(|line| line.starts_with("//!")).collect()
    }

    pub(crate) fn read(&self, library: &str) -> Read {
        imports::read(&self.module, &self.text, library)
    }
}

/// All Rust source: crates, tests, examples.
pub(crate) fn all_sources() -> Vec<Source> {
    ["src", "tests", "crates"].into_iter().flat_map(sources).collect()
}

/// The Rust source in a directory, whose modules begin there.
pub(crate) fn sources(directory: &str) -> Vec<Source> {
    let below = root().join(directory);
    let found: Vec<_> = files_below(&below)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let inside = path.strip_prefix(&below).unwrap().with_extension("");
            let module = inside.iter().map(|part| part.to_string_lossy().into_owned()).filter(|part| part != "lib");
            Source { text: read(&path), name: name_of(&path), module: module.collect() }
        })
        .collect();
    assert!(!found.is_empty(), "no source in {directory}");
    found
}

/// Every file that people write, whatever its language: no lock files, no licence, nothing that is built.
pub(crate) fn all_files() -> Vec<PathBuf> {
    let built = ["target", ".git", "Cargo.lock", "go.sum", "go.mod", "LICENSE"];
    let is_written = |path: &PathBuf| !built.contains(&path.file_name().unwrap_or_default().to_string_lossy().as_ref());
    let (directories, mut files): (Vec<_>, Vec<_>) =
        entries(root()).into_iter().filter(is_written).partition(|path| path.is_dir());
    files.extend(directories.iter().flat_map(|directory| files_below(directory)).filter(is_written));
    files
}

pub(crate) fn files_below(directory: &Path) -> Vec<PathBuf> {
    let below = entries(directory).into_iter();
    below.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// The path of a file from the root of the project.
pub(crate) fn name_of(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().into_owned()
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
