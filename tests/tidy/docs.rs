//! `docs/` says what the schemas say, has a page for everything, shows every example, and its links lead somewhere.
//!
//! With UPDATE_DOCS=1 in the environment, as `make docs` sets it, `docs/` is written instead of checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex_lite::Regex;
use ssmsession::{docs, provider};

use super::source::{files_below, read, root};

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
