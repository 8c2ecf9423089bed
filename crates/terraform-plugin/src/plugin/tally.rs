//! A count of what is open right now: connections, calls.

use tokio::sync::watch;

/// Counts until what it counts is dropped. Clones share the count.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally(watch::Sender<usize>);

/// Counts as one until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted(watch::Sender<usize>);

impl Tally {
    /// Counts one more.
    pub(crate) fn count(&self) -> Counted {
        self.0.send_modify(|count| *count += 1);
        Counted(self.0.clone())
    }

    /// Whether nothing is open.
    pub(crate) fn is_zero(&self) -> bool {
        *self.0.borrow() == 0
    }

    /// Waits until nothing is open.
    pub(crate) async fn zero(&self) {
        // It fails only without a sender, and this is one.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn a_tally_is_zero_when_everything_counted_is_dropped() {
        let tally = Tally::default();
        let (one, two) = (tally.count(), tally.clone().count());
        drop(one);
        assert!(!tally.is_zero());
        drop(two);
        assert!(tally.is_zero());
    }
}
