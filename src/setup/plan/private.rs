//! The private data that a plan hands to its apply: the kind of the plan, and the parts it is about.
//!
//! Pure. Hosts run the destroy half of a tainted setup with the private data of the *create* plan: that is how it knows
//! which parts the create half takes over. Plan files store it in clear text; nothing in it is secret.

use serde::{Deserialize, Serialize};

use crate::reconcile::Tags;
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey};
use crate::setup::model::state::State;

/// The kind of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlanKind {
    /// Creates a setup, if need be from the parts of a tainted one.
    Create,
    /// Changes a setup.
    Update,
    /// Destroys a setup and creates another one.
    Replace,
    /// Destroys a setup.
    Destroy,
    /// None yet: an import made the state.
    Import,
}

impl PlanKind {
    /// The kind of a plan that is not a destroy. Without prior state but with private data, it is the second plan of a
    /// replacement.
    pub(crate) fn of(has_prior: bool, has_private: bool, replaces: bool) -> Self {
        match (has_prior, has_private) {
            (false, false) => Self::Create,
            (false, true) => Self::Replace,
            _ if replaces => Self::Replace,
            _ => Self::Update,
        }
    }
}

/// The parts that a plan is about, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlannedParts {
    /// The account.
    pub(crate) account_id: String,
    /// The region.
    pub(crate) region: String,
    /// The mark.
    pub(crate) mark: String,
    /// The alias of a managed key.
    pub(crate) key_alias: Option<String>,
    /// A managed log group.
    pub(crate) log_group: Option<String>,
    /// A managed bucket.
    pub(crate) bucket: Option<String>,
    /// Whether the document is among them.
    #[serde(default)]
    pub(crate) document: bool,
}

/// The private data of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PlanPrivate {
    /// The kind of plan.
    pub(crate) kind: PlanKind,
    /// Without prior state: the parts that the plan creates; `None` if their names are unknown. With a prior state: the
    /// parts that a replacement would remove. `None` for a destroy.
    pub(crate) parts: Option<PlannedParts>,
    /// The tags that the document had before it was adopted.
    #[serde(default)]
    pub(crate) previous_tags: Option<Tags>,
    /// Whether the last refresh observed deletion protection on the log group in use, which no attribute shows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) group_is_protected: bool,
    /// The stamp that an import drew for the first apply, so that parts that carry it are known even if the result of
    /// that apply is lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stamp: Option<String>,
}

impl PlanPrivate {
    /// Parses private data; `None` if there is none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The private data of an import.
    pub(crate) fn of_import(stamp: String) -> Self {
        let stamp = Some(stamp);
        Self { kind: PlanKind::Import, parts: None, previous_tags: None, group_is_protected: false, stamp }
    }

    /// The stamp of a state, or the one that its import drew.
    pub(crate) fn stamp_of<'a>(state: &'a State, private: Option<&'a Self>) -> Option<&'a str> {
        state.stamp.text().or_else(|| private?.stamp.as_deref())
    }

    /// The bytes to store.
    pub(crate) fn write(&self) -> Vec<u8> {
        // A struct of strings always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl PlannedParts {
    /// The desired managed parts; `None` while a name is unknown.
    pub(crate) fn of(desired: &Desired) -> Option<Self> {
        let place = desired.place.known()?;
        Some(Self {
            account_id: place.account_id.clone(),
            region: place.region.clone(),
            mark: desired.mark.known()?.clone(),
            key_alias: match desired.key.known()? {
                DesiredKey::Managed(key) => Some(key.alias_name.clone()),
                DesiredKey::Existing(_) | DesiredKey::None => None,
            },
            log_group: {
                let group = desired.log_group.known()?.as_ref();
                group.filter(|group| group.managed).map(|group| group.name.clone())
            },
            bucket: match desired.bucket.known()? {
                DesiredBucket::Managed(bucket) => Some(bucket.name.clone()),
                DesiredBucket::Existing(_) => None,
            },
            document: desired.document.is(&true),
        })
    }
}
