//! The parts of a setup in one account and region: their reconcilers, and a look at all of them at once.

use crate::aws::Target;
use crate::reconcile::bucket::{Buckets, ExpectedBucket, GivenBucket, ObservedBucket};
use crate::reconcile::kms_key::{KmsKeys, ObservedKey};
use crate::reconcile::log_group::{LogGroups, ObservedLogGroup};
use crate::reconcile::session_document::{ObservedDocument, SessionDocuments};
use crate::reconcile::{Error, Run};

use super::model::Known;
use super::naming::Place;
use super::state::PartKind;
use super::transition::Transition;
use super::wanted::{Bucket, Key, Wanted};
use crate::aws::partition::Partition;

/// The reconcilers of one account and region.
#[derive(Debug)]
pub struct Parts {
    /// Where.
    pub place: Place,
    /// KMS.
    pub keys: KmsKeys,
    /// CloudWatch Logs.
    pub log_groups: LogGroups,
    /// S3.
    pub buckets: Buckets,
    /// SSM.
    pub documents: SessionDocuments,
}

/// What stands in AWS. Each part apart, so that one that cannot be read hides no other.
#[derive(Debug)]
pub struct Observation {
    /// The key, ours or given.
    pub key: Result<Option<ObservedKey>, Error>,
    /// The log group, ours or given.
    pub log_group: Result<Option<ObservedLogGroup>, Error>,
    /// The bucket of our own.
    pub bucket: Result<Option<ObservedBucket>, Error>,
    /// The given bucket.
    pub given_bucket: Result<Option<GivenBucket>, Error>,
    /// The document, whoever wrote it.
    pub document: Result<Option<ObservedDocument>, Error>,
}

/// What to look for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    key: LookForKey,
    log_group: Option<String>,
    bucket: LookForBucket,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum LookForKey {
    #[default]
    None,
    Own {
        alias_name: String,
        known_arn: Option<String>,
    },
    Given(String),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum LookForBucket {
    #[default]
    None,
    /// One that should be there: everything is read at once.
    Own {
        name: String,
        expected: ExpectedBucket,
    },
    /// One that should not: whether it is there is asked first, which costs one call for what else are eight.
    Absent {
        name: String,
        expected: ExpectedBucket,
    },
    Given {
        name: String,
        account_id: Option<String>,
    },
}

impl Look {
    /// For the parts that are wanted, where `transition` says what stands. What is not known yet is not looked for.
    #[must_use]
    pub fn for_wanted(wanted: &Wanted, transition: &Transition) -> Self {
        let state = &transition.standing;
        let again = transition.taken_back(PartKind::KmsKey).map(|held| &held.arn);
        let key = match wanted.key.known() {
            Some(Key::Own(own)) => LookForKey::Own {
                alias_name: own.alias_name.clone(),
                known_arn: state.key.as_ref().map(|key| &key.arn).or(again).cloned(),
            },
            Some(Key::Given(reference)) => LookForKey::Given(reference.clone()),
            Some(Key::None) | None => LookForKey::None,
        };
        let bucket = match wanted.bucket.known() {
            Some(Bucket::Own(own)) => {
                let name = own.name.clone();
                let expected = ExpectedBucket {
                    object_lock: own.object_lock.is_some(),
                    lifecycle: state.bucket.as_ref().is_some_and(|bucket| bucket.lifecycle.is_some()),
                };
                if state.bucket.is_some() {
                    LookForBucket::Own { name, expected }
                } else {
                    LookForBucket::Absent { name, expected }
                }
            }
            Some(Bucket::Given(given)) => {
                LookForBucket::Given { name: given.name.clone(), account_id: given.account_id.clone() }
            }
            None => LookForBucket::None,
        };
        let log_group = match &wanted.log_group {
            Known::Value(Some(group)) => Some(group.name.clone()),
            _ => None,
        };
        Self { key, log_group, bucket }
    }
}

impl Parts {
    /// The parts as this target reaches them.
    #[must_use]
    pub fn new(target: &Target) -> Self {
        Self {
            place: place_of(target),
            keys: KmsKeys::new(&target.kms),
            log_groups: LogGroups::new(&target.logs),
            buckets: Buckets::new(&target.s3),
            documents: SessionDocuments::new(&target.ssm),
        }
    }

    /// Looks at everything together.
    pub async fn observe(&self, look: &Look, run: &Run) -> Observation {
        let key = async {
            match &look.key {
                LookForKey::None => Ok(None),
                LookForKey::Own { alias_name, known_arn } => {
                    self.keys.observe(alias_name, known_arn.as_deref(), run).await
                }
                LookForKey::Given(reference) => self.keys.observe_given(reference, run).await,
            }
        };
        let log_group = async {
            match &look.log_group {
                None => Ok(None),
                Some(name) => self.log_groups.observe(name, run).await,
            }
        };
        let (account_id, region) = (self.place.account_id.as_str(), self.place.region.as_str());
        let bucket = async {
            match &look.bucket {
                LookForBucket::Own { name, expected } => {
                    self.buckets.observe(name, region, account_id, *expected, run).await
                }
                LookForBucket::Absent { name, expected } => {
                    match self.buckets.observe_given(name, Some(account_id), run).await? {
                        None => Ok(None),
                        Some(_) => self.buckets.observe(name, region, account_id, *expected, run).await,
                    }
                }
                LookForBucket::None | LookForBucket::Given { .. } => Ok(None),
            }
        };
        let given_bucket = async {
            match &look.bucket {
                LookForBucket::Given { name, account_id } => {
                    self.buckets.observe_given(name, account_id.as_deref(), run).await
                }
                _ => Ok(None),
            }
        };
        let (key, log_group, bucket, given_bucket, document) = tokio::join!(
            Box::pin(key),
            Box::pin(log_group),
            Box::pin(bucket),
            Box::pin(given_bucket),
            Box::pin(self.documents.observe(run))
        );
        Observation { key, log_group, bucket, given_bucket, document }
    }
}

/// Where a target leads to.
#[must_use]
pub fn place_of(target: &Target) -> Place {
    place(&target.caller.account_id, &target.caller.partition, &target.region)
}

/// A place by its names. Partitions that are not known have the domain of the commercial one.
#[must_use]
pub fn place(account_id: &str, partition: &str, region: &str) -> Place {
    let dns_suffix = Partition::by_id(partition).map_or("amazonaws.com", |partition| partition.dns_suffix);
    Place {
        account_id: account_id.to_owned(),
        partition: partition.to_owned(),
        dns_suffix: dns_suffix.to_owned(),
        region: region.to_owned(),
    }
}
