//! The way to AWS, and what is answered where there is none.

use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::aws::Target;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{ApplyRequest, ApplyResponse, PlanRequest, PlanResponse};
use crate::reconcile::Run;

use super::context::Configured;
use super::diagnose;
use super::model::{Inputs, Known, Operation};
use super::naming::Place;
use super::parts::{self, place_of};
use super::plan::account_moved;

/// Where a plan leads. A refused role on an existing setup is a warning, and the place is the state's.
pub(super) async fn connect_for_plan(
    configured: &Configured,
    inputs: &Inputs,
    prior: &Value,
) -> (Option<Arc<Target>>, Known<Place>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let stands = || match (prior.at("account_id").as_str(), prior.at("partition").as_str(), prior.at("region").as_str())
    {
        (Some(account_id), Some(partition), Some(region)) => {
            let region = inputs.region.known().and_then(Option::as_deref).unwrap_or(region);
            Known::Value(parts::place(account_id, partition, region))
        }
        _ => Known::Unknown,
    };
    match configured.connect(inputs).await {
        Ok(Some(target)) => {
            let place = place_of(&target);
            (Some(target), Known::Value(place), diagnostics)
        }
        Ok(None) => (None, stands(), diagnostics),
        Err(error) => {
            if role_of(inputs).is_some() && !prior.is_null() {
                diagnostics.warning_at(
                    Path::of("assume_role"),
                    blocked(inputs),
                    format!("{error}. What it leads to is planned from the state. {}", error.advice()),
                );
            } else {
                diagnose::unreachable(&mut diagnostics, &blocked(inputs), &error);
            }
            (None, stands(), diagnostics)
        }
    }
}

/// Where a refresh of `what` leads. A refused role, and a provider that is not configured yet, are warnings; the state
/// stays as it is.
pub(super) async fn connect_for_read(
    configured: &Configured,
    inputs: &Inputs,
    current: &Value,
    what: &str,
) -> Result<Arc<Target>, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    match configured.connect(inputs).await {
        Ok(Some(target)) => {
            let place = place_of(&target);
            let partition = current.at("partition").as_str();
            let in_place = partition.is_none_or(|partition| partition == place.partition);
            let place = Known::Value(place);
            if in_place && !account_moved(current, &place) {
                return Ok(target);
            }
            return Err(moved(current, &place));
        }
        Ok(None) => diagnostics.warning(
            format!("The {what} was not read"),
            "The provider's configuration is not known yet, so the state stays as it is.",
        ),
        Err(error) => match role_of(inputs) {
            Some(role) => diagnostics.warning(
                format!("The {what} behind {role} was not read"),
                format!("{error}. Its state stays as it is. {}", error.advice()),
            ),
            None => diagnose::unreachable(&mut diagnostics, &format!("The {what} was not read"), &error),
        },
    }
    Err(diagnostics)
}

pub(super) async fn connect_for_apply(configured: &Configured, inputs: &Inputs) -> Result<Arc<Target>, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    match configured.connect(inputs).await {
        Ok(Some(target)) => return Ok(target),
        Ok(None) => diagnostics.error(
            "The provider is not configured",
            "Region, role or the provider's configuration were not known when the change was to be made. Apply again.",
        ),
        Err(error) => diagnose::unreachable(&mut diagnostics, &blocked(inputs), &error),
    }
    Err(diagnostics)
}

/// The summary of what stands between the caller and AWS. It names the role, because hosts show only the first of the
/// warnings that have one summary.
pub(super) fn blocked(inputs: &Inputs) -> String {
    role_of(inputs).map_or_else(|| "AWS cannot be reached".to_owned(), |role| format!("{role} cannot be used"))
}

pub(super) fn role_of(inputs: &Inputs) -> Option<&str> {
    inputs.assume_role.known().and_then(Option::as_ref).map(|role| role.role_arn.as_str())
}

pub(super) fn moved(prior: &Value, place: &Known<Place>) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let now = place.known().map_or_else(String::new, |place| format!("{} ({})", place.account_id, place.partition));
    diagnostics.error(
        "The credentials are of another account",
        format!(
            "{} stands in account {}, and the provider's credentials lead to {now}. Nothing was read or changed. Use \
             credentials of that account; to set up the other account too, add a second resource.",
            prior.at("id").as_str().unwrap_or_default(),
            prior.at("account_id").as_str().unwrap_or_default(),
        ),
    );
    diagnostics
}

pub(super) fn run(inputs: &Inputs, operation: Operation, cancel: &CancellationToken) -> Run {
    Run { deadline: Instant::now() + inputs.timeouts.of(operation), cancel: cancel.clone() }
}

pub(super) fn key_of(place: &Place) -> (String, String) {
    (place.account_id.clone(), place.region.clone())
}

pub(super) fn refused(request: PlanRequest, diagnostics: Diagnostics) -> PlanResponse {
    PlanResponse {
        planned: request.proposed,
        requires_replace: Vec::new(),
        private: request.prior_private,
        identity: request.prior_identity,
        diagnostics,
    }
}

pub(super) fn unchanged(request: ApplyRequest, diagnostics: Diagnostics) -> ApplyResponse {
    ApplyResponse { new_state: request.prior, private: request.private, identity: request.identity, diagnostics }
}
