//! An evaluator of IAM policies for the elements that the provisioner's policy has: what it does not know, it refuses.
//!
//! Follows <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html> and
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// The context of a request: each key with its values. A key without values is not in the context.
pub(super) type Context = BTreeMap<String, Vec<String>>;

/// Whether a policy allows an action on a resource.
pub(super) fn allows(policy: &Json, action: &str, resource: &str, context: &Context) -> bool {
    let matching = |effect: &str| {
        policy["Statement"].as_array().unwrap().iter().any(|statement| {
            statement["Effect"] == effect
                && each(&statement["Action"]).any(|pattern| is_like(action, &pattern))
                && each(&statement["Resource"]).any(|pattern| is_like(resource, &pattern))
                && holds(&statement["Condition"], context)
        })
    };
    matching("Allow") && !matching("Deny")
}

fn holds(conditions: &Json, context: &Context) -> bool {
    let operators = conditions.as_object().into_iter().flatten();
    operators.into_iter().all(|(operator, keys)| {
        keys.as_object().unwrap().iter().all(|(key, expected)| {
            let expected: Vec<_> = each(expected).collect();
            let actual = context.get(key).map(Vec::as_slice).unwrap_or_default();
            let is_expected = |value: &String| expected.iter().any(|text| plain(text) == *value);
            match operator.as_str() {
                "StringEquals" => actual.len() == 1 && actual.iter().all(is_expected),
                "StringLike" => {
                    actual.len() == 1 && expected.iter().any(|pattern| is_like(actual.first().unwrap(), pattern))
                }
                "Null" => expected == [actual.is_empty().to_string()],
                "ForAllValues:StringEquals" => actual.iter().all(is_expected),
                "ForAnyValue:StringEquals" => actual.iter().any(is_expected),
                other => panic!("{other} is not simulated"),
            }
        })
    })
}

fn each(texts: &Json) -> impl Iterator<Item = String> {
    let texts = if texts.is_array() { texts.as_array().unwrap().clone() } else { vec![texts.clone()] };
    texts.into_iter().map(|text| text.as_str().unwrap().to_owned())
}

/// Text of a policy without the escapes of wildcards and variables.
fn plain(text: &str) -> String {
    text.replace("${*}", "*").replace("${?}", "?").replace("${$}", "$")
}

/// Whether a text matches a pattern in which `*` stands for any text.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return text == plain(pattern) };
    assert!(!pattern.contains("${"), "{pattern} is not simulated");
    let Some(rest) = text.strip_prefix(before) else { return false };
    (0..=rest.len()).any(|at| is_like(&rest[at..], after))
}

#[test]
fn wildcards_and_quantifiers_mean_what_aws_says() {
    assert!(is_like("arn:aws:kms:x:1:key/2", "arn:aws:kms:x:1:key/*") && is_like("a", "*") && is_like("", "*"));
    assert!(!is_like("arn:aws:kms:x:1:alias/2", "arn:aws:kms:x:1:key/*") && !is_like("ab", "*a"));
    let context = |aliases: &[&str]| -> Context {
        [("kms:ResourceAliases".to_owned(), aliases.iter().map(|&alias| alias.to_owned()).collect())].into()
    };
    let condition = |operator: &str| serde_json::json!({operator: {"kms:ResourceAliases": ["alias/a", "alias/b"]}});
    let (all, any) = (condition("ForAllValues:StringEquals"), condition("ForAnyValue:StringEquals"));
    for (aliases, all_hold, any_holds) in [
        (&[][..], true, false),
        (&["alias/a"], true, true),
        (&["alias/a", "alias/c"], false, true),
        (&["c"], false, false),
    ] {
        assert_eq!(
            (holds(&all, &context(aliases)), holds(&any, &context(aliases))),
            (all_hold, any_holds),
            "{aliases:?}"
        );
    }
    let null = serde_json::json!({"Null": {"kms:ResourceAliases": "true"}});
    assert!(holds(&null, &context(&[])) && !holds(&null, &context(&["alias/a"])));
    // An operator without a quantifier or `IfExists` is false for an absent key.
    assert!(!holds(&serde_json::json!({"StringLike": {"aws:ResourceTag/x": "*"}}), &Context::new()));
}
