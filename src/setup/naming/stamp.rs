//! The two tags that say which setup and which state a part belongs to.
//!
//! The *mark* names the setup, so that an apply finds its parts after an interruption or a lost state. The
//! *stamp* names the state, so that two states never write to the same part.

use uuid::Uuid;

use crate::account::Place;
use crate::reconcile::{MARK_TAG, STAMP_TAG, Tags};

/// The value of the mark, which names one setup of one account and region.
pub(crate) fn mark(place: &Place, system_name: &str) -> String {
    format!("{}/{}/{system_name}", place.account_id, place.region)
}

/// Whether a part carries this mark.
pub(crate) fn has_mark(tags: &Tags, mark: &str) -> bool {
    tags.get(MARK_TAG).map(String::as_str) == Some(mark)
}

/// A new stamp, random and so no other state's.
pub(crate) fn draw() -> String {
    Uuid::new_v4().simple().to_string()
}

/// The stamp of a document: the stamp of the state, and the version that existed before the document was adopted.
pub(crate) fn document_stamp(stamp: &str, former_version: &str) -> String {
    format!("{stamp}/{former_version}")
}

/// The version that existed before the document with this stamp was adopted; `None` if there was none.
pub(crate) fn former_version(document_stamp: &str) -> Option<String> {
    let (_, version) = document_stamp.rsplit_once('/')?;
    (version != NO_FORMER_VERSION).then(|| version.to_owned())
}

/// The former version of a document that was not adopted.
pub(crate) const NO_FORMER_VERSION: &str = "0";

/// What the stamp of a part says about the state that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// It is the stamp of this state.
    Ours,
    /// There is none: the part was never stamped, or somebody replaced its tags.
    Missing,
    /// It is the stamp of another state.
    Another,
}

impl Stamp {
    /// The stamp among the tags of a part, compared with that of the state, which may have none yet.
    pub(crate) fn of(tags: &Tags, ours: Option<&str>) -> Self {
        match tags.get(STAMP_TAG) {
            None => Self::Missing,
            Some(found) if ours == Some(state_of(found)) => Self::Ours,
            Some(_) => Self::Another,
        }
    }
}

/// The state that a stamp names, without the version in the stamp of a document.
pub(crate) fn state_of(stamp: &str) -> &str {
    stamp.split_once('/').map_or(stamp, |(state, _)| state)
}

/// Whether a part carries this state's stamp.
pub(crate) fn has_stamp(tags: &Tags, stamp: Option<&str>) -> bool {
    Stamp::of(tags, stamp) == Stamp::Ours
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(stamp: &str) -> Tags {
        [(STAMP_TAG.to_owned(), stamp.to_owned())].into()
    }

    #[test]
    fn the_mark_names_account_region_and_system() {
        assert_eq!(mark(&crate::setup::naming::tests::place(), "retail-shop"), "123456789012/us-east-1/retail-shop");
    }

    #[test]
    fn the_stamp_of_a_document_names_the_former_version() {
        assert_eq!(former_version(&document_stamp("abc", "3")).as_deref(), Some("3"));
        assert_eq!(former_version(&document_stamp("abc", NO_FORMER_VERSION)), None);
        assert_eq!(former_version("abc"), None);
    }

    #[test]
    fn another_stamp_is_not_a_missing_one() {
        assert_eq!(Stamp::of(&Tags::new(), Some("abc")), Stamp::Missing);
        assert_eq!(Stamp::of(&Tags::new(), None), Stamp::Missing);
        for (found, ours, expected) in [
            ("abc", Some("abc"), Stamp::Ours),
            ("abc/3", Some("abc"), Stamp::Ours),
            ("abcd", Some("abc"), Stamp::Another),
            ("", Some("abc"), Stamp::Another),
            ("abc", None, Stamp::Another),
        ] {
            assert_eq!(Stamp::of(&tags(found), ours), expected, "{found} in a state with {ours:?}");
        }
    }
}
