//! The two tags that say which setup and which state a part belongs to.
//!
//! Pure. The *mark* names the setup, so that an apply finds its parts after an interruption or a lost state. The
//! *stamp* names the state, so that two states never write to the same part.

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

/// Whether a part carries this state's stamp. A state without a stamp, as after an import, accepts every part.
pub(crate) fn has_stamp(tags: &Tags, stamp: Option<&str>) -> bool {
    let Some(stamp) = stamp else { return true };
    let found = tags.get(STAMP_TAG).map(String::as_str).unwrap_or_default();
    found == stamp || found.strip_prefix(stamp).is_some_and(|rest| rest.starts_with('/'))
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
    fn a_stamp_matches_the_state_with_or_without_a_version() {
        assert!(has_stamp(&tags("abc"), Some("abc")));
        assert!(has_stamp(&tags("abc/3"), Some("abc")));
        assert!(!has_stamp(&tags("abcd"), Some("abc")));
        assert!(!has_stamp(&Tags::new(), Some("abc")));
        assert!(has_stamp(&tags("abc"), None));
    }
}
