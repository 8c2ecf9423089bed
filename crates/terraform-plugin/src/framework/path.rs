//! Paths to attributes, in diagnostics and in the list of replacements.
//!
//! Pure. Follows the protocol's `AttributePath`: the elements of a set have no path, so a path ends at the set.

use std::fmt;

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Step {
    /// An attribute or block of an object.
    Attribute(String),
    /// An element of a map.
    Key(String),
    /// An element of a list, counted from zero.
    Index(usize),
}

/// The way from the root of a configuration, plan or state to one value in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<Step>);

impl Path {
    /// The path of the root itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path through nested attributes, written with dots: `settings.backup.enabled`.
    #[must_use]
    pub fn of(dotted: &str) -> Self {
        Self(dotted.split('.').filter(|name| !name.is_empty()).map(|name| Step::Attribute(name.to_owned())).collect())
    }

    /// This path, one attribute further.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Self {
        self.with(Step::Attribute(name.to_owned()))
    }

    /// This path, one map element further.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(Step::Key(key.to_owned()))
    }

    /// This path, one list element further.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    /// The path of one step.
    pub(crate) fn step(step: Step) -> Self {
        Self(vec![step])
    }

    /// This path with the steps of `rest` behind it.
    #[must_use]
    pub(crate) fn joined(&self, rest: &Path) -> Self {
        Self(self.0.iter().chain(&rest.0).cloned().collect())
    }

    /// The steps, from the root down.
    #[must_use]
    pub(crate) fn steps(&self) -> &[Step] {
        &self.0
    }

    fn with(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => write!(f, "{name}")?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[\"{key}\"]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn a_path_reads_as_terraform_writes_it() {
        let path = Path::of("settings.backup").attribute("tags").key("a b");
        assert_eq!(path.to_string(), "settings.backup.tags[\"a b\"]");
        assert_eq!(Path::of("list").index(2).to_string(), "list[2]");
        assert_eq!(Path::root().to_string(), "");
    }
}
