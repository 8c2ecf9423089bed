//! Every diagnostic of a plan: values that are wrong only in the caller's place, and effects on logs and sessions.

use terraform_plugin::framework::value::Value;

use crate::setup::sample::{KEY_ID, Setting, applied, catalog, config, planned, validated, written};

fn text(text: &str) -> Value {
    Value::from(text)
}

fn many_roles(number: usize) -> Value {
    Value::set((0..number).map(|n| Value::string(format!("arn:aws:iam::123456789012:role/{n:064}"))))
}

fn roles(arns: &[&str]) -> Value {
    Value::set(arns.iter().map(|arn| text(arn)))
}

/// Settings that pass validation, and are wrong in account 123456789012, region us-east-1.
fn mistakes() -> Vec<Vec<Setting>> {
    let off = || Value::Bool(false);
    let statements = |sid: &str, condition: &str| {
        Value::string(format!(
            r#"{{"Statement":[{{"Sid":"{sid}","Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{{"Bool":{{"aws:x":"{condition}"}}}}}}]}}"#
        ))
    };
    let unit = |length: usize| ("org.organization_unit", Value::string("u".repeat(length)));
    let existing_key =
        |arn: &str| vec![("settings.kms.enabled", Value::Bool(false)), ("settings.kms.key_id", text(arn))];
    vec![
        // A bucket's name has at most 63 characters; here it has 64.
        vec![unit(13)],
        vec![unit(22), ("settings.random_bucket_suffix", off())],
        vec![unit(210), ("settings.bucket.name", text("audit-logs"))],
        vec![
            unit(256),
            ("org.environment_name", Value::string("e".repeat(250))),
            ("org.organization_name", text("x")),
            ("settings.bucket.name", text("audit-logs")),
            ("settings.kms.alias_name", text("logs")),
            ("settings.cloudwatch.enabled", Value::Bool(true)),
        ],
        vec![("org.organization_name", Value::string("n".repeat(250)))],
        vec![("extra_tags", Value::map((0..43).map(|n| (format!("key-{n}"), text("")))))],
        vec![("settings.allowed_iam_role_arns", roles(&["arn:aws-cn:iam::123456789012:role/node"]))],
        vec![
            ("settings.kms.enabled", off()),
            (
                "settings.allowed_iam_role_arns",
                roles(&["arn:aws:iam::123456789012:role/node", "arn:aws:iam::210987654321:role/node"]),
            ),
        ],
        existing_key(&format!("arn:aws:kms:eu-west-1:123456789012:key/{KEY_ID}")),
        existing_key(&format!("arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/{KEY_ID}")),
        vec![
            ("settings.bucket.create", off()),
            ("settings.bucket.name", text("central-logs")),
            (
                "settings.bucket.kms_key_arn",
                Value::string(format!("arn:aws-cn:kms:cn-north-1:210987654321:key/{KEY_ID}")),
            ),
        ],
        vec![("settings.kms.policy_statements", statements("Long", &"x".repeat(33_000)))],
        vec![("settings.bucket.policy_statements", statements("Long", &"x".repeat(21_000)))],
        vec![("settings.allowed_iam_role_arns", many_roles(300))],
        vec![("settings.bucket.key_prefix", Value::string("*".repeat(900)))],
        vec![(
            "settings.session.node_tags",
            Value::map((0..20).map(|n| (format!("key-{n}"), Value::string("v".repeat(256))))),
        )],
        vec![
            ("settings.bucket.create", off()),
            ("settings.bucket.name", text("central-logs")),
            ("settings.bucket.kms_key_arn", Value::string(format!("arn:aws:kms:us-east-1:210987654321:key/{KEY_ID}"))),
            ("settings.allowed_iam_role_arns", many_roles(300)),
            ("settings.kms.enabled", off()),
            ("settings.kms.key_alias", text("theirs")),
        ],
        vec![(
            "settings.bucket.access_log.target_bucket",
            text("ssm-session-auditlogs-retail-shop-prod-001-usea1-u9ryjeaq"),
        )],
        vec![("settings.session.shell_profile.linux", Value::string("x".repeat(65_536)))],
    ]
}

#[test]
fn every_mistake_in_this_place_has_its_diagnostic() {
    for settings in mistakes() {
        let config = config(&settings);
        assert_eq!(written(&validated(&config)), "", "validation accepts what the plan refuses");
        assert!(planned(&config, &Value::Null).diagnostics.has_errors());
    }
    insta::assert_snapshot!(catalog(mistakes(), |config| planned(config, &Value::Null).diagnostics));
}

#[test]
fn names_of_the_maximum_length_are_planned() {
    let longest = config(&[("org.organization_unit", Value::string("u".repeat(12)))]);
    let plan = planned(&longest, &Value::Null);
    assert_eq!(plan.planned.at("bucket.name").as_str().map(str::len), Some(63));
    assert_eq!(written(&plan.diagnostics), "");
}

#[test]
fn roles_of_other_accounts_are_fine_with_a_customer_key() {
    let roles = ("settings.allowed_iam_role_arns", roles(&["arn:aws:iam::210987654321:role/node"]));
    let existing =
        [roles.clone(), ("settings.kms.enabled", Value::Bool(false)), ("settings.kms.key_alias", text("logs"))];
    for settings in [vec![roles], existing.to_vec()] {
        assert_eq!(written(&planned(&config(&settings), &Value::Null).diagnostics), "");
    }
}

fn warnings(before: &[Setting], after: &[Setting]) -> String {
    let plan = planned(&config(after), &applied(&config(before)));
    written(&plan.diagnostics)
}

#[test]
fn only_shorter_retention_is_a_warning() {
    let on = ("settings.cloudwatch.enabled", Value::Bool(true));
    let days = |days: i64| [on.clone(), ("settings.cloudwatch.retention", Value::number(days))];
    let years = |years: i64| [("settings.audit.retention_years", Value::number(years))];
    for (before, after) in [(7, 14), (7, 0), (7, 7)] {
        assert_eq!(warnings(&days(before), &days(after)), "");
    }
    for (before, after) in [(1, 5), (5, 0), (0, 0)] {
        assert_eq!(warnings(&years(before), &years(after)), "");
    }
    let all = [
        warnings(&days(14), &days(7)),
        warnings(&days(0), &days(7)),
        warnings(&years(5), &years(1)),
        warnings(&years(0), &years(1)),
    ];
    insta::assert_snapshot!(all.concat(), @"
    Warning at settings.cloudwatch.retention: Events in CloudWatch Logs will be kept for less time
      Events in CloudWatch Logs were kept 14 days and will be kept 7 days. Older ones are deleted permanently.
    Warning at settings.cloudwatch.retention: Events in CloudWatch Logs will be kept for less time
      Events in CloudWatch Logs were kept forever and will be kept 7 days. Older ones are deleted permanently.
    Warning at settings.audit.retention_years: Logs in the bucket will be kept for less time
      Logs in the bucket were kept 1825 days and will be kept 365 days. Older ones are deleted permanently.
    Warning at settings.audit.retention_years: Logs in the bucket will be kept for less time
      Logs in the bucket were kept forever and will be kept 365 days. Older ones are deleted permanently.
    ");
}

#[test]
fn a_lock_in_compliance_mode_is_a_warning_where_it_begins() {
    let lock = |mode: &str, days: i64| {
        [("settings.bucket.object_lock.mode", text(mode)), ("settings.bucket.object_lock.days", Value::number(days))]
    };
    let compliance = lock("COMPLIANCE", 400);
    let begins = warnings(&[], &compliance);
    assert_eq!(written(&planned(&config(&compliance), &Value::Null).diagnostics), begins);
    assert!(begins.contains("400 days"), "{begins}");
    assert_eq!(warnings(&lock("GOVERNANCE", 400), &compliance), begins);
    assert_ne!(warnings(&lock("COMPLIANCE", 300), &compliance), "");
    assert_eq!(warnings(&compliance, &compliance), "");
    assert_eq!(warnings(&[], &lock("GOVERNANCE", 400)), "");
}

#[test]
fn new_permissions_of_sessions_are_one_warning() {
    let off = || ("settings.kms.enabled", Value::Bool(false));
    let all = [
        warnings(&[], &[("settings.session.run_as", text("ops"))]),
        warnings(&[off()], &[]),
        warnings(&[("settings.session.kms_encryption", Value::Bool(false))], &[]),
        warnings(
            &[],
            &[("settings.cloudwatch.enabled", Value::Bool(true)), ("settings.bucket.key_prefix", text("x/"))],
        ),
    ];
    insta::assert_snapshot!(all.concat());
    for (before, after) in [
        (vec![], vec![off()]),
        (vec![("settings.session.run_as", text("ops"))], vec![]),
        (vec![("settings.bucket.key_prefix", text("a/"))], vec![("settings.bucket.key_prefix", text("a/b/"))]),
    ] {
        assert!(!warnings(&before, &after).contains("new permissions"), "{after:?}");
    }
}

#[test]
fn settings_without_effect_are_a_warning() {
    let of = |settings: &[Setting]| written(&planned(&config(settings), &Value::Null).diagnostics);
    let run_as = [("settings.session.run_as", text("ops")), ("settings.session.run_as_enabled", Value::Bool(false))];
    let prefix = ("settings.audit.prefix", text("other/"));
    assert!(of(&run_as).contains("The Run As user is not used"));
    let ssm_user = [("settings.session.run_as", text("ssm-user"))];
    assert!(of(&ssm_user).contains("The agent does not create the Run As user"));
    assert!(!of(&[("settings.session.run_as", text("ops"))]).contains("does not create"));
    assert!(of(std::slice::from_ref(&prefix)).contains("The lifecycle rule is not for the logs"));
    let covered = [prefix, ("settings.bucket.key_prefix", text("other/sessions/"))];
    assert_eq!(of(&covered), "");
}

#[test]
fn a_lifecycle_rule_for_more_objects_is_a_warning() {
    let prefix = |prefix: &str| [("settings.audit.prefix", text(prefix))];
    for (before, after, warns) in [("a/", "", true), ("a/", "b/", true), ("", "a/", false), ("a/", "a/b", false)] {
        let found = warnings(&prefix(before), &prefix(after)).contains("will be for more objects");
        assert_eq!(found, warns, "{before:?} -> {after:?}");
    }
}
