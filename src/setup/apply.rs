//! Makes and changes the parts of a setup.
//!
//! # Guarantees
//! - At no moment does the current document name a part that is missing, unencrypted or closed to it.
//! - Whatever was reached is in the state that comes back, also on failure.
//! - Nothing is written to a part of somebody else, and nothing at all before every part has been judged.
//! - Nothing that holds logs, or encrypts them, is deleted: what is no longer used is retired.
//!
//! # Order
//! 1. What the new document needs is made or extended, and what the old one needs is left: first the key, then log
//!    group and bucket side by side.
//! 2. The document is written, and waited for.
//! 3. What is no longer named is loosened, retired or removed. From here on trouble is a warning.

mod document;
mod ensure;
mod loosen;

use terraform_plugin::framework::diagnostics::{Diagnostics, Severity};
use terraform_plugin::framework::value::Value;
use crate::reconcile::{Error, Run, Tags};

use super::diagnose;
use super::model::{Inputs, Known};
use super::ownership;
use super::parts::{Observation, Parts};
use super::preflight::{self, Judgement};
use super::state::{self, PartKind, Retired, State};
use super::transition::Transition;
use super::wanted::{Key, Wanted};
use super::writes::Writes;

/// What is to be made or changed, and what stands.
#[derive(Debug)]
pub struct Apply<'a> {
    /// The reconcilers.
    pub parts: &'a Parts,
    /// The inputs, all known.
    pub inputs: &'a Inputs,
    /// The inputs of the state; none when the setup is made.
    pub prior_inputs: Option<&'a Inputs>,
    /// What is wanted of each part.
    pub wanted: &'a Wanted,
    /// What this setup has.
    pub prior: &'a State,
    /// What becomes of it.
    pub transition: &'a Transition,
    /// Whether this process has just put the document back that stands now, so that it is ours to adopt.
    pub document_is_left: bool,
    /// The tags that the document had before it was adopted.
    pub prior_tags: Option<&'a Tags>,
    /// The stamp that parts are written with.
    pub stamp: String,
    /// Bounds of the work.
    pub run: &'a Run,
}

/// What an apply reached.
#[derive(Debug)]
pub struct Applied {
    /// The state.
    pub state: State,
    /// Tags of the document that was adopted, to be put back one day.
    pub previous_tags: Option<Tags>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// Why a part that no document names yet is listed as retired.
const MADE_FOR: &str = "it was made for a change that is not finished";

/// Why an apply stopped; the diagnostics say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stopped;

impl Apply<'_> {
    /// Does it.
    pub async fn apply(&self, seen: Observation) -> Applied {
        let mut diagnostics = self.refuse(&seen).await;
        let unchanged = |diagnostics| Applied { state: self.prior.clone(), previous_tags: None, diagnostics };
        if diagnostics.has_errors() {
            return unchanged(diagnostics);
        }
        let Some(writes) = Writes::new(self.wanted, Some(&self.stamp)) else {
            still_unknown(&mut diagnostics);
            return unchanged(diagnostics);
        };
        let mut state = State {
            stamp: Some(self.stamp.clone()),
            tags_all: self.wanted.tags.known().cloned(),
            drift: Vec::new(),
            ..self.transition.standing.clone()
        };
        state.document = self.prior.document.clone();
        let mut previous_tags = None;
        let done = Box::pin(self.change(&writes, seen, &mut state, &mut previous_tags, &mut diagnostics)).await;
        if done.is_err() {
            state = self.unfinished(state);
        }
        Applied { state, previous_tags, diagnostics }
    }

    /// The three steps.
    async fn change(
        &self,
        writes: &Writes<'_>,
        seen: Observation,
        state: &mut State,
        previous_tags: &mut Option<Tags>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Stopped> {
        let Observation { key, log_group, bucket, given_bucket, document } = seen;
        // Whatever cannot be seen stops everything before the first write.
        let (key, document) = (found(key, diagnostics)?, found(document, diagnostics)?);
        let (log_group, bucket) = (found(log_group, diagnostics)?, found(bucket, diagnostics)?);
        if self.wanted.document.known() == Some(&false) && self.prior.document.is_some() {
            // Nothing may change below a document that is on its way out.
            self.withdraw_document(document.as_ref(), state, diagnostics).await?;
        }
        let key_is_new = self.transition.standing.key.is_none();
        let key_arn = self.ensure_key(writes, key, state, diagnostics).await?;
        // Without a customer key from now on, parts stay encrypted until the document does not demand it any more.
        let losing_key = self.wanted.key.known() == Some(&Key::None) && self.prior.key.is_some();
        let old_arn = self.prior.key.as_ref().map(|key| key.arn.as_str());
        let encrypt_with = |stands: bool| if losing_key && stands { old_arn } else { key_arn.as_deref() };
        let group_key = encrypt_with(state.log_group.is_some());
        let bucket_key = encrypt_with(state.bucket.is_some());
        let (group, bucket) = tokio::join!(
            self.ensure_log_group(writes, log_group, group_key, key_is_new || self.key_policy_changes()),
            self.ensure_bucket(writes, bucket, given_bucket.ok().flatten(), bucket_key, true),
        );
        let mut failed = false;
        for error in [&group.error, &bucket.error].into_iter().flatten() {
            diagnose::error(diagnostics, "Setup is not complete", error);
            failed = true;
        }
        state.log_group = group.state;
        state.bucket = bucket.state;
        if failed {
            return Err(Stopped);
        }
        if self.wanted.document.known() == Some(&true) {
            self.ensure_document(writes, document, key_arn.as_deref(), state, previous_tags, diagnostics).await?;
        }
        state.retired = self.transition.retired();
        self.loosen(writes, group.observed, bucket.observed, key_arn.as_deref(), losing_key, state, diagnostics).await;
        Ok(())
    }

    /// The state when the document still names the old parts, or none: they stay in use, and what was made for the
    /// change is listed as retired, to be taken back by the next apply. A refresh looks for what the inputs of before
    /// name, and would forget everything else.
    fn unfinished(&self, reached: State) -> State {
        let Some(prior_inputs) = self.prior_inputs else { return reached };
        let before = Wanted::derive(prior_inputs, &self.wanted.place, &Known::Unknown, self.prior);
        let back = Transition::between(&reached, &before, prior_inputs);
        let mut state = State { retired: self.prior.retired.clone(), ..reached };
        state.key = back.standing.key.or_else(|| self.prior.key.clone());
        state.log_group = back.standing.log_group.or_else(|| self.prior.log_group.clone());
        state.bucket = back.standing.bucket.or_else(|| self.prior.bucket.clone());
        let deleting = back.deleting.map(|group| Retired::new(PartKind::LogGroup, &group.name, &group.arn, ""));
        for made in back.retiring.into_iter().chain(deleting) {
            if !state.retired.iter().any(|held| held.arn == made.arn) {
                state.retired.push(Retired { reason: MADE_FOR.to_owned(), ..made });
            }
        }
        state
    }

    /// Everything that stands against writing: parts of somebody else, given parts that do not suit.
    async fn refuse(&self, seen: &Observation) -> Diagnostics {
        let judgement = Judgement {
            parts: self.parts,
            inputs: self.inputs,
            wanted: self.wanted,
            transition: self.transition,
            document_is_left: self.document_is_left,
            run: self.run,
        };
        let judged = preflight::judge(&judgement, seen).await;
        // What it warns of has been said by the plan that comes right before an apply.
        let mut diagnostics = judged.into_iter().filter(|one| one.severity == Severity::Error).collect();
        let foreign = ownership::foreign(&self.transition.standing, self.prior, seen);
        ownership::refuse_foreign(&foreign, &mut diagnostics);
        diagnostics
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

pub(super) fn still_unknown(diagnostics: &mut Diagnostics) {
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
            let actual = actual.as_map().and_then(|map| map.get(name)).unwrap_or(&Value::Null);
            (name.as_str(), filled(planned, actual))
        })),
        (planned, _) => planned.clone(),
    }
}

/// What ensuring one part came to.
#[derive(Debug)]
struct Ensured<S, O> {
    /// The part as the state has it.
    state: Option<S>,
    /// The part as it was left in AWS, where it is ours.
    observed: Option<O>,
    /// What stopped it.
    error: Option<Error>,
}

type EnsuredLogGroup = Ensured<state::LogGroup, crate::reconcile::log_group::ObservedLogGroup>;
type EnsuredBucket = Ensured<state::Bucket, crate::reconcile::bucket::ObservedBucket>;
