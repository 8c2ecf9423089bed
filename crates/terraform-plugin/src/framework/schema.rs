//! Schemas: attributes, blocks, their types, defaults and rules.
//!
//! Pure. The wire, validation, planning and documentation use the same definition. The words for the values that an
//! attribute accepts stand in one place, its [`Rule`]s.

use std::collections::BTreeMap;

use super::rule::Rule;
use super::types::Type;
use super::value::Value;

/// Whether two spellings of a value mean the same.
pub type Same = fn(&Value, &Value) -> bool;

/// The schema of a provider block, a resource, a data source or an identity.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The version of a stored state.
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
    /// What the block is for, in Markdown.
    pub description: String,
}

/// A block inside a block.
#[derive(Clone, Debug)]
pub struct NestedBlock {
    /// The name in configuration.
    pub name: String,
    /// How often the block may stand, and what its value is.
    pub nesting: BlockNesting,
    /// The content.
    pub block: Block,
}

/// How often a block may stand, and what its value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockNesting {
    /// At most once: an object, or null.
    Single,
    /// Any number in order: a list.
    List {
        /// The least number.
        min: u32,
        /// The greatest number; 0: no limit.
        max: u32,
    },
    /// Any number without order: a set.
    Set {
        /// The least number.
        min: u32,
        /// The greatest number; 0: no limit.
        max: u32,
    },
    /// Any number by label: a map.
    Map,
}

/// Where an attribute gets its value from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// From configuration.
    Required,
    /// From configuration, otherwise null.
    Optional,
    /// From the provider.
    Computed,
    /// From configuration, otherwise from the provider.
    OptionalComputed,
}

/// The shape of an attribute's values.
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

/// The value of an attribute that is null in configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Default {
    /// Null, or a value that the provider computes.
    None,
    /// This value.
    Fixed(Value),
    /// An object of the defaults of a nested attribute's attributes.
    Nested,
    /// A value that the provider derives from others, in these words.
    Derived(&'static str),
}

/// An attribute.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The name in configuration.
    pub name: String,
    /// The shape of its values.
    pub shape: Shape,
    /// Where the value comes from.
    pub presence: Presence,
    /// What the attribute is for, in Markdown, without accepted values and default, which
    /// [`Attribute::full_description`] adds.
    pub description: String,
    /// Whether hosts hide the value.
    pub sensitive: bool,
    /// Whether elements of a collection may be null.
    pub null_elements: bool,
    /// The value where configuration is null.
    pub default: Default,
    /// The rules for known values.
    pub rules: Vec<Rule>,
    /// Which spellings of a value mean the same; `None`: equal ones.
    pub same: Option<Same>,
}

impl Attribute {
    /// An attribute of a plain type, optional unless a method below changes that.
    pub fn plain(name: &str, ty: Type) -> Self {
        Self::new(name, Shape::Plain(ty))
    }

    /// A text attribute, optional unless a method below changes that.
    #[must_use]
    pub fn string(name: &str) -> Self {
        Self::plain(name, Type::String)
    }

    /// A number attribute, optional unless a method below changes that.
    pub fn number(name: &str) -> Self {
        Self::plain(name, Type::Number)
    }

    /// A bool attribute, optional unless a method below changes that.
    #[must_use]
    pub fn bool(name: &str) -> Self {
        Self::plain(name, Type::Bool)
    }

    /// A nested attribute with one object, optional unless a method below changes that.
    pub fn object(name: &str, attributes: Vec<Attribute>) -> Self {
        Self::nested(name, Nesting::Single, attributes)
    }

    /// A nested attribute, optional unless a method below changes that.
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
            null_elements: false,
            default: Default::None,
            rules: Vec::new(),
            same: None,
        }
    }

    /// Configuration must give the value.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.presence = Presence::Required;
        self
    }

    /// The provider gives the value.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.presence = Presence::Computed;
        self
    }

    /// Configuration may give the value; otherwise it is `value`.
    #[must_use]
    pub fn default(self, value: impl Into<Value>) -> Self {
        self.with_default(Default::Fixed(value.into()))
    }

    /// Configuration may give the object; otherwise it is an object of its attributes' defaults.
    #[must_use]
    pub fn default_nested(self) -> Self {
        self.with_default(Default::Nested)
    }

    /// Configuration may give the value; otherwise the provider derives it, in the words of `how`.
    #[must_use]
    pub fn default_derived(self, how: &'static str) -> Self {
        self.with_default(Default::Derived(how))
    }

    /// Sets the description.
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

    /// Elements may be null, and mean something.
    #[must_use]
    pub fn null_elements(mut self) -> Self {
        self.null_elements = true;
        self
    }

    /// Two spellings for which `same` is true are no change.
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
    pub fn is_configurable(&self) -> bool {
        self.presence != Presence::Computed
    }

    /// Whether the provider may set it.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        matches!(self.presence, Presence::Computed | Presence::OptionalComputed)
    }

    /// The type of its values.
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

    /// The description with accepted values and default.
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
    /// A block with attributes and no blocks inside.
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
    pub fn ty(&self) -> Type {
        object_type(&self.attributes, &self.blocks)
    }
}

impl Schema {
    /// The type of its values.
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
