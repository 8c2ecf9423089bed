//! The third step, cleanup: what the document no longer names loses its permissions, is retired or removed.
//!
//! Sessions need none of it, so an error is a warning. A refresh shows what is left, and the next apply removes it.

use terraform_plugin::framework::diagnostics::Diagnostics;

use crate::account::diagnose;
use crate::reconcile::bucket::ObservedBucket;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::{CallError, policy};
use crate::setup::desired::specs::Specs;
use crate::setup::desired::{DesiredBucket, DesiredKey};
use crate::setup::model::state::{PartKind, Retired, State};
use crate::setup::ownership::whose::{Whose, is_recorded_group};

use super::Apply;
use super::ensure::key_state;

const CLEANUP_FAILED: &str = "Cleanup is not complete";

impl Apply<'_> {
    #[expect(clippy::too_many_arguments, reason = "the result of the first step for each part")]
    pub(super) async fn clean_up(
        &self,
        specs: &Specs<'_>,
        log_group: Option<ObservedLogGroup>,
        bucket: Option<ObservedBucket>,
        key_arn: Option<&str>,
        losing_key: bool,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) {
        if losing_key && log_group.is_some() {
            let group = self.ensure_log_group(specs, log_group, key_arn, false).await;
            state.log_group = group.state.into();
            warn(group.error, diagnostics);
        }
        let narrower = match (self.desired.bucket.known(), state.bucket.known()) {
            (Some(DesiredBucket::Managed(managed)), Some(now)) => {
                !policy::same(now.policy.text(), managed.policy.known().map(String::as_str))
            }
            _ => false,
        };
        if (losing_key || narrower) && bucket.is_some() {
            let bucket = self.ensure_bucket(specs, bucket, None, key_arn, false).await;
            state.bucket = bucket.state.into();
            warn(bucket.error, diagnostics);
        }
        self.narrow_key(specs, state, diagnostics).await;
        if let Some(group) = &self.transition.deleting
            && let Err(reason) = self.delete_log_group(group, diagnostics).await
        {
            // A destroy must know the log group, and that it still needs the key.
            let left = Retired { reason: reason.to_owned(), ..group.clone() };
            state.retired = state.retired().iter().cloned().chain([left]).collect::<Vec<_>>().into();
        }
        self.remove_old_alias(state, diagnostics).await;
    }

    /// Removes from the key's policy what only the old document needed.
    async fn narrow_key(&self, specs: &Specs<'_>, state: &mut State, diagnostics: &mut Diagnostics) {
        let (Some(DesiredKey::Managed(managed)), Some(now)) = (self.desired.key.known(), state.kms_key.known()) else {
            return;
        };
        if policy::same(now.policy.text(), managed.policy.known().map(String::as_str)) {
            return;
        }
        let Some(spec) = specs.key(managed) else { return };
        let observed = self.parts.keys.observe(&managed.alias_name, now.arn.text(), self.run).await;
        match observed {
            Ok(observed) => {
                let reached = self.parts.keys.ensure(&spec, observed, &[], self.run).await;
                if let Some(key) = &reached.part {
                    state.kms_key = key_state(managed, key).into();
                }
                warn(reached.error, diagnostics);
            }
            Err(error) => warn(Some(error), diagnostics),
        }
    }

    /// Deletes the log group that is no longer used, if it is still this state's.
    ///
    /// # Errors
    /// The reason why it is kept.
    async fn delete_log_group(&self, group: &Retired, diagnostics: &mut Diagnostics) -> Result<(), &'static str> {
        let log_groups = &self.parts.log_groups;
        let deleted = match log_groups.observe(&group.name, self.run).await {
            Ok(None) => Ok(()),
            Ok(Some(observed)) => {
                let is_recorded = is_recorded_group(self.before().log_group.fields(), &observed);
                let reason = match Whose::of(&observed.tags, Some(&self.stamp), is_recorded) {
                    Whose::Ours => None,
                    Whose::Unproven => Some("it carries no stamp and may have been made anew"),
                    Whose::AnotherState => Some("another state has taken it over"),
                };
                if let Some(reason) = reason {
                    diagnostics.warning(
                        "A log group is not deleted",
                        format!("{} is not changed, because {reason}.", group.name),
                    );
                    return Err(reason);
                }
                log_groups.remove(&group.name, self.run).await
            }
            Err(error) => Err(error),
        };
        deleted.map_err(|error| {
            warn(Some(error), diagnostics);
            "it could not be deleted"
        })
    }

    /// Removes the alias that the key had before the change, in use or retired.
    async fn remove_old_alias(&self, state: &State, diagnostics: &mut Diagnostics) {
        let Some(key) = state.managed_key() else { return };
        let prior_alias = self.transition.remaining.kms_key.fields().alias_name.known();
        let retired_alias = self.transition.taken_back(PartKind::KmsKey).map(|retired| &retired.name);
        let retired_alias = retired_alias.filter(|name| name.starts_with("alias/"));
        let Some(old) = prior_alias.or(retired_alias).filter(|old| !key.alias_name.is(*old)) else { return };
        // An alias that points to another key by now is not this setup's.
        match self.parts.keys.observe_existing(old, self.run).await {
            Ok(Some(target)) if key.arn.is(&target.arn) => {
                warn(self.parts.keys.remove_alias(old, self.run).await.err(), diagnostics);
            }
            Ok(_) => {}
            Err(error) => warn(Some(error), diagnostics),
        }
    }
}

fn warn(error: Option<CallError>, diagnostics: &mut Diagnostics) {
    if let Some(error) = error {
        diagnose::warning(diagnostics, CLEANUP_FAILED, &error);
    }
}
