//! The provider.

use std::sync::Arc;

use async_trait::async_trait;

use crate::framework::diagnostics::Diagnostics;
use crate::framework::schema::Schema;
use crate::framework::{ConfigureRequest, Provider, Resource};

/// The provider of this program.
#[must_use]
pub fn provider() -> Arc<dyn Provider> {
    Arc::new(Ssmsession)
}

struct Ssmsession;

#[async_trait]
impl Provider for Ssmsession {
    fn type_name(&self) -> &str {
        "ssmsession"
    }

    fn source(&self) -> &str {
        "cloudopsworks/ssmsession"
    }

    fn schema(&self) -> Schema {
        Schema::default()
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        Vec::new()
    }

    async fn configure(&self, _: ConfigureRequest) -> Diagnostics {
        Diagnostics::new()
    }
}
