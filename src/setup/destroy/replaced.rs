//! The parts that the destroy half of a replacement takes away. Pure.

use crate::setup::model::SetupModel;
use crate::setup::model::state::PartKind;
use crate::setup::naming;
use crate::setup::plan::private::PlannedParts;

use super::outcome::{HeldPart, outcomes};

/// The parts that go, and the document, whatever becomes of that: what the destroy leaves is handed over to the create
/// half. Parts that it keeps are taken over like any other.
pub(crate) fn parts_of_replaced(prior: &SetupModel) -> Option<PlannedParts> {
    let SetupModel { inputs, state } = prior;
    let outcomes = outcomes(inputs, state, &HeldPart::all(state), Vec::new());
    let going = |kind| outcomes.going.iter().find(|held| held.kind == kind && !held.retired);
    let name_of = |kind| going(kind).map(|held| held.name.clone());
    let place = prior.recorded_place().place()?;
    Some(PlannedParts {
        mark: naming::mark(&place, state.system_name.text()?),
        account_id: place.account_id,
        region: place.region,
        key_alias: going(PartKind::KmsKey).and_then(|held| held.alias.clone()),
        log_group: name_of(PartKind::LogGroup),
        bucket: name_of(PartKind::Bucket),
        document: state.document.is_known(),
    })
}
