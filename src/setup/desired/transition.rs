//! What becomes of each part of the prior state when the desired state changes: it remains, is retired, taken back or
//! released.
//!
//! Pure. A part that is no longer used is *retired*: it is kept with its protection, listed in the state, and removed
//! only by a destroy, so that logs in it, or encrypted with it, stay readable. A retired part that is desired again is
//! *taken back*. A part that the configuration now names as an existing part is *released*: this resource no longer
//! changes or deletes it.

use terraform_plugin::framework::field::Field;

use crate::arn::Arn;
use crate::setup::model::Inputs;
use crate::setup::model::state::{Bucket, Document, KmsKey, LogGroup, PartKind, Retired, State};

use super::{Desired, DesiredBucket, DesiredKey};

/// Why a log group that is no longer used is kept.
pub(crate) const HOLDS_LOGS: &str = "it holds session logs";

/// What becomes of the parts of a state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transition {
    /// The prior state with only those parts that remain in use.
    pub(crate) remaining: State,
    /// Retired parts that are desired again.
    pub(crate) taken_back: Vec<Retired>,
    /// The parts that are no longer used and become retired, in the order of the state.
    pub(crate) retiring: Vec<Retired>,
    /// Parts, in use or retired, that the configuration now names as existing parts.
    pub(crate) released: Vec<Retired>,
    /// A log group that is no longer used and is deleted.
    pub(crate) deleting: Option<Retired>,
    /// The document, if it is no longer desired.
    pub(crate) withdrawn: Field<Document>,
}

impl Transition {
    /// The transition in which every part remains.
    pub(crate) fn none(state: &State) -> Self {
        Self { remaining: state.clone(), ..Self::default() }
    }

    /// The transition from the prior state to the desired one. A part remains while its desired state is unknown.
    pub(crate) fn between(prior: &State, desired: &Desired, inputs: &Inputs) -> Self {
        let mut transition = Self { remaining: prior.clone(), ..Self::default() };
        transition.key(prior, desired);
        transition.bucket(prior, desired);
        transition.log_group(prior, desired, inputs);
        if desired.document.is(&false) {
            transition.withdrawn = std::mem::take(&mut transition.remaining.document);
        }
        transition
    }

    /// The document in the prior state, desired or not.
    pub(crate) fn recorded_document(&self) -> &Field<Document> {
        if self.withdrawn.is_known() { &self.withdrawn } else { &self.remaining.document }
    }

    /// The retired parts after the change.
    pub(crate) fn retired(&self) -> Vec<Retired> {
        let mut retired = self.remaining.retired().to_vec();
        for part in &self.retiring {
            if !retired.iter().any(|other| other.arn == part.arn) {
                retired.push(part.clone());
            }
        }
        retired
    }

    /// Whether a key is retired after the change.
    pub(crate) fn retires(&self, key_arn: &str) -> bool {
        self.retired().iter().any(|part| part.arn == key_arn)
    }

    fn key(&mut self, prior: &State, desired: &Desired) {
        let Some(desired) = desired.key.known() else { return };
        let remains = |key: &KmsKey| match desired {
            DesiredKey::Managed(managed) => key.created.is_true() && key.multi_region.is(&managed.multi_region),
            DesiredKey::Existing(reference) => !key.created.is_true() && key.is_named(reference),
            DesiredKey::None => false,
        };
        if let Some(key) = prior.kms_key.known().filter(|key| !remains(key)) {
            self.remaining.kms_key = Field::Null;
            // The alias moves to the key that follows; without one it stays.
            let alias = key.alias_name.known().filter(|alias| !desired.has_alias(alias));
            let name = alias.or(key.key_id.known());
            if let (true, Some(name), Some(arn)) = (key.created.is_true(), name, key.arn.known()) {
                let part = Retired::new(PartKind::KmsKey, name, arn, "what was encrypted with it stays readable");
                let is_existing = matches!(desired, DesiredKey::Existing(reference) if key.is_named(reference));
                if is_existing { &mut self.released } else { &mut self.retiring }.push(part);
            }
        }
        if let DesiredKey::Existing(reference) = desired {
            self.release(|part| part.is_key(reference));
        }
        if let (Field::Null, DesiredKey::Managed(managed)) = (&self.remaining.kms_key, desired) {
            // The key that was retired last is the one that most logs need.
            let retired = prior.retired().iter().rev();
            let reusable = retired
                .filter(|part| part.part == PartKind::KmsKey)
                .find(|part| is_multi_region(&part.arn) == managed.multi_region);
            self.take_back(reusable);
        }
        // A key that stays retired gives up an alias that the desired key is to have.
        for part in self.remaining.retired.known_mut().into_iter().flatten() {
            if desired.has_alias(&part.name)
                && let Some(key_id) = Arn::parse(&part.arn).and_then(|arn| arn.key_id())
            {
                part.name = key_id.to_owned();
            }
        }
    }

    /// Releases the retired parts that the configuration names as existing parts.
    fn release(&mut self, is_existing: impl Fn(&Retired) -> bool) {
        if let Some(retired) = self.remaining.retired.known_mut() {
            let (released, kept): (Vec<_>, Vec<_>) = std::mem::take(retired).into_iter().partition(is_existing);
            *retired = kept;
            self.released.extend(released);
        }
    }

    fn take_back(&mut self, part: Option<&Retired>) {
        if let (Some(part), Some(retired)) = (part, self.remaining.retired.known_mut()) {
            retired.retain(|other| other != part);
            self.taken_back.push(part.clone());
        }
    }

    /// The retired part of a kind that is desired again.
    pub(crate) fn taken_back(&self, kind: PartKind) -> Option<&Retired> {
        self.taken_back.iter().find(|part| part.part == kind)
    }

    fn bucket(&mut self, prior: &State, desired: &Desired) {
        let Some(desired) = desired.bucket.known() else { return };
        let managed = matches!(desired, DesiredBucket::Managed(_));
        let remains = |bucket: &Bucket| bucket.created.is(&managed) && bucket.name.is(desired.name());
        if let Some(bucket) = prior.bucket.known().filter(|bucket| !remains(bucket)) {
            self.remaining.bucket = Field::Null;
            if let (true, Some(name), Some(arn)) = (bucket.created.is_true(), bucket.name.text(), bucket.arn.text()) {
                let part = Retired::new(PartKind::Bucket, name, arn, "it holds audit logs");
                if name == desired.name() { &mut self.released } else { &mut self.retiring }.push(part);
            }
        }
        if managed {
            self.take_back(prior.retired().iter().find(|part| part.is(PartKind::Bucket, desired.name())));
        } else {
            self.release(|part| part.is(PartKind::Bucket, desired.name()));
        }
    }

    fn log_group(&mut self, prior: &State, desired: &Desired, inputs: &Inputs) {
        let Some(desired) = desired.log_group.known() else { return };
        let has_name = |name: &str| desired.as_ref().is_some_and(|desired| desired.name == name);
        let remains = |group: &LogGroup| {
            desired
                .as_ref()
                .is_some_and(|desired| group.created.is(&desired.managed) && group.name.is(desired.name.as_str()))
        };
        if let Some(group) = prior.log_group.known().filter(|group| !remains(group)) {
            self.remaining.log_group = Field::Null;
            if let (true, Some(name), Some(arn)) = (group.created.is_true(), group.name.text(), group.arn.text()) {
                let part = Retired::new(PartKind::LogGroup, name, arn, HOLDS_LOGS);
                if has_name(name) {
                    self.released.push(part);
                } else if inputs.cloudwatch().skip_destroy.is_false() {
                    self.deleting = Some(part);
                } else {
                    self.retiring.push(part);
                }
            }
        }
        match desired {
            Some(desired) if desired.managed => {
                self.take_back(prior.retired().iter().find(|part| part.is(PartKind::LogGroup, &desired.name)));
            }
            Some(desired) => self.release(|part| part.is(PartKind::LogGroup, &desired.name)),
            None => {}
        }
    }
}

/// Whether the ARN is that of a multi-Region key. The id of such a key begins with `mrk-` (KMS Developer Guide,
/// "Multi-Region keys").
fn is_multi_region(key_arn: &str) -> bool {
    Arn::parse(key_arn).and_then(|arn| arn.key_id()).is_some_and(|id| id.starts_with("mrk-"))
}
