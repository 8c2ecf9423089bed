//! Configurations made from a schema, in which each attribute is null, unknown or known, and each collection empty or not.
//!
//! The same seed makes the same configurations, so that a failure can be repeated by its seed.

use crate::framework::schema::{self, Attribute, Block, BlockNesting, Nesting, Presence, Shape};
use crate::framework::types::Type;
use crate::framework::value::Value;
use bigdecimal::BigDecimal;

/// Makes values from a seed. The algorithm is splitmix64.
#[derive(Debug)]
pub struct Generator {
    state: u64,
}

impl Generator {
    /// A generator; the same seed makes the same values.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A number from 0 and below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// True in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// A configuration: of a plan with `unknowns`, of an apply without them.
    pub fn config(&mut self, block: &Block, unknowns: bool) -> Value {
        let unknown = if unknowns { 12 } else { 0 };
        let mut entries = self.attributes(&block.attributes, unknown);
        for nested in &block.blocks {
            let value = self.nested_block(nested.nesting, &nested.block, unknown);
            entries.push((nested.name.clone(), value));
        }
        Value::map(entries)
    }

    /// A configuration that keeps the rules of the attributes: a value that breaks one becomes the default or null, and
    /// unknown where it is required. The configuration may break rules across attributes.
    pub fn legal_config(&mut self, block: &Block, unknowns: bool) -> Value {
        let Value::Map(mut entries) = self.config(block, unknowns) else { return Value::Null };
        keep_rules(&block.attributes, &mut entries);
        Value::Map(entries)
    }

    fn nested_block(&mut self, nesting: BlockNesting, block: &Block, unknown: u64) -> Value {
        // A dynamic block whose number is unknown.
        if nesting != BlockNesting::Single && self.chance(unknown / 4) {
            return Value::Unknown;
        }
        let count = self.below(3);
        let mut blocks: Vec<_> = (0..count).map(|_| self.config(block, unknown > 0)).collect();
        match nesting {
            BlockNesting::Single => blocks.pop().unwrap_or(Value::Null),
            BlockNesting::List { .. } => Value::List(blocks),
            BlockNesting::Set { .. } => Value::set(blocks),
            BlockNesting::Map => Value::map(blocks.into_iter().map(|block| (self.word(), block)).collect::<Vec<_>>()),
        }
    }

    fn attributes(&mut self, schema: &[Attribute], unknown: u64) -> Vec<(String, Value)> {
        schema.iter().map(|one| (one.name.clone(), self.attribute(one, unknown))).collect()
    }

    fn attribute(&mut self, schema: &Attribute, unknown: u64) -> Value {
        match schema.presence {
            Presence::Computed => return Value::Null,
            Presence::Optional | Presence::OptionalComputed if self.chance(35) => return Value::Null,
            _ if self.chance(unknown) => return Value::Unknown,
            _ => {}
        }
        let Shape::Nested(nesting, inner) = &schema.shape else {
            return self.value(&schema.ty(), unknown);
        };
        let count = if *nesting == Nesting::Single { 1 } else { self.below(4) };
        let mut objects: Vec<_> = (0..count).map(|_| Value::map(self.attributes(inner, unknown))).collect();
        match nesting {
            Nesting::Single => objects.pop().unwrap_or(Value::Null),
            Nesting::List => Value::List(objects),
            Nesting::Set => Value::set(objects),
            Nesting::Map => Value::map(objects.into_iter().map(|one| (self.word(), one)).collect::<Vec<_>>()),
        }
    }

    fn value(&mut self, ty: &Type, unknown: u64) -> Value {
        match ty {
            Type::Bool => Value::Bool(self.chance(50)),
            Type::Number => self.number(),
            Type::String => Value::String(self.text()),
            Type::List(element) => Value::List(self.elements(element, unknown)),
            Type::Set(element) => Value::set(self.elements(element, unknown)),
            Type::Map(element) => {
                let entries = self.elements(element, unknown).into_iter();
                Value::map(entries.map(|value| (self.word(), value)).collect::<Vec<_>>())
            }
            Type::Tuple(types) => Value::List(types.iter().map(|ty| self.element(ty, unknown)).collect()),
            Type::Object { attributes } => {
                let entries = attributes.iter();
                Value::map(entries.map(|(name, ty)| (name.clone(), self.element(ty, unknown))).collect::<Vec<_>>())
            }
            Type::Dynamic => {
                let types = [Type::Bool, Type::String, Type::list(Type::Number), Type::map(Type::String)];
                let ty = &types[usize::try_from(self.below(4)).unwrap()];
                Value::Dynamic(ty.clone(), Box::new(self.value(ty, unknown)))
            }
        }
    }

    fn elements(&mut self, ty: &Type, unknown: u64) -> Vec<Value> {
        (0..self.below(4)).map(|_| self.element(ty, unknown)).collect()
    }

    fn element(&mut self, ty: &Type, unknown: u64) -> Value {
        match self.below(100) {
            0 => Value::Null,
            chance if chance <= unknown => Value::Unknown,
            _ => self.value(ty, unknown),
        }
    }

    fn number(&mut self) -> Value {
        match self.below(4) {
            0 => Value::Number("123456789012345678901234567890.000000001".parse::<BigDecimal>().unwrap()),
            1 => Value::Number(BigDecimal::new(self.below(1000).into(), 2)),
            2 => Value::number(-i64::try_from(self.below(1 << 40)).unwrap()),
            _ => Value::number(i64::try_from(self.below(5)).unwrap()),
        }
    }

    fn text(&mut self) -> String {
        match self.below(6) {
            0 => String::new(),
            1 => "\u{e4}\u{1f980} \"quoted\"\n".repeat(usize::try_from(self.below(4)).unwrap()),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> String {
        ["a", "b", "c", "with space", "x.y"][usize::try_from(self.below(5)).unwrap()].to_owned()
    }

    /// The configuration after everything in it has become known: an unknown value becomes any value, and null where the
    /// schema allows that.
    pub fn resolved(&mut self, block: &Block, config: &Value) -> Value {
        let Value::Map(entries) = config else { return config.clone() };
        let mut resolved = entries.clone();
        self.resolve_attributes(&block.attributes, &mut resolved);
        for nested in &block.blocks {
            let value = match (nested.nesting, &entries[&nested.name]) {
                (nesting, Value::Unknown) => self.nested_block(nesting, &nested.block, 0),
                (BlockNesting::Single, value) => self.resolved(&nested.block, value),
                (_, Value::Map(blocks)) => {
                    let blocks = blocks.iter().map(|(key, value)| (key.clone(), self.resolved(&nested.block, value)));
                    Value::map(blocks.collect::<Vec<_>>())
                }
                (nesting, value) => {
                    let blocks = value.as_list().into_iter().flatten();
                    let blocks: Vec<_> = blocks.map(|value| self.resolved(&nested.block, value)).collect();
                    match nesting {
                        BlockNesting::Set { .. } => Value::set(blocks),
                        _ => Value::List(blocks),
                    }
                }
            };
            resolved.insert(nested.name.clone(), value);
        }
        Value::Map(resolved)
    }

    fn resolve_attributes(&mut self, schema: &[Attribute], entries: &mut std::collections::BTreeMap<String, Value>) {
        for one in schema {
            let Some(value) = entries.get_mut(&one.name) else { continue };
            *value = match (&one.shape, &*value) {
                (_, Value::Unknown) => self.attribute(one, 0),
                (Shape::Plain(ty), value) => self.resolve_value(ty, value),
                (Shape::Nested(nesting, inner), value) => self.resolve_nested(*nesting, inner, value),
            };
        }
    }

    fn resolve_nested(&mut self, nesting: Nesting, schema: &[Attribute], value: &Value) -> Value {
        let mut resolve = |value: &Value| {
            let Value::Map(entries) = value else { return value.clone() };
            let mut entries = entries.clone();
            self.resolve_attributes(schema, &mut entries);
            Value::Map(entries)
        };
        match (nesting, value) {
            (Nesting::Single, value) => resolve(value),
            (Nesting::List, Value::List(elements)) => Value::List(elements.iter().map(resolve).collect()),
            (Nesting::Set, Value::List(elements)) => Value::set(elements.iter().map(resolve).collect::<Vec<_>>()),
            (Nesting::Map, Value::Map(entries)) => {
                Value::map(entries.iter().map(|(key, value)| (key.clone(), resolve(value))).collect::<Vec<_>>())
            }
            (_, value) => value.clone(),
        }
    }

    fn resolve_value(&mut self, ty: &Type, value: &Value) -> Value {
        match (ty, value) {
            (Type::Dynamic, Value::Unknown) => Value::Null,
            (_, Value::Unknown) => self.value(ty, 0),
            (Type::List(element), Value::List(elements)) => {
                Value::List(elements.iter().map(|value| self.resolve_value(element, value)).collect())
            }
            (Type::Set(element), Value::List(elements)) => {
                Value::set(elements.iter().map(|value| self.resolve_value(element, value)).collect::<Vec<_>>())
            }
            (Type::Map(element), Value::Map(entries)) => {
                let entries = entries.iter().map(|(key, value)| (key.clone(), self.resolve_value(element, value)));
                Value::map(entries.collect::<Vec<_>>())
            }
            (Type::Object { attributes }, Value::Map(entries)) => {
                let entries =
                    entries.iter().map(|(name, value)| (name.clone(), self.resolve_value(&attributes[name], value)));
                Value::map(entries.collect::<Vec<_>>())
            }
            (_, Value::Dynamic(ty, value)) => Value::Dynamic(ty.clone(), Box::new(self.resolve_value(ty, value))),
            (_, value) => value.clone(),
        }
    }
}

fn keep_rules(schema: &[Attribute], entries: &mut std::collections::BTreeMap<String, Value>) {
    for one in schema {
        let Some(value) = entries.get_mut(&one.name) else { continue };
        if matches!(value, Value::Null | Value::Unknown) {
            continue;
        }
        if one.rules.iter().any(|rule| rule.check(value).is_err()) {
            *value = match (&one.presence, &one.default) {
                (Presence::Required, _) => Value::Unknown,
                (_, schema::Default::Fixed(default)) => default.clone(),
                _ => Value::Null,
            };
        }
        if let (Shape::Nested(Nesting::Single, inner), Value::Map(entries)) = (&one.shape, value) {
            keep_rules(inner, entries);
        }
    }
}
