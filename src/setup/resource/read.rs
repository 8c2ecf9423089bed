//! A refresh: what AWS holds of a setup, as its state.

use crate::framework::diagnostics::Diagnostics;
use crate::framework::{ReadRequest, ReadResponse};
use crate::setup::connect::{key_of, moved, role_of, run};
use crate::setup::model::{Inputs, Known, Operation};
use crate::setup::parts::{Look, Parts, place_of};
use crate::setup::plan::account_moved;
use crate::setup::private::Private;
use crate::setup::transition::Transition;
use crate::setup::{diagnose, read};

use super::{Setup, identity};

impl Setup {
    /// Looks at every part. Where AWS cannot be reached, the state stays as it is.
    pub(super) async fn refresh(&self, request: ReadRequest) -> ReadResponse {
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
        self.context.note_read(key_of(&place));
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
