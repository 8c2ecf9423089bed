//! Configurations and states for the tests of this module. Pure.
//!
//! A configuration is a minimal valid one with additional settings; a state is the result of an apply without
//! surprises.

use terraform_plugin::framework;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::MaybeUnknown;
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::schema::{Attribute, Nesting, Presence, Shape};
use terraform_plugin::framework::value::Value;

use crate::account::Place;
use crate::setup::access;
use crate::setup::desired::Desired;
use crate::setup::model::SetupModel;
use crate::setup::naming::alias_name;
use crate::setup::plan::{Plan, inputs, plan};
use crate::setup::schema::SCHEMA;
use crate::setup::schema::validate;

pub(in crate::setup) const KEY_ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
pub(in crate::setup) const KEY_ARN: &str =
    "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
pub(in crate::setup) const STAMP: &str = "00000000000000000000000000000001";

/// A setting: its path and its value.
pub(in crate::setup) type Setting = (&'static str, Value);

/// The minimal valid configuration with these settings. The groups of a setting are added if they are missing.
pub(in crate::setup) fn config(settings: &[Setting]) -> Value {
    let base = [
        ("org.organization_name", "Acme"),
        ("org.organization_unit", "Retail"),
        ("org.environment_type", "prod"),
        ("org.environment_name", "shop"),
    ];
    let mut config = absent(&SCHEMA.block.attributes);
    for (path, text) in base {
        set(&mut config, path, Value::from(text));
    }
    for (path, value) in settings {
        set(&mut config, path, value.clone());
    }
    config
}

/// Sets the value at a path, and adds its groups if they are missing.
pub(in crate::setup) fn set(config: &mut Value, path: &str, value: Value) {
    let mut attributes: &[Attribute] = &SCHEMA.block.attributes;
    let mut prefix = String::new();
    for name in path.split('.') {
        let attribute = attributes.iter().find(|attribute| attribute.name == name).expect(path);
        prefix = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
        if let (true, Shape::Nested(Nesting::Single, inner)) = (prefix != path, &attribute.shape) {
            if config.at(&prefix).as_map().is_none() {
                config.put(&prefix, absent(inner));
            }
            attributes = inner;
        }
    }
    config.put(path, value);
}

/// An object in which every attribute is null.
pub(in crate::setup) fn absent(attributes: &[Attribute]) -> Value {
    Value::map(attributes.iter().map(|attribute| (attribute.name.as_str(), Value::Null)))
}

/// Every configurable attribute without nested attributes, with its path.
pub(in crate::setup) fn leaves() -> Vec<(String, &'static Attribute)> {
    fn walk(attributes: &'static [Attribute], parent: &str, found: &mut Vec<(String, &'static Attribute)>) {
        for attribute in attributes.iter().filter(|attribute| attribute.presence != Presence::Computed) {
            let path = if parent.is_empty() { attribute.name.clone() } else { format!("{parent}.{}", attribute.name) };
            match &attribute.shape {
                Shape::Nested(_, inner) => walk(inner, &path, found),
                Shape::Plain(_) => found.push((path, attribute)),
            }
        }
    }
    let mut found = Vec::new();
    walk(&SCHEMA.block.attributes, "", &mut found);
    found
}

pub(in crate::setup) fn place() -> Place {
    Place::new("123456789012", "aws", "us-east-1")
}

/// A plan for tests: the planned state as a value.
pub(in crate::setup) struct SamplePlan {
    pub(in crate::setup) planned: Value,
    pub(in crate::setup) replace: Vec<Path>,
    pub(in crate::setup) desired: Desired,
    pub(in crate::setup) diagnostics: Diagnostics,
}

/// A text about account 123456789012 in us-east-1 as it reads for another partition and region.
pub(in crate::setup) fn in_partition(text: &str, place: &Place) -> String {
    text.replace("arn:aws:", &format!("arn:{}:", place.partition))
        .replace("us-east-1", &place.region)
        .replace("useast1", &place.region.replace('-', ""))
        .replace("amazonaws.com", &place.dns_suffix)
}

/// The plan of a configuration in [`place`].
pub(in crate::setup) fn planned(config: &Value, prior: &Value) -> SamplePlan {
    planned_at(config, prior, &place(), &[("team", "platform")])
}

/// The plan of a configuration in any place, with default tags.
pub(in crate::setup) fn planned_at(config: &Value, prior: &Value, place: &Place, tags: &[(&str, &str)]) -> SamplePlan {
    let prior = SetupModel::parse_optional(prior).unwrap();
    let region = MaybeUnknown::Known(Some(place.region.clone()));
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let inputs = inputs(config, prior.as_ref(), &region).unwrap();
    let plan = plan(inputs, prior.as_ref(), &MaybeUnknown::Known(place.clone()), &MaybeUnknown::Known(tags));
    let Plan { planned, replace, desired, diagnostics, .. } = plan;
    SamplePlan { planned: planned.write(), replace, desired, diagnostics }
}

/// A state as a model.
pub(in crate::setup) fn model(state: &Value) -> SetupModel {
    SetupModel::parse(state).unwrap()
}

/// All diagnostics of validation, those of single settings first.
pub(in crate::setup) fn validated(config: &Value) -> Diagnostics {
    let mut diagnostics = framework::validate::validate(&SCHEMA.block, config);
    diagnostics.extend(validate::validate(config));
    diagnostics
}

/// Diagnostics as text: severity, path and summary in one line, the detail below.
pub(in crate::setup) fn written(diagnostics: &Diagnostics) -> String {
    let lines = diagnostics.iter().map(|one| {
        let path = one.path.as_ref().map_or_else(|| "nowhere".to_owned(), ToString::to_string);
        format!("{:?} at {path}: {}\n  {}\n", one.severity, one.summary, one.detail.replace('\n', "\n  "))
    });
    lines.collect()
}

/// The diagnostics of each mistake in a table, below the settings that make it.
pub(in crate::setup) fn catalog(
    mistakes: impl IntoIterator<Item = Vec<Setting>>,
    check: impl Fn(&Value) -> Diagnostics,
) -> String {
    let entries = mistakes.into_iter().map(|settings| {
        let mut report = String::new();
        for (path, value) in &settings {
            let mut value = value.describe();
            if value.len() > 200 {
                value = format!("{} bytes", value.len());
            }
            report = format!("{report}{path} = {value}\n");
        }
        format!("{report}{}", written(&check(&config(&settings))))
    });
    entries.collect::<Vec<_>>().join("\n")
}

/// The state after a create of a configuration.
pub(in crate::setup) fn applied(config: &Value) -> Value {
    let SamplePlan { planned, desired, .. } = planned(config, &Value::Null);
    let mut state = fill("", &planned);
    if state.at("kms_key.created") == &Value::Bool(false) {
        // An existing key has the alias in the configuration.
        let alias = state.at("settings.kms.key_alias").as_str().filter(|alias| !alias.is_empty());
        let alias = alias.map(alias_name);
        state.put("kms_key.alias_name", alias.into());
    }
    let key_arn = state.at("kms_key.arn").as_str().map(str::to_owned);
    if state.at("document").as_map().is_some() {
        let content = desired.content(&model(&state).inputs, &key_arn.into());
        state.put("document.content", content.map(ToString::to_string).into());
    }
    let SetupModel { inputs, state: mut computed } = model(&state);
    access::write(&mut computed, &SetupModel::default().state, &inputs, &desired);
    let state = SetupModel { inputs, state: computed }.write();
    assert!(state.is_wholly_known(), "{}", state.describe());
    state
}

fn fill(path: &str, planned: &Value) -> Value {
    let from_aws = |text: &str| Value::from(text);
    match planned {
        Value::Map(entries) => Value::map(entries.iter().map(|(name, value)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            (name.as_str(), fill(&path, value))
        })),
        Value::Unknown => match path {
            "kms_key.arn" | "bucket.kms_key_arn" | "log_group.kms_key_arn" => from_aws(KEY_ARN),
            "log_group.retention_in_days" | "kms_key.alias_name" | "kms_key.alias_arn" | "previous_document" => {
                Value::Null
            }
            "kms_key.key_id" => from_aws(KEY_ID),
            "kms_key.description" => from_aws("existing"),
            "kms_key.multi_region" | "bucket.bucket_key_enabled" | "document.adopted" => Value::Bool(false),
            "kms_key.state" => from_aws("Enabled"),
            "log_group.creation_time" => Value::number(1_700_000_000_000_i64),
            "bucket.region" => from_aws("us-east-1"),
            "bucket.sse_algorithm" => from_aws("aws:kms"),
            "bucket.versioning" => from_aws(""),
            "bucket.lifecycle" | "bucket.lifecycle.noncurrent_days" => Value::Null,
            "document.content" => from_aws("replaced by the caller"),
            "document.default_version" | "document.latest_version" => from_aws("1"),
            "document.status" => from_aws("Active"),
            "document.hash" => from_aws("hash"),
            "stamp" => from_aws(STAMP),
            // The caller writes the policies again, because every value is known now.
            policy if policy.starts_with("policies.") => Value::Null,
            other => panic!("{other} was not expected to be unknown"),
        },
        known => known.clone(),
    }
}
