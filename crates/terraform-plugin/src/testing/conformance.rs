//! Takes generated configurations through the life of a resource and holds every answer against the hosts' rules.
//!
//! One round is what `apply` does: upgrade and read the stored state, validate, plan with whatever is unknown, plan
//! again with everything known, apply, and plan once more: the last plan is empty. A replacement is planned twice, and
//! the object is destroyed in between, as core does it.

use tonic::transport::Channel;

use super::generate::Generator;
use super::rules::{actual_against_planned, planned_against_config, proposed_new_state};
use super::session::{Planned, Session, Stored};
use super::wire;
use super::wire::provider_client::ProviderClient;
use crate::framework::Resource;
use crate::framework::json;
use crate::framework::schema::{Attribute, Block, BlockNesting, Nesting, Schema, Shape};
use crate::framework::value::Value;

/// Makes a configuration for a resource of this schema.
pub type MakeConfig = fn(&mut Generator, &Schema) -> Value;

/// A resource that is taken through its life.
#[derive(Debug)]
pub struct Subject {
    session: Session,
    schema: Schema,
    has_identity: bool,
    make_config: MakeConfig,
}

/// How often a walk met what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Configurations that the provider refused.
    pub refused: usize,
    /// Creations.
    pub created: usize,
    /// Updates in place.
    pub updated: usize,
    /// Replacements.
    pub replaced: usize,
    /// Plans without a change.
    pub unchanged: usize,
    /// Destroys, apart from those of replacements.
    pub destroyed: usize,
}

impl Subject {
    /// The subject `resource`, whose provider `client` reaches. `make_config` decides how often the provider refuses a
    /// configuration: the more it knows of the resource's rules, the less often.
    pub fn new(client: ProviderClient<Channel>, resource: &dyn Resource, make_config: MakeConfig) -> Self {
        Self {
            session: Session::new(client, resource),
            schema: resource.schema().clone(),
            has_identity: resource.identity_schema().is_some(),
            make_config,
        }
    }

    /// Goes through `rounds` rounds, each on what the last one left. Panics at the first fault; the message holds the
    /// seed.
    pub async fn walk(&mut self, seed: u64, rounds: usize, counts: &mut Counts) {
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
                // Most runs of apply change nothing.
                Some(last) if generator.chance(20) => last,
                _ => (self.make_config)(&mut generator, &self.schema),
            };
            let resolved = generator.resolved(&self.schema.block, &config);
            if has_errors(&self.session.validate(&config).await) || has_errors(&self.session.validate(&resolved).await)
            {
                counts.refused += 1;
                continue;
            }
            state = self.change(&config, &resolved, &state, &place, counts).await;
            applied = Some(resolved);
        }
    }

    /// Plans creations alone, for a resource that cannot be applied in a test: first with what is unknown, then with all
    /// of configuration known. Returns the number of plans.
    pub async fn walk_plans(&mut self, seed: u64, rounds: usize) -> usize {
        let mut generator = Generator::new(seed);
        let mut planned = 0;
        for round in 0..rounds {
            let place = format!("seed {seed}, round {round}");
            let config = (self.make_config)(&mut generator, &self.schema);
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
            assert_faultless(&actual_against_planned(&self.session.ty, &first.state, &last.state), &place);
            planned += 1;
        }
        planned
    }

    /// Does what a host does with a stored state before it uses it: an upgrade, even of the current version, and a read.
    /// The object has not changed since, so the state may not change.
    async fn refresh(&mut self, state: &Stored, place: &str) -> Stored {
        let json = json::to_json(&state.state).expect("a state is known").to_string();
        let (upgraded, diagnostics) = self.session.upgrade(self.schema.version, &json).await;
        assert_eq!((&upgraded, diagnostics), (&state.state, Vec::new()), "{place}: upgrade");
        let read = self.session.read(state).await;
        assert_eq!(read.diagnostics, Vec::<String>::new(), "{place}: read");
        assert!(read.state.is_wholly_known(), "{place}: something unknown in {:?}", read.state);
        assert_eq!((&read.state, &read.identity), (&state.state, &state.identity), "{place}: read");
        assert_eq!(read.private, state.private, "{place}: read forgets private data");
        let (generated, diagnostics) = self.session.generate_config(&read.state).await;
        assert_eq!(diagnostics, Vec::<String>::new(), "{place}: generated configuration");
        assert_faultless(
            &not_configurable(&self.schema.block, &generated),
            &format!("{place}: generated configuration"),
        );
        read
    }

    async fn destroy(&mut self, state: &Stored, place: &str) -> Stored {
        let place = format!("{place}: destroy");
        let plan = self.session.plan(&Value::Null, state, &Value::Null).await;
        assert!(!has_errors(&plan.diagnostics), "{place}: {:?}", plan.diagnostics);
        assert_eq!(plan.state, Value::Null, "{place}");
        let left = self.session.apply(&Value::Null, &state.state, &plan).await;
        assert!(!has_errors(&left.diagnostics), "{place}: {:?}", left.diagnostics);
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
        assert_faultless(&actual_against_planned(&self.session.ty, &first.state, &last.state), &place);
        if last.state == prior.state {
            return state.clone();
        }
        let applied = self.session.apply(resolved, &prior.state, &last).await;
        let place = format!("{place}: apply");
        assert!(!has_errors(&applied.diagnostics), "{place}: {:?}", applied.diagnostics);
        assert!(applied.state.is_wholly_known(), "{place}: something unknown in {:?}", applied.state);
        assert_faultless(&actual_against_planned(&self.session.ty, &last.state, &applied.state), &place);
        if self.has_identity {
            assert!(applied.identity.as_ref().is_some_and(Value::is_wholly_known), "{place}: {:?}", applied.identity);
        }
        let again = self.plan(resolved, &applied, &format!("{place}: plan afterwards")).await;
        assert_eq!(again.state, applied.state, "{place}: something is left to do");
        applied
    }

    /// A plan that keeps the rules and is the same when it is made again.
    async fn plan(&mut self, config: &Value, prior: &Stored, place: &str) -> Planned {
        let proposed = proposed_new_state(&self.schema.block, &prior.state, config);
        let plan = self.session.plan(config, prior, &proposed).await;
        assert!(!has_errors(&plan.diagnostics), "{place}: {:?}", plan.diagnostics);
        assert_faultless(&planned_against_config(&self.schema.block, &prior.state, config, &plan.state), place);
        assert_eq!(self.session.plan(config, prior, &proposed).await, plan, "{place}: planned differently");
        plan
    }
}

/// Whether core would replace: a path counts only where the plan changes what it names.
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

fn has_errors(diagnostics: &[String]) -> bool {
    diagnostics.iter().any(|text| text.starts_with("ERROR"))
}

fn assert_faultless(faults: &[String], place: &str) {
    assert!(faults.is_empty(), "{place}: {}", faults.join("\n"));
}

/// The computed attributes that have a value in a generated configuration.
fn not_configurable(block: &Block, config: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    computed_values(&block.attributes, config, &mut faults);
    for nested in &block.blocks {
        for one in objects(nested.nesting == BlockNesting::Single, config.at(&nested.name)) {
            computed_values(&nested.block.attributes, one, &mut faults);
        }
    }
    faults
}

fn computed_values(schema: &[Attribute], value: &Value, faults: &mut Vec<String>) {
    for one in schema {
        let value = value.at(&one.name);
        if !one.is_configurable() && !value.is_null() {
            faults.push(format!("{} is computed, yet it is generated", one.name));
        }
        if let Shape::Nested(nesting, inner) = &one.shape {
            for value in objects(*nesting == Nesting::Single, value) {
                computed_values(inner, value, faults);
            }
        }
    }
}

/// One object, or the objects of a collection.
fn objects(is_one: bool, value: &Value) -> Vec<&Value> {
    match value {
        one if is_one => vec![one],
        Value::List(elements) => elements.iter().collect(),
        Value::Map(entries) => entries.values().collect(),
        _ => Vec::new(),
    }
}
