//! What one call of a process hands to a later one.
//!
//! Hosts carry out a replacement as two calls, a destroy and a create, and give the create no word of what the destroy
//! left; they plan once more right before an apply, in the process that applies. Between those calls, and only there,
//! the provider keeps something: by account and region, until it is taken or the process ends. Nothing is wrong
//! without it: the create half refuses what it finds instead of taking it, and the apply observes once more.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::account::Place;
use crate::setup::observe::{Observation, Scope};

/// An account and region, or an account and the member account that it delegates to.
type Key = (String, String);

/// What the calls of one process hand over.
#[derive(Debug, Default)]
pub(crate) struct Handover {
    observations: Mutex<HashMap<Key, (Scope, Observation)>>,
    documents: Mutex<HashSet<Key>>,
    delegations: Mutex<HashMap<Key, BTreeSet<String>>>,
}

impl Handover {
    /// Keeps what a preflight observed for the apply that follows.
    pub(crate) fn leave_observation(&self, place: &Place, scope: Scope, observation: Observation) {
        lock(&self.observations).insert(key_of(place), (scope, observation));
    }

    /// What a preflight observed by the same look, once.
    pub(crate) fn take_observation(&self, place: &Place, scope: &Scope) -> Option<Observation> {
        let left = lock(&self.observations).remove(&key_of(place));
        left.filter(|(left, _)| left == scope).map(|(_, observation)| observation)
    }

    /// Notes that a destroy put a document back or let it be: the create half of a replacement may take it.
    pub(crate) fn leave_document(&self, place: &Place) {
        lock(&self.documents).insert(key_of(place));
    }

    /// Whether a destroy left a document here.
    pub(crate) fn has_document(&self, place: &Place) -> bool {
        lock(&self.documents).contains(&key_of(place))
    }

    /// Forgets a document that a destroy left, once it is taken.
    pub(crate) fn take_document(&self, place: &Place) {
        lock(&self.documents).remove(&key_of(place));
    }

    /// Notes that a destroy left registrations of its own to the create half that follows it.
    pub(crate) fn leave_delegations(&self, account_id: &str, member: &str, principals: BTreeSet<String>) {
        lock(&self.delegations).insert((account_id.to_owned(), member.to_owned()), principals);
    }

    /// The registrations that a destroy left, once.
    pub(crate) fn take_delegations(&self, account_id: &str, member: &str) -> BTreeSet<String> {
        lock(&self.delegations).remove(&(account_id.to_owned(), member.to_owned())).unwrap_or_default()
    }
}

fn key_of(place: &Place) -> Key {
    (place.account_id.clone(), place.region.clone())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
