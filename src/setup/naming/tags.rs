//! The tags of every part of a setup, and what AWS allows in them.
//!
//! Pure. The rules are what S3, KMS, Systems Manager and CloudWatch Logs all accept, because every part carries the
//! same tags. Follows <https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html>
//! and the four services' API references of their tag types.

use std::collections::BTreeMap;

use crate::reconcile::{MARK_TAG, STAMP_TAG};

/// How many tags a part can have besides the mark and the stamp: AWS allows 50.
pub(crate) const MAX_TAGS: usize = 48;

const MAX_KEY_CHARACTERS: usize = 128;
const MAX_VALUE_CHARACTERS: usize = 256;

/// The attributes of `org`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Organization<'a> {
    /// `org.organization_name`.
    pub(crate) name: &'a str,
    /// `org.organization_unit`.
    pub(crate) unit: &'a str,
    /// `org.environment_name`.
    pub(crate) environment_name: &'a str,
    /// `org.environment_type`.
    pub(crate) environment_type: &'a str,
}

/// The standard tags over `default_tags` and under `extra_tags`, of which one without a value removes the tag of its key.
pub(crate) fn tags(
    organization: &Organization<'_>,
    default_tags: &BTreeMap<String, String>,
    extra_tags: &BTreeMap<String, Option<String>>,
) -> BTreeMap<String, String> {
    let Organization { name, unit, environment_name, environment_type } = organization;
    let full_name = [*name, *unit, *environment_name, *environment_type].join(" ");
    let standard = [
        ("organization-full-name", full_name.as_str()),
        ("organization", *name),
        ("organization-unit", *unit),
        ("application-name", *environment_name),
        ("application-type", *environment_type),
    ];
    let mut tags = default_tags.clone();
    tags.extend(standard.map(|(key, value)| (key.to_owned(), value.to_owned())));
    for (key, value) in extra_tags {
        match value {
            Some(value) => tags.insert(key.clone(), value.clone()),
            None => tags.remove(key),
        };
    }
    tags
}

/// Checks the tags of a part, except for its mark and stamp; the error says what to change.
pub(crate) fn validate_tags(tags: &BTreeMap<String, String>) -> Result<(), String> {
    for (key, value) in tags {
        validate_tag(key, value)?;
    }
    if tags.len() > MAX_TAGS {
        return Err(format!(
            "there are {} tags, default_tags and the standard tags included, but at most {MAX_TAGS} are possible: \
             remove {}",
            tags.len(),
            tags.len() - MAX_TAGS
        ));
    }
    Ok(())
}

fn validate_tag(key: &str, value: &str) -> Result<(), String> {
    if key == MARK_TAG || key == STAMP_TAG {
        return Err(format!("the tag {key:?} is written by this resource itself: use another key"));
    }
    // The prefix is reserved in upper and lower case.
    if key.to_ascii_lowercase().starts_with("aws:") {
        return Err(format!("the tag key {key:?} begins with aws:, which AWS reserves: use another key"));
    }
    validate_text(key, value)
}

/// Checks the tags that nodes are selected by. Tags of AWS (`aws:`) and of this resource are allowed here.
pub(crate) fn validate_node_tags(tags: &BTreeMap<String, String>) -> Result<(), String> {
    tags.iter().try_for_each(|(key, value)| validate_text(key, value))
}

fn validate_text(key: &str, value: &str) -> Result<(), String> {
    if key.is_empty() {
        return Err("a tag has an empty key: use a key of 1 to 128 characters".to_owned());
    }
    within(&format!("the tag key {key:?}"), key, MAX_KEY_CHARACTERS)?;
    within(&format!("the value of the tag {key:?}"), value, MAX_VALUE_CHARACTERS)
}

fn within(what: &str, text: &str, max_characters: usize) -> Result<(), String> {
    let length = text.encode_utf16().count();
    if length > max_characters {
        return Err(format!("{what} has {length} characters: shorten it to {max_characters}"));
    }
    match text.chars().find(|c| !is_tag_character(*c)) {
        Some(c) => Err(format!("{what} contains {c:?}: use letters, digits, spaces and _ . : / = + - @ only")),
        None => Ok(()),
    }
}

/// The class `[\p{L}\p{Z}\p{N}_.:/=+\-@]`, slightly widened: it also accepts the vowel signs of some scripts, which
/// `\p{L}` excludes and the standard library does not distinguish from letters.
fn is_tag_character(c: char) -> bool {
    c.is_alphabetic() || c.is_numeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    const ORGANIZATION: Organization<'_> =
        Organization { name: "Acme", unit: "Retail", environment_name: "shop", environment_type: "prod" };

    #[test]
    fn standard_tags_never_change() {
        assert_eq!(
            tags(&ORGANIZATION, &BTreeMap::new(), &BTreeMap::new()),
            map(&[
                ("organization-full-name", "Acme Retail shop prod"),
                ("organization", "Acme"),
                ("organization-unit", "Retail"),
                ("application-name", "shop"),
                ("application-type", "prod"),
            ])
        );
    }

    #[test]
    fn extra_tags_win_over_standard_tags_and_those_over_default_tags() {
        let merged = tags(
            &ORGANIZATION,
            &map(&[("organization", "default"), ("team", "default"), ("cost", "default")]),
            &map(&[("organization-unit", "extra"), ("team", "extra")]).into_iter().map(|(k, v)| (k, Some(v))).collect(),
        );
        let value = |key: &str| merged.get(key).map(String::as_str);
        assert_eq!(value("organization"), Some("Acme"));
        assert_eq!(value("organization-unit"), Some("extra"));
        assert_eq!(value("team"), Some("extra"));
        assert_eq!(value("cost"), Some("default"));
    }

    #[test]
    fn tags_that_aws_accepts_are_valid() {
        let long_key = "k".repeat(128);
        let long_value = "v".repeat(256);
        for (key, value) in [
            ("team", ""),
            ("Größe", "日本 ２"),
            ("a_.:/=+-@ b", "_.:/=+-@ \u{a0}"),
            (long_key.as_str(), long_value.as_str()),
            ("awsome", "aws:x"),
        ] {
            assert_eq!(validate_tags(&map(&[(key, value)])), Ok(()), "{key} {value}");
        }
    }

    #[test]
    fn tags_that_aws_refuses_are_errors_that_name_the_tag() {
        let long_key = "k".repeat(129);
        let long_value = "v".repeat(257);
        for (key, value, expected) in [
            ("", "x", "empty key"),
            ("aws:x", "x", "AWS reserves"),
            ("AWS:x", "x", "AWS reserves"),
            (long_key.as_str(), "x", "shorten it to 128"),
            ("long", long_value.as_str(), "the value of the tag \"long\" has 257 characters"),
            ("semi;colon", "x", "contains ';'"),
            ("tab", "a\tb", "contains '\\t'"),
            ("emoji", "👍", "contains '👍'"),
            (MARK_TAG, "x", "written by this resource"),
            (STAMP_TAG, "x", "written by this resource"),
        ] {
            let error = validate_tags(&map(&[(key, value)])).unwrap_err();
            assert!(error.contains(expected), "{key}: {error}");
        }
    }

    #[test]
    fn the_forty_ninth_tag_is_one_too_many() {
        let mut many: BTreeMap<_, _> = (0..MAX_TAGS).map(|n| (format!("k{n}"), String::new())).collect();
        assert_eq!(validate_tags(&many), Ok(()));
        many.insert("last".to_owned(), String::new());
        assert!(validate_tags(&many).unwrap_err().ends_with("remove 1"));
    }
}
