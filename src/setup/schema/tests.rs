//! The consistency of the schema, and every rule of a single setting with its exact diagnostic.

use terraform_plugin::framework::diagnostics::Severity;
use terraform_plugin::framework::schema::{Attribute, Presence, Shape};
use terraform_plugin::framework::types::Type;
use terraform_plugin::framework::value::Value;

use crate::setup::sample::{Setting, catalog, config, leaves, set, validated, written};

use super::SCHEMA;

fn walk(attributes: &[Attribute], check: &mut impl FnMut(&Attribute)) {
    for attribute in attributes {
        check(attribute);
        if let Shape::Nested(_, inner) = &attribute.shape {
            walk(inner, check);
        }
    }
}

#[test]
fn every_attribute_is_described() {
    walk(&SCHEMA.block.attributes, &mut |attribute| {
        assert!(!attribute.description.is_empty(), "{} has no description", attribute.name);
    });
}

#[test]
fn every_default_fulfils_its_own_rules() {
    walk(&SCHEMA.block.attributes, &mut |attribute| {
        if let terraform_plugin::framework::schema::Default::Fixed(value) = &attribute.default {
            for rule in &attribute.rules {
                assert_eq!(rule.check(value), Ok(()), "{}: {}", attribute.name, rule.accepts());
            }
        }
    });
}

#[test]
fn no_computed_attribute_contains_a_configurable_one() {
    walk(&SCHEMA.block.attributes, &mut |attribute| {
        if attribute.presence == Presence::Computed
            && let Shape::Nested(_, inner) = &attribute.shape
        {
            walk(inner, &mut |inner| assert_eq!(inner.presence, Presence::Computed, "{}", inner.name));
        }
    });
}

fn text(text: &str) -> Value {
    Value::from(text)
}

fn number(number: i64) -> Value {
    Value::number(number)
}

fn tags(tags: &[(&str, &str)]) -> Value {
    Value::map(tags.iter().map(|(key, value)| (*key, text(value))))
}

/// Mistakes of one setting each.
fn mistakes() -> Vec<Setting> {
    let policy = |text: &str| Value::string(text.replace('\'', "\""));
    let many: Vec<_> = (0..44).map(|n| format!("key-{n:02}")).collect();
    let roles = |arns: &[&str]| Value::set(arns.iter().map(|arn| text(arn)));
    vec![
        ("org", Value::Null),
        ("org.organization_name", text("")),
        ("org.organization_name", Value::Null),
        ("org.organization_name", text("Acme; Inc")),
        ("org.organization_name", Value::string("x".repeat(257))),
        ("org.organization_unit", text("")),
        ("org.organization_unit", Value::Null),
        ("org.organization_unit", text("human resources")),
        ("org.environment_type", text("")),
        ("org.environment_type", text("pr\u{f6}d")),
        ("org.environment_name", text("")),
        ("org.environment_name", text("shop_one")),
        ("spoke_def", text("")),
        ("spoke_def", text("12")),
        ("spoke_def", text("abc")),
        ("spoke_def", text("0001")),
        ("spoke_def", text("\u{664}\u{662}\u{660}")),
        ("extra_tags", tags(&[("", "x")])),
        ("extra_tags", tags(&[("aws:team", "x")])),
        ("extra_tags", tags(&[("AWS:team", "x")])),
        ("extra_tags", tags(&[("ssm-session-setup", "x")])),
        ("extra_tags", tags(&[("ssm-session-setup-stamp", "x")])),
        ("extra_tags", tags(&[("team", "a;b")])),
        ("extra_tags", tags(&many.iter().map(|key| (key.as_str(), "")).collect::<Vec<_>>())),
        ("region", text("")),
        ("region", text("us-east-1a")),
        ("region", text("Frankfurt")),
        ("assume_role.role_arn", Value::Null),
        ("assume_role.role_arn", text("")),
        ("assume_role.role_arn", text("admin")),
        ("assume_role.role_arn", text("arn:aws:iam::123456789012:user/admin")),
        ("assume_role.role_arn", text("arn:aws:sts::123456789012:assumed-role/admin/me")),
        ("assume_role.role_arn", text("arn:aws:iam::12345:role/admin")),
        ("assume_role.external_id", text("")),
        ("assume_role.external_id", text("x")),
        ("assume_role.external_id", text("a b")),
        ("assume_role.session_name", text("x")),
        ("assume_role.session_name", text("a/b")),
        ("assume_role.session_name", Value::string("x".repeat(65))),
        ("settings.allowed_iam_role_arns", roles(&["admin"])),
        ("settings.allowed_iam_role_arns", roles(&["", "arn:aws:iam::123456789012:role/good", "arn:aws:s3:::bucket"])),
        ("settings.allowed_iam_role_arns", Value::set([Value::Null])),
        ("settings.kms.key_alias", text("aws/s3")),
        ("settings.kms.key_alias", text("alias/")),
        ("settings.kms.key_alias", text("my key")),
        ("settings.kms.key_id", text("mykey")),
        ("settings.kms.key_id", text("alias/mykey")),
        ("settings.kms.key_id", text("arn:aws:kms:us-east-1:123456789012:alias/aws/s3")),
        ("settings.kms.key_id", text("arn:aws:s3:::bucket")),
        ("settings.kms.deletion_window", number(6)),
        ("settings.kms.deletion_window", number(31)),
        ("settings.kms.rotation_period_in_days", number(89)),
        ("settings.kms.rotation_period_in_days", number(2561)),
        ("settings.kms.alias_name", text("")),
        ("settings.kms.alias_name", text("aws/x")),
        ("settings.kms.alias_name", text("alias/aws/x")),
        ("settings.kms.alias_name", text("a.b")),
        ("settings.kms.alias_name", Value::string("x".repeat(251))),
        (
            "settings.kms.policy_statements",
            policy(
                "{'Statement':[{'Sid':'\\u042f','Effect':'Allow','Principal':'*','Action':'kms:*','Resource':'*'}]}",
            ),
        ),
        ("settings.kms.policy_statements", text("allow everything")),
        ("settings.kms.policy_statements", policy("{'Version':'2012-10-17'}")),
        (
            "settings.kms.policy_statements",
            policy("{'Statement':[{'Effect':'Allow','Principal':'*','Action':'kms:*'}]}"),
        ),
        ("settings.session.run_as", text("root")),
        ("settings.session.run_as", text("a b")),
        ("settings.session.run_as", text("-x")),
        ("settings.session.timeout", number(0)),
        ("settings.session.timeout", number(61)),
        ("settings.session.timeout", Value::Number("1.5".parse().unwrap())),
        ("settings.session.max_duration", number(-1)),
        ("settings.session.max_duration", number(1441)),
        ("settings.session.max_duration", Value::Number("1e30".parse().unwrap())),
        ("settings.session.node_tags", Value::map([("team", Value::Null)])),
        ("settings.session.node_tags", tags(&[("", "x")])),
        ("settings.session.node_tags", tags(&[("team", &"x".repeat(257))])),
        ("settings.session.node_tags", tags(&[("team", "\u{436}")])),
        ("settings.session.node_tags", tags(&[("\u{65e5}", "x")])),
        ("settings.audit.transition_days", number(20)),
        ("settings.audit.archive_days", number(-1)),
        ("settings.audit.retention_years", number(-1)),
        ("settings.audit.retention_years", number(101)),
        ("settings.audit.noncurrent_days", number(0)),
        ("settings.audit.prefix", text("a\nb")),
        ("settings.cloudwatch.retention", number(8)),
        ("settings.cloudwatch.retention", number(-1)),
        ("settings.cloudwatch.retention", Value::Number("7.5".parse().unwrap())),
        ("settings.cloudwatch.log_group_name", text("")),
        ("settings.cloudwatch.log_group_name", text("my group")),
        ("settings.cloudwatch.log_group_name", text("my#group")),
        ("settings.cloudwatch.log_group_name", text("aws/ssm")),
        ("settings.cloudwatch.log_group_name", Value::string("x".repeat(513))),
        ("settings.bucket.name", text("")),
        ("settings.bucket.name", text("ab")),
        ("settings.bucket.name", Value::string("x".repeat(64))),
        ("settings.bucket.name", text("audit.logs")),
        ("settings.bucket.name", text("Audit")),
        ("settings.bucket.name", text("-audit")),
        ("settings.bucket.name", text("xn--audit")),
        ("settings.bucket.name", text("audit-s3alias")),
        ("settings.bucket.key_prefix", Value::string("x".repeat(901))),
        ("settings.bucket.key_prefix", Value::string("\u{e9}".repeat(451))),
        ("settings.bucket.key_prefix", text("logs\n")),
        ("settings.bucket.key_prefix", text("logs\u{7f}/")),
        ("settings.bucket.key_prefix", text("\u{436}\u{443}\u{440}\u{43d}\u{430}\u{43b}/")),
        ("settings.bucket.object_ownership", text("ObjectWriter")),
        ("settings.bucket.object_lock.mode", text("governance")),
        ("settings.bucket.access_log.target_prefix", text("s3/")),
        ("settings.bucket.access_log.target_bucket", text("lo")),
        ("settings.bucket.access_log.target_bucket", text("arn:aws:s3:::logs")),
        ("settings.bucket.policy_statements", text("[]")),
        (
            "settings.bucket.policy_statements",
            policy(
                "{'Statement':{'Sid':'DenyInsecureTransport','Effect':'Deny','Principal':'*','Action':'s3:*','Resource':'*'}}",
            ),
        ),
        ("settings.document.on_existing", text("overwrite")),
        ("settings.document.on_destroy", text("keep")),
        ("settings.organization.account_id", text("12345")),
        ("settings.organization.service_principals", Value::set([Value::Null])),
        ("timeouts.create", text("20")),
        ("timeouts.read", text("0s")),
        ("timeouts.update", text("-5m")),
        ("timeouts.delete", text("8761h")),
        ("id", text("x")),
    ]
}

#[test]
fn every_mistake_in_one_setting_has_its_diagnostic() {
    let all = mistakes();
    for (path, value) in &all {
        let diagnostics = validated(&config(&[(path, value.clone())]));
        assert!(diagnostics.has_errors(), "{path} = {}", value.describe());
    }
    insta::assert_snapshot!(catalog(all.into_iter().map(|one| vec![one]), validated));
}

#[test]
fn an_object_lock_has_mode_and_days_within_bounds() {
    let lock = |mode: &str, days: i64| {
        vec![("settings.bucket.object_lock.mode", text(mode)), ("settings.bucket.object_lock.days", number(days))]
    };
    let mistakes = [
        vec![("settings.bucket.object_lock.mode", text("COMPLIANCE"))],
        lock("COMPLIANCE", 0),
        lock("GOVERNANCE", 36_501),
    ];
    insta::assert_snapshot!(catalog(mistakes, validated), @r#"
    settings.bucket.object_lock.mode = "COMPLIANCE"
    Error at settings.bucket.object_lock.days: Missing value for settings.bucket.object_lock.days
      settings.bucket.object_lock.days is required: The days of the default retention. Accepted: a whole number from 1 to 36500.

    settings.bucket.object_lock.mode = "COMPLIANCE"
    settings.bucket.object_lock.days = 0
    Error at settings.bucket.object_lock.days: Invalid value for settings.bucket.object_lock.days
      settings.bucket.object_lock.days is 0. Accepted: a whole number from 1 to 36500.

    settings.bucket.object_lock.mode = "GOVERNANCE"
    settings.bucket.object_lock.days = 36501
    Error at settings.bucket.object_lock.days: Invalid value for settings.bucket.object_lock.days
      settings.bucket.object_lock.days is 36501. Accepted: a whole number from 1 to 36500.
    "#);
}

#[test]
fn bounds_are_accepted() {
    let good: Vec<Setting> = vec![
        ("spoke_def", text("000")),
        ("org.environment_type", text("PROD-1")),
        ("extra_tags", Value::map((0..43).map(|n| (format!("key-{n}"), text(""))))),
        ("region", text("eusc-de-east-1")),
        ("settings.kms.deletion_window", number(7)),
        ("settings.kms.rotation_period_in_days", number(2560)),
        ("settings.kms.alias_name", Value::string("x".repeat(250))),
        ("settings.session.timeout", number(60)),
        ("settings.session.max_duration", number(0)),
        ("settings.audit.transition_days", number(0)),
        ("settings.audit.archive_days", number(1)),
        ("settings.audit.retention_years", number(0)),
        ("settings.audit.prefix", text("session-manager/")),
        ("settings.kms.policy_statements", text("")),
        ("settings.bucket.policy_statements", text("")),
        ("settings.cloudwatch.retention", number(3653)),
        ("settings.cloudwatch.log_group_name", Value::string("x".repeat(512))),
        ("settings.bucket.name", Value::string("x".repeat(63))),
        ("settings.bucket.object_lock.mode", text("COMPLIANCE")),
        ("settings.bucket.object_lock.days", number(36_500)),
        ("assume_role.role_arn", text("arn:aws-cn:iam::123456789012:role/path/name")),
        ("assume_role.external_id", text("ab")),
        ("assume_role.session_name", Value::string("x".repeat(64))),
        ("timeouts.delete", text("8760h")),
        ("settings.bucket.key_prefix", Value::string("x".repeat(900))),
        ("settings.bucket.access_log.target_bucket", text("Old_Logs.example.com")),
        ("settings.session.node_tags", tags(&[("Gr\u{f6}\u{df}e", "\u{ff}")])),
    ];
    assert_eq!(written(&validated(&config(&good))), "");
}

#[test]
fn a_diagnostic_states_the_value_once() {
    let report = written(&validated(&config(&[("settings.bucket.name", text("audit.logs"))])));
    assert_eq!(report.matches("audit.logs").count(), 1, "{report}");
}

#[test]
fn an_unknown_or_absent_setting_is_no_mistake() {
    for (path, attribute) in leaves() {
        for value in [Value::Unknown, Value::Null] {
            let mut config = config(&[
                ("assume_role.role_arn", text("arn:aws:iam::123456789012:role/name")),
                ("settings.bucket.object_lock.mode", text("COMPLIANCE")),
                ("settings.bucket.object_lock.days", number(1)),
                ("settings.bucket.access_log.target_bucket", text("access-logs")),
            ]);
            set(&mut config, &path, value.clone());
            let diagnostics = validated(&config);
            if value.is_null() && attribute.presence == Presence::Required {
                let one: Vec<_> = diagnostics.iter().map(|one| one.summary.clone()).collect();
                assert_eq!(one, [format!("Missing value for {path}")]);
            } else {
                assert_eq!(written(&diagnostics), "", "{path} = {}", value.describe());
            }
        }
    }
}

#[test]
fn a_group_may_be_unknown_or_absent() {
    for group in
        ["kms", "session", "session.shell_profile", "audit", "cloudwatch", "bucket", "document", "organization"]
    {
        for value in [Value::Unknown, Value::Null] {
            let mut config = config(&[("settings.random_bucket_suffix", Value::Bool(true))]);
            set(&mut config, &format!("settings.{group}"), value);
            assert_eq!(written(&validated(&config)), "", "{group}");
        }
    }
    assert_eq!(written(&validated(&config(&[("settings", Value::Unknown), ("org", Value::Unknown)]))), "");
}

#[test]
fn a_null_tag_is_no_tag() {
    let null = Value::map([("team", Value::Null), ("organization", Value::Null)]);
    assert_eq!(written(&validated(&config(&[("extra_tags", null)]))), "");
    // A tag that is absent does not count, and removes a standard one.
    let many = (0..44).map(|n| (format!("key-{n:02}"), text("")));
    let fewer = Value::map(many.chain([("organization".to_owned(), Value::Null)]));
    assert_eq!(written(&validated(&config(&[("extra_tags", fewer)]))), "");
}

#[test]
fn unknown_elements_are_ignored() {
    let unknown_elements: Vec<Setting> = vec![
        ("extra_tags", Value::map([("team", Value::Unknown)])),
        ("settings.allowed_iam_role_arns", Value::set([Value::Unknown, Value::Unknown])),
        ("settings.session.node_tags", Value::map([("team", Value::Unknown)])),
        ("settings.organization.service_principals", Value::set([Value::Unknown])),
    ];
    assert_eq!(written(&validated(&config(&unknown_elements))), "");
}

#[test]
fn ten_mistakes_are_ten_errors() {
    let diagnostics = validated(&config(&[
        ("org.organization_unit", text("")),
        ("spoke_def", text("12")),
        ("region", text("")),
        ("assume_role.role_arn", text("admin")),
        ("settings.kms.deletion_window", number(6)),
        ("settings.session.timeout", number(61)),
        ("settings.audit.archive_days", number(45)),
        ("settings.cloudwatch.retention", number(8)),
        ("settings.bucket.create", Value::Bool(false)),
        ("timeouts.create", text("soon")),
    ]));
    let paths: Vec<_> = diagnostics.iter().map(|one| one.path.as_ref().unwrap().to_string()).collect();
    assert_eq!(
        paths,
        [
            "org.organization_unit",
            "spoke_def",
            "region",
            "assume_role.role_arn",
            "settings.kms.deletion_window",
            "settings.session.timeout",
            "settings.cloudwatch.retention",
            "timeouts.create",
            "settings.audit.archive_days",
            "settings.bucket.name",
        ]
    );
    assert!(diagnostics.iter().all(|one| one.severity == Severity::Error));
}

#[test]
fn every_leaf_with_a_rule_has_a_mistake_in_the_table() {
    let tried: Vec<_> = mistakes().into_iter().map(|(path, _)| path).collect();
    for (path, attribute) in leaves() {
        // These are tested together with the settings that they need.
        let together =
            ["settings.bucket.account_id", "settings.bucket.kms_key_arn", "settings.bucket.object_lock.days"];
        let tried = tried.contains(&path.as_str()) || together.contains(&path.as_str());
        assert!(attribute.rules.is_empty() || tried, "{path} has rules that no test breaks");
        // These texts have no rule.
        let free = ["linux", "windows", "target_prefix"];
        let plain = matches!(attribute.ty(), Type::String | Type::Number);
        assert!(!plain || !attribute.rules.is_empty() || free.contains(&&*attribute.name), "{path} has no rule");
    }
}
