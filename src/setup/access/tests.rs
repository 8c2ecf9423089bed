//! The literal policies of three partitions, what holds for every combination of settings, and when a policy is
//! unknown.

mod reach;
mod simulator;

use serde_json::{Value as Json, json};
use terraform_plugin::framework::json::from_json;
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::value::Value;

use crate::reconcile::session_document::NAME as DOCUMENT_NAME;
use crate::setup::model::SetupModel;
use crate::setup::sample;
use crate::setup::schema::SCHEMA;

use super::*;

const FOREIGN_KEY: &str = "key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn places() -> [Place; 3] {
    [
        ("aws", "amazonaws.com", "us-east-1"),
        ("aws-cn", "amazonaws.com.cn", "cn-north-1"),
        ("aws-us-gov", "amazonaws.com", "us-gov-west-1"),
    ]
    .map(|(partition, dns_suffix, region)| Place {
        partition: partition.to_owned(),
        dns_suffix: dns_suffix.to_owned(),
        account_id: "123456789012".to_owned(),
        region: region.to_owned(),
    })
}

/// The configuration with these settings, as the host sends it.
fn config(settings: &Json) -> Value {
    let config = json!({
        "org": {
            "organization_name": "Acme",
            "organization_unit": "platform",
            "environment_type": "live",
            "environment_name": "audit",
        },
        "settings": settings,
    });
    from_json(&SCHEMA.ty(), &config).unwrap()
}

fn planned_from(config: &Value, prior: &Value, place: &Place) -> Value {
    sample::planned_at(config, prior, place, &[]).planned
}

fn planned(settings: &Json, place: &Place) -> Value {
    planned_from(&config(settings), &Value::Null, place)
}

fn policy(planned: &Value, name: &str) -> Json {
    let text = planned.at(&format!("policies.{name}")).as_str().unwrap_or_else(|| panic!("{name} is not known"));
    serde_json::from_str(text).unwrap()
}

fn statements(policy: &Json) -> Vec<Json> {
    policy["Statement"].as_array().unwrap().clone()
}

fn sids(planned: &Value, name: &str) -> Vec<String> {
    let statements = statements(&policy(planned, name));
    statements.iter().map(|statement| statement["Sid"].as_str().unwrap().to_owned()).collect()
}

fn texts(value: &Json) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Every policy that is not null, by name.
fn all(planned: &Value) -> Vec<(String, Json)> {
    let policies = planned.at("policies").as_map().unwrap();
    let non_null = policies.iter().filter(|(_, policy)| !policy.is_null());
    non_null.map(|(name, _)| (name.clone(), policy(planned, name))).collect()
}

fn everything() -> Json {
    json!({
        "session": {"node_tags": {"team": "ops", "price": "$5"}},
        "cloudwatch": {"enabled": true},
        "kms": {"multi_region": true},
        "bucket": {"force_destroy": true},
    })
}

fn central(place: &Place) -> Json {
    let key = format!("arn:{}:kms:{}:210987654321:{FOREIGN_KEY}", place.partition, place.region);
    json!({
        "kms": {"enabled": false, "key_id": key},
        "bucket": {"create": false, "name": "central", "account_id": "210987654321", "kms_key_arn": key},
        "cloudwatch": {"enabled": true, "create": false, "log_group_name": "/central"},
        "allowed_iam_role_arns": [format!("arn:{}:iam::123456789012:role/node", place.partition)],
    })
}

/// Every combination of kinds of settings.
fn combinations(place: &Place) -> Vec<Json> {
    let keys = [
        json!({}),
        json!({"enabled": false}),
        json!({"enabled": false, "key_alias": "theirs"}),
        central(place)["kms"].clone(),
    ];
    let buckets = [json!({}), json!({"force_destroy": true, "key_prefix": ""}), central(place)["bucket"].clone()];
    let groups = [json!({}), json!({"enabled": true}), central(place)["cloudwatch"].clone()];
    let sessions = [json!({}), json!({"kms_encryption": false}), json!({"node_tags": {"a": "b"}})];
    let mut all = Vec::new();
    for key in &keys {
        for bucket in &buckets {
            for group in &groups {
                for session in &sessions {
                    all.push(json!({"kms": key, "bucket": bucket, "cloudwatch": group, "session": session}));
                }
            }
        }
    }
    all
}

#[test]
fn policies_of_three_partitions() {
    let written = |settings: &Json, place: &Place| {
        let policies: std::collections::BTreeMap<_, _> = all(&planned(settings, place)).into_iter().collect();
        serde_json::to_string_pretty(&policies).unwrap()
    };
    let [commercial, china, government] = places();
    insta::assert_snapshot!("managed_aws", written(&everything(), &commercial));
    insta::assert_snapshot!("central_aws", written(&central(&commercial), &commercial));
    for (place, code, suffix) in [(china, "cnno1", "35m8bth4"), (government, "usgowest", "sgzmuum6")] {
        for settings in [|_: &Place| everything(), central] {
            let expected = sample::in_partition(&written(&settings(&commercial), &commercial), &place)
                .replace("usea1-1snsovu4", &format!("{code}-{suffix}"))
                .replace("usea1", code)
                // The one condition with two spellings.
                .replace(
                    &format!("\"s3.{}.amazonaws.com.cn\"", place.region),
                    &format!("\"s3.{0}.amazonaws.com\", \"s3.{0}.amazonaws.com.cn\"", place.region),
                )
                // The one service principal that is the same everywhere.
                .replace(&format!("mrk.kms.{}", place.dns_suffix), "mrk.kms.amazonaws.com");
            let parsed = |text: &str| serde_json::from_str::<Json>(text).unwrap();
            assert_eq!(parsed(&written(&settings(&place), &place)), parsed(&expected));
        }
    }
}

/// Actions that AWS does not restrict to a resource, and why each is needed.
const WITHOUT_RESOURCE: &[(&str, &str)] = &[
    ("ec2:DescribeInstances", "lists nodes"),
    ("kms:CreateKey", "the key has no ARN yet; bound to the mark"),
    ("kms:ListAliases", "finds keys that have an alias"),
    ("kms:ListKeys", "finds a key that an interrupted apply left behind"),
    ("logs:DescribeLogGroups", "AWS documents no resource for it"),
    ("ssm:DescribeInstanceProperties", "lists nodes"),
    ("ssm:DescribeSessions", "lists sessions"),
    ("ssm:GetConnectionStatus", "asks whether a node is connected"),
    ("ssm:UpdateInstanceInformation", "the node registers itself"),
    ("ssmmessages:CreateControlChannel", "channels have no ARN"),
    ("ssmmessages:CreateDataChannel", "channels have no ARN"),
    ("ssmmessages:OpenControlChannel", "channels have no ARN"),
    ("ssmmessages:OpenDataChannel", "channels have no ARN"),
];

#[test]
fn every_statement_names_its_resources_where_aws_can() {
    for place in places() {
        for settings in combinations(&place) {
            for (name, policy) in all(&planned(&settings, &place)) {
                for statement in statements(&policy) {
                    let actions = texts(&statement["Action"]);
                    assert!(
                        actions.iter().all(|action| !action.ends_with(":*") && action != "*"),
                        "{name} {statement}"
                    );
                    // In a key policy `*` is the key itself.
                    let everywhere = texts(&statement["Resource"]).contains(&"*".to_owned()) && name != "key_owner";
                    let required = |action: &String| WITHOUT_RESOURCE.iter().any(|(listed, _)| listed == action);
                    assert!(!everywhere || actions.iter().all(required), "{name} {statement}");
                    for resource in texts(&statement["Resource"]).iter().filter(|resource| *resource != "*") {
                        assert_eq!(resource.split(':').nth(1), Some(place.partition.as_str()), "{name} {statement}");
                    }
                }
            }
        }
    }
}

#[test]
fn policies_fit_the_limits_of_iam_and_organizations() {
    for place in places() {
        for settings in combinations(&place).into_iter().chain([everything()]) {
            let planned = planned(&settings, &place);
            for (name, max) in [("instance", 6144), ("user", 6144), ("provisioner", 6144), ("preferences_lock", 5120)] {
                let length = planned.at(&format!("policies.{name}")).as_str().unwrap().len();
                assert!(length <= max, "{name} has {length} characters");
            }
        }
    }
}

#[test]
fn statements_appear_only_where_they_are_needed() {
    let [place, ..] = places();
    let least = planned(&json!({"kms": {"enabled": false}}), &place);
    assert_eq!(sids(&least, "instance"), ["OpenSessions", "WriteLogsToBucket", "CheckBucketEncryption"]);
    assert!(!least.at("policies.user").as_str().unwrap().contains("kms:"));
    assert!(!least.at("policies.provisioner").as_str().unwrap().contains("kms:"));
    assert!(!least.at("policies.provisioner").as_str().unwrap().contains("s3:DeleteObject"));

    let unencrypted = planned(&json!({"session": {"kms_encryption": false}}), &place);
    assert!(sids(&unencrypted, "instance").contains(&"EncryptLogsInBucket".to_owned()));
    assert!(!sids(&unencrypted, "instance").contains(&"DecryptSessions".to_owned()));
    assert!(!sids(&unencrypted, "user").contains(&"EncryptSessions".to_owned()));

    let logged = planned(&json!({"cloudwatch": {"enabled": true}}), &place);
    assert!(sids(&logged, "instance").contains(&"WriteLogsToGroup".to_owned()));
}

/// AWS documents only one spelling, and uses another in China.
#[test]
fn a_service_that_uses_a_key_has_both_spellings_where_they_differ() {
    let [aws, china, _] = places();
    let services = |place: &Place| {
        let statements = statements(&policy(&planned(&json!({}), place), "instance"));
        let found = statements.iter().find_map(|one| one["Condition"]["StringEquals"].get("kms:ViaService").cloned());
        texts(&found.unwrap())
    };
    assert_eq!(services(&aws), ["s3.us-east-1.amazonaws.com"]);
    assert_eq!(services(&china), ["s3.cn-north-1.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn"]);
}

#[test]
fn null_tags_remove_standard_and_default_tags_from_every_part() {
    let [place, ..] = places();
    let mut config = config(&json!({}));
    config.put("extra_tags", Value::map([("organization", Value::Null), ("team", Value::Null), ("a", "b".into())]));
    let planned = sample::planned_at(&config, &Value::Null, &place, &[("team", "x"), ("cost", "y")]).planned;
    assert_eq!(planned.at("extra_tags"), config.at("extra_tags"), "the host refuses any other value");
    for tags in [planned.at("tags_all"), planned.at("bucket.tags"), planned.at("kms_key.tags")] {
        let tags = tags.as_map().unwrap();
        assert!(!tags.contains_key("organization") && !tags.contains_key("team"), "{tags:?}");
        assert!(tags.contains_key("organization-unit") && tags.contains_key("cost") && tags.contains_key("a"));
    }
}

#[test]
fn a_managed_key_is_named_by_its_alias_before_it_is_created() {
    let [place, ..] = places();
    let planned = planned(&json!({}), &place);
    assert!(planned.at("kms_key.arn").is_unknown());
    for name in ["instance", "user", "preferences_lock"] {
        let policy = planned.at(&format!("policies.{name}")).as_str().unwrap();
        assert!(policy.contains(r#""kms:ResourceAliases":"alias/ssm-session-mgmt-key-platform-audit-live-001-usea1""#));
    }
    assert!(planned.at("policies.bucket_owner").is_null());
    assert!(planned.at("policies.key_owner").is_null());
}

#[test]
fn a_foreign_bucket_takes_an_acl_and_its_own_key_in_its_own_region() {
    let [place, ..] = places();
    let mut settings = central(&place);
    settings["bucket"]["kms_key_arn"] = json!(format!("arn:aws:kms:eu-west-1:210987654321:{FOREIGN_KEY}"));
    let text = planned(&settings, &place).at("policies.instance").as_str().unwrap().to_owned();
    for part in ["s3:PutObjectAcl", "s3.eu-west-1.amazonaws.com", "kms:eu-west-1:210987654321"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    settings["bucket"]["account_id"] = json!("123456789012");
    assert!(!planned(&settings, &place).at("policies.instance").as_str().unwrap().contains("s3:PutObjectAcl"));
}

#[test]
fn only_what_depends_on_something_unknown_is_unknown() {
    let [place, ..] = places();
    // The key of an existing bucket is read by the apply, unless the configuration has it.
    let unconfigured = planned(&json!({"bucket": {"create": false, "name": "central"}}), &place);
    let is_unknown = |planned: &Value, name: &str| planned.at(&format!("policies.{name}")).is_unknown();
    let names = ["instance", "user", "preferences_lock", "provisioner", "bucket_owner", "key_owner"];
    let unknown = |planned: &Value| names.into_iter().filter(|name| is_unknown(planned, name)).collect::<Vec<_>>();
    assert_eq!(unknown(&unconfigured), ["instance", "bucket_owner", "key_owner"]);

    let mut config = config(&json!({"session": {"timeout": 5}}));
    config.put("settings.session.node_tags", Value::Unknown);
    let planned = planned_from(&config, &Value::Null, &place);
    assert_eq!(unknown(&planned), ["user"]);
    assert!(!planned.at("vpc_endpoint_services").is_unknown());
}

#[test]
fn a_policy_keeps_its_spelling_if_it_means_the_same() {
    let [place, ..] = places();
    let config = config(&json!({}));
    let mut prior = planned_from(&config, &Value::Null, &place);
    let spaced = serde_json::to_string_pretty(&policy(&prior, "user")).unwrap();
    prior.put("policies.user", Value::from(spaced.as_str()));
    prior.put("policies.instance", Value::from("{}"));
    let planned = planned_from(&config, &prior, &place);
    assert_eq!(planned.at("policies.user").as_str(), Some(spaced.as_str()));
    assert_ne!(planned.at("policies.instance").as_str(), Some("{}"));
}

#[test]
fn a_refresh_fills_in_missing_policies_and_changes_no_other() {
    let [place, ..] = places();
    let complete = planned(&json!({}), &place);
    let inputs = sample::model(&complete).inputs;
    let nothing = SetupModel::default();
    let desired = Desired::derive(&inputs, &MaybeUnknown::Known(place), &MaybeUnknown::Unknown, &nothing);
    let refreshed = |state: &Value| {
        let mut model = sample::model(state);
        fill(&mut model.state, &inputs, &desired);
        model.write()
    };
    let mut missing = complete.clone();
    missing.put("retired", Value::List(Vec::new()));
    missing.put("policies", Value::Null);
    missing.put("vpc_endpoint_services", Value::Null);
    let filled = refreshed(&missing);
    assert_eq!(filled.at("policies"), complete.at("policies"));
    assert_eq!(filled.at("vpc_endpoint_services"), complete.at("vpc_endpoint_services"));

    let mut old = complete.clone();
    old.put("policies.user", Value::from("{}"));
    old.put("vpc_endpoint_services", Value::List(Vec::new()));
    assert_eq!(refreshed(&old), old);
}

#[test]
fn endpoints_follow_what_is_enabled() {
    let services = |settings: &Json, place: &Place| {
        let planned = planned(settings, place);
        let services = planned.at("vpc_endpoint_services").as_list().unwrap().to_vec();
        services.iter().map(|service| service.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let [aws, china, _] = places();
    let named = |region: &str, names: &[&str]| -> Vec<String> {
        names.iter().map(|name| format!("com.amazonaws.{region}.{name}")).collect()
    };
    assert_eq!(services(&json!({"kms": {"enabled": false}}), &aws), named("us-east-1", &["s3", "ssm", "ssmmessages"]));
    assert_eq!(
        services(&json!({"session": {"kms_encryption": false}}), &aws),
        named("us-east-1", &["s3", "ssm", "ssmmessages"])
    );
    assert_eq!(services(&everything(), &china), named("cn-north-1", &["kms", "logs", "s3", "ssm", "ssmmessages"]));
}

#[test]
fn the_lock_covers_the_document_and_exempts_the_provisioner() {
    let [place, ..] = places();
    let mut config = config(&json!({}));
    let role = "arn:aws:iam::123456789012:role/provisioner";
    let assumed =
        Value::map([("role_arn", Value::from(role)), ("external_id", Value::Null), ("session_name", Value::Null)]);
    for (assume_role, condition) in [(Value::Null, json!(null)), (assumed, json!(role))] {
        config.put("assume_role", assume_role);
        let planned = planned_from(&config, &Value::Null, &place);
        for statement in statements(&policy(&planned, "preferences_lock")) {
            assert_eq!(statement["Effect"], "Deny");
            assert_eq!(statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"], condition, "{statement}");
        }
        assert!(planned.at("policies.preferences_lock").as_str().unwrap().contains(DOCUMENT_NAME));
    }
}

#[test]
fn an_unknown_policy_is_known_after_the_apply() {
    let central = sample::config(&[
        ("settings.bucket.create", Value::Bool(false)),
        ("settings.bucket.name", Value::from("central")),
    ]);
    let sample::SamplePlan { planned, desired, .. } = sample::planned(&central, &Value::Null);
    assert!(planned.at("policies.key_owner").is_unknown());
    let mut applied = sample::applied(&central);
    // The bucket has no key of its own, so that there is no policy for the key's owner.
    applied.put("bucket.kms_key_arn", Value::Null);
    let (planned, mut applied) = (sample::model(&planned), sample::model(&applied));
    write(&mut applied.state, &planned.state, &planned.inputs, &desired);
    assert!(applied.state.policies.fields().key_owner.is_null());
}
