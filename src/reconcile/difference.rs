//! Differences between an observed part and its spec. Pure.

/// How an absent value reads in a [`Difference`].
pub(super) const NONE: &str = "none";

/// One difference inside a part.
///
/// How it is shown, with the name of the part in front, is not decided here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The place inside the part, such as `public_access_block.block_public_acls`.
    pub(crate) path: String,
    /// The observed value as text; `none` where there is none.
    pub(crate) observed: String,
    /// The desired value as text; `none` where there is none.
    pub(crate) desired: String,
}

/// The differences of one part.
#[derive(Debug, Default)]
pub(super) struct Differences(Vec<Difference>);

impl Differences {
    /// Notes a difference unless both values read the same.
    pub(super) fn compare(
        &mut self,
        path: &str,
        observed: &(impl ToString + ?Sized),
        desired: &(impl ToString + ?Sized),
    ) {
        let (observed, desired) = (observed.to_string(), desired.to_string());
        if observed != desired {
            self.note(path, observed, desired);
        }
    }

    /// As `compare`, for values that may be absent.
    pub(super) fn compare_optional<T: ToString>(&mut self, path: &str, observed: Option<T>, desired: Option<T>) {
        let text = |value: Option<T>| value.map_or_else(|| NONE.to_owned(), |v| v.to_string());
        self.compare(path, &text(observed), &text(desired));
    }

    /// Notes a difference.
    pub(super) fn note(&mut self, path: impl Into<String>, observed: impl Into<String>, desired: impl Into<String>) {
        self.0.push(Difference { path: path.into(), observed: observed.into(), desired: desired.into() });
    }

    /// Whether none was noted.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All that were noted.
    pub(super) fn into_vec(self) -> Vec<Difference> {
        self.0
    }
}
