//! Round trips over generated types and values, and the bytes hosts write.

use proptest::prelude::*;

use super::*;

fn types() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Type::Tuple),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..4).prop_map(Type::object),
        ]
    })
}

fn values(ty: &Type) -> BoxedStrategy<Value> {
    let known = match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => prop_oneof![
            any::<i64>().prop_map(Value::number),
            any::<(i128, i16)>().prop_map(|(digits, scale)| Value::Number(bigdecimal::BigDecimal::new(
                digits.into(),
                i64::from(scale)
            ))),
        ]
        .boxed(),
        Type::String => ".{0,40}".prop_map(Value::String).boxed(),
        Type::List(element) => prop::collection::vec(values(element), 0..20).prop_map(Value::List).boxed(),
        Type::Set(element) => prop::collection::vec(values(element), 0..4).prop_map(Value::set).boxed(),
        Type::Map(element) => prop::collection::btree_map(".{0,8}", values(element), 0..4).prop_map(Value::Map).boxed(),
        Type::Tuple(types) => types.iter().map(values).collect::<Vec<_>>().prop_map(Value::List).boxed(),
        Type::Object { attributes } => {
            let (names, strategies): (Vec<_>, Vec<_>) =
                attributes.iter().map(|(name, ty)| (name.clone(), values(ty))).unzip();
            strategies.prop_map(move |values| Value::map(names.iter().cloned().zip(values))).boxed()
        }
        Type::Dynamic => prop_oneof![
            any::<bool>().prop_map(|bool| Value::Dynamic(Type::Bool, Box::new(Value::Bool(bool)))),
            prop::collection::vec(Just(Value::Unknown), 1..3)
                .prop_map(|elements| Value::Dynamic(Type::list(Type::String), Box::new(Value::List(elements)))),
        ]
        .boxed(),
    };
    prop_oneof![6 => known, 1 => Just(Value::Null), 1 => Just(Value::Unknown)].boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_value_reads_back_as_it_was_written(
        (ty, value) in types().prop_flat_map(|ty| { let values = values(&ty); (Just(ty), values) })
    ) {
        let message = encode(&ty, &value).unwrap();
        prop_assert_eq!(decode(&ty, Some(&message)).unwrap(), value);
    }

    #[test]
    fn no_bytes_bring_the_decoder_down(ty in types(), msgpack in prop::collection::vec(any::<u8>(), 1..64)) {
        let _ = decode(&ty, Some(&DynamicValue { msgpack, json: Vec::new() }));
    }
}

fn msgpack(ty: &Type, bytes: &[u8]) -> Result<Value, WireError> {
    decode(ty, Some(&DynamicValue { msgpack: bytes.to_vec(), json: Vec::new() }))
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

#[test]
fn nothing_on_the_wire_is_null() {
    assert_eq!(decode(&Type::String, None), Ok(Value::Null));
    assert_eq!(decode(&Type::String, Some(&DynamicValue::default())), Ok(Value::Null));
}

#[test]
fn unknown_is_any_extension_and_is_written_as_the_plain_one() {
    assert_eq!(encode(&Type::Bool, &Value::Unknown).unwrap().msgpack, [0xd4, 0x00, 0x00]);
    // Refined: not null.
    let refined = [0xc7, 0x03, 0x0c, 0x81, 0x01, 0xc2];
    assert_eq!(msgpack(&Type::String, &refined), Ok(Value::Unknown));
    let inside = [0x92, 0xc7, 0x03, 0x0c, 0x81, 0x01, 0xc2, 0xa1, b'a'];
    assert_eq!(msgpack(&Type::list(Type::String), &inside), Ok(Value::List(vec![Value::Unknown, "a".into()])));
}

#[test]
fn numbers_are_read_from_every_form_and_keep_every_digit() {
    let digits = "12345678901234567890123456789012345678901234567890.5";
    let mut text = vec![0xd9, u8::try_from(digits.len()).unwrap()];
    text.extend_from_slice(digits.as_bytes());
    assert_eq!(msgpack(&Type::Number, &text), Ok(number(digits)));
    assert_eq!(msgpack(&Type::Number, &[0xff]), Ok(number("-1")));
    assert_eq!(msgpack(&Type::Number, &[0xcd, 0x01, 0x00]), Ok(number("256")));
    assert_eq!(msgpack(&Type::Number, &[0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]), Ok(number("0.5")));
    assert!(msgpack(&Type::Number, &[0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0]).is_err(), "infinity");
}

#[test]
fn whole_numbers_are_written_as_integers_and_the_rest_as_text() {
    assert_eq!(encode(&Type::Number, &number("20.0")).unwrap().msgpack, [20]);
    assert_eq!(encode(&Type::Number, &number("0.1")).unwrap().msgpack, b"\xa30.1");
    let huge = encode(&Type::Number, &number("1e99999999")).unwrap().msgpack;
    assert!(huge.len() < 20, "{} bytes", huge.len());
}

#[test]
fn an_object_has_exactly_the_keys_of_its_type() {
    let ty = Type::object([("a", Type::Bool), ("b", Type::Bool)]);
    let message = encode(&ty, &Value::map([("a", Value::Bool(true))])).unwrap();
    assert_eq!(message.msgpack, b"\x82\xa1a\xc3\xa1b\xc0");
    assert_eq!(encode(&ty, &Value::map([("c", Value::Null)])).unwrap_err().to_string(), "there is no attribute \"c\"");
    assert_eq!(msgpack(&ty, b"\x81\xa1a\xc3").unwrap_err().to_string(), "the attribute \"b\" is missing");
    assert_eq!(msgpack(&ty, b"\x81\xa1c\xc3").unwrap_err().to_string(), "there is no attribute \"c\"");
}

#[test]
fn a_dynamic_value_brings_its_type() {
    let value = Value::Dynamic(Type::String, Box::new("x".into()));
    assert_eq!(encode(&Type::Dynamic, &value).unwrap().msgpack, b"\x92\xc4\x08\"string\"\xa1x");
    assert_eq!(encode(&Type::Dynamic, &Value::Null).unwrap().msgpack, [0xc0]);
}

#[test]
fn an_error_names_the_place() {
    let ty = Type::object([("tags", Type::map(Type::list(Type::String)))]);
    let value = Value::map([("tags", Value::map([("k", Value::List(vec!["a".into(), Value::Bool(true)]))]))]);
    assert_eq!(encode(&ty, &value).unwrap_err().path.to_string(), "tags[\"k\"][1]");
    assert_eq!(msgpack(&ty, b"\x81\xa4tags\x81\xa1k\x91\x01").unwrap_err().path.to_string(), "tags[\"k\"][0]");
}

#[test]
fn json_is_read_too() {
    let message = DynamicValue { msgpack: Vec::new(), json: b"{\"a\":1.50}".to_vec() };
    let ty = Type::object([("a", Type::Number)]);
    assert_eq!(decode(&ty, Some(&message)), Ok(Value::map([("a", number("1.5"))])));
}
