//! The warnings of a resource as hosts show them whole.
//!
//! Pure. Of several warnings with the same summary hosts print only the first, whichever resources they come from. So a
//! resource says everything of one kind in one warning, and the summary names where.

use terraform_plugin::framework::diagnostics::{Diagnostic, Diagnostics, Severity};

/// The diagnostics of a resource with one warning for each kind; `at` is the account and region, or the delegation.
pub(crate) fn gathered(diagnostics: Diagnostics, at: Option<&str>) -> Diagnostics {
    let mut gathered: Vec<Diagnostic> = Vec::new();
    for mut one in diagnostics {
        if one.severity == Severity::Error {
            gathered.push(one);
            continue;
        }
        if let Some(at) = at {
            one.summary = format!("{} ({at})", one.summary);
        }
        let same = |other: &&mut Diagnostic| other.severity == one.severity && other.summary == one.summary;
        match gathered.iter_mut().find(same) {
            Some(first) => {
                first.path = first.path.take().filter(|path| one.path.as_ref() == Some(path));
                first.detail = format!("{}\n{}", first.detail, one.detail);
            }
            None => gathered.push(one),
        }
    }
    gathered.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use terraform_plugin::framework::path::Path;

    use super::*;

    #[test]
    fn warnings_of_one_kind_are_one_that_names_the_place() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.warning_at(Path::of("a"), "A part stays", "The key.");
        diagnostics.error("An error", "It stays as it is.");
        diagnostics.warning_at(Path::of("b"), "A part stays", "The bucket.");
        diagnostics.warning_at(Path::of("c"), "Another kind", "Once.");
        diagnostics.error("An error", "Errors are all shown.");
        let found = gathered(diagnostics, Some("111122223333/eu-west-1"));
        let found: Vec<_> = found.iter().map(|one| (one.summary.as_str(), one.detail.as_str())).collect();
        assert_eq!(
            found,
            [
                ("A part stays (111122223333/eu-west-1)", "The key.\nThe bucket."),
                ("An error", "It stays as it is."),
                ("Another kind (111122223333/eu-west-1)", "Once."),
                ("An error", "Errors are all shown."),
            ]
        );
    }

    #[test]
    fn a_warning_keeps_its_path_and_one_without_a_known_place_its_summary() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.warning_at(Path::of("a"), "x", "1");
        diagnostics.warning_at(Path::of("a"), "x", "2");
        let found: Vec<_> = gathered(diagnostics, None).into_iter().collect();
        let one = Diagnostic {
            severity: Severity::Warning,
            summary: "x".to_owned(),
            detail: "1\n2".to_owned(),
            path: Some(Path::of("a")),
        };
        assert_eq!(found, [one]);
    }
}
