//! Lifecycle rules of others in the bucket, which stay as they are. Pure.

use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;

use crate::account::diagnose::listed;
use crate::reconcile::bucket::ObservedBucket;
use crate::setup::desired::ManagedBucket;
use crate::setup::model::Inputs;

/// Warns of rules that move or expire logs before the managed one does.
pub(crate) fn warn_of_earlier_rules(
    observed: &ObservedBucket,
    managed: &ManagedBucket,
    inputs: &Inputs,
    diagnostics: &mut Diagnostics,
) {
    let (Some(ours), Some(keys)) = (managed.lifecycle.known(), inputs.bucket().key_prefix.text()) else { return };
    let earlier = observed.other_rules.iter().filter_map(|rule| {
        let actions = rule.earlier_than(ours, keys);
        (!actions.is_empty()).then(|| format!("{}: {}", rule.id(), actions.join(", ")))
    });
    let earlier: Vec<_> = earlier.collect();
    if !earlier.is_empty() {
        diagnostics.warning_at(
            Path::of("settings.audit"),
            "Lifecycle rules of others act on the logs first",
            format!(
                "{} has rules that this setup does not manage and that do something to objects below {keys:?} earlier \
                 than settings.audit says. Change or remove them if the logs are to stay:\n{}",
                managed.name,
                listed(&earlier)
            ),
        );
    }
}
