//! Accepted values, refused values, and the reasons for the refusal.

use proptest::prelude::*;
use regex_lite::Regex;

use super::*;
use crate::account::rules::tests::{all_ok, all_refused};

#[test]
fn bucket_names() {
    let (longest, too_long) = ("b".repeat(63), "b".repeat(64));
    all_ok(validate_bucket_name, ["abc", "1-2", "ssm-session-auditlogs-x", "a--b", longest.as_str()]);
    all_refused(
        validate_bucket_name,
        &[
            ("", "has 0 characters"),
            ("ab", "use 3 to 63"),
            (&too_long, "has 64 characters"),
            ("my.logs", "contains a dot"),
            ("Logs", "contains 'L'"),
            ("my_logs", "contains '_'"),
            ("lögs", "contains 'ö'"),
            ("-logs", "begins or ends with \"-\""),
            ("logs-", "begins or ends with \"-\""),
            ("xn--logs", "begins with \"xn--\""),
            ("sthree-configurator-x", "begins with \"sthree-\""),
            ("amzn-s3-demo-logs", "begins with \"amzn-s3-demo-\""),
            ("logs-s3alias", "ends with \"-s3alias\""),
            ("logs--ol-s3", "ends with \"--ol-s3\""),
            ("logs--use1-az4--x-s3", "ends with \"--x-s3\""),
            ("logs--table-s3", "ends with \"--table-s3\""),
        ],
    );
}

#[test]
fn aliases() {
    let (longest, too_long) = ("a".repeat(250), "a".repeat(251));
    all_ok(validate_alias, ["x", "alias/x", "a/b_c-D9", "aws", "awsome/x", longest.as_str()]);
    all_refused(
        validate_alias,
        &[
            ("", "has no name"),
            ("alias/", "has no name"),
            ("aws/s3", "reserves for its own keys"),
            ("alias/aws/s3", "reserves for its own keys"),
            ("a.b", "contains '.'"),
            ("a:b", "contains ':'"),
            (&too_long, "shorten it to 256"),
        ],
    );
}

#[test]
fn log_group_names() {
    let (longest, too_long) = ("g".repeat(512), "g".repeat(513));
    all_ok(validate_log_group_name, ["/aws/ssm/x", "a.b-c_d/e#F9", longest.as_str()]);
    all_refused(
        validate_log_group_name,
        &[
            ("", "has 0 characters"),
            (&too_long, "use 1 to 512"),
            ("aws/ssm", "begins with aws/"),
            ("a b", "contains ' '"),
            ("a:b", "contains ':'"),
        ],
    );
}

#[test]
fn name_parts() {
    all_ok(validate_name_part, ["a", "Retail", "a-1", "001"]);
    all_refused(
        validate_name_part,
        &[("", "is empty"), ("a b", "contains ' '"), ("a_b", "contains '_'"), ("É", "'É'")],
    );
}

const UUID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

#[test]
fn key_ids() {
    let rule = |value: &str| validate_key_id(value, "aws", "us-east-1");
    let multi_region = "mrk-1234abcd12ab34cd56ef1234567890ab";
    all_ok(
        rule,
        [
            UUID,
            multi_region,
            &format!("arn:aws:kms:us-east-1:210987654321:key/{UUID}"),
            &format!("arn:aws:kms:us-east-1:210987654321:key/{multi_region}"),
            "arn:aws:kms:us-east-1:210987654321:alias/logs",
        ],
    );
    all_refused(
        rule,
        &[
            ("", "is not a key id"),
            ("alias/logs", "set key_alias"),
            ("1234abcd-12ab-34cd-56ef-1234567890a", "is not a key id"),
            ("mrk-1234", "is not a key id"),
            (&format!("arn:aws:kms:us-west-2:210987654321:key/{UUID}"), "is in us-west-2: logs of us-east-1"),
            (&format!("arn:aws-cn:kms:us-east-1:210987654321:key/{UUID}"), "belongs to the partition aws-cn"),
            ("arn:aws:kms:us-east-1:210987654321:key/x", "is not the ARN of a key"),
            ("arn:aws:kms:us-east-1:210987654321:alias/aws/s3", "reserves for its own keys"),
            ("arn:aws:s3:::logs", "is not the ARN of a key"),
        ],
    );
}

#[test]
fn key_arns() {
    let rule = |value: &str| validate_key_arn(value, "aws");
    all_ok(rule, [format!("arn:aws:kms:eu-west-1:210987654321:key/{UUID}").as_str()]);
    all_refused(
        rule,
        &[
            (UUID, "is not the ARN of a key"),
            ("arn:aws:kms:eu-west-1:210987654321:alias/x", "is not the ARN of a key"),
            (&format!("arn:aws:kms::210987654321:key/{UUID}"), "is not the ARN of a key"),
            (&format!("arn:aws-cn:kms:eu-west-1:210987654321:key/{UUID}"), "belongs to the partition aws-cn"),
        ],
    );
}

#[test]
fn the_error_of_a_long_derived_name_says_what_to_shorten_or_to_set() {
    let name = format!("ssm-session-auditlogs-{}", "x".repeat(50));
    let error = validate_derived(DerivedName::Bucket, &name).unwrap_err();
    assert_eq!(
        error,
        format!(
            "the derived bucket name {name:?} has 72 characters, 9 too many: shorten org.organization_unit, \
             org.environment_name or org.environment_type, or set settings.bucket.name"
        )
    );
    for (kind, length, setting) in [
        (DerivedName::Alias, 300, "settings.kms.alias_name"),
        (DerivedName::LogGroup, 600, "settings.cloudwatch.log_group_name"),
    ] {
        let error = validate_derived(kind, &"x".repeat(length)).unwrap_err();
        assert!(error.contains("shorten org.organization_unit") && error.ends_with(setting), "{error}");
    }
}

#[test]
fn the_error_of_a_wrong_character_in_a_derived_name_says_what_to_set() {
    let error = validate_derived(DerivedName::Bucket, "ssm-session-auditlogs-a_b").unwrap_err();
    assert!(error.contains("contains '_'") && error.ends_with("or set settings.bucket.name"), "{error}");
}

proptest! {
    #[test]
    fn accepted_names_match_the_patterns_of_aws(name in "[a-zA-Z0-9./_#:-]{0,70}") {
        let matches = |pattern: &str, name: &str| Regex::new(pattern).unwrap().is_match(name);
        if validate_bucket_name(&name).is_ok() {
            prop_assert!(matches("^[a-z0-9][a-z0-9-]+[a-z0-9]$", &name) && name.len() <= 63);
        }
        if validate_alias(&name).is_ok() {
            let full = format!("alias/{}", name.strip_prefix("alias/").unwrap_or(&name));
            prop_assert!(matches("^alias/[a-zA-Z0-9/_-]+$", &full));
        }
        if validate_log_group_name(&name).is_ok() {
            prop_assert!(matches(r"^[.\-_/#A-Za-z0-9]+$", &name));
        }
    }

    #[test]
    fn no_text_makes_a_rule_panic_or_refuse_without_a_reason(text in "\\PC{0,80}|arn:[a-z:/]{0,60}") {
        for checked in [
            validate_bucket_name(&text),
            validate_alias(&text),
            validate_log_group_name(&text),
            validate_name_part(&text),
            validate_key_id(&text, "aws", "us-east-1"),
            validate_key_arn(&text, "aws"),
        ] {
            prop_assert!(checked.map_or_else(|error| error.len() > 20, |()| true));
        }
    }
}
