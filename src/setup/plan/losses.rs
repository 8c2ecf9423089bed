//! What the first apply after an import takes from others, and what it takes by taking over parts: tags, statements of
//! policies, inputs of the document, and objects that the lifecycle rule was not for.
//!
//! Pure. Access and data of others are lost only if the configuration says so; everything else is a warning. Nothing
//! here depends on `preflight`.

use serde_json::Value as Json;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;
use terraform_plugin::framework::path::Path;

use crate::account::diagnose::listed;
use crate::reconcile::Tags;
use crate::reconcile::bucket::ObservedBucket;
use crate::reconcile::kms_key::ObservedKey;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey, ManagedBucket, ManagedKey};
use crate::setup::model::observed::visible;
use crate::setup::model::state::PartKind;
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::naming::log_group_name;
use crate::setup::observe::{Observation, part, warn_of_earlier_rules};
use crate::setup::policies::{
    added_statements, as_expression, managed_bucket_policy, managed_key_policy, statements_lost,
};

use super::warnings::below;

/// A plan that may take something from others.
#[derive(Debug)]
pub(crate) struct Losses<'a> {
    /// The inputs that the configuration writes, without defaults.
    pub(crate) written: &'a Inputs,
    /// The prior state, if it was imported and no apply followed.
    pub(crate) imported: Option<&'a SetupModel>,
    /// The planned state.
    pub(crate) planned: &'a SetupModel,
    /// The desired state.
    pub(crate) desired: &'a Desired,
    /// What becomes of the parts of the prior state.
    pub(crate) transition: &'a Transition,
}

/// What was found.
#[derive(Debug, Default)]
struct Found {
    diagnostics: Diagnostics,
    /// What is removed or widened, in words.
    items: Vec<String>,
}

impl Losses<'_> {
    /// Errors for lost access and data, and one warning that lists the rest.
    pub(crate) fn check(&self, observation: &Observation) -> Diagnostics {
        let mut found = Found::default();
        let remaining = &self.transition.remaining;
        if let (Some(DesiredKey::Managed(managed)), Some(key)) = (self.desired.key.known(), part(&observation.key))
            && self.concerns(PartKind::KmsKey, remaining.kms_key.is_known())
        {
            self.key(managed, key, &mut found);
        }
        if let (Some(Some(group)), Some(observed)) = (self.desired.log_group.known(), part(&observation.log_group))
            && group.managed
            && self.concerns(PartKind::LogGroup, remaining.log_group.is_known())
        {
            self.tags(&format!("the log group {}", group.name), &observed.tags, &mut found);
        }
        if let (Some(DesiredBucket::Managed(managed)), Some(bucket)) =
            (self.desired.bucket.known(), part(&observation.bucket))
            && self.concerns(PartKind::Bucket, remaining.bucket.is_known())
        {
            self.bucket(managed, bucket, &mut found);
        }
        if let Some(document) = part(&observation.document)
            && self.imported.is_some()
            && remaining.document.is_known()
        {
            self.tags("the document", &document.tags, &mut found);
            self.content(&document.content, &mut found);
        }
        let Found { mut diagnostics, items } = found;
        if !items.is_empty() {
            diagnostics.warning(
                "The apply removes what others may need",
                format!(
                    "The parts were not made by this state. What the configuration does not have goes:\n{}",
                    listed(&items)
                ),
            );
        }
        diagnostics
    }

    /// Whether a part comes from an import, or is taken over. A part that is taken back was this state's all along.
    fn concerns(&self, kind: PartKind, remains: bool) -> bool {
        if remains { self.imported.is_some() } else { self.transition.taken_back(kind).is_none() }
    }

    fn key(&self, managed: &ManagedKey, key: &ObservedKey, found: &mut Found) {
        let name = format!("the key {}", key.arn);
        self.tags(&name, &key.tags, found);
        let ours = || {
            let place = self.desired.place.known()?;
            let derived = log_group_name(self.desired.names.system_name.known()?);
            let group = self.desired.log_group.known()?.as_ref().map_or(derived, |group| group.name.clone());
            let roles = self.planned.inputs.settings().allowed_iam_role_arns.elements()?;
            managed_key_policy(place, &[place.log_group_arn(&group)].into(), &roles, None)
        };
        let added = match self.imported {
            Some(prior) => prior.inputs.kms().policy_statements.known().cloned(),
            None => key.policy.as_deref().and_then(|policy| added_statements(policy, &ours()?)),
        };
        let (written, desired) = (&self.written.kms().policy_statements, managed.policy.known());
        statements("settings.kms.policy_statements", &name, key.policy.as_deref(), added, written, desired, found);
    }

    fn bucket(&self, managed: &ManagedBucket, bucket: &ObservedBucket, found: &mut Found) {
        let name = format!("the bucket {}", managed.name);
        self.tags(&name, &bucket.tags, found);
        let ours = || {
            let roles = self.planned.inputs.settings().allowed_iam_role_arns.elements()?;
            managed_bucket_policy(self.desired.place.known()?, &managed.name, &roles, None)
        };
        let added = match self.imported {
            Some(prior) => prior.inputs.bucket().policy_statements.known().cloned(),
            None => bucket.policy.as_deref().and_then(|policy| added_statements(policy, &ours()?)),
        };
        let (written, desired) = (&self.written.bucket().policy_statements, managed.policy.known());
        statements(
            "settings.bucket.policy_statements",
            &name,
            bucket.policy.as_deref(),
            added,
            written,
            desired,
            found,
        );
        self.lifecycle(managed, bucket, found);
        if self.imported.is_none() {
            // A refresh warns of rules of a bucket in the state.
            warn_of_earlier_rules(bucket, managed, &self.planned.inputs, &mut found.diagnostics);
        }
    }

    /// Objects that the lifecycle rule was not for would be deleted one day.
    fn lifecycle(&self, managed: &ManagedBucket, bucket: &ObservedBucket, found: &mut Found) {
        let (Some(rule), Some(desired)) = (&bucket.lifecycle, managed.lifecycle.known()) else { return };
        let limit = bucket.lifecycle_limit.as_ref();
        if rule.covers(&desired.prefix) && limit.is_none() {
            return;
        }
        let now = match limit {
            Some(limit) => format!("{} ({limit})", below(&rule.prefix)),
            None => below(&rule.prefix),
        };
        let change = format!("{now}, and will be for {}", below(&desired.prefix));
        if !self.written.audit().prefix.is_null() {
            // A plan compares the prefix with the one in the state.
            if limit.is_some() || self.imported.is_none() {
                found.items.push(format!("the lifecycle rule of {} is for {change}", managed.name));
            }
            return;
        }
        let keep = match limit {
            None => format!("To keep it so, set settings.audit.prefix = {:?}.", rule.prefix),
            Some(_) => "No setting keeps this limit; give the rule another id to leave it alone.".to_owned(),
        };
        found.diagnostics.error_at(
            Path::of("settings.audit.prefix"),
            "The lifecycle rule would be for more objects",
            format!(
                "The lifecycle rule of {} is for {change}: objects of others would move and expire. {keep} To have it \
                 otherwise, write the prefix that it shall be for, such as settings.audit.prefix = {:?}.",
                managed.name, desired.prefix
            ),
        );
    }

    fn tags(&self, part: &str, observed: &Tags, found: &mut Found) {
        let Some(desired) = self.desired.tags.known() else { return };
        let lost = visible(observed).into_iter().filter(|(key, _)| !desired.contains_key(key));
        found.items.extend(lost.map(|(key, value)| format!("the tag {key} = {value:?} of {part}")));
    }

    /// Members of the document's content, and inputs, that no setting makes.
    fn content(&self, observed: &Json, found: &mut Found) {
        let planned = self.planned.state.document.fields().content.text();
        let Some(planned) = planned.and_then(|text| serde_json::from_str::<Json>(text).ok()) else { return };
        let mut compare = |of: &str, observed: &Json, planned: &Json| {
            let members = observed.as_object().into_iter().flatten();
            let lost = members.filter(|(name, value)| planned.get(name).is_none() && !is_blank(value));
            found.items.extend(lost.map(|(name, value)| format!("{of}{name} = {value} of the document")));
        };
        compare("", observed, &planned);
        if let (Some(observed), Some(planned)) = (observed.get("inputs"), planned.get("inputs")) {
            compare("the input ", observed, planned);
        }
    }
}

/// Whether a value says nothing: an empty text, or an object of such.
fn is_blank(value: &Json) -> bool {
    match value {
        Json::String(text) => text.is_empty(),
        Json::Object(members) => members.values().all(is_blank),
        _ => false,
    }
}

/// Statements that go. Those that this resource does not write go only if the configuration writes the setting.
fn statements(
    path: &str,
    name: &str,
    policy: Option<&str>,
    added: Option<String>,
    written: &Field<String>,
    desired: Option<&String>,
    found: &mut Found,
) {
    if let Some(added) = added.filter(|_| written.is_null()) {
        found.diagnostics.error_at(
            Path::of(path),
            "A policy has statements of others",
            format!(
                "The policy of {name} has statements that this configuration does not have: who needs them would lose \
                 access. To keep them, set\n\n    {} = {}\n\nTo remove them, set {path} = \"\".",
                path.rsplit('.').next().unwrap_or(path),
                as_expression(&added)
            ),
        );
        return;
    }
    if let (Some(policy), Some(desired)) = (policy, desired) {
        let lost = statements_lost(policy, desired).into_iter();
        found.items.extend(lost.map(|statement| format!("the statement {statement} of the policy of {name}")));
    }
}
