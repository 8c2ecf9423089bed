//! The first step: what the new document needs is made or extended, and what the old one needs is left.

use std::collections::BTreeSet;

use terraform_plugin::framework::diagnostics::Diagnostics;
use crate::reconcile::bucket::{GivenBucket, ObservedBucket};
use crate::reconcile::kms_key::ObservedKey;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::{Reached, policy};

use super::super::state::{self, PartKind, State};
use super::super::wanted::{Bucket, Key, LogGroup, OwnKey, bucket_policy, key_policy};
use super::super::writes::Writes;
use super::{Apply, Ensured, EnsuredBucket, EnsuredLogGroup, Stopped, known, still_unknown, stop_on};

impl Apply<'_> {
    /// Ensures the key with a policy that old and new document can live with; answers its ARN.
    pub(super) async fn ensure_key(
        &self,
        writes: &Writes<'_>,
        observed: Option<ObservedKey>,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<String>, Stopped> {
        match self.wanted.key.known() {
            Some(Key::None) => {
                state.key = None;
                Ok(None)
            }
            Some(Key::Given(reference)) => {
                state.key = observed.as_ref().map(|key| state::Key::given(key, reference));
                Ok(observed.map(|key| key.arn))
            }
            Some(Key::Own(own)) => {
                let mut want = known(writes.key(own), diagnostics)?;
                if let Some(extended) = self.extended_key_policy() {
                    want.policy = extended;
                }
                let observed = observed.filter(|key| key.multi_region == own.multi_region);
                let reached = self.parts.keys.ensure(&want, observed, &self.former_keys(), self.run).await;
                state.key = reached.part.as_ref().map(|key| key_state(own, key));
                stop_on(reached.error, diagnostics)?;
                Ok(state.key.as_ref().map(|key| key.arn.clone()))
            }
            None => {
                still_unknown(diagnostics);
                Err(Stopped)
            }
        }
    }

    /// Keys that this setup replaces, or retired before.
    fn former_keys(&self) -> Vec<String> {
        let retired = self.transition.retired().into_iter().filter(|held| held.part == PartKind::KmsKey);
        retired.map(|held| held.arn).collect()
    }

    /// The key's policy while both documents may be in force: groups and roles of both. None where that is no more
    /// than the wanted one.
    fn extended_key_policy(&self) -> Option<String> {
        let (place, prior) = (self.wanted.place.known()?, self.prior_inputs?);
        let mut roles: BTreeSet<_> = self.inputs.allowed_roles.known()?.clone();
        roles.extend(prior.allowed_roles.known()?.iter().cloned());
        let groups = self.prior.log_group.iter().map(|group| group.arn.clone());
        let wanted = self.wanted.log_group.known()?.iter().map(|group| place.log_group_arn(&group.name));
        let retired = self.transition.retired().into_iter().filter(|held| held.part == PartKind::LogGroup);
        let groups: BTreeSet<_> = groups.chain(wanted).chain(retired.map(|held| held.arn)).collect();
        Some(key_policy(place, &groups, &roles, self.inputs.key_statements.known()?.as_deref()))
    }

    /// The bucket's policy while both documents may be in force.
    fn extended_bucket_policy(&self, name: &str) -> Option<String> {
        let (place, prior) = (self.wanted.place.known()?, self.prior_inputs?);
        let mut roles: BTreeSet<_> = self.inputs.allowed_roles.known()?.clone();
        roles.extend(prior.allowed_roles.known()?.iter().cloned());
        Some(bucket_policy(place, name, &roles, self.inputs.bucket_statements.known()?.as_deref()))
    }

    /// Whether the key's policy is another one than before, so that services have yet to notice.
    pub(super) fn key_policy_changes(&self) -> bool {
        let before = self.prior.key.as_ref().and_then(|key| key.policy.as_deref());
        match self.wanted.key.known() {
            Some(Key::Own(own)) => !policy::same(before, own.policy.known().map(String::as_str)),
            _ => false,
        }
    }

    pub(super) async fn ensure_log_group(
        &self,
        writes: &Writes<'_>,
        observed: Option<ObservedLogGroup>,
        key_arn: Option<&str>,
        key_changed: bool,
    ) -> EnsuredLogGroup {
        let wanted = self.wanted.log_group.known().and_then(Option::as_ref);
        match wanted.map(|group| (group, writes.log_group(group, key_arn))) {
            Some((LogGroup { own: true, .. }, Some(want))) => {
                let Reached { part, error } =
                    self.parts.log_groups.ensure(&want, observed, key_changed, self.run).await;
                let state = part.as_ref().map(state::LogGroup::own);
                Ensured { state, observed: part, error }
            }
            Some(_) => {
                let state = observed.as_ref().map(state::LogGroup::given);
                Ensured { state, observed: None, error: None }
            }
            None => Ensured { state: None, observed: None, error: None },
        }
    }

    /// Ensures the bucket; with `extended`, roles of the old document keep their access.
    pub(super) async fn ensure_bucket(
        &self,
        writes: &Writes<'_>,
        observed: Option<ObservedBucket>,
        given_bucket: Option<GivenBucket>,
        key_arn: Option<&str>,
        extended: bool,
    ) -> EnsuredBucket {
        let place = &self.parts.place;
        match self.wanted.bucket.known() {
            Some(Bucket::Own(own)) => {
                let Some(mut want) = writes.bucket(own, key_arn, observed.as_ref()) else {
                    return Ensured { state: None, observed, error: None };
                };
                if let Some(policy) = self.extended_bucket_policy(&own.name).filter(|_| extended) {
                    want.policy = policy;
                }
                let Reached { part, error } = self.parts.buckets.ensure(&want, observed, self.run).await;
                let state = part.as_ref().map(|bucket| state::Bucket::own(bucket, place));
                Ensured { state, observed: part, error }
            }
            Some(Bucket::Given(given)) => {
                let state = Some(state::Bucket::given(given, given_bucket.as_ref(), place));
                Ensured { state, observed: None, error: None }
            }
            None => Ensured { state: None, observed: None, error: None },
        }
    }
}

/// The key as the state has it. Where AWS answers no rotation period, what was written stands.
pub(super) fn key_state(own: &OwnKey, key: &ObservedKey) -> state::Key {
    let mut state = state::Key::own(key);
    if own.rotation_enabled && state.rotation_enabled == Some(true) {
        state.rotation_period_in_days = state.rotation_period_in_days.or(Some(own.rotation_period_in_days));
    }
    state
}
