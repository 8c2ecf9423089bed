//! The first step: creates or extends what the new document needs, and keeps what the old one needs.

use std::collections::BTreeSet;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;

use crate::reconcile::bucket::{ObservedBucket, ObservedExistingBucket};
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::{Reached, policy};
use crate::setup::desired::specs::Specs;
use crate::setup::desired::{DesiredBucket, DesiredKey, DesiredLogGroup, ManagedKey};
use crate::setup::model::Inputs;
use crate::setup::model::state::{Bucket, KmsKey, LogGroup, PartKind, State};
use crate::setup::policies::{managed_bucket_policy, managed_key_policy};

use super::{Apply, Ensured, EnsuredBucket, EnsuredLogGroup, Stopped, known, still_unknown, stop_on};

impl Apply<'_> {
    /// Ensures the key with a policy that suits the old and the new document; returns its ARN.
    pub(super) async fn ensure_key(
        &self,
        specs: &Specs<'_>,
        observed: Option<ObservedKey>,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<String>, Stopped> {
        match self.desired.key.known() {
            Some(DesiredKey::None) => {
                state.kms_key = Field::Null;
                Ok(None)
            }
            Some(DesiredKey::Existing(reference)) => {
                state.kms_key = observed.as_ref().map(|key| KmsKey::existing(key, reference)).into();
                Ok(observed.map(|key| key.arn))
            }
            Some(DesiredKey::Managed(managed)) => {
                let mut spec = known(specs.key(managed), diagnostics)?;
                if let Some(extended) = self.extended_key_policy() {
                    spec.policy = extended;
                }
                let observed = observed.filter(|key| key.multi_region == managed.multi_region);
                let reached = self.parts.keys.ensure(&spec, observed, &self.former_keys(), self.run).await;
                state.kms_key = reached.part.as_ref().map(|key| key_state(managed, key)).into();
                stop_on(reached.error, diagnostics)?;
                Ok(state.kms_key.fields().arn.known().cloned())
            }
            None => {
                still_unknown(diagnostics);
                Err(Stopped)
            }
        }
    }

    /// The keys that this setup replaces or has retired.
    fn former_keys(&self) -> Vec<String> {
        let retired = self.transition.retired().into_iter().filter(|part| part.part == PartKind::KmsKey);
        retired.map(|part| part.arn).collect()
    }

    /// The key's policy while both documents may be in force: the log groups and roles of both. `None` for a create.
    fn extended_key_policy(&self) -> Option<String> {
        let (place, roles) = (self.desired.place.known()?, self.roles_of_both()?);
        let groups = self.before().log_group.fields().arn.known().cloned().into_iter();
        let desired = self.desired.log_group.known()?.iter().map(|group| place.log_group_arn(&group.name));
        let retired = self.transition.retired().into_iter().filter(|part| part.part == PartKind::LogGroup);
        let groups: BTreeSet<_> = groups.chain(desired).chain(retired.map(|part| part.arn)).collect();
        let statements = self.inputs.kms().policy_statements.resolved()?.map(String::as_str);
        managed_key_policy(place, &groups, &roles, statements)
    }

    /// The bucket's policy while both documents may be in force; `None` for a create.
    fn extended_bucket_policy(&self, name: &str) -> Option<String> {
        let statements = self.inputs.bucket().policy_statements.resolved()?.map(String::as_str);
        managed_bucket_policy(self.desired.place.known()?, name, &self.roles_of_both()?, statements)
    }

    /// The allowed roles of the old document and of the new one; `None` for a create.
    fn roles_of_both(&self) -> Option<BTreeSet<String>> {
        let roles_of = |inputs: &Inputs| inputs.settings().allowed_iam_role_arns.elements();
        let mut roles = roles_of(self.inputs)?;
        roles.extend(roles_of(&self.prior?.inputs)?);
        Some(roles)
    }

    /// Whether the key's policy changes, so that services may not see the new one at once.
    pub(super) fn key_policy_changes(&self) -> bool {
        let before = self.before().kms_key.fields().policy.text();
        match self.desired.key.known() {
            Some(DesiredKey::Managed(managed)) => !policy::same(before, managed.policy.known().map(String::as_str)),
            _ => false,
        }
    }

    pub(super) async fn ensure_log_group(
        &self,
        specs: &Specs<'_>,
        observed: Option<ObservedLogGroup>,
        key_arn: Option<&str>,
        key_changed: bool,
    ) -> EnsuredLogGroup {
        let desired = self.desired.log_group.known().and_then(Option::as_ref);
        match desired.map(|group| (group, specs.log_group(group, key_arn))) {
            Some((DesiredLogGroup { managed: true, .. }, Some(spec))) => {
                let Reached { part, error } =
                    self.parts.log_groups.ensure(&spec, observed, key_changed, self.run).await;
                let state = part.as_ref().map(LogGroup::managed);
                Ensured { state, observed: part, error }
            }
            Some(_) => {
                let state = observed.as_ref().map(LogGroup::existing);
                Ensured { state, observed: None, error: None }
            }
            None => Ensured { state: None, observed: None, error: None },
        }
    }

    /// Ensures the bucket; if `extended`, the roles of the old document keep their access.
    pub(super) async fn ensure_bucket(
        &self,
        specs: &Specs<'_>,
        observed: Option<ObservedBucket>,
        existing_bucket: Option<ObservedExistingBucket>,
        key_arn: Option<&str>,
        extended: bool,
    ) -> EnsuredBucket {
        let place = &self.parts.place;
        match self.desired.bucket.known() {
            Some(DesiredBucket::Managed(managed)) => {
                let Some(mut spec) = specs.bucket(managed, key_arn, observed.as_ref()) else {
                    return Ensured { state: None, observed, error: None };
                };
                if let Some(policy) = self.extended_bucket_policy(&managed.name).filter(|_| extended) {
                    spec.policy = policy;
                }
                let Reached { part, error } = self.parts.buckets.ensure(&spec, observed, self.run).await;
                let state = part.as_ref().map(|bucket| Bucket::managed(bucket, place));
                Ensured { state, observed: part, error }
            }
            Some(DesiredBucket::Existing(existing)) => {
                let configured_key = existing.kms_key_arn.as_deref();
                let state = Some(Bucket::existing(&existing.name, configured_key, existing_bucket.as_ref(), place));
                Ensured { state, observed: None, error: None }
            }
            None => Ensured { state: None, observed: None, error: None },
        }
    }
}

/// The key in the form of the state. If AWS returns no rotation period, the state has the one that was written.
pub(super) fn key_state(managed: &ManagedKey, key: &ObservedKey) -> KmsKey {
    let state = KmsKey::managed(key);
    let rotation_period_in_days = match state.rotation_period_in_days {
        Field::Null if managed.rotation_enabled && key.rotation_enabled => managed.rotation_period_in_days.into(),
        period => period,
    };
    KmsKey { rotation_period_in_days, ..state }
}
