//! What happens to each part that a state holds. Pure.

use std::fmt;

use super::super::model::Inputs;
use super::super::private::Named;
use super::super::state::{PartKind, State};

/// A part of our own, in use or retired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The kind.
    pub kind: PartKind,
    /// The name: a bucket's, a log group's, a key's alias or id.
    pub name: String,
    /// The ARN.
    pub arn: String,
    /// A key's alias, where it has one.
    pub alias: Option<String>,
    /// Whether it is no longer in use.
    pub retired: bool,
}

impl Held {
    /// All parts of our own, in the order in which they go: log groups, buckets, keys.
    #[must_use]
    pub fn all(state: &State) -> Vec<Self> {
        let mut all = Vec::new();
        let mut add = |kind, name: &str, arn: &str, alias: Option<&String>, retired| {
            all.push(Self { kind, name: name.to_owned(), arn: arn.to_owned(), alias: alias.cloned(), retired });
        };
        if let Some(group) = state.log_group.as_ref().filter(|group| group.created) {
            add(PartKind::LogGroup, &group.name, &group.arn, None, false);
        }
        if let Some(bucket) = state.bucket.as_ref().filter(|bucket| bucket.created) {
            add(PartKind::Bucket, &bucket.name, &bucket.arn, None, false);
        }
        if let Some(key) = state.key.as_ref().filter(|key| key.created) {
            let name = key.alias_name.as_ref().unwrap_or(&key.key_id);
            add(PartKind::KmsKey, name, &key.arn, key.alias_name.as_ref(), false);
        }
        for part in &state.retired {
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
    #[must_use]
    pub fn is_named_in(&self, wanted: &Named) -> bool {
        match self.kind {
            PartKind::KmsKey => {
                !self.retired && wanted.key_alias.is_some() && (self.alias.is_none() || self.alias == wanted.key_alias)
            }
            PartKind::LogGroup => wanted.log_group.as_ref() == Some(&self.name),
            PartKind::Bucket => wanted.bucket.as_ref() == Some(&self.name),
        }
    }

    /// Takes it out of a state.
    pub fn remove_from(&self, state: &mut State) {
        if self.retired {
            state.retired.retain(|held| held.arn != self.arn);
            return;
        }
        match self.kind {
            PartKind::KmsKey => state.key = None,
            PartKind::LogGroup => state.log_group = None,
            PartKind::Bucket => state.bucket = None,
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let retired = if self.retired { "retired " } else { "" };
        let kind = match self.kind {
            PartKind::KmsKey => "key",
            PartKind::LogGroup => "log group",
            PartKind::Bucket => "bucket",
        };
        write!(f, "the {retired}{kind} {}", self.name)
    }
}

/// What happens to each part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// Whether the document is deleted or put back.
    pub document: bool,
    /// Why the document is kept, where it is.
    pub document_kept: Option<String>,
    /// Parts that go, in order.
    pub going: Vec<Held>,
    /// Parts that stay, each with the reason.
    pub kept: Vec<(Held, String)>,
    /// What a key still encrypts although it goes.
    pub unreadable: Vec<String>,
}

/// Decides by the inputs and the state. Buckets and log groups beside `all` that stay, in words, may still need the key.
#[must_use]
pub fn fates(inputs: &Inputs, state: &State, all: &[Held], beside: Vec<String>) -> Fates {
    let mut fates = Fates::default();
    let retain = inputs.document.known().is_some_and(|document| document.on_destroy == "retain");
    if state.document.is_some() {
        fates.document = !retain;
        fates.document_kept = retain.then(|| "settings.document.on_destroy is \"retain\"".to_owned());
    }
    let skip_group = inputs.cloudwatch.known().is_none_or(|logs| logs.skip_destroy);
    let skip_bucket = inputs.bucket.known().is_none_or(|bucket| bucket.skip_destroy);
    // What stays, and still needs the key.
    let mut encrypted: Vec<String> = given_under_our_key(state, all);
    encrypted.extend(beside);
    for held in all {
        let named = fates.document_kept.is_some() && !held.retired;
        let why = match held.kind {
            _ if named => Some("the document names it".to_owned()),
            PartKind::LogGroup => skip_group.then(|| "settings.cloudwatch.skip_destroy is true".to_owned()),
            PartKind::Bucket => skip_bucket.then(|| "settings.bucket.skip_destroy is true".to_owned()),
            PartKind::KmsKey => match inputs.kms.known().and_then(|kms| kms.skip_destroy) {
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
            fates.kept.push((held.clone(), why));
        } else {
            if is_key {
                fates.unreadable.clone_from(&encrypted);
            }
            fates.going.push(held.clone());
        }
    }
    fates
}

/// Parts given from outside that are encrypted with a key of our own, in use or retired.
fn given_under_our_key(state: &State, all: &[Held]) -> Vec<String> {
    let ours =
        |arn: &Option<String>| all.iter().any(|held| held.kind == PartKind::KmsKey && Some(&held.arn) == arn.as_ref());
    let group = state.log_group.as_ref().filter(|group| !group.created && ours(&group.kms_key_arn));
    let bucket = state.bucket.as_ref().filter(|bucket| !bucket.created && ours(&bucket.kms_key_arn));
    let group = group.map(|group| format!("the log group {}", group.name));
    let bucket = bucket.map(|bucket| format!("the bucket {}", bucket.name));
    group.into_iter().chain(bucket).collect()
}

#[cfg(test)]
mod tests;
