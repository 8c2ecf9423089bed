//! Errors and warnings as a person at the terminal reads them.
//!
//! A diagnostic tells what failed, on which object, what the remote system reported, and what to do next. It must not
//! hold a secret.

use super::path::Path;

/// The severity of a [`Diagnostic`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The operation fails.
    Error,
    /// The operation goes on.
    Warning,
}

/// One error or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The severity.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub summary: String,
    /// On which object, with which value, what is allowed, and what to do next.
    pub detail: String,
    /// The attribute at fault, where there is one.
    pub path: Option<Path>,
}

/// The diagnostics of an operation in the order in which they were found, without duplicates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// No diagnostics.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a diagnostic, unless an equal one is there already.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if !self.0.contains(&diagnostic) {
            self.0.push(diagnostic);
        }
    }

    /// Adds an error without a path.
    pub fn error(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.add(Severity::Error, None, summary, detail);
    }

    /// Adds an error about one attribute.
    pub fn error_at(&mut self, path: Path, summary: impl Into<String>, detail: impl Into<String>) {
        self.add(Severity::Error, Some(path), summary, detail);
    }

    /// Adds a warning without a path.
    pub fn warning(&mut self, summary: impl Into<String>, detail: impl Into<String>) {
        self.add(Severity::Warning, None, summary, detail);
    }

    /// Adds a warning about one attribute.
    pub fn warning_at(&mut self, path: Path, summary: impl Into<String>, detail: impl Into<String>) {
        self.add(Severity::Warning, Some(path), summary, detail);
    }

    /// Adds the diagnostics of `other`.
    pub fn extend(&mut self, other: Diagnostics) {
        for diagnostic in other.0 {
            self.push(diagnostic);
        }
    }

    /// The errors alone.
    #[must_use]
    pub fn without_warnings(self) -> Self {
        Self(self.0.into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect())
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }

    fn add(&mut self, severity: Severity, path: Option<Path>, summary: impl Into<String>, detail: impl Into<String>) {
        self.push(Diagnostic { severity, summary: summary.into(), detail: detail.into(), path });
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        let mut all = Self::new();
        for diagnostic in diagnostics {
            all.push(diagnostic);
        }
        all
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::Diagnostics;

    #[test]
    fn equal_diagnostics_are_kept_once() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.error("a", "b");
        diagnostics.error("a", "b");
        diagnostics.warning("a", "b");
        assert_eq!(diagnostics.iter().count(), 2);
        assert!(diagnostics.has_errors());
    }
}
