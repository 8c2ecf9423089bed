//! What a destroy removes and what it keeps, as one table of settings.

use terraform_plugin::framework::model::Fields;
use terraform_plugin::framework::value::Value;

use crate::setup::model::SetupModel;
use crate::setup::model::state::Retired;
use crate::setup::sample::{KEY_ARN, Setting, applied, config, model};

use super::*;

fn yes() -> Value {
    Value::Bool(true)
}

fn no() -> Value {
    Value::Bool(false)
}

/// The outcomes of a setup with managed parts, CloudWatch Logs on, and these settings.
fn decided(settings: &[Setting], change: impl FnOnce(&mut State), others: &[&str]) -> Outcomes {
    let all: Vec<_> = [("settings.cloudwatch.enabled", yes())].into_iter().chain(settings.iter().cloned()).collect();
    let SetupModel { inputs, mut state } = model(&applied(&config(&all)));
    change(&mut state);
    outcomes(&inputs, &state, &ManagedPart::all(&state), others.iter().map(|&part| part.to_owned()).collect())
}

/// What is removed, in order, and what is kept with the reasons, in one line.
fn summary(outcomes: &Outcomes) -> String {
    let kind = |part: &ManagedPart| format!("{}{:?}", if part.retired { "retired " } else { "" }, part.kind);
    let document = match &outcomes.document_kept {
        Some(reason) => format!("kept: {reason}"),
        None => (if outcomes.document { "goes" } else { "none" }).to_owned(),
    };
    let going: Vec<_> = outcomes.going.iter().map(kind).collect();
    let kept: Vec<_> = outcomes.kept.iter().map(|(part, reason)| format!("{} ({reason})", kind(part))).collect();
    let mut summary = format!("document {document}\n  goes: {}\n  kept: {}\n", going.join(", "), kept.join(", "));
    if !outcomes.unreadable.is_empty() {
        summary = format!("{summary}  unreadable: {}\n", outcomes.unreadable.join(", "));
    }
    summary
}

#[test]
fn settings_decide_what_a_destroy_removes() {
    let table: Vec<Vec<Setting>> = vec![
        vec![],
        vec![("settings.cloudwatch.skip_destroy", no())],
        vec![("settings.cloudwatch.skip_destroy", no()), ("settings.bucket.skip_destroy", yes())],
        vec![("settings.kms.skip_destroy", no())],
        vec![("settings.kms.skip_destroy", yes()), ("settings.cloudwatch.skip_destroy", no())],
        vec![("settings.document.on_destroy", Value::from("retain")), ("settings.cloudwatch.skip_destroy", no())],
        vec![("settings.document.on_destroy", Value::from("retain")), ("settings.kms.skip_destroy", no())],
        vec![("settings.document.on_destroy", Value::from("delete")), ("settings.cloudwatch.skip_destroy", no())],
        vec![("settings.document.enabled", no()), ("settings.document.on_destroy", Value::from("retain"))],
        vec![("settings.kms.enabled", no()), ("settings.cloudwatch.skip_destroy", no())],
        vec![("settings.cloudwatch.enabled", no())],
    ];
    let lines = table.into_iter().map(|settings| {
        let configured: Vec<_> =
            settings.iter().map(|(path, value)| format!("{path} = {}", value.describe())).collect();
        format!("{}: {}", configured.join(", "), summary(&decided(&settings, |_| {}, &[])))
    });
    insta::assert_snapshot!(lines.collect::<String>());
}

fn without_skips() -> Vec<Setting> {
    vec![("settings.cloudwatch.skip_destroy", no())]
}

#[test]
fn existing_parts_are_never_removed() {
    let existing = [
        ("settings.kms.enabled", no()),
        ("settings.kms.key_id", Value::from(KEY_ARN)),
        ("settings.bucket.create", no()),
        ("settings.bucket.name", Value::from("central-logs")),
        ("settings.cloudwatch.create", no()),
        ("settings.cloudwatch.log_group_name", Value::from("existing")),
        ("settings.cloudwatch.skip_destroy", no()),
        ("settings.kms.skip_destroy", no()),
    ];
    let outcomes = decided(&existing, |_| {}, &[]);
    assert_eq!((outcomes.document, outcomes.going, outcomes.kept), (true, vec![], vec![]));
}

#[test]
fn a_managed_key_is_kept_for_an_existing_part_that_it_encrypts() {
    let existing_bucket: Vec<_> = without_skips()
        .into_iter()
        .chain([("settings.bucket.create", no()), ("settings.bucket.name", Value::from("central-logs"))])
        .collect();
    let encrypts = |key: Option<&str>| {
        let outcomes =
            decided(&existing_bucket, |state| state.bucket.known_mut().unwrap().kms_key_arn = key.into(), &[]);
        outcomes.kept.into_iter().any(|(part, _)| part.kind == PartKind::KmsKey)
    };
    assert!(encrypts(Some(KEY_ARN)));
    assert!(!encrypts(None));
    assert!(!encrypts(Some("arn:aws:kms:us-east-1:210987654321:key/other")));
}

#[test]
fn other_kept_parts_may_still_need_the_key() {
    let outcomes = decided(&without_skips(), |state| state.bucket = Field::Null, &["a bucket"]);
    assert_eq!(
        summary(&outcomes),
        "document goes\n  goes: LogGroup\n  kept: KmsKey (without it a bucket cannot be read)\n"
    );
    let mut settings = without_skips();
    settings.push(("settings.kms.skip_destroy", no()));
    let outcomes = decided(&settings, |state| state.bucket = Field::Null, &["a bucket"]);
    assert_eq!(outcomes.unreadable, ["a bucket"]);
}

fn retire(state: &mut State) {
    state.retired = Field::Known(vec![
        Retired::new(PartKind::KmsKey, "key-1", "arn:aws:kms:us-east-1:123456789012:key/key-1", "kept"),
        Retired::new(PartKind::Bucket, "old-logs", "arn:aws:s3:::old-logs", "kept"),
        Retired::new(PartKind::LogGroup, "old", "arn:aws:logs:us-east-1:123456789012:log-group:old", "kept"),
    ]);
}

#[test]
fn retired_parts_follow_the_same_rules_and_keys_go_last() {
    let all_removed = decided(&without_skips(), retire, &[]);
    assert_eq!(
        summary(&all_removed),
        "document goes\n  goes: LogGroup, retired LogGroup, Bucket, retired Bucket, KmsKey, retired KmsKey\n  kept: \n"
    );
    let logs_kept = decided(&[], retire, &[]);
    assert!(logs_kept.going.iter().all(|part| part.kind == PartKind::Bucket));
    let keys: Vec<_> = logs_kept.kept.iter().filter(|(part, _)| part.kind == PartKind::KmsKey).collect();
    assert_eq!(keys.len(), 2, "any key may have encrypted what is kept");
}

/// A document that is retained names the parts in use, not the retired ones.
#[test]
fn parts_of_a_retained_document_are_kept() {
    let mut settings = without_skips();
    settings.push(("settings.document.on_destroy", Value::from("retain")));
    let outcomes = decided(&settings, retire, &[]);
    let going: Vec<_> = outcomes.going.iter().map(|part| (part.kind, part.retired)).collect();
    assert_eq!(going, [(PartKind::LogGroup, true), (PartKind::Bucket, true)]);
}

#[test]
fn a_state_without_parts_has_nothing_to_remove() {
    assert_eq!(decided(&[], |state| *state = State::default(), &[]), Outcomes::default());
}

#[test]
fn unknown_inputs_keep_what_holds_logs() {
    let state = model(&applied(&config(&[("settings.cloudwatch.enabled", yes())]))).state;
    let outcomes = outcomes(Inputs::of_unknown(), &state, &ManagedPart::all(&state), Vec::new());
    assert_eq!(outcomes.going, []);
}
