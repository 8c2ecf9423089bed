//! Who may use whom: the crates, the layers of a crate, the wings of the setup, and files among one another.
//!
//! - A crate or a layer uses what its row below names, and nothing else.
//! - A wing of the setup (a file and the folder of its name, directly below `src/setup`) uses the wings below it: `FLOORS` lists
//!   them from the lowest to the highest.
//! - Imports between files form no circle. A folder and the file of its name are one unit here: a file may use what the file above
//!   it defines, and that file may call and re-export what is below it. A name that a file re-exports counts as an import of
//!   the file that defines it.
//!
//! Tests (`mod tests` at the end of a file, and files that are declared with `#[cfg(test)]`) are free to use anything.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use regex_lite::Regex;

use super::imports::{Import, Read};
use super::source::{self, CRATES, Source, sources};

/// The layers of the provider, and what each may use of the others. ARCHITECTURE.md gives the reasons.
const LAYERS: [(&str, &[&str]); 10] = [
    ("arn", &[]),
    ("causes", &[]),
    ("reconcile", &["arn", "causes"]),
    ("aws", &["arn", "causes"]),
    ("account", &["arn", "causes", "aws", "reconcile"]),
    ("setup", &["arn", "causes", "aws", "reconcile", "account"]),
    ("preferences", &["arn", "causes", "aws", "reconcile", "account"]),
    ("docs", &[]),
    ("provider", &["aws", "account", "setup", "preferences"]),
    ("main", &["provider"]),
];

/// The same for the library.
const LIBRARY_LAYERS: [(&str, &[&str]); 4] = [
    ("causes", &[]),
    ("framework", &["causes"]),
    ("plugin", &["causes", "framework"]),
    ("testing", &["causes", "framework", "plugin"]),
];

/// Crates, by what their paths begin with, that only some layers of the provider may use.
const FOREIGN: [(&str, &[&str]); 7] = [
    ("terraform_plugin", &["account", "setup", "preferences", "docs", "provider", "main"]),
    ("aws_sdk_", &["aws", "reconcile"]),
    ("aws_smithy_", &["aws", "reconcile"]),
    ("aws_config", &["aws"]),
    ("aws_credential_types", &["aws", "reconcile"]),
    ("aws_runtime", &["aws"]),
    ("aws_types", &["aws"]),
];

/// The wings of the setup, from the lowest floor to the highest.
const FLOORS: [&str; 16] = [
    "naming",
    "policies",
    "model",
    "schema",
    "desired",
    "observe",
    "ownership",
    "access",
    "plan",
    "apply",
    "destroy",
    "read",
    "import",
    "handover",
    "delegated",
    "resource",
];

#[test]
fn layers_use_only_what_lies_below_them() {
    for ((directory, library), layers) in CRATES.into_iter().zip([&LAYERS[..], &LIBRARY_LAYERS]) {
        let mut offences = Vec::new();
        for file in sources(directory).into_iter().filter(|file| file.layer() != "lib") {
            let (_, allowed) = layers.iter().find(|(layer, _)| *layer == file.layer()).unwrap_or_else(|| {
                panic!(
                    "{}: {} is a new layer. Name what it may use here and in ARCHITECTURE.md",
                    file.name,
                    file.layer()
                )
            });
            for Import { line, path, .. } in file.read(library).imports {
                let used = path.first().map_or("", String::as_str);
                let is_layer = layers.iter().any(|(layer, _)| *layer == used);
                if is_layer && used != file.layer() && !allowed.contains(&used) {
                    offences.push(format!("{}:{line}: {} uses {used}", file.name, file.layer()));
                }
            }
        }
        assert!(offences.is_empty(), "{}", offences.join("\n"));
    }
}

#[test]
fn protocol_and_sdk_stay_in_their_layers() {
    let mut offences = Vec::new();
    for (prefix, allowed) in FOREIGN {
        let path = Regex::new(&format!(r"\b{prefix}\w*::")).unwrap();
        for file in sources("src").iter().filter(|file| !allowed.contains(&file.layer())) {
            for (number, _) in (1..).zip(file.code().lines()).filter(|(_, line)| path.is_match(line)) {
                offences.push(format!("{}:{number}: {} uses {prefix}", file.name, file.layer()));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn library_depends_on_no_crate_of_aws_and_not_on_the_provider() {
    let manifest = source::read(&source::root().join("crates/terraform-plugin/Cargo.toml"));
    let foreign =
        Regex::new(r"^(aws-(sdk|smithy|config|types|runtime|credential)[\w-]*|terraform-provider-[\w-]*)").unwrap();
    let found: Vec<_> = manifest.lines().filter(|line| foreign.is_match(line)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn wings_of_the_setup_use_only_what_lies_below_them() {
    let floor = |wing: &str| FLOORS.iter().position(|one| *one == wing);
    let map = Map::of("src", "ssmsession");
    let mut offences = Vec::new();
    for (file, read) in map.files.iter().filter(|(file, _)| file.layer() == "setup") {
        let Some(wing) = file.module.get(1) else { continue };
        let own = floor(wing).unwrap_or_else(|| panic!("{}: {wing} is a new wing. Give it a floor", file.name));
        for Import { line, path, .. } in &read.imports {
            let used = path.get(1).filter(|_| path[0] == "setup").and_then(|used| Some((floor(used)?, used)));
            if let Some((_, used)) = used.filter(|(floor, _)| *floor > own) {
                offences.push(format!("{}:{line}: {wing} uses {used}, which lies above it", file.name));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn no_imports_between_files_form_a_circle() {
    let circles: Vec<_> =
        CRATES.into_iter().flat_map(|(directory, library)| Map::of(directory, library).circles()).collect();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

/// The files of a crate and what they import, without tests.
struct Map {
    files: Vec<(Source, Read)>,
}

impl Map {
    fn of(directory: &str, library: &str) -> Self {
        Self::from(sources(directory), library)
    }

    fn from(sources: Vec<Source>, library: &str) -> Self {
        let files: Vec<_> = sources
            .into_iter()
            .map(|file| {
                let read = file.read(library);
                (file, read)
            })
            .collect();
        let tests: Vec<Vec<String>> = files
            .iter()
            .flat_map(|(file, read)| {
                let tests = read.modules.iter().filter(|(_, is_test)| *is_test);
                tests.map(|(name, _)| [file.module.clone(), vec![name.clone()]].concat())
            })
            .collect();
        let is_test = |file: &Source| tests.iter().any(|module| file.module.starts_with(module));
        Self { files: files.into_iter().filter(|(file, _)| !is_test(file)).collect() }
    }

    /// The file that defines what a path names: re-exports are followed.
    fn defining(&self, path: &[String], steps: usize) -> Option<usize> {
        let mut lengths = (1..=path.len()).rev();
        let (index, length) = lengths.find_map(|length| {
            Some((self.files.iter().position(|(file, _)| file.module == path[..length])?, length))
        })?;
        let Some(item) = path.get(length).filter(|_| steps > 0) else { return Some(index) };
        let imports = &self.files[index].1.imports;
        let reexport = imports.iter().find(|import| import.name.as_ref() == Some(item) && import.path != path);
        match reexport {
            Some(import) => {
                let target = [&import.path[..], &path[length + 1..]].concat();
                self.defining(&target, steps - 1).or(Some(index))
            }
            None => Some(index),
        }
    }

    /// Which file imports which, and where, without what leads from a file to the one above it.
    fn edges(&self) -> BTreeMap<usize, BTreeMap<usize, usize>> {
        let mut edges: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
        for (from, (file, read)) in self.files.iter().enumerate() {
            for import in &read.imports {
                let Some(to) = self.defining(&import.path, 8) else { continue };
                if !file.module.starts_with(&self.files[to].0.module) {
                    edges.entry(from).or_default().entry(to).or_insert(import.line);
                }
            }
        }
        edges
    }

    /// The circles, each as the imports that close it: for every import the shortest way back.
    fn circles(&self) -> Vec<String> {
        let edges = self.edges();
        let mut circles: BTreeMap<BTreeSet<usize>, String> = BTreeMap::new();
        for (from, targets) in &edges {
            for way in targets.keys().filter_map(|to| way(&edges, *to, *from)) {
                let steps = std::iter::once((*from, way[0])).chain(way.windows(2).map(|step| (step[0], step[1])));
                let steps = steps.map(|(from, to)| {
                    format!("{}:{} uses {}", self.files[from].0.name, edges[&from][&to], self.files[to].0.name)
                });
                let text = steps.collect::<Vec<_>>().join("\n  ");
                circles.entry(way.into_iter().collect()).or_insert(text);
            }
        }
        circles.into_values().collect()
    }
}

/// The shortest way from one file to another, both among its steps.
fn way(edges: &BTreeMap<usize, BTreeMap<usize, usize>>, from: usize, to: usize) -> Option<Vec<usize>> {
    let mut ways = VecDeque::from([vec![from]]);
    let mut reached = BTreeSet::from([from]);
    while let Some(way) = ways.pop_front() {
        let last = way[way.len() - 1];
        if last == to {
            return Some(way);
        }
        for next in edges.get(&last).into_iter().flat_map(BTreeMap::keys).filter(|next| reached.insert(**next)) {
            ways.push_back([&way[..], &[*next]].concat());
        }
    }
    None
}

#[test]
fn circles_are_found_and_units_of_a_folder_are_none() {
    let file = |name: &str, text: &str| Source {
        name: format!("src/{name}.rs"),
        module: name.split('/').filter(|part| *part != "lib").map(str::to_owned).collect(),
        text: text.to_owned(),
    };
    let circles = |files: &[(&str, &str)]| {
        Map::from(files.iter().map(|(name, text)| file(name, text)).collect(), "library").circles()
    };
    let above_and_below = [("a", "mod b;\nuse b::f;"), ("a/b", "use super::Type;")];
    assert_eq!(circles(&above_and_below), Vec::<String>::new());
    let siblings =
        [("a", "mod b;\nmod c;\npub use c::C;"), ("a/b", "use super::C;"), ("a/c", "fn f() {\n super::b::g() }")];
    assert_eq!(circles(&siblings), ["src/a/b.rs:1 uses src/a/c.rs\n  src/a/c.rs:2 uses src/a/b.rs"]);
    let three = [("a", "use crate::b::B;"), ("b", "use crate::c::C;"), ("c", "use crate::a::A;")];
    assert_eq!(circles(&three).len(), 1);
    let only_in_tests = [("a", "use crate::b::B;"), ("b", "#[cfg(test)]\nmod tests;"), ("b/tests", "use crate::a::A;")];
    assert_eq!(circles(&only_in_tests), Vec::<String>::new());
}
