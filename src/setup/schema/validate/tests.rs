//! Every rule across settings with its exact diagnostic.

use terraform_plugin::framework::value::Value;

use crate::setup::sample::{Setting, catalog, config, set, validated, written};

use super::validate;

const KEY_ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

fn text(text: &str) -> Value {
    Value::from(text)
}

/// Settings that do not go together.
fn mistakes() -> Vec<Vec<Setting>> {
    let days = |transition: i64, archive: i64, years: i64| {
        vec![
            ("settings.audit.transition_days", Value::number(transition)),
            ("settings.audit.archive_days", Value::number(archive)),
            ("settings.audit.retention_years", Value::number(years)),
        ]
    };
    let off = Value::Bool(false);
    vec![
        vec![
            ("settings.kms.enabled", off.clone()),
            ("settings.kms.key_alias", text("logs")),
            ("settings.kms.key_id", text(KEY_ID)),
        ],
        vec![("settings.kms.key_alias", text("logs"))],
        vec![("settings.kms.enabled", Value::Bool(true)), ("settings.kms.key_id", text(KEY_ID))],
        vec![("settings.bucket.create", off.clone()), ("settings.bucket.name", text("arn:aws:s3:::logs"))],
        days(30, 45, 5),
        days(400, 0, 1),
        days(0, 365, 1),
        days(330, 365, 1),
        days(400, 500, 1),
        vec![("settings.bucket.create", off.clone())],
        vec![("settings.bucket.account_id", text("123456789012"))],
        vec![(
            "settings.bucket.kms_key_arn",
            Value::string(format!("arn:aws:kms:us-east-1:123456789012:key/{KEY_ID}")),
        )],
        vec![
            ("settings.bucket.create", off.clone()),
            ("settings.bucket.name", text("central-logs")),
            ("settings.bucket.account_id", text("1234")),
            ("settings.bucket.kms_key_arn", text(KEY_ID)),
        ],
        vec![
            ("settings.bucket.object_lock.mode", text("COMPLIANCE")),
            ("settings.bucket.object_lock.days", Value::number(1)),
            ("settings.bucket.versioning", off.clone()),
        ],
        vec![
            ("settings.bucket.name", text("audit-logs")),
            ("settings.bucket.access_log.target_bucket", text("audit-logs")),
        ],
        vec![("settings.cloudwatch.enabled", Value::Bool(true)), ("settings.cloudwatch.create", off)],
        vec![("settings.organization.delegated", Value::Bool(true))],
    ]
}

#[test]
fn every_mistake_across_settings_has_its_diagnostic() {
    for settings in mistakes() {
        assert_ne!(written(&validated(&config(&settings))), "", "{settings:?}");
    }
    insta::assert_snapshot!(catalog(mistakes(), validated));
}

/// A rule across settings applies only when all settings that it needs are known.
#[test]
fn no_rule_mentions_an_unknown_setting() {
    for settings in mistakes() {
        for (path, _) in &settings {
            let mut config = config(&settings);
            set(&mut config, path, Value::Unknown);
            let report = written(&validate(&config));
            let name = path.rsplit('.').next().unwrap();
            assert!(!report.contains(name), "{path} is unknown: {report}");
        }
    }
}

#[test]
fn valid_combinations_are_accepted() {
    let off = Value::Bool(false);
    let good: Vec<Vec<Setting>> = vec![
        vec![],
        vec![("settings.kms.enabled", off.clone())],
        vec![("settings.kms.enabled", off.clone()), ("settings.kms.key_alias", text("alias/logs"))],
        vec![("settings.kms.key_alias", text("")), ("settings.kms.key_id", text(""))],
        vec![("settings.session.run_as_enabled", Value::Bool(true))],
        vec![
            ("settings.audit.transition_days", Value::number(334)),
            ("settings.audit.archive_days", Value::number(364)),
            ("settings.audit.retention_years", Value::number(1)),
        ],
        vec![
            ("settings.audit.transition_days", Value::number(36_500)),
            ("settings.audit.archive_days", Value::number(0)),
            ("settings.audit.retention_years", Value::number(0)),
        ],
        vec![("settings.bucket.create", off.clone()), ("settings.bucket.name", text("central-logs"))],
        vec![("settings.bucket.create", off.clone()), ("settings.bucket.name", text("Central_Logs.example.com"))],
        vec![("settings.bucket.create", off.clone()), ("settings.bucket.name", Value::string("x".repeat(255)))],
        vec![("settings.cloudwatch.create", off.clone())],
        vec![("settings.cloudwatch.create", off), ("settings.cloudwatch.log_group_name", text("/their#group"))],
    ];
    for settings in good {
        assert_eq!(written(&validated(&config(&settings))), "", "{settings:?}");
    }
}
