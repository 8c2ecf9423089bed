//! Claims about the source itself, so that nobody has to remember them: which layer may use which, how files are named
//! and how long they are, and that `docs/` says what the schemas say.
//!
//! Reads files and nothing else. `make docs` runs this with UPDATE_DOCS=1, which writes `docs/` instead of checking it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says by a panic what went wrong"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex_lite::Regex;
use ssmsession::{docs, provider};

/// The layers, and what each may use of the others. The same list, with reasons, is in ARCHITECTURE.md.
const LAYERS: [(&str, &[&str]); 9] = [
    ("framework", &[]),
    ("reconcile", &[]),
    ("aws", &[]),
    ("plugin", &["framework"]),
    ("docs", &["framework"]),
    ("setup", &["framework", "reconcile", "aws"]),
    ("preferences", &["framework", "reconcile", "setup"]),
    ("provider", &["framework", "setup", "preferences", "aws"]),
    ("main", &["plugin", "provider"]),
];

/// Crates, by what their names begin with, that only some layers may use.
const CRATES: [(&str, &[&str]); 8] = [
    ("tonic", &["plugin"]),
    ("prost", &["plugin"]),
    ("aws_sdk_", &["aws", "reconcile"]),
    ("aws_smithy_", &["aws", "reconcile"]),
    ("aws_config", &["aws"]),
    ("aws_credential_types", &["aws", "reconcile"]),
    ("aws_runtime", &["aws"]),
    ("aws_types", &["aws"]),
];

/// What a file whose module comment says "Pure" must not touch: clock, environment, files, randomness, anything awaited.
const IMPURE: [&str; 8] =
    [".await", "std::env::", "std::fs::", "std::io::std", "std::net::", "SystemTime::", "Instant::now", "Uuid::new"];

const MAX_LINES: usize = 400;

#[test]
fn layers_use_only_what_lies_below_them() {
    // One name or a list in braces, behind the crate's name or behind steps up.
    let path = Regex::new(r"\b(?:(?:crate|ssmsession)::|((?:super::)+))(\w+|\{[^}]*\})").unwrap();
    let mut offences = Vec::new();
    for file in sources("src").into_iter().filter(|file| file.layer != "lib") {
        let (_, allowed) = LAYERS.iter().find(|(layer, _)| *layer == file.layer).unwrap_or_else(|| {
            panic!("{}: {} is a new layer; say in LAYERS and in ARCHITECTURE.md what it may use", file.name, file.layer)
        });
        let code = file.code();
        for found in path.captures_iter(&code) {
            // Only as many steps up as the file is deep reach the root of the crate.
            if found.get(1).is_some_and(|up| up.as_str().matches("super::").count() != file.depth()) {
                continue;
            }
            let number = code[..found.get(0).unwrap().start()].lines().count().max(1);
            let names = found[2].trim_matches(['{', '}']).split(',').map(str::trim);
            for used in names.map(|name| name.split("::").next().unwrap_or_default()) {
                let is_layer = LAYERS.iter().any(|(layer, _)| *layer == used);
                if is_layer && used != file.layer && !allowed.contains(&used) {
                    offences.push(format!("{}:{number}: {} uses {used}", file.name, file.layer));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn the_wire_and_the_sdk_stay_in_their_layers() {
    let mut offences = Vec::new();
    for (prefix, allowed) in CRATES {
        let path = Regex::new(&format!(r"\b{prefix}\w*::")).unwrap();
        for file in sources("src").iter().filter(|file| !allowed.contains(&file.layer.as_str())) {
            for (number, _) in (1..).zip(file.code().lines()).filter(|(_, line)| path.is_match(line)) {
                offences.push(format!("{}:{number}: {} uses {prefix}", file.name, file.layer));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

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

#[test]
fn docs_say_what_the_schemas_say() {
    let pages = docs::pages(provider::provider().as_ref(), &|path| std::fs::read_to_string(root().join(path)));
    let pages = pages.unwrap_or_else(|error| panic!("{error}"));
    let directory = root().join("docs");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        for (page, text) in &pages {
            let path = directory.join(page);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
    let stale: Vec<_> = pages
        .iter()
        .filter(|(page, text)| std::fs::read_to_string(directory.join(page)).ok().as_ref() != Some(text))
        .map(|(page, _)| page)
        .collect();
    assert!(stale.is_empty(), "stale in docs/: {stale:?}. Run: make docs");
}

#[test]
fn docs_have_a_page_for_everything_the_provider_offers_and_no_other() {
    let provider = provider::provider();
    let of = |directory, name: &str| docs::page_of(directory, provider.type_name(), name);
    let mut offered: BTreeSet<String> = ["index.md".to_owned()].into();
    offered.extend(provider.resources().iter().map(|resource| of("resources", resource.type_name())));
    offered.extend(provider.data_sources().iter().map(|source| of("data-sources", source.type_name())));
    offered.extend(provider.functions().iter().map(|function| of("functions", function.name())));
    offered.extend(docs::GUIDES.map(|(name, ..)| of("guides", name)));
    let docs = root().join("docs");
    let there: BTreeSet<String> = files_below(&docs)
        .iter()
        .map(|path| path.strip_prefix(&docs).unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(there, offered);
}

#[test]
fn every_example_is_in_the_docs() {
    let docs: String = files_below(&root().join("docs")).iter().map(|path| read(path)).collect();
    let hidden: Vec<_> = files_below(&root().join("examples"))
        .into_iter()
        .filter(|path| !docs.contains(read(path).trim_end()))
        .collect();
    assert!(hidden.is_empty(), "name them in a template: {hidden:?}");
}

#[test]
fn links_in_the_docs_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)#]*)(?:#([^)]*))?\)").unwrap();
    let heading = Regex::new(r#"(?m)^#+ (.*)$|<a id="([^"]*)">"#).unwrap();
    let mut documents: Vec<_> = files_below(&root().join("docs"));
    documents.extend(["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|name| root().join(name)));
    let anchors_of = |path: &Path| -> BTreeSet<String> {
        let slug = |heading: &str| -> String {
            let kept = heading.to_lowercase().replace(' ', "-");
            kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
        };
        let text = read(path);
        let anchors = heading.captures_iter(&text).map(|found| match (found.get(1), found.get(2)) {
            (Some(heading), _) => slug(heading.as_str()),
            (_, id) => id.map_or_else(String::new, |id| id.as_str().to_owned()),
        });
        anchors.collect()
    };
    let mut anchors: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut broken = Vec::new();
    for document in &documents {
        for found in link.captures_iter(&read(document)) {
            let target = &found[1];
            if target.contains("://") {
                continue;
            }
            let path = if target.is_empty() { document.clone() } else { document.parent().unwrap().join(target) };
            let anchor = found.get(2).map(|anchor| anchor.as_str());
            let leads = path.exists()
                && anchor.is_none_or(|anchor| {
                    anchors.entry(path.clone()).or_insert_with(|| anchors_of(&path)).contains(anchor)
                });
            if !leads {
                broken.push(format!("{}: {}", document.display(), &found[0]));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// A source file.
#[derive(Debug)]
struct Source {
    /// Its path from the root of the project.
    name: String,
    /// The module below the crate's root that it belongs to.
    layer: String,
    text: String,
}

impl Source {
    /// The code without the tests at its end, and with empty lines where comments are.
    fn code(&self) -> String {
        let code = self.text.lines().take_while(|line| *line != "mod tests {");
        code.map(|line| if line.trim_start().starts_with("//") { "\n".to_owned() } else { format!("{line}\n") })
            .collect()
    }

    fn module_comment(&self) -> String {
        self.text.lines().take_while(|line| line.starts_with("//!")).collect()
    }

    /// How many modules deep the file is: 1 for `src/setup.rs`, 2 for `src/setup/plan.rs`.
    fn depth(&self) -> usize {
        Path::new(&self.name).iter().count() - 1
    }
}

fn all_sources() -> Vec<Source> {
    let mut all = sources("src");
    all.extend(sources("tests"));
    all
}

fn sources(directory: &str) -> Vec<Source> {
    let found: Vec<_> = files_below(&root().join(directory))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
            let layer = name.split('/').nth(1).unwrap_or_default().trim_end_matches(".rs").to_owned();
            Source { text: read(&path), name, layer }
        })
        .collect();
    assert!(!found.is_empty(), "no source in {directory}");
    found
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
