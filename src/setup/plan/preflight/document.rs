//! The document: one that stands without state, and one that a change would break.

use serde_json::Value as Json;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;
use crate::reconcile::Tags;
use crate::reconcile::session_document::{self, NAME as DOCUMENT_NAME, ObservedDocument};

use super::super::adoption::{self, Names};
use super::super::ownership::{REFRESH_FALSE, claim_document, has_mark, has_stamp};
use super::super::parts::Observation;
use super::super::state::{LogGroup, State};
use super::super::transition::Transition;
use super::super::wanted::{Key, Wanted};
use super::super::writes::Writes;
use super::{Judgement, unreadable};

/// Refuses to take a part with our mark from under a document that names it and is not being adopted.
pub(super) async fn refuse_named(
    judgement: &Judgement<'_>,
    seen: &Observation,
    mark: &str,
    tags: &Tags,
    part: &str,
    references: &[&str],
    diagnostics: &mut Diagnostics,
) {
    let Judgement { parts, inputs, wanted, transition, run, .. } = judgement;
    let Ok(Some(document)) = &seen.document else { return };
    let stamp = transition.standing.stamp.as_deref();
    // One that stands in the state goes with the destroy half of a replacement.
    let ours = judgement.document_is_left
        || transition.standing.document.is_some()
        || (stamp.is_some() && has_stamp(&document.tags, stamp));
    let is_judged = wanted.document.known() == Some(&true)
        && (has_mark(&document.tags, mark)
            || inputs.document.known().is_some_and(|settings| settings.on_existing == "fail"));
    if ours || is_judged || !has_mark(tags, mark) {
        return;
    }
    let names = Names::of(&document.content).resolved(&parts.keys, run).await;
    let mut named = [&names.bucket, &names.log_group, &names.key].into_iter().flatten();
    if named.any(|name| references.contains(&name.as_str())) {
        diagnostics.error(
            "A document names what would be taken over",
            format!(
                "{part} carries the mark of this setup, and {DOCUMENT_NAME}, which is not in the state, names it: \
                 another configuration with the same names has both, or a state was lost. Import the setup, or give \
                 this one other names. {REFRESH_FALSE}"
            ),
        );
    }
}

/// A document that stands although the state has none.
pub(super) fn judge_document(judgement: &Judgement<'_>, mark: &str, seen: &Observation, diagnostics: &mut Diagnostics) {
    let Judgement { parts, inputs, wanted, transition, .. } = judgement;
    let document = match &seen.document {
        Ok(Some(document)) => document,
        Ok(None) => return,
        Err(error) => return unreadable(error, diagnostics),
    };
    let path = || Path::of("settings.document.on_existing");
    if let Some((summary, detail)) = unusable(document) {
        diagnostics.error_at(path(), summary, format!("{detail} {REFRESH_FALSE}"));
        return;
    }
    let stamp = transition.standing.stamp.as_deref();
    if judgement.document_is_left || (stamp.is_some() && has_stamp(&document.tags, stamp)) {
        return;
    }
    let key_arn = seen.key.as_ref().ok().and_then(Option::as_ref).map(|key| key.arn.as_str());
    let changes = Writes::new(wanted, None)
        .and_then(|writes| writes.document(inputs, key_arn, None))
        .map(|want| session_document::diff(document, &want))
        .unwrap_or_default();
    let changes: Vec<_> = changes
        .into_iter()
        .filter_map(|change| {
            let input = change.path.strip_prefix("content.")?;
            Some(format!("{input}: {} -> {}", change.is, change.want))
        })
        .collect();
    if inputs.document.known().is_some_and(|settings| settings.on_existing == "adopt") {
        diagnostics.warning_at(
            path(),
            "The document is adopted",
            format!(
                "{DOCUMENT_NAME} exists and becomes this setup's. What it holds is kept in previous_document. {}",
                listed(&changes)
            ),
        );
        return;
    }
    let place = format!("{}/{}", parts.place.account_id, parts.place.region);
    let through = inputs.assume_role.known().and_then(Option::as_ref);
    let import_id = through.map_or_else(
        || place.clone(),
        |role| {
            let external_id = if role.external_id.is_some() { ",<external id>" } else { "" };
            format!("'{place},{}{external_id}'", role.role_arn)
        },
    );
    claim_document(document, &listed(&changes), mark, &place, &import_id, diagnostics);
}

/// Why a document can be no setup's, in a summary and in detail.
#[must_use]
pub fn unusable(document: &ObservedDocument) -> Option<(&'static str, String)> {
    if document.document_type != "Session" {
        let detail = format!(
            "{DOCUMENT_NAME} exists as a document of type {:?}, and Session Manager takes type Session only. Delete it, \
             or rename what uses it.",
            document.document_type
        );
        return Some(("The document is of another type", detail));
    }
    let stack = document.system_tags.get("aws:cloudformation:stack-name")?;
    let detail = format!(
        "{DOCUMENT_NAME} belongs to the CloudFormation stack {stack}, which would change it back. Remove it from the \
         stack (DeletionPolicy: Retain) first."
    );
    Some(("CloudFormation owns the document", detail))
}

fn listed(changes: &[String]) -> String {
    if changes.is_empty() {
        "Its content is what this configuration wants.".to_owned()
    } else {
        format!("This configuration changes:\n  {}", changes.join("\n  "))
    }
}

/// The log group of our own that a change leaves without a key.
fn losing_its_key<'s>(wanted: &Wanted, standing: &'s State) -> Option<&'s LogGroup> {
    let group = standing.log_group.as_ref().filter(|group| group.created && group.kms_key_arn.is_some());
    group.filter(|_| wanted.key.known() == Some(&Key::None))
}

/// Whether a change puts a former document back, or takes something away below one that is not this setup's.
#[must_use]
pub fn may_break_a_document(wanted: &Wanted, transition: &Transition) -> bool {
    wanted.document.known() == Some(&false)
        && (transition.withdrawn
            || transition.deleting.is_some()
            || losing_its_key(wanted, &transition.standing).is_some())
}

/// Refuses what would break the document that stands after a change which wants none.
pub(super) async fn judge_remaining(judgement: &Judgement<'_>, seen: &Observation, diagnostics: &mut Diagnostics) {
    let Judgement { parts, inputs, wanted, transition, run, .. } = judgement;
    let standing = &transition.standing;
    let observed = || match &seen.document {
        Ok(document) => Ok(document.as_ref().map(|document: &ObservedDocument| document.content.clone())),
        Err(error) => Err(error),
    };
    let on_destroy = inputs.document.known().map_or("restore", |document| document.on_destroy.as_str());
    let remaining = match (&standing.previous_document, on_destroy) {
        (_, "retain") => observed(),
        _ if !transition.withdrawn => observed(),
        (Some(previous), "restore") => {
            let broken = adoption::broken(previous, parts, run).await;
            adoption::refuse_broken(&broken, &format!(". {REFRESH_FALSE}"), diagnostics);
            Ok(serde_json::from_str(previous).ok())
        }
        _ => return,
    };
    let content: Json = match remaining {
        Ok(Some(content)) => content,
        Ok(None) => return,
        Err(error) => return unreadable(error, diagnostics),
    };
    let names = |group: &&LogGroup| Names::of(&content).log_group.as_ref() == Some(&group.name);
    if let Some(group) = transition.deleting.as_ref().filter(names) {
        diagnostics.error_at(
            Path::of("settings.cloudwatch.skip_destroy"),
            "A document names what would go",
            format!(
                "{DOCUMENT_NAME}, which will not be this setup's, names the log group {}: once it is deleted, every \
                 session would be refused. Keep it with settings.cloudwatch.skip_destroy = true, or change or delete \
                 that document first. {REFRESH_FALSE}",
                group.name
            ),
        );
    }
    let encrypted = match content.pointer("/inputs/cloudWatchEncryptionEnabled") {
        Some(Json::String(text)) => text == "true",
        Some(flag) => flag.as_bool() == Some(true),
        None => false,
    };
    if let Some(group) = losing_its_key(wanted, standing).filter(names).filter(|_| encrypted) {
        diagnostics.error_at(
            Path::of("settings.kms"),
            "A document demands the key",
            format!(
                "{DOCUMENT_NAME}, which will not be this setup's, demands that the log group {} is encrypted: without \
                 a customer key every session would be refused. Change or delete that document first, or keep the \
                 key. {REFRESH_FALSE}",
                group.name
            ),
        );
    }
}
