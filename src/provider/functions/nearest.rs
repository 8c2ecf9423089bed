//! Finds the name that a misspelt one probably means.
//!
//! Pure. Counts letters that are added, left out or replaced, and neighbours that are swapped: the distance of
//! [optimal string alignment](https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance).

use strsim::osa_distance;

/// The one of `names` that `written` most probably means. None where every name is too far away to guess.
pub(super) fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_'], "");
    let written = plain(written);
    // A third of the letters may be wrong; beyond that a guess misleads.
    let most = (written.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| (osa_distance(&written, &plain(name)), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_slip_is_forgiven_once_in_three_letters() {
        let names = ["timeout"];
        for written in ["timeout", "timeuot", "timeot", "ttimeout", "tineout", "tmieuot"] {
            assert_eq!(nearest(written, names), Some("timeout"), "{written}");
        }
        assert_eq!(nearest("tmieuo", names), None, "three slips in six letters");
        assert_eq!(nearest("ba", ["ab"]), Some("ab"), "one slip is always forgiven");
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
