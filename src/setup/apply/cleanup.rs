//! The third step: what the document no longer names is loosened, retired or removed. Sessions do not need any of it,
//! so trouble is a warning; a refresh shows what is left, and the next apply ends it.

use terraform_plugin::framework::diagnostics::Diagnostics;
use crate::reconcile::bucket::ObservedBucket;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::{Error, policy};

use super::super::diagnose;
use super::super::ownership::has_stamp;
use super::super::state::{LogGroup, PartKind, Retired, State};
use super::super::wanted::{Bucket, Key};
use super::super::writes::Writes;
use super::Apply;
use super::ensure::key_state;

const LEFT: &str = "Something that is no longer used is left";

impl Apply<'_> {
    #[expect(clippy::too_many_arguments, reason = "what the first step left of each part")]
    pub(super) async fn loosen(
        &self,
        writes: &Writes<'_>,
        log_group: Option<ObservedLogGroup>,
        bucket: Option<ObservedBucket>,
        key_arn: Option<&str>,
        losing_key: bool,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) {
        if losing_key && log_group.is_some() {
            let group = self.ensure_log_group(writes, log_group, key_arn, false).await;
            state.log_group = group.state;
            warn(group.error, diagnostics);
        }
        let narrower = match (self.wanted.bucket.known(), &state.bucket) {
            (Some(Bucket::Own(own)), Some(now)) => {
                !policy::same(now.policy.as_deref(), own.policy.known().map(String::as_str))
            }
            _ => false,
        };
        if (losing_key || narrower) && bucket.is_some() {
            let bucket = self.ensure_bucket(writes, bucket, None, key_arn, false).await;
            state.bucket = bucket.state;
            warn(bucket.error, diagnostics);
        }
        self.loosen_key(writes, state, diagnostics).await;
        if let Some(group) = &self.transition.deleting
            && let Err(why) = self.delete_log_group(group, diagnostics).await
        {
            // A destroy has to know of it, and of the key that it needs.
            state.retired.push(Retired::new(PartKind::LogGroup, &group.name, &group.arn, why));
        }
        self.remove_old_alias(state, diagnostics).await;
    }

    /// Takes from the key's policy what only the old document needed.
    async fn loosen_key(&self, writes: &Writes<'_>, state: &mut State, diagnostics: &mut Diagnostics) {
        let (Some(Key::Own(own)), Some(now)) = (self.wanted.key.known(), &state.key) else { return };
        if policy::same(now.policy.as_deref(), own.policy.known().map(String::as_str)) {
            return;
        }
        let Some(want) = writes.key(own) else { return };
        let observed = self.parts.keys.observe(&own.alias_name, Some(&now.arn), self.run).await;
        match observed {
            Ok(observed) => {
                let reached = self.parts.keys.ensure(&want, observed, &[], self.run).await;
                state.key = reached.part.as_ref().map(|key| key_state(own, key)).or_else(|| state.key.clone());
                warn(reached.error, diagnostics);
            }
            Err(error) => warn(Some(error), diagnostics),
        }
    }

    /// Deletes the log group that is no longer used while it is ours; answers why it stays.
    async fn delete_log_group(&self, group: &LogGroup, diagnostics: &mut Diagnostics) -> Result<(), &'static str> {
        let log_groups = &self.parts.log_groups;
        let deleted = match log_groups.observe_tags(&group.arn, self.run).await {
            Ok(None) => Ok(()),
            Ok(Some(tags)) if has_stamp(&tags, self.prior.stamp.as_deref()) => {
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
        let Some(now) = state.key.as_ref().filter(|key| key.created) else { return };
        let standing = self.transition.standing.key.as_ref().and_then(|key| key.alias_name.as_ref());
        let again = self.transition.taken_back(PartKind::KmsKey).map(|held| &held.name);
        let again = again.filter(|name| name.starts_with("alias/"));
        let Some(old) = standing.or(again).filter(|old| now.alias_name.as_ref() != Some(old)) else { return };
        // An alias that was pointed elsewhere meanwhile is somebody else's.
        match self.parts.keys.observe_given(old, self.run).await {
            Ok(Some(found)) if found.arn == now.arn => {
                warn(self.parts.keys.remove_alias(old, self.run).await.err(), diagnostics);
            }
            Ok(_) => {}
            Err(error) => warn(Some(error), diagnostics),
        }
    }
}

fn warn(error: Option<Error>, diagnostics: &mut Diagnostics) {
    if let Some(error) = error {
        diagnose::warning(diagnostics, LEFT, &error);
    }
}
