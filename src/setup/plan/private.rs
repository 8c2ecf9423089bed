//! What a plan tells its apply beside the planned state: which kind of plan it is, and the names it wants.
//!
//! Hosts run the destroy half of a tainted setup with the private data of the *create* plan: that is how it knows to
//! leave what the create half takes over. Kept in clear in plan files; nothing in it is secret.

use serde::{Deserialize, Serialize};

use terraform_plugin::framework::value::Value;

use super::destroy::{Held, fates};
use super::model::Inputs;
use super::naming::{self, Place};
use super::parts;
use super::state::{PartKind, State};
use super::wanted::{Bucket, Key, Tags, Wanted};

/// The kind of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Makes a setup, perhaps out of the remains of a tainted one.
    Create,
    /// Changes one.
    Update,
    /// Makes one after an existing one was destroyed for it.
    Replace,
    /// Destroys one.
    Destroy,
}

impl Kind {
    /// Of a plan that is no destroy. One without prior state but with private data is the second of a replacement.
    #[must_use]
    pub fn of(prior: &Value, has_private: bool, replaces: bool) -> Self {
        match (prior, has_private) {
            (Value::Null, false) => Self::Create,
            (Value::Null, true) => Self::Replace,
            _ if replaces => Self::Replace,
            _ => Self::Update,
        }
    }
}

/// The parts of a plan by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The account.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// The mark.
    pub mark: String,
    /// The alias of a key of our own.
    pub key_alias: Option<String>,
    /// A log group of our own.
    pub log_group: Option<String>,
    /// A bucket of our own.
    pub bucket: Option<String>,
    /// Whether the document is among them.
    #[serde(default)]
    pub document: bool,
}

/// The private data of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Private {
    /// The kind of plan.
    pub kind: Kind,
    /// The parts that a plan without prior state wants, none where their names are not known; those that a replacement
    /// of the prior state takes away; none for a destroy.
    pub parts: Option<Named>,
    /// Tags that the document had before it was adopted.
    #[serde(default)]
    pub previous_tags: Option<Tags>,
    /// Whether the last refresh saw that the log group in use is protected from deletion, which no attribute tells.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub group_is_protected: bool,
}

impl Private {
    /// Reads private data; `None` where there is none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// The bytes to store.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        // A struct of strings always has a JSON form.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl Named {
    /// The parts of our own that are wanted, where all names are known.
    #[must_use]
    pub fn of(wanted: &Wanted) -> Option<Self> {
        let Place { account_id, region, .. } = wanted.place.known()?.clone();
        Some(Self {
            account_id,
            region,
            mark: wanted.mark.known()?.clone(),
            key_alias: match wanted.key.known()? {
                Key::Own(own) => Some(own.alias_name.clone()),
                Key::Given(_) | Key::None => None,
            },
            log_group: wanted.log_group.known()?.as_ref().filter(|group| group.own).map(|group| group.name.clone()),
            bucket: match wanted.bucket.known()? {
                Bucket::Own(own) => Some(own.name.clone()),
                Bucket::Given(_) => None,
            },
            document: wanted.document.known() == Some(&true),
        })
    }

    /// The parts that the destroy half of a replacement takes away, and the document, whatever becomes of that: what
    /// it leaves is remembered. Parts that it keeps are taken over like any other.
    #[must_use]
    pub fn leaving(inputs: &Inputs, state: &State) -> Option<Self> {
        let fates = fates(inputs, state, &Held::all(state), Vec::new());
        let going = |kind| fates.going.iter().find(|held| held.kind == kind && !held.retired);
        let name_of = |kind| going(kind).map(|held| held.name.clone());
        let place = parts::place(
            state.account_id.as_ref()?,
            state.partition.as_ref()?,
            inputs.region.known().and_then(Option::as_ref)?,
        );
        Some(Self {
            mark: naming::mark(&place, state.system_name.as_ref()?),
            account_id: place.account_id,
            region: place.region,
            key_alias: going(PartKind::KmsKey).and_then(|held| held.alias.clone()),
            log_group: name_of(PartKind::LogGroup),
            bucket: name_of(PartKind::Bucket),
            document: state.document.is_some(),
        })
    }
}
