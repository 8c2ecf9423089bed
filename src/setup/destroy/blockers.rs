//! What blocks a destroy, found before anything is changed.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;

use crate::account::diagnose;
use crate::reconcile::session_document::NAME as DOCUMENT_NAME;
use crate::reconcile::{ErrorKind, STAMP_TAG};
use crate::setup::model::state::{PartKind, State};
use crate::setup::ownership::adoption::{self, DocumentReferences};
use crate::setup::ownership::whose::refuse_disputed;

use super::Destroy;
use super::outcome::{ManagedPart, Outcomes};
use super::release::Judged;

impl Destroy<'_> {
    /// Adds an error for everything that blocks this destroy.
    pub(super) async fn blockers(
        &self,
        outcomes: &Outcomes,
        state: &State,
        judged: &Judged,
        diagnostics: &mut Diagnostics,
    ) {
        refuse_disputed(&judged.blocking(&outcomes.going), self.stamp, diagnostics);
        for part in &outcomes.going {
            match part.kind {
                PartKind::Bucket => self.full_bucket(part, state, judged.is_stamped(&part.name), diagnostics).await,
                PartKind::LogGroup => self.protected_log_group(part, diagnostics).await,
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

    async fn protected_log_group(&self, part: &ManagedPart, diagnostics: &mut Diagnostics) {
        // The last refresh observed the protection of the group in use.
        let protected = if part.retired {
            self.parts.log_groups.is_protected(&part.name, self.run).await
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
                     settings.cloudwatch.skip_destroy = true, applied before the destroy, or switch the protection \
                     off.",
                    part.name
                ),
            ),
            Err(error) if error.kind == ErrorKind::AccessDenied => {
                diagnose::warning(diagnostics, "The deletion protection of the log group cannot be read", &error);
            }
            Err(error) => {
                diagnose::error(diagnostics, "The deletion protection of the log group cannot be read", &error);
            }
        }
    }

    async fn full_bucket(&self, part: &ManagedPart, state: &State, is_stamped: bool, diagnostics: &mut Diagnostics) {
        let Self { parts, run, .. } = self;
        let account_id = parts.place.account_id.as_str();
        let force = self.inputs.bucket().force_destroy.is_true();
        let mut locked = !part.retired && state.bucket.fields().object_lock.is_known();
        if force && !locked {
            // The state has no lock of a retired bucket, and none that was switched on outside of this resource.
            match parts.buckets.has_object_lock(&part.name, account_id, run).await {
                Ok(false) if is_stamped => return,
                Ok(found) => locked = found,
                Err(error) => {
                    return diagnose::error(diagnostics, "The object lock of the bucket cannot be read", &error);
                }
            }
        }
        match parts.buckets.is_empty(&part.name, account_id, run).await {
            Ok(true) => {}
            Ok(false) if locked => diagnostics.error_at(
                Path::of("settings.bucket.object_lock"),
                "The bucket holds locked audit logs",
                format!(
                    "{} has an object lock and is not empty, and nothing was changed: S3 deletes no version before its \
                     retention ends. Keep the bucket with settings.bucket.skip_destroy = true, or empty it by hand \
                     after all retentions have ended.",
                    part.name
                ),
            ),
            Ok(false) if force => diagnostics.error_at(
                Path::of("settings.bucket.force_destroy"),
                "A bucket without a stamp is not emptied",
                format!(
                    "{} is not empty and does not carry the tag {STAMP_TAG}, and nothing was changed. Apply first, \
                     which writes the tag, then destroy; or empty the bucket by hand.",
                    part.name
                ),
            ),
            Ok(false) => diagnostics.error_at(
                Path::of("settings.bucket.force_destroy"),
                "The bucket holds audit logs",
                format!(
                    "{} is not empty, and nothing was changed. Keep it with settings.bucket.skip_destroy = true, or \
                     have it emptied with settings.bucket.force_destroy = true; apply that first, then destroy.",
                    part.name
                ),
            ),
            Err(error) => diagnose::error(diagnostics, "It is not known whether the bucket is empty", &error),
        }
    }

    /// Checks a document that is not in the state. If it names a part that goes, sessions would be refused.
    async fn foreign_document(&self, outcomes: &Outcomes, diagnostics: &mut Diagnostics) {
        match self.parts.documents.observe(self.run).await {
            Ok(Some(document)) => {
                let names = DocumentReferences::of(&document.content).resolved(&self.parts.keys, self.run).await;
                for part in outcomes.going.iter().filter(|part| is_named(part, &names)) {
                    diagnostics.error(
                        "A document names a part that would be removed",
                        format!(
                            "{DOCUMENT_NAME}, which is not in this state, names {part}: every session would \
                             be refused. Nothing was changed. Change or delete that document first, or keep the part."
                        ),
                    );
                }
            }
            Ok(None) => {}
            Err(error) if error.kind == ErrorKind::AccessDenied => {
                diagnose::warning(diagnostics, "The document cannot be read", &error);
            }
            Err(error) => {
                diagnose::error(diagnostics, "The document cannot be read", &error);
            }
        }
    }

    /// Checks the former document, which would be restored: it must not name a part that is gone or goes.
    async fn broken_previous(&self, previous: &str, outcomes: &Outcomes, diagnostics: &mut Diagnostics) {
        let names = DocumentReferences::of_text(previous).resolved(&self.parts.keys, self.run).await;
        let going = outcomes.going.iter().filter(|part| is_named(part, &names));
        let mut broken: Vec<_> = going.map(|part| format!("{part}, which this destroy removes")).collect();
        broken.extend(adoption::broken(previous, self.parts, self.run).await);
        adoption::refuse_broken(&broken, ", apply that, then destroy.", diagnostics);
    }
}

/// Whether a document names a part.
fn is_named(part: &ManagedPart, names: &DocumentReferences) -> bool {
    match part.kind {
        PartKind::Bucket => names.bucket.as_ref() == Some(&part.name),
        PartKind::LogGroup => names.log_group.as_ref() == Some(&part.name),
        PartKind::KmsKey => names.key.as_ref().is_some_and(|key| {
            *key == part.arn || part.arn.ends_with(&format!("/{key}")) || Some(key) == part.alias.as_ref()
        }),
    }
}
