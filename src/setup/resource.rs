//! The resource `ssmsession_setup`: the requests of the framework and their responses.
//!
//! Requests are typed here, once; everything below works with [`SetupModel`].

mod apply;
mod destroy;
mod import;
mod plan;
mod preflight;
mod read;
mod upgrade;

use std::sync::Arc;

use async_trait::async_trait;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::model::Model;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::schema::Schema;
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{
    ApplyRequest, ApplyResponse, ImportRequest, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    Resource, UpgradeRequest, UpgradeResponse,
};

use crate::account::Context;
use crate::account::warnings::gathered;
use crate::setup::apply::AppliedChange;
use crate::setup::delegated::{self, Delegated};
use crate::setup::handover::Handover;
use crate::setup::model::SetupModel;
use crate::setup::plan::PlannedChange;
use crate::setup::schema::{IDENTITY, SCHEMA, validate};

/// The resource.
#[derive(Debug)]
pub(crate) struct Setup {
    context: Arc<Context>,
    handover: Handover,
}

impl Setup {
    /// The resource of the provider whose configuration is in `context`.
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context, handover: Handover::default() }
    }

    fn delegated(&self) -> Delegated<'_> {
        Delegated { context: &self.context, handover: &self.handover }
    }

    /// Plans a create, an update, a replacement or a destroy; for a destroy there is no planned state.
    async fn plan_any(&self, request: &PlanRequest) -> Result<PlannedChange, Diagnostics> {
        let prior = SetupModel::parse_state(&request.prior)?;
        let planned = Box::pin(self.plan_kind(request, prior.as_ref())).await?;
        // The first plan of a replacement is about the place that is left.
        let leaves = !planned.replace.is_empty();
        let at = id_of([planned.state.as_ref().filter(|_| !leaves), prior.as_ref()]);
        Ok(PlannedChange { diagnostics: gathered(planned.diagnostics, at), ..planned })
    }

    async fn plan_kind(&self, request: &PlanRequest, prior: Option<&SetupModel>) -> Result<PlannedChange, Diagnostics> {
        let (private, cancel) = (request.prior_private.as_slice(), &request.cancel);
        let Some(config) = SetupModel::parse_optional(&request.config)?.filter(|_| !request.proposed.is_null()) else {
            let Some(prior) = prior else { return Ok(PlannedChange::default()) };
            let (private, diagnostics) = if prior.inputs.is_delegated() {
                delegated::plan_destroy(prior)
            } else {
                self.plan_destroy(prior, private, cancel).await
            };
            return Ok(PlannedChange { private, diagnostics, ..PlannedChange::default() });
        };
        if delegated::concerns(&config.inputs, prior) {
            let mut planned = self.delegated().plan(&request.config, &config.inputs, prior, private, cancel).await?;
            self.refuse_twin(&mut planned, prior.is_some(), private);
            // A stored identity is kept: the region that a delegation is made from does not matter.
            let identity = request.prior_identity.clone().or(planned.identity);
            return Ok(PlannedChange { identity, ..planned });
        }
        let mut planned = self.plan_change(&request.config, &config.inputs, prior, private, cancel).await?;
        self.refuse_twin(&mut planned, prior.is_some(), private);
        let identity = planned.identity.or_else(|| request.prior_identity.clone());
        Ok(PlannedChange { identity, ..planned })
    }

    /// Refuses to plan two resources for one account and region, or for one delegation.
    fn refuse_twin(&self, planned: &mut PlannedChange, has_prior: bool, private: &[u8]) {
        // Without prior state but with private data it is the second call for a replacement.
        let is_second_call = !has_prior && !private.is_empty();
        let Some(id) = planned.state.as_ref().and_then(|planned| planned.state.id.text()) else { return };
        if !is_second_call && self.context.configured().planned.note(id, !has_prior) {
            let is_delegated = planned.state.as_ref().is_some_and(|planned| planned.inputs.is_delegated());
            let (path, what) = if is_delegated {
                ("settings.organization.account_id", "delegation")
            } else {
                ("region", "account and region")
            };
            planned.diagnostics.error_at(
                Path::of(path),
                format!("Two resources for one {what}"),
                format!(
                    "Another ssmsession_setup of this configuration is planned for {id} too, and each would change what the \
                     other one makes. Keep one of them. With for_each or count, give each instance a region or an \
                     assume_role of its own. If the address of the resource has changed, add a `moved` block."
                ),
            );
        }
    }

    async fn apply_any(&self, request: &ApplyRequest) -> Result<AppliedChange, Diagnostics> {
        let prior = SetupModel::parse_state(&request.prior)?;
        let planned = SetupModel::parse_optional(&request.planned)?;
        let applied = self.apply_kind(request, planned.as_ref(), prior.as_ref()).await;
        let at = id_of([planned.as_ref(), prior.as_ref()]);
        Ok(AppliedChange { diagnostics: gathered(applied.diagnostics, at), ..applied })
    }

    async fn apply_kind(
        &self,
        request: &ApplyRequest,
        planned: Option<&SetupModel>,
        prior: Option<&SetupModel>,
    ) -> AppliedChange {
        let (private, cancel) = (request.private.clone(), &request.cancel);
        match (planned, prior) {
            (Some(planned), prior) if planned.inputs.is_delegated() => {
                let reached = self.delegated().apply(planned, prior, private, cancel).await;
                AppliedChange { identity: request.identity.clone().or(reached.identity), ..reached }
            }
            (Some(planned), prior) => {
                let reached = self.change(planned, prior, private, cancel).await;
                AppliedChange { identity: reached.identity.or_else(|| request.identity.clone()), ..reached }
            }
            (None, Some(prior)) => {
                let reached = if prior.inputs.is_delegated() {
                    self.delegated().destroy(prior, private, cancel).await
                } else {
                    self.destroy(prior, private, cancel).await
                };
                let identity = if reached.state.is_null() { None } else { request.identity.clone() };
                AppliedChange { identity, ..reached }
            }
            (None, None) => AppliedChange { private, ..AppliedChange::default() },
        }
    }

    async fn read_any(&self, request: &ReadRequest) -> Result<ReadResponse, Diagnostics> {
        let Some(current) = SetupModel::parse_state(&request.current)? else {
            let identity = request.identity.clone();
            let private = request.private.clone();
            return Ok(ReadResponse { new_state: Value::Null, private, identity, diagnostics: Diagnostics::new() });
        };
        let private = request.private.clone();
        let at = id_of([Some(&current)]).map(str::to_owned);
        let is_delegated = current.inputs.is_delegated();
        let (state, private, diagnostics) = if is_delegated {
            let (state, diagnostics) = self.delegated().read(current, &request.cancel).await;
            (state, private, diagnostics)
        } else {
            self.refresh(current, private, &request.cancel).await
        };
        let identity = state.as_ref().and_then(SetupModel::identity);
        let stored = request.identity.clone();
        Ok(ReadResponse {
            new_state: state.map_or(Value::Null, |state| state.write()),
            private,
            identity: if is_delegated { stored.or(identity) } else { identity.or(stored) },
            diagnostics: gathered(diagnostics, at.as_deref()),
        })
    }
}

/// The id in the first of some models that has one: the account and region, or the delegation.
fn id_of<'a>(models: impl IntoIterator<Item = Option<&'a SetupModel>>) -> Option<&'a str> {
    models.into_iter().flatten().find_map(|model| model.state.id.text())
}

#[async_trait]
impl Resource for Setup {
    fn type_name(&self) -> &'static str {
        "ssmsession_setup"
    }

    fn schema(&self) -> &Schema {
        &SCHEMA
    }

    fn identity_schema(&self) -> Option<&Schema> {
        Some(&IDENTITY)
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        validate::validate(config)
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        match Box::pin(self.plan_any(&request)).await {
            Ok(PlannedChange { state, replace, private, identity, diagnostics }) => {
                let destroys = request.proposed.is_null();
                PlanResponse {
                    planned: state.map_or(Value::Null, |state| state.write()),
                    requires_replace: replace,
                    private,
                    identity: if destroys { request.prior_identity } else { identity },
                    diagnostics,
                }
            }
            Err(diagnostics) => PlanResponse {
                planned: request.proposed,
                requires_replace: Vec::new(),
                private: request.prior_private,
                identity: request.prior_identity,
                diagnostics,
            },
        }
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        match Box::pin(self.apply_any(&request)).await {
            Ok(AppliedChange { state, private, identity, diagnostics }) => {
                ApplyResponse { new_state: state, private, identity, diagnostics }
            }
            Err(diagnostics) => ApplyResponse {
                new_state: request.prior,
                private: request.private,
                identity: request.identity,
                diagnostics,
            },
        }
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        match self.read_any(&request).await {
            Ok(response) => response,
            Err(diagnostics) => ReadResponse {
                new_state: request.current,
                private: request.private,
                identity: request.identity,
                diagnostics,
            },
        }
    }

    async fn upgrade(&self, request: UpgradeRequest) -> UpgradeResponse {
        let mut response = UpgradeResponse::default();
        match upgrade::upgrade(&request.state) {
            Ok(state) => response.state = state,
            Err(error) => response.diagnostics.error(
                "The stored state cannot be read",
                format!(
                    "{error}. If the state was edited by hand, restore an earlier one, or import the setup into a new \
                     state."
                ),
            ),
        }
        response
    }

    async fn import(&self, request: ImportRequest) -> ImportResponse {
        match self.import_state(request).await {
            Ok(response) => response,
            Err(diagnostics) => ImportResponse { diagnostics, ..ImportResponse::default() },
        }
    }
}
