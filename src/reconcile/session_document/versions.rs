//! Room for another version of the document, of which AWS keeps at most 1000.
//!
//! See the Systems Manager API Reference, `ListDocumentVersions` and `DeleteDocument`.

use aws_sdk_ssm::Client;

use crate::reconcile::call::Call;
use crate::reconcile::error::CallError;
use crate::reconcile::retry::Run;

use super::{NAME, ObservedDocument, SERVICE};

/// How many versions are deleted at once, so that the next updates have room too.
const DELETED_AT_ONCE: usize = 10;

/// Deletes the oldest versions, but not the default, the latest, or those to keep.
pub(super) async fn make_room(
    client: &Client,
    document: &ObservedDocument,
    keep: &[String],
    run: &Run,
) -> Result<(), CallError> {
    let mut versions = all(client, run).await?;
    versions.retain(|version| {
        *version != document.default_version && *version != document.latest_version && !keep.contains(version)
    });
    versions.sort_by_key(|version| version.parse::<u64>().unwrap_or(u64::MAX));
    versions.truncate(DELETED_AT_ONCE);
    tracing::info!("Systems Manager keeps no further version of {NAME}: deleting the versions {versions:?}");
    let call = Call::write(SERVICE, "DeleteDocument", NAME);
    for version in &versions {
        run.call(&call, || client.delete_document().name(NAME).document_version(version).send()).await?;
    }
    Ok(())
}

async fn all(client: &Client, run: &Run) -> Result<Vec<String>, CallError> {
    let call = Call::read(SERVICE, "ListDocumentVersions", NAME);
    let list = |token| client.list_document_versions().name(NAME).max_results(50).set_next_token(token).send();
    let pages = run.pages(&call, list, |page| page.next_token.clone().filter(|token| !token.is_empty())).await?;
    let versions = pages.into_iter().flat_map(|page| page.document_versions.unwrap_or_default());
    Ok(versions.filter_map(|info| info.document_version).collect())
}
