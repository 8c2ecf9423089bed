//! Which objects are planned since the provider was configured.
//!
//! Hosts plan each resource on its own, so that only the provider can notice two resources for one object. A host
//! configures the provider anew for each walk, and plans an object with a prior state up to twice in one walk.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The kinds of plans for one object so far.
#[derive(Clone, Copy, Debug, Default)]
struct Plans {
    creates: bool,
    updates: bool,
}

/// The objects that were planned, by id.
#[derive(Debug, Default)]
pub(crate) struct PlannedObjects {
    plans: Mutex<BTreeMap<String, Plans>>,
}

impl PlannedObjects {
    /// Notes a plan for an object. Returns whether it is another resource's already: a create beside any other plan is
    /// one of two resources, in either order.
    pub(crate) fn note(&self, id: &str, creates: bool) -> bool {
        let mut all = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        let plans = all.entry(id.to_owned()).or_default();
        let is_second = plans.creates || (creates && plans.updates);
        plans.creates |= creates;
        plans.updates |= !creates;
        is_second
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_create_beside_another_plan_is_one_of_two_resources() {
        for (first, second, expected) in [(true, true, true), (true, false, true), (false, true, true)] {
            let planned = PlannedObjects::default();
            assert!(!planned.note("123456789012/eu-west-1", first));
            assert!(!planned.note("123456789012/eu-central-1", second), "another place is another object");
            assert_eq!(planned.note("123456789012/eu-west-1", second), expected);
        }
    }

    #[test]
    fn an_object_with_a_state_may_be_planned_twice() {
        let planned = PlannedObjects::default();
        assert!(!planned.note("id", false));
        assert!(!planned.note("id", false));
    }
}
