//! Preflight checks of the document: one that is not in the state, and one that a change would break.

use serde_json::Value as Json;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;

use crate::account::DocumentInputs;
use crate::reconcile::Tags;
use crate::reconcile::session_document::{self, NAME as DOCUMENT_NAME, ObservedDocument};
use crate::setup::desired::specs::Specs;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredKey};
use crate::setup::model::state::{LogGroup, State};
use crate::setup::naming::stamp::{has_mark, has_stamp};
use crate::setup::observe::{Observation, part};
use crate::setup::ownership::adoption::{self, DocumentReferences};
use crate::setup::ownership::{REFRESH_FALSE, claim_document};

use super::{Preflight, unreadable};

/// Refuses to take over a part with the mark if a document names it that is not being adopted.
pub(super) async fn refuse_named(
    preflight: &Preflight<'_>,
    observation: &Observation,
    mark: &str,
    tags: &Tags,
    part: &str,
    references: &[&str],
    diagnostics: &mut Diagnostics,
) {
    let Preflight { parts, inputs, desired, transition, stamp, run, .. } = preflight;
    let Ok(Some(document)) = &observation.document else { return };
    // A document in the state is removed by the destroy half of a replacement.
    let is_managed =
        preflight.document_is_left || transition.remaining.document.is_known() || has_stamp(&document.tags, *stamp);
    let is_checked = desired.document.known() == Some(&true)
        && (has_mark(&document.tags, mark) || inputs.document().on_existing.is("fail"));
    if is_managed || is_checked || !has_mark(tags, mark) {
        return;
    }
    let names = DocumentReferences::of(&document.content).resolved(&parts.keys, run).await;
    let mut named = [&names.bucket, &names.log_group, &names.key].into_iter().flatten();
    if named.any(|name| references.contains(&name.as_str())) {
        diagnostics.error(
            "A document names a part that would be taken over",
            format!(
                "{part} carries the mark of this setup, and {DOCUMENT_NAME}, which is not in the state, names it: \
                 both belong to another configuration with the same names, or a state was lost. Import the setup, or \
                 choose other names for this one. {REFRESH_FALSE}"
            ),
        );
    }
}

/// Checks a document that exists and is not in the state.
pub(super) fn check_document(
    preflight: &Preflight<'_>,
    mark: &str,
    observation: &Observation,
    diagnostics: &mut Diagnostics,
) {
    let Preflight { parts, inputs, desired, stamp, .. } = preflight;
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
    if preflight.document_is_left || has_stamp(&document.tags, *stamp) {
        return;
    }
    let key_arn = part(&observation.key).map(|key| key.arn.as_str());
    let changes = Specs::new(desired, None)
        .and_then(|specs| specs.document(inputs, key_arn, None))
        .map(|spec| session_document::diff(document, &spec))
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
                "{DOCUMENT_NAME} exists and will be managed by this setup. Its content is kept in previous_document. \
                 {}",
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

/// Why a setup cannot manage a document, as summary and detail.
pub(crate) fn unusable(document: &ObservedDocument) -> Option<(&'static str, String)> {
    if document.document_type != "Session" {
        let detail = format!(
            "{DOCUMENT_NAME} exists as a document of type {:?}, and Session Manager accepts only type Session. Delete \
             the document.",
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
        "Its content is what this configuration writes.".to_owned()
    } else {
        format!("This configuration changes:\n  {}", changes.join("\n  "))
    }
}

/// The managed log group that loses its key by a change.
fn losing_its_key<'s>(desired: &Desired, remaining: &'s State) -> Option<&'s LogGroup> {
    let group = remaining.managed_log_group().filter(|group| group.kms_key_arn.is_known());
    group.filter(|_| desired.key.is(&DesiredKey::None))
}

/// Whether a change restores a former document, or removes a part or a key that a foreign document may need.
pub(crate) fn may_break_a_document(desired: &Desired, transition: &Transition) -> bool {
    desired.document.is(&false)
        && (transition.withdrawn.is_known()
            || transition.deleting.is_some()
            || losing_its_key(desired, &transition.remaining).is_some())
}

/// Refuses a change that would break the document that is left when this setup writes none.
pub(super) async fn check_former_document(
    preflight: &Preflight<'_>,
    observation: &Observation,
    diagnostics: &mut Diagnostics,
) {
    let Preflight { parts, inputs, desired, transition, run, .. } = preflight;
    let remaining = &transition.remaining;
    let observed = || match &observation.document {
        Ok(document) => Ok(document.as_ref().map(|document: &ObservedDocument| document.content.clone())),
        Err(error) => Err(error),
    };
    let on_destroy = inputs.document().on_destroy.text().unwrap_or("restore");
    let former = match (remaining.previous_document.text(), on_destroy) {
        (_, "retain") => observed(),
        _ if !transition.withdrawn.is_known() => observed(),
        (Some(previous), "restore") => {
            let broken = adoption::broken(previous, parts, run).await;
            adoption::refuse_broken(&broken, &format!(". {REFRESH_FALSE}"), diagnostics);
            Ok(serde_json::from_str(previous).ok())
        }
        _ => return,
    };
    let content: Json = match former {
        Ok(Some(content)) => content,
        Ok(None) => return,
        Err(error) => return unreadable(error, diagnostics),
    };
    let named = DocumentReferences::of(&content).log_group;
    let is_named = |name: &str| named.as_deref() == Some(name);
    if let Some(group) = transition.deleting.as_ref().filter(|group| is_named(&group.name)) {
        diagnostics.error_at(
            Path::of("settings.cloudwatch.skip_destroy"),
            "A document names a part that would be removed",
            format!(
                "{DOCUMENT_NAME}, which this setup will not manage, names the log group {}: once it is deleted, every \
                 session would be refused. Keep it with settings.cloudwatch.skip_destroy = true, or change or delete \
                 that document first. {REFRESH_FALSE}",
                group.name
            ),
        );
    }
    let encrypted = DocumentInputs::parse(&content).cloudwatch_encryption_enabled == Some(true);
    let losing = losing_its_key(desired, remaining).and_then(|group| group.name.text());
    if let Some(group) = losing.filter(|group| encrypted && is_named(group)) {
        diagnostics.error_at(
            Path::of("settings.kms"),
            "A document requires the key",
            format!(
                "{DOCUMENT_NAME}, which this setup will not manage, requires that the log group {group} is encrypted: \
                 without a customer key every session would be refused. Change or delete that document first, or keep \
                 the key. {REFRESH_FALSE}"
            ),
        );
    }
}
