//! The planned state, from the configuration, the prior state, the provider configuration and the caller's place.
//!
//! Pure. Hosts plan again before they apply and refuse any value that changed, so nothing here may depend on a clock,
//! on randomness or on AWS. Everything that can be known is known; what AWS or the apply decides is unknown.
//! Follows the plan checks of Terraform's core (`objchange.AssertPlanValid`).

mod changes;
pub(crate) mod losses;
pub(crate) mod needs;
mod parts;
pub(crate) mod preflight;
pub(crate) mod private;
mod warnings;

use terraform_plugin::framework::defaults::{keep_spelling, with_defaults};
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::{Field, MaybeUnknown};
use terraform_plugin::framework::model::{Fields as _, Model};
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::value::Value;

use crate::account::Place;
use crate::reconcile::Tags;
use crate::setup::access;
use crate::setup::desired::transition::Transition;
use crate::setup::desired::{Desired, DesiredBucket, DesiredKey};
use crate::setup::model::inputs::{BucketSettings, CloudwatchSettings, KmsSettings, SessionSettings};
use crate::setup::model::state::{Retired, State};
use crate::setup::model::{Inputs, SetupModel};
use crate::setup::naming;
use crate::setup::schema::SCHEMA;

/// A planned state and its sources.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The inputs before names are derived.
    pub(crate) inputs: Inputs,
    /// The planned state.
    pub(crate) planned: SetupModel,
    /// The attributes whose change requires a replacement.
    pub(crate) replace: Vec<Path>,
    /// The desired state of each part.
    pub(crate) desired: Desired,
    /// What becomes of the parts of the prior state.
    pub(crate) transition: Transition,
    /// Errors and warnings.
    pub(crate) diagnostics: Diagnostics,
}

/// The result of a plan in the form that the host gets; without a state for a destroy.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlannedChange {
    /// The planned state.
    pub(crate) state: Option<SetupModel>,
    /// The attributes whose change requires a replacement.
    pub(crate) replace: Vec<Path>,
    /// Private data for the apply.
    pub(crate) private: Vec<u8>,
    /// The planned identity; `None` while it is unknown.
    pub(crate) identity: Option<Value>,
    /// Errors and warnings.
    pub(crate) diagnostics: Diagnostics,
}

/// The planned inputs, without derived names: the default if the configuration is null, and the prior spelling if it
/// means the same.
///
/// # Errors
/// If a value does not fit the resource.
pub(crate) fn inputs(
    config: &Value,
    prior: Option<&SetupModel>,
    provider_region: &MaybeUnknown<Option<String>>,
) -> Result<Inputs, Diagnostics> {
    let attributes = &SCHEMA.block.attributes;
    let prior = prior.map_or(Value::Null, |prior| prior.inputs.write());
    let planned = keep_spelling(attributes, &with_defaults(attributes, config), &prior);
    let mut inputs = SetupModel::parse(&planned)?.inputs;
    inputs.region = inputs.region.or(|| Field::from(provider_region.clone()));
    Ok(inputs)
}

/// Plans a create or, with a prior state, an update.
pub(crate) fn plan(
    inputs: Inputs,
    prior: Option<&SetupModel>,
    place: &MaybeUnknown<Place>,
    default_tags: &MaybeUnknown<Tags>,
) -> Plan {
    let replace = changes::replacement(&inputs, prior, place);
    // A replacement is planned as its second half, a create.
    let prior = prior.filter(|_| replace.is_empty());
    let nothing = SetupModel::default();
    let before = prior.unwrap_or(&nothing);
    let desired = Desired::derive(&inputs, place, default_tags, before);
    let transition = Transition::between(&before.state, &desired, &inputs);
    let mut planned = SetupModel { inputs: derived(&inputs, &desired, before), state: State::default() };
    if prior.is_some() && place.is_unknown() {
        // In another place it will be another setup, and hosts refuse every known value that differs then.
        planned.state = State::unknown();
    } else {
        planned.state = planned_state(&planned.inputs, before, prior.is_some(), &transition, &desired);
        access::write(&mut planned.state, &before.state, &planned.inputs, &desired);
    }
    let diagnostics = changes::check(&inputs, &planned, prior, &transition, &desired);
    Plan { inputs, planned, replace, desired, transition, diagnostics }
}

/// The inputs with derived defaults filled in. Each depends on one setting only, whatever else in its group is unknown.
fn derived(inputs: &Inputs, desired: &Desired, prior: &SetupModel) -> Inputs {
    let mut inputs = inputs.clone();
    let names = &desired.names;
    let Some(settings) = inputs.settings.known_mut() else { return inputs };
    if let Some(KmsSettings { alias_name, .. }) = settings.kms.known_mut() {
        *alias_name = alias_name.or(|| {
            let derived = Field::from(names.system_name.map(|name| naming::derived_alias_name(name)));
            let prior_name = &prior.inputs.kms().alias_name;
            // An alias may be spelled without "alias/", and a state keeps its spelling.
            if derived.is_known() && prior_name.map(|name| naming::alias_name(name)) == derived {
                return prior_name.clone();
            }
            derived.map(|name| name.trim_start_matches("alias/").to_owned())
        });
    }
    if let Some(CloudwatchSettings { log_group_name, .. }) = settings.cloudwatch.known_mut() {
        *log_group_name = log_group_name.or(|| names.system_name.map(|name| naming::log_group_name(name)).into());
    }
    if let Some(SessionSettings { run_as, run_as_enabled, .. }) = settings.session.known_mut() {
        *run_as_enabled = run_as_enabled.or(|| run_as.map(|user| !user.is_empty()).or(|| false.into()));
    }
    if let Some(BucketSettings { name, versioning, object_lock, .. }) = settings.bucket.known_mut() {
        *name = name.or(|| names.bucket.clone().into());
        *versioning = versioning.or(|| object_lock.map(|_| true).or(|| false.into()));
    }
    inputs
}

/// The computed attributes, except for those of [`access`].
fn planned_state(
    inputs: &Inputs,
    prior: &SetupModel,
    updates: bool,
    transition: &Transition,
    desired: &Desired,
) -> State {
    let place = &desired.place;
    let kms_key = parts::kms_key(desired, &prior.state, transition);
    // Null without a customer key.
    let key_arn = kms_key.fields().arn.clone();
    State {
        id: place.map(|place| format!("{}/{}", place.account_id, place.region)).into(),
        account_id: place.map(|place| place.account_id.clone()).into(),
        partition: place.map(|place| place.partition.clone()).into(),
        system_name: desired.names.system_name.clone().into(),
        tags_all: desired.tags.clone().into(),
        bucket: parts::bucket(inputs, desired, prior, transition, &key_arn),
        log_group: parts::log_group(desired, &prior.state, transition, &key_arn),
        document: parts::document(inputs, desired, &transition.remaining, &key_arn),
        previous_document: previous_document(desired, &prior.state),
        retired: retired(desired, updates, transition),
        stamp: stamp(desired, transition),
        drift: Vec::new().into(),
        kms_key,
        ..State::default()
    }
}

/// The retired parts. Unknown while a log group is to be deleted: one that cannot be deleted is retired instead.
fn retired(desired: &Desired, updates: bool, transition: &Transition) -> Field<Vec<Retired>> {
    let undecided = desired.key.is_unknown() || desired.bucket.is_unknown() || desired.log_group.is_unknown();
    if undecided && updates || transition.deleting.is_some() { Field::Unknown } else { transition.retired().into() }
}

/// The stamp; null if the setup owns no part that could carry it.
fn stamp(desired: &Desired, transition: &Transition) -> Field<String> {
    let owned = [
        desired.key.map(|key| matches!(key, DesiredKey::Managed(_))),
        desired.bucket.map(|bucket| matches!(bucket, DesiredBucket::Managed(_))),
        desired.log_group.map(|group| group.as_ref().is_some_and(|group| group.managed)),
        desired.document,
    ];
    let owns_none = owned.iter().all(|owned| owned.is(&false));
    if owns_none && transition.retired().is_empty() && transition.deleting.is_none() {
        Field::Null
    } else {
        transition.remaining.stamp.or(|| Field::Unknown)
    }
}

/// The content of the document before it was adopted. A create may adopt a document, whose content the plan does not
/// know.
fn previous_document(desired: &Desired, prior: &State) -> Field<String> {
    if desired.document.is(&false) {
        Field::Null
    } else if prior.document.is_known() {
        prior.previous_document.clone()
    } else {
        Field::Unknown
    }
}

#[cfg(test)]
mod tests;
