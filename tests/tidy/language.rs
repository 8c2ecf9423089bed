//! Words and signs that no file of the project has.

use regex_lite::Regex;

use super::scan::{Text, scan};
use super::source::{all_files, all_sources, name_of};

/// The hosts of package registries, in two halves each, so that this file does not name them either.
const PACKAGE_HOSTS: [(&str, &str); 8] = [
    ("crates", "io"),
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("proxy.golang", "org"),
    ("sum.golang", "org"),
    ("docker", "io"),
    ("ghcr", "io"),
];

#[test]
fn no_path_climbs_two_modules() {
    let offences: Vec<_> = all_sources()
        .iter()
        .flat_map(|file| {
            let code = scan(&file.text).code;
            let lines = (1..).zip(code.lines());
            let climbing = lines.filter(|(_, line)| line.contains("super::super::"));
            climbing.map(|(number, _)| format!("{}:{number}: name it from crate::", file.name)).collect::<Vec<_>>()
        })
        .collect();
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn no_file_names_a_package_host() {
    let hosts = PACKAGE_HOSTS.map(|(name, domain)| format!("{name}.{domain}"));
    let mut offences = Vec::new();
    for path in all_files() {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            for host in hosts.iter().filter(|host| line.contains(host.as_str())) {
                offences.push(format!("{}:{number}: {host}", name_of(&path)));
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

#[test]
fn no_sentence_ends_in_two_full_stops() {
    let doubled = doubled();
    let mut offences = Vec::new();
    for file in all_sources() {
        let scanned = scan(&file.text);
        for Text { line, text } in scanned.comments.iter().chain(&scanned.strings) {
            offences.extend(doubled.find(text).map(|found| format!("{}:{line}: {:?}", file.name, found.as_str())));
        }
    }
    for path in all_files().iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        let text = std::fs::read_to_string(path).unwrap();
        for (number, line) in (1..).zip(text.lines()) {
            offences
                .extend(doubled.find(line).map(|found| format!("{}:{number}: {:?}", name_of(path), found.as_str())));
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

/// Two full stops, and not three, behind a word, a bracket or a placeholder, at the end of a sentence.
fn doubled() -> Regex {
    Regex::new(r#"[\w)}\]`"']\.\.(\s|\\n|"|$)"#).unwrap()
}

#[test]
fn doubled_full_stops_are_told_from_ellipses_and_paths() {
    let doubled = doubled();
    for text in ["The end.\u{2e} Or not", "the end.\u{2e}", "{detail}.\u{2e}", "`name`.\u{2e}\\nNext"] {
        assert!(doubled.is_match(text), "{text}");
    }
    for text in ["The end.", "more...", "see ../README.md", "`0..5`", "a .. b", "..Default::default()"] {
        assert!(!doubled.is_match(text), "{text}");
    }
}
