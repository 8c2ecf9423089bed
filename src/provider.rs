//! The provider `ssmsession`: its block in configuration, and what it offers.

mod config;
mod functions;

use std::sync::Arc;

use async_trait::async_trait;

use crate::account::{Configured, Context};
use crate::aws::{self, Factory};
use crate::preferences::PreferencesSource;
use crate::setup::Setup;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::field::MaybeUnknown;
use terraform_plugin::framework::schema::Schema;
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{ConfigureRequest, DataSource, Function, Provider, Resource};

/// The provider of this program.
#[must_use]
pub fn provider() -> Arc<dyn Provider> {
    Arc::new(Ssmsession::default())
}

#[derive(Debug, Default)]
struct Ssmsession {
    context: Arc<Context>,
}

#[async_trait]
impl Provider for Ssmsession {
    fn type_name(&self) -> &'static str {
        "ssmsession"
    }

    fn source(&self) -> &'static str {
        "cloudopsworks/ssmsession"
    }

    fn schema(&self) -> Schema {
        config::schema()
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::new(Setup::new(Arc::clone(&self.context)))]
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        functions::all()
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        vec![Arc::new(PreferencesSource::new(Arc::clone(&self.context)))]
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        config::validate(config)
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        let default_tags = config::default_tags(&request.config);
        let preflight_warns = request.config.at("preflight").as_str() == Some("warn");
        let factory = match config::aws(&request.config) {
            MaybeUnknown::Unknown => None,
            MaybeUnknown::Known(config) => match Factory::new(config).await {
                Ok(factory) => Some(Arc::new(factory)),
                Err(error) => {
                    report(&mut diagnostics, &error);
                    None
                }
            },
        };
        self.context.configure(Configured { factory, default_tags, preflight_warns, ..Configured::default() });
        diagnostics
    }
}

fn report(diagnostics: &mut Diagnostics, error: &aws::ConnectError) {
    diagnostics.error("The provider cannot be configured", format!("{error}. {}", error.advice()));
}
