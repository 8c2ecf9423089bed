//! Grants of a bucket's ACL to others than its owner. While there are any, S3 does not allow ACLs to be disabled
//! (Amazon S3 User Guide, "Prerequisites for disabling ACLs").

use std::fmt;

use crate::reconcile::call::Call;
use crate::reconcile::error::{CallError, absent_is_none};
use crate::reconcile::retry::Run;

use super::{Buckets, SERVICE};

/// A grant of an ACL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    /// Permission, such as `WRITE`.
    pub(crate) permission: String,
    /// URI of a group, or canonical id of an account.
    pub(crate) grantee: String,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.permission, self.grantee)
    }
}

impl Buckets {
    /// The grants to others. A bucket that does not exist grants nothing.
    ///
    /// # Errors
    /// Any error of `GetBucketAcl` but not-found.
    pub(crate) async fn foreign_grants(
        &self,
        name: &str,
        account_id: &str,
        run: &Run,
    ) -> Result<Vec<Grant>, CallError> {
        let call = Call::read(SERVICE, "GetBucketAcl", name);
        let acl = run
            .call(&call, || self.client.get_bucket_acl().bucket(name).expected_bucket_owner(account_id).send())
            .await;
        let Some(acl) = absent_is_none(acl)? else { return Ok(Vec::new()) };
        let owner = acl.owner.and_then(|owner| owner.id);
        let foreign = acl.grants.unwrap_or_default().into_iter().filter_map(|grant| {
            let permission = grant.permission.map_or_else(String::new, |permission| permission.as_str().to_owned());
            let to = grant.grantee?;
            let grantee = to.uri.or(to.id)?;
            (Some(&grantee) != owner.as_ref()).then_some(Grant { permission, grantee })
        });
        Ok(foreign.collect())
    }
}
