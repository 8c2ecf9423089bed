//! What sessions will need that they did not need before: a plan compares its document with the one that stands.
//!
//! Pure. The document of the state is the one that stands, as the last refresh found it; without one in the state a
//! preflight observes it. Sessions without a document need nothing of all this.

use serde_json::Value as Json;
use terraform_plugin::framework::diagnostics::Diagnostics;

use crate::account::DocumentInputs;
use crate::account::diagnose::listed;
use crate::reconcile::kms_key::ObservedKey;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredKey};
use crate::setup::model::SetupModel;
use crate::setup::ownership::adoption::DocumentReferences;

/// What sessions need now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a need of its own, or none")]
pub(crate) struct Standing {
    bucket: Option<String>,
    prefix: Option<String>,
    log_group: Option<String>,
    /// Whether the desired key encrypts sessions.
    session_key: bool,
    /// Whether the desired key encrypts logs.
    log_key: bool,
    run_as: bool,
    /// Whether the document is in the state, so that it cannot be left out of an apply.
    is_managed: bool,
}

impl Standing {
    /// What sessions need by a document; `named` are its references, resolved, and `is_key` says which of them is the
    /// desired key.
    fn of(content: &Json, named: DocumentReferences, is_key: impl Fn(&str) -> bool) -> Self {
        let inputs = DocumentInputs::parse(content);
        let session_key = named.key.as_deref().is_some_and(is_key);
        Self {
            bucket: named.bucket,
            prefix: Some(inputs.s3_key_prefix),
            log_group: named.log_group,
            session_key,
            log_key: session_key,
            run_as: inputs.run_as_enabled == Some(true),
            is_managed: false,
        }
    }

    /// What sessions need by the document of a state; `None` if it has none, or one whose content is not known.
    pub(super) fn of_state(prior: &SetupModel, planned: &SetupModel, transition: &Transition) -> Option<Self> {
        let content = serde_json::from_str(prior.state.document.known()?.content.text()?).ok()?;
        let key = planned.state.kms_key.fields();
        let standing = Self::of(&content, DocumentReferences::of(&content), |reference| key.is_named(reference));
        let log_key = standing.session_key || transition.remaining.kms_key.is_known();
        Some(Self { log_key, is_managed: true, ..standing })
    }

    /// What sessions need by a document that was observed; `key` is the desired key, if it exists.
    pub(crate) fn of_document(
        content: &Json,
        named: DocumentReferences,
        key: Option<&ObservedKey>,
        planned: &SetupModel,
    ) -> Self {
        let planned = planned.state.kms_key.fields();
        let is_observed =
            |reference: &str| key.is_some_and(|key| [&key.arn, &key.key_id].iter().any(|it| *it == reference));
        Self::of(content, named, |reference| planned.is_named(reference) || is_observed(reference))
    }

    /// Warns of everything that sessions will need in addition.
    pub(crate) fn warn(&self, planned: &SetupModel, desired: &Desired, diagnostics: &mut Diagnostics) {
        let items = self.lacking(planned, desired);
        // In a place that is not known yet, everything is new or nothing is.
        if desired.place.is_unknown() || desired.document.known() != Some(&true) || items.is_empty() {
            return;
        }
        let first = if self.is_managed {
            ""
        } else {
            " With settings.document.enabled = false, an apply makes everything but the document."
        };
        diagnostics.warning(
            "Sessions will need new permissions",
            format!(
                "Sessions are refused, or their logs are lost, without what the new document requires and the one that \
                 stands does not:\n{}\nAttach `policies.instance` to the roles of the nodes, and `policies.user` to \
                 those who start sessions, before the apply; this plan has both.{first}",
                listed(&items)
            ),
        );
    }

    fn lacking(&self, planned: &SetupModel, desired: &Desired) -> Vec<String> {
        let mut items = Vec::new();
        let (session, prefix) = (planned.inputs.session(), planned.inputs.bucket().key_prefix.text());
        if let Some(bucket) = desired.bucket.known() {
            let name = bucket.name();
            if self.bucket.as_deref() != Some(name) {
                items.push(format!(
                    "the bucket {name}: nodes need s3:PutObject and s3:GetEncryptionConfiguration on it"
                ));
            } else if let (Some(was), Some(will)) = (self.prefix.as_deref(), prefix)
                && !will.starts_with(was)
            {
                items.push(format!(
                    "the prefix {will:?} in {name} instead of {was:?}: nodes need s3:PutObject below it"
                ));
            }
        }
        if let Some(Some(group)) = desired.log_group.known()
            && self.log_group.as_ref() != Some(&group.name)
        {
            items.push(format!(
                "the log group {}: nodes need logs:CreateLogStream, logs:PutLogEvents and logs:DescribeLogStreams on \
                 it, and logs:DescribeLogGroups",
                group.name
            ));
        }
        let key = match desired.key.known() {
            Some(DesiredKey::Managed(key)) => Some(&key.alias_name),
            Some(DesiredKey::Existing(reference)) => Some(reference),
            Some(DesiredKey::None) | None => None,
        };
        match (key, session.kms_encryption.is_true()) {
            (Some(key), true) if !self.session_key => items.push(format!(
                "the key {key}: nodes need kms:Decrypt and kms:GenerateDataKey, and users who start sessions need \
                 kms:GenerateDataKey"
            )),
            (Some(key), false) if !self.log_key => {
                items.push(format!("the key {key}: nodes need kms:Decrypt and kms:GenerateDataKey"));
            }
            _ => {}
        }
        if session.run_as_enabled.is_true() && !self.run_as {
            let user = session.run_as.text().filter(|user| !user.is_empty());
            items.push(user.map_or_else(
                || "Run As: the user in the caller's tag SSMSessionRunAs must exist on the nodes".to_owned(),
                |user| format!("Run As: the user {user} must exist on the nodes"),
            ));
        }
        items
    }
}
