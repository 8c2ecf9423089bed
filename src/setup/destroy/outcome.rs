//! What happens to each part that a state holds. Pure.

use std::fmt;

use terraform_plugin::framework::field::Field;

use crate::setup::model::Inputs;
use crate::setup::model::state::{PartKind, State};
use crate::setup::plan::private::PlannedParts;

/// A part that this setup made, in use or retired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeldPart {
    /// The kind.
    pub(crate) kind: PartKind,
    /// The name: a bucket's, a log group's, a key's alias or id.
    pub(crate) name: String,
    /// The ARN.
    pub(crate) arn: String,
    /// A key's alias, where it has one.
    pub(crate) alias: Option<String>,
    /// Whether it is no longer in use.
    pub(crate) retired: bool,
}

impl HeldPart {
    /// All parts that this setup made, in the order in which they go: log groups, buckets, keys.
    pub(crate) fn all(state: &State) -> Vec<Self> {
        let mut all = Vec::new();
        let mut add = |kind, name: &str, arn: &str, alias: Option<&String>, retired| {
            all.push(Self { kind, name: name.to_owned(), arn: arn.to_owned(), alias: alias.cloned(), retired });
        };
        if let Some(group) = state.managed_log_group()
            && let (Some(name), Some(arn)) = (group.name.text(), group.arn.text())
        {
            add(PartKind::LogGroup, name, arn, None, false);
        }
        if let Some(bucket) = state.managed_bucket()
            && let (Some(name), Some(arn)) = (bucket.name.text(), bucket.arn.text())
        {
            add(PartKind::Bucket, name, arn, None, false);
        }
        if let Some(key) = state.managed_key()
            && let Some(arn) = key.arn.text()
        {
            let alias = key.alias_name.known();
            let name = alias.or(key.key_id.known()).map_or(arn, String::as_str);
            add(PartKind::KmsKey, name, arn, alias, false);
        }
        for part in state.retired() {
            let alias = Some(&part.name).filter(|name| part.part == PartKind::KmsKey && name.starts_with("alias/"));
            add(part.part, &part.name, &part.arn, alias, true);
        }
        all.sort_by_key(|held| match held.kind {
            PartKind::LogGroup => 0,
            PartKind::Bucket => 1,
            PartKind::KmsKey => 2,
        });
        all
    }

    /// Whether a plan wants this very part. A key that has no alias yet is found by its mark.
    pub(crate) fn is_named_in(&self, desired: &PlannedParts) -> bool {
        match self.kind {
            PartKind::KmsKey => {
                !self.retired
                    && desired.key_alias.is_some()
                    && (self.alias.is_none() || self.alias == desired.key_alias)
            }
            PartKind::LogGroup => desired.log_group.as_ref() == Some(&self.name),
            PartKind::Bucket => desired.bucket.as_ref() == Some(&self.name),
        }
    }

    /// Takes it out of a state.
    pub(crate) fn remove_from(&self, state: &mut State) {
        if self.retired {
            state.retired =
                state.retired().iter().filter(|held| held.arn != self.arn).cloned().collect::<Vec<_>>().into();
            return;
        }
        match self.kind {
            PartKind::KmsKey => state.kms_key = Field::Null,
            PartKind::LogGroup => state.log_group = Field::Null,
            PartKind::Bucket => state.bucket = Field::Null,
        }
    }
}

impl fmt::Display for HeldPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let retired = if self.retired { "retired " } else { "" };
        write!(f, "the {retired}{} {}", self.kind.in_words(), self.name)
    }
}

/// What happens to each part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    /// Whether the document is deleted or put back.
    pub(crate) document: bool,
    /// Why the document is kept, where it is.
    pub(crate) document_kept: Option<String>,
    /// Parts that go, in order.
    pub(crate) going: Vec<HeldPart>,
    /// Parts that stay, each with the reason.
    pub(crate) kept: Vec<(HeldPart, String)>,
    /// What a key still encrypts although it goes.
    pub(crate) unreadable: Vec<String>,
}

/// Decides by the inputs and the state. Buckets and log groups beside `all` that stay, in words, may still need the key.
pub(crate) fn outcomes(inputs: &Inputs, state: &State, all: &[HeldPart], beside: Vec<String>) -> Outcomes {
    let mut outcomes = Outcomes::default();
    let retain = inputs.document().on_destroy.is("retain");
    if state.document.is_known() {
        outcomes.document = !retain;
        outcomes.document_kept = retain.then(|| "settings.document.on_destroy is \"retain\"".to_owned());
    }
    let skip_group = !inputs.cloudwatch().skip_destroy.is_false();
    let skip_bucket = !inputs.bucket().skip_destroy.is_false();
    // What stays, and still needs the key.
    let mut encrypted: Vec<String> = existing_under_managed_key(state, all);
    encrypted.extend(beside);
    for held in all {
        let named = outcomes.document_kept.is_some() && !held.retired;
        let why = match held.kind {
            _ if named => Some("the document names it".to_owned()),
            PartKind::LogGroup => skip_group.then(|| "settings.cloudwatch.skip_destroy is true".to_owned()),
            PartKind::Bucket => skip_bucket.then(|| "settings.bucket.skip_destroy is true".to_owned()),
            PartKind::KmsKey => match inputs.kms().skip_destroy.known() {
                Some(true) => Some("settings.kms.skip_destroy is true".to_owned()),
                None if !encrypted.is_empty() => {
                    Some(format!("without it nobody could read {}", encrypted.join(" and ")))
                }
                Some(false) | None => None,
            },
        };
        let is_key = held.kind == PartKind::KmsKey;
        if let Some(why) = why {
            if !is_key {
                encrypted.push(held.to_string());
            }
            outcomes.kept.push((held.clone(), why));
        } else {
            if is_key {
                outcomes.unreadable.clone_from(&encrypted);
            }
            outcomes.going.push(held.clone());
        }
    }
    outcomes
}

/// Parts given from outside that are encrypted with a key that this setup made, in use or retired.
fn existing_under_managed_key(state: &State, all: &[HeldPart]) -> Vec<String> {
    let ours = |arn: &Field<String>| all.iter().any(|held| held.kind == PartKind::KmsKey && arn.is(&held.arn));
    let group = state.log_group.known().filter(|group| !group.created.is_true() && ours(&group.kms_key_arn));
    let bucket = state.bucket.known().filter(|bucket| !bucket.created.is_true() && ours(&bucket.kms_key_arn));
    let group = group.and_then(|group| Some(format!("the log group {}", group.name.text()?)));
    let bucket = bucket.and_then(|bucket| Some(format!("the bucket {}", bucket.name.text()?)));
    group.into_iter().chain(bucket).collect()
}

#[cfg(test)]
mod tests;
