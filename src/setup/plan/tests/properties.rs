//! The rules of hosts for plans, over configurations with nulls and unknowns anywhere.
//!
//! Follows `objchange.AssertPlanValid` and the comparison of a plan with the plan made again before an apply.

use proptest::prelude::*;
use proptest::sample::select;
use terraform_plugin::framework::schema::Attribute;
use terraform_plugin::testing::rules::{actual_against_planned, planned_against_config};

use crate::setup::sample::validated;

use super::*;

/// Valid values of a setting.
pub(super) fn choices(path: &str, attribute: &Attribute) -> Vec<Value> {
    let texts = |texts: &[&str]| texts.iter().map(|one| text(one)).collect();
    let numbers = |numbers: &[i64]| numbers.iter().map(|one| Value::number(*one)).collect();
    match path {
        "region" => texts(&["us-east-1"]),
        "spoke_def" => texts(&["001", "002"]),
        "extra_tags" | "settings.session.node_tags" => {
            vec![Value::map([("a", text("b"))]), Value::map([("a", text("b")), ("c", text("d"))])]
        }
        "assume_role.role_arn" => vec![Value::from(role("123456789012"))],
        "assume_role.external_id" | "assume_role.session_name" => texts(&["abc"]),
        "settings.allowed_iam_role_arns" => {
            vec![Value::set([Value::from(role("123456789012"))]), Value::set([Value::from(role("210987654321"))])]
        }
        "settings.kms.key_alias" => texts(&["", "logs", "alias/logs"]),
        "settings.kms.key_id" => texts(&["", KEY_ID, KEY_ARN]),
        "settings.kms.deletion_window" => numbers(&[7, 30]),
        "settings.kms.rotation_period_in_days" => numbers(&[90, 365]),
        "settings.kms.alias_name" => texts(&["sessions", "alias/sessions"]),
        "settings.kms.policy_statements" | "settings.bucket.policy_statements" => texts(&[STATEMENT]),
        "settings.session.timeout" | "settings.session.max_duration" => numbers(&[1, 20, 60]),
        "settings.audit.transition_days" => numbers(&[0, 30]),
        "settings.audit.archive_days" => numbers(&[0, 60, 90]),
        "settings.audit.retention_years" => numbers(&[0, 1, 5]),
        "settings.audit.noncurrent_days" | "settings.bucket.object_lock.days" => numbers(&[1, 30]),
        "settings.cloudwatch.retention" => numbers(&[0, 7, 14]),
        "settings.cloudwatch.log_group_name" => texts(&["existing", "/aws/ssm/other"]),
        "settings.bucket.name" => texts(&["audit-logs", "central-logs"]),
        "settings.bucket.account_id" => texts(&["123456789012", "210987654321"]),
        "settings.organization.account_id" => texts(&["210987654321"]),
        "settings.bucket.kms_key_arn" => texts(&[KEY_ARN]),
        "settings.bucket.object_ownership" => texts(&["BucketOwnerEnforced", "BucketOwnerPreferred"]),
        "settings.bucket.object_lock.mode" => texts(&["GOVERNANCE", "COMPLIANCE"]),
        "settings.bucket.access_log.target_bucket" => texts(&["access-logs"]),
        "settings.document.on_existing" => texts(&["fail", "adopt"]),
        "settings.document.on_destroy" => texts(&["restore", "delete", "retain"]),
        "settings.organization.service_principals" => vec![Value::set([text("ssm.amazonaws.com")])],
        // A delegation is not a setup.
        "settings.organization.delegated" => vec![Value::Bool(false)],
        _ if path.starts_with("timeouts.") => texts(&["20m", "1200s", "1h"]),
        _ if path.starts_with("org.") => texts(&["shop", "Shop", "other"]),
        _ => match attribute.ty() {
            terraform_plugin::framework::types::Type::Bool => vec![Value::Bool(true), Value::Bool(false)],
            _ => texts(&["", "ops"]),
        },
    }
}

/// The value of a setting: absent more often than anything else.
fn setting(path: &str, attribute: &Attribute) -> impl Strategy<Value = (Option<Value>, Value)> + use<> {
    let good = choices(path, attribute);
    let required = attribute.presence == Presence::Required;
    let resolved = select(good.clone());
    let configured = prop_oneof![
        4 => Just(None),
        1 => Just(Some(Value::Unknown)),
        2 => select(good).prop_map(Some),
    ];
    (configured, resolved, any::<bool>()).prop_map(move |(configured, resolved, null)| {
        (configured, if null && !required { Value::Null } else { resolved })
    })
}

/// A valid configuration, and the same with every unknown value resolved.
fn configurations() -> impl Strategy<Value = (Value, Value)> {
    let settings: Vec<_> = leaves().into_iter().map(|(path, attribute)| setting(&path, attribute)).collect();
    let groups = ["kms", "session", "session.shell_profile", "audit", "cloudwatch", "bucket", "document"];
    let group = prop_oneof![9 => Just(None), 1 => select(groups.to_vec()).prop_map(Some)];
    (settings, group).prop_map(|(chosen, group)| {
        let (mut open, mut resolved) = (config(&[]), config(&[]));
        for ((path, _), (configured, known)) in leaves().iter().zip(chosen) {
            let Some(configured) = configured else { continue };
            set(&mut resolved, path, if configured.is_unknown() { known } else { configured.clone() });
            set(&mut open, path, configured);
        }
        if let Some(group) = group {
            set(&mut open, &format!("settings.{group}"), Value::Unknown);
        }
        remove_conflicts(&mut open, &mut resolved);
        (open, resolved)
    })
}

/// Removes the groups whose settings do not go together.
fn remove_conflicts(open: &mut Value, resolved: &mut Value) {
    for _ in 0..4 {
        let errors: Vec<_> = validated(open).into_iter().chain(validated(resolved)).collect();
        for path in errors.iter().filter_map(|one| one.path.as_ref()) {
            let path = path.to_string();
            let group = path.rsplit_once('.').map_or(path.as_str(), |(group, _)| group);
            for config in [&mut *open, &mut *resolved] {
                if !config.at(group).is_unknown() {
                    set(config, group, Value::Null);
                }
            }
        }
    }
    assert_eq!(written(&validated(open)), "");
    assert_eq!(written(&validated(resolved)), "");
}

fn priors() -> Vec<Value> {
    let mut priors: Vec<_> = kinds().iter().map(|settings| applied(&config(settings))).collect();
    priors.push(Value::Null);
    priors
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plans_follow_the_rules_of_hosts((open, resolved) in configurations(), prior in select(priors())) {
        let first = planned(&open, &prior);
        prop_assert_eq!(planned_against_config(&SCHEMA.block, &prior, &open, &first.planned), [""; 0]);
        prop_assert!(first.planned.as_map().unwrap().len() == SCHEMA.block.attributes.len());
        let second = planned(&resolved, &prior);
        prop_assert_eq!(planned_against_config(&SCHEMA.block, &prior, &resolved, &second.planned), [""; 0]);
        prop_assert_eq!(actual_against_planned(&SCHEMA.ty(), &first.planned, &second.planned), [""; 0]);
    }

    #[test]
    fn the_plan_after_a_create_of_known_values_is_empty((_, resolved) in configurations()) {
        let state = applied(&resolved);
        prop_assert_eq!(changed(&state, &planned(&resolved, &state).planned), Vec::<String>::new());
        prop_assert_eq!(&planned(&resolved, &state).planned, &state);
    }
}
