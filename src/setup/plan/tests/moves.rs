//! Moves to another key, bucket or log group.

use crate::setup::plan::tests::*;

/// What a plan says of a change that moves a setup to another part: what changes, what is retired, what is warned of.
#[test]
fn a_move_retires_what_is_no_longer_used() {
    let on = || ("settings.cloudwatch.enabled", Value::Bool(true));
    let existing_key =
        || vec![on(), ("settings.kms.enabled", Value::Bool(false)), ("settings.kms.key_id", text(OTHER_KEY))];
    let existing_bucket =
        || vec![on(), ("settings.bucket.create", Value::Bool(false)), ("settings.bucket.name", text("central-logs"))];
    let moves: Vec<(&str, Vec<Setting>, Vec<Setting>)> = vec![
        ("own key to an existing one", vec![on()], existing_key()),
        ("own key to none", vec![on()], vec![on(), ("settings.kms.enabled", Value::Bool(false))]),
        ("existing key to one of its own", existing_key(), vec![on()]),
        ("another kind of key", vec![on()], vec![on(), ("settings.kms.multi_region", Value::Bool(true))]),
        ("another bucket", vec![on()], vec![on(), ("settings.bucket.name", text("audit-logs"))]),
        ("own bucket to an existing one", vec![on()], existing_bucket()),
        ("existing bucket to one of its own", existing_bucket(), vec![on()]),
        ("another log group", vec![on()], vec![on(), ("settings.cloudwatch.log_group_name", text("other"))]),
        ("no log group", vec![on()], vec![]),
        ("no log group, and it is deleted", vec![on()], vec![("settings.cloudwatch.skip_destroy", Value::Bool(false))]),
        ("no document", vec![on()], vec![on(), ("settings.document.enabled", Value::Bool(false))]),
        ("another spoke", vec![on()], vec![on(), ("spoke_def", text("002"))]),
    ];
    let mut told = String::new();
    for (name, before, after) in moves {
        let state = applied(&config(&before));
        let plan = planned(&config(&after), &state);
        told = format!(
            "{told}{name}\n  changes: {}\n  unknown: {}\n  retired: {}\n{}",
            changed(&state, &plan.planned).join(", "),
            unknown_paths(&plan.planned).join(", "),
            plan.planned.at("retired").describe(),
            written(&plan.diagnostics)
        );
    }
    insta::assert_snapshot!(told);
}

const OTHER_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000002";

#[test]
fn what_was_retired_is_taken_back_when_it_is_wanted_again() {
    let on = ("settings.cloudwatch.enabled", Value::Bool(true));
    let home = config(std::slice::from_ref(&on));
    let away = config(&[
        on,
        ("settings.kms.enabled", Value::Bool(false)),
        ("settings.bucket.name", text("audit-logs")),
        ("settings.cloudwatch.log_group_name", text("other")),
    ]);
    let state = applied(&home);
    let left = planned(&away, &state).planned;
    assert_eq!(left.at("retired").as_list().map(<[Value]>::len), Some(3));
    let mut moved = applied(&away);
    moved.put("retired", left.at("retired").clone());
    let back = planned(&home, &moved).planned;
    for part in ["kms_key.alias_name", "bucket.name", "log_group.name"] {
        assert_eq!(back.at(part), state.at(part));
    }
    // What was used meanwhile is retired in its turn.
    let names = back.at("retired").as_list().unwrap().iter().map(|held| held.at("name").clone());
    assert_eq!(names.collect::<Vec<_>>(), [text("audit-logs"), text("other")]);
}

#[test]
fn an_object_lock_is_switched_on_and_never_off() {
    let lock = [
        ("settings.bucket.object_lock.mode", text("GOVERNANCE")),
        ("settings.bucket.object_lock.days", Value::number(1)),
    ];
    let on = planned(&config(&lock), &applied(&config(&[])));
    assert_eq!(written(&on.diagnostics), "");
    let off = planned(&config(&[]), &applied(&config(&lock)));
    insta::assert_snapshot!(written(&off.diagnostics), @r#"
    Error at settings.bucket.object_lock: An object lock cannot be switched off
      The bucket has the default retention {days = 1, mode = "GOVERNANCE"}. S3 never takes it back: give it again, or another bucket in settings.bucket.name.
    "#);
}
