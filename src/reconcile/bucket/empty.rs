//! Emptying a bucket: every version, every delete marker, every incomplete upload.
//!
//! Object locks are never bypassed. See the Amazon S3 API Reference, `ListObjectVersions`,
//! `DeleteObjects` (at most 1000 at once), `ListMultipartUploads` and `AbortMultipartUpload`.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use crate::reconcile::call::Call;
use crate::reconcile::error::{CallError, ErrorKind, absent_is_none};
use crate::reconcile::retry::Run;

use super::{Buckets, SERVICE};

/// How many of the objects that were not deleted an error names.
const NAMED: usize = 10;

impl Buckets {
    /// Whether the bucket has no version of any object and no delete marker. A bucket that does not exist is empty.
    ///
    /// # Errors
    /// Any error of `ListObjectVersions` but not-found.
    pub(crate) async fn is_empty(&self, name: &str, account_id: &str, run: &Run) -> Result<bool, CallError> {
        let call = Call::read(SERVICE, "ListObjectVersions", name);
        let page = run.call(&call, || {
            self.client.list_object_versions().bucket(name).expected_bucket_owner(account_id).max_keys(1).send()
        });
        Ok(absent_is_none(page.await)?
            .is_none_or(|page| page.versions().is_empty() && page.delete_markers().is_empty()))
    }

    /// Empties the bucket in batches, and logs the progress. A bucket that does not exist is empty.
    ///
    /// # Errors
    /// Any error of the calls. Objects that S3 does not delete, such as locked ones, are named after all others are
    /// deleted.
    pub(crate) async fn empty(&self, name: &str, account_id: &str, run: &Run) -> Result<(), CallError> {
        let emptied = async {
            self.delete_versions(name, account_id, run).await?;
            self.abort_uploads(name, account_id, run).await
        };
        absent_is_none(emptied.await).map(drop)
    }

    async fn delete_versions(&self, name: &str, account_id: &str, run: &Run) -> Result<(), CallError> {
        let call = Call::read(SERVICE, "ListObjectVersions", name);
        let mut deleted = 0;
        let mut refused = Vec::new();
        let mut marker = (None, None);
        loop {
            let page = run
                .call(&call, || {
                    self.client
                        .list_object_versions()
                        .bucket(name)
                        .expected_bucket_owner(account_id)
                        .set_key_marker(marker.0.clone())
                        .set_version_id_marker(marker.1.clone())
                        .send()
                })
                .await?;
            let versions = page.versions().iter().map(|version| (version.key(), version.version_id()));
            let markers = page.delete_markers().iter().map(|marker| (marker.key(), marker.version_id()));
            let objects: Vec<_> = versions
                .chain(markers)
                .filter_map(|(key, version)| Some((key?.to_owned(), version.map(str::to_owned))))
                .collect();
            if !objects.is_empty() {
                let before = refused.len();
                self.delete_batch(name, account_id, &objects, &mut refused, run).await?;
                deleted += objects.len().saturating_sub(refused.len() - before);
                tracing::info!("emptying the bucket {name}: {deleted} versions deleted");
            }
            if !page.is_truncated.unwrap_or(false) {
                break;
            }
            marker = (page.next_key_marker, page.next_version_id_marker);
        }
        if refused.is_empty() {
            return Ok(());
        }
        let call = Call::write(SERVICE, "DeleteObjects", name);
        let named = refused.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
        let message = format!(
            "S3 does not delete {} versions of objects, perhaps because they are locked: {named}",
            refused.len()
        );
        Err(CallError::new(ErrorKind::AccessDenied, &call, message))
    }

    async fn delete_batch(
        &self,
        name: &str,
        account_id: &str,
        objects: &[(String, Option<String>)],
        refused: &mut Vec<String>,
        run: &Run,
    ) -> Result<(), CallError> {
        let call = Call::write(SERVICE, "DeleteObjects", name);
        let delete = || {
            let objects = objects
                .iter()
                .map(|(key, version)| ObjectIdentifier::builder().key(key).set_version_id(version.clone()).build());
            Delete::builder().set_objects(Some(objects.collect::<Result<_, _>>()?)).quiet(true).build()
        };
        let output = run
            .call(&call, || async {
                self.client
                    .delete_objects()
                    .bucket(name)
                    .expected_bucket_owner(account_id)
                    .delete(delete().map_err(SdkError::construction_failure)?)
                    .send()
                    .await
            })
            .await?;
        refused.extend(output.errors().iter().map(|error| {
            format!(
                "{} ({}: {})",
                error.key().unwrap_or("?"),
                error.code().unwrap_or("?"),
                error.message().unwrap_or_default()
            )
        }));
        Ok(())
    }

    async fn abort_uploads(&self, name: &str, account_id: &str, run: &Run) -> Result<(), CallError> {
        let list = Call::read(SERVICE, "ListMultipartUploads", name);
        let abort = Call::write(SERVICE, "AbortMultipartUpload", name);
        let mut marker = (None, None);
        loop {
            let page = run
                .call(&list, || {
                    self.client
                        .list_multipart_uploads()
                        .bucket(name)
                        .expected_bucket_owner(account_id)
                        .set_key_marker(marker.0.clone())
                        .set_upload_id_marker(marker.1.clone())
                        .send()
                })
                .await?;
            for upload in page.uploads() {
                let aborting = run.call(&abort, || {
                    self.client
                        .abort_multipart_upload()
                        .bucket(name)
                        .expected_bucket_owner(account_id)
                        .set_key(upload.key.clone())
                        .set_upload_id(upload.upload_id.clone())
                        .send()
                });
                match aborting.await {
                    Ok(_) => {}
                    // The upload was completed or aborted meanwhile.
                    Err(error) if error.has_code("NoSuchUpload") => {}
                    Err(error) => return Err(error),
                }
            }
            if !page.is_truncated.unwrap_or(false) {
                return Ok(());
            }
            marker = (page.next_key_marker, page.next_upload_id_marker);
        }
    }
}
