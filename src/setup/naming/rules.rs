//! What AWS accepts as a name, an id or an ARN, checked before anything is called.
//!
//! Pure. Every error is one sentence that says what to change. The caller adds which attribute is at fault. Follows
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html>,
//! <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html> and
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.

use crate::account::rules::is_account_id;
use crate::arn::Arn;

const MAX_BUCKET_NAME: usize = 63;
const MAX_EXISTING_BUCKET_NAME: usize = 255;
const MAX_ALIAS_NAME: usize = 256;
const MAX_LOG_GROUP_NAME: usize = 512;

/// Prefixes of bucket names that S3 reserves.
const RESERVED_BUCKET_PREFIXES: &[&str] = &["xn--", "sthree-", "amzn-s3-demo-"];
/// Suffixes of bucket names that S3 reserves.
const RESERVED_BUCKET_SUFFIXES: &[&str] = &["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// Checks the name of a bucket. Dots are valid in S3 and refused here, because no certificate covers such a name as a
/// host.
pub(crate) fn validate_bucket_name(name: &str) -> Result<(), String> {
    if name.len() < 3 || name.len() > MAX_BUCKET_NAME {
        return Err(format!("the bucket name {name:?} has {} characters: use 3 to {MAX_BUCKET_NAME}", name.len()));
    }
    if name.contains('.') {
        return Err(format!(
            "the bucket name {name:?} contains a dot, which breaks TLS to the bucket: use \"-\" instead"
        ));
    }
    if let Some(c) = name.chars().find(|c| !is_name_character(*c)) {
        return Err(format!("the bucket name {name:?} contains {c:?}: use a to z, 0 to 9 and \"-\" only"));
    }
    if name.starts_with('-') || name.ends_with('-') {
        return Err(format!(
            "the bucket name {name:?} begins or ends with \"-\": begin and end it with a letter or a digit"
        ));
    }
    if let Some(prefix) = RESERVED_BUCKET_PREFIXES.iter().find(|prefix| name.starts_with(**prefix)) {
        return Err(format!("the bucket name {name:?} begins with {prefix:?}, which S3 reserves: use another name"));
    }
    if let Some(suffix) = RESERVED_BUCKET_SUFFIXES.iter().find(|suffix| name.ends_with(**suffix)) {
        return Err(format!("the bucket name {name:?} ends with {suffix:?}, which S3 reserves: use another name"));
    }
    Ok(())
}

/// Checks the name of a bucket that exists: S3 once allowed longer names with more characters.
pub(crate) fn validate_existing_bucket_name(name: &str) -> Result<(), String> {
    if let Some(c) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-".contains(*c)) {
        return Err(format!(
            "the bucket name {name:?} contains {c:?}: use the name, not an ARN or a URL, of letters, digits and \
             \". _ -\" only"
        ));
    }
    if name.len() < 3 || name.len() > MAX_EXISTING_BUCKET_NAME {
        return Err(format!(
            "the bucket name {name:?} has {} characters: use 3 to {MAX_EXISTING_BUCKET_NAME}",
            name.len()
        ));
    }
    Ok(())
}

/// Checks the name of a key alias, with or without `alias/` in front.
pub(crate) fn validate_alias(name: &str) -> Result<(), String> {
    let bare = name.strip_prefix("alias/").unwrap_or(name);
    if bare.is_empty() {
        return Err(format!("the alias {name:?} has no name: use at least 1 character"));
    }
    if bare.starts_with("aws/") {
        return Err(format!(
            "the alias {name:?} begins with aws/, which AWS reserves for its own keys: use another name"
        ));
    }
    if let Some(c) = bare.chars().find(|c| !c.is_ascii_alphanumeric() && !"/_-".contains(*c)) {
        return Err(format!("the alias {name:?} contains {c:?}: use letters, digits, \"/\", \"_\" and \"-\" only"));
    }
    let length = "alias/".len() + bare.len();
    if length > MAX_ALIAS_NAME {
        return Err(format!(
            "the alias {name:?} has {length} characters, alias/ included: shorten it to {MAX_ALIAS_NAME}"
        ));
    }
    Ok(())
}

/// Checks the name of a log group.
pub(crate) fn validate_log_group_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > MAX_LOG_GROUP_NAME {
        return Err(format!(
            "the log group name {name:?} has {} characters: use 1 to {MAX_LOG_GROUP_NAME}",
            name.len()
        ));
    }
    if let Some(c) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !".-_/#".contains(*c)) {
        return Err(format!("the log group name {name:?} contains {c:?}: use letters, digits and \". - _ / #\" only"));
    }
    if name.starts_with("aws/") {
        return Err(format!(
            "the log group name {name:?} begins with aws/, which AWS reserves: begin it with \"/aws/\" or otherwise"
        ));
    }
    Ok(())
}

/// A name that is derived from `org` and `spoke_def`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DerivedName {
    /// The name of the audit bucket.
    Bucket,
    /// The key's alias.
    Alias,
    /// The name of the log group.
    LogGroup,
}

/// Checks a derived name; the error says which settings to shorten or to set.
pub(crate) fn validate_derived(kind: DerivedName, name: &str) -> Result<(), String> {
    let (checked, max, what, setting) = match kind {
        DerivedName::Bucket => (validate_bucket_name(name), MAX_BUCKET_NAME, "bucket name", "settings.bucket.name"),
        DerivedName::Alias => (validate_alias(name), MAX_ALIAS_NAME, "key alias", "settings.kms.alias_name"),
        DerivedName::LogGroup => {
            (validate_log_group_name(name), MAX_LOG_GROUP_NAME, "log group name", "settings.cloudwatch.log_group_name")
        }
    };
    if name.len() > max {
        return Err(format!(
            "the derived {what} {name:?} has {} characters, {} too many: shorten org.organization_unit, \
             org.environment_name or org.environment_type, or set {setting}",
            name.len(),
            name.len() - max
        ));
    }
    checked.map_err(|error| format!("{error}, or set {setting}"))
}

/// Checks a value that becomes part of names: lower-cased, only a to z, 0 to 9 and "-" may remain.
pub(crate) fn validate_name_part(value: &str) -> Result<(), String> {
    if value.is_empty() {
        return Err("the value is empty: it becomes part of names".to_owned());
    }
    match value.chars().find(|c| !is_name_character(c.to_ascii_lowercase())) {
        Some(c) => {
            Err(format!("{value:?} contains {c:?}: it becomes part of names, use letters, digits and \"-\" only"))
        }
        None => Ok(()),
    }
}

/// Checks a reference to an existing key of this partition and region: its id, its ARN, or the ARN of an alias. The
/// account may be another one.
pub(crate) fn validate_key_id(value: &str, partition: &str, region: &str) -> Result<(), String> {
    if is_key_id(value) {
        return Ok(());
    }
    if !value.starts_with("arn:") {
        return Err(format!(
            "{value:?} is not a key id: use the id, the ARN of the key or of an alias, or set key_alias"
        ));
    }
    let arn = parse_key_arn(value, partition)?;
    if arn.region != region {
        return Err(format!("the key {value:?} is in {}: logs of {region} need a key of that region", arn.region));
    }
    if arn.key_id().is_some_and(is_key_id) {
        return Ok(());
    }
    match arn.resource.strip_prefix("alias/") {
        Some(alias) => validate_alias(alias),
        None => Err(not_a_key_arn(value, partition)),
    }
}

/// Checks the ARN of a key of `partition`, in any account and region.
pub(crate) fn validate_key_arn(value: &str, partition: &str) -> Result<(), String> {
    let arn = parse_key_arn(value, partition)?;
    if arn.key_id().is_some_and(is_key_id) { Ok(()) } else { Err(not_a_key_arn(value, partition)) }
}

fn parse_key_arn<'a>(value: &'a str, partition: &str) -> Result<Arn<'a>, String> {
    let arn = Arn::parse(value)
        .filter(|arn| arn.service == "kms" && !arn.region.is_empty() && is_account_id(arn.account_id))
        .ok_or_else(|| not_a_key_arn(value, partition))?;
    if arn.partition != partition {
        return Err(format!("the key {value:?} belongs to the partition {}: use a key of {partition}", arn.partition));
    }
    Ok(arn)
}

fn not_a_key_arn(value: &str, partition: &str) -> String {
    format!(
        "{value:?} is not the ARN of a key: use one such as \
         arn:{partition}:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    )
}

fn is_name_character(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'
}

/// A UUID, or `mrk-` and 32 hexadecimal digits for a multi-Region key.
fn is_key_id(value: &str) -> bool {
    let hexadecimal = |text: &str, length| text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit());
    if let Some(digits) = value.strip_prefix("mrk-") {
        return hexadecimal(digits, 32);
    }
    let groups: Vec<&str> = value.split('-').collect();
    groups.len() == 5 && groups.iter().zip([8, 4, 4, 4, 12]).all(|(group, length)| hexadecimal(group, length))
}

#[cfg(test)]
mod tests;
