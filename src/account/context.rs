//! What a setup knows of the provider it belongs to, and how it gets to an account and region.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::aws::{self, Caller, Factory, Role, Target};

use super::model::{AssumeRole, Inputs, Known};
use super::parts::{Look, Observation};
use super::state::State;
use super::wanted::Tags;

/// The provider's configuration as far as resources need it.
#[derive(Clone, Debug)]
pub struct Configured {
    /// Makes clients; none while the provider block is unknown.
    pub factory: Option<Arc<Factory>>,
    /// Tags for every part.
    pub default_tags: Known<Tags>,
    /// Whether what a preflight finds are warnings.
    pub preflight_warns: bool,
}

/// Shared by the provider, which writes it, and its resources.
#[derive(Debug, Default)]
pub struct Context {
    configured: RwLock<Option<Arc<Configured>>>,
    /// What a preflight saw, by account and region, for the apply that follows it in the same process.
    seen: Mutex<HashMap<(String, String), (Look, Observation)>>,
    /// Places where a destroy of this process put a document back or let it be: the create half of a replacement may
    /// take it.
    left: Mutex<HashSet<(String, String)>>,
    /// Registrations that a destroy of this process left for the create half that follows it, by account and member
    /// account.
    left_delegations: Mutex<HashMap<(String, String), BTreeSet<String>>>,
}

impl Context {
    /// Takes the provider's configuration. The latest counts.
    pub fn configure(&self, configured: Configured) {
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(configured));
    }

    /// The provider's configuration; before there is one, everything is unknown.
    #[must_use]
    pub fn configured(&self) -> Arc<Configured> {
        let configured = self.configured.read().unwrap_or_else(PoisonError::into_inner).clone();
        configured.unwrap_or_else(|| {
            Arc::new(Configured { factory: None, default_tags: Known::Unknown, preflight_warns: false })
        })
    }

    /// Keeps what was seen.
    pub fn remember(&self, place: (String, String), look: Look, seen: Observation) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(place, (look, seen));
    }

    /// Notes that a destroy left a document here.
    pub fn leave_document(&self, place: (String, String)) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).insert(place);
    }

    /// Whether a destroy of this process left a document here.
    #[must_use]
    pub fn document_is_left(&self, place: &(String, String)) -> bool {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).contains(place)
    }

    /// Forgets a document that a destroy left: it is taken.
    pub fn document_is_taken(&self, place: &(String, String)) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).remove(place);
    }

    /// Notes that a destroy left registrations of its own to the create half that follows it.
    pub fn leave_delegations(&self, account_id: &str, member: &str, principals: BTreeSet<String>) {
        let place = (account_id.to_owned(), member.to_owned());
        self.left_delegations.lock().unwrap_or_else(PoisonError::into_inner).insert(place, principals);
    }

    /// The registrations that a destroy of this process left, once.
    #[must_use]
    pub fn take_delegations(&self, account_id: &str, member: &str) -> BTreeSet<String> {
        let place = (account_id.to_owned(), member.to_owned());
        self.left_delegations.lock().unwrap_or_else(PoisonError::into_inner).remove(&place).unwrap_or_default()
    }

    /// What was seen by the same look, once.
    #[must_use]
    pub fn recall(&self, place: &(String, String), look: &Look) -> Option<Observation> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.remove(place).filter(|(looked, _)| looked == look).map(|(_, seen)| seen)
    }
}

impl Configured {
    /// The region of resources that name none.
    #[must_use]
    pub fn region(&self) -> Known<Option<String>> {
        match &self.factory {
            None => Known::Unknown,
            Some(factory) => Known::Value(factory.region().map(str::to_owned)),
        }
    }

    /// The way to where a state stands, without asking who is calling; `None` while that is not known. For looks that
    /// name the account they expect.
    ///
    /// # Errors
    /// Where there is no region.
    pub fn reach(&self, inputs: &Inputs, state: &State) -> Result<Option<Target>, aws::Error> {
        let (Some(factory), Known::Value((region, role))) = (&self.factory, inputs.region.zip(&inputs.assume_role))
        else {
            return Ok(None);
        };
        let (Some(account_id), Some(partition)) = (state.account_id.clone(), state.partition.clone()) else {
            return Ok(None);
        };
        let region = region.ok_or(aws::Error::NoRegion)?;
        let caller = Caller { account_id, partition };
        factory.target_in(&region, role.map(role_of).as_ref(), caller).map(Some)
    }

    /// The way to where these inputs lead; `None` while that is not known.
    ///
    /// # Errors
    /// What stands between the caller and AWS.
    pub async fn connect(&self, inputs: &Inputs) -> Result<Option<Arc<Target>>, aws::Error> {
        let Known::Value((region, role)) = inputs.region.zip(&inputs.assume_role) else { return Ok(None) };
        self.connect_to(region.as_deref(), role).await
    }

    /// The way to a region, none for the provider's, perhaps through a role; `None` while the provider block is not
    /// known.
    ///
    /// # Errors
    /// What stands between the caller and AWS.
    pub async fn connect_to(
        &self,
        region: Option<&str>,
        role: Option<AssumeRole>,
    ) -> Result<Option<Arc<Target>>, aws::Error> {
        let Some(factory) = &self.factory else { return Ok(None) };
        let region = region.or_else(|| factory.region()).ok_or(aws::Error::NoRegion)?;
        factory.target(region, role.map(role_of).as_ref()).await.map(Some)
    }
}

fn role_of(role: AssumeRole) -> Role {
    let AssumeRole { role_arn, external_id, session_name } = role;
    Role { role_arn, external_id, session_name }
}
