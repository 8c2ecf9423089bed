//! `assume_role`: the role that a resource or data source acts through.

use crate::aws::Role;

terraform_plugin::model! {
    /// `assume_role`.
    pub(crate) struct AssumeRole {
        /// The role.
        pub(crate) role_arn: String,
        /// The external id that the role's trust policy requires.
        pub(crate) external_id: String,
        /// The name of the session.
        pub(crate) session_name: String,
    }
}

impl AssumeRole {
    /// The role in the form that AWS clients take; `None` while any field of it is unknown.
    pub(crate) fn known(&self) -> Option<Role> {
        Some(Role {
            role_arn: self.role_arn.known()?.clone(),
            external_id: self.external_id.resolved()?.cloned(),
            session_name: self.session_name.resolved()?.cloned(),
        })
    }
}
