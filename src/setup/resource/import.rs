//! Imports a setup or a delegation by its id or identity.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::{ImportRequest, ImportResponse};

use crate::account::connect::connect;
use crate::account::warnings::gathered;
use crate::account::{Destination, Operation, Reconcilers, Timeouts, diagnose};
use crate::reconcile::Tags;
use crate::setup::delegated;
use crate::setup::import::{self, FORMS, Id};
use crate::setup::model::SetupModel;
use crate::setup::naming::stamp;
use crate::setup::plan::private::PlanPrivate;

use super::Setup;

impl Setup {
    /// The state of the setup or delegation that an id or an identity names, with its private data and warnings.
    pub(super) async fn import_state(&self, request: ImportRequest) -> Result<ImportResponse, Diagnostics> {
        let mut diagnostics = Diagnostics::new();
        let refuse = |summary: &str, detail: String| {
            let mut diagnostics = Diagnostics::new();
            diagnostics.error(summary, detail);
            diagnostics
        };
        let id = match &request.identity {
            Some(identity) if request.id.is_empty() => Id::of_identity(identity),
            _ => Id::parse(&request.id).map_err(|problem| {
                refuse("The import id is not valid", format!("{} Accepted: {FORMS}.", diagnose::sentence(&problem)))
            })?,
        };
        let configured = self.context.configured();
        let destination = Destination { region: id.region.clone().into(), assume_role: id.assume_role.clone().into() };
        let target = match connect(&configured, &destination).await {
            Ok(Some(target)) => target,
            Ok(None) => {
                return Err(refuse(
                    "The provider is not configured",
                    "An import needs the provider's configuration. Apply what it depends on first.".into(),
                ));
            }
            Err(error) => {
                configured.told.tell(&mut diagnostics, "Nothing was imported.", &error);
                return Err(diagnostics);
            }
        };
        let parts = Reconcilers::new(&target);
        if let Some(account_id) = id.account_id.as_ref().filter(|account_id| **account_id != parts.place.account_id) {
            return Err(refuse(
                "The credentials belong to another account",
                format!(
                    "The import is for account {account_id}, and the credentials lead to {}. Add the ARN of a role in \
                     that account to the id, or use other credentials.",
                    parts.place.account_id
                ),
            ));
        }
        let none = Tags::new();
        let default_tags = configured.default_tags.known().unwrap_or(&none);
        let run = Timeouts::default().run(Operation::Read, &request.cancel);
        if let Some(member) = &id.delegated_account_id {
            let delegation = delegated::import(&target, member, id.assume_role.as_ref(), run).await?;
            return Ok(response(&delegation, Vec::new(), Diagnostics::new()));
        }
        let (setup, diagnostics) = import::import(&parts, &id, default_tags, &run).await?;
        // The stamp is drawn here and not by the apply: the apply's result may be lost.
        let stamp = setup.state.stamp.known().cloned().unwrap_or_else(stamp::draw);
        Ok(response(&setup, PlanPrivate::of_import(stamp).write(), diagnostics))
    }
}

fn response(imported: &SetupModel, private: Vec<u8>, diagnostics: Diagnostics) -> ImportResponse {
    let diagnostics = gathered(diagnostics, imported.state.id.text());
    ImportResponse { identity: imported.identity(), state: Some(imported.write()), private, diagnostics }
}
