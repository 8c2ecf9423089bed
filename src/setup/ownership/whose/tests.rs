//! Whose a part is: by its stamp, and without one by what the state records.

use terraform_plugin::framework::value::Value;

use crate::reconcile::log_group::LogGroupClass;
use crate::setup::model::SetupModel;
use crate::setup::sample::{STAMP, applied, config, model, written};

use super::*;

fn setup() -> SetupModel {
    model(&applied(&config(&[("settings.cloudwatch.enabled", Value::Bool(true))])))
}

fn tags(stamp: &str) -> Tags {
    [(STAMP_TAG.to_owned(), stamp.to_owned())].into()
}

#[test]
fn only_another_stamp_is_another_states() {
    for (tags, is_recorded, expected) in [
        (tags(STAMP), false, Whose::Ours),
        (tags(&format!("{STAMP}/2")), false, Whose::Ours),
        (tags("another"), true, Whose::AnotherState),
        (Tags::new(), true, Whose::Ours),
        (Tags::new(), false, Whose::Unproven),
    ] {
        assert_eq!(Whose::of(&tags, Some(STAMP), is_recorded), expected, "{tags:?}");
    }
    assert_eq!(Whose::of(&tags("another"), None, true), Whose::AnotherState);
    assert_eq!(Whose::of(&Tags::new(), None, true), Whose::Ours);
}

#[test]
fn a_log_group_is_proven_by_its_creation_time() {
    let recorded = setup().state.log_group.fields().clone();
    let observed = |creation_time| ObservedLogGroup {
        name: "group".into(),
        arn: "arn".into(),
        creation_time,
        retention_in_days: Some(7),
        retention_by_account_policy: false,
        kms_key_arn: None,
        deletion_protected: false,
        class: LogGroupClass::TakesEvents,
        tags: Tags::new(),
    };
    let created = recorded.creation_time.known().copied();
    assert!(created.is_some());
    assert!(is_recorded_group(&recorded, &observed(created)));
    assert!(!is_recorded_group(&recorded, &observed(created.map(|time| time + 1))));
    assert!(!is_recorded_group(&recorded, &observed(None)));
    let unknown = LogGroup { creation_time: Field::Null, ..recorded };
    assert!(!is_recorded_group(&unknown, &observed(None)), "two unknown times prove nothing");
}

#[test]
fn a_document_is_proven_by_the_hash_of_its_recorded_version() {
    let recorded = setup().state.document.fields().clone();
    assert!(is_recorded_document(&recorded, recorded.hash.text()));
    assert!(!is_recorded_document(&recorded, Some("other")));
    assert!(!is_recorded_document(&recorded, None));
    assert!(!is_recorded_document(&Document { hash: Field::Null, ..recorded }, None), "no hash proves nothing");
}

#[test]
fn an_error_names_every_part_and_the_way_on() {
    let disputed = [(Some(PartKind::KmsKey), "arn", Whose::AnotherState), (None, "doc", Whose::Unproven)]
        .map(|(kind, name, whose)| Disputed { kind, name: name.into(), whose });
    let mut diagnostics = Diagnostics::new();
    refuse_disputed(&disputed, Some(STAMP), &mut diagnostics);
    let text = written(&diagnostics);
    for words in ["taken over the key arn", "The document doc carries no stamp", &format!("{STAMP_TAG} = {STAMP}")] {
        assert!(text.contains(words), "{words}: {text}");
    }
}
