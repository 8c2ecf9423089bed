//! Takes generated configurations for [`toy`] through the life of a resource.

use std::sync::Arc;

use terraform_plugin::framework::schema::Schema;
use terraform_plugin::framework::value::Value;
use terraform_plugin::testing::conformance::{Counts, MakeConfig, Subject};
use terraform_plugin::testing::generate::Generator;
use terraform_plugin::testing::session::connect;

use crate::toy::Toy;

fn subject(make_config: MakeConfig) -> Subject {
    let toy = Arc::new(Toy::new(Arc::default()));
    Subject::new(connect(Arc::clone(&toy) as Arc<_>), toy.thing(), make_config)
}

fn any_config(generator: &mut Generator, schema: &Schema) -> Value {
    let with_unknowns = generator.chance(60);
    let mut config = generator.config(&schema.block, with_unknowns);
    // Another name is another thing: most configurations change one that is there.
    if generator.chance(70) {
        config.put("name", Value::from("a"));
    }
    config
}

#[test]
fn thousands_of_generated_configurations_keep_the_hosts_rules() {
    const WALKS: u64 = 80;
    const ROUNDS: usize = 13;
    const THREADS: u64 = 4;
    let walk = |first: u64| {
        let mut counts = Counts::default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut subject = subject(any_config);
            for seed in (first..WALKS).step_by(usize::try_from(THREADS).unwrap()) {
                subject.walk(seed, ROUNDS, &mut counts).await;
            }
        });
        counts
    };
    let all = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|first| scope.spawn(move || walk(first))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    // Walks that never reach a kind of change, or whose configurations are mostly refused, prove nothing.
    let sum = |count: fn(&Counts) -> usize| all.iter().map(count).sum::<usize>();
    let changed = sum(|counts| counts.created + counts.updated + counts.replaced);
    assert!(sum(|counts| counts.created) > 100, "{all:?}");
    assert!(sum(|counts| counts.updated) > 200, "{all:?}");
    assert!(sum(|counts| counts.replaced) > 100, "{all:?}");
    assert!(sum(|counts| counts.unchanged) > 50, "{all:?}");
    assert!(sum(|counts| counts.destroyed) > 50, "{all:?}");
    assert!(sum(|counts| counts.refused) < changed / 2, "{all:?}");
}

#[tokio::test]
async fn the_same_configuration_again_is_no_change() {
    let mut counts = Counts::default();
    let same = |_: &mut Generator, schema: &Schema| {
        let mut config = Generator::new(7).config(&schema.block, false);
        config.put("name", Value::from("a"));
        config
    };
    subject(same).walk(0, 20, &mut counts).await;
    assert!(counts.created > 0 && counts.unchanged > 0, "{counts:?}");
    assert_eq!((counts.updated, counts.replaced, counts.refused), (0, 0, 0));
}
