//! Data that one call of a process hands over to a later call.
//!
//! Hosts run a replacement as two calls, a destroy and a create, and do not tell the create what the destroy left. They
//! also plan again right before an apply, in the same process. Between these calls the provider keeps data in memory,
//! by account and region, until it is taken or the process ends. Correctness does not depend on it: without it, the
//! create half refuses an existing document instead of taking it over, and the apply observes AWS again.

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
    /// Keeps the observation of a preflight for the apply that follows.
    pub(crate) fn leave_observation(&self, place: &Place, scope: Scope, observation: Observation) {
        lock(&self.observations).insert(key_of(place), (scope, observation));
    }

    /// Takes the observation of a preflight with the same scope.
    pub(crate) fn take_observation(&self, place: &Place, scope: &Scope) -> Option<Observation> {
        let left = lock(&self.observations).remove(&key_of(place));
        left.filter(|(left, _)| left == scope).map(|(_, observation)| observation)
    }

    /// Notes that a destroy restored or kept a document, which the create half of a replacement may take over.
    pub(crate) fn leave_document(&self, place: &Place) {
        lock(&self.documents).insert(key_of(place));
    }

    /// Whether a destroy left a document in this place.
    pub(crate) fn has_document(&self, place: &Place) -> bool {
        lock(&self.documents).contains(&key_of(place))
    }

    /// Forgets a document that a destroy left, after it is taken over.
    pub(crate) fn take_document(&self, place: &Place) {
        lock(&self.documents).remove(&key_of(place));
    }

    /// Notes registrations that a destroy left to the create half that follows.
    pub(crate) fn leave_delegations(&self, account_id: &str, member: &str, principals: BTreeSet<String>) {
        lock(&self.delegations).insert((account_id.to_owned(), member.to_owned()), principals);
    }

    /// Takes the registrations that a destroy left.
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
