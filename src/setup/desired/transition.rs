//! What becomes of each part when the desired state changes: what stays, what is new, what is retired.
//!
//! Pure. A part that is no longer used is *retired*: kept with its protection, listed in the state, removed only by a
//! destroy. Logs that were written to it, or with it, stay readable. One that is desired again is taken back; one that
//! the configuration gives as an existing part is *released*: nothing here may change or delete it any more.

use terraform_plugin::framework::field::Field;

use crate::arn::Arn;
use crate::setup::model::Inputs;
use crate::setup::model::state::{Bucket, KmsKey, LogGroup, PartKind, Retired, State};

use super::{Desired, DesiredBucket, DesiredKey};

/// Why a log group that is no longer used is kept.
pub(crate) const HOLDS_LOGS: &str = "it holds session logs";

/// What becomes of the parts of a state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Transition {
    /// The state with only those parts that are still desired as what they are.
    pub(crate) standing: State,
    /// Retired parts that are desired again.
    pub(crate) taken_back: Vec<Retired>,
    /// The parts that are no longer used, in the order of the state.
    pub(crate) retiring: Vec<Retired>,
    /// Parts, in use or retired, that are desired again as parts that are only read.
    pub(crate) released: Vec<Retired>,
    /// A log group that is no longer used and not to be kept.
    pub(crate) deleting: Option<Retired>,
    /// Whether the document is no longer desired.
    pub(crate) withdrawn: bool,
}

impl Transition {
    /// Of a state that stays what it is.
    pub(crate) fn none(state: &State) -> Self {
        Self { standing: state.clone(), ..Self::default() }
    }

    /// From what `prior` has to what is desired. A part stands while what is desired of it is not known.
    pub(crate) fn between(prior: &State, desired: &Desired, inputs: &Inputs) -> Self {
        let mut transition = Self { standing: prior.clone(), ..Self::default() };
        transition.key(prior, desired);
        transition.bucket(prior, desired);
        transition.log_group(prior, desired, inputs);
        if desired.document.is(&false) {
            transition.withdrawn = transition.standing.document.take().is_some();
        }
        transition
    }

    /// The retired parts when the change is done.
    pub(crate) fn retired(&self) -> Vec<Retired> {
        let mut retired = self.standing.retired().to_vec();
        for part in &self.retiring {
            if !retired.iter().any(|held| held.arn == part.arn) {
                retired.push(part.clone());
            }
        }
        retired
    }

    /// Whether a key is retired, or will be.
    pub(crate) fn retires(&self, key_arn: &str) -> bool {
        self.retired().iter().any(|held| held.arn == key_arn)
    }

    fn key(&mut self, prior: &State, desired: &Desired) {
        let Some(desired) = desired.key.known() else { return };
        let stands = |key: &KmsKey| match desired {
            DesiredKey::Managed(managed) => key.created.is_true() && key.multi_region.is(&managed.multi_region),
            DesiredKey::Existing(reference) => !key.created.is_true() && key.is_named(reference),
            DesiredKey::None => false,
        };
        if let Some(key) = prior.kms_key.known().filter(|key| !stands(key)) {
            self.standing.kms_key = Field::Null;
            // The alias goes on to the key that follows; without one it stays.
            let alias = key.alias_name.known().filter(|alias| !desired.has_alias(alias));
            let name = alias.or(key.key_id.known());
            if let (true, Some(name), Some(arn)) = (key.created.is_true(), name, key.arn.known()) {
                let held = Retired::new(PartKind::KmsKey, name, arn, "what was encrypted with it stays readable");
                let is_given = matches!(desired, DesiredKey::Existing(reference) if key.is_named(reference));
                if is_given { &mut self.released } else { &mut self.retiring }.push(held);
            }
        }
        if let DesiredKey::Existing(reference) = desired {
            self.release(|held| held.is_key(reference));
        }
        if let (Field::Null, DesiredKey::Managed(managed)) = (&self.standing.kms_key, desired) {
            // The latest is the one that most logs need.
            let retired = prior.retired().iter().rev();
            let again = retired
                .filter(|held| held.part == PartKind::KmsKey)
                .find(|held| is_multi_region(&held.arn) == managed.multi_region);
            self.take_back(again);
        }
        // A retired key that stays so gives its alias to the key that is to have it.
        for held in self.standing.retired.known_mut().into_iter().flatten() {
            if desired.has_alias(&held.name)
                && let Some(key_id) = Arn::parse(&held.arn).and_then(|arn| arn.key_id())
            {
                held.name = key_id.to_owned();
            }
        }
    }

    /// Retired parts that the configuration gives as existing ones.
    fn release(&mut self, is_given: impl Fn(&Retired) -> bool) {
        if let Some(retired) = self.standing.retired.known_mut() {
            let (given, kept): (Vec<_>, Vec<_>) = std::mem::take(retired).into_iter().partition(is_given);
            *retired = kept;
            self.released.extend(given);
        }
    }

    /// Whether a part of this kind is released.
    pub(crate) fn releases(&self, part: PartKind) -> bool {
        self.released.iter().any(|held| held.part == part)
    }

    fn take_back(&mut self, again: Option<&Retired>) {
        if let (Some(again), Some(retired)) = (again, self.standing.retired.known_mut()) {
            retired.retain(|held| held != again);
            self.taken_back.push(again.clone());
        }
    }

    /// The retired part of a kind that is desired again.
    pub(crate) fn taken_back(&self, part: PartKind) -> Option<&Retired> {
        self.taken_back.iter().find(|held| held.part == part)
    }

    fn bucket(&mut self, prior: &State, desired: &Desired) {
        let Some(desired) = desired.bucket.known() else { return };
        let managed = matches!(desired, DesiredBucket::Managed(_));
        let stands = |bucket: &Bucket| bucket.created.is(&managed) && bucket.name.is(desired.name());
        if let Some(bucket) = prior.bucket.known().filter(|bucket| !stands(bucket)) {
            self.standing.bucket = Field::Null;
            if let (true, Some(name), Some(arn)) = (bucket.created.is_true(), bucket.name.text(), bucket.arn.text()) {
                let held = Retired::new(PartKind::Bucket, name, arn, "it holds audit logs");
                if name == desired.name() { &mut self.released } else { &mut self.retiring }.push(held);
            }
        }
        if managed {
            self.take_back(prior.retired().iter().find(|held| held.is(PartKind::Bucket, desired.name())));
        } else {
            self.release(|held| held.is(PartKind::Bucket, desired.name()));
        }
    }

    fn log_group(&mut self, prior: &State, desired: &Desired, inputs: &Inputs) {
        let Some(desired) = desired.log_group.known() else { return };
        let has_name = |name: &str| desired.as_ref().is_some_and(|desired| desired.name == name);
        let stands = |group: &LogGroup| {
            desired
                .as_ref()
                .is_some_and(|desired| group.created.is(&desired.managed) && group.name.is(desired.name.as_str()))
        };
        if let Some(group) = prior.log_group.known().filter(|group| !stands(group)) {
            self.standing.log_group = Field::Null;
            if let (true, Some(name), Some(arn)) = (group.created.is_true(), group.name.text(), group.arn.text()) {
                let held = Retired::new(PartKind::LogGroup, name, arn, HOLDS_LOGS);
                if has_name(name) {
                    self.released.push(held);
                } else if inputs.cloudwatch().skip_destroy.is_false() {
                    self.deleting = Some(held);
                } else {
                    self.retiring.push(held);
                }
            }
        }
        match desired {
            Some(desired) if desired.managed => {
                self.take_back(prior.retired().iter().find(|held| held.is(PartKind::LogGroup, &desired.name)));
            }
            Some(desired) => self.release(|held| held.is(PartKind::LogGroup, &desired.name)),
            None => {}
        }
    }
}

/// Whether the ARN is that of a multi-Region key, whose id says so (KMS Developer Guide, "Multi-Region keys").
fn is_multi_region(key_arn: &str) -> bool {
    Arn::parse(key_arn).and_then(|arn| arn.key_id()).is_some_and(|id| id.starts_with("mrk-"))
}
