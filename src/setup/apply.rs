//! Creates and changes the parts of a setup.
//!
//! # Guarantees
//! - At no moment does the current document name a part that is missing, unencrypted or closed to it.
//! - Whatever exists in AWS is in the state that is returned, also on failure.
//! - Nothing is written to a part of another state, and nothing at all before every part has been checked.
//! - Nothing that holds logs, or encrypts them, is deleted: a part that is no longer used is retired.
//!
//! # Order
//! 1. What the new document needs is created or extended, and what the old one needs is kept: first the key, then the
//!    log group and the bucket concurrently.
//! 2. The document is written, and the apply waits until it is active.
//! 3. Cleanup: what is no longer named loses its permissions, is retired or removed. An error in this step is a
//!    warning.

mod cleanup;
mod document;
mod ensure;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::MaybeUnknown;
use terraform_plugin::framework::model::{Fields, Model};
use terraform_plugin::framework::value::Value;

use crate::account::Reconcilers;
use crate::account::diagnose;
use crate::reconcile::bucket::ObservedBucket;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::{CallError, Run, Tags};
use crate::setup::desired::specs::Specs;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredKey};
use crate::setup::model::state::{Bucket, LogGroup, Retired, State};
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::observe::Observation;
use crate::setup::ownership::whose::{disputed, refuse_disputed};
use crate::setup::plan::preflight::{self, Preflight};

/// A change: the desired state, the prior state, and what becomes of its parts.
#[derive(Debug)]
pub(crate) struct Apply<'a> {
    /// The reconcilers.
    pub(crate) parts: &'a Reconcilers,
    /// The inputs, all known.
    pub(crate) inputs: &'a Inputs,
    /// The desired state of each part.
    pub(crate) desired: &'a Desired,
    /// The prior state; `None` for a create.
    pub(crate) prior: Option<&'a SetupModel>,
    /// What becomes of the parts of the prior state.
    pub(crate) transition: &'a Transition,
    /// Whether a destroy in this process restored or kept the document that exists now, so that it may be taken over.
    pub(crate) document_is_left: bool,
    /// The tags that the document had before it was adopted.
    pub(crate) prior_tags: Option<&'a Tags>,
    /// The stamp that parts are written with.
    pub(crate) stamp: String,
    /// Bounds of the work.
    pub(crate) run: &'a Run,
}

/// The parts after an apply, complete or not.
#[derive(Debug)]
pub(crate) struct Applied {
    /// The state.
    pub(crate) state: State,
    /// The tags of the document that was adopted, for a later restore.
    pub(crate) previous_tags: Option<Tags>,
    /// Errors and warnings.
    pub(crate) diagnostics: Diagnostics,
}

/// The result of an apply or a destroy, in the form that the host gets.
#[derive(Debug)]
pub(crate) struct AppliedChange {
    /// The state; null when nothing is left.
    pub(crate) state: Value,
    /// Private data to store.
    pub(crate) private: Vec<u8>,
    /// The identity; `None` while it is unknown.
    pub(crate) identity: Option<Value>,
    /// Errors and warnings.
    pub(crate) diagnostics: Diagnostics,
}

impl Default for AppliedChange {
    fn default() -> Self {
        Self { state: Value::Null, private: Vec::new(), identity: None, diagnostics: Diagnostics::new() }
    }
}

impl AppliedChange {
    /// The result of an apply that changed nothing.
    pub(crate) fn unchanged(prior: Option<&SetupModel>, private: Vec<u8>, diagnostics: Diagnostics) -> Self {
        Self {
            state: prior.map_or(Value::Null, Model::write),
            identity: prior.and_then(SetupModel::identity),
            private,
            diagnostics,
        }
    }
}

/// The reason for retiring a part that no document names yet.
const UNFINISHED: &str = "it was made for a change that is not finished";

/// The apply stopped; the diagnostics say why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stopped;

impl Apply<'_> {
    /// The computed attributes of the prior state; all null for a create.
    fn before(&self) -> &State {
        match self.prior {
            Some(prior) => &prior.state,
            None => State::of_null(),
        }
    }

    /// Creates or changes the parts.
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
            ..self.transition.remaining.clone()
        };
        state.document = self.before().document.clone();
        let mut previous_tags = None;
        let completed =
            Box::pin(self.change(&specs, observation, &mut state, &mut previous_tags, &mut diagnostics)).await;
        if completed.is_err() {
            state = self.unfinished(state);
        }
        Applied { state, previous_tags, diagnostics }
    }

    /// Runs the three steps.
    async fn change(
        &self,
        specs: &Specs<'_>,
        observation: Observation,
        state: &mut State,
        previous_tags: &mut Option<Tags>,
        diagnostics: &mut Diagnostics,
    ) -> Result<(), Stopped> {
        let Observation { key, log_group, bucket, existing_bucket, document, .. } = observation;
        // A part that cannot be observed stops the apply before the first write.
        let (key, document) = (observed(key, diagnostics)?, observed(document, diagnostics)?);
        let (log_group, bucket) = (observed(log_group, diagnostics)?, observed(bucket, diagnostics)?);
        if self.desired.document.is(&false) && self.before().document.is_known() {
            // The document goes first: no part that it names may change while it is in force.
            self.withdraw_document(document.as_ref(), state, diagnostics).await?;
        }
        let key_is_new = !self.transition.remaining.kms_key.is_known();
        let key_arn = self.ensure_key(specs, key, state, diagnostics).await?;
        // If the customer key goes, parts stay encrypted until the document no longer requires it.
        let losing_key = self.desired.key.is(&DesiredKey::None) && self.before().kms_key.is_known();
        let old_arn = self.before().kms_key.fields().arn.text();
        let encrypt_with = |exists: bool| if losing_key && exists { old_arn } else { key_arn.as_deref() };
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

    /// The state of a change that stopped before the document was written. The document still names the old parts, or
    /// none, so these stay in use. What was created for the change is listed as retired, and the next apply takes it
    /// back; a refresh observes what the prior inputs name, and would lose everything else.
    fn unfinished(&self, reached: State) -> State {
        let Some(prior) = self.prior else { return reached };
        let before = Desired::derive(&prior.inputs, &self.desired.place, &MaybeUnknown::Unknown, prior);
        let undone = Transition::between(&reached, &before, &prior.inputs);
        let mut retired = prior.state.retired().to_vec();
        for unused in undone.retiring.into_iter().chain(undone.deleting) {
            if !retired.iter().any(|part| part.arn == unused.arn) {
                retired.push(Retired { reason: UNFINISHED.to_owned(), ..unused });
            }
        }
        State {
            kms_key: undone.remaining.kms_key.or(|| prior.state.kms_key.clone()),
            log_group: undone.remaining.log_group.or(|| prior.state.log_group.clone()),
            bucket: undone.remaining.bucket.or(|| prior.state.bucket.clone()),
            retired: retired.into(),
            ..reached
        }
    }

    /// The errors that forbid writing: parts of another state, and existing parts that Session Manager cannot use.
    async fn refuse(&self, observation: &Observation) -> Diagnostics {
        let preflight = Preflight {
            parts: self.parts,
            inputs: self.inputs,
            desired: self.desired,
            transition: self.transition,
            document_is_left: self.document_is_left,
            stamp: Some(&self.stamp),
            run: self.run,
        };
        let found = preflight::check(&preflight, observation).await;
        // The plan right before an apply has shown the warnings.
        let mut diagnostics = found.without_warnings();
        let (remaining, document) = (&self.transition.remaining, self.transition.recorded_document());
        let disputed = disputed(remaining, document, Some(&self.stamp), observation);
        refuse_disputed(&disputed, Some(&self.stamp), &mut diagnostics);
        diagnostics
    }
}

fn observed<T>(result: Result<Option<T>, CallError>, diagnostics: &mut Diagnostics) -> Result<Option<T>, Stopped> {
    result.map_err(|error| {
        diagnose::error(diagnostics, "Existing parts cannot be read", &error);
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
        "A value of the configuration was not known when the change was to be made. Apply again. If the error remains, \
         it is a bug of the provider: please report it.",
    );
}

/// `planned` with every unknown value filled in from `actual`. Planned values stay, because hosts refuse any other; a
/// refresh shows what AWS made of them.
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

/// The result of ensuring one part.
#[derive(Debug)]
struct Ensured<S, O> {
    /// The part in the form of the state.
    state: Option<S>,
    /// The part as it is in AWS now, if it is managed.
    observed: Option<O>,
    /// The error that stopped it.
    error: Option<CallError>,
}

type EnsuredLogGroup = Ensured<LogGroup, ObservedLogGroup>;
type EnsuredBucket = Ensured<Bucket, ObservedBucket>;
