//! Takes generated configurations through the life of a resource and holds every answer against the hosts' rules.
//!
//! One round is what `apply` does: upgrade and read the stored state, validate, plan with whatever is unknown, plan
//! again with everything known, apply, and plan once more: nothing may be left to do. Replacements are planned twice
//! and destroyed in between, as core does it.

use std::sync::Arc;

use terraform_plugin::framework::json;
use terraform_plugin::framework::schema::{Attribute, Block, Schema, Shape};
use terraform_plugin::framework::value::Value;

use crate::generate::Generator;
use crate::messages::tfplugin6 as wire;
use crate::rules::{compatible, plan_valid, proposed_new, stored};
use crate::session::{Planned, Session, Stored, connect};
use crate::toy;

/// A resource as the walk needs it: something that answers a host, and what is known of it beforehand.
pub(crate) struct Subject {
    /// Where the calls go.
    pub(crate) session: Session,
    /// The resource's schema.
    pub(crate) schema: Schema,
    /// Makes a configuration: the schema's rules leave some out, the resource's own rules others.
    pub(crate) config: fn(&mut Generator, &Schema) -> Value,
}

/// What a walk went through.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) refused: usize,
    pub(crate) created: usize,
    pub(crate) updated: usize,
    pub(crate) replaced: usize,
    pub(crate) unchanged: usize,
    pub(crate) destroyed: usize,
}

impl Subject {
    /// Goes through `rounds` rounds, each on what the last one left. Panics, with the seed, at the first fault.
    pub(crate) async fn walk(&mut self, seed: u64, rounds: usize, counts: &mut Counts) {
        let mut generator = Generator::new(seed);
        let mut state = Stored::nothing();
        let mut applied = None;
        for round in 0..rounds {
            let place = format!("seed {seed}, round {round}");
            if !state.state.is_null() {
                state = self.refresh(&state, &place).await;
            }
            if !state.state.is_null() && generator.chance(10) {
                state = self.destroy(&state, &place).await;
                counts.destroyed += 1;
                continue;
            }
            let config = match applied.take() {
                // Most of the time, somebody runs apply and has changed nothing.
                Some(last) if generator.chance(20) => last,
                _ => (self.config)(&mut generator, &self.schema),
            };
            let resolved = generator.resolved(&self.schema.block, &config);
            let (said, said_resolved) = (self.session.validate(&config).await, self.session.validate(&resolved).await);
            if has_errors(&said) || has_errors(&said_resolved) {
                counts.refused += 1;
                continue;
            }
            state = self.change(&config, &resolved, &state, &place, counts).await;
            applied = Some(resolved);
        }
    }

    /// Plans creations alone, for a resource whose apply is out of reach: first with what is unknown, then with all of
    /// configuration known. Returns how many plans were made.
    pub(crate) async fn walk_plans(&mut self, seed: u64, rounds: usize) -> usize {
        let mut generator = Generator::new(seed);
        let mut planned = 0;
        for round in 0..rounds {
            let place = format!("seed {seed}, round {round}");
            let config = (self.config)(&mut generator, &self.schema);
            if has_errors(&self.session.validate(&config).await) {
                continue;
            }
            let first = self.plan(&config, &Stored::nothing(), &place).await;
            planned += 1;
            let resolved = generator.resolved(&self.schema.block, &config);
            if has_errors(&self.session.validate(&resolved).await) {
                continue;
            }
            let last = self.plan(&resolved, &Stored::nothing(), &place).await;
            assert_faultless(&compatible(&self.session.ty, &first.state, &last.state), &place);
            planned += 1;
        }
        planned
    }

    /// What happens to a stored state before it is used: an upgrade, even of the current version, and a read. Nothing
    /// has changed behind the resource's back here, so nothing may have changed.
    async fn refresh(&mut self, state: &Stored, place: &str) -> Stored {
        let json = json::to_json(&state.state).expect("a state is known").to_string();
        let (upgraded, said) = self.session.upgrade(self.schema.version, &json).await;
        assert_eq!((&upgraded, said), (&state.state, Vec::new()), "{place}: upgrade");
        let read = self.session.read(state).await;
        assert_eq!(read.said, Vec::<String>::new(), "{place}: read");
        assert_faultless(&stored(&self.schema.block, &read.state), &format!("{place}: read"));
        assert_eq!((&read.state, &read.identity), (&state.state, &state.identity), "{place}: read");
        assert_eq!(read.private, state.private, "{place}: read forgets private data");
        let (generated, said) = self.session.generate_config(&read.state).await;
        assert_eq!(said, Vec::<String>::new(), "{place}: generated configuration");
        assert_faultless(
            &not_configurable(&self.schema.block, &generated),
            &format!("{place}: generated configuration"),
        );
        read
    }

    async fn destroy(&mut self, state: &Stored, place: &str) -> Stored {
        let place = format!("{place}: destroy");
        let plan = self.session.plan(&Value::Null, state, &Value::Null).await;
        assert!(!has_errors(&plan.said), "{place}: {:?}", plan.said);
        assert_eq!(plan.state, Value::Null, "{place}");
        let left = self.session.apply(&Value::Null, &state.state, &plan).await;
        assert!(!has_errors(&left.said), "{place}: {:?}", left.said);
        assert_eq!(left.state, Value::Null, "{place}");
        Stored::nothing()
    }

    async fn change(
        &mut self,
        config: &Value,
        resolved: &Value,
        state: &Stored,
        place: &str,
        counts: &mut Counts,
    ) -> Stored {
        let first = self.plan(config, state, place).await;
        if first.state == state.state {
            counts.unchanged += 1;
            assert_eq!(config, resolved, "{place}: something unknown is planned as no change");
            return state.clone();
        }
        let (prior, first) = if !state.state.is_null() && replaces(&first, &state.state) {
            counts.replaced += 1;
            // Core plans the creation with the private data and the identity of the first plan.
            let nothing =
                Stored { private: first.private.clone(), identity: first.identity.clone(), ..Stored::nothing() };
            let second = self.plan(config, &nothing, &format!("{place}: replacement")).await;
            self.destroy(state, place).await;
            (nothing, second)
        } else {
            *(if state.state.is_null() { &mut counts.created } else { &mut counts.updated }) += 1;
            (state.clone(), first)
        };
        let place = format!("{place}: plan at apply");
        let last = self.plan(resolved, &prior, &place).await;
        assert_faultless(&compatible(&self.session.ty, &first.state, &last.state), &place);
        if last.state == prior.state {
            return state.clone();
        }
        let applied = self.session.apply(resolved, &prior.state, &last).await;
        let place = format!("{place}: apply");
        assert!(!has_errors(&applied.said), "{place}: {:?}", applied.said);
        assert_faultless(&stored(&self.schema.block, &applied.state), &place);
        assert_faultless(&compatible(&self.session.ty, &last.state, &applied.state), &place);
        assert!(applied.identity.as_ref().is_some_and(Value::is_wholly_known), "{place}: {:?}", applied.identity);
        let again = self.plan(resolved, &applied, &format!("{place}: plan afterwards")).await;
        assert_eq!(again.state, applied.state, "{place}: something is left to do");
        applied
    }

    /// A plan that keeps the rules, and is the same when it is asked for again.
    async fn plan(&mut self, config: &Value, prior: &Stored, place: &str) -> Planned {
        let proposed = proposed_new(&self.schema.block, &prior.state, config);
        let plan = self.session.plan(config, prior, &proposed).await;
        assert!(!has_errors(&plan.said), "{place}: {:?}", plan.said);
        assert_faultless(&plan_valid(&self.schema.block, &prior.state, config, &plan.state), place);
        assert_eq!(self.session.plan(config, prior, &proposed).await, plan, "{place}: planned differently");
        plan
    }
}

/// Whether core would replace: a path that is named has to exist, and counts only where something changes.
fn replaces(plan: &Planned, prior: &Value) -> bool {
    plan.requires_replace.iter().any(|path| follow(&plan.state, path) != follow(prior, path))
}

fn follow<'a>(value: &'a Value, path: &wire::AttributePath) -> Option<&'a Value> {
    use wire::attribute_path::step::Selector;
    path.steps.iter().try_fold(value, |value, step| match step.selector.as_ref()? {
        Selector::AttributeName(key) | Selector::ElementKeyString(key) => value.as_map()?.get(key),
        Selector::ElementKeyInt(index) => value.as_list()?.get(usize::try_from(*index).ok()?),
    })
}

fn has_errors(said: &[String]) -> bool {
    said.iter().any(|text| text.starts_with("ERROR"))
}

fn assert_faultless(faults: &[String], place: &str) {
    assert!(faults.is_empty(), "{place}: {}", faults.join("\n"));
}

/// What stands in a generated configuration though no configuration may give it.
fn not_configurable(block: &Block, config: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    computed_values(&block.attributes, config, &mut faults);
    for nested in &block.blocks {
        each(config.at(&nested.name), &mut |one| computed_values(&nested.block.attributes, one, &mut faults));
    }
    faults
}

fn computed_values(schema: &[Attribute], value: &Value, faults: &mut Vec<String>) {
    for one in schema {
        let value = value.at(&one.name);
        if !one.is_configurable() && !value.is_null() {
            faults.push(format!("{} is computed, yet it is generated", one.name));
        }
        if let Shape::Nested(_, inner) = &one.shape {
            each(value, &mut |value| computed_values(inner, value, faults));
        }
    }
}

/// Visits an object, or each element of a collection of objects.
fn each(value: &Value, visit: &mut dyn FnMut(&Value)) {
    match value {
        Value::List(elements) => elements.iter().for_each(visit),
        // A map of objects, or an object that holds nothing but objects, whose attributes are then looked for in vain.
        Value::Map(entries) if entries.values().all(|one| one.as_map().is_some()) => entries.values().for_each(visit),
        other => visit(other),
    }
}

fn toy_subject() -> Subject {
    let client = connect(Arc::new(toy::Toy::new(Arc::default())));
    let schema = toy::thing_schema();
    let session = Session::new(client, toy::THING, &schema, &toy::identity_schema());
    Subject { session, schema, config: toy_config }
}

fn toy_config(generator: &mut Generator, schema: &Schema) -> Value {
    let with_unknowns = generator.chance(60);
    let mut config = generator.config(&schema.block, with_unknowns);
    // Another name is another thing: most configurations are to change one that is there.
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
            let mut subject = toy_subject();
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
    // The walks have to reach every kind of change, and most configurations have to be legal, or they show nothing.
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
    let mut subject = toy_subject();
    let mut generator = Generator::new(7);
    let mut counts = Counts::default();
    let mut state = Stored::nothing();
    let mut config = generator.config(&subject.schema.block, false);
    config.put("name", Value::from("a"));
    for _ in 0..3 {
        state = subject.change(&config, &config, &state, "again", &mut counts).await;
    }
    assert_eq!(counts, Counts { created: 1, unchanged: 2, ..Counts::default() });
}
