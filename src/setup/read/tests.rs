//! A refresh without AWS: what is drift, what is gone, and what stays unchanged.

mod drift;
mod observation;

use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::value::Value;

use crate::arn::Arn;
use crate::reconcile::{ErrorKind, MARK_TAG, STAMP_TAG};
use crate::setup::sample::{Setting, applied, config, model, place, written};

use super::*;

use observation::{ObservedSetup, failed};

/// A setup whose parts are all managed.
fn settings() -> Vec<Setting> {
    vec![("settings.cloudwatch.enabled", Value::Bool(true))]
}

/// A setup whose parts all exist already.
fn existing() -> Vec<Setting> {
    vec![
        ("settings.kms.enabled", Value::Bool(false)),
        ("settings.kms.key_alias", Value::from("logs")),
        ("settings.bucket.create", Value::Bool(false)),
        ("settings.bucket.name", Value::from("central-logs")),
        ("settings.cloudwatch.enabled", Value::Bool(true)),
        ("settings.cloudwatch.create", Value::Bool(false)),
        ("settings.cloudwatch.log_group_name", Value::from("existing")),
    ]
}

fn refresh(state: &Value, observation: &Observation) -> (Value, String) {
    let current = model(state);
    let (new, diagnostics) = refreshed(&current, &desired_by(&current, &place()), None, observation);
    (new.map_or(Value::Null, |new| new.write()), written(&diagnostics))
}

/// The state and the lines of drift after a change in AWS.
fn drift_of(settings: &[Setting], change: impl FnOnce(&mut ObservedSetup)) -> (Value, Vec<String>) {
    let state = applied(&config(settings));
    let mut observation = ObservedSetup::as_written(&state);
    change(&mut observation);
    let (new, text) = refresh(&state, &observation.observation());
    assert_eq!(text, "");
    let lines = new.at("drift").as_list().unwrap();
    let lines = lines.iter().map(|line| line.as_str().unwrap().to_owned()).collect();
    (new, lines)
}

#[test]
fn a_refresh_of_an_unchanged_setup_changes_nothing() {
    let no_key = vec![("settings.kms.enabled", Value::Bool(false))];
    let no_document = vec![("settings.document.enabled", Value::Bool(false))];
    let versioned = vec![
        ("settings.bucket.object_lock.mode", Value::from("GOVERNANCE")),
        ("settings.bucket.object_lock.days", Value::number(1)),
        ("settings.bucket.access_log.target_bucket", Value::from("access-logs")),
    ];
    for settings in [vec![], settings(), existing(), no_key, no_document, versioned] {
        let state = applied(&config(&settings));
        assert_eq!(
            refresh(&state, &ObservedSetup::as_written(&state).observation()),
            (state, String::new()),
            "{settings:?}"
        );
    }
}

#[test]
fn a_setup_is_gone_with_its_last_managed_part() {
    let state = applied(&config(&settings()));
    let nothing = ObservedSetup::default();
    assert_eq!(refresh(&state, &nothing.observation()), (Value::Null, String::new()));

    let only = |keep: fn(&mut ObservedSetup, ObservedSetup)| {
        let mut left = ObservedSetup::default();
        keep(&mut left, ObservedSetup::as_written(&state));
        refresh(&state, &left.observation()).0
    };
    assert!(!only(|left, all| left.key = all.key).is_null());
    assert!(!only(|left, all| left.log_group = all.log_group).is_null());
    assert!(!only(|left, all| left.bucket = all.bucket).is_null());
    assert!(!only(|left, all| left.document = all.document).is_null());

    // Existing parts do not count.
    let state = applied(&config(&existing()));
    let mut observation = ObservedSetup::as_written(&state);
    observation.document = None;
    assert_eq!(refresh(&state, &observation.observation()).0, Value::Null);
}

#[test]
fn what_cannot_be_read_is_an_error_and_keeps_the_state() {
    let state = applied(&config(&settings()));
    for kind in [
        ErrorKind::AccessDenied,
        ErrorKind::Throttled,
        ErrorKind::Unreachable,
        ErrorKind::Credentials,
        ErrorKind::Other,
    ] {
        for part in ["key", "log_group", "bucket", "document"] {
            // All other parts are gone, which must not matter.
            let mut observation = ObservedSetup::default().observation();
            match part {
                "key" => observation.key = Err(failed(kind)),
                "log_group" => observation.log_group = Err(failed(kind)),
                "bucket" => observation.bucket = Err(failed(kind)),
                _ => observation.document = Err(failed(kind)),
            }
            let (new, text) = refresh(&state, &observation);
            assert_eq!(new, state, "{part} {kind:?}");
            assert!(text.starts_with("Error at nowhere: Setup cannot be read\n"), "{text}");
        }
    }
}

#[test]
fn every_part_that_cannot_be_read_is_reported_at_once() {
    let state = applied(&config(&settings()));
    let mut observation = ObservedSetup::as_written(&state).observation();
    observation.key = Err(failed(ErrorKind::AccessDenied));
    observation.bucket = Err(failed(ErrorKind::Throttled));
    assert_eq!(refresh(&state, &observation).1.matches("Setup cannot be read").count(), 2);
}

#[test]
fn text_with_the_same_meaning_stays_unchanged() {
    let state = applied(&config(&settings()));
    let pretty = |text: &str| {
        let json: serde_json::Value = serde_json::from_str(text).unwrap();
        serde_json::to_string_pretty(&json).unwrap()
    };
    let mut observation = ObservedSetup::as_written(&state);
    let key = observation.key.as_mut().unwrap();
    key.policy = key.policy.as_deref().map(pretty);
    let bucket = observation.bucket.as_mut().unwrap();
    bucket.policy = bucket.policy.as_deref().map(pretty);
    // The service sometimes returns limits as numbers, and omits empty values.
    let content = &mut observation.document.as_mut().unwrap().content;
    content["inputs"]["idleSessionTimeout"] = 20.into();
    content["inputs"].as_object_mut().unwrap().remove("runAsDefaultUser");
    assert_eq!(refresh(&state, &observation.observation()), (state, String::new()));
}

#[test]
fn text_with_another_meaning_is_the_observed_one() {
    let policy = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let (new, lines) =
        drift_of(&settings(), |observation| observation.bucket.as_mut().unwrap().policy = Some(policy.into()));
    assert_eq!(new.at("bucket.policy"), &Value::from(policy));
    assert_eq!(lines.len(), 1);
    let (new, _) = drift_of(&settings(), |observation| observation.key.as_mut().unwrap().policy = Some(policy.into()));
    assert_eq!(new.at("kms_key.policy"), &Value::from(policy));
}

#[test]
fn a_retention_policy_of_the_account_is_no_drift() {
    let state = applied(&config(&settings()));
    let mut observation = ObservedSetup::as_written(&state);
    let group = observation.log_group.as_mut().unwrap();
    group.retention_in_days = Some(3653);
    group.retention_by_account_policy = true;
    assert_eq!(refresh(&state, &observation.observation()), (state, String::new()));
}

#[test]
fn values_that_aws_omits_or_adds_are_no_drift() {
    let state = applied(&config(&settings()));
    let mut observation = ObservedSetup::as_written(&state);
    observation.key.as_mut().unwrap().rotation_period_in_days = None;
    let bucket = observation.bucket.as_mut().unwrap();
    bucket.versioning = "Suspended".into();
    bucket.blocked_encryption_types.push("SSE-C".into());
    bucket.system_tags.insert("aws:cloudformation:stack-id".into(), "x".into());
    let (new, text) = refresh(&state, &observation.observation());
    assert_eq!(text, "");
    assert_eq!(new.at("kms_key.rotation_period_in_days"), &Value::number(90));
    assert_eq!(new.at("bucket.versioning"), &Value::from("Suspended"));
}

#[test]
fn existing_parts_only_warn() {
    let state = applied(&config(&existing()));
    let warned = |change: fn(&mut ObservedSetup)| {
        let mut observation = ObservedSetup::as_written(&state);
        change(&mut observation);
        let (new, text) = refresh(&state, &observation.observation());
        assert_eq!(new.at("drift"), &Value::List(vec![]), "{text}");
        assert!(!text.contains("Error"), "{text}");
        text
    };
    let warnings = [
        warned(|observation| observation.key.as_mut().unwrap().state = "Disabled".into()),
        warned(|observation| observation.key.as_mut().unwrap().symmetric = false),
        warned(|observation| observation.log_group.as_mut().unwrap().kms_key_arn = None),
        warned(|observation| observation.log_group = None),
        warned(|observation| observation.existing_bucket.as_mut().unwrap().sse_algorithm = "aws:kms:dsse".into()),
        warned(|observation| observation.existing_bucket = None),
    ];
    insta::assert_snapshot!(warnings.concat());
}

#[test]
fn a_central_bucket_with_configured_owner_need_not_be_readable() {
    let mut settings = existing();
    settings.push(("settings.bucket.account_id", Value::from("210987654321")));
    let state = applied(&config(&settings));
    let mut observation = ObservedSetup::as_written(&state).observation();
    observation.existing_bucket = Err(failed(ErrorKind::AccessDenied));
    assert_eq!(refresh(&state, &observation).1, "");
    observation.existing_bucket = Err(failed(ErrorKind::Throttled));
    assert!(refresh(&state, &observation).1.contains("Setup cannot be read"));
}

#[test]
fn an_existing_part_that_may_not_be_read_stays_unchanged_with_a_warning() {
    let state = applied(&config(&existing()));
    let desired = desired_by(&model(&state), &place());
    assert!(matches!(desired.bucket.known(), Some(DesiredBucket::Existing(existing)) if !existing.is_described()));
    for (part, advice) in
        [("key", "kms:DescribeKey"), ("log_group", "logs:DescribeLogGroups"), ("bucket", "settings.bucket.account_id")]
    {
        let observed = |kind| {
            let mut observation = ObservedSetup::as_written(&state).observation();
            match part {
                "key" => observation.key = Err(failed(kind)),
                "log_group" => observation.log_group = Err(failed(kind)),
                _ => observation.existing_bucket = Err(failed(kind)),
            }
            refresh(&state, &observation)
        };
        let (new, text) = observed(ErrorKind::AccessDenied);
        assert_eq!(new, state, "{part}");
        assert!(text.starts_with("Warning") && text.contains(advice) && !text.contains("Error"), "{text}");
        assert!(observed(ErrorKind::Throttled).1.contains("Setup cannot be read"), "{part}");
    }
}

#[test]
fn the_key_of_the_bucket_is_spelled_as_desired() {
    let state = applied(&config(&settings()));
    let mut observation = ObservedSetup::as_written(&state);
    let key = &mut observation.bucket.as_mut().unwrap().kms_key_arn;
    *key = key.as_deref().and_then(|arn| Arn::parse(arn)?.key_id()).map(str::to_owned);
    assert_eq!(refresh(&state, &observation.observation()), (state, String::new()));
}

#[test]
fn a_part_that_is_not_in_the_state_is_found_only_by_mark_and_stamp() {
    let whole = applied(&config(&settings()));
    for part in ["kms_key", "log_group", "bucket", "document"] {
        let mut state = whole.clone();
        state.put(part, Value::Null);
        let mut observation = ObservedSetup::as_written(&whole);
        let found = refresh(&state, &observation.observation()).0;
        assert!(!found.at(part).is_null(), "{part}");
        for tags in observation.tags() {
            tags.insert(STAMP_TAG.to_owned(), "another".to_owned());
        }
        assert!(refresh(&state, &observation.observation()).0.at(part).is_null(), "{part}");
        let mut observation = ObservedSetup::as_written(&whole);
        for tags in observation.tags() {
            tags.insert(MARK_TAG.to_owned(), "another".to_owned());
        }
        assert!(refresh(&state, &observation.observation()).0.at(part).is_null(), "{part}");
    }
}

#[test]
fn a_state_without_a_stamp_takes_the_one_that_its_import_drew() {
    let whole = applied(&config(&settings()));
    let mut state = whole.clone();
    state.put("stamp", Value::Null);
    let (current, observation) = (model(&state), ObservedSetup::as_written(&whole).observation());
    let refresh = |drawn| {
        let (new, diagnostics) = refreshed(&current, &desired_by(&current, &place()), drawn, &observation);
        (new.unwrap().write(), written(&diagnostics))
    };
    let stamp = whole.at("stamp").as_str();
    assert_eq!(refresh(stamp), (whole.clone(), String::new()));
    let (new, text) = refresh(Some("never written"));
    assert!(new.at("stamp").is_null() && text.contains("have been taken over"), "{text}");
}

#[test]
fn a_state_without_any_stamp_takes_the_one_that_every_part_agrees_on() {
    let whole = applied(&config(&settings()));
    let mut state = whole.clone();
    state.put("stamp", Value::Null);
    let mut observation = ObservedSetup::as_written(&whole);
    assert_eq!(refresh(&state, &observation.observation()), (whole, String::new()));
    let key = observation.tags().next().unwrap();
    key.insert(STAMP_TAG.to_owned(), "another".to_owned());
    let (new, text) = refresh(&state, &observation.observation());
    assert!(new.at("stamp").is_null() && text.contains("have been taken over"), "{text}");
}

#[test]
fn a_part_without_a_stamp_is_drift_if_the_state_proves_it_and_disputed_otherwise() {
    let state = applied(&config(&settings()));
    let mut observation = ObservedSetup::as_written(&state);
    for tags in observation.tags() {
        tags.clear();
    }
    let (new, text) = refresh(&state, &observation.observation());
    assert_eq!(text, "");
    let drift = new.at("drift").describe();
    for part in ["kms_key", "log_group", "bucket", "document"] {
        assert!(drift.contains(&format!("{part}.tags.{STAMP_TAG}: none")), "{part}: {drift}");
    }
    // Parts that were made anew: the state keeps what it recorded, so that the next refresh judges the same.
    observation.log_group.as_mut().unwrap().creation_time = Some(1);
    observation.bucket.as_mut().unwrap().lifecycle = None;
    let mut observation = observation.observation();
    observation.recorded_hash = Some("other".into());
    let (again, text) = refresh(&state, &observation);
    for part in ["log group", "bucket", "document"] {
        assert!(text.contains(&format!("the {part} ")), "{part}: {text}");
    }
    for part in ["log_group", "bucket", "document"] {
        assert_eq!(again.at(part), state.at(part), "{part}");
    }
    assert!(again.at("drift").as_list().is_some_and(|lines| !lines.is_empty()));
}
