//! The reconcilers of one account and region.

use crate::aws::Target;
use crate::reconcile::bucket::Buckets;
use crate::reconcile::kms_key::KmsKeys;
use crate::reconcile::log_group::LogGroups;
use crate::reconcile::session_document::SessionDocuments;

use super::Place;

/// The reconcilers of one account and region.
#[derive(Debug)]
pub(crate) struct Reconcilers {
    /// The account and region.
    pub(crate) place: Place,
    /// Keys, in KMS.
    pub(crate) keys: KmsKeys,
    /// Log groups, in CloudWatch Logs.
    pub(crate) log_groups: LogGroups,
    /// Buckets, in S3.
    pub(crate) buckets: Buckets,
    /// Documents, in Systems Manager.
    pub(crate) documents: SessionDocuments,
}

impl Reconcilers {
    /// The reconcilers that use the clients of a target.
    pub(crate) fn new(target: &Target) -> Self {
        Self {
            place: Place::of(target),
            keys: KmsKeys::new(&target.kms),
            log_groups: LogGroups::new(&target.logs),
            buckets: Buckets::new(&target.s3, &target.s3control),
            documents: SessionDocuments::new(&target.ssm),
        }
    }
}
