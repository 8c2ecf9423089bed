//! A sample delegation for the tests of this mode.

use crate::reconcile::delegation::DelegationSpec;

pub(super) const MEMBER: &str = "222222222222";
pub(super) const SSM: &str = "ssm.amazonaws.com";
pub(super) const QUICK_SETUP: &str = "ssm-quicksetup.amazonaws.com";

pub(super) fn desired(principals: &[&str]) -> DelegationSpec {
    DelegationSpec {
        account_id: MEMBER.to_owned(),
        service_principals: principals.iter().map(|principal| (*principal).to_owned()).collect(),
        trusted_access: false,
    }
}
