//! Rules for accounts, regions, roles and timeouts: what AWS accepts, in the words that documentation and errors share.
//!
//! Pure. Every error is one sentence that says what to change. The caller adds which attribute is at fault.
//! Follows <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html> and
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.

use std::time::Duration;

use terraform_plugin::framework::duration::parse_duration;
use terraform_plugin::framework::rule::{Rule, accept};
use terraform_plugin::framework::value::Value;

use crate::arn::Arn;
use crate::aws::partition::Partition;

use super::diagnose::sentence;

/// The partition in an ARN, or `aws` if the text has none. Which partition is required is known only with the caller's
/// identity.
pub(crate) fn partition_of(arn: &str) -> &str {
    Arn::parse(arn).map(|arn| arn.partition).filter(|partition| partition.starts_with("aws")).unwrap_or("aws")
}

/// Checks an account id.
pub(crate) fn validate_account_id(account_id: &str) -> Result<(), String> {
    if is_account_id(account_id) {
        Ok(())
    } else {
        Err(format!("{account_id:?} is not an account id: use its 12 digits, as a string"))
    }
}

/// Checks the ARN of an IAM role of `partition`.
pub(crate) fn validate_role_arn(arn: &str, partition: &str) -> Result<(), String> {
    let example = format!("arn:{partition}:iam::123456789012:role/name");
    let refuse = |why: &str| Err(format!("{arn:?} {why}: use the ARN of an IAM role such as {example}"));
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

/// A timeout of more than a year is a mistake, and the clock cannot represent the longest ones.
const LONGEST_TIMEOUT: Duration = Duration::from_hours(365 * 24);

/// A rule for text that `check` accepts, or refuses with a sentence.
pub(crate) fn checked(accepts: &str, check: fn(&str) -> Result<(), String>) -> Rule {
    Rule::text(accepts, move |text| check(text).map_err(|problem| hint(text, &problem)))
}

/// The same rule for text that may be empty, which means 'not set'.
pub(crate) fn empty_or_checked(accepts: &str, check: fn(&str) -> Result<(), String>) -> Rule {
    Rule::text(
        accepts,
        move |text| {
            if text.is_empty() { Ok(()) } else { check(text).map_err(|problem| hint(text, &problem)) }
        },
    )
}

/// A problem as a sentence without the value, which the diagnostic states before the hint.
pub(crate) fn hint(value: &str, problem: &str) -> String {
    let value = format!("{value:?}");
    let problem = match problem.strip_prefix(&value) {
        Some(rest) => format!("it{rest}"),
        None => problem.replacen(&format!(" {value}"), "", 1),
    };
    sentence(&problem)
}

/// The name of a region.
pub(crate) fn region() -> Rule {
    Rule::text("the name of a region, such as `us-east-1`", |text| {
        let known = Partition::of_region(text).is_some();
        if known { Ok(()) } else { Err("Omit it to use the provider's region.".to_owned()) }
    })
}

/// The ARN of a role.
pub(crate) fn role_arn() -> Rule {
    checked("the ARN of an IAM role", |text| validate_role_arn(text, partition_of(text)))
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
    checked("the 12 digits of an account", validate_account_id)
}

/// A timeout.
pub(crate) fn duration() -> Rule {
    Rule::text("a duration above zero and up to a year, such as `90s` or `1h30m`", |text| {
        accept(parse_duration(text).is_some_and(|duration| !duration.is_zero() && duration <= LONGEST_TIMEOUT))
    })
}

/// Whether two texts are the same duration.
pub(crate) fn same_duration(one: &Value, two: &Value) -> bool {
    let parsed = |value: &Value| value.as_str().and_then(parse_duration);
    parsed(one) == parsed(two)
}

#[cfg(test)]
pub(crate) mod tests;
