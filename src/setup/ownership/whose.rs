//! Whose a part of the state is.
//!
//! Pure. Another stamp says that another state has taken the part over. A missing stamp says nothing: tag tools replace
//! whole sets of tags, and the first apply after an import may stop before it writes one. The part is then this state's
//! if it is provably the part that the state records.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;

use crate::reconcile::bucket::ObservedBucket;
use crate::reconcile::log_group::ObservedLogGroup;
use crate::reconcile::{STAMP_TAG, Tags};
use crate::setup::model::state::{Bucket, Document, LogGroup, PartKind, State};
use crate::setup::naming::stamp::Stamp;
use crate::setup::observe::Observation;

/// Whose a part of the state is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// This state's: it carries the stamp, or it carries none and is provably the part that the state records.
    Ours,
    /// It carries no stamp, and nothing proves that it is the part that the state records.
    Unproven,
    /// Another state's, whose stamp it carries.
    AnotherState,
}

impl Whose {
    /// Judges a part by its tags and by the stamp of the state; `is_recorded` proves a part without a stamp.
    pub(crate) fn of(tags: &Tags, stamp: Option<&str>, is_recorded: bool) -> Self {
        match Stamp::of(tags, stamp) {
            Stamp::Ours => Self::Ours,
            Stamp::Missing if is_recorded => Self::Ours,
            Stamp::Missing => Self::Unproven,
            Stamp::Another => Self::AnotherState,
        }
    }
}

/// Whether a log group is the recorded one. A group that is made anew has another creation time.
pub(crate) fn is_recorded_group(recorded: &LogGroup, observed: &ObservedLogGroup) -> bool {
    recorded.creation_time.is_known() && observed.creation_time == recorded.creation_time.known().copied()
}

/// Whether a bucket of this account and region is the recorded one. A bucket that is made anew has neither the
/// encryption nor the lifecycle rule.
pub(crate) fn is_recorded_bucket(recorded: &Bucket, observed: &ObservedBucket) -> bool {
    let recorded_key = recorded.kms_key_arn.text();
    recorded.lifecycle.is_known()
        && observed.lifecycle.is_some()
        && recorded.sse_algorithm.is(&observed.sse_algorithm)
        && observed.key_spelled_as(recorded_key).as_deref() == recorded_key
}

/// Whether a document is the recorded one, by the hash that its recorded version has now. It stays so when somebody
/// else writes a newer version.
pub(crate) fn is_recorded_document(recorded: &Document, hash: Option<&str>) -> bool {
    recorded.hash.is_known() && recorded.hash.text() == hash
}

/// A part of the state that is not, or not provably, this state's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Disputed {
    /// The kind; `None` for the document.
    pub(crate) kind: Option<PartKind>,
    /// The name.
    pub(crate) name: String,
    /// Whose it is.
    pub(crate) whose: Whose,
}

impl Disputed {
    fn in_words(&self) -> String {
        format!("{} {}", self.kind.map_or("document", PartKind::in_words), self.name)
    }

    /// What proves a part without a stamp.
    fn proof(&self) -> &'static str {
        match self.kind {
            Some(PartKind::KmsKey) => "its ARN",
            Some(PartKind::LogGroup) => "log_group.creation_time in the state",
            Some(PartKind::Bucket) => "the encryption and the lifecycle rule in the state",
            None => "the hash of document.latest_version in the state",
        }
    }
}

/// The managed parts of a state that are disputed; `document` is the document that the state records.
pub(crate) fn disputed(
    state: &State,
    document: &Field<Document>,
    stamp: Option<&str>,
    observation: &Observation,
) -> Vec<Disputed> {
    let mut disputed = Vec::new();
    let mut judge = |kind, name: &Field<String>, tags: &Tags, is_recorded| {
        let whose = Whose::of(tags, stamp, is_recorded);
        if whose != Whose::Ours {
            disputed.push(Disputed { kind, name: name.known().cloned().unwrap_or_default(), whose });
        }
    };
    if let (Some(recorded), Ok(Some(key))) = (state.managed_key(), &observation.key) {
        judge(Some(PartKind::KmsKey), &recorded.arn, &key.tags, recorded.arn.is(&key.arn));
    }
    if let (Some(recorded), Ok(Some(group))) = (state.managed_log_group(), &observation.log_group) {
        judge(Some(PartKind::LogGroup), &recorded.name, &group.tags, is_recorded_group(recorded, group));
    }
    if let (Some(recorded), Ok(Some(bucket))) = (state.managed_bucket(), &observation.bucket) {
        judge(Some(PartKind::Bucket), &recorded.name, &bucket.tags, is_recorded_bucket(recorded, bucket));
    }
    if let (Some(recorded), Ok(Some(document))) = (document.known(), &observation.document) {
        let is_recorded = is_recorded_document(recorded, observation.recorded_hash.as_deref());
        judge(None, &recorded.name, &document.tags, is_recorded);
    }
    disputed
}

/// Refuses to write to disputed parts.
pub(crate) fn refuse_disputed(disputed: &[Disputed], stamp: Option<&str>, diagnostics: &mut Diagnostics) {
    let foreign = named(disputed, Whose::AnotherState);
    if !foreign.is_empty() {
        diagnostics.error(
            "Parts have been taken over",
            format!(
                "Another state has taken over {}: the tag {STAMP_TAG} holds its stamp. Nothing was changed. If they \
                 belong here, remove the resource from the other state and import it here again; if they belong \
                 there, remove it from this state with `state rm`.",
                foreign.join(" and ")
            ),
        );
    }
    for part in disputed.iter().filter(|part| part.whose == Whose::Unproven) {
        let retag = stamp.map_or_else(
            || "Otherwise".to_owned(),
            |stamp| {
                format!("If it belongs to this setup, set its tag {STAMP_TAG} = {stamp} and repeat the command; if not")
            },
        );
        diagnostics.error(
            "A part may be another one",
            format!(
                "The {} carries no stamp, and {} does not prove that it is the part of this state: it may have been \
                 deleted and made anew. Nothing was changed. {retag}, remove the resource from this state with `state \
                 rm`, and create or import the setup again.",
                part.in_words(),
                part.proof()
            ),
        );
    }
}

/// Warns of disputed parts. Hosts plan before they plan a destroy, so that a plan must not fail because of them.
pub(crate) fn warn_of_disputed(disputed: &[Disputed], diagnostics: &mut Diagnostics) {
    let foreign = named(disputed, Whose::AnotherState);
    if !foreign.is_empty() {
        diagnostics.warning(
            "Parts have been taken over",
            format!(
                "Another state has taken over {}: the tag {STAMP_TAG} holds its stamp. An apply will refuse to change \
                 them, and a destroy will not change them.",
                foreign.join(" and ")
            ),
        );
    }
    let unproven = named(disputed, Whose::Unproven);
    if !unproven.is_empty() {
        diagnostics.warning(
            "Parts may be other ones",
            format!(
                "Each of these carries no stamp and may have been deleted and made anew: {}. Their values in the state \
                 are those from before. An apply and a destroy will refuse to change anything, and say what to do.",
                unproven.join(", ")
            ),
        );
    }
}

fn named(disputed: &[Disputed], whose: Whose) -> Vec<String> {
    let parts = disputed.iter().filter(|part| part.whose == whose);
    parts.map(|part| format!("the {}", part.in_words())).collect()
}

#[cfg(test)]
mod tests;
