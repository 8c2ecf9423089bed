//! Schemas: attributes, blocks, their types, defaults and rules.
//!
//! One definition feeds the wire, validation, planning and the registry's documentation: an attribute's accepted
//! values are said in one place, the text of its [`Rule`]s. Nothing here knows the wire format.

use std::collections::BTreeMap;

use super::rule::Rule;
use super::types::Type;
use super::value::Value;

/// Tells whether two spellings of a value mean the same.
pub type Same = fn(&Value, &Value) -> bool;

/// A schema of a provider, resource or data source.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The version that state is stored with.
    pub version: i64,
    /// The root block.
    pub block: Block,
}

/// Attributes and blocks side by side.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// The attributes.
    pub attributes: Vec<Attribute>,
    /// The blocks.
    pub blocks: Vec<NestedBlock>,
    /// What it is for, in Markdown.
    pub description: String,
}

/// A block inside a block.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// The name in configuration.
    pub name: String,
    /// How often it may stand, and how it is read.
    pub nesting: BlockNesting,
    /// What stands in it.
    pub block: Block,
}

/// How often a block may stand, and how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockNesting {
    /// Once at the most; null where it does not stand.
    Single,
    /// Any number, in order.
    List {
        /// At least so many.
        min: u32,
        /// At the most so many; 0: no limit.
        max: u32,
    },
    /// Any number, without order.
    Set {
        /// At least so many.
        min: u32,
        /// At the most so many; 0: no limit.
        max: u32,
    },
    /// Any number, by label.
    Map,
}

/// Who gives an attribute its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Configuration must.
    Required,
    /// Configuration may.
    Optional,
    /// The provider does.
    Computed,
    /// Configuration may, else the provider does.
    OptionalComputed,
}

/// What an attribute holds.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A value of a type.
    Plain(Type),
    /// An object, or a collection of objects, with a schema of its own.
    Nested(Nesting, Vec<Attribute>),
}

/// How the objects of a nested attribute are collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// Objects in order.
    List,
    /// Objects without order.
    Set,
    /// Objects by key.
    Map,
}

/// The value of an attribute that configuration leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Default {
    /// Null, or what the provider computes.
    None,
    /// Always this.
    Fixed(Value),
    /// For a nested attribute: an object of its attributes' defaults.
    Nested,
    /// The provider derives it from other values; the text says how.
    Derived(&'static str),
}

/// An attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name in configuration.
    pub name: String,
    /// What it holds.
    pub shape: Shape,
    /// Who gives it its value.
    pub presence: Presence,
    /// What it is for, in Markdown, without accepted values and default: those are added from rules and default.
    pub description: String,
    /// Whether hosts hide the value.
    pub sensitive: bool,
    /// Whether the value is never stored.
    pub write_only: bool,
    /// Why and in favour of what it should not be used any more.
    pub deprecated: Option<String>,
    /// The value where configuration gives none.
    pub default: Default,
    /// What known values must fulfil.
    pub rules: Vec<Rule>,
    /// Tells spellings of the same value apart from other values; none: equality.
    pub same: Option<Same>,
}

impl Attribute {
    /// An attribute of a plain type, optional until said otherwise.
    #[must_use]
    pub fn plain(name: &str, ty: Type) -> Self {
        Self::new(name, Shape::Plain(ty))
    }

    /// A text attribute, optional until said otherwise.
    #[must_use]
    pub fn string(name: &str) -> Self {
        Self::plain(name, Type::String)
    }

    /// A number attribute, optional until said otherwise.
    #[must_use]
    pub fn number(name: &str) -> Self {
        Self::plain(name, Type::Number)
    }

    /// A bool attribute, optional until said otherwise.
    #[must_use]
    pub fn bool(name: &str) -> Self {
        Self::plain(name, Type::Bool)
    }

    /// A nested attribute with one object, optional until said otherwise.
    #[must_use]
    pub fn object(name: &str, attributes: Vec<Attribute>) -> Self {
        Self::nested(name, Nesting::Single, attributes)
    }

    /// A nested attribute, optional until said otherwise.
    #[must_use]
    pub fn nested(name: &str, nesting: Nesting, attributes: Vec<Attribute>) -> Self {
        Self::new(name, Shape::Nested(nesting, attributes))
    }

    fn new(name: &str, shape: Shape) -> Self {
        Self {
            name: name.to_owned(),
            shape,
            presence: Presence::Optional,
            description: String::new(),
            sensitive: false,
            write_only: false,
            deprecated: None,
            default: Default::None,
            rules: Vec::new(),
            same: None,
        }
    }

    /// Configuration must give it.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    /// The provider gives it.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.presence = Presence::Computed;
        self
    }

    /// Configuration may give it, else the provider computes it without a default.
    #[must_use]
    pub fn optional_computed(mut self) -> Self {
        self.presence = Presence::OptionalComputed;
        self
    }

    /// Configuration may give it, else it is `value`.
    #[must_use]
    pub fn default(self, value: impl Into<Value>) -> Self {
        self.with_default(Default::Fixed(value.into()))
    }

    /// Configuration may give it, else it is an object of its attributes' defaults.
    #[must_use]
    pub fn default_nested(self) -> Self {
        self.with_default(Default::Nested)
    }

    /// Configuration may give it, else the provider derives it as `how` says.
    #[must_use]
    pub fn default_derived(self, how: &'static str) -> Self {
        self.with_default(Default::Derived(how))
    }

    /// What it is for.
    #[must_use]
    pub fn describe(mut self, text: &str) -> Self {
        text.clone_into(&mut self.description);
        self
    }

    /// Adds a rule.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Hosts hide the value.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }

    /// The value is never stored.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.write_only = true;
        self
    }

    /// It should not be used any more.
    #[must_use]
    pub fn deprecated(mut self, why: &str) -> Self {
        self.deprecated = Some(why.to_owned());
        self
    }

    /// Spellings that `same` holds equal are no change.
    #[must_use]
    pub fn same(mut self, same: Same) -> Self {
        self.same = Some(same);
        self
    }

    fn with_default(mut self, default: Default) -> Self {
        self.presence = Presence::OptionalComputed;
        self.default = default;
        self
    }

    /// Whether configuration may set it.
    #[must_use]
    pub fn is_configurable(&self) -> bool {
        self.presence != Presence::Computed
    }

    /// Whether the provider may set it.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        matches!(self.presence, Presence::Computed | Presence::OptionalComputed)
    }

    /// The type of its values.
    #[must_use]
    pub fn ty(&self) -> Type {
        match &self.shape {
            Shape::Plain(ty) => ty.clone(),
            Shape::Nested(nesting, attributes) => {
                let object = object_type(attributes, &[]);
                match nesting {
                    Nesting::Single => object,
                    Nesting::List => Type::list(object),
                    Nesting::Set => Type::set(object),
                    Nesting::Map => Type::map(object),
                }
            }
        }
    }

    /// The description with accepted values and default, as users read it.
    #[must_use]
    pub fn full_description(&self) -> String {
        let mut text = self.description.clone();
        for rule in &self.rules {
            text = format!("{text} Accepted: {}.", rule.accepts());
        }
        match &self.default {
            Default::None | Default::Nested => {}
            Default::Fixed(value) => text = format!("{text} Default: `{}`.", value.describe()),
            Default::Derived(how) => text = format!("{text} Default: {how}."),
        }
        text.trim_start().to_owned()
    }
}

impl NestedBlock {
    /// A block of any nesting.
    #[must_use]
    pub fn new(name: &str, nesting: BlockNesting, description: &str, attributes: Vec<Attribute>) -> Self {
        Self {
            name: name.to_owned(),
            nesting,
            block: Block { attributes, blocks: Vec::new(), description: description.to_owned() },
        }
    }

    fn ty(&self) -> Type {
        let object = self.block.ty();
        match self.nesting {
            BlockNesting::Single => object,
            BlockNesting::List { .. } => Type::list(object),
            BlockNesting::Set { .. } => Type::set(object),
            BlockNesting::Map => Type::map(object),
        }
    }
}

impl Block {
    /// The type of its values.
    #[must_use]
    pub fn ty(&self) -> Type {
        object_type(&self.attributes, &self.blocks)
    }
}

impl Schema {
    /// The type of its values.
    #[must_use]
    pub fn ty(&self) -> Type {
        self.block.ty()
    }
}

fn object_type(attributes: &[Attribute], blocks: &[NestedBlock]) -> Type {
    let types: BTreeMap<_, _> = attributes
        .iter()
        .map(|attribute| (attribute.name.clone(), attribute.ty()))
        .chain(blocks.iter().map(|block| (block.name.clone(), block.ty())))
        .collect();
    Type::Object { attributes: types }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_ends_in_accepted_values_and_default() {
        let attribute = Attribute::number("timeout")
            .describe("Idle minutes.")
            .rule(Rule::whole_number(1, 60))
            .default(Value::number(20));
        assert_eq!(attribute.full_description(), "Idle minutes. Accepted: a whole number from 1 to 60. Default: `20`.");
        assert!(attribute.is_computed() && attribute.is_configurable());
    }
}
