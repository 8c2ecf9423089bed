//! What becomes of each part when wishes change: what stays, what is new, what is retired.
//!
//! Pure. A part that is no longer used is *retired*: kept with its protection, listed in the state, removed only by a
//! destroy. Logs that were written to it, or with it, stay readable. One that is wanted again is taken back; one that the
//! configuration gives as an existing part is *released*: nothing here may change or delete it any more.

use super::model::Inputs;
use super::state::{Bucket, Key, LogGroup, PartKind, Retired, State};
use super::wanted::{self, Wanted};

/// Why a log group that is no longer used is kept.
pub const HOLDS_LOGS: &str = "it holds session logs";

/// What becomes of the parts of a state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transition {
    /// The state with only those parts that are still wanted as what they are.
    pub standing: State,
    /// Retired parts that are wanted again.
    pub taken_back: Vec<Retired>,
    /// The parts that are no longer used, in the order of the state.
    pub retiring: Vec<Retired>,
    /// Parts, in use or retired, that are wanted again as parts that are only read.
    pub released: Vec<Retired>,
    /// A log group that is no longer used and not to be kept.
    pub deleting: Option<LogGroup>,
    /// Whether the document is no longer wanted.
    pub withdrawn: bool,
}

impl Transition {
    /// Of a state that stays what it is.
    #[must_use]
    pub fn none(state: &State) -> Self {
        Self { standing: state.clone(), ..Self::default() }
    }

    /// From what `prior` has to what is wanted. A part whose wish is not known yet stands.
    #[must_use]
    pub fn between(prior: &State, wanted: &Wanted, inputs: &Inputs) -> Self {
        let mut transition = Self { standing: prior.clone(), ..Self::default() };
        transition.key(prior, wanted);
        transition.bucket(prior, wanted);
        transition.log_group(prior, wanted, inputs);
        if wanted.document.known() == Some(&false) {
            transition.withdrawn = transition.standing.document.take().is_some();
        }
        transition
    }

    /// The retired parts when the change is done.
    #[must_use]
    pub fn retired(&self) -> Vec<Retired> {
        let mut retired = self.standing.retired.clone();
        for part in &self.retiring {
            if !retired.iter().any(|held| held.arn == part.arn) {
                retired.push(part.clone());
            }
        }
        retired
    }

    /// Whether a key is retired, or will be.
    #[must_use]
    pub fn retires(&self, key_arn: &str) -> bool {
        self.retired().iter().any(|held| held.arn == key_arn)
    }

    fn key(&mut self, prior: &State, wanted: &Wanted) {
        let Some(want) = wanted.key.known() else { return };
        let stands = |key: &Key| match want {
            wanted::Key::Own(own) => key.created && key.multi_region == Some(own.multi_region),
            wanted::Key::Given(reference) => !key.created && key.is_named(reference),
            wanted::Key::None => false,
        };
        if let Some(key) = prior.key.as_ref().filter(|key| !stands(key)) {
            self.standing.key = None;
            if key.created {
                // The alias goes on to the key that follows; without one it stays.
                let alias = key.alias_name.clone().filter(|alias| !want.has_alias(alias));
                let name = alias.unwrap_or_else(|| key.key_id.clone());
                let reason = "what was encrypted with it stays readable";
                let held = Retired::new(PartKind::KmsKey, &name, &key.arn, reason);
                let given = matches!(want, wanted::Key::Given(reference) if key.is_named(reference));
                if given { &mut self.released } else { &mut self.retiring }.push(held);
            }
        }
        if let wanted::Key::Given(reference) = want {
            self.release(|held| held.is_key(reference));
        }
        if let (None, wanted::Key::Own(own)) = (&self.standing.key, want) {
            // The latest is the one that most logs need.
            let retired = prior.retired.iter().rev();
            let again = retired
                .filter(|held| held.part == PartKind::KmsKey)
                .find(|held| is_multi_region(&held.arn) == own.multi_region);
            self.take_back(again);
        }
        // A retired key that stays so gives its alias to the key that wants it.
        for held in &mut self.standing.retired {
            if want.has_alias(&held.name)
                && let Some(key_id) = held.arn.rsplit('/').next()
            {
                held.name = key_id.to_owned();
            }
        }
    }

    /// Retired parts that the configuration gives as existing ones.
    fn release(&mut self, is_given: impl Fn(&Retired) -> bool) {
        let (given, retired) = std::mem::take(&mut self.standing.retired).into_iter().partition(is_given);
        self.standing.retired = retired;
        self.released.extend::<Vec<_>>(given);
    }

    /// Whether a part of this kind is released.
    #[must_use]
    pub fn releases(&self, part: PartKind) -> bool {
        self.released.iter().any(|held| held.part == part)
    }

    fn take_back(&mut self, again: Option<&Retired>) {
        if let Some(again) = again {
            self.standing.retired.retain(|held| held != again);
            self.taken_back.push(again.clone());
        }
    }

    /// The retired part of a kind that is wanted again.
    #[must_use]
    pub fn taken_back(&self, part: PartKind) -> Option<&Retired> {
        self.taken_back.iter().find(|held| held.part == part)
    }

    fn bucket(&mut self, prior: &State, wanted: &Wanted) {
        let Some(want) = wanted.bucket.known() else { return };
        let own = matches!(want, wanted::Bucket::Own(_));
        let stands = |bucket: &Bucket| bucket.created == own && bucket.name == want.name();
        if let Some(bucket) = prior.bucket.as_ref().filter(|bucket| !stands(bucket)) {
            self.standing.bucket = None;
            if bucket.created {
                let held = Retired::new(PartKind::Bucket, &bucket.name, &bucket.arn, "it holds audit logs");
                let given = bucket.name == want.name();
                if given { &mut self.released } else { &mut self.retiring }.push(held);
            }
        }
        if own {
            self.take_back(prior.retired.iter().find(|held| held.is(PartKind::Bucket, want.name())));
        } else {
            self.release(|held| held.is(PartKind::Bucket, want.name()));
        }
    }

    fn log_group(&mut self, prior: &State, wanted: &Wanted, inputs: &Inputs) {
        let Some(want) = wanted.log_group.known() else { return };
        let stands =
            |group: &LogGroup| want.as_ref().is_some_and(|want| want.own == group.created && want.name == group.name);
        if let Some(group) = prior.log_group.as_ref().filter(|group| !stands(group)) {
            self.standing.log_group = None;
            if group.created {
                let held = Retired::new(PartKind::LogGroup, &group.name, &group.arn, HOLDS_LOGS);
                if want.as_ref().is_some_and(|want| want.name == group.name) {
                    self.released.push(held);
                } else if inputs.cloudwatch.known().is_none_or(|logs| logs.skip_destroy) {
                    self.retiring.push(held);
                } else {
                    self.deleting = Some(group.clone());
                }
            }
        }
        match want {
            Some(want) if want.own => {
                self.take_back(prior.retired.iter().find(|held| held.is(PartKind::LogGroup, &want.name)));
            }
            Some(want) => self.release(|held| held.is(PartKind::LogGroup, &want.name)),
            None => {}
        }
    }
}

/// Whether the ARN is that of a multi-Region key, whose id says so (KMS Developer Guide, "Multi-Region keys").
fn is_multi_region(key_arn: &str) -> bool {
    key_arn.rsplit('/').next().is_some_and(|id| id.starts_with("mrk-"))
}
