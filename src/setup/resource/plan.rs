//! The plan of a create, an update or a replacement.

use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{PlanRequest, PlanResponse};
use crate::setup::connect::{connect_for_plan, moved, refused};
use crate::setup::model::Inputs;
use crate::setup::plan::{self, account_moved};
use crate::setup::preflight;
use crate::setup::private::{Kind, Named, Private};
use crate::setup::state::State;

use super::{Setup, identity};

impl Setup {
    /// Plans. What AWS holds adds diagnostics alone; what is planned depends on nothing that it answers.
    pub(super) async fn plan_change(&self, request: PlanRequest) -> PlanResponse {
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
        let kind = Kind::of(&request.prior, before.is_some(), !plan.replace.is_empty());
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
}
