//! The third step: what the document no longer names loses its permissions, is retired or removed. Sessions need none
//! of it, so an error is a warning; a refresh shows what is left, and the next apply ends it.

use crate::reconcile::bucket::ObservedBucket;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::{CallError, policy};
use terraform_plugin::framework::diagnostics::Diagnostics;

use crate::account::diagnose;
use crate::setup::apply::Apply;
use crate::setup::apply::ensure::key_state;
use crate::setup::desired::specs::Specs;
use crate::setup::desired::{DesiredBucket, DesiredKey};
use crate::setup::model::state::{PartKind, Retired, State};
use crate::setup::naming::stamp::has_stamp;

const LEFT: &str = "Something that is no longer used is left";

impl Apply<'_> {
    #[expect(clippy::too_many_arguments, reason = "what the first step left of each part")]
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
            && let Err(why) = self.delete_log_group(group, diagnostics).await
        {
            // A destroy has to know of it, and of the key that it needs.
            let left = Retired { reason: why.to_owned(), ..group.clone() };
            state.retired = state.retired().iter().cloned().chain([left]).collect::<Vec<_>>().into();
        }
        self.remove_old_alias(state, diagnostics).await;
    }

    /// Takes from the key's policy what only the old document needed.
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

    /// Deletes the log group that is no longer used while it is ours.
    ///
    /// # Errors
    /// Why it stays.
    async fn delete_log_group(&self, group: &Retired, diagnostics: &mut Diagnostics) -> Result<(), &'static str> {
        let log_groups = &self.parts.log_groups;
        let deleted = match log_groups.observe_tags(&group.arn, self.run).await {
            Ok(None) => Ok(()),
            Ok(Some(tags)) if has_stamp(&tags, self.before().stamp.text()) => {
                log_groups.remove(&group.name, self.run).await
            }
            Ok(Some(_)) => {
                diagnostics.warning(
                    "A log group is not deleted",
                    format!(
                        "{} carries the stamp of another state, or none: it was taken over, and stays as it is.",
                        group.name
                    ),
                );
                return Err("another state has taken it over");
            }
            Err(error) => Err(error),
        };
        deleted.map_err(|error| {
            warn(Some(error), diagnostics);
            "it could not be deleted"
        })
    }

    /// The alias that the same key had before, in use or retired.
    async fn remove_old_alias(&self, state: &State, diagnostics: &mut Diagnostics) {
        let Some(now) = state.managed_key() else { return };
        let standing = self.transition.standing.kms_key.fields().alias_name.known();
        let again = self.transition.taken_back(PartKind::KmsKey).map(|held| &held.name);
        let again = again.filter(|name| name.starts_with("alias/"));
        let Some(old) = standing.or(again).filter(|old| !now.alias_name.is(*old)) else { return };
        // An alias that was pointed elsewhere meanwhile is somebody else's.
        match self.parts.keys.observe_existing(old, self.run).await {
            Ok(Some(found)) if now.arn.is(&found.arn) => {
                warn(self.parts.keys.remove_alias(old, self.run).await.err(), diagnostics);
            }
            Ok(_) => {}
            Err(error) => warn(Some(error), diagnostics),
        }
    }
}

fn warn(error: Option<CallError>, diagnostics: &mut Diagnostics) {
    if let Some(error) = error {
        diagnose::warning(diagnostics, LEFT, &error);
    }
}
