//! The connection to the account and region of a plan, a read or an apply, and the diagnostics if it fails.

use std::sync::Arc;

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::{Field, MaybeUnknown};
use terraform_plugin::framework::path::Path;

use crate::aws::{self, Role, Target};

use super::context::Configured;
use super::diagnose;
use super::place::Place;
use super::role::AssumeRole;

/// The account and region that a configuration leads to: a region, null for the provider's, and optionally a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    /// `region`.
    pub(crate) region: Field<String>,
    /// `assume_role`.
    pub(crate) assume_role: Field<AssumeRole>,
}

/// The place that a state records. Nothing is recorded before a create, and only a part of it after an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RecordedPlace {
    /// `id`.
    pub(crate) id: Option<String>,
    /// `account_id`.
    pub(crate) account_id: Option<String>,
    /// `partition`.
    pub(crate) partition: Option<String>,
    /// `region`.
    pub(crate) region: Option<String>,
}

impl Destination {
    /// Whether the region and the role are known.
    pub(crate) fn is_known(&self) -> bool {
        self.known().is_some()
    }

    /// The region and the role, each if it is configured; `None` while either is unknown.
    fn known(&self) -> Option<(Option<&str>, Option<Role>)> {
        let role = match self.assume_role.resolved()? {
            Some(role) => Some(role.known()?),
            None => None,
        };
        Some((self.region.resolved()?.map(String::as_str), role))
    }
}

impl RecordedPlace {
    /// Whether the caller's account is known and differs from the recorded account.
    pub(crate) fn is_left(&self, place: &MaybeUnknown<Place>) -> bool {
        match (&self.account_id, place.known()) {
            (Some(recorded), Some(place)) => *recorded != place.account_id,
            _ => false,
        }
    }

    /// The place, if all of it is recorded.
    pub(crate) fn place(&self) -> Option<Place> {
        Some(Place::new(self.account_id.as_ref()?, self.partition.as_ref()?, self.region.as_ref()?))
    }

    /// The error for credentials that lead to another account.
    pub(crate) fn moved(&self, place: &MaybeUnknown<Place>) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let now = place.known().map_or_else(String::new, |place| format!("{} ({})", place.account_id, place.partition));
        diagnostics.error(
            "The credentials belong to another account",
            format!(
                "{} is in account {}, and the provider's credentials lead to {now}. Nothing was read or changed. \
                 Use credentials of that account; to set up the other account too, add a second resource.",
                self.id.as_deref().unwrap_or_default(),
                self.account_id.as_deref().unwrap_or_default(),
            ),
        );
        diagnostics
    }
}

/// Clients for a destination; `None` while the destination or the provider block is unknown.
///
/// # Errors
/// Why AWS cannot be reached.
pub(crate) async fn connect(
    configured: &Configured,
    destination: &Destination,
) -> Result<Option<Arc<Target>>, aws::ConnectError> {
    match destination.known() {
        Some((region, role)) => configured.connect(region, role.as_ref()).await,
        None => Ok(None),
    }
}

/// Clients and the place for a plan; `recorded` is the place of the prior state. If the role of an existing resource is
/// refused, that is a warning, and the place is the recorded one.
pub(crate) async fn connect_for_plan(
    configured: &Configured,
    destination: &Destination,
    recorded: Option<&RecordedPlace>,
) -> (Option<Arc<Target>>, MaybeUnknown<Place>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let recorded_place = || {
        MaybeUnknown::from_known(|| {
            let place = recorded?.place()?;
            Some(match destination.region.text() {
                Some(region) => Place { region: region.to_owned(), ..place },
                None => place,
            })
        })
    };
    match connect(configured, destination).await {
        Ok(Some(target)) => {
            let place = Place::of(&target);
            return (Some(target), MaybeUnknown::Known(place), diagnostics);
        }
        Ok(None) => {}
        Err(error) if error.refused_role().is_some() && recorded.is_some() => {
            warn_of_refusal(&mut diagnostics, "The resource is planned from the state.", &error);
        }
        Err(error) => configured.told.tell(&mut diagnostics, "Nothing is planned.", &error),
    }
    (None, recorded_place(), diagnostics)
}

/// The diagnostics of a plan that ends something in a place that cannot be looked at. If a role is refused, that is a
/// warning.
pub(crate) fn blind_departure(configured: &Configured, error: &aws::ConnectError) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    if error.refused_role().is_some() {
        warn_of_refusal(&mut diagnostics, "The destroy is planned from the state, and not checked.", error);
    } else {
        configured.told.tell(&mut diagnostics, "The destroy is not planned.", error);
    }
    diagnostics
}

/// Warns of a refused role. The summary names the role, because hosts show only the first of several warnings with the
/// same summary.
fn warn_of_refusal(diagnostics: &mut Diagnostics, consequence: &str, error: &aws::ConnectError) {
    diagnostics.warning_at(
        Path::of("assume_role"),
        error.heading(),
        format!("{} {consequence} {}", diagnose::sentence(&error.to_string()), error.advice()),
    );
}

/// A refresh that observed nothing.
#[derive(Debug)]
pub(crate) struct Unread {
    /// Why.
    pub(crate) diagnostics: Diagnostics,
    /// The line of `drift` that keeps the next plan from being empty, where this is no error.
    pub(crate) not_observed: Option<String>,
}

impl Unread {
    fn error(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, not_observed: None }
    }

    /// The refresh of `what` in a place that cannot be looked at. If a role is refused, that is a warning, and the state
    /// stays as it is.
    pub(crate) fn blind(configured: &Configured, what: &str, error: &aws::ConnectError) -> Self {
        let mut diagnostics = Diagnostics::new();
        let Some(role) = error.refused_role() else {
            configured.told.tell(&mut diagnostics, &format!("The {what} was not read."), error);
            return Self::error(diagnostics);
        };
        diagnostics.warning(
            format!("The {what} behind {role} was not read"),
            format!("{} Its state stays as it is. {}", diagnose::sentence(&error.to_string()), error.advice()),
        );
        Self { diagnostics, not_observed: Some(format!("not observed: {role} was refused")) }
    }

    fn unconfigured(what: &str) -> Self {
        let mut diagnostics = Diagnostics::new();
        diagnostics.warning(
            format!("The {what} was not read"),
            "The provider's configuration is not known yet, so the state stays as it is.",
        );
        let not_observed = "not observed: the provider's configuration was not known".to_owned();
        Self { diagnostics, not_observed: Some(not_observed) }
    }
}

/// Clients for a refresh of `what`.
///
/// # Errors
/// Warnings for a refused role and for a provider that is not configured yet: the state stays as it is. Errors for
/// anything else.
pub(crate) async fn connect_for_read(
    configured: &Configured,
    destination: &Destination,
    recorded: &RecordedPlace,
    what: &str,
) -> Result<Arc<Target>, Unread> {
    match connect(configured, destination).await {
        Ok(Some(target)) => {
            let place = Place::of(&target);
            let in_partition = recorded.partition.as_ref().is_none_or(|partition| *partition == place.partition);
            let place = MaybeUnknown::Known(place);
            if in_partition && !recorded.is_left(&place) {
                return Ok(target);
            }
            Err(Unread::error(recorded.moved(&place)))
        }
        Ok(None) => Err(Unread::unconfigured(what)),
        Err(error) => Err(Unread::blind(configured, what, &error)),
    }
}

/// Clients for an apply; `recorded` is the place of the prior state.
///
/// # Errors
/// Why AWS cannot be reached, a destination that is still unknown, or credentials of another account.
pub(crate) async fn connect_for_apply(
    configured: &Configured,
    destination: &Destination,
    recorded: Option<&RecordedPlace>,
) -> Result<Arc<Target>, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    match connect(configured, destination).await {
        Ok(Some(target)) => {
            let place = MaybeUnknown::Known(Place::of(&target));
            return match recorded.filter(|recorded| recorded.is_left(&place)) {
                Some(recorded) => Err(recorded.moved(&place)),
                None => Ok(target),
            };
        }
        Ok(None) => diagnostics.error(
            "The provider is not configured",
            "The region, the role or the provider's configuration was not known when the change was to be made. Apply \
             again.",
        ),
        Err(error) => configured.told.tell(&mut diagnostics, "Nothing was changed.", &error),
    }
    Err(diagnostics)
}
