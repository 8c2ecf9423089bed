//! Room for another version of the document, of which AWS keeps at most 1000.
//!
//! See the Systems Manager API Reference, `ListDocumentVersions` and `DeleteDocument`.

use aws_sdk_ssm::Client;

use super::{NAME, ObservedDocument, SERVICE};
use crate::reconcile::error::CallError;
use crate::reconcile::retry::{Call, Run};

/// How many versions give way at once, so that the next updates find room too.
const GIVE_WAY: usize = 10;

/// Deletes the oldest versions, but not the default, the latest, or one of those to keep.
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
    versions.truncate(GIVE_WAY);
    tracing::info!("SSM keeps no more versions of {NAME}: deleting the versions {versions:?}");
    let call = Call::write(SERVICE, "DeleteDocument", NAME);
    for version in &versions {
        run.call(&call, || client.delete_document().name(NAME).document_version(version).send()).await?;
    }
    Ok(())
}

async fn all(client: &Client, run: &Run) -> Result<Vec<String>, CallError> {
    let call = Call::read(SERVICE, "ListDocumentVersions", NAME);
    let mut versions = Vec::new();
    let mut token = None;
    loop {
        let page = run
            .call(&call, || {
                client.list_document_versions().name(NAME).max_results(50).set_next_token(token.clone()).send()
            })
            .await?;
        let found = page.document_versions.unwrap_or_default();
        versions.extend(found.into_iter().filter_map(|info| info.document_version));
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(versions);
        }
    }
}
