//! Every setting has an effect: another value of it changes what is planned or what a destroy does.

use crate::setup::destroy::outcome_of;
use crate::setup::plan::tests::properties::choices;
use crate::setup::plan::tests::*;
use crate::setup::sample::validated;

/// Settings whose effect is in no plan, each with where it is.
const WITHOUT_PLAN: &[(&str, &str)] = &[
    ("is_hub", "it is recorded and changes nothing, as in the module"),
    ("region", "it decides where the clients lead; the caller's place is what a plan gets"),
    ("assume_role.external_id", "it is sent to STS"),
    ("assume_role.session_name", "it is sent to STS"),
    ("settings.kms.deletion_window", "it is sent with the deletion of the key"),
    ("settings.document.on_existing", "it decides whether a document that exists is refused"),
    ("timeouts.create", "it bounds the work"),
    ("timeouts.read", "it bounds the work"),
    ("timeouts.update", "it bounds the work"),
    ("timeouts.delete", "it bounds the work"),
];

/// What a plan, its document and a destroy make of a configuration, but for its own inputs.
#[derive(PartialEq)]
struct Effect {
    computed: Vec<(String, Value)>,
    destroy: String,
    document: Value,
}

fn effect(config: &Value) -> Option<Effect> {
    if validated(config).has_errors() {
        return None;
    }
    let planned = planned(config, &Value::Null);
    if planned.diagnostics.has_errors() {
        return None;
    }
    let computed = SCHEMA.block.attributes.iter().filter(|attribute| !attribute.is_configurable());
    let computed = computed.map(|attribute| (attribute.name.clone(), planned.planned.at(&attribute.name).clone()));
    let applied = applied(config);
    Some(Effect {
        computed: computed.collect(),
        destroy: outcome_of(&model(&applied)),
        document: applied.at("document.content").clone(),
    })
}

/// Configurations in one of which each setting counts.
fn bases() -> Vec<Vec<Setting>> {
    let mut bases = kinds();
    let logs = ("settings.cloudwatch.enabled", Value::Bool(true));
    bases.push(vec![logs.clone()]);
    bases.push(vec![
        ("settings.bucket.create", Value::Bool(false)),
        ("settings.bucket.name", text("central-logs")),
        ("settings.bucket.kms_key_arn", text(KEY_ARN)),
    ]);
    bases.push(vec![logs, ("settings.session.run_as_enabled", Value::Bool(true))]);
    bases
}

fn has_effect(path: &str, values: &[Value]) -> bool {
    bases().into_iter().any(|base| {
        let before = config(&base);
        let Some(effect_before) = effect(&before) else { return false };
        values.iter().any(|value| {
            let mut after = before.clone();
            set(&mut after, path, value.clone());
            effect(&after).is_some_and(|effect_after| effect_after != effect_before)
        })
    })
}

#[test]
fn every_setting_changes_a_plan_or_a_destroy_or_says_where_its_effect_is() {
    let mut dead = Vec::new();
    for (path, attribute) in leaves() {
        // A delegation is planned by rules, and has tests, of its own.
        if path.starts_with("settings.organization.") {
            continue;
        }
        let excepted = WITHOUT_PLAN.iter().any(|(excepted, _)| *excepted == path);
        if has_effect(&path, &choices(&path, attribute)) == excepted {
            dead.push((path, excepted));
        }
    }
    assert_eq!(dead, [], "a setting without effect, or an exception that is none");
}
