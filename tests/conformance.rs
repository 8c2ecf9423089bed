//! The provider itself under the hosts' rules, as far as no AWS is needed: with a provider block that is known only
//! after the apply, nobody can be asked anything.

use terraform_plugin::framework::value::Value;
use ssmsession::provider::provider;

use crate::codec::encode;
use crate::conformance::Subject;
use crate::messages::tfplugin6 as wire;
use crate::rules::proposed_new;
use crate::session::{Session, connect, texts};

async fn with_an_unknown_region() -> Subject {
    let provider = provider();
    let (block, resource) = (provider.schema(), provider.resources().remove(0));
    let mut client = connect(provider);
    let mut config = proposed_new(&block.block, &Value::Null, &Value::Unknown);
    config.put("region", Value::Unknown);
    let request = wire::configure_provider::Request {
        terraform_version: "1.11.4".into(),
        config: Some(encode(&block.ty(), &config)),
        client_capabilities: None,
    };
    let response = client.configure_provider(request).await.unwrap().into_inner();
    assert_eq!(texts(&response.diagnostics), Vec::<String>::new());
    let schema = resource.schema().clone();
    let identity = resource.identity_schema().cloned().unwrap_or_default();
    let session = Session::new(client, resource.type_name(), &schema, &identity);
    Subject {
        session,
        schema,
        config: |generator, schema| {
            let with_unknowns = generator.chance(60);
            generator.legal_config(&schema.block, with_unknowns)
        },
    }
}

#[tokio::test]
async fn creations_are_planned_by_the_hosts_rules_while_the_provider_block_is_unknown() {
    let mut subject = with_an_unknown_region().await;
    let plans = subject.walk_plans(0, 1000).await;
    assert!(plans > 500, "only {plans} plans of configurations that the provider accepts");
}
