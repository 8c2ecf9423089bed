//! Refreshes a state from AWS.

use terraform_plugin::framework::diagnostics::Diagnostics;
use tokio_util::sync::CancellationToken;

use crate::account::connect::{Unread, connect_for_read};
use crate::account::{Operation, Place, Reconcilers};
use crate::setup::desired::transition::Transition;
use crate::setup::model::SetupModel;
use crate::setup::observe::Scope;
use crate::setup::plan::private::PlanPrivate;
use crate::setup::read;

use super::Setup;

impl Setup {
    /// Observes every part. If AWS cannot be reached, the state stays unchanged.
    pub(super) async fn refresh(
        &self,
        current: SetupModel,
        private: Vec<u8>,
        cancel: &CancellationToken,
    ) -> (Option<SetupModel>, Vec<u8>, Diagnostics) {
        let configured = self.context.configured();
        let recorded = current.recorded_place();
        let target = match connect_for_read(&configured, &current.inputs.destination(), &recorded, "setup").await {
            Ok(target) => target,
            Err(unread) => {
                let (state, diagnostics) = read::unread(current, unread);
                return (state, private, diagnostics);
            }
        };
        let desired = read::desired_by(&current, &Place::of(&target));
        let run = current.inputs.timeouts.fields().run(Operation::Read, cancel);
        let scope = Scope::of(&desired, &Transition::none(&current.state));
        let observation = scope.observe(&Reconcilers::new(&target), &run).await;
        if let Some(error) = observation.blindness(&target) {
            let (state, diagnostics) = read::unread(current, Unread::blind(&configured, "setup", &error));
            return (state, private, diagnostics);
        }
        let before = PlanPrivate::read(&private);
        let drawn = before.as_ref().and_then(|before| before.stamp.as_deref());
        let (state, diagnostics) = read::refreshed(&current, &desired, drawn, &observation);
        let group_is_protected = matches!(&observation.log_group, Ok(Some(group)) if group.deletion_protected);
        let private = match before {
            Some(before) if before.group_is_protected != group_is_protected => {
                PlanPrivate { group_is_protected, ..before }.write()
            }
            _ => private,
        };
        (state, private, diagnostics)
    }
}
