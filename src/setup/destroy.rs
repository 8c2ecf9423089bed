//! Takes a setup down: what would stop it, what goes, what stays.
//!
//! # Guarantees
//! - If anything would stop a destroy, nothing is changed.
//! - The document goes first, so that sessions never meet a part that is gone.
//! - A key goes only when every bucket and log group that it encrypted goes with it, unless the configuration says so.
//! - Parts that carry another state's stamp are released, not deleted.
//! - Whatever fails, the state that comes back holds exactly what stands.

use crate::framework::diagnostics::Diagnostics;
use crate::framework::path::Path;
use crate::reconcile::{Error, Run, Tags};

use super::diagnose;
use super::model::Inputs;
use super::ownership::has_stamp;
use super::parts::Parts;
use super::private::Named;
use super::state::State;

/// What happens to each part that the state holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fates {
    /// Whether the document is deleted.
    pub document: bool,
    /// Whether the log group is deleted.
    pub log_group: bool,
    /// Whether the bucket is deleted.
    pub bucket: bool,
    /// Whether the key is scheduled for deletion.
    pub key: bool,
    /// What stays, and why.
    pub kept: Vec<String>,
    /// What the key still encrypts although it goes.
    pub unreadable: Vec<String>,
}

/// Decides by the inputs and the state alone.
#[must_use]
pub fn fates(inputs: &Inputs, state: &State) -> Fates {
    let mut fates = Fates::default();
    let retain = inputs.document.known().is_some_and(|document| document.on_destroy == "retain");
    let retained = retain && state.document.is_some();
    fates.document = state.document.is_some() && !retain;
    if retained {
        fates.kept.push("the document, because settings.document.on_destroy is \"retain\"".into());
    }
    // What a part that stays still needs of the key.
    let mut encrypted = Vec::new();
    if let Some(group) = &state.log_group {
        let skip = inputs.cloudwatch.known().is_none_or(|logs| logs.skip_destroy);
        fates.log_group = group.created && !skip && !retained;
        if group.created && !fates.log_group {
            let why = if retained { "the document names it" } else { "settings.cloudwatch.skip_destroy is true" };
            fates.kept.push(format!("the log group {}, because {why}", group.name));
        }
        let own_key = group.kms_key_arn.is_some() && group.kms_key_arn == state.key.as_ref().map(|key| key.arn.clone());
        if !fates.log_group && (group.created || own_key) {
            encrypted.push(format!("the log group {}", group.name));
        }
    }
    if let Some(bucket) = &state.bucket {
        let skip = inputs.bucket.known().is_none_or(|bucket| bucket.skip_destroy);
        fates.bucket = bucket.created && !skip && !retained;
        if bucket.created && !fates.bucket {
            let why = if retained { "the document names it" } else { "settings.bucket.skip_destroy is true" };
            fates.kept.push(format!("the bucket {}, because {why}", bucket.name));
        }
        let own_key =
            bucket.kms_key_arn.is_some() && bucket.kms_key_arn == state.key.as_ref().map(|key| key.arn.clone());
        if !fates.bucket && (bucket.created || own_key) {
            encrypted.push(format!("the bucket {}", bucket.name));
        }
    }
    if let Some(key) = state.key.as_ref().filter(|key| key.created) {
        let (goes, why) = match inputs.kms.known().and_then(|kms| kms.skip_destroy) {
            Some(true) => (false, "settings.kms.skip_destroy is true".to_owned()),
            _ if retained => (false, "the document names it".to_owned()),
            Some(false) => (true, String::new()),
            None if encrypted.is_empty() => (true, String::new()),
            None => (false, format!("without it nobody could read {}", encrypted.join(" and "))),
        };
        fates.key = goes;
        if goes {
            fates.unreadable = encrypted;
        } else {
            fates.kept.push(format!("the key {} with its alias, because {why}", key.arn));
        }
    }
    fates
}

/// What is destroyed, and how.
#[derive(Debug)]
pub struct Destroy<'a> {
    /// The reconcilers.
    pub parts: &'a Parts,
    /// The inputs of the state.
    pub inputs: &'a Inputs,
    /// What stands, as far as the state knows.
    pub state: &'a State,
    /// Parts that the create which follows takes over, so they stay.
    pub wanted: Option<&'a Named>,
    /// Bounds of the work.
    pub run: &'a Run,
}

impl Destroy<'_> {
    /// What would stop the destroy, and what it keeps; changes nothing.
    pub async fn check(&self) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let fates = self.fates();
        for kept in &fates.kept {
            diagnostics.warning("Destroy keeps a part", format!("Destroy keeps {kept}."));
        }
        if !fates.unreadable.is_empty() {
            diagnostics.warning_at(
                Path::of("settings.kms.skip_destroy"),
                "Logs will become unreadable",
                format!(
                    "settings.kms.skip_destroy is false: the key is scheduled for deletion although {} stays and is \
                     encrypted with it.",
                    fates.unreadable.join(" and ")
                ),
            );
        }
        self.stoppers(&fates, &mut diagnostics).await;
        diagnostics
    }

    /// Destroys. The state is what is left.
    pub async fn destroy(&self) -> (State, Diagnostics) {
        let mut state = self.state.clone();
        let mut diagnostics = Diagnostics::new();
        let released = match self.release(&mut state, &mut diagnostics).await {
            Ok(released) => released,
            Err(error) => {
                diagnose::error(&mut diagnostics, "Setup is not destroyed", &error);
                return (self.state.clone(), diagnostics);
            }
        };
        let left = state.clone();
        let mine = Destroy { state: &left, ..*self };
        let mut fates = mine.fates();
        // A part that was released may still be encrypted with the key.
        let decided = self.inputs.kms.known().and_then(|kms| kms.skip_destroy);
        fates.key &= !released || decided == Some(false);
        mine.stoppers(&fates, &mut diagnostics).await;
        if diagnostics.has_errors() {
            return (self.state.clone(), diagnostics);
        }
        if let Err(error) = mine.remove_all(&fates, &mut state).await {
            diagnose::error(&mut diagnostics, "Setup is not wholly destroyed", &error);
            return (state, diagnostics);
        }
        (State::default(), diagnostics)
    }

    fn fates(&self) -> Fates {
        let mut fates = fates(self.inputs, self.state);
        if let Some(wanted) = self.wanted {
            let here = self.state.account_id.as_deref() == Some(&wanted.account_id)
                && wanted.region == self.parts.place.region;
            let stays = |mine: Option<&String>, wanted: Option<&String>| here && mine.is_some() && mine == wanted;
            let key = self.state.key.as_ref().and_then(|key| key.alias_name.as_ref());
            // A key that has no alias yet is found by its mark.
            let key_found = here && self.state.key.is_some() && wanted.key_alias.is_some() && key.is_none();
            fates.key &= !(stays(key, wanted.key_alias.as_ref()) || key_found);
            let group = self.state.log_group.as_ref().map(|group| &group.name);
            fates.log_group &= !stays(group, wanted.log_group.as_ref());
            fates.bucket &= !stays(self.state.bucket.as_ref().map(|bucket| &bucket.name), wanted.bucket.as_ref());
            fates.kept.clear();
        }
        fates
    }

    async fn stoppers(&self, fates: &Fates, diagnostics: &mut Diagnostics) {
        let force = self.inputs.bucket.known().is_some_and(|bucket| bucket.force_destroy);
        if let Some(bucket) = self.state.bucket.as_ref().filter(|_| fates.bucket && !force) {
            match self.parts.buckets.is_empty(&bucket.name, &self.parts.place.account_id, self.run).await {
                Ok(true) => {}
                Ok(false) => diagnostics.error_at(
                    Path::of("settings.bucket.force_destroy"),
                    "The bucket holds audit logs",
                    format!(
                        "{} is not empty, and nothing was changed. Keep it with settings.bucket.skip_destroy = true, \
                         or have it emptied with settings.bucket.force_destroy = true; apply that first, then destroy.",
                        bucket.name
                    ),
                ),
                Err(error) => diagnose::error(diagnostics, "Whether the bucket is empty could not be seen", &error),
            }
        }
    }

    /// Drops from the state what carries another state's stamp, or is gone. Answers whether a bucket or log group was
    /// released, which may still need the key.
    async fn release(&self, state: &mut State, diagnostics: &mut Diagnostics) -> Result<bool, Error> {
        let Self { parts, run, .. } = self;
        let account_id = parts.place.account_id.as_str();
        let key = async {
            match state.key.as_ref().filter(|key| key.created) {
                Some(key) => parts.keys.observe_tags(&key.arn, run).await.map(Some),
                None => Ok(None),
            }
        };
        let group = async {
            match state.log_group.as_ref().filter(|group| group.created) {
                Some(group) => parts.log_groups.observe_tags(&group.arn, run).await.map(Some),
                None => Ok(None),
            }
        };
        let bucket = async {
            match state.bucket.as_ref().filter(|bucket| bucket.created) {
                Some(bucket) => parts.buckets.observe_tags(&bucket.name, account_id, run).await.map(Some),
                None => Ok(None),
            }
        };
        let document = async {
            match &state.document {
                Some(_) => parts.documents.observe_tags(run).await.map(Some),
                None => Ok(None),
            }
        };
        let (key, group, bucket, document) = tokio::join!(key, group, bucket, document);
        let stamp = self.state.stamp.as_deref();
        let mut released = Vec::new();
        let mut gone = |what: &'static str, tags: Option<Option<Tags>>| match tags {
            Some(Some(tags)) if !has_stamp(&tags, stamp) => {
                diagnostics.warning(
                    format!("The {what} is released"),
                    format!(
                        "The {what} carries the stamp of another state, or none: it was taken over, and stays as it is."
                    ),
                );
                released.push(what);
                true
            }
            Some(None) => true,
            _ => false,
        };
        if gone("key", key?) {
            state.key = None;
        }
        if gone("log group", group?) {
            state.log_group = None;
        }
        if gone("bucket", bucket?) {
            state.bucket = None;
        }
        if gone("document", document?) {
            state.document = None;
        }
        Ok(released.contains(&"log group") || released.contains(&"bucket"))
    }

    async fn remove_all(&self, fates: &Fates, state: &mut State) -> Result<(), Error> {
        let Self { parts, run, .. } = self;
        if fates.document {
            tracing::info!("deleting the session document");
            parts.documents.remove(run).await?;
        }
        state.document = None;
        if let Some(group) = state.log_group.clone().filter(|_| fates.log_group) {
            tracing::info!(log_group = group.name, "deleting the log group");
            parts.log_groups.remove(&group.name, run).await?;
            state.log_group = None;
        }
        if let Some(bucket) = state.bucket.clone().filter(|_| fates.bucket) {
            let account_id = parts.place.account_id.as_str();
            if self.inputs.bucket.known().is_some_and(|bucket| bucket.force_destroy) {
                tracing::info!(bucket = bucket.name, "emptying the bucket");
                parts.buckets.empty(&bucket.name, account_id, run).await?;
            }
            tracing::info!(bucket = bucket.name, "deleting the bucket");
            parts.buckets.remove(&bucket.name, account_id, run).await?;
            state.bucket = None;
        }
        if let Some(key) = state.key.clone().filter(|_| fates.key) {
            let window = self.inputs.kms.known().map_or(30, |kms| kms.deletion_window);
            tracing::info!(key = key.arn, window, "scheduling the key for deletion");
            parts.keys.remove(&key.arn, key.alias_name.as_deref(), window, run).await?;
        }
        Ok(())
    }
}
