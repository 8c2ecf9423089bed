//! The resource `ssmsession_setup`: every request, and the files that answer it.

mod apply;
mod destroy;
mod import;
mod plan;
mod preflight;
mod read;

use std::sync::Arc;

use async_trait::async_trait;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::schema::Schema;
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{
    ApplyRequest, ApplyResponse, ImportRequest, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    Resource, UpgradeRequest, UpgradeResponse,
};

use super::context::Context;
use super::delegated;
use super::schema::{IDENTITY, SCHEMA};
use super::upgrade::upgrade;
use super::validate;

/// The resource.
#[derive(Debug)]
pub struct Setup {
    context: Arc<Context>,
}

impl Setup {
    /// The resource of the provider whose configuration is in `context`.
    #[must_use]
    pub fn new(context: Arc<Context>) -> Self {
        Self { context }
    }
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
        if delegated::concerns(&request) {
            return delegated::plan(&self.context, request).await;
        }
        if request.proposed.is_null() {
            return self.plan_destroy(request).await;
        }
        self.plan_change(request).await
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        if delegated::is_on(if request.planned.is_null() { &request.prior } else { &request.planned }) {
            return delegated::apply(&self.context, request).await;
        }
        if request.planned.is_null() {
            return self.destroy(request).await;
        }
        self.change(request).await
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        if delegated::is_on(&request.current) {
            return delegated::read(&self.context, request).await;
        }
        self.refresh(request).await
    }

    async fn upgrade(&self, request: UpgradeRequest) -> UpgradeResponse {
        let mut response = UpgradeResponse::default();
        match upgrade(&request.state) {
            Ok(state) => response.state = state,
            Err(error) => response.diagnostics.error(
                "The stored state cannot be read",
                format!("{error}. Was it changed by hand? Restore a former state, or import the setup into a new one."),
            ),
        }
        response
    }

    async fn import(&self, request: ImportRequest) -> ImportResponse {
        match self.import_state(request).await {
            Ok(state) => {
                let identity = delegated::identity(&state).or_else(|| identity(&state));
                ImportResponse { state: Some(state), identity, ..ImportResponse::default() }
            }
            Err(diagnostics) => ImportResponse { diagnostics, ..ImportResponse::default() },
        }
    }
}

/// The identity of a state; `None` while it is not known.
fn identity(state: &Value) -> Option<Value> {
    let (account_id, region) = (state.at("account_id").as_str()?, state.at("region").as_str()?);
    Some(Value::map([
        ("account_id", Value::from(account_id)),
        ("region", Value::from(region)),
        ("delegated_account_id", Value::Null),
    ]))
}
