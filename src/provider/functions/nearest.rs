//! The name that somebody meant who wrote another one.
//!
//! Pure. Distance is counted as Damerau and Levenshtein do: letters added, left out, replaced, or two neighbours
//! swapped. See <https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance> (optimal string alignment).

/// The one of `names` that `written` most probably means; none where all are too far away to guess.
pub(super) fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_'], "");
    let written = plain(written);
    // A third of the letters may be wrong; beyond that a guess misleads.
    let most = (written.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| (distance(&written, &plain(name)), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

fn distance(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    // The rows of the table for no letter of `one`, and before that one.
    let mut row: Vec<usize> = (0..=two.len()).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut last = None;
    for (position, letter) in one.chars().enumerate() {
        let mut next = vec![position + 1];
        let mut left = None;
        for (column, other) in two.iter().copied().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX);
            let replaced = at(&row, column) + usize::from(letter != other);
            let mut least = replaced.min(at(&row, column + 1) + 1).min(at(&next, column) + 1);
            if last == Some(other) && left == Some(letter) && column > 0 {
                least = least.min(at(&before, column - 1) + 1);
            }
            next.push(least);
            left = Some(other);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(letter);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_slip_counts_once() {
        for (one, two, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("timeout", "timeout", 0),
            ("timeuot", "timeout", 1),
            ("timeot", "timeout", 1),
            ("ttimeout", "timeout", 1),
            ("tineout", "timeout", 1),
            ("ab", "ba", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, two), expected, "{one} {two}");
        }
    }

    #[test]
    fn the_nearest_is_found_and_a_stranger_is_not_guessed() {
        let names = ["run_as", "timeout", "max_duration", "kms_encryption"];
        assert_eq!(nearest("timout", names), Some("timeout"));
        assert_eq!(nearest("runAs", names), Some("run_as"));
        assert_eq!(nearest("max-duration", names), Some("max_duration"));
        assert_eq!(nearest("nonsense", names), None);
        assert_eq!(nearest("", names), None);
    }
}
