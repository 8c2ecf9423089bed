//! Where credentials come from, as errors name it.

use std::sync::{Arc, OnceLock};

/// The source of credentials. Of several sources, the one in use is known once they have been loaded.
#[derive(Debug, Clone, Default)]
pub(super) struct Origin(Arc<OnceLock<String>>);

impl Origin {
    /// A source that is known.
    pub(super) fn of(name: impl Into<String>) -> Self {
        Self(Arc::new(OnceLock::from(name.into())))
    }

    /// Says which source is in use. It is the same every time.
    pub(super) fn determine(&self, name: &str) {
        let _same_every_time = self.0.set(name.to_owned());
    }

    /// Whether this source is in use.
    pub(super) fn is(&self, name: &str) -> bool {
        self.0.get().is_some_and(|used| used == name)
    }

    /// The name of the source.
    pub(super) fn name(&self) -> &str {
        self.0.get().map_or("the default sources", String::as_str)
    }
}
