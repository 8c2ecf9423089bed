//! Which changes require a replacement.

use super::*;

#[test]
fn another_region_or_account_replaces() {
    let state = applied(&config(&[]));
    let in_place = |config: &Value, account_id: &str, region: &str| {
        let place = MaybeUnknown::Known(Place { account_id: account_id.into(), region: region.into(), ..place() });
        let region = MaybeUnknown::Known(Some("us-east-1".to_owned()));
        let tags = MaybeUnknown::Known([("team".to_owned(), "platform".to_owned())].into());
        let prior = model(&state);
        plan(inputs(config, Some(&prior), &region).unwrap(), Some(&prior), &place, &tags)
    };
    let here = "123456789012";
    let there = "210987654321";
    let role = |name: &str, account_id: &str| {
        vec![("assume_role.role_arn", Value::string(format!("arn:aws:iam::{account_id}:role/{name}")))]
    };
    let replaced = |config: &Value, account_id, region| {
        in_place(config, account_id, region).replace.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(replaced(&config(&[("region", text("eu-west-1"))]), here, "eu-west-1"), ["region"]);
    assert_eq!(replaced(&config(&[("region", text("us-east-1"))]), here, "us-east-1"), Vec::<String>::new());
    assert_eq!(replaced(&config(&[("region", Value::Unknown)]), here, "us-east-1"), Vec::<String>::new());
    assert_eq!(replaced(&config(&role("other", there)), there, "us-east-1"), ["assume_role"]);
    assert_eq!(replaced(&config(&role("other", here)), here, "us-east-1"), Vec::<String>::new());
    assert_eq!(replaced(&config(&[("assume_role", Value::Unknown)]), here, "us-east-1"), Vec::<String>::new());
    // Credentials of another account are refused before the plan, and replace nothing.
    assert_eq!(replaced(&config(&[]), there, "us-east-1"), Vec::<String>::new());

    let replacement = in_place(&config(&[("region", text("eu-west-1"))]), here, "eu-west-1").planned.write();
    assert_eq!(replacement.at("id"), &text("123456789012/eu-west-1"));
    assert!(replacement.at("stamp").is_unknown() && replacement.at("kms_key.arn").is_unknown());
}

#[test]
fn an_imported_state_without_inputs_replaces_nothing() {
    let mut state = applied(&config(&[]));
    state.put("region", Value::Null);
    state.put("assume_role", Value::Null);
    assert_eq!(planned(&config(&[]), &state).replace, []);
}
