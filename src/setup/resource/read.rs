//! A refresh: what AWS holds of a setup, as its state.

use terraform_plugin::framework::{ReadRequest, ReadResponse};
use crate::setup::connect::{connect_for_read, run};
use crate::setup::model::{Inputs, Operation};
use crate::setup::parts::{Look, Parts, place_of};
use crate::setup::private::Private;
use crate::setup::read;
use crate::setup::transition::Transition;

use super::{Setup, identity};

impl Setup {
    /// Looks at every part. Where AWS cannot be reached, the state stays as it is.
    pub(super) async fn refresh(&self, request: ReadRequest) -> ReadResponse {
        let ReadRequest { current, private, identity: prior_identity, cancel } = request;
        let configured = self.context.configured();
        let inputs = Inputs::read(&current);
        let target = match connect_for_read(&configured, &inputs, &current, "setup").await {
            Ok(target) => target,
            Err(diagnostics) => {
                return ReadResponse { new_state: current, private, identity: prior_identity, diagnostics };
            }
        };
        let place = place_of(&target);
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
}
