//! The resource `ssmsession_setup`: every request, and the files that answer it.

mod end;
mod look;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::time::Instant;
use uuid::Uuid;

use crate::framework::diagnostics::Diagnostics;
use crate::framework::schema::Schema;
use crate::framework::value::Value;
use crate::framework::{
    ApplyRequest, ApplyResponse, ImportRequest, ImportResponse, PlanRequest, PlanResponse, ReadRequest, ReadResponse,
    Resource, UpgradeRequest, UpgradeResponse,
};
use crate::reconcile::Run;

use super::access;
use super::apply::{Applied, Apply, filled};
use super::context::Context;
use super::delegated;
use super::diagnose;
use super::import::{self, FORMS, Id};
use super::model::{Inputs, Known, Operation, Timeouts};
use super::parts::{Look, Parts, place_of};
use super::plan::{self, account_moved};
use super::preflight;
use super::private::{Kind, Named, Private};
use super::read;
use super::schema::{IDENTITY, SCHEMA};
use super::state::State;
use super::transition::Transition;
use super::upgrade::upgrade;
use super::validate;
use super::wanted::{Tags, Wanted};
use super::way::{connect_for_apply, connect_for_plan, key_of, moved, refused, role_of, run, unchanged};

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
        let configured = self.context.configured();
        let planned = plan::inputs(&request.config, &request.prior, &configured.region());
        let inputs = Inputs::read(&planned);
        let (target, place, diagnostics) = connect_for_plan(&configured, &inputs, &request.prior).await;
        if diagnostics.has_errors() {
            return refused(request, diagnostics);
        }
        if account_moved(&request.prior, &place) && planned.at("assume_role") == request.prior.at("assume_role") {
            let diagnostics = moved(&request.prior, &place);
            return refused(request, diagnostics);
        }
        let mut plan = plan::plan(planned, &request.prior, &place, &configured.default_tags);
        plan.diagnostics.extend(diagnostics);
        let before = Private::read(&request.prior_private);
        let kind = match (&request.prior, &before) {
            (Value::Null, None) => Kind::Create,
            (Value::Null, Some(_)) => Kind::Replace,
            _ if plan.replace.is_empty() => Kind::Update,
            _ => Kind::Replace,
        };
        let previous_tags = before.as_ref().and_then(|before| before.previous_tags.clone());
        let leaving = before.and_then(|before| before.parts).filter(|_| request.prior.is_null());
        if !plan.replace.is_empty() {
            plan.diagnostics.extend(self.leave(&configured, &request, previous_tags.as_ref()).await);
        } else if let Some(target) = target.filter(|_| !plan.diagnostics.has_errors()) {
            let found = self.preflight(&target, &inputs, &plan, leaving, &request.cancel).await;
            plan.diagnostics.extend(if configured.preflight_warns { preflight::as_warnings(found) } else { found });
        }
        let parts = match &request.prior {
            Value::Null => Named::of(&plan.wanted),
            // Should this become a replacement, which only the plan after this one tells, then this is what goes.
            prior => Named::leaving(&Inputs::read(prior), &State::read(prior)),
        };
        let private = Private { kind, parts, previous_tags, group_is_protected: false }.write();
        let identity = identity(&plan.planned).or(request.prior_identity);
        PlanResponse {
            planned: plan.planned,
            requires_replace: plan.replace,
            private,
            identity,
            diagnostics: plan.diagnostics,
        }
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        if delegated::is_on(if request.planned.is_null() { &request.prior } else { &request.planned }) {
            return delegated::apply(&self.context, request).await;
        }
        if request.planned.is_null() {
            return self.destroy(request).await;
        }
        let configured = self.context.configured();
        let inputs = Inputs::read(&request.planned);
        let target = match connect_for_apply(&configured, &inputs).await {
            Ok(target) => target,
            Err(diagnostics) => return unchanged(request, diagnostics),
        };
        let place = place_of(&target);
        if account_moved(&request.prior, &Known::Value(place.clone())) {
            let diagnostics = moved(&request.prior, &Known::Value(place));
            return unchanged(request, diagnostics);
        }
        let prior = State::read(&request.prior);
        let wanted = Wanted::derive(&inputs, &Known::Value(place), &configured.default_tags, &prior);
        let transition = Transition::between(&prior, &wanted, &inputs);
        let prior_inputs = (!request.prior.is_null()).then(|| Inputs::read(&request.prior));
        let operation = if request.prior.is_null() { Operation::Create } else { Operation::Update };
        let run = run(&inputs, operation, &request.cancel);
        let parts = Parts::new(&target);
        let look = Look::for_wanted(&wanted, &transition);
        let seen = match self.context.recall(&key_of(&parts.place), &look) {
            Some(seen) => seen,
            None => parts.observe(&look, &run).await,
        };
        let prior_tags = Private::read(&request.private).and_then(|private| private.previous_tags);
        let stamp = prior.stamp.clone().unwrap_or_else(|| Uuid::new_v4().simple().to_string());
        let apply = Apply {
            parts: &parts,
            inputs: &inputs,
            prior_inputs: prior_inputs.as_ref(),
            wanted: &wanted,
            prior: &prior,
            transition: &transition,
            document_is_left: self.context.document_is_left(&key_of(&parts.place)),
            prior_tags: prior_tags.as_ref(),
            stamp,
            run: &run,
        };
        let Applied { state: reached, previous_tags, mut diagnostics } = Box::pin(apply.apply(seen)).await;
        if reached.document.is_some() {
            self.context.document_is_taken(&key_of(&parts.place));
        }
        let new_state = if !diagnostics.has_errors() {
            let mut actual = request.planned.clone();
            reached.write(&mut actual);
            access::write(&mut actual, &request.planned, &inputs, &wanted);
            filled(&request.planned, &actual)
        } else if request.prior.is_null() && reached.made_nothing() {
            Value::Null
        } else {
            if request.prior.is_null() {
                diagnostics.warning(
                    "Apply again to go on",
                    "What was made so far is in the state, marked tainted. The next apply takes it over and goes on; \
                     nothing is destroyed. With lifecycle.prevent_destroy, run `terraform untaint <address>` first.",
                );
            }
            let mut state = if request.prior.is_null() { request.planned.clone() } else { request.prior.clone() };
            reached.write(&mut state);
            filled(&state, &Value::Null)
        };
        let identity = identity(&new_state).or(request.identity);
        let private = match (Private::read(&request.private), previous_tags) {
            (Some(private), Some(tags)) => Private { previous_tags: Some(tags), ..private }.write(),
            _ => request.private,
        };
        ApplyResponse { new_state, private, identity, diagnostics }
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        if delegated::is_on(&request.current) {
            return delegated::read(&self.context, request).await;
        }
        let ReadRequest { current, private, identity: prior_identity, cancel } = request;
        let keep = |diagnostics, identity| ReadResponse {
            new_state: current.clone(),
            private: private.clone(),
            identity,
            diagnostics,
        };
        let configured = self.context.configured();
        let inputs = Inputs::read(&current);
        let mut diagnostics = Diagnostics::new();
        let target = match configured.connect(&inputs).await {
            Ok(Some(target)) => target,
            Ok(None) => {
                diagnostics.warning(
                    "The setup was not read",
                    "The provider's configuration is not known yet, so the state stays as it is.",
                );
                return keep(diagnostics, prior_identity);
            }
            Err(error) => {
                match role_of(&inputs) {
                    Some(role) => diagnostics.warning(
                        format!("The setup behind {role} was not read"),
                        format!("{error}. Its state stays as it is. {}", error.advice()),
                    ),
                    None => diagnose::unreachable(&mut diagnostics, "The setup was not read", &error),
                }
                return keep(diagnostics, prior_identity);
            }
        };
        let place = place_of(&target);
        if account_moved(&current, &Known::Value(place.clone()))
            || current.at("partition").as_str().is_some_and(|partition| partition != place.partition)
        {
            let diagnostics = moved(&current, &Known::Value(place));
            return keep(diagnostics, prior_identity);
        }
        let (inputs, wanted, state) = read::wanted_by(&current, &place);
        let run = run(&inputs, Operation::Read, &cancel);
        let seen = Parts::new(&target).observe(&Look::for_wanted(&wanted, &Transition::none(&state)), &run).await;
        let (new_state, diagnostics) = read::refreshed(&current, &inputs, &wanted, &state, &seen);
        let group_is_protected = matches!(&seen.log_group, Ok(Some(group)) if group.deletion_protected);
        let private = match Private::read(&private) {
            Some(before) if before.group_is_protected != group_is_protected => {
                Private { group_is_protected, ..before }.write()
            }
            _ => private,
        };
        let identity = identity(&new_state).or(prior_identity);
        ReadResponse { new_state, private, identity, diagnostics }
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

impl Setup {
    async fn import_state(&self, request: ImportRequest) -> Result<Value, Diagnostics> {
        let mut diagnostics = Diagnostics::new();
        let refuse = |summary: &str, detail: String| {
            let mut diagnostics = Diagnostics::new();
            diagnostics.error(summary, detail);
            diagnostics
        };
        let id = match &request.identity {
            Some(identity) if request.id.is_empty() => Id::of_identity(identity),
            _ => Id::parse(&request.id).map_err(|problem| {
                refuse("The import id is not valid", format!("{}. Accepted: {FORMS}.", diagnose::sentence(&problem)))
            })?,
        };
        let configured = self.context.configured();
        let target = match configured.connect_to(id.region.as_deref(), id.assume_role.clone()).await {
            Ok(Some(target)) => target,
            Ok(None) => {
                return Err(refuse(
                    "The provider is not configured",
                    "An import needs the provider's configuration. Apply first what it depends on.".into(),
                ));
            }
            Err(error) => {
                diagnose::unreachable(&mut diagnostics, "AWS cannot be reached", &error);
                return Err(diagnostics);
            }
        };
        let parts = Parts::new(&target);
        if let Some(account_id) = id.account_id.as_ref().filter(|account_id| **account_id != parts.place.account_id) {
            return Err(refuse(
                "The credentials are of another account",
                format!(
                    "The import is for account {account_id}, and the credentials lead to {}. Add the ARN of a role in \
                     that account to the id, or use other credentials.",
                    parts.place.account_id
                ),
            ));
        }
        let none = Tags::new();
        let default_tags = configured.default_tags.known().unwrap_or(&none);
        let run = Run { deadline: Instant::now() + Timeouts::default().of(Operation::Read), cancel: request.cancel };
        if let Some(member) = &id.delegated_account_id {
            return delegated::import(&target, member, id.assume_role.as_ref(), run).await;
        }
        import::import(&parts, &id, default_tags, &run).await
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
