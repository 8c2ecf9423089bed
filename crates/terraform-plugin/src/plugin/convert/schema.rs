//! Schemas and signatures as messages.
//!
//! Hosts crash on a schema without a block, on an attribute with neither or both of type and nested type, and on a
//! function without the type of its result. The functions here make no such message.

use crate::framework::schema::{Attribute, Block, BlockNesting, NestedBlock, Nesting, Presence, Schema, Shape};
use crate::framework::types::Type;
use crate::framework::{Parameter, Signature};
use crate::plugin::messages::tfplugin6 as wire;

/// A schema as a message.
pub(crate) fn schema(schema: &Schema) -> wire::Schema {
    wire::Schema { version: schema.version, block: Some(block(&schema.block)) }
}

/// The schema of an identity as a message: an import by identity needs the required attributes and may give the
/// optional ones.
pub(crate) fn identity_schema(schema: &Schema) -> wire::ResourceIdentitySchema {
    use wire::resource_identity_schema::IdentityAttribute;
    let attributes = schema.block.attributes.iter().map(|attribute| IdentityAttribute {
        name: attribute.name.clone(),
        r#type: type_bytes(&attribute.ty()),
        required_for_import: attribute.presence == Presence::Required,
        optional_for_import: matches!(attribute.presence, Presence::Optional | Presence::OptionalComputed),
        description: attribute.full_description(),
    });
    wire::ResourceIdentitySchema { version: schema.version, identity_attributes: attributes.collect() }
}

/// A function's signature as a message.
pub(crate) fn function(signature: &Signature) -> wire::Function {
    wire::Function {
        parameters: signature.parameters.iter().map(parameter).collect(),
        variadic_parameter: signature.variadic.as_ref().map(parameter),
        r#return: Some(wire::function::Return { r#type: type_bytes(&signature.returns) }),
        summary: signature.summary.clone(),
        description: signature.description.clone(),
        description_kind: wire::StringKind::Markdown.into(),
    }
}

fn parameter(parameter: &Parameter) -> wire::function::Parameter {
    wire::function::Parameter {
        name: parameter.name.clone(),
        r#type: type_bytes(&parameter.ty),
        allow_null_value: parameter.allow_null,
        allow_unknown_values: parameter.allow_unknown,
        description: parameter.description.clone(),
        description_kind: wire::StringKind::Markdown.into(),
    }
}

fn block(block: &Block) -> wire::schema::Block {
    wire::schema::Block {
        attributes: block.attributes.iter().map(attribute).collect(),
        block_types: block.blocks.iter().map(nested_block).collect(),
        description: block.description.clone(),
        description_kind: wire::StringKind::Markdown.into(),
    }
}

fn attribute(attribute: &Attribute) -> wire::schema::Attribute {
    let (r#type, nested_type) = match &attribute.shape {
        Shape::Plain(ty) => (type_bytes(ty), None),
        Shape::Nested(nesting, attributes) => (Vec::new(), Some(object(*nesting, attributes))),
    };
    wire::schema::Attribute {
        name: attribute.name.clone(),
        r#type,
        nested_type,
        description: attribute.full_description(),
        description_kind: wire::StringKind::Markdown.into(),
        required: attribute.presence == Presence::Required,
        optional: matches!(attribute.presence, Presence::Optional | Presence::OptionalComputed),
        computed: attribute.is_computed(),
        sensitive: attribute.sensitive,
    }
}

fn object(nesting: Nesting, attributes: &[Attribute]) -> wire::schema::Object {
    use wire::schema::object::NestingMode;
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    wire::schema::Object { attributes: attributes.iter().map(attribute).collect(), nesting: nesting.into() }
}

fn nested_block(nested: &NestedBlock) -> wire::schema::NestedBlock {
    use wire::schema::nested_block::NestingMode;
    // Hosts want 0 and 0 for a map, and at the most 1 for a single block.
    let (nesting, min, max) = match nested.nesting {
        BlockNesting::Single => (NestingMode::Single, 0, 0),
        BlockNesting::List { min, max } => (NestingMode::List, min, max),
        BlockNesting::Set { min, max } => (NestingMode::Set, min, max),
        BlockNesting::Map => (NestingMode::Map, 0, 0),
    };
    wire::schema::NestedBlock {
        type_name: nested.name.clone(),
        block: Some(block(&nested.block)),
        nesting: nesting.into(),
        min_items: min.into(),
        max_items: max.into(),
    }
}

fn type_bytes(ty: &Type) -> Vec<u8> {
    ty.to_json().to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_has_either_a_type_or_a_nested_type() {
        let plain = attribute(&Attribute::plain("a", Type::set(Type::String)).required());
        assert_eq!((plain.r#type.as_slice(), plain.nested_type), (b"[\"set\",\"string\"]".as_slice(), None));
        assert!(plain.required && !plain.optional && !plain.computed);
        let nested = attribute(&Attribute::object("a", vec![Attribute::bool("b").default(true)]));
        assert_eq!(nested.r#type, b"");
        let inner = &nested.nested_type.unwrap().attributes[0];
        assert!(inner.optional && inner.computed && !inner.required);
    }

    #[test]
    fn an_empty_schema_still_has_a_block() {
        assert!(schema(&Schema::default()).block.is_some());
    }
}
