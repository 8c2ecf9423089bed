//! What a destroy does with each part of a state. Pure.

use std::fmt;

use terraform_plugin::framework::field::Field;

use crate::setup::model::Inputs;
use crate::setup::model::state::{PartKind, State};
use crate::setup::plan::private::PlannedParts;

/// A part that this setup created, in use or retired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ManagedPart {
    /// The kind.
    pub(crate) kind: PartKind,
    /// The name: a bucket's, a log group's, a key's alias or id.
    pub(crate) name: String,
    /// The ARN.
    pub(crate) arn: String,
    /// A key's alias, if it has one.
    pub(crate) alias: Option<String>,
    /// Whether it is no longer in use.
    pub(crate) retired: bool,
}

impl ManagedPart {
    /// All parts that this setup created, in the order of their removal: log groups, buckets, keys.
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
        all.sort_by_key(|part| match part.kind {
            PartKind::LogGroup => 0,
            PartKind::Bucket => 1,
            PartKind::KmsKey => 2,
        });
        all
    }

    /// Whether a plan desires this part. A key without an alias is found by its mark.
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

    /// Removes the part from a state.
    pub(crate) fn remove_from(&self, state: &mut State) {
        if self.retired {
            state.retired =
                state.retired().iter().filter(|part| part.arn != self.arn).cloned().collect::<Vec<_>>().into();
            return;
        }
        match self.kind {
            PartKind::KmsKey => state.kms_key = Field::Null,
            PartKind::LogGroup => state.log_group = Field::Null,
            PartKind::Bucket => state.bucket = Field::Null,
        }
    }
}

impl fmt::Display for ManagedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let retired = if self.retired { "retired " } else { "" };
        write!(f, "the {retired}{} {}", self.kind.in_words(), self.name)
    }
}

/// What a destroy does with each part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcomes {
    /// Whether the document is deleted or restored.
    pub(crate) document: bool,
    /// Why the document is kept, if it is.
    pub(crate) document_kept: Option<String>,
    /// The parts that are removed, in order.
    pub(crate) going: Vec<ManagedPart>,
    /// The parts that are kept, each with the reason.
    pub(crate) kept: Vec<(ManagedPart, String)>,
    /// What a key still encrypts although it is scheduled for deletion.
    pub(crate) unreadable: Vec<String>,
}

/// Decides from the inputs and the state. `others` describes buckets and log groups that are kept and not among `all`;
/// they may still need the key.
pub(crate) fn outcomes(inputs: &Inputs, state: &State, all: &[ManagedPart], others: Vec<String>) -> Outcomes {
    let mut outcomes = Outcomes::default();
    let retain = inputs.document().on_destroy.is("retain");
    if state.document.is_known() {
        outcomes.document = !retain;
        outcomes.document_kept = retain.then(|| "settings.document.on_destroy is \"retain\"".to_owned());
    }
    let skip_group = !inputs.cloudwatch().skip_destroy.is_false();
    let skip_bucket = !inputs.bucket().skip_destroy.is_false();
    // What is kept and still needs the key.
    let mut encrypted: Vec<String> = existing_under_managed_key(state, all);
    encrypted.extend(others);
    for part in all {
        let named = outcomes.document_kept.is_some() && !part.retired;
        let reason = match part.kind {
            _ if named => Some("the document names it".to_owned()),
            PartKind::LogGroup => skip_group.then(|| "settings.cloudwatch.skip_destroy is true".to_owned()),
            PartKind::Bucket => skip_bucket.then(|| "settings.bucket.skip_destroy is true".to_owned()),
            PartKind::KmsKey => match inputs.kms().skip_destroy.known() {
                Some(true) => Some("settings.kms.skip_destroy is true".to_owned()),
                None if !encrypted.is_empty() => Some(format!("without it {} cannot be read", encrypted.join(" and "))),
                Some(false) | None => None,
            },
        };
        let is_key = part.kind == PartKind::KmsKey;
        if let Some(reason) = reason {
            if !is_key {
                encrypted.push(part.to_string());
            }
            outcomes.kept.push((part.clone(), reason));
        } else {
            if is_key {
                outcomes.unreadable.clone_from(&encrypted);
            }
            outcomes.going.push(part.clone());
        }
    }
    outcomes
}

/// The existing parts that are encrypted with a key that this setup created, in use or retired.
fn existing_under_managed_key(state: &State, all: &[ManagedPart]) -> Vec<String> {
    let is_managed_key =
        |arn: &Field<String>| all.iter().any(|part| part.kind == PartKind::KmsKey && arn.is(&part.arn));
    let group = state.log_group.known().filter(|group| !group.created.is_true() && is_managed_key(&group.kms_key_arn));
    let bucket = state.bucket.known().filter(|bucket| !bucket.created.is_true() && is_managed_key(&bucket.kms_key_arn));
    let group = group.and_then(|group| Some(format!("the log group {}", group.name.text()?)));
    let bucket = bucket.and_then(|bucket| Some(format!("the bucket {}", bucket.name.text()?)));
    group.into_iter().chain(bucket).collect()
}

#[cfg(test)]
mod tests;
