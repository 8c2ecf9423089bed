//! Accepted values, refused values, and the reasons for the refusal.

use proptest::prelude::*;

use super::*;

/// Asserts that a rule accepts each value.
pub(crate) fn all_ok<'a>(rule: impl Fn(&str) -> Result<(), String>, values: impl IntoIterator<Item = &'a str>) {
    for value in values {
        assert_eq!(rule(value), Ok(()), "{value:?}");
    }
}

/// Asserts that a rule refuses each value, with a reason that contains the second text.
pub(crate) fn all_refused(rule: impl Fn(&str) -> Result<(), String>, cases: &[(&str, &str)]) {
    for (value, expected) in cases {
        let error = rule(value).expect_err(value);
        assert!(error.contains(expected), "{value:?}: {error}");
    }
}

#[test]
fn account_ids() {
    all_ok(validate_account_id, ["123456789012", "000000000000"]);
    all_refused(
        validate_account_id,
        &[("", "12 digits"), ("12345678901", "12 digits"), ("12345678901a", "12 digits"), ("1234-5678-9012", "12")],
    );
}

#[test]
fn role_arns() {
    let (longest, too_long) = ("r".repeat(64), "r".repeat(65));
    let arn = |name: &str| format!("arn:aws:iam::123456789012:role/{name}");
    let rule = |value: &str| validate_role_arn(value, "aws");
    for name in ["x", "a/b/c+=,.@-_", "aws-service-role/ssm.amazonaws.com/X", &longest] {
        all_ok(rule, [arn(name).as_str()]);
    }
    all_ok(|value| validate_role_arn(value, "aws-us-gov"), ["arn:aws-us-gov:iam::123456789012:role/x"]);
    all_refused(
        rule,
        &[
            ("", "is not an ARN"),
            ("role/x", "is not an ARN"),
            ("arn:aws:iam::123456789012", "is not an ARN"),
            ("arn:aws-cn:iam::123456789012:role/x", "belongs to the partition aws-cn, not to aws"),
            ("arn:aws:iam::123456789012:user/x", "is not the ARN of an IAM role"),
            ("arn:aws:iam::12:role/x", "is not the ARN of an IAM role"),
            ("arn:aws:iam:us-east-1:123456789012:role/x", "is not the ARN of an IAM role"),
            ("arn:aws:sts::123456789012:assumed-role/x/y", "is not the ARN of an IAM role"),
            (&arn(""), "holds no valid role name"),
            (&arn("a/"), "holds no valid role name"),
            (&arn("a*"), "holds no valid role name"),
            (&arn(&too_long), "holds no valid role name"),
        ],
    );
}

proptest! {
    #[test]
    fn no_text_makes_a_rule_panic_or_refuse_without_a_reason(text in "\\PC{0,80}|arn:[a-z:/]{0,60}") {
        for checked in [validate_account_id(&text), validate_role_arn(&text, "aws")] {
            prop_assert!(checked.map_or_else(|error| error.len() > 20, |()| true));
        }
    }
}
