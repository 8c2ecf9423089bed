//! What would stop a destroy half way, looked for before anything is changed.

use crate::reconcile::ErrorKind;
use crate::reconcile::session_document::NAME as DOCUMENT_NAME;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;

use crate::account::diagnose;
use crate::setup::destroy::Destroy;
use crate::setup::destroy::outcome::{HeldPart, Outcomes};
use crate::setup::model::state::{PartKind, State};
use crate::setup::ownership::adoption::{self, DocumentReferences};

impl Destroy<'_> {
    /// Adds an error for everything that would stop this destroy.
    pub(super) async fn blockers(&self, outcomes: &Outcomes, state: &State, diagnostics: &mut Diagnostics) {
        for held in &outcomes.going {
            match held.kind {
                PartKind::Bucket => self.full_bucket(held, state, diagnostics).await,
                PartKind::LogGroup => self.protected_log_group(held, diagnostics).await,
                PartKind::KmsKey => {}
            }
        }
        if !state.document.is_known() && !outcomes.going.is_empty() {
            self.foreign_document(outcomes, diagnostics).await;
        }
        if let Some(previous) = self.restored(state).filter(|_| outcomes.document) {
            self.broken_previous(previous, outcomes, diagnostics).await;
        }
    }

    async fn protected_log_group(&self, held: &HeldPart, diagnostics: &mut Diagnostics) {
        // At that of the group in use, the refresh has looked.
        let protected = if held.retired {
            self.parts.log_groups.is_protected(&held.name, self.run).await
        } else {
            Ok(self.group_is_protected)
        };
        match protected {
            Ok(false) => {}
            Ok(true) => diagnostics.error_at(
                Path::of("settings.cloudwatch.skip_destroy"),
                "The log group is protected from deletion",
                format!(
                    "{} has deletion protection, and nothing was changed. Keep it with \
                     settings.cloudwatch.skip_destroy = true, applied before the destroy, or switch the protection off.",
                    held.name
                ),
            ),
            Err(error) if error.kind == ErrorKind::AccessDenied => {
                diagnose::warning(diagnostics, "Whether the log group is protected could not be seen", &error);
            }
            Err(error) => diagnose::error(diagnostics, "Whether the log group is protected could not be seen", &error),
        }
    }

    async fn full_bucket(&self, held: &HeldPart, state: &State, diagnostics: &mut Diagnostics) {
        let Self { parts, run, .. } = self;
        let account_id = parts.place.account_id.as_str();
        let force = self.inputs.bucket().force_destroy.is_true();
        let mut locked = !held.retired && state.bucket.fields().object_lock.is_known();
        if force && !locked {
            // Of a retired bucket, or of a lock that somebody else switched on, the state knows nothing.
            match parts.buckets.has_object_lock(&held.name, account_id, run).await {
                Ok(false) => return,
                Ok(true) => locked = true,
                Err(error) => {
                    return diagnose::error(diagnostics, "Whether the bucket is locked could not be seen", &error);
                }
            }
        }
        match parts.buckets.is_empty(&held.name, account_id, run).await {
            Ok(true) => {}
            Ok(false) if locked => diagnostics.error_at(
                Path::of("settings.bucket.object_lock"),
                "The bucket holds locked audit logs",
                format!(
                    "{} has an object lock and is not empty, and nothing was changed: S3 deletes no version before its \
                     retention is over. Keep the bucket with settings.bucket.skip_destroy = true, or empty it by hand \
                     once all retentions are over.",
                    held.name
                ),
            ),
            Ok(false) => diagnostics.error_at(
                Path::of("settings.bucket.force_destroy"),
                "The bucket holds audit logs",
                format!(
                    "{} is not empty, and nothing was changed. Keep it with settings.bucket.skip_destroy = true, or \
                     have it emptied with settings.bucket.force_destroy = true; apply that first, then destroy.",
                    held.name
                ),
            ),
            Err(error) => diagnose::error(diagnostics, "Whether the bucket is empty could not be seen", &error),
        }
    }

    /// A document that is not ours, and names what goes: sessions would be refused.
    async fn foreign_document(&self, outcomes: &Outcomes, diagnostics: &mut Diagnostics) {
        match self.parts.documents.observe(self.run).await {
            Ok(Some(document)) => {
                let names = DocumentReferences::of(&document.content).resolved(&self.parts.keys, self.run).await;
                for held in outcomes.going.iter().filter(|held| is_named(held, &names)) {
                    diagnostics.error(
                        "A document names what would go",
                        format!(
                            "{DOCUMENT_NAME}, which is not in this state, names {held}: every session would \
                             be refused. Nothing was changed. Change or delete that document first, or keep the part."
                        ),
                    );
                }
            }
            Ok(None) => {}
            Err(error) if error.kind == ErrorKind::AccessDenied => {
                diagnose::warning(diagnostics, "Whether a document names what goes could not be seen", &error);
            }
            Err(error) => {
                diagnose::error(diagnostics, "Whether a document names what goes could not be seen", &error);
            }
        }
    }

    /// The former document would be put back, and names something that is gone or goes.
    async fn broken_previous(&self, previous: &str, outcomes: &Outcomes, diagnostics: &mut Diagnostics) {
        let names = DocumentReferences::of_text(previous).resolved(&self.parts.keys, self.run).await;
        let going = outcomes.going.iter().filter(|held| is_named(held, &names));
        let mut broken: Vec<_> = going.map(|held| format!("{held}, which goes with this destroy")).collect();
        broken.extend(adoption::broken(previous, self.parts, self.run).await);
        adoption::refuse_broken(&broken, ", apply that, then destroy.", diagnostics);
    }
}

/// Whether a document names a part.
fn is_named(held: &HeldPart, names: &DocumentReferences) -> bool {
    match held.kind {
        PartKind::Bucket => names.bucket.as_ref() == Some(&held.name),
        PartKind::LogGroup => names.log_group.as_ref() == Some(&held.name),
        PartKind::KmsKey => names.key.as_ref().is_some_and(|key| {
            *key == held.arn || held.arn.ends_with(&format!("/{key}")) || Some(key) == held.alias.as_ref()
        }),
    }
}
