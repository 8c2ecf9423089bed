//! Claims about all parts alike.

use super::Run;
use super::bucket::{Buckets, ExpectedBucket, WantedBucket};
use super::kms_key::{EnsureKey, KmsKeys, WantedKey};
use super::log_group::{LogGroups, WantedLogGroup};
use super::session_document::{SessionDocuments, WantedDocument};

fn spawnable(_: impl Future<Output: Send> + Send) {}

/// Applying runs in a task of its own, so everything must be able to move between threads.
#[expect(dead_code, clippy::too_many_arguments, reason = "it compiles or it does not")]
fn every_verb_can_run_in_a_task(
    run: &Run,
    keys: &KmsKeys,
    key: &WantedKey,
    groups: &LogGroups,
    group: &WantedLogGroup,
    documents: &SessionDocuments,
    document: &WantedDocument,
    buckets: &Buckets,
    bucket: &WantedBucket,
) {
    spawnable(keys.observe("alias/x", None, run));
    spawnable(keys.observe_given("x", run));
    spawnable(keys.ensure(key, None, EnsureKey::default(), run));
    spawnable(keys.remove("x", None, 7, run));
    spawnable(groups.observe("x", run));
    spawnable(groups.ensure(group, None, false, run));
    spawnable(groups.remove("x", run));
    spawnable(documents.observe(run));
    spawnable(documents.ensure(document, None, &[], run));
    spawnable(documents.remove(run));
    spawnable(buckets.observe("x", "y", "z", ExpectedBucket::default(), run));
    spawnable(buckets.observe_given("x", None, run));
    spawnable(buckets.ensure(bucket, None, run));
    spawnable(buckets.empty("x", "y", run));
    spawnable(buckets.remove("x", "y", run));
}
