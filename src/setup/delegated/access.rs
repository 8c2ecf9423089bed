//! Access to the delegations of one member account, and its errors in terms of the configuration.

use terraform_plugin::framework::diagnostics::{Diagnostic, Severity};
use terraform_plugin::framework::path::Path;

use crate::account::diagnose::{describe, sentence};
use crate::aws::Target;
use crate::reconcile::delegation::{Delegations, Refusal};
use crate::reconcile::{CallError, Run};

use super::{ACCOUNT_ID, DELEGATED, SERVICE_PRINCIPALS};

/// Access to the delegations of a member account.
#[derive(Debug)]
pub(super) struct DelegationAccess {
    /// The delegations of the organization.
    pub(super) delegations: Delegations,
    /// The caller's account.
    pub(super) account_id: String,
    /// The member account.
    pub(super) member: String,
    /// Bounds of the work.
    pub(super) run: Run,
}

impl DelegationAccess {
    /// The access that these clients have.
    pub(super) fn new(target: &Target, member: &str, run: Run) -> Self {
        Self {
            delegations: Delegations::new(&target.organizations),
            account_id: target.caller.account_id.clone(),
            member: member.to_owned(),
            run,
        }
    }

    /// Explains an error in terms of the configuration. If needed, it calls AWS to find the cause.
    pub(super) async fn explain(&self, summary: &str, error: &CallError) -> Diagnostic {
        let Self { account_id, member, .. } = self;
        let principal = &error.target;
        let plain =
            Diagnostic { severity: Severity::Error, summary: summary.to_owned(), detail: describe(error), path: None };
        let at = |path: &str, summary: &str, detail: String| Diagnostic {
            severity: Severity::Error,
            summary: summary.to_owned(),
            detail: format!("{detail}\nAWS said: {}", sentence(&error.to_string())),
            path: Some(Path::of(path)),
        };
        match Refusal::of(error) {
            None => plain,
            Some(Refusal::NoTrustedAccess) => {
                let missing = Self::no_trusted_access(principal);
                let detail = format!("{}\nAWS said: {}", missing.detail, sentence(&error.to_string()));
                Diagnostic { detail, ..missing }
            }
            Some(Refusal::OtherAdministrator) => {
                let accounts = self.delegations.administrators(principal, &self.run).await.unwrap_or_default();
                let conflict = self.registered_for_others(principal, &accounts);
                let detail = format!("{}\nAWS said: {}", conflict.detail, sentence(&error.to_string()));
                Diagnostic { detail, ..conflict }
            }
            Some(Refusal::ManagementAccount) => at(
                ACCOUNT_ID,
                "The management account cannot be delegated to",
                format!("{member} is the management account of the organization. Name a member account."),
            ),
            Some(Refusal::SuspendedAccount) => {
                at(ACCOUNT_ID, "The account is suspended", format!("{member} is suspended. Name an active account."))
            }
            Some(Refusal::NotAMember) => at(
                ACCOUNT_ID,
                "The account is not in the organization",
                format!("{member} is not an account of the organization whose management account is {account_id}."),
            ),
            Some(Refusal::NoOrganization) => at(
                DELEGATED,
                "There is no organization",
                format!(
                    "The credentials belong to account {account_id}, which is in no organization. Use credentials of \
                     the management account of the organization of {member}."
                ),
            ),
            Some(Refusal::Denied) => match self.delegations.management_account(&self.run).await {
                Ok(management) if management != *account_id => at(
                    DELEGATED,
                    "Not the management account",
                    format!(
                        "The credentials belong to account {account_id}, and only the management account of the \
                         organization, {management}, can delegate. Use its credentials, or assume_role with a role \
                         of it."
                    ),
                ),
                _ => plain,
            },
        }
    }

    /// The error of a service without trusted access to the organization.
    pub(super) fn no_trusted_access(principal: &str) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            summary: "Trusted access is not enabled".to_owned(),
            detail: format!(
                "{principal} has no trusted access to the organization, which it needs before it can have a delegated \
                 administrator. Set settings.organization.enable_trusted_access = true, or enable it by hand: aws \
                 organizations enable-aws-service-access --service-principal {principal}"
            ),
            path: Some(Path::of("settings.organization.enable_trusted_access")),
        }
    }

    /// The error of a service that is delegated to other accounts.
    pub(super) fn registered_for_others(&self, principal: &str, accounts: &[String]) -> Diagnostic {
        let others: Vec<_> = accounts.iter().filter(|account| **account != self.member).map(String::as_str).collect();
        let named = if others.is_empty() { "another account".to_owned() } else { others.join(", ") };
        let example = others.first().copied().unwrap_or("<account>");
        Diagnostic {
            severity: Severity::Error,
            summary: "Another account is the delegated administrator".to_owned(),
            detail: format!(
                "{principal} is delegated to {named}, and AWS accepts no further account for it. That registration is \
                 not changed. Set settings.organization.account_id to that account, remove {principal} from \
                 settings.organization.service_principals, or deregister it first: aws organizations \
                 deregister-delegated-administrator --account-id {example} --service-principal {principal}"
            ),
            path: Some(Path::of(SERVICE_PRINCIPALS)),
        }
    }
}
