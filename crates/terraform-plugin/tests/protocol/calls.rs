//! What the server adds to the provider's work: stop, dropped requests, panics; and the calls that the walks of
//! `conformance` do not make.

use std::sync::Arc;

use terraform_plugin::framework::types::Type;
use terraform_plugin::framework::value::Value;
use terraform_plugin::testing::codec::{decode, encode};
use terraform_plugin::testing::rules::proposed_new_state;
use terraform_plugin::testing::session::{Planned, Session, Stored, connect, texts};
use terraform_plugin::testing::{wire, within};

use crate::toy::{self, Hold, Toy};

fn session() -> (Session, Arc<Hold>) {
    let hold = Arc::<Hold>::default();
    let toy = Arc::new(Toy::new(Arc::clone(&hold)));
    (Session::new(connect(Arc::clone(&toy) as Arc<_>), toy.thing()), hold)
}

/// A configuration with a name and nothing else.
fn named(name: &str) -> Value {
    let mut config = proposed_new_state(&toy::thing_schema().block, &Value::Null, &Value::Unknown);
    config.put("name", Value::from(name));
    config
}

async fn creation(session: &mut Session, name: &str) -> (Value, Planned) {
    let config = named(name);
    let proposed = proposed_new_state(&toy::thing_schema().block, &Value::Null, &config);
    let plan = session.plan(&config, &Stored::nothing(), &proposed).await;
    assert_eq!(plan.diagnostics, Vec::<String>::new());
    (config, plan)
}

#[tokio::test]
async fn stop_ends_a_running_apply_with_what_it_reached_and_later_ones_run() {
    let (mut session, hold) = session();
    let (config, plan) = creation(&mut session, "held").await;
    let apply = |mut session: Session, config: Value, plan: Planned| {
        tokio::spawn(async move { session.apply(&config, &Value::Null, &plan).await })
    };
    let running = apply(session.clone(), config.clone(), plan.clone());
    within(hold.begun.acquire()).await.unwrap().forget();

    let stopped = within(session.client.stop_provider(wire::stop_provider::Request {})).await.unwrap();
    assert_eq!(stopped.into_inner().error, "");
    let reached = within(running).await.unwrap();
    assert_eq!(reached.diagnostics, ["ERROR: Stopped: The host asked to stop."]);
    assert!(reached.state.at("id").as_str().is_some(), "{reached:?}");

    let later = apply(session, config, plan);
    within(hold.begun.acquire()).await.unwrap().forget();
    hold.released.add_permits(1);
    assert_eq!(within(later).await.unwrap().diagnostics, Vec::<String>::new());
}

#[tokio::test]
async fn an_apply_goes_on_when_the_host_drops_its_request() {
    let (mut session, hold) = session();
    let (config, plan) = creation(&mut session, "held").await;
    let mut dropped = session.clone();
    let running = tokio::spawn(async move { dropped.apply(&config, &Value::Null, &plan).await });
    within(hold.begun.acquire()).await.unwrap().forget();
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    // The response to the next request on the same connection shows that the server has seen the end of this one.
    session.read(&Stored::nothing()).await;
    hold.released.add_permits(1);
    within(hold.finished.acquire()).await.unwrap().forget();
}

#[tokio::test]
async fn a_panic_is_a_diagnostic_and_what_was_planned_is_kept() {
    let (mut session, _) = session();
    let (config, plan) = creation(&mut session, "panic").await;
    let kept = session.apply(&config, &Value::Null, &plan).await;
    assert_eq!(kept.diagnostics.len(), 1);
    assert!(kept.diagnostics[0].starts_with("ERROR: The provider failed unexpectedly: "), "{:?}", kept.diagnostics);
    assert!(kept.diagnostics[0].ends_with("It panicked: asked to panic"), "{:?}", kept.diagnostics);
    assert_eq!(kept.state.at("name"), &Value::from("panic"), "a host forgets what comes back without a state");
    assert!(kept.state.is_wholly_known());

    let diagnostics = session.plan(&named("panic in plan"), &Stored::nothing(), &Value::Null).await.diagnostics;
    assert!(diagnostics[0].ends_with("It panicked: asked to panic"), "{diagnostics:?}");
    assert_eq!(creation(&mut session, "a").await.1.diagnostics, Vec::<String>::new(), "the server goes on");
}

#[tokio::test]
async fn a_panic_in_an_update_keeps_the_prior_state() {
    let (mut session, _) = session();
    let (config, plan) = creation(&mut session, "a").await;
    let prior = session.apply(&config, &Value::Null, &plan).await;
    let mut plan = plan;
    plan.state.put("name", Value::from("panic"));
    assert_eq!(session.apply(&config, &prior.state, &plan).await.state, prior.state);
}

#[tokio::test]
async fn a_state_that_does_not_fit_the_schema_is_a_diagnostic_and_does_not_lose_the_object() {
    let (mut session, _) = session();
    let (config, plan) = creation(&mut session, "broken").await;
    let kept = session.apply(&config, &Value::Null, &plan).await;
    assert!(kept.diagnostics[0].ends_with("size: a string is no \"number\""), "{:?}", kept.diagnostics);
    assert_eq!(kept.state.at("name"), &Value::from("broken"));
}

#[tokio::test]
async fn five_megabytes_pass_in_both_directions() {
    let (mut session, _) = session();
    let (mut config, _) = creation(&mut session, "a").await;
    config.put("secret", Value::from("x".repeat(5 << 20)));
    let plan = session.plan(&config, &Stored::nothing(), &config).await;
    assert_eq!(plan.state.at("secret"), config.at("secret"));
}

#[tokio::test]
async fn every_fault_of_a_configuration_is_found_with_its_path() {
    let (mut session, _) = session();
    let mut config = named("forbidden");
    config.put("tags", Value::map([("k", Value::Null)]));
    let request = wire::validate_resource_config::Request {
        type_name: toy::THING.into(),
        config: Some(encode(&session.ty, &config)),
    };
    let diagnostics = session.client.validate_resource_config(request).await.unwrap().into_inner().diagnostics;
    let steps: Vec<_> = diagnostics.iter().map(|one| one.attribute.as_ref().unwrap().steps.len()).collect();
    assert_eq!(steps, [2, 1], "{diagnostics:?}");
    let summaries: Vec<_> = diagnostics.iter().map(|one| one.summary.as_str()).collect();
    assert_eq!(summaries, ["Null element in tags[\"k\"]", "Forbidden name"]);
    assert!(session.validate(&named("a")).await.is_empty());
}

#[tokio::test]
async fn an_unknown_type_is_a_diagnostic() {
    let (mut session, _) = session();
    session.type_name = "toy_nothing".into();
    let diagnostics = session.validate(&named("a")).await;
    assert_eq!(
        diagnostics,
        ["ERROR: Unknown resource type: The provider example/toy has no resource type \"toy_nothing\"."]
    );
}

#[tokio::test]
async fn a_stored_state_without_later_attributes_is_upgraded_with_null_and_without_unknown_keys() {
    let (mut session, _) = session();
    let (state, diagnostics) = session.upgrade(0, r#"{"name":"a","size":1.5,"gone":{"x":1},"zones":["b","a"]}"#).await;
    assert_eq!(diagnostics, Vec::<String>::new());
    assert_eq!(state.at("name"), &Value::from("a"));
    assert_eq!(state.at("size"), &Value::Number("1.5".parse().unwrap()));
    assert_eq!(state.at("enabled"), &Value::Null);
    let (_, diagnostics) = session.upgrade(0, r#"{"size":"large"}"#).await;
    assert!(diagnostics[0].contains("size: expected a number, found a string"), "{diagnostics:?}");
    let (_, diagnostics) = session.upgrade(0, "null").await;
    assert!(diagnostics[0].starts_with("ERROR"), "{diagnostics:?}");
}

#[tokio::test]
async fn an_import_is_by_id_or_by_identity_and_a_read_can_follow() {
    let (mut session, _) = session();
    let identity = Value::map([("id", Value::from("one"))]);
    let by_identity = wire::ResourceIdentityData { identity_data: Some(encode(&session.identity_ty, &identity)) };
    for (id, by_identity) in [("one", None), ("", Some(by_identity))] {
        let request =
            wire::import_resource_state::Request { type_name: toy::THING.into(), id: id.into(), identity: by_identity };
        let response = session.client.import_resource_state(request).await.unwrap().into_inner();
        assert_eq!(response.diagnostics, []);
        let [imported] = response.imported_resources.as_slice() else { panic!("one import is one resource") };
        assert_eq!(imported.type_name, toy::THING);
        let stored = Stored {
            state: decode(&session.ty, imported.state.as_ref()),
            private: imported.private.clone(),
            identity: session.read_identity(imported.identity.clone()),
            diagnostics: Vec::new(),
        };
        assert_eq!(stored.identity.as_ref(), Some(&identity));
        assert_eq!(session.read(&stored).await, stored);
    }
}

#[tokio::test]
async fn an_import_of_nothing_is_an_error_and_no_resource() {
    let (mut session, _) = session();
    let request = wire::import_resource_state::Request {
        type_name: toy::THING.into(),
        id: "nothing".into(),
        ..Default::default()
    };
    let response = session.client.import_resource_state(request).await.unwrap().into_inner();
    assert_eq!(texts(&response.diagnostics), ["ERROR: Not found: There is nothing of that name."]);
    assert_eq!(response.imported_resources, []);
}

#[tokio::test]
async fn a_move_from_another_type_is_refused_in_a_diagnostic() {
    let (mut session, _) = session();
    let request = wire::move_resource_state::Request {
        source_provider_address: "registry.terraform.io/example/toy".into(),
        source_type_name: "toy_relic".into(),
        target_type_name: toy::THING.into(),
    };
    let response = session.client.move_resource_state(request).await.unwrap().into_inner();
    assert_eq!(
        texts(&response.diagnostics),
        ["ERROR: Move is not supported: toy_thing cannot take over the state of toy_relic of provider \
          registry.terraform.io/example/toy."]
    );
}

#[tokio::test]
async fn an_identity_is_upgraded_from_json() {
    let (mut session, _) = session();
    let request = wire::upgrade_resource_identity::Request {
        type_name: toy::THING.into(),
        version: 0,
        raw_identity: Some(wire::RawState { json: br#"{"id":"i","was":1}"#.to_vec(), ..Default::default() }),
    };
    let response = session.client.upgrade_resource_identity(request).await.unwrap().into_inner();
    assert_eq!(session.read_identity(response.upgraded_identity), Some(Value::map([("id", Value::from("i"))])));
}

#[tokio::test]
async fn a_function_accepts_an_absent_null_and_names_the_argument_at_fault() {
    let (mut session, _) = session();
    let text = |text: &str| encode(&Type::String, &Value::from(text));
    let call = |arguments: Vec<wire::DynamicValue>| wire::call_function::Request { name: "join".into(), arguments };
    let response =
        session.client.call_function(call(vec![text("+"), text("a"), text("b")])).await.unwrap().into_inner();
    assert_eq!((decode(&Type::String, response.result.as_ref()), response.error), (Value::from("a+b"), None));
    let with_null = call(vec![wire::DynamicValue::default(), text("a"), text("b")]);
    let response = session.client.call_function(with_null).await.unwrap().into_inner();
    assert_eq!(decode(&Type::String, response.result.as_ref()), Value::from("a-b"));

    let mut error = async |request| session.client.call_function(request).await.unwrap().into_inner().error.unwrap();
    assert_eq!(error(call(vec![text("+"), text("a"), text("")])).await.function_argument, Some(2));
    assert_eq!(error(call(Vec::new())).await.text, "1 arguments are expected, not 0");
    let number = encode(&Type::Number, &Value::number(1));
    assert_eq!(error(call(vec![text("+"), number])).await.function_argument, Some(1));
    assert!(error(call(vec![text("+"), text("panic")])).await.text.ends_with("It panicked: asked to panic"));
    let unknown = wire::call_function::Request { name: "none".into(), arguments: Vec::new() };
    assert_eq!(error(unknown).await.text, "the provider has no function \"none\"");
}

#[tokio::test]
async fn a_data_source_reads() {
    let (mut session, _) = session();
    let ty = Type::object([("text", Type::String), ("echo", Type::String)]);
    let config = Value::map([("text", Value::from("t")), ("echo", Value::Null)]);
    let request = wire::read_data_source::Request { type_name: "toy_echo".into(), config: Some(encode(&ty, &config)) };
    let response = session.client.read_data_source(request).await.unwrap().into_inner();
    assert_eq!(decode(&ty, response.state.as_ref()).at("echo"), &Value::from("t"));
}

#[tokio::test]
async fn schemas_metadata_and_functions_name_the_same_things_with_every_capability() {
    let (mut session, _) = session();
    let schemas = session.client.get_provider_schema(wire::get_provider_schema::Request {}).await.unwrap().into_inner();
    let metadata = session.client.get_metadata(wire::get_metadata::Request {}).await.unwrap().into_inner();
    let functions = session.client.get_functions(wire::get_functions::Request {}).await.unwrap().into_inner();
    let identities = wire::get_resource_identity_schemas::Request {};
    let identities = session.client.get_resource_identity_schemas(identities).await.unwrap().into_inner();

    let capabilities = schemas.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert!(capabilities.move_resource_state && capabilities.generate_resource_config);
    assert_eq!(metadata.server_capabilities, Some(capabilities));
    assert_eq!(metadata.resources[0].type_name, toy::THING);
    assert_eq!(metadata.data_sources[0].type_name, "toy_echo");
    assert_eq!(metadata.functions[0].name, "join");
    assert_eq!(functions.functions, schemas.functions);
    assert!(schemas.functions["join"].r#return.is_some());
    assert!(schemas.provider.unwrap().block.is_some());
    assert_eq!(schemas.resource_schemas[toy::THING].version, 2);
    assert!(schemas.data_source_schemas.contains_key("toy_echo"));
    assert!(identities.identity_schemas[toy::THING].identity_attributes[0].required_for_import);
}

#[tokio::test]
async fn the_provider_block_is_validated_and_configures_again_and_again() {
    let (mut session, _) = session();
    let ty = Type::object([
        ("region", Type::String),
        ("key", Type::String),
        ("endpoints", Type::object([("s3", Type::String)])),
    ]);
    let config = |region: Value| {
        let config = Value::map([("region", region), ("key", Value::Unknown), ("endpoints", Value::Null)]);
        Some(encode(&ty, &config))
    };
    let request = wire::validate_provider_config::Request { config: config(Value::Unknown) };
    assert_eq!(session.client.validate_provider_config(request).await.unwrap().into_inner().diagnostics, []);
    let request = wire::configure_provider::Request { config: config(Value::from("")) };
    let response = session.client.configure_provider(request).await.unwrap().into_inner();
    assert_eq!(texts(&response.diagnostics), ["ERROR: No region: region is empty."]);
    // A debug session configures one process again and again.
    let request = wire::configure_provider::Request { config: config(Value::from("eu-central-1")) };
    assert_eq!(session.client.configure_provider(request).await.unwrap().into_inner().diagnostics, []);
}

#[tokio::test]
async fn a_kind_of_thing_that_no_provider_has_is_refused_in_a_diagnostic() {
    let (mut session, _) = session();
    let asked = || wire::unsupported::Request { type_name: "toy_x".into() };
    let client = &mut session.client;
    let opened = client.open_ephemeral_resource(asked()).await.unwrap().into_inner().diagnostics;
    assert_eq!(
        texts(&opened),
        ["ERROR: Unknown ephemeral resource: This provider has no ephemeral resource \"toy_x\", nor any other."]
    );
    let planned = client.plan_action(asked()).await.unwrap().into_inner().diagnostics;
    assert!(texts(&planned)[0].starts_with("ERROR: Unknown action"));
    let mut events = client.invoke_action(asked()).await.unwrap().into_inner();
    let event = events.message().await.unwrap().unwrap();
    assert!(texts(&event.completed.unwrap().diagnostics)[0].starts_with("ERROR: Unknown action"));
    assert_eq!(events.message().await.unwrap(), None, "the stream ends with completed");
    let mut listed = client.list_resource(asked()).await.unwrap().into_inner();
    let event = listed.message().await.unwrap().unwrap();
    assert!(texts(&event.diagnostics)[0].starts_with("ERROR: Unknown list resource"));
    let states = client.get_states(asked()).await.unwrap().into_inner().diagnostics;
    assert!(texts(&states)[0].starts_with("ERROR: Unknown state store"));
    let chunks = tokio_stream::once(wire::unsupported::StateChunk { meta: Some(asked()) });
    let written = client.write_state_bytes(chunks).await.unwrap().into_inner().diagnostics;
    assert!(texts(&written)[0].contains("\"toy_x\""));
}
