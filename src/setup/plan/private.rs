//! What a plan tells its apply beside the planned state: which kind of plan it is, and the parts it is about.
//!
//! Hosts run the destroy half of a tainted setup with the private data of the *create* plan: that is how it knows to
//! leave what the create half takes over. Kept in clear in plan files; nothing in it is secret.

use serde::{Deserialize, Serialize};

use crate::reconcile::Tags;
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey};

/// The kind of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlanKind {
    /// Makes a setup, perhaps out of the remains of a tainted one.
    Create,
    /// Changes one.
    Update,
    /// Makes one after an existing one was destroyed for it.
    Replace,
    /// Destroys one.
    Destroy,
}

impl PlanKind {
    /// Of a plan that is no destroy. One without prior state but with private data is the second of a replacement.
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
    /// The parts that a plan without prior state makes, none where their names are not known; those that a replacement
    /// of the prior state takes away; none for a destroy.
    pub(crate) parts: Option<PlannedParts>,
    /// Tags that the document had before it was adopted.
    #[serde(default)]
    pub(crate) previous_tags: Option<Tags>,
    /// Whether the last refresh saw that the log group in use is protected from deletion, which no attribute tells.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) group_is_protected: bool,
}

impl PlanPrivate {
    /// Reads private data; `None` where there is none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The bytes to store.
    pub(crate) fn write(&self) -> Vec<u8> {
        // A struct of strings always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl PlannedParts {
    /// The managed parts that are desired, where all names are known.
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
