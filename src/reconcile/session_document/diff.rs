//! How an observed document differs from its spec. Pure.

use crate::reconcile::difference::{Difference, Differences};
use crate::reconcile::tags;

use super::{ACTIVE, DocumentSpec, ObservedDocument, content};

/// Every difference that [`super::SessionDocuments::ensure`] repairs.
pub(crate) fn diff(observed: &ObservedDocument, spec: &DocumentSpec) -> Vec<Difference> {
    let mut differences = Differences::default();
    tags::compare(&mut differences, &observed.tags, &spec.tags);
    content::compare(&mut differences, &observed.content, &spec.content);
    differences.compare("default_version", &observed.default_version, &observed.latest_version);
    differences.compare("status", &observed.status, ACTIVE);
    differences.into_vec()
}
