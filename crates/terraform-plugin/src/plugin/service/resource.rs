//! Calls about managed resources: validate, read, plan, apply.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use tokio_util::sync::CancellationToken;

use super::catalog::Catalog;
use super::response::{panicked, unreadable, unwritable};
use crate::framework::diagnostics::Diagnostics;
use crate::framework::types::Type;
use crate::framework::value::Value;
use crate::framework::{ApplyRequest, PlanRequest, ReadRequest, validate};
use crate::plugin::messages::tfplugin6 as wire;
use crate::plugin::{convert, dynamic_value};

pub(super) async fn validate(
    catalog: &Catalog,
    request: wire::validate_resource_config::Request,
) -> Result<wire::validate_resource_config::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let schema = resource.schema();
    let config = dynamic_value::decode(&schema.ty(), request.config.as_ref()).map_err(unreadable("configuration"))?;
    let mut diagnostics = validate::validate(&schema.block, &config);
    diagnostics.extend(resource.validate(&config).await);
    Ok(wire::validate_resource_config::Response { diagnostics: convert::diagnostics(diagnostics) })
}

pub(super) async fn read(
    catalog: &Catalog,
    request: wire::read_resource::Request,
    cancel: CancellationToken,
) -> Result<wire::read_resource::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let (ty, identity_schema) = (resource.schema().ty(), resource.identity_schema());
    let current = dynamic_value::decode(&ty, request.current_state.as_ref()).map_err(unreadable("state"))?;
    let identity =
        convert::read_identity(identity_schema, request.current_identity.as_ref()).map_err(unreadable("identity"))?;
    let response =
        resource.read(ReadRequest { current, private: request.private, identity: identity.clone(), cancel }).await;
    // Hosts forget an identity that the response leaves out.
    let identity = response.identity.or(identity);
    Ok(wire::read_resource::Response {
        new_state: Some(dynamic_value::encode(&ty, &response.new_state).map_err(unwritable("state"))?),
        diagnostics: convert::diagnostics(response.diagnostics),
        private: response.private,
        new_identity: convert::identity(identity_schema, identity.as_ref()).map_err(unwritable("identity"))?,
    })
}

pub(super) async fn plan(
    catalog: &Catalog,
    request: wire::plan_resource_change::Request,
    cancel: CancellationToken,
) -> Result<wire::plan_resource_change::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let (ty, identity_schema) = (resource.schema().ty(), resource.identity_schema());
    let response = resource
        .plan(PlanRequest {
            config: dynamic_value::decode(&ty, request.config.as_ref()).map_err(unreadable("configuration"))?,
            prior: dynamic_value::decode(&ty, request.prior_state.as_ref()).map_err(unreadable("prior state"))?,
            proposed: dynamic_value::decode(&ty, request.proposed_new_state.as_ref())
                .map_err(unreadable("proposed state"))?,
            prior_private: request.prior_private,
            prior_identity: convert::read_identity(identity_schema, request.prior_identity.as_ref())
                .map_err(unreadable("identity"))?,
            cancel,
        })
        .await;
    let requires_replace: BTreeSet<_> = response.requires_replace.into_iter().collect();
    Ok(wire::plan_resource_change::Response {
        planned_state: Some(dynamic_value::encode(&ty, &response.planned).map_err(unwritable("planned state"))?),
        requires_replace: requires_replace.iter().map(convert::attribute_path).collect(),
        planned_private: response.private,
        diagnostics: convert::diagnostics(response.diagnostics),
        planned_identity: convert::identity(identity_schema, response.identity.as_ref())
            .map_err(unwritable("planned identity"))?,
    })
}

/// Applies a change. Once the resource has begun its work, every response holds a state: a host forgets an object when
/// the response to its creation holds an error and no state.
pub(super) async fn apply(
    catalog: &Catalog,
    request: wire::apply_resource_change::Request,
    cancel: CancellationToken,
) -> Result<wire::apply_resource_change::Response, Diagnostics> {
    let resource = catalog.resource(&request.type_name)?;
    let (ty, identity_schema) = (resource.schema().ty(), resource.identity_schema());
    let read =
        |message: Option<&wire::DynamicValue>, what| dynamic_value::decode(&ty, message).map_err(unreadable(what));
    let apply = ApplyRequest {
        config: read(request.config.as_ref(), "configuration")?,
        prior: read(request.prior_state.as_ref(), "prior state")?,
        planned: read(request.planned_state.as_ref(), "planned state")?,
        private: request.planned_private.clone(),
        identity: convert::read_identity(identity_schema, request.planned_identity.as_ref())
            .map_err(unreadable("planned identity"))?,
        cancel,
    };
    let kept = Kept::of(&ty, &apply, &request);
    let response = match AssertUnwindSafe(resource.apply(apply)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => return Ok(kept.with(panicked(&*panic))),
    };
    let encoded =
        dynamic_value::encode(&ty, &response.new_state).map_err(unwritable("new state")).and_then(|new_state| {
            let identity = convert::identity(identity_schema, response.identity.as_ref());
            Ok((new_state, identity.map_err(unwritable("identity"))?))
        });
    match encoded {
        Ok((new_state, new_identity)) => Ok(wire::apply_resource_change::Response {
            new_state: Some(new_state),
            private: response.private,
            diagnostics: convert::diagnostics(response.diagnostics),
            new_identity,
        }),
        Err(bug) => {
            let mut diagnostics = response.diagnostics;
            diagnostics.extend(bug);
            Ok(kept.with(diagnostics))
        }
    }
}

/// What a host stores of an apply that panicked: the prior state, or the known part of the planned state.
struct Kept {
    state: Option<wire::DynamicValue>,
    private: Vec<u8>,
    identity: Option<wire::ResourceIdentityData>,
}

impl Kept {
    fn of(ty: &Type, apply: &ApplyRequest, request: &wire::apply_resource_change::Request) -> Self {
        let state = if apply.prior.is_null() {
            dynamic_value::encode(ty, &known(&apply.planned)).ok()
        } else {
            request.prior_state.clone()
        };
        let identity_is_known = apply.identity.as_ref().is_some_and(Value::is_wholly_known);
        Self {
            state,
            private: request.planned_private.clone(),
            identity: request.planned_identity.clone().filter(|_| identity_is_known),
        }
    }

    fn with(self, diagnostics: Diagnostics) -> wire::apply_resource_change::Response {
        wire::apply_resource_change::Response {
            new_state: self.state,
            private: self.private,
            diagnostics: convert::diagnostics(diagnostics),
            new_identity: self.identity,
        }
    }
}

/// `value` with null for everything unknown: a state holds no unknown value.
fn known(value: &Value) -> Value {
    match value {
        Value::Unknown => Value::Null,
        Value::List(elements) => Value::List(elements.iter().map(known).collect()),
        Value::Map(entries) => Value::Map(entries.iter().map(|(name, value)| (name.clone(), known(value))).collect()),
        Value::Dynamic(ty, value) => Value::Dynamic(ty.clone(), Box::new(known(value))),
        other => other.clone(),
    }
}
