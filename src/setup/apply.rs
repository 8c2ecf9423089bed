//! Makes and changes the parts of a setup.
//!
//! # Guarantees
//! - The document is written last, so that sessions never meet a part that is not there; it is removed first.
//! - Whatever was reached is in the state that comes back, also on failure.
//! - Nothing is written to a part of somebody else, and nothing at all before every part has been judged.
//!
//! # Order
//! The key; then log group and bucket side by side; then the document; then what is no longer named.

use crate::framework::diagnostics::Diagnostics;
use crate::framework::value::Value;
use crate::reconcile::kms_key::EnsureKey;
use crate::reconcile::session_document::{ObservedDocument, WantedDocument, same_content};
use crate::reconcile::{Error, Kind, Reached, Run};

use super::diagnose;
use super::model::Inputs;
use super::ownership::has_stamp;
use super::parts::{Observation, Parts};
use super::preflight;
use super::state::{self, State};
use super::wanted::{Bucket, Key, LogGroup, OwnBucket, OwnKey, Wanted};
use super::writes::Writes;

/// What is to be made or changed, and what stands.
#[derive(Debug)]
pub struct Apply<'a> {
    /// The reconcilers.
    pub parts: &'a Parts,
    /// The inputs, all known.
    pub inputs: &'a Inputs,
    /// What is wanted of each part.
    pub wanted: &'a Wanted,
    /// What this setup has.
    pub prior: &'a State,
    /// The stamp that parts are written with.
    pub stamp: String,
    /// Bounds of the work.
    pub run: &'a Run,
}

/// Why an apply stopped; the diagnostics say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stopped;

impl Apply<'_> {
    /// Does it. The state is what was reached.
    pub async fn apply(&self, seen: Observation) -> (State, Diagnostics) {
        let mut state = State { stamp: Some(self.stamp.clone()), drift: Vec::new(), ..self.prior.clone() };
        let mut diagnostics = self.refuse(&seen).await;
        if diagnostics.has_errors() {
            return (self.prior.clone(), diagnostics);
        }
        let Some(writes) = Writes::new(self.wanted, Some(&self.stamp)) else {
            still_unknown(&mut diagnostics);
            return (self.prior.clone(), diagnostics);
        };
        // Stopping early leaves the state as far as it came.
        let _ = self.ensure_all(&writes, seen, &mut state, &mut diagnostics).await;
        (state, diagnostics)
    }

    /// Everything that stands against writing: parts of somebody else, given parts that do not suit.
    async fn refuse(&self, seen: &Observation) -> Diagnostics {
        let Self { parts, inputs, wanted, prior, run, .. } = self;
        let mut diagnostics = preflight::judge(parts, inputs, wanted, prior, seen, run).await;
        let stamp = prior.stamp.as_deref();
        let mut foreign = |part: &str, name: &str| {
            diagnostics.error(
                format!("The {part} has been taken over"),
                format!(
                    "{name} does not carry the stamp of this state any more: another state, or somebody by hand, has \
                     taken it over. Nothing was changed. If it belongs here, remove the resource from the other state \
                     and import it here again; if it belongs there, remove it from this state with `state rm`."
                ),
            );
        };
        if let (Some(held), Ok(Some(key))) = (prior.key.as_ref().filter(|key| key.created), &seen.key)
            && !has_stamp(&key.tags, stamp)
        {
            foreign("key", &held.arn);
        }
        if let (Some(held), Ok(Some(group))) = (prior.log_group.as_ref().filter(|group| group.created), &seen.log_group)
            && held.name == group.name
            && !has_stamp(&group.tags, stamp)
        {
            foreign("log group", &held.name);
        }
        if let (Some(held), Ok(Some(bucket))) = (prior.bucket.as_ref().filter(|bucket| bucket.created), &seen.bucket)
            && !has_stamp(&bucket.tags, stamp)
        {
            foreign("bucket", &held.name);
        }
        if let (Some(held), Ok(Some(document))) = (&prior.document, &seen.document)
            && !has_stamp(&document.tags, stamp)
        {
            foreign("document", &held.name);
        }
        diagnostics
    }

    async fn ensure_all(
        &self,
        writes: &Writes<'_>,
        seen: Observation,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Stopped> {
        let Observation { key, log_group, bucket, given_bucket, document } = seen;
        if self.wanted.document.known() == Some(&false) && state.document.is_some() {
            self.withdraw_document(state, diagnostics).await?;
        }
        let old_alias = self.prior.key.as_ref().and_then(|key| key.alias_name.clone());
        let key = found(key, diagnostics)?;
        let key_existed = key.is_some();
        let key_arn = self.ensure_key(writes, key, state, diagnostics).await?;
        let (log_group, bucket) = (found(log_group, diagnostics), found(bucket, diagnostics));
        let (log_group, bucket) = (log_group?, bucket?);
        let given_bucket = given_bucket.ok().flatten();
        let key_changed = !key_existed || self.policy_changes();
        let ((group_state, group_error), (bucket_state, bucket_error)) = tokio::join!(
            self.ensure_log_group(writes, log_group, key_arn.as_deref(), key_changed),
            self.ensure_bucket(writes, bucket, given_bucket, key_arn.as_deref()),
        );
        state.log_group = group_state;
        state.bucket = bucket_state;
        for error in [&group_error, &bucket_error].into_iter().flatten() {
            diagnose::error(diagnostics, "Setup is not complete", error);
        }
        if group_error.is_some() || bucket_error.is_some() {
            return Err(Stopped);
        }
        if self.wanted.document.known() == Some(&true) {
            let document = found(document, diagnostics)?;
            self.ensure_document(writes, document, key_arn.as_deref(), state, diagnostics).await?;
        }
        self.remove_old_alias(old_alias, state, diagnostics).await;
        Ok(())
    }

    /// Whether the key's policy is another one than before, so that services have yet to notice.
    fn policy_changes(&self) -> bool {
        let before = self.prior.key.as_ref().and_then(|key| key.policy.as_deref());
        match self.wanted.key.known() {
            Some(Key::Own(own)) => !crate::reconcile::policy::same(before, own.policy.known().map(String::as_str)),
            _ => false,
        }
    }

    async fn ensure_key(
        &self,
        writes: &Writes<'_>,
        observed: Option<crate::reconcile::kms_key::ObservedKey>,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) -> Result<Option<String>, Stopped> {
        match self.wanted.key.known() {
            Some(Key::None) => {
                state.key = None;
                Ok(None)
            }
            Some(Key::Given(_)) => {
                state.key = observed.as_ref().map(state::Key::given);
                Ok(observed.map(|key| key.arn))
            }
            Some(Key::Own(own)) => {
                let want = known(writes.key(own), diagnostics)?;
                let reached = self.parts.keys.ensure(&want, observed, EnsureKey::default(), self.run).await;
                state.key = reached.part.as_ref().map(|key| self.key_state(own, key));
                stop_on(reached.error, diagnostics)?;
                Ok(state.key.as_ref().map(|key| key.arn.clone()))
            }
            None => {
                still_unknown(diagnostics);
                Err(Stopped)
            }
        }
    }

    fn key_state(&self, own: &OwnKey, key: &crate::reconcile::kms_key::ObservedKey) -> state::Key {
        let mut state = state::Key::own(key);
        if own.rotation_enabled && state.rotation_enabled == Some(true) {
            state.rotation_period_in_days = state.rotation_period_in_days.or(Some(own.rotation_period_in_days));
        }
        state
    }

    async fn ensure_log_group(
        &self,
        writes: &Writes<'_>,
        observed: Option<crate::reconcile::log_group::ObservedLogGroup>,
        key_arn: Option<&str>,
        key_changed: bool,
    ) -> (Option<state::LogGroup>, Option<Error>) {
        let wanted = self.wanted.log_group.known().and_then(Option::as_ref);
        match wanted.map(|group| (group, writes.log_group(group, key_arn))) {
            Some((LogGroup { own: true, .. }, Some(want))) => {
                let Reached { part, error } =
                    self.parts.log_groups.ensure(&want, observed, key_changed, self.run).await;
                (part.as_ref().map(state::LogGroup::own), error)
            }
            Some(_) => (observed.as_ref().map(state::LogGroup::given), None),
            None => (None, None),
        }
    }

    async fn ensure_bucket(
        &self,
        writes: &Writes<'_>,
        observed: Option<crate::reconcile::bucket::ObservedBucket>,
        given_bucket: Option<crate::reconcile::bucket::GivenBucket>,
        key_arn: Option<&str>,
    ) -> (Option<state::Bucket>, Option<Error>) {
        let place = &self.parts.place;
        match self.wanted.bucket.known() {
            Some(Bucket::Own(own)) => match self.bucket_to_write(writes, own, key_arn) {
                Some(want) => {
                    let Reached { part, error } = self.parts.buckets.ensure(&want, observed, self.run).await;
                    (part.as_ref().map(|bucket| state::Bucket::own(bucket, place)), error)
                }
                None => (None, None),
            },
            Some(Bucket::Given(given)) => (Some(state::Bucket::given(given, given_bucket.as_ref(), place)), None),
            None => (None, None),
        }
    }

    fn bucket_to_write(
        &self,
        writes: &Writes<'_>,
        own: &OwnBucket,
        key_arn: Option<&str>,
    ) -> Option<crate::reconcile::bucket::WantedBucket> {
        writes.bucket(own, key_arn)
    }

    async fn ensure_document(
        &self,
        writes: &Writes<'_>,
        observed: Option<ObservedDocument>,
        key_arn: Option<&str>,
        state: &mut State,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Stopped> {
        let want = known(writes.document(self.inputs, key_arn, observed.as_ref()), diagnostics)?;
        let adopted = self.prior.document.as_ref().is_some_and(|document| document.adopted);
        let reached = self.parts.documents.ensure(&want, observed, &[], self.run).await;
        let place = &self.parts.place;
        let Some(error) = reached.error else {
            state.document = reached.part.map(|document| state::Document::observed(&document, adopted, place));
            return Ok(());
        };
        // From the moment the document may stand, an error would taint a setup that sessions use.
        if error.kind == Kind::EffectUnknown {
            state.document = Some(unanswered(&want, state, adopted, place));
            diagnose::warning(diagnostics, "Whether the document was written is not known", &error);
            return Ok(());
        }
        match reached.part {
            Some(document) if same_content(&document.content, &want.content) => {
                state.document = Some(state::Document::observed(&document, adopted, place));
                diagnose::warning(diagnostics, "The document is written, and something after it failed", &error);
                Ok(())
            }
            part => {
                state.document = part.map(|document| state::Document::observed(&document, adopted, place));
                diagnose::error(diagnostics, "Setup is not complete", &error);
                Err(Stopped)
            }
        }
    }

    /// `document.enabled` was switched off: the document goes before anything it names can change.
    async fn withdraw_document(&self, state: &mut State, diagnostics: &mut Diagnostics) -> Result<(), Stopped> {
        let retain = self.inputs.document.known().is_some_and(|document| document.on_destroy == "retain");
        if retain {
            diagnostics.warning(
                "The document is released",
                "settings.document.enabled is false and on_destroy is \"retain\": the document stays as it is, and \
                 this resource does not look after it any more.",
            );
        } else {
            stop_on(self.parts.documents.remove(self.run).await.err(), diagnostics)?;
        }
        state.document = None;
        Ok(())
    }

    /// The alias that the key had before, once nothing is left to do that could fail.
    async fn remove_old_alias(&self, old: Option<String>, state: &State, diagnostics: &mut Diagnostics) {
        let (Some(old), Some(key)) = (old, state.key.as_ref().filter(|key| key.created)) else { return };
        if key.alias_name.as_ref() == Some(&old) {
            return;
        }
        // An alias that was pointed elsewhere meanwhile is somebody else's.
        let ours = match self.parts.keys.observe_given(&old, self.run).await {
            Ok(found) => found.is_some_and(|found| found.arn == key.arn),
            Err(error) => {
                diagnose::warning(diagnostics, "The old alias is still there", &error);
                return;
            }
        };
        if ours && let Err(error) = self.parts.keys.remove_alias(&old, self.run).await {
            diagnose::warning(diagnostics, "The old alias is still there", &error);
        }
    }
}

/// The document after a write that was never answered.
fn unanswered(want: &WantedDocument, state: &State, adopted: bool, place: &super::naming::Place) -> state::Document {
    state::Document {
        name: super::naming::DOCUMENT_NAME.to_owned(),
        arn: place.document_arn(super::naming::DOCUMENT_NAME),
        content: super::policies::canonical_json(&want.content),
        default_version: None,
        latest_version: None,
        status: None,
        hash: None,
        adopted,
        tags: state.tags_all.clone(),
    }
}

fn found<T>(observed: Result<Option<T>, Error>, diagnostics: &mut Diagnostics) -> Result<Option<T>, Stopped> {
    observed.map_err(|error| {
        diagnose::error(diagnostics, "What exists already could not be seen", &error);
        Stopped
    })
}

fn stop_on(error: Option<Error>, diagnostics: &mut Diagnostics) -> Result<(), Stopped> {
    match error {
        None => Ok(()),
        Some(error) => {
            diagnose::error(diagnostics, "Setup is not complete", &error);
            Err(Stopped)
        }
    }
}

fn known<T>(value: Option<T>, diagnostics: &mut Diagnostics) -> Result<T, Stopped> {
    value.ok_or_else(|| {
        still_unknown(diagnostics);
        Stopped
    })
}

fn still_unknown(diagnostics: &mut Diagnostics) {
    diagnostics.error(
        "A value is still unknown",
        "Something in the configuration was not known when the change was to be made. Apply again; if this stays, it \
         is a bug of the provider, please report it.",
    );
}

/// `planned` with everything unknown filled in from `actual`. What was planned stays, as hosts demand; a refresh shows
/// what AWS made of it.
#[must_use]
pub fn filled(planned: &Value, actual: &Value) -> Value {
    match (planned, actual) {
        (Value::Unknown, actual) => actual.clone(),
        (Value::Map(entries), actual) => Value::map(entries.iter().map(|(name, planned)| {
            (name.as_str(), filled(planned, actual.as_map().and_then(|map| map.get(name)).unwrap_or(&Value::Null)))
        })),
        (planned, _) => planned.clone(),
    }
}
