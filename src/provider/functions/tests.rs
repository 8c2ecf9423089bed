//! The functions as hosts call them, and what `settings` refuses.

use super::*;

fn function(name: &str) -> Arc<dyn Function> {
    all().into_iter().find(|function| function.name() == name).unwrap()
}

fn call(name: &str, arguments: &[Value]) -> Result<Value, FunctionError> {
    function(name).call(arguments)
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::map(entries)
}

fn org() -> Value {
    object([
        ("organization_name", "Acme Corp".into()),
        ("organization_unit", "Platform".into()),
        ("environment_type", "live".into()),
        ("environment_name", "audit".into()),
    ])
}

/// Settings as a host sends them: of a type of their own.
fn settings(value: Value) -> Result<Value, FunctionError> {
    call("settings", &[Value::Dynamic(Type::Dynamic, Box::new(value))])
}

/// Everything that is wrong with settings, line by line.
fn refused(value: Value) -> Vec<String> {
    let error = settings(value).unwrap_err();
    assert_eq!(error.argument, Some(0));
    error.text.lines().map(str::to_owned).collect()
}

#[test]
fn system_name_is_the_resources() {
    let name = |spoke| call("system_name", &[org(), spoke, "us-gov-west-1".into()]);
    assert_eq!(name("042".into()), Ok("platform-audit-live-042-usgowest".into()));
    assert_eq!(name(Value::Null), Ok("platform-audit-live-001-usgowest".into()));
}

#[test]
fn system_name_blames_the_first_wrong_argument_and_says_all() {
    let mut wrong = org();
    wrong.put("environment_name", "a b".into());
    wrong.put("environment_type", Value::Null);
    let error = call("system_name", &[wrong, "1".into(), "nowhere".into()]).unwrap_err();
    assert_eq!(error.argument, Some(0));
    let lines: Vec<_> = error.text.lines().collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    for (line, part) in
        lines.iter().zip(["org.environment_type is required", "\"a b\"", "Write \"001\"", "region is \"nowhere\""])
    {
        assert!(line.contains(part), "{line}");
    }
    let error = call("system_name", &[org(), "001".into(), "nowhere".into()]).unwrap_err();
    assert_eq!(error.argument, Some(2));
}

#[test]
fn region_code_shortens_regions_and_refuses_others() {
    assert_eq!(call("region_code", &["us-east-1".into()]), Ok("usea1".into()));
    assert_eq!(call("region_code", &["cn-northwest-1".into()]), Ok("cnno1".into()));
    assert_eq!(call("region_code", &["us-east-1a".into()]).unwrap_err().argument, Some(0));
}

#[test]
fn every_parameter_has_a_type_and_words() {
    for function in all() {
        let signature = function.signature();
        assert!(!signature.summary.is_empty() && !signature.description.is_empty(), "{}", function.name());
        for parameter in signature.parameters {
            assert!(!parameter.description.is_empty(), "{} {}", function.name(), parameter.name);
            assert_eq!(parameter.ty == Type::Dynamic, function.name() == "settings", "{}", parameter.name);
        }
    }
}

#[test]
fn right_settings_come_back_as_they_were_given() {
    let given = object([
        ("session", object([("timeout", "15".into()), ("run_as", Value::Unknown), ("node_tags", Value::Unknown)])),
        ("kms", Value::Null),
        ("audit", Value::Unknown),
        // A list literal is a tuple, an object literal converts to a map, text to a number, and back.
        ("allowed_iam_role_arns", Value::List(vec!["arn:aws:iam::123456789012:role/node".into(), Value::Unknown])),
        ("bucket", object([("versioning", "true".into()), ("key_prefix", Value::number(7))])),
    ]);
    assert_eq!(settings(given.clone()), Ok(Value::Dynamic(Type::Dynamic, Box::new(given))));
    assert_eq!(call("settings", &[Value::Null]), Ok(Value::Null));
    assert_eq!(call("settings", &[Value::Unknown]), Ok(Value::Unknown));
}

#[test]
fn unknown_keys_are_named_with_the_right_one() {
    let given = object([
        ("sesion", object([("timeout", Value::number(5))])),
        ("session", object([("timeuot", Value::number(5)), ("shell_profile", object([("Linux", "x".into())]))])),
        ("bucket", object([("object_lock", object([("mode", "GOVERNANCE".into()), ("dais", Value::number(1))]))])),
        ("nonsense", Value::Null),
    ]);
    let lines = refused(given);
    assert_eq!(
        lines.iter().filter(|line| line.contains("is not known")).collect::<Vec<_>>(),
        [
            "settings.nonsense is not known. settings takes random_bucket_suffix, allowed_iam_role_arns, kms, session, \
             audit, cloudwatch, bucket, document, organization.",
            "settings.sesion is not known. Did you mean session?",
            "settings.session.timeuot is not known. Did you mean timeout?",
            "settings.session.shell_profile.Linux is not known. Did you mean linux?",
            "settings.bucket.object_lock.dais is not known. Did you mean days?",
        ]
    );
    assert!(lines.iter().any(|line| line.starts_with("settings.bucket.object_lock.days is required")), "{lines:?}");
    assert_eq!(lines.len(), 6, "{lines:?}");
}

#[test]
fn wrong_types_rules_and_rules_across_attributes_are_said_at_once() {
    let given = object([
        ("kms", object([("enabled", "yes".into()), ("deletion_window", Value::number(6))])),
        ("session", Value::List(vec![])),
        ("audit", object([("archive_days", Value::number(45)), ("retention_years", "five".into())])),
        ("allowed_iam_role_arns", "arn:aws:iam::123456789012:role/node".into()),
        ("cloudwatch", object([("retention", Value::number(8)), ("create", Value::number(1))])),
        ("bucket", object([("create", Value::Bool(false))])),
    ]);
    let lines = refused(given);
    for part in [
        "settings.kms.enabled is \"yes\", and true or false is needed.",
        "settings.kms.deletion_window is 6.",
        "settings.session is [], and an object is needed.",
        "settings.audit.archive_days is 45",
        "settings.audit.retention_years is \"five\", and a number is needed.",
        "settings.allowed_iam_role_arns is \"arn:aws:iam::123456789012:role/node\", and a set or a list is needed.",
        "The nearest is 7.",
        "settings.cloudwatch.create is 1, and true or false is needed.",
        "settings.bucket.create is false.",
    ] {
        assert_eq!(lines.iter().filter(|line| line.contains(part)).count(), 1, "{part}: {lines:#?}");
    }
    assert_eq!(lines.len(), 9, "{lines:#?}");
    assert_eq!(refused("text".into()), ["settings is \"text\", and an object is needed."]);
}

#[test]
fn null_elements_are_refused_where_the_resource_refuses_them() {
    let lines = refused(object([
        ("allowed_iam_role_arns", Value::List(vec![Value::Null])),
        ("session", object([("node_tags", object([("a", Value::Null)]))])),
    ]));
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines.iter().any(|line| line.starts_with("settings.session.node_tags[\"a\"] is null")), "{lines:?}");
}
