//! A provider with every kind of attribute and block, a data source and a function. A test can make its apply wait, stop
//! and panic.
//!
//! The provider has no remote system, only states. It plans by the schema alone.

mod plan;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use serde_json::Value as Json;
use terraform_plugin::framework::diagnostics::Diagnostics;
use terraform_plugin::framework::path::Path;
use terraform_plugin::framework::schema::{Attribute, Block, BlockNesting, NestedBlock, Nesting, Schema};
use terraform_plugin::framework::types::Type;
use terraform_plugin::framework::value::Value;
use terraform_plugin::framework::{
    ApplyRequest, ApplyResponse, ConfigureRequest, DataSource, Function, FunctionError, ImportRequest, ImportResponse,
    Parameter, PlanRequest, PlanResponse, Provider, ReadRequest, ReadResponse, Resource, Signature, json,
};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// The type name of the resource.
pub(crate) const THING: &str = "toy_thing";

/// Lets a test control applies. The attribute `name` selects: `held` waits until it is released or asked to stop,
/// `panic` panics.
pub(crate) struct Hold {
    /// Gets a permit whenever an apply of `held` has begun.
    pub(crate) begun: Semaphore,
    /// One permit releases one apply of `held`.
    pub(crate) released: Semaphore,
    /// Gets a permit whenever an apply has ended.
    pub(crate) finished: Semaphore,
}

impl Default for Hold {
    fn default() -> Self {
        Self { begun: Semaphore::new(0), released: Semaphore::new(0), finished: Semaphore::new(0) }
    }
}

/// The provider.
pub(crate) struct Toy {
    thing: Arc<Thing>,
}

impl Toy {
    pub(crate) fn new(hold: Arc<Hold>) -> Self {
        let thing = Thing { schema: thing_schema(), identity: identity_schema(), hold, made: AtomicUsize::new(0) };
        Self { thing: Arc::new(thing) }
    }

    pub(crate) fn thing(&self) -> &dyn Resource {
        self.thing.as_ref()
    }
}

#[async_trait]
impl Provider for Toy {
    fn type_name(&self) -> &'static str {
        "toy"
    }

    fn source(&self) -> &'static str {
        "example/toy"
    }

    fn schema(&self) -> Schema {
        let block = NestedBlock::new("endpoints", BlockNesting::Single, "", vec![Attribute::string("s3")]);
        let attributes = vec![Attribute::string("region"), Attribute::string("key").sensitive()];
        Schema { version: 0, block: Block { attributes, blocks: vec![block], description: String::new() } }
    }

    fn resources(&self) -> Vec<Arc<dyn Resource>> {
        vec![Arc::clone(&self.thing) as Arc<dyn Resource>]
    }

    fn data_sources(&self) -> Vec<Arc<dyn DataSource>> {
        vec![Arc::new(Echo { schema: Schema { version: 0, block: echo_block() } })]
    }

    fn functions(&self) -> Vec<Arc<dyn Function>> {
        vec![Arc::new(Join)]
    }

    async fn configure(&self, request: ConfigureRequest) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if request.config.at("region").as_str() == Some("") {
            diagnostics.error_at(Path::of("region"), "No region", "region is empty.");
        }
        diagnostics
    }
}

fn inner() -> Vec<Attribute> {
    vec![
        Attribute::string("label").required(),
        Attribute::number("weight").default(Value::number(7)),
        Attribute::string("serial").computed(),
        Attribute::string("note"),
    ]
}

/// The schema of the resource.
pub(crate) fn thing_schema() -> Schema {
    // Elements of a set are compared by all they hold: with a default, two of them could become one.
    let in_set = || vec![Attribute::string("label").required(), Attribute::string("note")];
    let attributes = vec![
        Attribute::string("name").required(),
        Attribute::string("id").computed(),
        Attribute::number("revision").computed(),
        Attribute::string("slug").default_derived("`name` in lower case"),
        Attribute::number("size").default(Value::number(3)),
        Attribute::bool("enabled").default(true),
        Attribute::string("secret").sensitive(),
        Attribute::plain("lines", Type::list(Type::String)),
        Attribute::plain("zones", Type::set(Type::String)).default(Value::set([Value::from("a"), Value::from("b")])),
        Attribute::plain("tags", Type::map(Type::String)),
        Attribute::plain("point", Type::object([("x", Type::Number), ("y", Type::Number)])),
        Attribute::plain("points", Type::list(Type::object([("x", Type::Number)]))),
        Attribute::plain("anything", Type::Dynamic),
        Attribute::object("settings", [inner(), vec![Attribute::object("deep", inner())]].concat()),
        Attribute::object("options", vec![Attribute::bool("on").default(false), Attribute::string("key")])
            .default_nested(),
        Attribute::nested("items", Nesting::List, inner()),
        Attribute::nested("rooms", Nesting::Map, inner()),
        Attribute::nested("badges", Nesting::Set, in_set()),
        Attribute::nested("found", Nesting::List, vec![Attribute::string("at").computed()]).computed(),
    ];
    let blocks = vec![
        NestedBlock::new("one", BlockNesting::Single, "", inner()),
        NestedBlock::new("many", BlockNesting::List { min: 0, max: 0 }, "", inner()),
        NestedBlock::new("any", BlockNesting::Set { min: 0, max: 0 }, "", in_set()),
        NestedBlock::new("named", BlockNesting::Map, "", inner()),
    ];
    Schema { version: 2, block: Block { attributes, blocks, description: "One of everything.".into() } }
}

/// The schema of the resource's identity.
pub(crate) fn identity_schema() -> Schema {
    let attributes = vec![Attribute::string("id").required()];
    Schema { version: 0, block: Block { attributes, ..Block::default() } }
}

/// The resource.
struct Thing {
    schema: Schema,
    identity: Schema,
    hold: Arc<Hold>,
    made: AtomicUsize,
}

#[async_trait]
impl Resource for Thing {
    fn type_name(&self) -> &'static str {
        THING
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity_schema(&self) -> Option<&Schema> {
        Some(&self.identity)
    }

    async fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = Diagnostics::new();
        if config.at("name").as_str() == Some("forbidden") {
            diagnostics.error_at(Path::of("name"), "Forbidden name", "This name is forbidden.");
        }
        diagnostics
    }

    async fn plan(&self, request: PlanRequest) -> PlanResponse {
        assert!(request.config.at("name").as_str() != Some("panic in plan"), "asked to panic");
        let PlanRequest { config, prior, prior_identity, .. } = request;
        let mut response = PlanResponse {
            planned: Value::Null,
            requires_replace: Vec::new(),
            private: b"planned".to_vec(),
            identity: prior_identity,
            diagnostics: Diagnostics::new(),
        };
        if config.is_null() {
            return response;
        }
        let mut planned = plan::plan_block(&self.schema.block, &config, &prior);
        if config.at("slug").is_null() {
            planned.put("slug", slug(planned.at("name")));
        }
        if !prior.is_null() {
            // Every other change raises the revision.
            planned.put("revision", prior.at("revision").clone());
            if planned != prior {
                planned.put("revision", Value::Unknown);
            }
            if planned.at("name") != prior.at("name") {
                response.requires_replace.push(Path::of("name"));
            }
        }
        response.planned = planned;
        response
    }

    async fn apply(&self, request: ApplyRequest) -> ApplyResponse {
        let ApplyRequest { prior, planned, private, identity, cancel, .. } = request;
        let mut diagnostics = Diagnostics::new();
        if private != b"planned" {
            diagnostics.error("Wrong private data", "It is not what was planned.");
        }
        let mut new_state = fill(&planned, self.made.fetch_add(1, Ordering::Relaxed));
        if !planned.is_null() {
            let revision = prior.at("revision").as_i64().unwrap_or(0) + 1;
            if planned.at("revision").is_unknown() {
                new_state.put("revision", Value::number(revision));
            }
        }
        match planned.at("name").as_str() {
            Some("panic") => panic!("asked to panic"),
            Some("held") => {
                self.hold.begun.add_permits(1);
                tokio::select! {
                    permit = self.hold.released.acquire() => permit.unwrap().forget(),
                    () = cancel.cancelled() => diagnostics.error("Stopped", "The host asked to stop."),
                }
            }
            Some("broken") => new_state.put("size", Value::from("no number")),
            _ => {}
        }
        let id = new_state.at("id").clone();
        let identity = if new_state.is_null() { identity } else { Some(Value::map([("id", id)])) };
        self.hold.finished.add_permits(1);
        ApplyResponse { new_state, private: b"applied".to_vec(), identity, diagnostics }
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        // The server has to keep the identity that the response leaves out.
        ReadResponse {
            new_state: request.current,
            private: request.private,
            identity: None,
            diagnostics: Diagnostics::new(),
        }
    }

    async fn import(&self, request: ImportRequest) -> ImportResponse {
        let id = match &request.identity {
            Some(identity) => identity.at("id").clone(),
            None => Value::from(request.id.as_str()),
        };
        let mut response = ImportResponse::default();
        if id.as_str() == Some("nothing") {
            response.diagnostics.error("Not found", "There is nothing of that name.");
            return response;
        }
        let mut state = json::from_json(&self.schema.ty(), &Json::Object(serde_json::Map::new())).unwrap();
        for nested in &self.schema.block.blocks {
            state.put(
                &nested.name,
                match nested.nesting {
                    BlockNesting::Single => Value::Null,
                    BlockNesting::Map => Value::map::<String>([]),
                    BlockNesting::List { .. } | BlockNesting::Set { .. } => Value::List(Vec::new()),
                },
            );
        }
        state.put("id", id.clone());
        response.state = Some(state);
        response.private = b"imported".to_vec();
        response.identity = Some(Value::map([("id", id)]));
        response
    }
}

fn slug(name: &Value) -> Value {
    name.as_str().map_or(Value::Unknown, |name| Value::from(name.to_lowercase()))
}

/// The planned state with a value for everything unknown. Only texts and one list are planned as unknown, and the
/// revision, which `apply` fills in.
fn fill(planned: &Value, serial: usize) -> Value {
    match planned {
        Value::Unknown => Value::String(format!("made-{serial}")),
        Value::Map(entries) => Value::map(entries.iter().map(|(name, value)| {
            let filled = match (name.as_str(), value) {
                ("found", Value::Unknown) => Value::List(vec![Value::map([("at", Value::from("here"))])]),
                (_, value) => fill(value, serial),
            };
            (name.clone(), filled)
        })),
        Value::List(elements) => Value::List(elements.iter().map(|value| fill(value, serial)).collect()),
        other => other.clone(),
    }
}

fn echo_block() -> Block {
    let attributes = vec![Attribute::string("text").required(), Attribute::string("echo").computed()];
    Block { attributes, ..Block::default() }
}

/// A data source.
struct Echo {
    schema: Schema,
}

#[async_trait]
impl DataSource for Echo {
    fn type_name(&self) -> &'static str {
        "toy_echo"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn read(&self, config: Value, _: CancellationToken) -> (Value, Diagnostics) {
        let mut state = config;
        state.put("echo", state.at("text").clone());
        (state, Diagnostics::new())
    }
}

/// A function with a parameter that may be null and one that may stand any number of times.
struct Join;

impl Function for Join {
    fn name(&self) -> &'static str {
        "join"
    }

    fn signature(&self) -> Signature {
        let parameter = |name: &str, allow_null| Parameter {
            name: name.into(),
            description: String::new(),
            ty: Type::String,
            allow_null,
            allow_unknown: false,
        };
        Signature {
            summary: "Joins.".into(),
            description: "Joins texts.".into(),
            parameters: vec![parameter("between", true)],
            variadic: Some(parameter("parts", false)),
            returns: Type::String,
        }
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let (between, parts) = arguments.split_first().unwrap();
        if let Some(position) = parts.iter().position(|part| part.as_str() == Some("")) {
            let argument = i64::try_from(position + 1).ok();
            return Err(FunctionError { text: "a part is empty".into(), argument });
        }
        let parts: Vec<_> = parts.iter().filter_map(Value::as_str).collect();
        assert!(parts != ["panic"], "asked to panic");
        Ok(Value::from(parts.join(between.as_str().unwrap_or("-"))))
    }
}
