//! Plans a create, an update or a replacement.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::MaybeUnknown;
use terraform_plugin::framework::value::Value;
use tokio_util::sync::CancellationToken;

use crate::account::connect::connect_for_plan;
use crate::setup::destroy::parts_of_replaced;
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::plan::preflight;
use crate::setup::plan::private::{PlanKind, PlanPrivate, PlannedParts};
use crate::setup::plan::{self, PlannedChange};

use super::Setup;
use super::preflight::PlanSources;

impl Setup {
    /// Plans a change. Observations of AWS only add diagnostics; planned values do not depend on them.
    ///
    /// # Errors
    /// Why no plan can be made at all.
    pub(super) async fn plan_change(
        &self,
        config: &Value,
        written: &Inputs,
        prior: Option<&SetupModel>,
        prior_private: &[u8],
        cancel: &CancellationToken,
    ) -> Result<PlannedChange, Diagnostics> {
        let configured = self.context.configured();
        let inputs = plan::inputs(config, prior, &configured.region())?;
        let recorded = prior.map(SetupModel::recorded_place);
        let (target, place, diagnostics) =
            connect_for_plan(&configured, &inputs.destination(), recorded.as_ref()).await;
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        // A region or role that is not known yet may lead anywhere.
        let is_undecided = prior.is_some() && !inputs.destination().is_known();
        let place = if is_undecided { MaybeUnknown::Unknown } else { place };
        if let Some(prior) = prior {
            prior.check_account(&inputs, &place)?;
        }
        let mut plan = plan::plan(inputs, prior, &place, &configured.default_tags);
        let before = PlanPrivate::read(prior_private);
        let kind = PlanKind::of(prior.is_some(), before.is_some(), !plan.replace.is_empty());
        if prior.is_none() && kind == PlanKind::Replace {
            // The first plan of the replacement has said them.
            plan.diagnostics = plan.diagnostics.without_warnings();
        }
        plan.diagnostics.extend(diagnostics);
        let previous_tags = before.as_ref().and_then(|before| before.previous_tags.clone());
        match prior.filter(|_| !plan.replace.is_empty()) {
            Some(prior) => plan.diagnostics.extend(self.leave(&configured, prior, before.as_ref(), cancel).await),
            None => {
                if let Some(target) = target.filter(|_| !plan.diagnostics.has_errors()) {
                    let sources = PlanSources { configured: &configured, written, prior, before: before.as_ref() };
                    let (found, effects) = self.preflight(&sources, &target, &plan, cancel).await;
                    let found = if configured.preflight_warns { preflight::as_warnings(found) } else { found };
                    plan.diagnostics.extend(found);
                    plan.diagnostics.extend(effects);
                }
            }
        }
        let parts = match prior {
            None => PlannedParts::of(&plan.desired),
            // These parts are removed if the plan after this one turns out to be the second half of a replacement.
            Some(prior) => parts_of_replaced(prior),
        };
        let stamp = before.and_then(|before| before.stamp);
        let private = PlanPrivate { kind, parts, previous_tags, group_is_protected: false, stamp }.write();
        let plan::Plan { planned: state, replace, diagnostics, .. } = plan;
        Ok(PlannedChange { identity: state.identity(), state: Some(state), replace, private, diagnostics })
    }
}
