//! The way to one member account's delegations, and what an error on that way means to who wrote the configuration.

use crate::account::diagnose::describe;
use crate::aws::Target;
use crate::reconcile::delegation::{Delegations, Refusal};
use crate::reconcile::{CallError, Run};
use crate::setup::delegated::{ACCOUNT_ID, SERVICE_PRINCIPALS};
use terraform_plugin::framework::diagnostics::{Diagnostic, Severity};
use terraform_plugin::framework::path::Path;

/// The way to the delegations of a member account.
#[derive(Debug)]
pub(super) struct Access {
    /// The delegations of the organization.
    pub(super) delegations: Delegations,
    /// The caller's account.
    pub(super) account_id: String,
    /// The member account.
    pub(super) member: String,
    /// Bounds of the work.
    pub(super) run: Run,
}

impl Access {
    /// The way that these clients lead.
    pub(super) fn new(target: &Target, member: &str, run: Run) -> Self {
        Self {
            delegations: Delegations::new(&target.organizations),
            account_id: target.caller.account_id.clone(),
            member: member.to_owned(),
            run,
        }
    }

    /// An error in the terms of the configuration. Where only AWS can tell, it is asked.
    pub(super) async fn explain(&self, summary: &str, error: &CallError) -> Diagnostic {
        let Self { account_id, member, .. } = self;
        let principal = &error.target;
        let plain =
            Diagnostic { severity: Severity::Error, summary: summary.to_owned(), detail: describe(error), path: None };
        let at = |path: &str, summary: &str, detail: String| Diagnostic {
            severity: Severity::Error,
            summary: summary.to_owned(),
            detail: format!("{detail}\nAWS said: {error}."),
            path: Some(Path::of(path)),
        };
        match Refusal::of(error) {
            None => plain,
            Some(Refusal::NoTrustedAccess) => {
                let lacks = Self::no_trusted_access(principal);
                Diagnostic { detail: format!("{}\nAWS said: {error}.", lacks.detail), ..lacks }
            }
            Some(Refusal::OtherAdministrator) => {
                let accounts = self.delegations.administrators(principal, &self.run).await.unwrap_or_default();
                let held = self.held_by_others(principal, &accounts);
                Diagnostic { detail: format!("{}\nAWS said: {error}.", held.detail), ..held }
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
                crate::setup::delegated::DELEGATED,
                "There is no organization",
                format!(
                    "Account {account_id}, which the credentials are of, is in no organization. Use credentials of \
                     the management account of the organization that {member} is in."
                ),
            ),
            Some(Refusal::Denied) => match self.delegations.management_account(&self.run).await {
                Ok(management) if management != *account_id => at(
                    crate::setup::delegated::DELEGATED,
                    "Not the management account",
                    format!(
                        "The credentials are of account {account_id}, and only the management account of the \
                         organization, {management}, delegates. Use its credentials, or assume_role with a role there."
                    ),
                ),
                _ => plain,
            },
        }
    }

    /// That a service may not work in the organization yet.
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

    /// That other accounts stand where the member account should.
    pub(super) fn held_by_others(&self, principal: &str, accounts: &[String]) -> Diagnostic {
        let others: Vec<_> = accounts.iter().filter(|account| **account != self.member).map(String::as_str).collect();
        let named = if others.is_empty() { "another account".to_owned() } else { others.join(", ") };
        let example = others.first().copied().unwrap_or("<account>");
        Diagnostic {
            severity: Severity::Error,
            summary: "Another account is the delegated administrator".to_owned(),
            detail: format!(
                "{principal} is delegated to {named}, and AWS takes no further account for it. That registration is \
                 not touched. Set settings.organization.account_id to that account, take {principal} out of \
                 settings.organization.service_principals, or deregister it there first: aws organizations \
                 deregister-delegated-administrator --account-id {example} --service-principal {principal}"
            ),
            path: Some(Path::of(SERVICE_PRINCIPALS)),
        }
    }
}
