//! The names, ARNs and tags of everything a setup creates.
//!
//! Pure: no AWS, no environment, no Terraform types. The same input always gives the same name, because names are in
//! state files and in AWS. Names that a user sets are checked in `naming/rules.rs`.
//! Follows <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>.

mod rules;
pub(crate) mod stamp;
mod tags;

use sha2::{Digest, Sha256};

use crate::account::Place;

pub(crate) use rules::{
    DerivedName, validate_alias, validate_bucket_name, validate_derived, validate_existing_bucket_name,
    validate_key_arn, validate_key_id, validate_log_group_name, validate_name_part,
};
pub(crate) use stamp::mark;
pub(crate) use tags::{Organization, tags, validate_node_tags, validate_tags};

/// The sources of the names of a setup, in the order of their use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct System<'a> {
    /// `org.organization_unit`.
    pub(crate) organization_unit: &'a str,
    /// `org.environment_name`.
    pub(crate) environment_name: &'a str,
    /// `org.environment_type`.
    pub(crate) environment_type: &'a str,
    /// `spoke_def`, three digits.
    pub(crate) spoke: &'a str,
    /// Region of the setup.
    pub(crate) region: &'a str,
}

/// The short form of a region: `us-east-1` is `usea1`, `us-gov-west-1` is `usgowest`.
///
/// Not unique: `ap-south-1` and `ap-southeast-1` share `apso1`.
pub(crate) fn region_code(region: &str) -> String {
    let mut parts = region.split('-');
    let mut part = || parts.next().unwrap_or_default();
    let (area, direction, number) = (part(), part(), part());
    let two_letters: String = direction.chars().take(2).collect();
    format!("{area}{two_letters}{number}")
}

/// The last part of every derived name: unit, environment name and type, spoke, region code.
pub(crate) fn system_name(system: &System<'_>) -> String {
    [
        system.organization_unit,
        system.environment_name,
        system.environment_type,
        system.spoke,
        &region_code(system.region),
    ]
    .join("-")
    .to_lowercase()
}

/// The derived name of the audit bucket, with or without a suffix from [`bucket_suffix`].
pub(crate) fn bucket_name(system_name: &str, suffix: Option<&str>) -> String {
    let base = format!("ssm-session-auditlogs-{system_name}");
    match suffix {
        Some(suffix) => format!("{base}-{suffix}"),
        None => base,
    }
}

/// Eight characters, a to z and 0 to 9, that depend on nothing but the arguments.
///
/// They keep the bucket names of different accounts apart, and are the same after a lost state.
pub(crate) fn bucket_suffix(place: &Place, system_name: &str) -> String {
    const DIGITS: u64 = 36;
    let input = [&place.partition, &place.account_id, &place.region, system_name].join("/");
    let mut number = Sha256::digest(input).iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    let mut suffix = String::with_capacity(8);
    for _ in 0..8 {
        let digit = u32::try_from(number % DIGITS).unwrap_or_default();
        suffix.extend(char::from_digit(digit, 36));
        number /= DIGITS;
    }
    suffix
}

/// The derived name of the key's alias, `alias/` included.
pub(crate) fn derived_alias_name(system_name: &str) -> String {
    alias_name(&format!("ssm-session-mgmt-key-{system_name}"))
}

/// An alias as KMS spells it, with exactly one `alias/` in front.
pub(crate) fn alias_name(name: &str) -> String {
    if name.starts_with("alias/") { name.to_owned() } else { format!("alias/{name}") }
}

/// The derived name of the log group.
pub(crate) fn log_group_name(system_name: &str) -> String {
    format!("/aws/ssm/session-manager/audit-{system_name}")
}

#[cfg(test)]
mod tests;
