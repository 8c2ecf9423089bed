//! Rules of accounts, regions, roles and timeouts: what AWS accepts, in the words that documentation and errors share.
//!
//! Pure. Every error is one sentence that says what to change; which attribute is at fault is for the caller to say.
//! Follows <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html> and
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.

use std::time::Duration;

use terraform_plugin::framework::duration::parse_duration;
use terraform_plugin::framework::rule::{Rule, accept};
use terraform_plugin::framework::value::Value;

use crate::arn::Arn;
use crate::aws::partition::Partition;

use super::diagnose::sentence;

/// The partition that an ARN says it is of; `aws` for a text that says none. Which one it has to be is known only with
/// the caller.
pub(crate) fn partition_of(arn: &str) -> &str {
    Arn::parse(arn).map(|arn| arn.partition).filter(|partition| partition.starts_with("aws")).unwrap_or("aws")
}

/// Judges an account id.
pub(crate) fn validate_account_id(account_id: &str) -> Result<(), String> {
    if is_account_id(account_id) {
        Ok(())
    } else {
        Err(format!("{account_id:?} is not an account id: give its 12 digits, as a string"))
    }
}

/// Judges the ARN of an IAM role of `partition`.
pub(crate) fn validate_role_arn(arn: &str, partition: &str) -> Result<(), String> {
    let example = format!("arn:{partition}:iam::123456789012:role/name");
    let refuse = |why: &str| Err(format!("{arn:?} {why}: give the ARN of an IAM role such as {example}"));
    let Some(arn_parts) = Arn::parse(arn) else {
        return refuse("is not an ARN");
    };
    if arn_parts.partition != partition {
        return refuse(&format!("belongs to the partition {}, not to {partition}", arn_parts.partition));
    }
    if arn_parts.service != "iam" || !arn_parts.region.is_empty() || !is_account_id(arn_parts.account_id) {
        return refuse("is not the ARN of an IAM role");
    }
    let Some(path_and_name) = arn_parts.resource.strip_prefix("role/") else {
        return refuse("is not the ARN of an IAM role");
    };
    let (path, name) = path_and_name.rsplit_once('/').unwrap_or(("", path_and_name));
    let good_name =
        (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
    let good_path = path.len() <= 510 && path.chars().all(|c| c.is_ascii_graphic());
    if good_name && good_path { Ok(()) } else { refuse("holds no valid role name") }
}

/// Whether a text is the 12 digits of an account.
pub(crate) fn is_account_id(value: &str) -> bool {
    value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit())
}

/// Longer waits than a year are mistakes, and the clock cannot hold the longest of them.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(365 * 24);

/// A rule for text that `check` judges with a sentence about it.
pub(crate) fn judged(accepts: &str, check: fn(&str) -> Result<(), String>) -> Rule {
    Rule::text(accepts, move |text| check(text).map_err(|problem| hint(text, &problem)))
}

/// A rule for text that may be empty, which means 'not given'.
pub(crate) fn judged_or_empty(accepts: &str, check: fn(&str) -> Result<(), String>) -> Rule {
    Rule::text(
        accepts,
        move |text| {
            if text.is_empty() { Ok(()) } else { check(text).map_err(|problem| hint(text, &problem)) }
        },
    )
}

/// A problem as a sentence without the value: it stands in front of the hint already.
pub(crate) fn hint(value: &str, problem: &str) -> String {
    let value = format!("{value:?}");
    let problem = match problem.strip_prefix(&value) {
        Some(rest) => format!("it{rest}"),
        None => problem.replacen(&format!(" {value}"), "", 1),
    };
    format!("{}.", sentence(&problem))
}

/// The name of a region.
pub(crate) fn region() -> Rule {
    Rule::text("the name of a region, as `us-east-1`", |text| {
        let known = Partition::of_region(text).is_some();
        if known { Ok(()) } else { Err("Leave it out for the provider's region.".to_owned()) }
    })
}

/// The ARN of a role.
pub(crate) fn role_arn() -> Rule {
    judged("the ARN of an IAM role", |text| validate_role_arn(text, partition_of(text)))
}

/// The external id of a trust policy.
pub(crate) fn external_id() -> Rule {
    Rule::text("2 to 1224 characters of A to Z, a to z, 0 to 9 and _ + = , . @ : / -", |text| {
        let good = |c: char| c.is_ascii_alphanumeric() || "_+=,.@:/-".contains(c);
        accept((2..=1224).contains(&text.len()) && text.chars().all(good))
    })
}

/// The name of a role session.
pub(crate) fn session_name() -> Rule {
    Rule::text("2 to 64 characters of A to Z, a to z, 0 to 9 and _ + = , . @ -", |text| {
        let good = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        accept((2..=64).contains(&text.len()) && text.chars().all(good))
    })
}

/// An account id.
pub(crate) fn account_id() -> Rule {
    judged("the 12 digits of an account", validate_account_id)
}

/// A timeout.
pub(crate) fn duration() -> Rule {
    Rule::text("a duration above zero and up to a year, as `90s` or `1h30m`", |text| {
        accept(parse_duration(text).is_some_and(|duration| !duration.is_zero() && duration <= LONGEST_TIMEOUT))
    })
}

/// Whether two texts are the same duration.
pub(crate) fn same_duration(one: &Value, two: &Value) -> bool {
    let parsed = |value: &Value| value.as_str().and_then(parse_duration);
    parsed(one) == parsed(two)
}

#[cfg(test)]
mod tests;
