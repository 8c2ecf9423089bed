//! Why Organizations refuses a delegation, where the user can change it. Pure.
//!
//! It knows AWS's codes and reasons only. What to do depends on the configuration, which it does not know. The reasons
//! are those of `ConstraintViolationException` in the AWS Organizations API Reference.

use crate::reconcile::error::{CallError, ErrorKind};

/// Why Organizations refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The service has no trusted access to the organization.
    NoTrustedAccess,
    /// The service has as many delegated administrators as it can have.
    OtherAdministrator,
    /// The management account cannot be a delegated administrator.
    ManagementAccount,
    /// A suspended account cannot be a delegated administrator.
    SuspendedAccount,
    /// The account is not in the organization.
    NotAMember,
    /// The caller's account is in no organization.
    NoOrganization,
    /// The caller lacks a permission, or its account is not the management account.
    Denied,
}

impl Refusal {
    /// Why a call was refused; `None` for any other error.
    pub(crate) fn of(error: &CallError) -> Option<Self> {
        if error.kind == ErrorKind::AccessDenied {
            return Some(Self::Denied);
        }
        match error.code.as_deref()? {
            "AccountNotFoundException" => Some(Self::NotAMember),
            "AWSOrganizationsNotInUseException" => Some(Self::NoOrganization),
            "ConstraintViolationException" => [
                ("SERVICE_ACCESS_NOT_ENABLED", Self::NoTrustedAccess),
                ("DELEGATED_ADMINISTRATOR_EXISTS_FOR_THIS_SERVICE", Self::OtherAdministrator),
                ("MAX_DELEGATED_ADMINISTRATORS_FOR_SERVICE_LIMIT_EXCEEDED", Self::OtherAdministrator),
                ("CANNOT_REGISTER_MASTER_AS_DELEGATED_ADMINISTRATOR", Self::ManagementAccount),
                ("CANNOT_REGISTER_SUSPENDED_ACCOUNT_AS_DELEGATED_ADMINISTRATOR", Self::SuspendedAccount),
            ]
            .into_iter()
            .find_map(|(reason, refusal)| error.message.contains(reason).then_some(refusal)),
            _ => None,
        }
    }
}
