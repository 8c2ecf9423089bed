//! The parts that the destroy half of a replacement removes. Pure.

use crate::setup::model::SetupModel;
use crate::setup::model::state::PartKind;
use crate::setup::naming;
use crate::setup::plan::private::PlannedParts;

use super::outcome::{ManagedPart, outcomes};

/// The parts that the destroy removes, and the document in any case: a document that the destroy leaves is handed over
/// to the create half. The create half takes over parts that the destroy keeps like any others.
pub(crate) fn parts_of_replaced(prior: &SetupModel) -> Option<PlannedParts> {
    let SetupModel { inputs, state } = prior;
    let outcomes = outcomes(inputs, state, &ManagedPart::all(state), Vec::new());
    let going = |kind| outcomes.going.iter().find(|part| part.kind == kind && !part.retired);
    let name_of = |kind| going(kind).map(|part| part.name.clone());
    let place = prior.recorded_place().place()?;
    Some(PlannedParts {
        mark: naming::mark(&place, state.system_name.text()?),
        account_id: place.account_id,
        region: place.region,
        key_alias: going(PartKind::KmsKey).and_then(|part| part.alias.clone()),
        log_group: name_of(PartKind::LogGroup),
        bucket: name_of(PartKind::Bucket),
        document: state.document.is_known(),
    })
}
