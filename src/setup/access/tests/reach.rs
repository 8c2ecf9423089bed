//! What the provisioner's policy reaches: every call of every change, and nothing of others.

use serde_json::Value as Json;
use terraform_plugin::framework::value::Value;

use super::simulator::{Context, allows};
use crate::reconcile::MARK_TAG;
use crate::setup::access;
use crate::setup::desired::transition::Transition;
use crate::setup::model::SetupModel;
use crate::setup::model::state::PartKind;
use crate::setup::sample::{self, KEY_ARN, SamplePlan, Setting, applied, config};

const MARK: &str = "123456789012/us-east-1/retail-shop-prod-001-usea1";
const OTHER_MARK: &str = "123456789012/eu-west-1/retail-shop-prod-001-euwe1";
const OTHER_KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/ffffffff-12ab-34cd-56ef-1234567890ab";

/// The calls that write a key, and the calls that end or resume its use.
const KEY_WRITES: &[&str] = &[
    "kms:DisableKeyRotation",
    "kms:EnableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateKeyDescription",
];
const ALIAS_WRITES: &[&str] = &["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"];
const KEY_ENDS: &[&str] = &["kms:CancelKeyDeletion", "kms:EnableKey", "kms:ScheduleKeyDeletion"];
const GROUP_WRITES: &[&str] = &[
    "logs:AssociateKmsKey",
    "logs:CreateLogGroup",
    "logs:DeleteLogGroup",
    "logs:DeleteRetentionPolicy",
    "logs:DisassociateKmsKey",
    "logs:PutRetentionPolicy",
    "logs:TagResource",
    "logs:UntagResource",
];
const BUCKET_WRITES: &[&str] = &[
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:PutBucketPolicy",
    "s3:PutBucketTagging",
    "s3:PutLifecycleConfiguration",
];

fn on() -> Value {
    Value::Bool(true)
}

fn off() -> Value {
    Value::Bool(false)
}

fn group(name: &'static str) -> Vec<Setting> {
    vec![("settings.cloudwatch.enabled", on()), ("settings.cloudwatch.log_group_name", Value::from(name))]
}

fn deleting(mut settings: Vec<Setting>) -> Vec<Setting> {
    settings.push(("settings.cloudwatch.skip_destroy", off()));
    settings
}

fn alias(name: &'static str) -> Vec<Setting> {
    vec![("settings.kms.alias_name", Value::from(name))]
}

/// Settings before and after a change.
fn changes() -> Vec<[Vec<Setting>; 2]> {
    let existing_key = || vec![("settings.kms.enabled", off()), ("settings.kms.key_alias", Value::from("theirs"))];
    let no_key = || vec![("settings.kms.enabled", off())];
    let bucket = |name: &'static str| vec![("settings.bucket.name", Value::from(name))];
    let given = || vec![("settings.bucket.create", off()), ("settings.bucket.name", Value::from("central"))];
    let mut both_ways = vec![
        [vec![], alias("other")],
        [alias("one"), alias("two")],
        [vec![], vec![("settings.kms.multi_region", on())]],
        [vec![], existing_key()],
        [vec![], no_key()],
        [existing_key(), no_key()],
        [vec![], deleting(group("/one"))],
        [group("/one"), group("/two")],
        [deleting(group("/one")), deleting(group("/two"))],
        [deleting(vec![]), deleting(group("/one"))],
        [group("/one"), [group("/one"), vec![("settings.cloudwatch.create", off())]].concat()],
        [vec![], bucket("other-logs")],
        [vec![], given()],
        [vec![], vec![("org.environment_name", Value::from("other"))]],
        [vec![], vec![("spoke_def", Value::from("002"))]],
        [vec![], vec![("settings.bucket.force_destroy", on())]],
        [vec![], vec![("settings.document.enabled", off())]],
    ];
    let back: Vec<_> = both_ways.iter().map(|[before, after]| [after.clone(), before.clone()]).collect();
    both_ways.extend(back);
    both_ways
}

/// The policy of a change: in the plan where it is known there, and after the apply.
fn policies(before: &Value, settings: &[Setting]) -> (SetupModel, Vec<Json>) {
    let SamplePlan { planned, desired, .. } = sample::planned(&config(settings), before);
    let prior = sample::model(before);
    let mut after = sample::model(&planned);
    after.state.retired = Transition::between(&prior.state, &desired, &after.inputs).retired().into();
    access::write(&mut after.state, &SetupModel::default().state, &after.inputs, &desired);
    let texts = [planned.at("policies.provisioner").as_str(), after.state.policies.fields().provisioner.text()];
    let parsed = texts.iter().flatten().map(|text| serde_json::from_str(text).unwrap()).collect();
    (after, parsed)
}

fn context(mark: Option<&str>, aliases: &[&str]) -> Context {
    let texts = |texts: &[&str]| texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
    let mark = mark.map(|mark| (format!("aws:ResourceTag/{MARK_TAG}"), texts(&[mark])));
    let aliases = (!aliases.is_empty()).then(|| ("kms:ResourceAliases".to_owned(), texts(aliases)));
    mark.into_iter().chain(aliases).collect()
}

fn alias_arn(name: &str) -> String {
    format!("arn:aws:kms:us-east-1:123456789012:{name}")
}

fn group_arn(name: &str) -> String {
    format!("arn:aws:logs:us-east-1:123456789012:log-group:{name}")
}

/// Calls of an apply on keys, as action, resource and context.
fn key_calls(before: &SetupModel, after: &SetupModel) -> Vec<(&'static str, String, Context)> {
    let alias_of = |model: &SetupModel| model.state.managed_key().and_then(|key| key.alias_name.known().cloned());
    let (old, new) = (alias_of(before), alias_of(after));
    let mut calls = Vec::new();
    let mut call = |actions: &[&'static str], resource: &str, context: Context| {
        calls.extend(actions.iter().map(|&action| (action, resource.to_owned(), context.clone())));
    };
    if let Some(new) = new.as_deref() {
        // KMS evaluates neither the tags nor the alias of a new key at once.
        let stages = [context(None, &[]), context(None, &[new]), context(Some(MARK), &[]), context(Some(MARK), &[new])];
        for stage in stages {
            call(KEY_WRITES, KEY_ARN, stage.clone());
            call(ALIAS_WRITES, KEY_ARN, stage);
        }
        call(ALIAS_WRITES, &alias_arn(new), Context::new());
        call(KEY_ENDS, KEY_ARN, context(Some(MARK), &[new]));
        let requested = [(format!("aws:RequestTag/{MARK_TAG}"), vec![MARK.to_owned()])].into();
        call(&["kms:CreateKey"], "*", requested);
    }
    if let Some(old) = old.as_deref() {
        // The key keeps its former alias and mark until the end of the apply.
        let aliases: Vec<_> = [Some(old), new.as_deref()].into_iter().flatten().collect();
        if new.is_some() {
            call(&["kms:DeleteAlias"], &alias_arn(old), Context::new());
            call(ALIAS_WRITES, KEY_ARN, context(Some(MARK), &aliases));
            call(KEY_WRITES, KEY_ARN, context(Some(MARK), &aliases));
        }
        // A destroy removes the key, in use or retired.
        call(KEY_ENDS, KEY_ARN, context(Some(MARK), &[old]));
    }
    calls
}

fn group_calls(before: &SetupModel, after: &SetupModel) -> Vec<(&'static str, String, Context)> {
    let name_of = |model: &SetupModel| model.state.managed_log_group().and_then(|group| group.name.known().cloned());
    let mut calls = Vec::new();
    let mut call = |actions: &[&'static str], resource: &str, context: Context| {
        calls.extend(actions.iter().map(|&action| (action, resource.to_owned(), context.clone())));
    };
    if after.state.log_group.is_known() {
        call(&["logs:DescribeLogGroups"], "*", Context::new());
    }
    if let Some(new) = name_of(after) {
        call(GROUP_WRITES, &group_arn(&new), Context::new());
        call(&["logs:ListTagsForResource"], &group_arn(&new), Context::new());
    }
    let released = after.state.log_group.fields().name == before.state.log_group.fields().name;
    if let Some(old) = name_of(before).filter(|_| !released) {
        // It is deleted by this change, or by a destroy if it is retired.
        call(&["logs:DeleteLogGroup", "logs:ListTagsForResource"], &group_arn(&old), context(Some(MARK), &[]));
    }
    calls
}

fn bucket_calls(after: &SetupModel) -> Vec<(&'static str, String, Context)> {
    let retired = after.state.retired().iter().filter(|part| part.part == PartKind::Bucket).map(|part| &part.name);
    let used = after.state.managed_bucket().and_then(|bucket| bucket.name.known());
    let arns = used.into_iter().chain(retired).map(|name| format!("arn:aws:s3:::{name}"));
    arns.flat_map(|arn| BUCKET_WRITES.iter().map(move |&action| (action, arn.clone(), Context::new()))).collect()
}

#[test]
fn every_call_of_every_change_is_allowed() {
    let mut refused = Vec::new();
    for [before, after] in changes() {
        let prior = applied(&config(&before));
        let (model, policies) = policies(&prior, &after);
        let before_model = sample::model(&prior);
        let calls =
            [key_calls(&before_model, &model), group_calls(&before_model, &model), bucket_calls(&model)].concat();
        assert!(!calls.is_empty() && !policies.is_empty());
        for policy in &policies {
            for (action, resource, context) in &calls {
                if !allows(policy, action, resource, context) {
                    refused.push(format!("{before:?} to {after:?}: {action} on {resource} with {context:?}"));
                }
            }
        }
    }
    assert_eq!(refused, Vec::<String>::new());
}

/// An imported key carries tags, but no mark until the first update.
#[test]
fn a_key_is_marked_and_its_other_tags_go_right_after_an_import() {
    let (model, policies) = policies(&applied(&config(&[])), &[]);
    let alias = model.state.kms_key.fields().alias_name.text().unwrap().to_owned();
    for action in [KEY_WRITES, ALIAS_WRITES].concat() {
        assert!(allows(&policies[0], action, KEY_ARN, &context(None, &[&alias])), "{action}");
    }
}

#[test]
fn parts_of_others_are_out_of_reach() {
    let own = "alias/ssm-session-mgmt-key-retail-shop-prod-001-usea1";
    let mut reached = Vec::new();
    for settings in changes().into_iter().flatten() {
        let (_, policies) = policies(&applied(&config(&settings)), &settings);
        let keys = [
            context(None, &["alias/theirs"]),
            context(None, &["alias/theirs", own]),
            context(Some(OTHER_MARK), &[]),
            context(Some(OTHER_MARK), &["alias/theirs"]),
            context(Some("210987654321/us-east-1/x"), &[own]),
        ];
        let no_context = Context::new();
        for policy in &policies {
            let mut check = |actions: &[&str], resource: &str, context: &Context| {
                for action in actions.iter().filter(|action| allows(policy, action, resource, context)) {
                    reached.push(format!("{settings:?}: {action} on {resource} with {context:?}"));
                }
            };
            for key in &keys {
                check(&[KEY_WRITES, ALIAS_WRITES, KEY_ENDS].concat(), OTHER_KEY, key);
            }
            // A key without any alias looks like a new one, except that nothing ends or resumes its use.
            check(KEY_ENDS, OTHER_KEY, &no_context);
            check(&["kms:CreateKey"], "*", &no_context);
            check(GROUP_WRITES, &group_arn("/theirs"), &no_context);
            check(GROUP_WRITES, &group_arn("/theirs"), &context(Some(OTHER_MARK), &[]));
            check(BUCKET_WRITES, "arn:aws:s3:::theirs", &no_context);
            check(&["ssm:UpdateDocument"], "arn:aws:ssm:us-east-1:123456789012:document/Theirs", &no_context);
        }
    }
    assert_eq!(reached, Vec::<String>::new());
}

#[test]
fn keys_are_made_and_ended_only_by_the_mark() {
    let (_, policies) = policies(&applied(&config(&[])), &[]);
    for statement in policies[0]["Statement"].as_array().unwrap() {
        let actions = statement["Action"].to_string();
        if KEY_ENDS.iter().chain(&["kms:CreateKey"]).any(|action| actions.contains(&format!("{action:?}"))) {
            // The mark of any system name: a key keeps the mark it was created with when `org` changes.
            let condition = statement["Condition"]["StringLike"].to_string();
            assert!(condition.contains(MARK_TAG) && condition.contains("123456789012/us-east-1/*"), "{condition}");
        }
    }
}
