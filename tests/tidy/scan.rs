//! Takes Rust source apart: code, comments and string literals, each with its line.
//!
//! Pure. Knows the lexical structure of Rust and nothing of its grammar.

/// A comment or the inside of a string literal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// The line where it begins, from 1.
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// The parts of a source file.
#[derive(Debug, Default)]
pub(crate) struct Scanned {
    /// The code, with the same lines, and without comments and the insides of literals.
    pub(crate) code: String,
    pub(crate) comments: Vec<Text>,
    pub(crate) strings: Vec<Text>,
}

/// Takes a source file apart.
pub(crate) fn scan(source: &str) -> Scanned {
    let mut scanned = Scanned::default();
    let mut rest = source;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let after_word = scanned.code.ends_with(|last: char| last.is_alphanumeric() || last == '_');
        let length = if rest.starts_with("//") {
            let length = rest.find('\n').unwrap_or(rest.len());
            scanned.comments.push(Text { line, text: rest[..length].to_owned() });
            length
        } else if rest.starts_with("/*") {
            let length = rest.find("*/").map_or(rest.len(), |end| end + 2);
            scanned.comments.push(Text { line, text: rest[..length].to_owned() });
            length
        } else if let Some((inside, length)) = string(rest, after_word) {
            scanned.strings.push(Text { line, text: inside.to_owned() });
            scanned.code.push_str("\"\"");
            length
        } else if let Some(length) = character(rest) {
            scanned.code.push_str("' '");
            length
        } else {
            scanned.code.push(first);
            line += usize::from(first == '\n');
            rest = &rest[first.len_utf8()..];
            continue;
        };
        let newlines = rest[..length].matches('\n').count();
        scanned.code.push_str(&"\n".repeat(newlines));
        line += newlines;
        rest = &rest[length..];
    }
    scanned
}

/// The inside and the length of a string literal at the beginning of `rest`. A prefix such as `r#` or `b` belongs to it
/// where it is no end of a word.
fn string(rest: &str, after_word: bool) -> Option<(&str, usize)> {
    let prefix = if after_word { 0 } else { rest.find(|c: char| !"brc".contains(c))? };
    let raw = rest[..prefix].contains('r');
    let hashes = if raw { rest[prefix..].find(|c: char| c != '#')? } else { 0 };
    let start = prefix + hashes + 1;
    rest[prefix + hashes..].strip_prefix('"')?;
    let end = if raw {
        rest[start..].find(&format!("\"{}", "#".repeat(hashes)))?
    } else {
        let mut escaped = false;
        rest[start..].find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        })?
    };
    Some((&rest[start..start + end], start + end + 1 + hashes))
}

/// The length of a character literal, which a lifetime is not.
fn character(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    if inside.starts_with('\\') {
        return inside[2..].find('\'').map(|end| end + 4);
    }
    let letter = inside.chars().next()?.len_utf8();
    inside[letter..].starts_with('\'').then_some(letter + 2)
}

#[test]
fn comments_and_literals_are_told_from_code() {
    let scanned = scan(concat!(
        "let a = \"one \\\" // not\"; // two \"not\"\n",
        "/* three\n four */ let b = r#\"five \" six\"#;\n",
        "let c: &'static str = \"\"; let d = ['\"', '\\'', 'x']; let e = br\"seven\"; let tr = 1;\n",
    ));
    let texts = |texts: &[Text]| texts.iter().map(|text| (text.line, text.text.clone())).collect::<Vec<_>>();
    let expected = [(1, "// two \"not\""), (2, "/* three\n four */")];
    assert_eq!(texts(&scanned.comments), expected.map(|(line, text)| (line, text.to_owned())));
    let expected = [(1, "one \\\" // not"), (3, "five \" six"), (4, ""), (4, "seven")];
    assert_eq!(texts(&scanned.strings), expected.map(|(line, text)| (line, text.to_owned())));
    assert_eq!(
        scanned.code,
        concat!(
            "let a = \"\"; \n",
            "\n let b = \"\";\n",
            "let c: &'static str = \"\"; let d = [' ', ' ', ' ']; let e = \"\"; let tr = 1;\n",
        )
    );
}
