//! The rules of text inputs, and which spellings of them mean the same.
//!
//! What AWS accepts is judged by [`crate::setup::naming`] and [`crate::setup::policies`]; here it gets the words that
//! documentation and errors share.

use std::collections::BTreeMap;

use crate::account::diagnose::sentence;
use crate::account::rules::{hint, judged, judged_or_empty, partition_of, validate_role_arn};
use crate::arn::Arn;
use crate::reconcile::policy;
use crate::setup::{naming, policies};
use terraform_plugin::framework::rule::{Rule, accept};
use terraform_plugin::framework::value::Value;

use crate::setup::schema::SERVICE_PRINCIPALS;

pub(super) fn tag_text() -> Rule {
    Rule::text("text that AWS takes as a tag's value, not empty", |text| {
        accept(!text.is_empty())?;
        naming::validate_tags(&[("organization".to_owned(), text.to_owned())].into())
            .map_err(|problem| hint(text, &problem))
    })
}

pub(super) fn name_part() -> Rule {
    judged("letters, digits and \"-\", not empty; names have it in lower case", naming::validate_name_part)
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
    Rule::new("tags as AWS takes them, 48 at the most with the standard ones", |value| {
        let tags = value.as_map().into_iter().flatten();
        // A value that is not known yet is a tag all the same.
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let extra = tags.map(|(key, value)| (key.clone(), text(value))).collect();
        let any = naming::Organization { name: "x", unit: "x", environment_name: "x", environment_type: "x" };
        let all = naming::tags(&any, &BTreeMap::new(), &extra);
        naming::validate_tags(&all).map_err(|problem| format!("{}.", sentence(&problem)))
    })
}

pub(super) fn node_tags() -> Rule {
    Rule::new("keys of 1 to 128 characters and values of up to 256, as AWS takes them", |value| {
        let tags = value.as_map().into_iter().flatten();
        let tags = tags.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
        naming::validate_node_tags(&tags).map_err(|problem| format!("{}.", sentence(&problem)))
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
            .map(|problem| format!("{}.", sentence(&problem)))
            .collect();
        if refused.is_empty() { Ok(()) } else { Err(refused.join(" ")) }
    })
}

pub(super) fn key_alias() -> Rule {
    judged_or_empty("the alias of a key, with or without \"alias/\"", naming::validate_alias)
}

pub(super) fn alias_name() -> Rule {
    judged("an alias, with or without \"alias/\", not below aws/", naming::validate_alias)
}

pub(super) fn key_id() -> Rule {
    judged_or_empty("the id or ARN of a key, or the ARN of an alias", |text| {
        let region = Arn::parse(text).map(|arn| arn.region).unwrap_or_default();
        naming::validate_key_id(text, partition_of(text), region)
    })
}

pub(super) fn key_arn() -> Rule {
    judged("the ARN of a key", |text| naming::validate_key_arn(text, partition_of(text)))
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
    judged("a name that CloudWatch Logs takes", naming::validate_log_group_name)
}

pub(super) fn bucket_name() -> Rule {
    judged("a name that S3 takes, without dots, of 63 characters at the most", naming::validate_bucket_name)
}

pub(super) fn service_principals() -> Rule {
    Rule::new("service principals that Organizations knows, as `ssm.amazonaws.com`", |value| {
        let principals = value.as_list().unwrap_or_default();
        accept(!principals.iter().any(Value::is_null))?;
        let refused: Vec<_> = principals.iter().filter_map(Value::as_str).filter_map(refused_principal).collect();
        if refused.is_empty() { Ok(()) } else { Err(refused.join(" ")) }
    })
}

/// Why a text is no service principal, with the one that is probably meant.
fn refused_principal(text: &str) -> Option<String> {
    let meant = SERVICE_PRINCIPALS.into_iter().find(|known| {
        let name = known.trim_end_matches(".amazonaws.com");
        *known != text && (name.ends_with(text) || known.ends_with(text))
    });
    // The characters and the length of the API; every principal is the name of a host.
    let good = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    let shaped = text.contains('.') && text.len() <= 128 && text.chars().all(good);
    match meant {
        Some(meant) if !text.is_empty() => Some(format!("{text:?} is not one of them; write {meant:?}.")),
        _ => (!shaped).then(|| format!("{text:?} is not one of them.")),
    }
}

pub(super) fn policy() -> Rule {
    judged("a JSON policy document with statements", |text| policies::parse_policy_statements(text).map(|_| ()))
}

pub(super) fn same_alias(one: &Value, two: &Value) -> bool {
    let full = |value: &Value| value.as_str().map(naming::alias_name);
    full(one) == full(two)
}

/// Policy documents that allow and deny the same.
pub(super) fn same_policy(one: &Value, two: &Value) -> bool {
    policy::same(one.as_str(), two.as_str())
}

/// A key's id and its ARN name the same key.
pub(super) fn same_key_id(one: &Value, two: &Value) -> bool {
    let (Some(one), Some(two)) = (one.as_str(), two.as_str()) else { return one == two };
    let names = |arn: &str, id: &str| Arn::parse(arn).and_then(|arn| arn.key_id()) == Some(id);
    one == two || names(one, two) || names(two, one)
}
