//! Reads which paths a source file names: in `use`, with nested braces, `as` and `self`, and in the code itself.
//!
//! Pure. A path begins at `crate`, `self`, `super` or the name of the library, or at a module that the file declares. What it
//! leads to is not known here: `crate::a::b::C` may be a module, a type or a function.

use super::scan::scan;

/// A path that a file names, from the root of the crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Import {
    /// The line, from 1.
    pub(crate) line: usize,
    /// The segments: `["setup", "plan", "plan"]`.
    pub(crate) path: Vec<String>,
    /// The name by which a `use` makes it known in the file; none in code. `*` where it takes everything.
    pub(crate) name: Option<String>,
}

/// What a file declares and names.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub(crate) imports: Vec<Import>,
    /// The modules of files below it, and whether each is for tests alone.
    pub(crate) modules: Vec<(String, bool)>,
}

/// Reads the source of `module`, which is a path from the root of the crate. Tests at the end of the file do not count.
pub(crate) fn read(module: &[String], source: &str, library: &str) -> Read {
    let source: String =
        source.lines().take_while(|line| *line != "mod tests {").fold(String::new(), |all, line| all + line + "\n");
    let tokens = tokens(&scan(&source).code);
    let word = |index: usize| tokens.get(index).map_or("", |token| token.1.as_str());
    let mut read = Read::default();
    for index in 0..tokens.len() {
        if word(index) == "mod" && word(index + 2) == ";" {
            // Far enough back for an attribute and a visibility such as pub(in crate::a::b).
            let before: String = (index.saturating_sub(20)..index).map(word).collect();
            let before = before.rsplit([';', '}']).next().unwrap_or_default();
            read.modules.push((word(index + 1).to_owned(), before.contains("#[cfg(test)]")));
        }
    }
    let mut index = 0;
    while index < tokens.len() {
        let in_use = word(index) == "use";
        let start = if in_use { index + 1 } else { index };
        let starts = start == 0 || !["::", "."].contains(&word(start - 1));
        let base = match word(start) {
            "crate" | "self" | "super" => Some(module.to_vec()),
            name if name == library => Some(Vec::new()),
            name if read.modules.iter().any(|(declared, _)| declared == name) => Some(module.to_vec()),
            _ => None,
        };
        match base.filter(|_| starts && (in_use || word(start + 1) == "::")) {
            Some(base) => {
                let mut tree = Tree { tokens: &tokens, index: start, in_use, library, found: &mut read.imports };
                tree.read(base);
                index = tree.index.max(start + 1);
            }
            None if in_use => index += tokens[index..].iter().take_while(|token| token.1 != ";").count() + 1,
            None => index += 1,
        }
    }
    read.imports.sort();
    read.imports.dedup();
    read
}

/// The words and signs of code, each with its line.
fn tokens(code: &str) -> Vec<(usize, String)> {
    let mut tokens: Vec<(usize, String)> = Vec::new();
    for (line, text) in (1..).zip(code.lines()) {
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let length = if is_word(first) {
                rest.find(|c| !is_word(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            tokens.push((line, rest[..length].to_owned()));
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// A path, or a tree of paths in braces, that is being read.
struct Tree<'a> {
    tokens: &'a [(usize, String)],
    index: usize,
    in_use: bool,
    library: &'a str,
    found: &'a mut Vec<Import>,
}

impl Tree<'_> {
    fn word(&self) -> &str {
        self.tokens.get(self.index).map_or("", |token| token.1.as_str())
    }

    /// Reads what follows `path`, up to where the path or its braces end.
    fn read(&mut self, mut path: Vec<String>) {
        let line = self.tokens.get(self.index).map_or(0, |token| token.0);
        loop {
            match self.word() {
                "{" if self.in_use => {
                    self.index += 1;
                    while !["}", ""].contains(&self.word()) {
                        self.read(path.clone());
                        // The comma.
                        self.index += usize::from(self.word() != "}");
                    }
                    self.index += 1;
                    return;
                }
                "crate" => path.clear(),
                "self" => {}
                "super" => {
                    path.pop();
                }
                name if name == self.library && path.is_empty() => {}
                name if name == "*" || name.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
                    path.push(name.to_owned());
                }
                _ => break,
            }
            self.index += 1;
            if self.word() != "::" {
                break;
            }
            self.index += 1;
        }
        let mut name = path.last().cloned().unwrap_or_default();
        if self.word() == "as" {
            self.index += 1;
            self.word().clone_into(&mut name);
            self.index += 1;
        }
        self.found.push(Import { line, path, name: self.in_use.then_some(name) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(module: &str, source: &str) -> Vec<String> {
        let module: Vec<_> = module.split("::").map(str::to_owned).collect();
        let show = |import: Import| {
            let name = import.name.map_or_else(String::new, |name| format!(" as {name}"));
            format!("{} {}{name}", import.line, import.path.join("::"))
        };
        read(&module, source, "library").imports.into_iter().map(show).collect()
    }

    #[test]
    fn every_form_of_use_is_read() {
        let source = "
use crate::a::{b::{C, D as E}, f, g::*};
pub(crate) use self::child::X;
use super::{
    sibling, // a comment, use crate::not::read
    other::{self, Y},
};
use library::top::Z;
use std::fmt;
use crate::{h, i::j};
";
        assert_eq!(
            paths("m::n", source),
            [
                "2 a::b::C as C",
                "2 a::b::D as E",
                "2 a::f as f",
                "2 a::g::* as *",
                "3 m::n::child::X as X",
                "5 m::sibling as sibling",
                "6 m::other as other",
                "6 m::other::Y as Y",
                "8 top::Z as Z",
                "10 h as h",
                "10 i::j as j",
            ]
        );
    }

    #[test]
    fn paths_in_code_are_read_and_literals_are_not() {
        let source = r#"
mod child;
#[cfg(test)]
mod samples;
fn f() -> crate::a::B {
    let text = "crate::not::read";
    child::run(super::sibling::CONST, self.child::no, other::child::no);
    crate::c::D::<E> { field: vec![crate::d::e!()] }
}
mod tests {
    use crate::late::Z;
}
"#;
        assert_eq!(paths("m::n", source), ["5 a::B", "7 m::n::child::run", "7 m::sibling::CONST", "8 c::D", "8 d::e"]);
        let modules = read(&[], source, "library").modules;
        assert_eq!(modules, [("child".to_owned(), false), ("samples".to_owned(), true)]);
    }
}
