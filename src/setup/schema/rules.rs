//! The rules of text inputs, and which spellings mean the same.
//!
//! Pure. [`crate::setup::naming`] and [`crate::setup::policies`] check what AWS accepts; here the rules get the words
//! that documentation and errors share.

use std::collections::BTreeMap;

use terraform_plugin::framework::rule::{Rule, accept};
use terraform_plugin::framework::value::Value;

use crate::account::diagnose::sentence;
use crate::account::rules::{checked, empty_or_checked, hint, partition_of, validate_role_arn};
use crate::arn::Arn;
use crate::reconcile::policy;
use crate::setup::{naming, policies};

/// The service principals that a delegated administrator of Session Manager needs.
pub(crate) const SERVICE_PRINCIPALS: [&str; 4] = [
    "ssm.amazonaws.com",
    "ssm-quicksetup.amazonaws.com",
    "member.org.stacksets.cloudformation.amazonaws.com",
    "resource-explorer-2.amazonaws.com",
];

/// S3 takes 1024 bytes as the name of an object, and the agent appends the id of the session.
const MAX_KEY_PREFIX_BYTES: usize = 900;

pub(super) fn tag_text() -> Rule {
    Rule::text("text that AWS accepts as the value of a tag, not empty", |text| {
        accept(!text.is_empty())?;
        naming::validate_tags(&[("organization".to_owned(), text.to_owned())].into())
            .map_err(|problem| hint(text, &problem))
    })
}

pub(super) fn name_part() -> Rule {
    checked("letters, digits and \"-\", not empty; lower case in names", naming::validate_name_part)
}

pub(super) fn spoke() -> Rule {
    Rule::text("three digits", |text| {
        if text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(());
        }
        Err(match text.parse::<u16>() {
            Ok(number) if number < 1000 => format!("Write \"{number:03}\"."),
            _ => String::new(),
        })
    })
}

pub(super) fn tags() -> Rule {
    Rule::new("tags that AWS accepts, at most 48 including the standard tags", |value| {
        let tags = value.as_map().into_iter().flatten();
        // A tag with an unknown value counts too; one with a null value is none.
        let text = |value: &Value| (!value.is_null()).then(|| value.as_str().unwrap_or_default().to_owned());
        let extra = tags.map(|(key, value)| (key.clone(), text(value))).collect();
        let any = naming::Organization { name: "x", unit: "x", environment_name: "x", environment_type: "x" };
        let all = naming::tags(&any, &BTreeMap::new(), &extra);
        naming::validate_tags(&all).map_err(|problem| sentence(&problem))
    })
}

pub(super) fn node_tags() -> Rule {
    Rule::new("keys of 1 to 128 characters and values of up to 256 that AWS accepts in tags and in policies", |value| {
        let tags = value.as_map().into_iter().flatten();
        let tags = tags.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
        naming::validate_node_tags(&tags).map_err(|problem| sentence(&problem))?;
        let mut texts = tags.iter().flat_map(|(key, value)| [key, value]);
        texts.try_for_each(|text| policies::validate_characters(text)).map_err(|problem| sentence(&problem))
    })
}

pub(super) fn role_arns() -> Rule {
    Rule::new("ARNs of IAM roles of the account's partition", |value| {
        let refused: Vec<_> = value
            .as_list()
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_str)
            .filter_map(|arn| validate_role_arn(arn, partition_of(arn)).err())
            .map(|problem| sentence(&problem))
            .collect();
        if refused.is_empty() { Ok(()) } else { Err(refused.join(" ")) }
    })
}

pub(super) fn key_alias() -> Rule {
    empty_or_checked("the alias of a key, with or without \"alias/\"", naming::validate_alias)
}

pub(super) fn alias_name() -> Rule {
    checked("an alias, with or without \"alias/\", that does not begin with aws/", naming::validate_alias)
}

pub(super) fn key_id() -> Rule {
    empty_or_checked("the id or ARN of a key, or the ARN of an alias", |text| {
        let region = Arn::parse(text).map(|arn| arn.region).unwrap_or_default();
        naming::validate_key_id(text, partition_of(text), region)
    })
}

pub(super) fn key_arn() -> Rule {
    checked("the ARN of a key", |text| naming::validate_key_arn(text, partition_of(text)))
}

pub(super) fn run_as() -> Rule {
    Rule::text("the name of an operating-system user, not root", |text| {
        if text == "root" {
            return Err("Session Manager does not run sessions as root.".to_owned());
        }
        let bad = |c: char| c.is_whitespace() || c.is_control() || ":/".contains(c);
        accept(text.chars().count() <= 256 && !text.starts_with('-') && !text.chars().any(bad))
    })
}

pub(super) fn log_group_name() -> Rule {
    checked("a name that CloudWatch Logs accepts", naming::validate_log_group_name)
}

/// The name of a bucket that exists, or is to be created: [`super::validate`] checks that one more strictly.
pub(super) fn bucket_name() -> Rule {
    checked(
        "a name that S3 accepts, without dots, of at most 63 characters; for an existing bucket 3 to 255 letters, \
         digits, \".\", \"_\" and \"-\"",
        naming::validate_existing_bucket_name,
    )
}

pub(super) fn existing_bucket_name() -> Rule {
    checked("3 to 255 letters, digits, \".\", \"_\" and \"-\"", naming::validate_existing_bucket_name)
}

/// The prefix of object names stands in IAM policies, too.
pub(super) fn key_prefix() -> Rule {
    checked("at most 900 bytes, without control characters and characters above U+00FF", |text| {
        if text.len() > MAX_KEY_PREFIX_BYTES {
            return Err(format!("it has {} bytes: shorten it", text.len()));
        }
        match text.chars().find(|c| c.is_control()) {
            Some(c) => Err(format!("it contains the control character {c:?}: remove it")),
            None => policies::validate_characters(text),
        }
    })
}

pub(super) fn object_prefix() -> Rule {
    Rule::text("at most 1024 bytes without control characters", |text| {
        accept(text.len() <= 1024 && !text.chars().any(char::is_control))
    })
}

pub(super) fn service_principals() -> Rule {
    Rule::new("service principals that Organizations knows, such as `ssm.amazonaws.com`", |value| {
        let principals = value.as_list().unwrap_or_default();
        accept(!principals.iter().any(Value::is_null))?;
        let refused: Vec<_> = principals.iter().filter_map(Value::as_str).filter_map(refused_principal).collect();
        if refused.is_empty() { Ok(()) } else { Err(refused.join(" ")) }
    })
}

/// Why a text is not a service principal, with the principal that is probably meant.
fn refused_principal(text: &str) -> Option<String> {
    let meant = SERVICE_PRINCIPALS.into_iter().find(|known| {
        let name = known.trim_end_matches(".amazonaws.com");
        *known != text && (name.ends_with(text) || known.ends_with(text))
    });
    // The characters and the length that the API accepts; every service principal is a host name.
    let good = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let shaped = text.contains('.') && text.len() <= 128 && text.chars().all(good);
    match meant {
        Some(meant) if !text.is_empty() => Some(format!("{text:?} is not one of them; write {meant:?}.")),
        _ => (!shaped).then(|| format!("{text:?} is not one of them.")),
    }
}

/// A policy document for the key: KMS takes fewer characters than S3.
pub(super) fn key_policy() -> Rule {
    empty_or_checked("a JSON policy document with statements, in characters up to U+00FF", |text| {
        let statements = policies::parse_policy_statements(text)?;
        statements.iter().try_for_each(|statement| policies::validate_characters(&policy::canonical_json(statement)))
    })
}

pub(super) fn policy() -> Rule {
    empty_or_checked("a JSON policy document with statements", |text| {
        policies::parse_policy_statements(text).map(|_| ())
    })
}

pub(super) fn same_alias(one: &Value, two: &Value) -> bool {
    let full = |value: &Value| value.as_str().map(naming::alias_name);
    full(one) == full(two)
}

/// Whether two policy documents allow and deny the same.
pub(super) fn same_policy(one: &Value, two: &Value) -> bool {
    policy::same(one.as_str(), two.as_str())
}

/// Whether two references name the same key: a key's id and its ARN do.
pub(super) fn same_key_id(one: &Value, two: &Value) -> bool {
    let (Some(one), Some(two)) = (one.as_str(), two.as_str()) else { return one == two };
    let names = |arn: &str, id: &str| Arn::parse(arn).and_then(|arn| arn.key_id()) == Some(id);
    one == two || names(one, two) || names(two, one)
}
