//! The document: one that stands without state, and one that a change would break.

use serde_json::Value as Json;

use crate::reconcile::Tags;
use crate::reconcile::session_document::{self, NAME as DOCUMENT_NAME, ObservedDocument};
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;

use crate::setup::desired::specs::Specs;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredKey};
use crate::setup::model::state::{LogGroup, State};
use crate::setup::naming::stamp::{has_mark, has_stamp};
use crate::setup::observe::Observation;
use crate::setup::ownership::adoption::{self, DocumentReferences};
use crate::setup::ownership::{REFRESH_FALSE, claim_document};
use crate::setup::plan::preflight::{Judgement, unreadable};

/// Refuses to take a part with our mark from under a document that names it and is not being adopted.
pub(super) async fn refuse_named(
    judgement: &Judgement<'_>,
    observation: &Observation,
    mark: &str,
    tags: &Tags,
    part: &str,
    references: &[&str],
    diagnostics: &mut Diagnostics,
) {
    let Judgement { parts, inputs, desired, transition, run, .. } = judgement;
    let Ok(Some(document)) = &observation.document else { return };
    let stamp = transition.standing.stamp.text();
    // One that stands in the state goes with the destroy half of a replacement.
    let ours = judgement.document_is_left
        || transition.standing.document.is_known()
        || (stamp.is_some() && has_stamp(&document.tags, stamp));
    let is_judged = desired.document.known() == Some(&true)
        && (has_mark(&document.tags, mark) || inputs.document().on_existing.is("fail"));
    if ours || is_judged || !has_mark(tags, mark) {
        return;
    }
    let names = DocumentReferences::of(&document.content).resolved(&parts.keys, run).await;
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
pub(super) fn judge_document(
    judgement: &Judgement<'_>,
    mark: &str,
    observation: &Observation,
    diagnostics: &mut Diagnostics,
) {
    let Judgement { parts, inputs, desired, transition, .. } = judgement;
    let document = match &observation.document {
        Ok(Some(document)) => document,
        Ok(None) => return,
        Err(error) => return unreadable(error, diagnostics),
    };
    let path = || Path::of("settings.document.on_existing");
    if let Some((summary, detail)) = unusable(document) {
        diagnostics.error_at(path(), summary, format!("{detail} {REFRESH_FALSE}"));
        return;
    }
    let stamp = transition.standing.stamp.text();
    if judgement.document_is_left || (stamp.is_some() && has_stamp(&document.tags, stamp)) {
        return;
    }
    let key_arn = observation.key.as_ref().ok().and_then(Option::as_ref).map(|key| key.arn.as_str());
    let changes = Specs::new(desired, None)
        .and_then(|specs| specs.document(inputs, key_arn, None))
        .map(|want| session_document::diff(document, &want))
        .unwrap_or_default();
    let changes: Vec<_> = changes
        .into_iter()
        .filter_map(|change| {
            let input = change.path.strip_prefix("content.")?;
            Some(format!("{input}: {} -> {}", change.observed, change.desired))
        })
        .collect();
    if inputs.document().on_existing.is("adopt") {
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
    let role = inputs.assume_role.fields();
    let external_id = if role.external_id.is_null() { "" } else { ",<external id>" };
    let import_id = match role.role_arn.text() {
        Some(role_arn) => format!("'{place},{role_arn}{external_id}'"),
        None => place.clone(),
    };
    claim_document(document, &listed(&changes), mark, &place, &import_id, diagnostics);
}

/// Why a document can be no setup's, in a summary and in detail.
pub(crate) fn unusable(document: &ObservedDocument) -> Option<(&'static str, String)> {
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

/// The managed log group that a change leaves without a key.
fn losing_its_key<'s>(desired: &Desired, standing: &'s State) -> Option<&'s LogGroup> {
    let group = standing.managed_log_group().filter(|group| group.kms_key_arn.is_known());
    group.filter(|_| desired.key.is(&DesiredKey::None))
}

/// Whether a change puts a former document back, or takes something away below one that is not this setup's.
pub(crate) fn may_break_a_document(desired: &Desired, transition: &Transition) -> bool {
    desired.document.is(&false)
        && (transition.withdrawn
            || transition.deleting.is_some()
            || losing_its_key(desired, &transition.standing).is_some())
}

/// Refuses what would break the document that stands after a change which wants none.
pub(super) async fn judge_remaining(
    judgement: &Judgement<'_>,
    observation: &Observation,
    diagnostics: &mut Diagnostics,
) {
    let Judgement { parts, inputs, desired, transition, run, .. } = judgement;
    let standing = &transition.standing;
    let observed = || match &observation.document {
        Ok(document) => Ok(document.as_ref().map(|document: &ObservedDocument| document.content.clone())),
        Err(error) => Err(error),
    };
    let on_destroy = inputs.document().on_destroy.text().unwrap_or("restore");
    let remaining = match (standing.previous_document.text(), on_destroy) {
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
    let named = DocumentReferences::of(&content).log_group;
    let is_named = |name: &str| named.as_deref() == Some(name);
    if let Some(group) = transition.deleting.as_ref().filter(|group| is_named(&group.name)) {
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
    let losing = losing_its_key(desired, standing).and_then(|group| group.name.text());
    if let Some(group) = losing.filter(|group| encrypted && is_named(group)) {
        diagnostics.error_at(
            Path::of("settings.kms"),
            "A document demands the key",
            format!(
                "{DOCUMENT_NAME}, which will not be this setup's, demands that the log group {group} is encrypted: without \
                 a customer key every session would be refused. Change or delete that document first, or keep the \
                 key. {REFRESH_FALSE}"
            ),
        );
    }
}
