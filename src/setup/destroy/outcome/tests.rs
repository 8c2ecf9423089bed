//! What a destroy takes and what it leaves, as one table of settings.

use crate::setup::destroy::outcome::*;
use crate::setup::model::SetupModel;
use crate::setup::model::state::Retired;
use crate::setup::sample::{KEY_ARN, Setting, applied, config, model};
use terraform_plugin::framework::model::Fields;
use terraform_plugin::framework::value::Value;

fn yes() -> Value {
    Value::Bool(true)
}

fn no() -> Value {
    Value::Bool(false)
}

/// The setup's own parts with CloudWatch on, and settings over it.
fn decided(settings: &[Setting], change: impl FnOnce(&mut State), beside: &[&str]) -> Outcomes {
    let all: Vec<_> = [("settings.cloudwatch.enabled", yes())].into_iter().chain(settings.iter().cloned()).collect();
    let SetupModel { inputs, mut state } = model(&applied(&config(&all)));
    change(&mut state);
    outcomes(&inputs, &state, &HeldPart::all(&state), beside.iter().map(|&part| part.to_owned()).collect())
}

/// What goes, in order, and what stays with the reasons, in one line.
fn told(outcomes: &Outcomes) -> String {
    let kind = |held: &HeldPart| format!("{}{:?}", if held.retired { "retired " } else { "" }, held.kind);
    let document = match &outcomes.document_kept {
        Some(why) => format!("kept: {why}"),
        None => (if outcomes.document { "goes" } else { "none" }).to_owned(),
    };
    let going: Vec<_> = outcomes.going.iter().map(kind).collect();
    let kept: Vec<_> = outcomes.kept.iter().map(|(held, why)| format!("{} ({why})", kind(held))).collect();
    let mut told = format!("document {document}\n  goes: {}\n  kept: {}\n", going.join(", "), kept.join(", "));
    if !outcomes.unreadable.is_empty() {
        told = format!("{told}  unreadable: {}\n", outcomes.unreadable.join(", "));
    }
    told
}

#[test]
fn settings_decide_what_a_destroy_takes() {
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
        let existing: Vec<_> = settings.iter().map(|(path, value)| format!("{path} = {}", value.describe())).collect();
        format!("{}: {}", existing.join(", "), told(&decided(&settings, |_| {}, &[])))
    });
    insta::assert_snapshot!(lines.collect::<String>());
}

fn without_skips() -> Vec<Setting> {
    vec![("settings.cloudwatch.skip_destroy", no())]
}

#[test]
fn given_parts_are_never_taken() {
    let existing = [
        ("settings.kms.enabled", no()),
        ("settings.kms.key_id", Value::from(KEY_ARN)),
        ("settings.bucket.create", no()),
        ("settings.bucket.name", Value::from("central-logs")),
        ("settings.cloudwatch.create", no()),
        ("settings.cloudwatch.log_group_name", Value::from("given")),
        ("settings.cloudwatch.skip_destroy", no()),
        ("settings.kms.skip_destroy", no()),
    ];
    let outcomes = decided(&existing, |_| {}, &[]);
    assert_eq!((outcomes.document, outcomes.going, outcomes.kept), (true, vec![], vec![]));
}

#[test]
fn our_key_stays_for_a_given_part_that_it_encrypts() {
    let existing_bucket: Vec<_> = without_skips()
        .into_iter()
        .chain([("settings.bucket.create", no()), ("settings.bucket.name", Value::from("central-logs"))])
        .collect();
    let encrypts = |key: Option<&str>| {
        let outcomes =
            decided(&existing_bucket, |state| state.bucket.known_mut().unwrap().kms_key_arn = key.into(), &[]);
        outcomes.kept.into_iter().any(|(held, _)| held.kind == PartKind::KmsKey)
    };
    assert!(encrypts(Some(KEY_ARN)));
    assert!(!encrypts(None));
    assert!(!encrypts(Some("arn:aws:kms:us-east-1:210987654321:key/other")));
}

#[test]
fn what_stays_beside_may_still_need_the_key() {
    let outcomes = decided(&without_skips(), |state| state.bucket = Field::Null, &["a bucket"]);
    assert_eq!(
        told(&outcomes),
        "document goes\n  goes: LogGroup\n  kept: KmsKey (without it nobody could read a bucket)\n"
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
fn retired_parts_go_by_the_same_rules_and_keys_last() {
    let all_go = decided(&without_skips(), retire, &[]);
    assert_eq!(
        told(&all_go),
        "document goes\n  goes: LogGroup, retired LogGroup, Bucket, retired Bucket, KmsKey, retired KmsKey\n  kept: \n"
    );
    let logs_stay = decided(&[], retire, &[]);
    assert!(logs_stay.going.iter().all(|held| held.kind == PartKind::Bucket));
    let keys: Vec<_> = logs_stay.kept.iter().filter(|(held, _)| held.kind == PartKind::KmsKey).collect();
    assert_eq!(keys.len(), 2, "any key may have encrypted what stays");
}

/// A document that is retained names the parts in use, and not those that were retired.
#[test]
fn what_a_retained_document_names_stays() {
    let mut settings = without_skips();
    settings.push(("settings.document.on_destroy", Value::from("retain")));
    let outcomes = decided(&settings, retire, &[]);
    let going: Vec<_> = outcomes.going.iter().map(|held| (held.kind, held.retired)).collect();
    assert_eq!(going, [(PartKind::LogGroup, true), (PartKind::Bucket, true)]);
}

#[test]
fn a_state_without_parts_has_nothing_to_take() {
    assert_eq!(decided(&[], |state| *state = State::default(), &[]), Outcomes::default());
}

#[test]
fn unknown_inputs_keep_what_holds_logs() {
    let state = model(&applied(&config(&[("settings.cloudwatch.enabled", yes())]))).state;
    let outcomes = outcomes(Inputs::of_unknown(), &state, &HeldPart::all(&state), Vec::new());
    assert_eq!(outcomes.going, []);
}
