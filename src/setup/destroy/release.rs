//! What a destroy may touch: parts that are gone or another state's leave the state before anything else is decided.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::Field;

use crate::reconcile::CallError;
use crate::reconcile::Tags;
use crate::reconcile::bucket::ExpectedBucket;
use crate::setup::model::state::{PartKind, State};
use crate::setup::naming::stamp::Stamp;
use crate::setup::ownership::whose::{Disputed, Whose, is_recorded_bucket, is_recorded_document, is_recorded_group};

use super::Destroy;
use super::outcome::ManagedPart;

/// What the tags of the parts say.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Whether a bucket or log group was released, which may still need the key.
    pub(super) released_logs: bool,
    /// Parts that may be other ones than the state records. Retired ones matter only if they would be removed.
    unproven: Vec<(Option<ManagedPart>, Disputed)>,
    /// The names of buckets without a stamp.
    unstamped_buckets: Vec<String>,
}

impl Judged {
    /// The parts that forbid this destroy.
    pub(super) fn blocking(&self, going: &[ManagedPart]) -> Vec<Disputed> {
        let blocks =
            |part: &Option<ManagedPart>| part.as_ref().is_none_or(|part| !part.retired || going.contains(part));
        self.unproven.iter().filter(|(part, _)| blocks(part)).map(|(_, disputed)| disputed.clone()).collect()
    }

    /// Whether a bucket carries the stamp of the state.
    pub(super) fn is_stamped(&self, bucket: &str) -> bool {
        !self.unstamped_buckets.iter().any(|name| name == bucket)
    }
}

impl Destroy<'_> {
    /// Removes from the state the parts that carry another state's stamp or are gone.
    ///
    /// # Errors
    /// Any error of reading a part.
    pub(super) async fn release(&self, state: &mut State, diagnostics: &mut Diagnostics) -> Result<Judged, CallError> {
        let Self { parts, run, .. } = self;
        let account_id = parts.place.account_id.as_str();
        let managed = ManagedPart::all(state);
        let tags = managed.iter().map(|part| async move {
            match part.kind {
                PartKind::KmsKey => parts.keys.observe_tags(&part.arn, run).await,
                PartKind::LogGroup => parts.log_groups.observe_tags(&part.arn, run).await,
                PartKind::Bucket => parts.buckets.observe_tags(&part.name, account_id, run).await,
            }
        });
        let document = async {
            if state.document.is_known() { parts.documents.observe_tags(run).await.map(Some) } else { Ok(None) }
        };
        let (tags, document) = tokio::join!(Box::pin(futures_util::future::join_all(tags)), Box::pin(document));
        let mut judged = Judged::default();
        let mut released = Vec::new();
        let recorded = state.clone();
        for (part, tags) in managed.into_iter().zip(tags) {
            let Some(tags) = tags? else {
                part.remove_from(state);
                continue;
            };
            if part.kind == PartKind::Bucket && Stamp::of(&tags, self.stamp) == Stamp::Missing {
                judged.unstamped_buckets.push(part.name.clone());
            }
            match Box::pin(self.judge(&tags, self.is_recorded(&part, &recorded))).await? {
                Whose::Ours => {}
                Whose::Unproven => {
                    let disputed = Disputed { kind: Some(part.kind), name: part.name.clone(), whose: Whose::Unproven };
                    judged.unproven.push((Some(part), disputed));
                }
                Whose::AnotherState => {
                    judged.released_logs |= part.kind != PartKind::KmsKey;
                    released.push(part.to_string());
                    part.remove_from(state);
                }
            }
        }
        match document? {
            None => {}
            Some(None) => state.document = Field::Null,
            Some(Some(tags)) => match Box::pin(self.judge(&tags, self.is_recorded_document(&recorded))).await? {
                Whose::Ours => {}
                Whose::Unproven => {
                    let name = recorded.document.fields().name.known().cloned().unwrap_or_default();
                    judged.unproven.push((None, Disputed { kind: None, name, whose: Whose::Unproven }));
                }
                Whose::AnotherState => {
                    released.push("the document".to_owned());
                    state.document = Field::Null;
                }
            },
        }
        if !released.is_empty() {
            diagnostics.warning(
                "Parts are released",
                format!(
                    "Another state has taken over {}, and this destroy does not change them.",
                    released.join(" and ")
                ),
            );
        }
        Ok(judged)
    }

    /// Asks for the proof only where the stamp is missing.
    async fn judge(
        &self,
        tags: &Tags,
        is_recorded: impl Future<Output = Result<bool, CallError>>,
    ) -> Result<Whose, CallError> {
        let is_missing = Stamp::of(tags, self.stamp) == Stamp::Missing;
        let is_recorded = if is_missing { is_recorded.await? } else { false };
        Ok(Whose::of(tags, self.stamp, is_recorded))
    }

    /// Whether a part without a stamp is provably the one that the state records.
    async fn is_recorded(&self, part: &ManagedPart, recorded: &State) -> Result<bool, CallError> {
        let Self { parts, run, .. } = self;
        let place = &parts.place;
        Ok(match part.kind {
            PartKind::KmsKey => true,
            // The state has nothing but the name of a retired part.
            _ if part.retired => false,
            PartKind::LogGroup => {
                let observed = parts.log_groups.observe(&part.name, run).await?;
                observed.is_some_and(|group| is_recorded_group(recorded.log_group.fields(), &group))
            }
            PartKind::Bucket => {
                let expected = ExpectedBucket { lifecycle: true };
                let observed =
                    parts.buckets.observe(&part.name, &place.region, &place.account_id, expected, run).await?;
                observed.is_some_and(|bucket| is_recorded_bucket(recorded.bucket.fields(), &bucket))
            }
        })
    }

    async fn is_recorded_document(&self, recorded: &State) -> Result<bool, CallError> {
        let document = recorded.document.fields();
        let Some(version) = document.latest_version.text() else { return Ok(false) };
        let hash = self.parts.documents.hash_of(version, self.run).await?;
        Ok(is_recorded_document(document, hash.as_deref()))
    }
}
