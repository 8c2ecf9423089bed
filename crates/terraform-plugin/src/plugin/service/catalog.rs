//! The catalog: the provider's types by name, their schemas, and the server's capabilities.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::framework::diagnostics::Diagnostics;
use crate::framework::{DataSource, Function, Provider, Resource};
use crate::plugin::convert::schema;
use crate::plugin::messages::tfplugin6 as wire;

/// A provider with its resources, data sources and functions by name.
pub(super) struct Catalog {
    pub(super) provider: Arc<dyn Provider>,
    resources: BTreeMap<String, Arc<dyn Resource>>,
    data_sources: BTreeMap<String, Arc<dyn DataSource>>,
    functions: BTreeMap<String, Arc<dyn Function>>,
}

/// Hosts plan a destroy, skip the schema when they know it, ask for a move of state (and get a diagnostic), and ask for
/// configuration that they generate.
const CAPABILITIES: wire::ServerCapabilities = wire::ServerCapabilities {
    plan_destroy: true,
    get_provider_schema_optional: true,
    move_resource_state: true,
    generate_resource_config: true,
};

impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalog").field("provider", &self.provider.source()).finish_non_exhaustive()
    }
}

impl Catalog {
    pub(super) fn new(provider: Arc<dyn Provider>) -> Self {
        let by_name = |resource: Arc<dyn Resource>| (resource.type_name().to_owned(), resource);
        Self {
            resources: provider.resources().into_iter().map(by_name).collect(),
            data_sources: provider
                .data_sources()
                .into_iter()
                .map(|source| (source.type_name().to_owned(), source))
                .collect(),
            functions: provider
                .functions()
                .into_iter()
                .map(|function| (function.name().to_owned(), function))
                .collect(),
            provider,
        }
    }

    pub(super) fn resource(&self, type_name: &str) -> Result<&dyn Resource, Diagnostics> {
        self.resources.get(type_name).map(Arc::as_ref).ok_or_else(|| self.unknown("resource type", type_name))
    }

    pub(super) fn data_source(&self, type_name: &str) -> Result<&dyn DataSource, Diagnostics> {
        self.data_sources.get(type_name).map(Arc::as_ref).ok_or_else(|| self.unknown("data source", type_name))
    }

    pub(super) fn function(&self, name: &str) -> Option<&dyn Function> {
        self.functions.get(name).map(Arc::as_ref)
    }

    fn unknown(&self, what: &str, name: &str) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        diagnostics.error(
            format!("Unknown {what}"),
            format!("The provider {} has no {what} {name:?}.", self.provider.source()),
        );
        diagnostics
    }

    pub(super) fn metadata(&self) -> wire::get_metadata::Response {
        let types = |names: Vec<&String>| {
            names.into_iter().map(|name| wire::get_metadata::TypeMetadata { type_name: name.clone() }).collect()
        };
        let functions = self.functions.keys().map(|name| wire::get_metadata::FunctionMetadata { name: name.clone() });
        wire::get_metadata::Response {
            server_capabilities: Some(CAPABILITIES),
            diagnostics: Vec::new(),
            data_sources: types(self.data_sources.keys().collect()),
            resources: types(self.resources.keys().collect()),
            functions: functions.collect(),
        }
    }

    pub(super) fn schemas(&self) -> wire::get_provider_schema::Response {
        let resources = self.resources.iter();
        let data_sources = self.data_sources.iter();
        wire::get_provider_schema::Response {
            provider: Some(schema::schema(&self.provider.schema())),
            resource_schemas: resources.map(|(name, one)| (name.clone(), schema::schema(one.schema()))).collect(),
            data_source_schemas: data_sources.map(|(name, one)| (name.clone(), schema::schema(one.schema()))).collect(),
            diagnostics: Vec::new(),
            server_capabilities: Some(CAPABILITIES),
            functions: self.functions().functions,
        }
    }

    pub(super) fn identity_schemas(&self) -> wire::get_resource_identity_schemas::Response {
        let schemas = self.resources.iter().filter_map(|(name, resource)| {
            resource.identity_schema().map(|identity| (name.clone(), schema::identity_schema(identity)))
        });
        wire::get_resource_identity_schemas::Response { identity_schemas: schemas.collect(), diagnostics: Vec::new() }
    }

    pub(super) fn functions(&self) -> wire::get_functions::Response {
        let functions = self.functions.iter().map(|(name, one)| (name.clone(), schema::function(&one.signature())));
        wire::get_functions::Response { functions: functions.collect(), diagnostics: Vec::new() }
    }
}
