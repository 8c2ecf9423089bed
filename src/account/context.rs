//! The provider's configuration as resources and data sources see it, and the clients it makes for them.

use std::sync::{Arc, PoisonError, RwLock};

use terraform_plugin::framework::field::MaybeUnknown;

use crate::aws::{self, Caller, Factory, Role, Target};
use crate::reconcile::Tags;

use super::Place;
use super::blindness::Told;
use super::planned::PlannedObjects;

/// The part of the provider's configuration that resources need.
#[derive(Debug, Default)]
pub(crate) struct Configured {
    /// Makes clients; none while the provider block is unknown.
    pub(crate) factory: Option<Arc<Factory>>,
    /// Tags for every part.
    pub(crate) default_tags: MaybeUnknown<Tags>,
    /// Whether the errors of a preflight are reported as warnings.
    pub(crate) preflight_warns: bool,
    /// The objects that were planned under this configuration.
    pub(crate) planned: PlannedObjects,
    /// What was told of the connection to AWS.
    pub(crate) told: Arc<Told>,
}

/// Shared by the provider, which writes it, and its resources and data sources.
#[derive(Debug, Default)]
pub(crate) struct Context {
    configured: RwLock<Arc<Configured>>,
}

impl Context {
    /// Stores the provider's configuration. The latest one counts.
    pub(crate) fn configure(&self, configured: Configured) {
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(configured);
    }

    /// The provider's configuration. Before the host sends one, everything is unknown.
    pub(crate) fn configured(&self) -> Arc<Configured> {
        Arc::clone(&self.configured.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Configured {
    /// The default region of resources.
    pub(crate) fn region(&self) -> MaybeUnknown<Option<String>> {
        MaybeUnknown::from_known(|| Some(self.factory.as_ref()?.region().map(str::to_owned)))
    }

    /// Clients for a place, without a call of STS `GetCallerIdentity`; `None` while the provider block is unknown. Only
    /// for observations whose calls name the account that they expect.
    ///
    /// # Errors
    /// If the clients cannot be made.
    pub(crate) fn reach(&self, place: &Place, role: Option<&Role>) -> Result<Option<Target>, aws::ConnectError> {
        let Some(factory) = &self.factory else { return Ok(None) };
        let caller = Caller { account_id: place.account_id.clone(), partition: place.partition.clone() };
        factory.target_in(&place.region, role, caller).map(Some)
    }

    /// Clients for a region (`None` for the provider's), optionally through a role; `None` while the provider block is
    /// unknown.
    ///
    /// # Errors
    /// Why AWS cannot be reached.
    pub(crate) async fn connect(
        &self,
        region: Option<&str>,
        role: Option<&Role>,
    ) -> Result<Option<Arc<Target>>, aws::ConnectError> {
        let Some(factory) = &self.factory else { return Ok(None) };
        let region = region.or_else(|| factory.region()).ok_or(aws::ConnectError::NoRegion)?;
        factory.target(region, role).await.map(Some)
    }
}
