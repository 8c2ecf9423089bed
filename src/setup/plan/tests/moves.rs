//! Moves to another key, bucket or log group.

use super::*;

/// What a plan reports when a setup moves to another part: what changes, what is retired, and the warnings.
#[test]
fn a_move_retires_what_is_no_longer_used() {
    let on = || ("settings.cloudwatch.enabled", Value::Bool(true));
    let existing_key =
        || vec![on(), ("settings.kms.enabled", Value::Bool(false)), ("settings.kms.key_id", text(OTHER_KEY))];
    let existing_bucket =
        || vec![on(), ("settings.bucket.create", Value::Bool(false)), ("settings.bucket.name", text("central-logs"))];
    let moves: Vec<(&str, Vec<Setting>, Vec<Setting>)> = vec![
        ("managed key to an existing one", vec![on()], existing_key()),
        ("managed key to none", vec![on()], vec![on(), ("settings.kms.enabled", Value::Bool(false))]),
        ("existing key to a managed one", existing_key(), vec![on()]),
        ("another kind of key", vec![on()], vec![on(), ("settings.kms.multi_region", Value::Bool(true))]),
        ("another bucket", vec![on()], vec![on(), ("settings.bucket.name", text("audit-logs"))]),
        ("managed bucket to an existing one", vec![on()], existing_bucket()),
        ("existing bucket to a managed one", existing_bucket(), vec![on()]),
        ("another log group", vec![on()], vec![on(), ("settings.cloudwatch.log_group_name", text("other"))]),
        ("no log group", vec![on()], vec![]),
        ("no log group, and it is deleted", vec![on()], vec![("settings.cloudwatch.skip_destroy", Value::Bool(false))]),
        ("no document", vec![on()], vec![on(), ("settings.document.enabled", Value::Bool(false))]),
        ("another spoke", vec![on()], vec![on(), ("spoke_def", text("002"))]),
    ];
    let mut report = String::new();
    for (name, before, after) in moves {
        let state = applied(&config(&before));
        let plan = planned(&config(&after), &state);
        report = format!(
            "{report}{name}\n  changes: {}\n  unknown: {}\n  retired: {}\n{}",
            changed(&state, &plan.planned).join(", "),
            unknown_paths(&plan.planned).join(", "),
            plan.planned.at("retired").describe(),
            written(&plan.diagnostics)
        );
    }
    insta::assert_snapshot!(report);
}

const OTHER_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/00000000-0000-0000-0000-000000000002";

#[test]
fn retired_parts_are_taken_back_when_they_are_desired_again() {
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
    // The parts that were used in between are retired now.
    let names = back.at("retired").as_list().unwrap().iter().map(|part| part.at("name").clone());
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
      The bucket has the default retention {days = 1, mode = "GOVERNANCE"}. S3 cannot remove it. Set it again, or set another bucket in settings.bucket.name.
    "#);
}

/// Hosts plan again once the value is known, and refuse every other value than the planned one.
#[test]
fn a_place_that_is_not_known_yet_makes_everything_unknown_that_hangs_on_it() {
    let state = applied(&config(&[("settings.cloudwatch.enabled", Value::Bool(true))]));
    let undecided = config(&[("settings.cloudwatch.enabled", Value::Bool(true)), ("region", Value::Unknown)]);
    let prior = model(&state);
    let inputs = inputs(&undecided, Some(&prior), &MaybeUnknown::Known(None)).unwrap();
    let plan = plan(inputs, Some(&prior), &MaybeUnknown::Unknown, &MaybeUnknown::Known(Tags::new()));
    assert_eq!(plan.replace, []);
    assert_eq!(written(&plan.diagnostics), "");
    assert_eq!(plan.planned.state, State::unknown());
    let planned = plan.planned.write();
    for derived in ["settings.bucket.name", "settings.kms.alias_name", "settings.cloudwatch.log_group_name"] {
        assert_eq!(planned.at(derived), &Value::Unknown, "{derived}");
    }
    assert_eq!(planned.at("settings.session.timeout"), &Value::number(20));
}
