//! The names of the parts: set in the configuration, or derived from `org`, the spoke and the region.
//!
//! Pure.

use terraform_plugin::framework::field::{Field, MaybeUnknown};

use crate::account::Place;
use crate::setup::model::Inputs;
use crate::setup::naming::{self, System};

/// The names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DesiredNames {
    /// `<unit>-<environment name>-<environment type>-<spoke>-<region code>`.
    pub(crate) system_name: MaybeUnknown<String>,
    /// The alias of a managed key, with "alias/".
    pub(crate) alias_name: MaybeUnknown<String>,
    /// The log group, managed or existing.
    pub(crate) log_group: MaybeUnknown<String>,
    /// The bucket, managed or existing.
    pub(crate) bucket: MaybeUnknown<String>,
}

impl DesiredNames {
    /// Derives the names from `inputs` at `place`; `prior_bucket` is the bucket's name in the prior state.
    pub(super) fn derive(inputs: &Inputs, place: &MaybeUnknown<Place>, prior_bucket: Option<&str>) -> Self {
        let org = inputs.org.fields();
        let system_name = MaybeUnknown::from_known(|| {
            Some(naming::system_name(&System {
                organization_unit: org.organization_unit.text()?,
                environment_name: org.environment_name.text()?,
                environment_type: org.environment_type.text()?,
                spoke: inputs.spoke_def.text()?,
                region: &place.known()?.region,
            }))
        });
        let configured_or = |configured: &Field<String>, derived: MaybeUnknown<String>| match configured {
            Field::Null => derived,
            Field::Unknown => MaybeUnknown::Unknown,
            Field::Known(name) => MaybeUnknown::Known(name.clone()),
        };
        let alias_name = system_name.map(|system_name| naming::derived_alias_name(system_name));
        let log_group = system_name.map(|system_name| naming::log_group_name(system_name));
        let bucket = MaybeUnknown::from_known(|| derived_bucket(inputs, place, system_name.known()?, prior_bucket));
        Self {
            alias_name: configured_or(&inputs.kms().alias_name, alias_name).map(|name| naming::alias_name(name)),
            log_group: configured_or(&inputs.cloudwatch().log_group_name, log_group),
            bucket: configured_or(&inputs.bucket().name, bucket),
            system_name,
        }
    }
}

/// The derived name of the bucket. The name in the state stays as long as its sources stay.
fn derived_bucket(
    inputs: &Inputs,
    place: &MaybeUnknown<Place>,
    system_name: &str,
    prior_bucket: Option<&str>,
) -> Option<String> {
    let settings = inputs.settings();
    let suffix = *settings.random_bucket_suffix.known()? && *inputs.bucket().random_suffix.known()?;
    let unchanged = prior_bucket.filter(|name| derived_suffix(name, system_name) == Some(suffix));
    if let Some(name) = unchanged {
        return Some(name.to_owned());
    }
    let suffix = if suffix { Some(naming::bucket_suffix(place.known()?, system_name)) } else { None };
    Some(naming::bucket_name(system_name, suffix.as_deref()))
}

/// Whether a bucket's name is derived from this system name.
pub(crate) fn is_derived_bucket(name: &str, system_name: &str) -> bool {
    derived_suffix(name, system_name).is_some()
}

/// Whether a name that is derived from this system name has a suffix; `None` if it is not derived from it. A random
/// suffix of another tool counts too, so that an imported bucket keeps its name.
fn derived_suffix(name: &str, system_name: &str) -> Option<bool> {
    let rest = name.strip_prefix(&naming::bucket_name(system_name, None))?;
    if rest.is_empty() {
        return Some(false);
    }
    let suffix = rest.strip_prefix('-')?;
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (suffix.len() == 8 && suffix.chars().all(good)).then_some(true)
}
