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

mod cleanup;
mod document;
mod ensure;

use crate::reconcile::bucket::ObservedBucket;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::{CallError, Run, Tags};
use terraform_plugin::framework::diagnostics::{Diagnostics, Severity};
use terraform_plugin::framework::field::MaybeUnknown;
use terraform_plugin::framework::model::{Fields, Model};
use terraform_plugin::framework::value::Value;

use crate::account::Reconcilers;
use crate::account::diagnose;
use crate::setup::desired::specs::Specs;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredKey};
use crate::setup::model::state::{Bucket, LogGroup, Retired, State};
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::observe::Observation;
use crate::setup::ownership;
use crate::setup::plan::preflight::{self, Judgement};

/// What is to be made or changed, and what stands.
#[derive(Debug)]
pub(crate) struct Apply<'a> {
    /// The reconcilers.
    pub(crate) parts: &'a Reconcilers,
    /// The inputs, all known.
    pub(crate) inputs: &'a Inputs,
    /// What is desired of each part.
    pub(crate) desired: &'a Desired,
    /// The state so far; none when the setup is made.
    pub(crate) prior: Option<&'a SetupModel>,
    /// What becomes of it.
    pub(crate) transition: &'a Transition,
    /// Whether this process has just put the document back that stands now, so that it is ours to adopt.
    pub(crate) document_is_left: bool,
    /// The tags that the document had before it was adopted.
    pub(crate) prior_tags: Option<&'a Tags>,
    /// The stamp that parts are written with.
    pub(crate) stamp: String,
    /// Bounds of the work.
    pub(crate) run: &'a Run,
}

/// What an apply reached.
#[derive(Debug)]
pub(crate) struct Applied {
    /// The state.
    pub(crate) state: State,
    /// Tags of the document that was adopted, to be put back one day.
    pub(crate) previous_tags: Option<Tags>,
    /// Errors and warnings.
    pub(crate) diagnostics: Diagnostics,
}

/// What an apply or a destroy reached, as the host gets it.
#[derive(Debug)]
pub(crate) struct Reached {
    /// The state; null when nothing is left.
    pub(crate) state: Value,
    /// Private data to store.
    pub(crate) private: Vec<u8>,
    /// The identity, as far as it is known.
    pub(crate) identity: Option<Value>,
    /// Errors and warnings.
    pub(crate) diagnostics: Diagnostics,
}

impl Default for Reached {
    fn default() -> Self {
        Self { state: Value::Null, private: Vec::new(), identity: None, diagnostics: Diagnostics::new() }
    }
}

impl Reached {
    /// Nothing was changed.
    pub(crate) fn nothing(prior: Option<&SetupModel>, private: Vec<u8>, diagnostics: Diagnostics) -> Self {
        Self {
            state: prior.map_or(Value::Null, Model::write),
            identity: prior.and_then(SetupModel::identity),
            private,
            diagnostics,
        }
    }
}

/// Why a part that no document names yet is listed as retired.
const MADE_FOR: &str = "it was made for a change that is not finished";

/// Why an apply stopped; the diagnostics say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stopped;

impl Apply<'_> {
    /// The computed attributes of the state so far; all null when the setup is made.
    fn before(&self) -> &State {
        match self.prior {
            Some(prior) => &prior.state,
            None => State::of_null(),
        }
    }

    /// Makes or changes the parts.
    pub(crate) async fn apply(&self, observation: Observation) -> Applied {
        let mut diagnostics = self.refuse(&observation).await;
        let unchanged = |diagnostics| Applied { state: self.before().clone(), previous_tags: None, diagnostics };
        if diagnostics.has_errors() {
            return unchanged(diagnostics);
        }
        let Some(specs) = Specs::new(self.desired, Some(&self.stamp)) else {
            still_unknown(&mut diagnostics);
            return unchanged(diagnostics);
        };
        let mut state = State {
            stamp: self.stamp.clone().into(),
            tags_all: self.desired.tags.clone().into(),
            drift: Vec::new().into(),
            ..self.transition.standing.clone()
        };
        state.document = self.before().document.clone();
        let mut previous_tags = None;
        let done = Box::pin(self.change(&specs, observation, &mut state, &mut previous_tags, &mut diagnostics)).await;
        if done.is_err() {
            state = self.unfinished(state);
        }
        Applied { state, previous_tags, diagnostics }
    }

    /// The three steps.
    async fn change(
        &self,
        specs: &Specs<'_>,
        observation: Observation,
        state: &mut State,
        previous_tags: &mut Option<Tags>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Stopped> {
        let Observation { key, log_group, bucket, existing_bucket, document } = observation;
        // Whatever cannot be seen stops everything before the first write.
        let (key, document) = (found(key, diagnostics)?, found(document, diagnostics)?);
        let (log_group, bucket) = (found(log_group, diagnostics)?, found(bucket, diagnostics)?);
        if self.desired.document.is(&false) && self.before().document.is_known() {
            // Nothing may change below a document that is on its way out.
            self.withdraw_document(document.as_ref(), state, diagnostics).await?;
        }
        let key_is_new = !self.transition.standing.kms_key.is_known();
        let key_arn = self.ensure_key(specs, key, state, diagnostics).await?;
        // Without a customer key from now on, parts stay encrypted until the document does not demand it any more.
        let losing_key = self.desired.key.is(&DesiredKey::None) && self.before().kms_key.is_known();
        let old_arn = self.before().kms_key.fields().arn.text();
        let encrypt_with = |stands: bool| if losing_key && stands { old_arn } else { key_arn.as_deref() };
        let group_key = encrypt_with(state.log_group.is_known());
        let bucket_key = encrypt_with(state.bucket.is_known());
        let (group, bucket) = tokio::join!(
            self.ensure_log_group(specs, log_group, group_key, key_is_new || self.key_policy_changes()),
            self.ensure_bucket(specs, bucket, existing_bucket.ok().flatten(), bucket_key, true),
        );
        let mut failed = false;
        for error in [&group.error, &bucket.error].into_iter().flatten() {
            diagnose::error(diagnostics, "Setup is not complete", error);
            failed = true;
        }
        state.log_group = group.state.into();
        state.bucket = bucket.state.into();
        if failed {
            return Err(Stopped);
        }
        if self.desired.document.is(&true) {
            self.ensure_document(specs, document, key_arn.as_deref(), state, previous_tags, diagnostics).await?;
        }
        state.retired = self.transition.retired().into();
        self.clean_up(specs, group.observed, bucket.observed, key_arn.as_deref(), losing_key, state, diagnostics).await;
        Ok(())
    }

    /// The state when the document still names the old parts, or none: they stay in use, and what was made for the
    /// change is listed as retired, to be taken back by the next apply. A refresh looks for what the inputs of before
    /// name, and would forget everything else.
    fn unfinished(&self, reached: State) -> State {
        let Some(prior) = self.prior else { return reached };
        let before = Desired::derive(&prior.inputs, &self.desired.place, &MaybeUnknown::Unknown, prior);
        let back = Transition::between(&reached, &before, &prior.inputs);
        let mut retired = prior.state.retired().to_vec();
        for made in back.retiring.into_iter().chain(back.deleting) {
            if !retired.iter().any(|held| held.arn == made.arn) {
                retired.push(Retired { reason: MADE_FOR.to_owned(), ..made });
            }
        }
        State {
            kms_key: back.standing.kms_key.or(|| prior.state.kms_key.clone()),
            log_group: back.standing.log_group.or(|| prior.state.log_group.clone()),
            bucket: back.standing.bucket.or(|| prior.state.bucket.clone()),
            retired: retired.into(),
            ..reached
        }
    }

    /// Everything that stands against writing: parts of somebody else, existing parts that do not suit.
    async fn refuse(&self, observation: &Observation) -> Diagnostics {
        let judgement = Judgement {
            parts: self.parts,
            inputs: self.inputs,
            desired: self.desired,
            transition: self.transition,
            document_is_left: self.document_is_left,
            run: self.run,
        };
        let judged = preflight::judge(&judgement, observation).await;
        // What it warns of has been said by the plan that comes right before an apply.
        let mut diagnostics = judged.into_iter().filter(|one| one.severity == Severity::Error).collect();
        let foreign = ownership::foreign(&self.transition.standing, self.before(), observation);
        ownership::refuse_foreign(&foreign, &mut diagnostics);
        diagnostics
    }
}

fn found<T>(observed: Result<Option<T>, CallError>, diagnostics: &mut Diagnostics) -> Result<Option<T>, Stopped> {
    observed.map_err(|error| {
        diagnose::error(diagnostics, "What exists already could not be seen", &error);
        Stopped
    })
}

fn stop_on(error: Option<CallError>, diagnostics: &mut Diagnostics) -> Result<(), Stopped> {
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
pub(crate) fn filled(planned: &Value, actual: &Value) -> Value {
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
    error: Option<CallError>,
}

type EnsuredLogGroup = Ensured<LogGroup, ObservedLogGroup>;
type EnsuredBucket = Ensured<Bucket, ObservedBucket>;
