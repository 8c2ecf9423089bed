//! Plans without AWS: what is known, what depends on what, and the rules of the hosts.

mod leaves;
mod moves;
mod properties;
mod replacement;

use std::collections::BTreeSet;

use terraform_plugin::framework::schema::Presence;

use crate::setup::sample::{KEY_ARN, KEY_ID, Setting, applied, config, leaves, model, place, planned, set, written};

use super::*;

fn text(text: &str) -> Value {
    Value::from(text)
}

fn role(account_id: &str) -> String {
    format!("arn:aws:iam::{account_id}:role/node")
}

const STATEMENT: &str =
    r#"{"Statement":[{"Sid":"Mine","Effect":"Allow","Principal":"*","Action":"kms:Sign","Resource":"*"}]}"#;

/// A value other than the default for every setting that keeps all parts managed.
fn rich() -> Vec<Setting> {
    vec![
        ("spoke_def", text("002")),
        ("is_hub", Value::Bool(true)),
        ("extra_tags", Value::map([("cost", text("42"))])),
        ("settings.allowed_iam_role_arns", Value::set([Value::from(role("123456789012"))])),
        ("settings.kms.deletion_window", Value::number(7)),
        ("settings.kms.rotation_period_in_days", Value::number(365)),
        ("settings.kms.alias_name", text("alias/sessions")),
        ("settings.kms.policy_statements", text(STATEMENT)),
        ("settings.session.run_as", text("ops")),
        ("settings.session.timeout", Value::number(5)),
        ("settings.session.shell_profile.linux", text("exec bash")),
        ("settings.audit.retention_years", Value::number(1)),
        ("settings.cloudwatch.enabled", Value::Bool(true)),
        ("settings.cloudwatch.streaming", Value::Bool(true)),
        ("settings.bucket.name", text("audit-logs")),
        ("settings.bucket.object_lock.mode", text("GOVERNANCE")),
        ("settings.bucket.object_lock.days", Value::number(1)),
        ("settings.bucket.access_log.target_bucket", text("access-logs")),
        ("settings.document.on_destroy", text("delete")),
        ("timeouts.create", text("20m")),
    ]
}

/// Setups of every kind.
fn kinds() -> Vec<Vec<Setting>> {
    let off = Value::Bool(false);
    let existing =
        |name: &'static str, value: &str| vec![("settings.kms.enabled", Value::Bool(false)), (name, text(value))];
    vec![
        vec![],
        rich(),
        existing("settings.kms.key_id", KEY_ID),
        existing("settings.kms.key_id", KEY_ARN),
        existing("settings.kms.key_alias", "logs"),
        vec![("settings.kms.enabled", off.clone())],
        vec![("settings.kms.enable_key_rotation", off.clone())],
        vec![("settings.bucket.create", off.clone()), ("settings.bucket.name", text("central-logs"))],
        vec![
            ("settings.cloudwatch.enabled", Value::Bool(true)),
            ("settings.cloudwatch.create", off.clone()),
            ("settings.cloudwatch.log_group_name", text("existing")),
        ],
        vec![("settings.document.enabled", off)],
        vec![
            ("settings.audit.transition_days", Value::number(0)),
            ("settings.audit.archive_days", Value::number(0)),
            ("settings.audit.retention_years", Value::number(0)),
        ],
    ]
}

/// Every value in a state, by its path.
fn values(state: &Value) -> Vec<(String, Value)> {
    fn walk(path: &str, value: &Value, found: &mut Vec<(String, Value)>) {
        match value {
            Value::Map(entries) if !path.contains("tags") && !entries.is_empty() => {
                for (name, value) in entries {
                    walk(&if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, value, found);
                }
            }
            _ => found.push((path.to_owned(), value.clone())),
        }
    }
    let mut found = Vec::new();
    walk("", state, &mut found);
    found
}

/// The paths of computed values that differ between `one` and `other`.
fn changed(one: &Value, other: &Value) -> Vec<String> {
    let attributes = SCHEMA.block.attributes.iter();
    let computed = attributes.filter(|attribute| attribute.presence == Presence::Computed);
    let computed: BTreeSet<_> = computed.map(|attribute| attribute.name.as_str()).collect();
    let paths = values(one).into_iter().chain(values(other)).map(|(path, _)| path);
    let paths: BTreeSet<_> = paths.filter(|path| computed.contains(path.split('.').next().unwrap())).collect();
    paths.into_iter().filter(|path| one.at(path) != other.at(path)).collect()
}

fn unknown_paths(planned: &Value) -> Vec<String> {
    values(planned).into_iter().filter(|(_, value)| !value.is_wholly_known()).map(|(path, _)| path).collect()
}

#[test]
fn a_create_plan_knows_everything_except_what_aws_decides() {
    let lines = values(&planned(&config(&rich()), &Value::Null).planned);
    let lines = lines.into_iter().map(|(path, value)| format!("{path} = {}\n", value.describe()));
    insta::assert_snapshot!(lines.collect::<String>());
}

#[test]
fn a_setup_of_any_kind_plans_empty_after_its_create() {
    for settings in kinds() {
        let config = config(&settings);
        let state = applied(&config);
        let plan = planned(&config, &state);
        assert_eq!(changed(&state, &plan.planned), Vec::<String>::new(), "{settings:?}");
        assert_eq!(plan.planned, state, "{settings:?}");
        assert_eq!(written(&plan.diagnostics), "", "{settings:?}");
        assert_eq!(plan.replace, []);
    }
}

#[test]
fn the_same_sources_give_the_same_plan() {
    for settings in kinds() {
        let config = config(&settings);
        assert_eq!(planned(&config, &Value::Null).planned, planned(&config, &Value::Null).planned);
    }
}

#[test]
fn an_explicit_default_is_no_change() {
    for settings in kinds() {
        let config = config(&settings);
        let state = applied(&config);
        let mut explicit = config.clone();
        for (path, _) in leaves() {
            if !state.at(&path).is_null() {
                set(&mut explicit, &path, state.at(&path).clone());
            }
        }
        assert_ne!(explicit, config);
        assert_eq!(changed(&state, &planned(&explicit, &state).planned), Vec::<String>::new(), "{settings:?}");
        assert_eq!(planned(&explicit, &state).planned, state, "{settings:?}");
    }
}

#[test]
fn another_spelling_is_no_change_and_keeps_the_prior_one() {
    let reordered =
        r#"{ "Statement": [{"Resource":"*", "Action":"kms:Sign","Principal":"*","Effect":"Allow", "Sid":"Mine"}] }"#;
    let one_as_list =
        r#"{"Statement":{"Sid":"Mine","Effect":"Allow","Principal":["*"],"Action":["kms:Sign"],"Resource":"*"}}"#;
    let off = || ("settings.kms.enabled", Value::Bool(false));
    let spelled = |path: &'static str, one: &str, two: &str| (vec![(path, text(one))], vec![(path, text(two))]);
    let table: Vec<(Vec<Setting>, Vec<Setting>)> = vec![
        spelled("settings.kms.alias_name", "alias/sessions", "sessions"),
        spelled("settings.kms.alias_name", "sessions", "alias/sessions"),
        (
            vec![off(), ("settings.kms.key_alias", text("alias/logs"))],
            vec![off(), ("settings.kms.key_alias", text("logs"))],
        ),
        (
            vec![
                off(),
                (
                    "settings.kms.key_id",
                    text("arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000002"),
                ),
            ],
            vec![off(), ("settings.kms.key_id", text("00000000-0000-0000-0000-000000000002"))],
        ),
        spelled("settings.kms.policy_statements", STATEMENT, reordered),
        spelled("settings.kms.policy_statements", STATEMENT, one_as_list),
        spelled("settings.bucket.policy_statements", reordered, STATEMENT),
        spelled("timeouts.create", "20m", "1200s"),
        spelled("timeouts.delete", "1h30m", "1.5h"),
        (
            vec![("settings.session.timeout", Value::Number("20.0".parse().unwrap()))],
            vec![("settings.session.timeout", Value::number(20))],
        ),
    ];
    for (before, after) in table {
        let state = applied(&config(&before));
        assert_eq!(changed(&state, &planned(&config(&after), &state).planned), Vec::<String>::new(), "{after:?}");
    }
    let state = applied(&config(&[("settings.kms.alias_name", text("sessions"))]));
    let other = planned(&config(&[("settings.kms.alias_name", text("alias/alias/sessions"))]), &state).planned;
    assert_eq!(other.at("kms_key.alias_name"), &text("alias/alias/sessions"));
}

#[test]
fn aws_spelling_of_policies_and_content_stays() {
    let config = config(&[]);
    let mut state = applied(&config);
    let respelled = |text: &Value| {
        let json: serde_json::Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
        Value::from(serde_json::to_string_pretty(&json).unwrap())
    };
    for path in ["kms_key.policy", "bucket.policy", "document.content"] {
        let text = respelled(state.at(path));
        state.put(path, text);
    }
    assert_eq!(planned(&config, &state).planned, state);
}

#[test]
fn a_removed_setting_goes_back_to_its_default() {
    let state = applied(&config(&rich()));
    let back = planned(&config(&[]), &state).planned;
    let fresh = planned(&config(&[]), &Value::Null).planned;
    for (path, _) in leaves() {
        assert_eq!(back.at(&path), fresh.at(&path), "{path}");
    }
    assert!(back.at("timeouts").is_null());
}

#[test]
fn the_case_of_org_changes_only_tags() {
    let state = applied(&config(&[("settings.cloudwatch.enabled", Value::Bool(true))]));
    let shouted = config(&[
        ("settings.cloudwatch.enabled", Value::Bool(true)),
        ("org.organization_unit", text("RETAIL")),
        ("org.environment_name", text("Shop")),
        ("org.environment_type", text("Prod")),
    ]);
    let plan = planned(&shouted, &state);
    assert_eq!(
        changed(&state, &plan.planned),
        ["bucket.tags", "document.tags", "kms_key.tags", "log_group.tags", "tags_all"]
    );
    assert_eq!(plan.planned.at("tags_all.organization-unit"), &text("RETAIL"));
    assert_eq!(written(&plan.diagnostics), "");
}

/// One changed setting each, and the computed values that change with it.
#[test]
fn each_setting_changes_what_depends_on_it_and_no_more() {
    let yes = || Value::Bool(true);
    let no = || Value::Bool(false);
    let content =
        ["document.content", "document.default_version", "document.hash", "document.latest_version", "document.status"];
    let tags = ["bucket.tags", "document.tags", "kms_key.tags", "log_group.tags", "tags_all"];
    let none: [&str; 0] = [];
    let table: Vec<(Setting, Vec<&str>)> = vec![
        (("org.organization_name", text("Other")), tags.to_vec()),
        (("extra_tags", Value::map([("a", text("b"))])), tags.to_vec()),
        (("is_hub", yes()), none.to_vec()),
        (("assume_role.role_arn", text("arn:aws:iam::123456789012:role/admin")), none.to_vec()),
        (("settings.random_bucket_suffix", yes()), none.to_vec()),
        (
            ("settings.allowed_iam_role_arns", Value::set([Value::from(role("123456789012"))])),
            vec!["bucket.policy", "kms_key.policy"],
        ),
        (("settings.kms.deletion_window", Value::number(7)), none.to_vec()),
        (
            ("settings.kms.enable_key_rotation", no()),
            vec!["kms_key.rotation_enabled", "kms_key.rotation_period_in_days"],
        ),
        (("settings.kms.rotation_period_in_days", Value::number(100)), vec!["kms_key.rotation_period_in_days"]),
        (("settings.kms.alias_name", text("other")), vec!["kms_key.alias_arn", "kms_key.alias_name"]),
        (("settings.kms.skip_destroy", yes()), none.to_vec()),
        (("settings.kms.policy_statements", text(STATEMENT)), vec!["kms_key.policy"]),
        (("settings.session.run_as", text("ops")), content.to_vec()),
        (("settings.session.run_as_enabled", yes()), content.to_vec()),
        (("settings.session.timeout", Value::number(21)), content.to_vec()),
        (("settings.session.max_duration", Value::number(0)), content.to_vec()),
        (("settings.session.kms_encryption", no()), content.to_vec()),
        (("settings.session.shell_profile.windows", text("dir")), content.to_vec()),
        (("settings.session.node_tags", Value::map([("a", text("b"))])), none.to_vec()),
        (("settings.audit.transition_days", Value::number(0)), vec!["bucket.lifecycle.transition_days"]),
        (("settings.audit.archive_days", Value::number(90)), vec!["bucket.lifecycle.archive_days"]),
        (("settings.audit.retention_years", Value::number(6)), vec!["bucket.lifecycle.expiration_days"]),
        (("settings.audit.noncurrent_days", Value::number(31)), none.to_vec()),
        (("settings.cloudwatch.retention", Value::number(0)), vec!["log_group.retention_in_days"]),
        (("settings.cloudwatch.streaming", yes()), content.to_vec()),
        (("settings.cloudwatch.skip_destroy", no()), none.to_vec()),
        (("settings.bucket.key_prefix", text("")), content.to_vec()),
        (("settings.bucket.force_destroy", yes()), none.to_vec()),
        (("settings.bucket.skip_destroy", yes()), none.to_vec()),
        (("settings.bucket.versioning", yes()), vec!["bucket.lifecycle.noncurrent_days", "bucket.versioning"]),
        (("settings.bucket.bucket_key_enabled", yes()), vec!["bucket.bucket_key_enabled"]),
        (("settings.bucket.object_ownership", text("BucketOwnerPreferred")), vec!["bucket.object_ownership"]),
        (
            ("settings.bucket.access_log.target_bucket", text("access-logs")),
            vec!["bucket.access_log", "bucket.access_log.target_bucket", "bucket.access_log.target_prefix"],
        ),
        (("settings.bucket.policy_statements", text(STATEMENT)), vec!["bucket.policy"]),
        (("settings.document.on_existing", text("adopt")), none.to_vec()),
        (("settings.document.on_destroy", text("retain")), none.to_vec()),
        (("timeouts.create", text("1h")), none.to_vec()),
    ];
    let base = [("settings.cloudwatch.enabled", yes())];
    let state = applied(&config(&base));
    for (setting, expected) in table {
        let plan = planned(&config(&[base[0].clone(), setting.clone()]), &state);
        // Policies and endpoints have tests of their own.
        let changed: Vec<_> = changed(&state, &plan.planned)
            .into_iter()
            .filter(|path| !path.starts_with("policies.") && path != "vpc_endpoint_services")
            .collect();
        assert_eq!(changed, expected, "{setting:?}");
        assert!(!plan.diagnostics.has_errors(), "{setting:?}: {}", written(&plan.diagnostics));
    }
}

#[test]
fn an_unrelated_setting_leaves_an_existing_part_known() {
    let off = || Value::Bool(false);
    let key = vec![("settings.kms.enabled", off()), ("settings.kms.key_alias", text("logs"))];
    let bucket = vec![("settings.bucket.create", off()), ("settings.bucket.name", text("central-logs"))];
    for (existing, unrelated) in [
        (key, ("settings.kms.deletion_window", Value::number(7))),
        (bucket, ("settings.bucket.force_destroy", Value::Bool(true))),
    ] {
        let state = applied(&config(&existing));
        let more: Vec<_> = existing.into_iter().chain([unrelated]).collect();
        let plan = planned(&config(&more), &state);
        assert_eq!(changed(&state, &plan.planned), Vec::<String>::new(), "{more:?}");
        assert_eq!(written(&plan.diagnostics), "");
    }
}

#[test]
fn drift_is_always_planned_away() {
    let config = config(&[]);
    let mut state = applied(&config);
    state.put("drift", Value::List(vec![text("bucket.tags: …")]));
    state.put("bucket.object_ownership", text("BucketOwnerPreferred"));
    state.put("kms_key.state", text("Disabled"));
    let planned = planned(&config, &state).planned;
    assert_eq!(changed(&state, &planned), ["bucket.object_ownership", "drift", "kms_key.state"]);
    assert_eq!(planned.at("drift"), &Value::List(vec![]));
}

#[test]
fn a_missing_part_is_planned_again() {
    let settings = [("settings.cloudwatch.enabled", Value::Bool(true))];
    for part in ["kms_key", "log_group", "bucket", "document"] {
        let mut state = applied(&config(&settings));
        let was = state.clone();
        state.put(part, Value::Null);
        let planned = planned(&config(&settings), &state).planned;
        assert!(planned.at(part).as_map().is_some(), "{part}");
        let name = if part == "kms_key" { "kms_key.alias_name".to_owned() } else { format!("{part}.name") };
        assert_eq!(planned.at(&name), was.at(&name));
    }
}

/// What is unknown in an update, for each unknown setting.
#[test]
fn an_unknown_setting_makes_its_dependents_unknown() {
    let base = [("settings.cloudwatch.enabled", Value::Bool(true))];
    let state = applied(&config(&base));
    let mut report = String::new();
    for (path, _) in leaves() {
        let mut config = config(&base);
        set(&mut config, &path, Value::Unknown);
        let planned = planned(&config, &state).planned;
        assert!(planned.at(&path).is_unknown(), "{path}");
        let others: Vec<_> = unknown_paths(&planned).into_iter().filter(|unknown| *unknown != path).collect();
        report = format!("{report}{path}: {}\n", others.join(", "));
    }
    insta::assert_snapshot!(report);
}

#[test]
fn an_imported_suffix_stays() {
    let mut state = applied(&config(&[]));
    let imported = text("ssm-session-auditlogs-retail-shop-prod-001-usea1-zzzz9999");
    state.put("bucket.name", imported.clone());
    state.put("settings.bucket.name", imported.clone());
    assert_eq!(planned(&config(&[]), &state).planned.at("settings.bucket.name"), &imported);
    let other_spoke = planned(&config(&[("spoke_def", text("002"))]), &state).planned;
    assert_ne!(other_spoke.at("settings.bucket.name"), &imported);
}

#[test]
fn an_unknown_place_leaves_names_unknown_and_settings_known() {
    let region = MaybeUnknown::Known(Some("us-east-1".to_owned()));
    let config = config(&[]);
    let inputs = inputs(&config, None, &region).unwrap();
    let planned = plan(inputs, None, &MaybeUnknown::Unknown, &MaybeUnknown::Unknown).planned.write();
    for path in ["id", "account_id", "system_name", "tags_all", "settings.bucket.name", "settings.kms.alias_name"] {
        assert!(planned.at(path).is_unknown(), "{path}");
    }
    assert_eq!(planned.at("settings.session.timeout"), &Value::number(20));
}
